/** What is written to disks is part of the history, and of its bound. */
import { strict as assert } from 'node:assert';
import { type BlockSource, MemorySource } from '../../../emulator/storage/block-source';
import { FloppyDisk } from '../../../emulator/storage/floppy-disk';
import { FloppyDrives } from '../../../emulator/storage/floppy-drives';
import { OVERLAY_BLOCK_BYTES } from '../../../emulator/storage/overlay';
import { Machine } from '../../../emulator/system/machine';
import { digestMachine } from '../../../emulator/system/machine-state';
import { Timeline } from '../../../emulator/timeline/timeline';

const DISK_BYTES = 4 << 20;
/** A boot sector that does nothing, for ever. */
const LOOP = [0xeb, 0xfe];
const COUNTS = 1_500_000;

const disk: BlockSource = {
  length: DISK_BYTES,
  read: (offset, length) => {
    const bytes = new Uint8Array(length);
    if (offset === 0 && length >= 512) {
      bytes.set(LOOP);
      bytes.set([0x55, 0xaa], 510);
    }
    return bytes;
  },
};

/** A timeline whose machine fills a block of its disk with the number of each round. */
function written(historyBytes: number, rounds: number): Timeline {
  const machine = new Machine({
    // Snapshots are spaced by work: interpreted, a count is one unit.
    engine: 'interpreter',
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 1 << 20,
    floppies: [],
    disks: [disk],
    bootOrder: ['disk'],
    rtcEpochSeconds: 0,
  });
  // A machine without anything to boot waits, and waiting is no work.
  machine.busyWait.enabled = false;
  const timeline = new Timeline(machine, { historyBytes });
  const [medium] = machine.board.disks;
  for (let round = 1; round <= rounds; round++) {
    timeline.run({ count: round * COUNTS, time: Infinity, breakpoints: false }, false);
    for (let block = 1; block < 100; block++) {
      medium.overlay.write(block * OVERLAY_BLOCK_BYTES, new Uint8Array(OVERLAY_BLOCK_BYTES).fill(round));
    }
  }
  return timeline;
}

describe('history of media', () => {
  it('counts what snapshots hold of them', () => {
    const { snapshots } = written(1 << 30, 4);
    assert.ok(snapshots.bytes >= 3 * 99 * OVERLAY_BLOCK_BYTES, String(snapshots.bytes));
  });

  it('keeps to its bound when a guest writes and writes', () => {
    const limit = 2 << 20;
    const { snapshots } = written(limit, 20);
    assert.ok(snapshots.bytes <= limit, String(snapshots.bytes));
    assert.ok(snapshots.all.length >= 2);
  });
});

/**
 * Counts up the first byte of the second sector of drive A, again and again:
 * mov ax,0201h / mov cx,2 / mov dx,0 / mov bx,8000h / int 13h / jc start / inc byte [8000h] / mov ax,0301h / int 13h /
 * mov cx,400h / loop $ / jmp start
 */
const COUNTING = 'b80102 b90200 ba0000 bb0080 cd13 72f0 fe060080 b80103 cd13 b90004 e2fe ebe0';

function floppy(name: string, fill: number): FloppyDisk {
  const bytes = new Uint8Array(1_474_560).fill(fill);
  bytes.set(Buffer.from(COUNTING.replaceAll(' ', ''), 'hex'));
  bytes.set([0x55, 0xaa], 510);
  return new FloppyDisk(name, new MemorySource(bytes));
}

function counting(historyBytes = 1 << 28): Timeline {
  const machine = new Machine({
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 1 << 20,
    floppies: [new MemorySource(floppy('a', 1).content)],
    disks: [],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });
  return new Timeline(machine, { historyBytes });
}

describe('history of exchanged disks', function () {
  this.timeout(60_000);
  const run = (timeline: Timeline, counts: number) =>
    timeline.run({ count: timeline.count + counts, time: Infinity, breakpoints: false }, false);
  const inA = (timeline: Timeline) => timeline.machine.board.floppies.drives[0];
  const counted = (disk: FloppyDisk | undefined) => disk?.medium.read(1, 1)[0];
  const exchange = (timeline: Timeline, disk: FloppyDisk | undefined) =>
    timeline.input({ type: 'media', drive: 'floppy0', disk });

  it('comes back to every state, in any order', () => {
    const timeline = counting();
    const digests = new Map<number, string>();
    const record = () => digests.set(timeline.count, digestMachine(timeline.machine));
    run(timeline, 20_000);
    const a = inA(timeline)?.disk;
    const [b, c] = [floppy('b', 50), floppy('c', 100)];
    for (const disk of [b, undefined, c, a, b, b, a]) {
      exchange(timeline, disk);
      record();
      for (let i = 0; i < 3; i++) {
        run(timeline, 110_000);
        record();
      }
    }
    const counts = [...digests.keys()];
    for (let i = 0; i < 12; i++) {
      const count = counts[(i * 17) % counts.length] ?? 0;
      timeline.seek(count);
      assert.equal(digestMachine(timeline.machine), digests.get(count), String(count));
    }
  });

  it('a disk that comes back has what was written to it, and nothing that was written later', () => {
    const timeline = counting();
    run(timeline, 80_000);
    const a = inA(timeline)?.disk;
    const before = counted(a) ?? 0;
    assert.ok(before > 1, String(before));
    const b = floppy('b', 50);
    exchange(timeline, b);
    run(timeline, 20_000);
    assert.ok((counted(b) ?? 0) > 50);
    assert.equal(counted(a), before);
    const back = timeline.count;
    exchange(timeline, a);
    run(timeline, 10_000);
    const after = counted(a) ?? 0;
    assert.ok(after > before && after < before + 40, `${before} ${after}`);
    timeline.seek(back - 9000);
    assert.equal(counted(a), before);
    // In the past a third disk comes instead: what lay behind that is gone.
    exchange(timeline, floppy('c', 200));
    run(timeline, 10_000);
    assert.ok((counted(inA(timeline)?.disk) ?? 0) >= 200);
    assert.equal(counted(a), before);
  });

  it('has the changed disk in its digest, by what is on it', () => {
    const [one, same, other] = [counting(), counting(), counting()];
    [floppy('b', 50), floppy('x', 50), floppy('b', 51)].forEach((disk, i) => {
      const timeline = [one, same, other][i] ?? one;
      run(timeline, 20_000);
      exchange(timeline, disk);
    });
    assert.equal(digestMachine(one.machine), digestMachine(same.machine));
    assert.notEqual(digestMachine(one.machine), digestMachine(other.machine));
  });

  it('holds so many images and no more: then the past begins with the newest', () => {
    const timeline = counting();
    run(timeline, 20_000);
    const start = timeline.first;
    const told: number[] = [];
    timeline.onForget = (count) => told.push(count);
    for (let i = 0; i < 100; i++) {
      exchange(timeline, floppy(`disk ${i}`, i));
      run(timeline, 3000);
      const bytes = [...timeline.disks].reduce((sum, disk) => sum + disk.content.length, 0);
      assert.ok(bytes <= (64 << 20) + 2 * 1_474_560, `${i}: ${bytes}`);
    }
    assert.ok(timeline.first > start);
    assert.equal(told.at(-1), timeline.first);
    const here = digestMachine(timeline.machine);
    const { count, first } = timeline;
    timeline.seek(first);
    timeline.seek(count);
    assert.equal(digestMachine(timeline.machine), here);
  });

  it('refuses a disk that is in the other drive', () => {
    const [a, b] = [floppy('a', 1), floppy('b', 2)];
    const drives = new FloppyDrives([a, b]);
    assert.throws(() => drives.exchange('floppy0', b), /The disk b is in drive 'floppy1'/);
    assert.deepEqual(
      drives.drives.map(({ disk, changed }) => [disk?.name, changed]),
      [
        ['a', false],
        ['b', false],
      ],
    );
  });
});
