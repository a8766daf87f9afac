import assert from 'node:assert/strict';
import { MemoryMap } from '../../../emulator/firmware/pc-bios/memory-map';
import { TRAPS } from '../../../emulator/firmware/pc-bios/traps';
import { BiosBoard, diskOf, EPOCH_SECONDS, floppyOf } from './bios-board';

const SYSTEM = 0x15;
const TIME = 0x1a;
const SERIAL = 0x14;
const MB = 1024 * 1024;
const SMAP = 0x534d4150;

describe('POST', () => {
  const board = new BiosBoard({
    floppies: [floppyOf(new Uint8Array(1_474_560))],
    disks: [diskOf(new Uint8Array(20 * 16 * 63 * 512))],
  });
  const byte = (at: number) => board.memory.peek(at, 1);
  const word = (at: number) => board.memory.peek(at, 2);

  it('points the interrupt vectors at the ROM', () => {
    assert.equal(board.memory.peek(0x10 * 4, 4), 0xf000f065);
    assert.equal(board.memory.peek(0x1e * 4, 4), 0xf000efc7);
    assert.equal(board.memory.peek(0x1c * 4, 4), 0xf000ff53);
    assert.equal(board.memory.peek(0x60 * 4, 4), 0);
    assert.equal(board.memory.peek(0xff * 4, 4), 0xf000ff53);
  });

  it('fills the BIOS data area', () => {
    assert.equal(word(0x400), 0x3f8);
    assert.equal(word(0x402), 0);
    assert.equal(word(0x40e), 0x9fc0);
    assert.equal(word(0x410), 0x0225);
    assert.equal(word(0x413), 639);
    assert.deepEqual([0x41a, 0x41c, 0x480, 0x482].map(word), [0x1e, 0x1e, 0x1e, 0x3e]);
    assert.deepEqual(
      [byte(0x449), word(0x44a), word(0x44c), word(0x463), byte(0x484), word(0x485)],
      [3, 80, 0x1000, 0x3d4, 24, 16],
    );
    assert.equal(byte(0x475), 1);
    assert.equal(byte(0x496) & 0x10, 0x10);
    board.int(0x11);
    assert.equal(board.get('AX'), 0x0225);
    board.int(0x12);
    assert.equal(board.get('AX'), 639);
  });

  it('sets the ticks from the clock: 14:05:09', () => {
    const seconds = (14 * 60 + 5) * 60 + 9;
    const ticks = word(0x46c) + word(0x46e) * 0x1_0000;
    assert.ok(Math.abs(ticks - (seconds * 1_193_182) / 65_536) < 20, `${ticks} ticks`);
  });

  it('leaves the disk’s table where INT 41h points, and CMOS with a right checksum', () => {
    const table = word(0x41 * 4 + 2) * 16 + word(0x41 * 4);
    assert.deepEqual([word(table), byte(table + 2), byte(table + 14)], [20, 16, 63]);
    const cmos = (index: number) => {
      board.ports.write(0x70, 1, index);
      return board.ports.read(0x71, 1);
    };
    assert.deepEqual(
      [cmos(0x10), cmos(0x12), cmos(0x15) | (cmos(0x16) << 8), cmos(0x17) | (cmos(0x18) << 8)],
      [0x40, 0xf0, 640, 3072],
    );
    let sum = 0;
    for (let index = 0x10; index <= 0x2d; index++) sum += cmos(index);
    assert.equal((cmos(0x2e) << 8) | cmos(0x2f), sum);
  });
});

describe('INT 15h', () => {
  it('tells memory in every way, all of them agreeing', () => {
    const board = new BiosBoard();
    board.int(SYSTEM, { AX: 0x8800 });
    assert.equal(board.get('AX'), 3072);
    board.int(SYSTEM, { AX: 0xe801 });
    assert.deepEqual(
      ['AX', 'BX', 'CX', 'DX'].map((name) => board.get(name)),
      [3072, 0, 3072, 0],
    );
    const ranges: { base: number; length: number; type: number }[] = [];
    let ebx = 0;
    do {
      const { carry } = board.int(SYSTEM, { EAX: 0xe820, EBX: ebx, ECX: 24, EDX: SMAP, ES: 0, DI: 0x600 });
      assert.deepEqual([carry, board.get('EAX'), board.get('ECX')], [false, SMAP, 20]);
      ranges.push({
        base: board.memory.peek(0x600, 4),
        length: board.memory.peek(0x608, 4),
        type: board.memory.peek(0x610, 4),
      });
      ebx = board.get('EBX');
    } while (ebx !== 0);
    assert.deepEqual(ranges, [
      { base: 0, length: 639 * 1024, type: 1 },
      { base: 639 * 1024, length: 1024, type: 2 },
      { base: 0xf_0000, length: 0x1_0000, type: 2 },
      { base: MB, length: 3 * MB, type: 1 },
      { base: 0xffff_0000, length: 0x1_0000, type: 2 },
    ]);
    for (const bad of [{ EBX: 99 }, { EDX: 0 }, { ECX: 16 }]) {
      assert.equal(board.int(SYSTEM, { EAX: 0xe820, EBX: 0, ECX: 24, EDX: SMAP, ...bad }).carry, true);
    }
  });

  it('shapes memory of any size', () => {
    const of = (bytes: number) => {
      const map = new MemoryMap(bytes);
      return [map.baseKb, map.extendedKb, map.below16MbKb, map.above16MbBlocks, map.int88Kb];
    };
    assert.deepEqual(of(256 * 1024), [255, 0, 0, 0, 0]);
    assert.deepEqual(of(MB), [639, 0, 0, 0, 0]);
    assert.deepEqual(of(16 * MB), [639, 15 * 1024, 15 * 1024, 0, 15 * 1024]);
    assert.deepEqual(of(256 * MB), [639, 255 * 1024, 15 * 1024, 240 * 16, 0xffff]);
    assert.throws(() => new MemoryMap(1024), /at least 64 KiB/);
  });

  it('switches A20, whoever holds it', () => {
    const board = new BiosBoard();
    const state = () => {
      board.int(SYSTEM, { AX: 0x2402 });
      return [board.get('AL'), (board.memory.addressMask >>> 20) & 1];
    };
    assert.deepEqual(state(), [1, 1]);
    board.int(SYSTEM, { AX: 0x2400 });
    assert.deepEqual(state(), [0, 0]);
    board.int(SYSTEM, { AX: 0x2401 });
    assert.deepEqual(state(), [1, 1]);
    board.int(SYSTEM, { AX: 0x2400 });
    assert.deepEqual(state(), [0, 0]);
    board.int(SYSTEM, { AX: 0x2403 });
    assert.equal(board.get('BX'), 3);
  });

  it('moves blocks above 1 MiB, with A20 as it was before', () => {
    const board = new BiosBoard();
    board.memory.load(0x8000, Buffer.from('moved up'));
    const descriptor = (at: number, base: number) => {
      board.memory.write(0x600 + at, 2, 0xffff);
      board.memory.write(0x602 + at, 4, base | 0x9300_0000);
    };
    descriptor(0x10, 0x8000);
    descriptor(0x18, 0x11_0000);
    board.int(SYSTEM, { AX: 0x2400 });
    const { carry, zero } = board.int(SYSTEM, { AX: 0x8700, CX: 4, ES: 0, SI: 0x600 });
    assert.deepEqual([carry, zero, board.get('AH')], [false, true, 0]);
    assert.equal((board.memory.addressMask >>> 20) & 1, 0);
    board.int(SYSTEM, { AX: 0x2401 });
    assert.equal(Buffer.from(board.memory.readBytes(0x11_0000, 8)).toString(), 'moved up');
    assert.equal(board.int(SYSTEM, { AX: 0x8700, CX: 0x8001, ES: 0, SI: 0x600 }).carry, true);
  });

  it('counts waits in periods of the refresh toggle', () => {
    const board = new BiosBoard();
    // 18 ticks of 1,193,182 Hz.
    const period = 18 / 1.193182;
    for (const microseconds of [0, 1, 15, 16, 50_000, 1_000_000, 0xffff_ffff]) {
      board.set('CX', microseconds >>> 16);
      board.set('DX', microseconds & 0xffff);
      board.bios.trap(TRAPS.waitPeriods);
      const found = board.get('CX') * 0x1_0000 + board.get('DX');
      assert.ok(found * period >= microseconds && (found - 1) * period < microseconds, `${microseconds} us: ${found}`);
    }
  });

  it('says what it is and what it has not', () => {
    const board = new BiosBoard();
    board.int(SYSTEM, { AX: 0xc000 });
    const table = board.get('ES') * 16 + board.get('BX');
    assert.deepEqual([board.memory.peek(table, 2), board.memory.peek(table + 2, 1)], [8, 0xfc]);
    board.int(SYSTEM, { AX: 0xc100 });
    assert.equal(board.get('ES'), 0x9fc0);
    for (const ax of [0x5300, 0xc300, 0xe8ff, 0x8900]) {
      const { carry } = board.int(SYSTEM, { AX: ax });
      assert.deepEqual([carry, board.get('AH')], [true, 0x86]);
    }
    assert.equal(board.int(SYSTEM, { AX: 0x4f1e }, 0x0203).carry, true);
    assert.equal(board.get('AX'), 0x4f1e);
    assert.throws(() => board.bios.trap(0xee), /no trap EEh/);
  });

  it('changes no flag but those that a service tells', () => {
    const board = new BiosBoard();
    for (const flags of [0xf2d7, 0x0002]) assert.equal(board.int(SYSTEM, { AX: 0x8800 }, flags).flags, flags & ~1);
  });
});

describe('INT 1Ah', () => {
  it('gives and sets ticks, once with the midnight flag', () => {
    const board = new BiosBoard();
    board.int(TIME, { AX: 0x0100, CX: 0x0012, DX: 0x3456 });
    board.memory.write(0x470, 1, 1);
    board.int(TIME, { AX: 0x00ff });
    assert.deepEqual(
      ['AL', 'CX', 'DX'].map((name) => board.get(name)),
      [1, 0x12, 0x3456],
    );
    board.int(TIME, { AX: 0x00ff });
    assert.equal(board.get('AL'), 0);
  });

  it('reads and sets the clock in BCD', () => {
    const board = new BiosBoard();
    assert.equal(EPOCH_SECONDS % 60, 9);
    assert.equal(board.int(TIME, { AX: 0x0200 }).carry, false);
    assert.deepEqual([board.get('CX'), board.get('DH')], [0x1405, 0x09]);
    board.int(TIME, { AX: 0x0400 });
    assert.deepEqual([board.get('CX'), board.get('DX')], [0x2026, 0x1123]);
    board.int(TIME, { AX: 0x0300, CX: 0x2359, DX: 0x5800 });
    board.int(TIME, { AX: 0x0500, CX: 0x1999, DX: 0x1231 });
    board.int(TIME, { AX: 0x0200 });
    assert.equal(board.get('CX'), 0x2359);
    board.int(TIME, { AX: 0x0400 });
    assert.deepEqual([board.get('CX'), board.get('DX')], [0x1999, 0x1231]);
    assert.equal(board.lastCall.results, '1999-12-31');
  });

  it('sets one alarm at a time', () => {
    const board = new BiosBoard();
    assert.equal(board.int(TIME, { AX: 0x0600, CX: 0x1406, DX: 0 }).carry, false);
    assert.equal(board.slave.state.imr & 1, 0);
    assert.equal(board.int(TIME, { AX: 0x0600, CX: 0x1407, DX: 0 }).carry, true);
    board.int(TIME, { AX: 0x0700 });
    assert.equal(board.int(TIME, { AX: 0x0600, CX: 0x1407, DX: 0 }).carry, false);
    assert.equal(board.int(TIME, { AX: 0xb101 }).carry, true);
  });
});

describe('INT 14h and 17h', () => {
  it('sets up a port, sends and receives', () => {
    const board = new BiosBoard();
    board.int(SERIAL, { AX: 0x00e3, DX: 0 });
    assert.deepEqual(board.get('AH') & 0x60, 0x60);
    board.int(SERIAL, { AX: 0x0141, DX: 0 });
    assert.equal(board.get('AH') & 0x80, 0);
    board.time.pass(10_000_000);
    assert.deepEqual(board.sent, [0x41]);
    assert.equal(board.helper(TRAPS.serialReady, 0x0200) & 0xff, 0);
    board.int(SERIAL, { AX: 0x0200, DX: 0 });
    assert.equal(board.get('AH') & 0x80, 0x80);
    board.uart.receive(0x5a);
    board.time.pass(10_000_000);
    assert.equal(board.helper(TRAPS.serialReady, 0x0200) & 0xff, 1);
    board.int(SERIAL, { AX: 0x0200, DX: 0 });
    assert.equal(board.get('AX'), 0x005a);
  });

  it('sets up a port by AH=04h and its modem lines by AH=05h', () => {
    const board = new BiosBoard();
    // Even parity, two stop bits, seven bits, 19,200 baud.
    board.int(SERIAL, { AX: 0x0400, BX: 0x0201, CX: 0x0208, DX: 0 });
    assert.equal(board.get('AH') & 0x60, 0x60);
    assert.equal(board.ports.read(0x3fb, 1), 0x1e);
    board.ports.write(0x3fb, 1, 0x9e);
    assert.equal(board.ports.read(0x3f8, 1), 6);
    board.ports.write(0x3fb, 1, 0x1e);
    board.int(SERIAL, { AX: 0x0501, BX: 0x0001, DX: 0 });
    assert.equal(board.ports.read(0x3fc, 1), 1);
    board.int(SERIAL, { AX: 0x0500, BX: 0xffff, DX: 0 });
    assert.equal(board.get('BL'), 1);
    board.int(SERIAL, { AX: 0x0400, BX: 0x0900, CX: 0x0308, DX: 0 });
    assert.match(board.lastCall.results, /out of range/);
    assert.equal(board.ports.read(0x3fb, 1), 0x1e);
  });

  it('has no second port and no printer', () => {
    const board = new BiosBoard();
    board.int(SERIAL, { AX: 0x0141, DX: 1 });
    assert.equal(board.get('AH'), 0x80);
    assert.equal(board.helper(TRAPS.serialReady, 0x0141) & 0xff, 1);
    board.int(0x17, { AX: 0x0041, DX: 0 });
    assert.equal(board.get('AH'), 1);
  });
});

describe('unhandled exceptions', () => {
  it('end the machine where the guest would do them for ever', () => {
    const board = new BiosBoard();
    board.memory.load(0x7c55, Uint8Array.of(0x2e, 0xf7, 0xf1));
    board.int(TRAPS.divideError);
    assert.match(board.deaths[0] ?? '', /divide error at 0000:7C55 has no handler/);
    board.memory.load(0x7c55, Uint8Array.of(0x90));
    board.int(TRAPS.divideError);
    assert.equal(board.deaths.length, 1, 'an 8086 goes on behind the division');
    board.int(TRAPS.invalidOpcode);
    assert.match(board.deaths[1] ?? '', /invalid opcode/);
  });

  it('say where nothing is', () => {
    const board = new BiosBoard();
    const frame = board.get('SS') * 16 + board.get('SP') - 6;
    for (const [at, word] of [0x0010, 0xc800, 0x0202].entries()) board.memory.write(frame + at * 2, 2, word);
    board.set('SP', board.get('SP') - 6);
    board.bios.trap(TRAPS.invalidOpcode);
    assert.match(board.deaths[0] ?? '', /^The CPU came to C800:0010, where nothing is: no memory and no device/);
  });
});
