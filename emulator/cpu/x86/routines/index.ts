/** The routines of x86. */
import type { Routine } from '../../../ir/routine';
import { ROUTINE } from '../memos';
import { admitRoutine } from './admit';
import { interruptRoutine, realInterruptRoutine } from './interrupt';
import { popFlagsRoutine } from './pop-flags';
import { realReturnRoutine, returnRoutine } from './return';
import { realJumpRoutine, segmentRoutine } from './segment';

const BY_NAME: Readonly<Record<keyof typeof ROUTINE, Routine>> = {
  LOAD_SEGMENT: segmentRoutine(),
  REAL_INTERRUPT: realInterruptRoutine(),
  INTERRUPT: interruptRoutine(),
  REAL_RETURN: realReturnRoutine(),
  RETURN: returnRoutine(),
  ADMIT: admitRoutine(),
  REAL_JUMP: realJumpRoutine(),
  POP_FLAGS: popFlagsRoutine(),
};

/** By their numbers. */
export const X86_ROUTINES: readonly Routine[] = Object.entries(ROUTINE)
  .toSorted(([, a], [, b]) => a - b)
  .map(([name]) => BY_NAME[name as keyof typeof ROUTINE]);
