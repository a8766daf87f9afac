/** A restart of a session: the same machine from its beginning where nothing has changed, with the code that was translated for it. */
import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RealSession } from '../support/real-session';

const END = 0x7c11;
/** Says what is in AX, changes memory, and counts in a loop of 65,536 turns. */
function bootSector(ax: number): Uint8Array {
  const sector = new Uint8Array(512);
  // prettier-ignore
  sector.set([
    0xb8,
    ax,
    0x00, // mov ax, AX
    0xe6,
    0xe9, // out 0xe9, al
    0xc6,
    0x06,
    0x00,
    0x7e,
    0x5a, // mov byte [0x7e00], 0x5a
    0x31,
    0xc9, // xor cx, cx
    0x40, // turn: inc ax
    0x90, // nop
    0xe2,
    0xfc, // loop turn
    0x90, // END
    0xf4, // hlt
  ]);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

describe('restart', function () {
  this.timeout(60_000);
  let folder: string;
  let session: RealSession;
  let program: string;
  let sent: string;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'stepback-restart-'));
    program = path.join(folder, 'boot.img');
    sent = path.join(folder, 'sent.txt');
    writeFileSync(program, bootSector(0x41));
    session = new RealSession();
    await session.initialize();
  });
  afterEach(() => {
    session.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const newest = () => {
    const machine = session.machines.at(-1);
    assert.ok(machine !== undefined);
    return machine;
  };
  const same = (): boolean => session.machines.at(-1)?.target === session.machines.at(-2)?.target;
  const toEnd = async (): Promise<void> => {
    await session.client.request('setInstructionBreakpoints', {
      breakpoints: [{ instructionReference: `0x${END.toString(16)}` }],
    });
    await session.client.run('continue');
    assert.equal(newest().target.machine.processor.cpu.core.pc, END);
  };
  const restart = async (args?: object): Promise<void> => {
    const before = session.client.events.length;
    const stopped = session.client.next<{ reason: string }>('stopped');
    await session.client.request('restart', args ?? {});
    assert.equal((await stopped).reason, 'entry');
    const told = session.client.events.slice(before).filter(({ event }) => event === 'stopped');
    assert.equal(told.length, 1, 'the stop is told once');
  };

  it('begins anew as a machine that was just made, and keeps translated code', async () => {
    const options = { program, debugcon: `file:${sent}` };
    await session.launchToStop(options);
    const { target } = newest();
    const [digest, range] = [target.digest(), target.reverse.range];
    const { processor } = target.machine;
    const interpreted = async (): Promise<number> => {
      const now = () => processor.executedCounts - processor.compiledCounts;
      const before = now();
      await toEnd();
      return now() - before;
    };
    const first = await interpreted();
    assert.notEqual(target.digest(), digest);
    assert.equal(readFileSync(sent, 'latin1'), 'A');
    await restart();
    assert.ok(same());
    assert.equal(target.digest(), digest);
    assert.deepEqual(target.reverse.range, range);
    assert.equal(readFileSync(sent, 'latin1'), '', 'the file begins anew, too');
    const second = await interpreted();
    assert.ok(second < first / 4, `${second} and ${first} instructions were interpreted: translated code was kept`);
    assert.equal(readFileSync(sent, 'latin1'), 'A');
    assert.deepEqual(session.problems, []);
  });

  it('types the keys again', async () => {
    const sector = bootSector(0);
    // prettier-ignore
    sector.set([
      0xfa, // cli: the firmware does not take them
      0xe4,
      0x64, // look: in al, 0x64
      0xa8,
      0x01, // test al, 1
      0x74,
      0xfa, // jz look
      0xe4,
      0x60, // in al, 0x60
      0xe6,
      0xe9, // out 0xe9, al
      0xeb,
      0xf4, // jmp look
    ]);
    writeFileSync(program, sector);
    await session.launchToStop({ program, keys: 'ab' });
    const typed = (): string => Buffer.from(session.sent('debugcon'), 'latin1').toString('hex');
    // Make and break codes of set 1.
    await session.client.request('continue', { threadId: 1 });
    await session.until(typed, /^1e9e30b0$/);
    await restart();
    await session.client.request('continue', { threadId: 1 });
    await session.until(typed, /^1e9e30b01e9e30b0$/);
  });

  it('while it runs', async () => {
    await session.launchToStop({ program });
    await session.client.request('continue', { threadId: 1 });
    await restart();
    assert.ok(same());
    await toEnd();
  });

  it('with an image that was written again as it was', async () => {
    await session.launchToStop({ program });
    await toEnd();
    const another = path.join(folder, 'another.img');
    writeFileSync(another, bootSector(0x41));
    renameSync(another, program);
    await restart();
    assert.ok(same());
    writeFileSync(program, bootSector(0x41));
    await restart();
    assert.ok(same());
    await toEnd();
  });

  for (const how of ['in place', 'by another file'] as const) {
    it(`makes another machine of an image that was changed ${how}`, async () => {
      await session.launchToStop({ program });
      const another = how === 'in place' ? program : path.join(folder, 'another.img');
      writeFileSync(another, bootSector(0x42));
      if (another !== program) renameSync(another, program);
      await restart();
      assert.ok(!same());
      await toEnd();
      assert.equal(session.sent('debugcon'), 'B');
    });
  }

  it('makes another machine with other options, by the present time, and when its beginning is forgotten', async () => {
    await session.launchToStop({ program });
    await restart({ arguments: { program, memory: '8M' } });
    assert.ok(!same());
    await restart({ arguments: { program, rtc: 'now' } });
    await restart({ arguments: { program, rtc: 'now' } });
    assert.ok(!same());
  });

  it('keeps the machine as it is where the launch fails', async () => {
    await session.launchToStop({ program });
    await toEnd();
    const { target } = newest();
    const digest = target.digest();
    rmSync(program);
    await assert.rejects(session.client.request('restart', {}), /boot\.img can not be opened/);
    assert.equal(target.digest(), digest);
    await session.client.run('stepBack', { granularity: 'instruction' });
    assert.notEqual(target.digest(), digest);
  });

  it('keeps it, too, where the file of its output can not be written any more', async () => {
    await session.launchToStop({ program, debugcon: `file:${sent}` });
    await toEnd();
    const digest = newest().target.digest();
    rmSync(sent);
    mkdirSync(sent);
    await assert.rejects(session.client.request('restart', {}), /sent\.txt can not be written/);
    assert.equal(newest().target.digest(), digest);
    await session.client.run('stepBack', { granularity: 'instruction' });
  });
});
