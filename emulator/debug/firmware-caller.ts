import type { Machine } from '../system/machine';

/** Where the program goes on that called the firmware, linear: the innermost return address outside of it. */
export function firmwareCaller({ board, processor }: Machine): number | undefined {
  const { calls, core } = processor.cpu;
  for (let n = calls.depth - 1; n >= 0; n--) {
    const { returnTo } = calls.entry(n);
    const physical = core.space.physical(returnTo);
    if (physical === undefined || !board.isFirmware(physical)) return returnTo;
  }
  return undefined;
}
