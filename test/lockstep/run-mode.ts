/** Runs streams of one mode; after a mismatch with a fresh QEMU, since the two no longer stand at the same place. */
import { Lockstep, Random } from './lockstep';
import type { ModeId } from './modes';
import { Qemu } from './qemu';
import type { EngineMode } from '../support/engines';

/** So many mismatches end a mode: what follows says little. */
const MOST_FAILURES = 20;

export interface ModeCounts {
  passed: number;
  failed: number;
  instructions: number;
}

export async function runMode(
  id: ModeId,
  streams: number,
  seed: number,
  engine: EngineMode,
  say: (text: string) => void,
): Promise<ModeCounts> {
  const counts: ModeCounts = { passed: 0, failed: 0, instructions: 0 };
  const random = new Random((seed * 0x9e37_79b1) | 1);
  while (counts.passed + counts.failed < streams && counts.failed < MOST_FAILURES) {
    const qemu = await Qemu.start();
    try {
      const lockstep = new Lockstep(qemu.gdb, id, random, engine);
      await lockstep.enter();
      for (let ended = false; !ended && counts.passed + counts.failed < streams; ) {
        const mismatch = await lockstep.stream();
        if (mismatch === undefined) counts.passed++;
        else {
          counts.failed++;
          say(`${id}: ${mismatch}`);
          ended = true;
        }
      }
      counts.instructions += lockstep.instructions;
    } finally {
      await qemu.stop();
    }
  }
  return counts;
}
