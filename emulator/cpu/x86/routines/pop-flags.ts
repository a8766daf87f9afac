/** POPF at privilege 0, where which flags it may change follows from the context. */
import { POPPED, RUN_LINE } from '../memos';
import * as R from '../registers';
import { routine, slot } from './writer';

/** As the helper POP_FLAGS. */
export const popFlagsRoutine = routine('pop_flags', true, (w) => {
  const mask = w.v('shru', w.second, POPPED.MASK_SHIFT);
  const kept = w.v('and', slot(R.FLAGS_SYSTEM), w.v('xor', mask, 0xffff_ffff));
  const flags = w.v('or', kept, w.v('and', w.a, mask));
  // What ends the run of the engine is the helper's: a trap, or an interrupt that is let through.
  w.declineIf(w.v('and', flags, R.FLAG.TF | R.FLAG.RF));
  w.declineIf(w.v('and', w.v('and', w.v('shru', flags, Math.log2(R.FLAG.IF)), 1), slot(RUN_LINE)));
  w.set(R.FLAGS_SYSTEM, w.v('and', flags, R.SYSTEM_FLAGS));
  w.setFlags(flags);
});
