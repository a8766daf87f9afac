/** Every option of launch.json on the built-in machine: what a person who writes it gets. */
import { strict as assert } from 'node:assert';
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type OptionName, optionsOf } from '../../debug-adapter/protocol/options';
import { inRoot } from '../../scripts/lib/root';
import { RealSession } from '../support/real-session';
import { hasTool, runTool } from '../support/tools';

const EXAMPLE = inRoot('examples', 'hello-boot');

describe('every option of launch.json has its effect', function () {
  this.timeout(60_000);
  let folder: string;
  let probe: string;
  let session: RealSession;

  const file = (name: string): string => path.join(folder, name);

  /** Assembles a guest of the tests. */
  const guest = (name: string, of = 'cli'): string => {
    const image = file(`${name}.img`);
    runTool('nasm', ['-f', 'bin', '-o', image, `${name}.asm`], inRoot('test', 'guests', of));
    return image;
  };

  /** A new session, its first requests done. */
  const begin = async (subscriptions?: object): Promise<RealSession> => {
    session?.end();
    session = new RealSession();
    await session.initialize(subscriptions);
    return session;
  };

  /** What the probe says of the machine on its serial port. */
  const report = async (options: object = {}): Promise<string> => {
    await begin();
    await session.launch({ program: probe, stopOnEntry: false, ...options });
    return session.until(() => session.sent('com1'), /\n/);
  };

  /** The message of a launch that is refused. */
  const refused = async (options: object): Promise<string> => {
    await begin();
    return session.client.refused('launch', { program: probe, ...options });
  };

  /** Name of the innermost frame at the first stop. */
  const firstFrame = async (options: object): Promise<string> => {
    await begin();
    await session.launchToStop(options);
    return (await session.client.top()).name;
  };

  before(function () {
    if (!hasTool('nasm')) this.skip();
    folder = mkdtempSync(path.join(tmpdir(), 'stepback-launch-'));
    probe = guest('probe');
  });

  afterEach(() => session?.end());
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** A medium with a text at the start of its second sector. */
  const medium = (name: string, text: string, bytes: number): string => {
    const image = Buffer.alloc(bytes);
    image.write(text, 512, 'latin1');
    writeFileSync(file(name), image);
    return file(name);
  };

  const EFFECTS: Readonly<Record<string, () => Promise<void>>> = {
    async program() {
      assert.match(await report(), /^cpu=80386 .* drive=00 /);
      assert.match(await refused({ program: file('none.img') }), /none\.img can not be opened: There is no such file/);
    },
    async machine() {
      await begin();
      await session.launchToStop({ program: probe, machine: 'pc' });
      assert.match((await session.client.scope('Machine')).map(({ name }) => name).join(), /pic1/);
      assert.match(await refused({ machine: 'vax' }), /"machine": expected "pc", got "vax"/);
    },
    async cpu() {
      for (const cpu of ['8086', '80286']) assert.match(await report({ cpu }), new RegExp(`^cpu=${cpu} `));
    },
    async memory() {
      assert.match(await report({ memory: '3M' }), / extended=0800 /);
      assert.match(await refused({ memory: '5K' }), /at least 64 KiB/);
    },
    async floppy() {
      assert.match(await report({ floppy: medium('b.img', 'FLOP', 1_474_560) }), / b=FLOP /);
    },
    async disk() {
      assert.match(await report({ disk: medium('c.img', 'DISK', 4 << 20) }), / disks=01 .* c=DISK$/m);
    },
    async kernel() {
      await begin();
      await session.launch({ kernel: guest('kernel'), stopOnEntry: false });
      await session.until(() => session.sent('debugcon'), /multiboot as promised/);
    },
    async modules() {
      writeFileSync(file('m.txt'), 'in a module');
      await begin();
      await session.launch({ kernel: guest('modules'), modules: [`"${file('m.txt')}" one`], stopOnEntry: false });
      await session.until(() => session.sent('debugcon'), /m\.txt" one=in a module/);
    },
    async boot() {
      assert.match(await report({ disk: medium('c.img', 'DISK', 4 << 20), boot: 'floppy' }), / drive=00 /);
    },
    async org() {
      assert.match(await firstFrame({ program: guest('flat'), org: '1000:0100' }), /1000:0100/);
      assert.match(await firstFrame({ program: guest('flat'), org: '0x8000' }), /0000:8000/);
    },
    async serial() {
      const words = await report();
      const serial = file('serial.txt');
      await begin();
      await session.launch({ program: probe, stopOnEntry: false, serial: `file:${serial}` });
      await session.until(() => readFileSync(serial, 'latin1'), /\n/);
      assert.equal(readFileSync(serial, 'latin1'), words);
      assert.equal(session.sent('com1'), '', 'no terminal is opened');
      await begin();
      await session.launch({ program: probe, stopOnEntry: false, serial: 'stdio' });
      await session.until(() => session.console('stdout'), /\n/);
      assert.equal(session.console('stdout'), words);
      await begin();
      await session.launch({ program: probe, stopOnEntry: false, serial: 'none', debugcon: 'stdio' });
      await session.until(() => session.console('stdout'), /words for the debug console/);
      assert.equal(session.sent('com1'), '');
      assert.match(
        await refused({ serial: `file:${file('no/folder')}` }),
        /no\/folder can not be written: there is no such folder/,
      );
    },
    async debugcon() {
      const words = 'words for the debug console\n';
      const debugcon = file('debugcon.txt');
      await report({ debugcon: `file:${debugcon}` });
      await session.until(() => readFileSync(debugcon, 'latin1'), /\n/);
      assert.equal(readFileSync(debugcon, 'latin1'), words);
      await report();
      await session.until(() => session.sent('debugcon'), /\n/);
      assert.equal(session.sent('debugcon'), words);
    },
    async keys() {
      await report({ keys: 'Ab\\n' });
      assert.match(await session.until(() => session.sent('com1'), /\nkAkbk\n/), /kAkbk\n$/);
    },
    async rtc() {
      assert.match(await report({ rtc: '1999-12-31' }), / date=19991231 /);
    },
    async engine() {
      await report({ engine: 'interpreter' });
      assert.match(await refused({ engine: 'magic' }), /"engine": expected "interpreter" or "compiler", got "magic"/);
    },
    async history() {
      interface Past {
        readonly position: number;
        readonly bytes: number;
      }
      /** Of a guest that is busy: what one does that waits is not executed. */
      const whenBusy = async (history: string, isEnough: (past: Past) => boolean): Promise<Past> => {
        await begin();
        await session.launch({ program: guest('forever'), history, stopOnEntry: false });
        const { client } = session;
        const look = async () => {
          await new Promise((done) => setTimeout(done, 100));
          await client.run('pause');
          return client.request<Past>('stepback.timeline');
        };
        let now = await look();
        while (!isEnough(now)) {
          await client.request('continue', { threadId: 1 });
          now = await look();
        }
        // The way back is there whatever is kept: it only takes longer.
        await client.run('stepBack', { granularity: 'instruction' });
        const before = await client.request<{ position: number }>('stepback.timeline');
        assert.ok(before.position < now.position);
        return now;
      };
      const few = 260 * 1024;
      // Snapshots are spaced by the clock: nobody knows where there are many.
      const all = await whenBusy('64M', ({ bytes }) => bytes > few);
      const some = await whenBusy('260K', ({ position }) => position >= all.position);
      assert.ok(some.bytes <= few, `${some.bytes} of ${all.bytes} bytes`);
    },
    async trace() {
      const trace = file('trace.txt');
      await begin();
      await session.launchToStop({ program: probe, trace });
      await session.client.request('disconnect');
      await session.until(() => readFileSync(trace, 'utf8'), /<-- disconnect ok/);
      assert.equal(readFileSync(trace, 'utf8'), session.client.transcript);
      assert.match(await refused({ trace: folder }), /can not be written: it is a folder/);
    },
    async stopOnEntry() {
      assert.match(await firstFrame({ program: probe }), /0000:7C00/);
      assert.match(await firstFrame({ program: probe, stopOnEntry: 'reset' }), /F000:FFF0/);
      await report({ stopOnEntry: false });
    },
    async listing() {
      for (const [from, to] of [
        ['boot.bin', 'alone.bin'],
        ['boot.lst', 'elsewhere.txt'],
        ['boot.asm', 'boot.asm'],
      ] as const) {
        copyFileSync(path.join(EXAMPLE, from), file(to));
      }
      const line = async (options: object): Promise<string | undefined> => {
        await firstFrame({ program: file('alone.bin'), ...options });
        return (await session.client.top()).source?.name;
      };
      assert.equal(await line({ listing: file('elsewhere.txt') }), 'boot.asm');
      assert.notEqual(await line({}), 'boot.asm');
      await firstFrame({ program: probe, listing: file('none.lst') });
      assert.match(session.console('important'), /The listing .*none\.lst can't be read/);
    },
    async symbols() {
      copyFileSync(path.join(EXAMPLE, 'boot.bin'), file('named.bin'));
      copyFileSync(path.join(EXAMPLE, 'boot.map'), file('elsewhere.map'));
      await firstFrame({ program: file('named.bin'), symbols: file('elsewhere.map') });
      assert.match(await session.client.evaluate('start'), /7C00/);
    },
    async syntax() {
      const first = async (syntax: string): Promise<string | undefined> => {
        await firstFrame({ program: probe, syntax });
        const { instructions } = await session.client.request<{ instructions: { instruction: string }[] }>(
          'disassemble',
          { memoryReference: '0x7C01', instructionCount: 1 },
        );
        return instructions[0]?.instruction;
      };
      assert.equal(await first('nasm'), 'xor ax, ax');
      assert.equal(await first('gas'), 'xor %ax, %ax');
    },
    async firmwareCalls() {
      await report({ firmwareCalls: true });
      assert.match(session.console('console'), /INT 13h AH=02h \(Read sectors\) drive 00h, 3 sectors at C0 H0 S2/);
      await report();
      assert.doesNotMatch(session.console('console'), /INT 13h/);
      // A click on the line goes to the instruction that called.
      await begin();
      await session.launch({ program: path.join(EXAMPLE, 'boot.bin'), stopOnEntry: false, firmwareCalls: true });
      await session.until(() => session.console('console'), /INT 10h AH=0Eh/);
      const outputs = session.client.events.filter(({ event }) => event === 'output');
      const told = outputs
        .map(({ body }) => body as DebugProtocol.OutputEvent['body'])
        .find(({ output }) => output.includes('INT 10h AH=0Eh'));
      assert.equal(told?.source?.name, 'boot.asm');
      const source = readFileSync(told?.source?.path ?? '', 'utf8').split('\n');
      assert.match(source[Number(told?.line) - 1] ?? '', /int +0x10/);
    },
    async build() {
      await report({ build: 'echo built for the test' });
      assert.match(session.console('stdout'), /built for the test/);
    },
    async buildFolder() {
      await report({ build: 'pwd', buildFolder: tmpdir() });
      assert.equal(session.console('stdout').trim(), realpathSync(tmpdir()));
    },
    async assembler() {
      // A source of another assembler's is refused by the one that is named.
      const source = path.join(mkdtempSync(path.join(tmpdir(), 'stepback-')), 'boot.asm');
      writeFileSync(source, 'format binary\n');
      assert.match(await refused({ program: source, assembler: 'nasm' }), /boot\.asm:1: /);
      rmSync(path.dirname(source), { recursive: true });
    },
    async gdbPort() {
      await report({});
      assert.match(session.console('console'), /GDB can attach: gdb -ex 'target remote 127\.0\.0\.1:\d+'/);
      await report({ gdbPort: 'none' });
      assert.doesNotMatch(session.console('console'), /GDB can attach/);
    },
    async stepIntoInterrupts() {
      const ticks = guest('ticks', 'adapter');
      // STI at 7C12h; its shadow ends behind the NOP that follows.
      const into = async (options: object): Promise<string> => {
        await firstFrame({ program: ticks, ...options });
        const { client } = session;
        await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x7C12' }] });
        await client.run('continue');
        for (const _ of ['sti', 'nop', 'nop']) await client.run('stepIn', { granularity: 'instruction' });
        return (await client.top()).name;
      };
      assert.match(await into({}), /0000:7C15/);
      assert.match(await into({ stepIntoInterrupts: true }), /^interrupt 08h +F000:/);
    },
    async stepIntoMacros() {
      const text = 'org 0x7c00\nbits 16\n%macro put 1\nmov al, %1\nmov ah, 14\n%endmacro\nput 1\nput 2\nhlt\n';
      writeFileSync(file('macro.asm'), text);
      const lines = async (options: object): Promise<number[]> => {
        await firstFrame({ program: file('macro.asm'), ...options });
        const found = [(await session.client.top()).line];
        for (const _ of [1, 2]) {
          await session.client.run('next');
          found.push((await session.client.top()).line);
        }
        return found;
      };
      assert.deepEqual(await lines({}), [7, 8, 9]);
      assert.deepEqual(await lines({ stepIntoMacros: true }), [4, 5, 4]);
    },
  };

  for (const { name } of optionsOf('launch')) {
    it(name, async () => {
      const effect = EFFECTS[name];
      assert.ok(effect, `the option ${name} has no test: show its effect here`);
      await effect();
    });
  }

  it('has no test for an option that is gone', () => {
    const names: readonly OptionName[] = optionsOf('launch').map(({ name }) => name);
    assert.deepEqual(
      Object.keys(EFFECTS).filter((name) => !names.includes(name as OptionName)),
      [],
    );
  });
});
