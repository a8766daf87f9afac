import assert from 'node:assert/strict';
import { MemorySource } from '../../../emulator/storage/block-source';
import { FloppyDisk } from '../../../emulator/storage/floppy-disk';
import { FloppyDrive, FloppyDrives } from '../../../emulator/storage/floppy-drives';
import { ImageDevice } from '../../../emulator/storage/image-device';
import { Overlay } from '../../../emulator/storage/overlay';
import { BiosBoard, diskOf, floppyOf } from './bios-board';

const DISK = 0x13;
const CYLINDER = 18 * 2 * 512;
const numbered = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i >> 9) & 0xff);

/** A floppy and a hard disk of 20 cylinders; each sector holds its number. */
function setUp() {
  const floppy = floppyOf(numbered(1_474_560));
  const disk = diskOf(numbered(20 * 16 * 63 * 512));
  const board = new BiosBoard({ floppies: [floppy], disks: [disk] });
  const sector = (address: number) => board.memory.peek(address, 1);
  return { board, floppy, disk, sector };
}

/** A disk address packet at 0000:0600, DS:SI pointing at it. */
function packet(
  board: BiosBoard,
  fields: { size?: number; count: number; segment?: number; offset?: number; lba: bigint; flat?: bigint },
): void {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, fields.size ?? 16);
  view.setUint16(2, fields.count, true);
  view.setUint16(4, fields.offset ?? 0x8000, true);
  view.setUint16(6, fields.segment ?? 0, true);
  view.setBigUint64(8, fields.lba, true);
  view.setBigUint64(16, fields.flat ?? 0n, true);
  board.memory.load(0x600, bytes);
  board.set('DS', 0);
  board.set('SI', 0x600);
}

describe('INT 13h', () => {
  it('reads sectors by cylinder, head and sector, and says so in one line', () => {
    const { board, sector } = setUp();
    const { carry } = board.int(DISK, { AX: 0x0204, CX: 0x0102, DX: 0x0100, ES: 0x0000, BX: 0x8000 });
    assert.equal(carry, false);
    assert.equal(board.get('AX'), 0x0004);
    // Cylinder 1, head 1, sector 2.
    const first = CYLINDER / 512 + 18 + 1;
    assert.deepEqual([0x8000, 0x8200, 0x8400, 0x8600, 0x8800].map(sector), [first, first + 1, first + 2, first + 3, 0]);
    assert.deepEqual(board.lastCall, {
      name: 'INT 13h AH=02h',
      inputs: 'drive 00h, 4 sectors at C1 H1 S2 -> 0000:8000',
      results: 'ok',
      poll: false,
    });
  });

  it('takes the two high bits of the cylinder from CL', () => {
    const board = new BiosBoard({
      disks: [
        new ImageDevice(new Overlay(new MemorySource(new Uint8Array(512)), 600 * 32 * 512), {
          cylinders: 600,
          heads: 2,
          sectorsPerTrack: 16,
        }),
      ],
    });
    board.int(DISK, { AX: 0x0201, CX: 0x2c81, DX: 0x0080, ES: 0, BX: 0x8000 });
    assert.match(board.lastCall.inputs, /at C556 H0 S1/);
    assert.equal(board.get('AX'), 0x0001);
  });

  it('crosses 64 KiB of memory in one transfer', () => {
    const { board, sector } = setUp();
    board.int(DISK, { AX: 0x0280, CX: 0x0001, DX: 0x0080, ES: 0x1000, BX: 0xff00 });
    assert.equal(board.get('AX'), 0x0080);
    assert.deepEqual([0x1_ff00, 0x2_0100, 0x2_fd00].map(sector), [0, 1, 127]);
  });

  it('writes to the overlay, never to the image', () => {
    const image = numbered(1_474_560);
    const floppy = floppyOf(image);
    const board = new BiosBoard({ floppies: [floppy] });
    board.memory.load(0x8000, new Uint8Array(512).fill(0xee));
    const { carry } = board.int(DISK, { AX: 0x0301, CX: 0x0003, DX: 0, ES: 0, BX: 0x8000 });
    assert.equal(carry, false);
    assert.deepEqual(floppy.disk.medium.read(2, 1), new Uint8Array(512).fill(0xee));
    assert.deepEqual(image, numbered(1_474_560));
    assert.deepEqual(floppy.disk.medium.overlay.dirtyBlocks(), [0]);
  });

  it('says why it fails: in AH, in CF, in the data area and in words', () => {
    const { board } = setUp();
    const cases = [
      [{ AX: 0x0201, CX: 0x0013, DX: 0x0000 }, 0x04, /S1-18/],
      [{ AX: 0x0201, CX: 0x5001, DX: 0x0000 }, 0x04, /C0-79/],
      [{ AX: 0x0200, CX: 0x0001, DX: 0x0000 }, 0x01, /bad command/],
      [{ AX: 0x0281, CX: 0x0001, DX: 0x0080 }, 0x01, /bad command/],
      [{ AX: 0x0281, CX: 0x0001, DX: 0x0000 }, 0x09, /64 kB/],
      [{ AX: 0x0201, CX: 0x0000, DX: 0x0000 }, 0x01, /bad command/],
      [{ AX: 0x0201, CX: 0x0001, DX: 0x0001 }, 0x01, /no such drive/],
      [{ AX: 0x0201, CX: 0x0001, DX: 0x0085 }, 0x01, /no such drive/],
      [{ AX: 0x7700, CX: 0x0001, DX: 0x0080 }, 0x01, /no such function/],
    ] as const;
    for (const [registers, status, why] of cases) {
      const before = board.memory.readBytes(0x8000, 512);
      const { carry } = board.int(DISK, { ...registers, ES: 0, BX: 0x8000 });
      assert.equal(carry, true);
      assert.equal(board.get('AH'), status, JSON.stringify(registers));
      assert.match(board.lastCall.results, why);
      assert.deepEqual(board.memory.readBytes(0x8000, 512), before);
      assert.equal(board.memory.peek((registers.DX & 0x80) === 0 ? 0x441 : 0x474, 1), status);
    }
    const empty = new BiosBoard({ floppies: [new FloppyDrive(undefined)] });
    empty.int(DISK, { AX: 0x0201, CX: 1, DX: 0, ES: 0, BX: 0x8000 });
    assert.equal(empty.get('AH'), 0x80);
    const { overlay, geometry } = floppyOf(numbered(1_474_560)).disk.medium;
    const medium = new ImageDevice(overlay, geometry, true);
    const locked = new BiosBoard({ floppies: [{ type: 4, medium, changed: false, step: () => undefined }] });
    locked.int(DISK, { AX: 0x0301, CX: 1, DX: 0, ES: 0, BX: 0x8000 });
    assert.equal(locked.get('AH'), 0x03);
    locked.int(DISK, { AX: 0x0100, DX: 0 });
    assert.equal(locked.get('AH'), 0x03);
  });

  it('goes on with head 1 behind the last sector of head 0, and ends with the cylinder', () => {
    const { board, sector } = setUp();
    board.int(DISK, { AX: 0x0202, CX: 0x0112, DX: 0x0000, ES: 0, BX: 0x8000 });
    assert.deepEqual([board.get('AX'), sector(0x8000), sector(0x8200)], [2, 53, 54]);
    assert.equal(board.int(DISK, { AX: 0x0202, CX: 0x0112, DX: 0x0100, ES: 0, BX: 0x9000 }).carry, true);
    assert.deepEqual([board.get('AX'), sector(0x9000), sector(0x9200)], [0x0401, 71, 0]);
    assert.match(board.lastCall.results, /the cylinder ends behind 1 of them/);
  });

  it('has no DMA across 64 KiB, takes the table of INT 1Eh and drives the motor', () => {
    const { board } = setUp();
    assert.equal(board.int(DISK, { AX: 0x0202, CX: 0x0001, DX: 0, ES: 0x0fff, BX: 0xfe00 & 0xfff }).carry, false);
    board.int(DISK, { AX: 0x0202, CX: 0x0001, DX: 0, ES: 0x1fe0, BX: 0x0010 });
    assert.equal(board.get('AH'), 0x09);
    assert.deepEqual([board.memory.peek(0x43f, 1) & 1, board.memory.peek(0x440, 1)], [1, 37]);
    // A table of one's own with sectors of 1024 bytes.
    board.memory.load(0x600, Uint8Array.of(0xaf, 2, 99, 3, 18, 0x1b, 0xff, 0x6c, 0xf6, 15, 8));
    board.memory.write(0x78, 4, 0x600);
    board.int(DISK, { AX: 0x0201, CX: 0x0001, DX: 0, ES: 0, BX: 0x8000 });
    assert.deepEqual([board.get('AH'), board.memory.peek(0x440, 1)], [0x04, 99]);
  });

  it('takes a host that cannot read for a broken drive', () => {
    const broken = {
      sectors: 100,
      readOnly: false,
      geometry: { cylinders: 1, heads: 2, sectorsPerTrack: 50 },
      read: () => {
        throw new Error('disk.img: input/output error');
      },
      write: () => undefined,
    };
    const board = new BiosBoard({ disks: [broken] });
    const { carry } = board.int(DISK, { AX: 0x0201, CX: 1, DX: 0x80, ES: 0, BX: 0x8000 });
    assert.deepEqual([carry, board.get('AH')], [true, 0x20]);
    assert.match(board.lastCall.results, /input\/output error/);
  });

  it('tells geometry, kinds of drives and their number', () => {
    const { board } = setUp();
    board.int(DISK, { AX: 0x0800, DX: 0 });
    assert.deepEqual(
      ['AH', 'BL', 'CX', 'DX', 'ES', 'DI'].map((name) => board.get(name)),
      [0, 4, 0x4f12, 0x0101, 0xf000, 0xefc7],
    );
    board.int(DISK, { AX: 0x0800, DX: 0x80 });
    assert.deepEqual(
      ['AH', 'CX', 'DX'].map((name) => board.get(name)),
      [0, 0x123f, 0x0f01],
    );
    assert.equal(board.int(DISK, { AX: 0x0800, DX: 0x81 }).carry, true);
    assert.equal(board.int(DISK, { AX: 0x1500, DX: 0x80 }).carry, false);
    assert.deepEqual([board.get('AH'), board.get('CX') * 0x1_0000 + board.get('DX')], [3, 19 * 16 * 63]);
    board.int(DISK, { AX: 0x1500, DX: 0x00 });
    assert.equal(board.get('AH'), 2);
    board.int(DISK, { AX: 0x1500, DX: 0x01 });
    assert.equal(board.get('AH'), 0);
  });

  it('has the packet functions of EDD', () => {
    const { board, disk, sector } = setUp();
    assert.equal(board.int(DISK, { AX: 0x4100, BX: 0x55aa, DX: 0x80 }).carry, false);
    assert.deepEqual(
      ['AH', 'BX', 'CX'].map((name) => board.get(name)),
      [0x30, 0xaa55, 7],
    );
    assert.equal(board.int(DISK, { AX: 0x4100, BX: 0x55aa, DX: 0x00 }).carry, true);

    packet(board, { count: 3, lba: 1000n });
    assert.equal(board.int(DISK, { AX: 0x4200, DX: 0x80 }).carry, false);
    assert.deepEqual([0x8000, 0x8200, 0x8400].map(sector), [1000 & 0xff, 1001 & 0xff, 1002 & 0xff]);
    assert.equal(board.lastCall.inputs, 'drive 80h, 3 sectors at block 1000 -> 0000:8000');

    packet(board, { size: 24, count: 1, segment: 0xffff, offset: 0xffff, lba: 7n, flat: 0x20_0000n });
    board.int(DISK, { AX: 0x4200, DX: 0x80 });
    assert.equal(sector(0x20_0000), 7);

    board.memory.load(0x8000, new Uint8Array(512).fill(0xdd));
    packet(board, { count: 1, lba: 5n });
    board.int(DISK, { AX: 0x4300, DX: 0x80 });
    assert.equal(disk.read(5, 1)[0], 0xdd);

    for (const bad of [
      { count: 2, lba: 20159n },
      { count: 1, lba: 2n ** 63n },
      { count: 200, lba: 0n },
      { size: 8, count: 1, lba: 0n },
    ]) {
      packet(board, bad);
      assert.equal(board.int(DISK, { AX: 0x4200, DX: 0x80 }).carry, true);
      if (bad.size === undefined) assert.equal(board.memory.peek(0x602, 2), 0, 'blocks transferred');
    }
  });

  it('tells the extended parameters in buffers of both sizes', () => {
    const { board } = setUp();
    for (const size of [0x1a, 0x1e]) {
      board.memory.write(0x600, 2, size);
      board.int(DISK, { AX: 0x4800, DX: 0x80, DS: 0, SI: 0x600 });
      assert.deepEqual(
        [0, 24].map((at) => board.memory.peek(0x600 + at, 2)),
        [size, 512],
      );
      assert.deepEqual(
        [4, 8, 12, 16, 20].map((at) => board.memory.peek(0x600 + at, 4)),
        [20, 16, 63, 20160, 0],
      );
    }
    board.memory.write(0x600, 2, 0x10);
    assert.equal(board.int(DISK, { AX: 0x4800, DX: 0x80, DS: 0, SI: 0x600 }).carry, true);
  });

  it('formats a track of a floppy', () => {
    const { board, floppy } = setUp();
    for (let i = 0; i < 18; i++) board.memory.write(0x8000 + i * 4, 4, 0x0200_0102 + ((i + 1) << 16));
    board.int(DISK, { AX: 0x0512, CX: 0x0200, DX: 0x0100, ES: 0, BX: 0x8000 });
    assert.equal(board.get('AH'), 0);
    const track = floppy.disk.medium.read((2 * 2 + 1) * 18, 18);
    assert.ok(track.every((byte) => byte === 0xf6));
    assert.notEqual(floppy.disk.medium.read((2 * 2 + 1) * 18 + 18, 1)[0], 0xf6);
  });
});

describe('INT 13h when the disk is changed', () => {
  const disk = (fill: number, bytes = 1_474_560) =>
    new FloppyDisk(`disk ${fill}`, new MemorySource(new Uint8Array(bytes).fill(fill)));
  const set = (image = disk(1)) => {
    const drives = new FloppyDrives([image]);
    const board = new BiosBoard({ floppies: drives.drives });
    const call = (code: number, registers: Readonly<Record<string, number>> = {}) => {
      const { carry } = board.int(DISK, { AX: code, CX: 1, DX: 0, ES: 0, BX: 0x8000, ...registers });
      return [board.get('AH'), carry, board.memory.peek(0x441, 1)];
    };
    return { drives, board, call };
  };
  const OK = [0, false, 0];
  const CHANGED = [6, true, 6];
  const NOT_READY = [0x80, true, 0x80];

  it('tells it once, and then reads the new disk', () => {
    const { drives, board, call } = set();
    assert.deepEqual(call(0x0201), OK);
    drives.exchange('floppy0', disk(2));
    assert.deepEqual(call(0x1600), CHANGED);
    assert.deepEqual(call(0x1600), CHANGED, 'looking leaves it as it is');
    assert.deepEqual(call(0x0201), CHANGED);
    assert.equal(board.memory.peek(0x8000, 1), 1, 'nothing was read');
    assert.match(board.lastCall.results, /the disk was changed/);
    assert.deepEqual(call(0x0100), [6, true, 6]);
    assert.deepEqual(call(0x1600), OK);
    assert.deepEqual(call(0x0201), OK);
    assert.equal(board.memory.peek(0x8000, 1), 2);
  });

  it('is not ready without a disk, and has changed when there is one again', () => {
    const { drives, call } = set();
    drives.exchange('floppy0', undefined);
    for (const code of [0x0201, 0x0301, 0x0401, 0x0501, 0x1600, 0x1800]) {
      assert.deepEqual(call(code), NOT_READY, code.toString(16));
    }
    drives.exchange('floppy0', disk(1));
    assert.deepEqual(call(0x0401), CHANGED);
    assert.deepEqual(call(0x0401), OK);
  });

  it('takes a change as known where a program sets the type of the disk', () => {
    for (const [code, registers] of [
      [0x1704, {}],
      [0x1800, { CX: 0x4f12 }],
    ] as const) {
      const { drives, call } = set();
      drives.exchange('floppy0', disk(2));
      assert.deepEqual(call(code, registers), OK);
      assert.deepEqual(call(0x0201), OK);
    }
  });

  it('finds the rate of the new disk, and its geometry', () => {
    const { drives, board, call } = set();
    assert.equal(board.memory.peek(0x490, 1), 0x17);
    drives.exchange('floppy0', disk(3, 737_280));
    assert.deepEqual(call(0x0201), CHANGED);
    assert.equal(board.memory.peek(0x490, 1), 0x97);
    call(0x0800);
    assert.deepEqual([board.get('CX'), board.get('BX')], [0x4f09, 4]);
  });

  it('does not see it in a drive without a change line', () => {
    const { drives, board, call } = set(disk(1, 368_640));
    assert.deepEqual(call(0x1600), CHANGED);
    assert.match(board.lastCall.results, /no change line/);
    drives.exchange('floppy0', disk(2, 368_640));
    assert.deepEqual(call(0x0201), OK);
    assert.equal(board.memory.peek(0x8000, 1), 2);
  });
});
