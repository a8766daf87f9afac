/** Loads of segment registers as they were before: of data in protected mode by MOV, POP, LDS and their kin, of code in real mode. */
import { CPU_BASE } from '../../../memory/layout';
import { MEMO, MEMO_TABLE } from '../memos';
import * as R from '../registers';
import { needRealCode } from './interrupt';
import { routine } from './writer';

/** As the helper LOAD_SEGMENT: a = segment register, b = selector. */
export const segmentRoutine = routine('load_segment', false, (w) => {
  const s = w.v('and', w.a, 0xff);
  const memo = w.memo(MEMO_TABLE.SEGMENTS, w.v('or', w.second, w.v('shl', s, 16)));
  w.unchanged(memo, MEMO.CODE, MEMO.CODE_WORDS);
  const to = w.v('mul', s, 64);
  for (let at = 0; at < 64; at += 16)
    w.poke(to, CPU_BASE + R.segment(0, 0) + at, w.peek(memo, MEMO.CODE_IMAGE + at, 128), 128);
  w.enterContext(memo);
});

/** As the helper JUMP_FAR: a = selector, b = offset, which lies within the limit of CS. */
export const realJumpRoutine = routine('real_jump', false, (w) => {
  const memo = w.memo(MEMO_TABLE.SEGMENTS, w.v('or', w.a, R.CS << 16));
  needRealCode(w);
  w.set(R.segment(R.CS, R.SEG_SELECTOR), w.a);
  w.set(R.segment(R.CS, R.SEG_BASE), w.v('shl', w.a, 4));
  w.set(R.EIP, w.second);
  w.enterContext(memo);
});
