/** What is written to disks is part of the history, and of its bound. */
import { strict as assert } from 'node:assert';
import type { BlockSource } from '../../../emulator/storage/block-source';
import { OVERLAY_BLOCK_BYTES } from '../../../emulator/storage/overlay';
import { Machine } from '../../../emulator/system/machine';
import { Timeline } from '../../../emulator/timeline/timeline';

const DISK_BYTES = 4 << 20;
/** A boot sector that does nothing, for ever. */
const LOOP = [0xeb, 0xfe];
const COUNTS = 500_000;

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
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 1 << 20,
    floppies: [],
    disks: [disk],
    bootOrder: ['disk'],
    rtcEpochSeconds: 0,
  });
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
