/** IRET as it was before, in real mode and in protected mode, to the same level or an outer one. */
import type { Operand } from '../../../ir/block';
import { RUN_DEPTH } from '../../../memory/layout';
import { MEMO, MEMO_TABLE, RUN_LINE } from '../memos';
import * as R from '../registers';
import { needRealCode, setStackPointer, stackMask, stackPointer } from './interrupt';
import { routine, type RoutineWriter, slot } from './writer';

/** What IRET makes of the flags that it pops: all of them, and those that are kept apart from the condition codes. */
function poppedFlags(
  w: RoutineWriter,
  memo: Operand,
  popped: Operand,
): { readonly flags: Operand; readonly system: Operand } {
  const writable = w.peek(memo, MEMO.FLAGS);
  const kept = w.v('and', slot(R.FLAGS_SYSTEM), w.v('xor', writable, 0xffff_ffff));
  const flags = w.v('or', kept, w.v('and', popped, writable));
  const system = w.v('and', flags, w.peek(memo, MEMO.FIXED));
  // What ends the run of the engine is the helper's: a trap, or an interrupt that is let through.
  w.declineIf(w.v('and', system, R.FLAG.TF | R.FLAG.RF));
  w.declineIf(w.v('and', w.v('and', w.v('shru', system, Math.log2(R.FLAG.IF)), 1), slot(RUN_LINE)));
  return { flags, system };
}

function enterFlags(w: RoutineWriter, { flags, system }: ReturnType<typeof poppedFlags>): void {
  w.set(R.FLAGS_SYSTEM, system);
  w.setFlags(flags);
  w.set(R.NMI_BLOCKED, 0, 8);
}

/** Place of `bytes` bytes at the top of the stack: all in one piece, inside of the segment. */
function topOfStack(w: RoutineWriter, mask: Operand, top: Operand, bytes: number): Operand {
  w.declineIf(w.v('ltu', w.v('sub', mask, bytes - 1), top));
  w.within(R.SS, R.SEG_READ_LOW, top, bytes);
  return w.reach(w.v('add', slot(R.segment(R.SS, R.SEG_BASE)), top), bytes, false);
}

const REAL_FRAME = 6;

/** As the helper INTERRUPT_RETURN with an operand size of 16. */
export const realReturnRoutine = routine('real_return', true, (w) => {
  const mask = stackMask(w);
  const top = stackPointer(w, mask);
  const host = topOfStack(w, mask, top, REAL_FRAME);
  const offset = w.peek(host, 0, 16);
  const selector = w.peek(host, 2, 16);
  const memo = w.memo(MEMO_TABLE.RETURNS, w.v('or', selector, 16 << 16));
  w.declineIf(w.v('ltu', slot(R.segment(R.CS, R.SEG_LIMIT)), offset));
  needRealCode(w);
  const popped = poppedFlags(w, memo, w.peek(host, 4, 16));
  const base = w.v('shl', selector, 4);
  const sp = w.v('add', top, REAL_FRAME);
  const linear = w.v('add', slot(R.segment(R.SS, R.SEG_BASE)), w.v('and', sp, mask));
  const depth = w.lastRecord(w.v('add', base, offset), linear);
  w.set(RUN_DEPTH, depth);
  setStackPointer(w, mask, sp);
  w.set(R.segment(R.CS, R.SEG_SELECTOR), selector);
  w.set(R.segment(R.CS, R.SEG_BASE), base);
  w.set(R.EIP, offset);
  enterFlags(w, popped);
  w.enterContext(memo);
});

/** The order in which segments that an outer level may not use are dropped does not matter: any is the helper's. */
const DATA_SEGMENTS = [R.ES, R.DS, R.FS, R.GS] as const;

function needUsableData(w: RoutineWriter, level: Operand): void {
  for (const s of DATA_SEGMENTS) {
    const access = w.get(R.segment(s, R.SEG_ACCESS));
    const isSegment = w.v('and', w.v('shru', access, 4), 1);
    const isOther = w.v('ne', w.v('and', access, 0x1c), 0x1c);
    const isInner = w.v('ltu', w.v('and', w.v('shru', access, 5), 3), level);
    w.declineIf(w.v('and', w.v('and', isSegment, isOther), isInner));
  }
}

/** The same with one of 32, not in virtual 8086 mode. */
export const returnRoutine = routine('return', true, (w) => {
  const mask = stackMask(w);
  const top = stackPointer(w, mask);
  const host = topOfStack(w, mask, top, 12);
  const offset = w.peek(host, 0);
  const selector = w.peek(host, 4, 16);
  const flags = w.peek(host, 8);
  const memo = w.memo(MEMO_TABLE.RETURNS, w.v('or', selector, 32 << 16));
  w.declineIf(w.v('and', w.v('or', flags, slot(R.FLAGS_SYSTEM)), R.FLAG.VM));
  w.declineIf(w.v('and', slot(R.FLAGS_SYSTEM), R.FLAG.NT));
  w.declineUnlessEqual(w.v('and', slot(R.FLAGS_SYSTEM), R.FLAG.IOPL), w.peek(memo, MEMO.IOPL));
  w.unchanged(memo, MEMO.CODE, MEMO.CODE_WORDS);
  w.declineIf(w.v('ltu', w.peek(memo, MEMO.OFFSET), offset));
  const popped = poppedFlags(w, memo, flags);
  const target = w.v('add', w.peek(memo, MEMO.CODE_BASE), offset);
  w.either(
    w.v('ne', w.peek(memo, MEMO.STACK), 0),
    () => {
      w.unchanged(memo, MEMO.STACK, MEMO.STACK_WORDS);
      const outer = topOfStack(w, mask, top, 20);
      w.declineUnlessEqual(w.peek(outer, 16, 16), w.peek(memo, MEMO.SELECTOR));
      needUsableData(w, w.peek(memo, MEMO.LEVEL));
      const sp = w.peek(outer, 12);
      const linear = w.v('add', w.peek(memo, MEMO.STACK_BASE), w.v('and', sp, w.peek(memo, MEMO.STACK_MASK)));
      w.set(RUN_DEPTH, w.lastRecord(target, linear));
      w.copyImage(memo, MEMO.STACK_IMAGE, R.SS);
      w.set(R.ESP, sp);
    },
    () => {
      const sp = w.v('add', top, 12);
      const linear = w.v('add', slot(R.segment(R.SS, R.SEG_BASE)), w.v('and', sp, mask));
      w.set(RUN_DEPTH, w.lastRecord(target, linear));
      setStackPointer(w, mask, sp);
    },
  );
  w.copyImage(memo, MEMO.CODE_IMAGE, R.CS);
  w.set(R.EIP, offset);
  enterFlags(w, popped);
  w.enterContext(memo);
});
