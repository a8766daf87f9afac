import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemorySource } from '../../../emulator/storage/block-source';
import { Machine } from '../../../emulator/system/machine';

const MBR = '/usr/lib/syslinux/mbr/mbr.bin';

/** The whole machine with an image in a drive, and what it told. */
class Run {
  readonly machine: Machine;
  readonly notes: string[] = [];

  constructor(kind: 'floppy' | 'disk' | 'none', image: Uint8Array = new Uint8Array(1), cpu = '80386') {
    const source = [new MemorySource(image)];
    this.machine = new Machine({
      machine: 'pc',
      cpu,
      memoryBytes: 2 * 1024 * 1024,
      floppies: kind === 'floppy' ? source : [],
      disks: kind === 'disk' ? source : [],
      bootOrder: ['floppy', 'disk'],
      rtcEpochSeconds: 1_795_000_000,
    });
    this.machine.listener = {
      output: () => undefined,
      note: (category, text) => this.notes.push(`${category}: ${text}`),
    };
  }

  run(count: number) {
    const { machine } = this;
    return machine.run(
      { count: machine.count + count, time: machine.board.clock.now + 1e9, breakpoints: false },
      false,
    );
  }

  key(...codes: readonly string[]): void {
    for (const pressed of [true, false]) {
      for (const code of codes) {
        this.machine.board.key(code, pressed);
        this.run(100_000);
      }
    }
  }

  get screen(): string {
    const bytes = this.machine.board.memory.readBytes(0xb_8000, 4000);
    let text = '';
    for (let i = 0; i < 4000; i += 2) text += i % 160 === 158 ? '\n' : String.fromCharCode(bytes[i]);
    return text.replaceAll(/ +\n/g, '\n').trim();
  }
}

/** A boot sector from hexadecimal code. */
function sector(code: string): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set(Buffer.from(code.replaceAll(/\s/g, ''), 'hex'));
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

/** Echoes keys: mov ah,0 / int 16h / mov ah,0Eh / int 10h / jmp. */
const ECHO = sector('b4 00 cd 16 b4 0e cd 10 eb f6');

describe('booting on the built-in firmware', function () {
  this.timeout(60_000);

  for (const cpu of ['8086', '80286', '80386']) {
    it(`runs POST and a boot sector that waits for keys, on an ${cpu}`, () => {
      const run = new Run('floppy', ECHO, cpu);
      run.run(20_000);
      run.key('KeyH');
      run.key('ShiftLeft', 'Digit1');
      assert.equal(run.screen, 'h!');
      assert.deepEqual(
        run.notes.filter((note) => note.startsWith('unmodelled')),
        [],
      );
    });
  }

  it('lets timer interrupts through while INT 16h waits, and counts ticks', () => {
    const run = new Run('floppy', ECHO);
    run.run(20_000);
    const ticks = () => run.machine.board.memory.peek(0x46c, 4);
    const before = ticks();
    const { clock } = run.machine.board;
    const start = clock.now;
    run.machine.run({ count: Infinity, time: start + 5e9, breakpoints: false }, false);
    const expected = ((clock.now - start) / 1e9) * (1_193_182 / 65_536);
    assert.ok(Math.abs(ticks() - before - expected) <= 1, `${ticks() - before} ticks, not ${expected}`);
  });

  it('waits with INT 15h AH=86h for as long as it is told', () => {
    // cx:dx = 20,000 us; int 15h; then jmp $.
    const run = new Run('floppy', sector('31 c9 ba 20 4e b4 86 cd 15 eb fe'));
    const done = () => run.notes.some((note) => note.includes('wait 20000 us'));
    run.run(10_000);
    const start = run.machine.board.clock.now;
    while (!done() && run.machine.count < 10_000_000) run.run(5000);
    const waited = (run.machine.board.clock.now - start) / 1000;
    assert.ok(done() && waited > 19_800 && waited < 20_400, `${waited} us`);
  });

  it('enters the boot sector as PCs do', () => {
    const run = new Run('disk', sector('eb fe'));
    run.run(20_000);
    const register = (name: string) => Number(run.machine.processor.cpu.readRegister(name));
    assert.deepEqual(['CS', 'EIP', 'DS', 'ES', 'SS', 'DX'].map(register), [0, 0x7c00, 0, 0, 0, 0x80]);
    assert.equal(register('EFLAGS') & 0x200, 0x200);
  });

  it('says when there is nothing to boot, and why', () => {
    const none = new Run('none');
    const stop = none.run(100_000);
    assert.equal(stop.kind, 'dead');
    assert.match(stop.kind === 'dead' ? stop.reason : '', /floppy A \(empty\) or hard disk 80h \(there is none\)/);
    assert.equal(none.screen, 'No bootable device.');
    const unsigned = new Run('disk', new Uint8Array(512 * 100));
    unsigned.run(100_000);
    assert.ok(unsigned.notes.some((note) => note.includes('no boot signature (0000h instead of AA55h)')));
    const blank = new Run('floppy', new Uint8Array(1_474_560));
    assert.equal(blank.run(100_000).kind, 'dead');
  });

  for (const code of ['F12', 'Escape']) {
    it(`opens the boot menu for ${code}, pressed before the first instruction or held`, () => {
      for (const released of [true, false]) {
        const run = new Run('floppy', ECHO);
        run.machine.board.key(code, true);
        if (released) run.machine.board.key(code, false);
        run.run(300_000);
        assert.match(run.screen, /^Boot from\n\n {2}1 {2}floppy A\n {2}2 {2}hard disk 80h \(there is none\)/);
        if (!released) run.machine.board.key(code, false);
        run.run(300_000);
        run.key('Digit1');
        run.key('KeyH');
        assert.match(run.screen, /for the first: 1\nh$/);
      }
    });
  }

  it('takes no time for whoever presses nothing, and none for other keys', () => {
    const counts = [undefined, 'KeyA'].map((code) => {
      const run = new Run('floppy', ECHO);
      if (code !== undefined) run.machine.board.key(code, true);
      run.machine.processor.setBreakpoints(new Set([0x7c00]));
      const stop = run.machine.run({ count: 100_000, time: Infinity, breakpoints: true }, false);
      return [stop.kind, run.machine.count];
    });
    assert.deepEqual(counts[0], counts[1]);
    assert.equal(counts[0]?.[0], 'breakpoint');
  });

  it('has no menu for a key that a program waits for before it boots again', () => {
    // mov ah,0 / int 16h / int 19h: Esc, still held, boots again.
    const run = new Run('floppy', sector('b4 00 cd 16 cd 19'));
    run.run(300_000);
    run.machine.board.key('Escape', true);
    run.run(500_000);
    assert.equal(run.notes.filter((note) => note.includes('INT 19h')).length, 2);
    assert.equal(run.screen, '');
  });

  it('runs SYSLINUX’s master boot record on a disk with no active partition', function () {
    if (!existsSync(MBR)) this.skip();
    const disk = new Uint8Array(10 * 1024 * 1024);
    disk.set(readFileSync(MBR));
    disk.set([0x55, 0xaa], 510);
    const run = new Run('disk', disk);
    const stop = run.run(1_000_000);
    assert.match(run.screen, /^Missing operating system\./);
    assert.match(stop.kind === 'dead' ? stop.reason : '', /called INT 18h/);
  });

  it('runs the boot sector of mkfs.fat, which boots again at a key', function () {
    const folder = mkdtempSync(join(tmpdir(), 'boot-'));
    try {
      const file = join(folder, 'floppy.img');
      try {
        execFileSync('mkfs.fat', ['-C', file, '1440'], { stdio: 'pipe' });
      } catch {
        this.skip();
      }
      const run = new Run('floppy', readFileSync(file));
      run.run(1_000_000);
      assert.match(
        run.screen,
        /This is not a bootable disk\. {2}Please insert a bootable floppy and\npress any key to try again \.\.\./,
      );
      const boots = () => run.notes.filter((note) => note.includes('INT 19h')).length;
      assert.equal(boots(), 1);
      run.key('Space');
      run.run(1_000_000);
      assert.equal(boots(), 2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
