/** Loads of data segment registers in protected mode: what MOV, POP, LDS and their kin did before with the same selector. */
import type { Routine } from '../../../ir/routine';
import { CPU_BASE } from '../../../memory/layout';
import { MEMO, MEMO_TABLE } from '../memos';
import * as R from '../registers';
import { RoutineWriter } from './writer';

/** As the helper LOAD_SEGMENT: a = segment register, b = selector. */
export function segmentRoutine(): Routine {
  const w = new RoutineWriter();
  const s = w.v('and', w.a, 0xff);
  const memo = w.memo(MEMO_TABLE.SEGMENTS, w.v('or', w.second, w.v('shl', s, 16)));
  w.unchanged(memo, MEMO.CODE, MEMO.CODE_WORDS);
  const to = w.v('mul', s, 64);
  for (let at = 0; at < 64; at += 16)
    w.poke(to, CPU_BASE + R.segment(0, 0) + at, w.peek(memo, MEMO.CODE_IMAGE + at, 128), 128);
  w.enterContext(memo);
  return w.finish('load_segment', false);
}
