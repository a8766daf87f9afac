/** Delivery of interrupts and exceptions as it was before: in real mode, and through gates of protected mode. */
import { RUN_REPEATING } from '../../../memory/layout';
import { INTERRUPT, MEMO, MEMO_TABLE, RUN_ERROR_CODE, RUN_INTERRUPTED } from '../memos';
import * as R from '../registers';
import { routine, type RoutineWriter, slot } from './writer';
import type { Operand } from '../../../ir/block';

const keyOf = (w: RoutineWriter): Operand => w.v('and', w.a, ~INTERRUPT.ANY_IOPL);

/** The kind of the call record's entry: the one of `key`, and the vector. */
const kindOf = (w: RoutineWriter): Operand =>
  w.v('or', w.v('shru', w.a, INTERRUPT.KIND_SHIFT), w.v('shl', w.v('and', w.a, INTERRUPT.VECTOR), 8));

function entered(w: RoutineWriter): void {
  w.set(RUN_REPEATING, 0);
  w.set(RUN_INTERRUPTED, 1);
}

/** The part of ESP that the stack's width leaves. */
export function stackPointer(w: RoutineWriter, mask: Operand): Operand {
  return w.v('and', slot(R.ESP), mask);
}

/** The mask of the present stack's pointer: by the B bit of SS. */
export function stackMask(w: RoutineWriter): Operand {
  const isWide = w.v('and', w.v('shru', slot(R.segment(R.SS, R.SEG_ACCESS)), 14), 1);
  return w.v('select', isWide, 0xffff_ffff, 0xffff);
}

export function setStackPointer(w: RoutineWriter, mask: Operand, value: Operand): void {
  const kept = w.v('and', slot(R.ESP), w.v('xor', mask, 0xffff_ffff));
  w.set(R.ESP, w.v('or', kept, w.v('and', value, mask)));
}

/** Declines unless CS is such that a load in real mode changes nothing but selector and base. */
export function needRealCode(w: RoutineWriter): void {
  w.declineUnlessEqual(w.v('and', slot(R.segment(R.CS, R.SEG_ACCESS)), 0xfff), 0x93);
  w.declineIf(w.get(R.segment(R.CS, R.SEG_READ_SIZE) + 4));
}

const REAL_FRAME = 6;

/** As the helper INTERRUPT: a = vector and how it came, b = offset that the handler returns to. */
export const realInterruptRoutine = routine('real_interrupt', true, (w) => {
  w.needRoomInRecord();
  const memo = w.memo(MEMO_TABLE.INTERRUPTS, keyOf(w));
  const entry = w.peek(w.reach(w.peek(memo, MEMO.GATE), 4, false), 0);
  w.declineUnlessEqual(entry, w.peek(memo, MEMO.GATE_WORDS));
  needRealCode(w);
  const mask = stackMask(w);
  const top = stackPointer(w, mask);
  w.declineIf(w.v('ltu', top, REAL_FRAME));
  const sp = w.v('sub', top, REAL_FRAME);
  w.within(R.SS, R.SEG_WRITE_LOW, sp, REAL_FRAME);
  const stack = w.get(R.segment(R.SS, R.SEG_BASE));
  const host = w.reach(w.v('add', stack, sp), REAL_FRAME, true);
  w.poke(host, 4, w.flags(w.peek(memo, MEMO.FIXED)), 16);
  w.poke(host, 2, slot(R.segment(R.CS, R.SEG_SELECTOR)), 16);
  w.poke(host, 0, w.second, 16);
  const returnTo = w.v('add', slot(R.segment(R.CS, R.SEG_BASE)), w.second);
  const selector = w.v('shru', entry, 16);
  const base = w.v('shl', selector, 4);
  const offset = w.v('and', entry, 0xffff);
  w.pushRecord(returnTo, w.v('add', stack, top), w.v('add', base, offset), kindOf(w));
  setStackPointer(w, mask, sp);
  w.set(R.segment(R.CS, R.SEG_SELECTOR), selector);
  w.set(R.segment(R.CS, R.SEG_BASE), base);
  w.set(R.EIP, offset);
  w.set(R.FLAGS_SYSTEM, w.v('and', slot(R.FLAGS_SYSTEM), ~(R.FLAG.IF | R.FLAG.TF | R.FLAG.RF | R.FLAG.AC)));
  entered(w);
  w.enterContext(memo);
});

/** The same in protected mode. */
export const interruptRoutine = routine('interrupt', true, (w) => {
  w.needRoomInRecord();
  const key = keyOf(w);
  const memo = w.memo(MEMO_TABLE.INTERRUPTS, key);
  w.unchanged(memo, MEMO.GATE, MEMO.GATE_WORDS);
  w.unchanged(memo, MEMO.CODE, MEMO.CODE_WORDS);
  const hasError = w.v('and', w.v('shru', key, Math.log2(INTERRUPT.HAS_ERROR)), 1);
  const isInner = w.v('ne', w.peek(memo, MEMO.STACK), 0);
  const wide = w.peek(memo, MEMO.WIDE);
  // EFLAGS, CS and EIP, an error code, and of an outer level SS and ESP.
  const values = w.v('add', w.v('add', 3, hasError), w.v('shl', isInner, 1));
  const bytes = w.v('shl', values, w.v('add', wide, 1));
  const mask = w.variable(0);
  const base = w.variable(0);
  const top = w.variable(0);
  const sp = w.variable(0);
  w.either(
    isInner,
    () => {
      w.unchanged(memo, MEMO.STACK, MEMO.STACK_WORDS);
      const pointer = w.peek(memo, MEMO.POINTER);
      w.assign(mask, w.peek(memo, MEMO.STACK_MASK));
      w.assign(base, w.peek(memo, MEMO.STACK_BASE));
      // A pointer of 32 bits has its selector behind it; a memo of one of 16 bits is not made.
      const place = w.reach(pointer, 6, false);
      w.declineUnlessEqual(w.peek(place, 4, 16), w.peek(memo, MEMO.SELECTOR));
      w.assign(top, w.v('and', w.peek(place, 0), mask));
      w.declineIf(w.v('ltu', top, bytes));
      w.assign(sp, w.v('sub', top, bytes));
      w.declineIf(w.v('ltu', sp, w.peek(memo, MEMO.STACK_LOW)));
      w.declineIf(w.v('ltu', w.peek(memo, MEMO.STACK_HIGH), w.v('sub', top, 1)));
    },
    () => {
      w.assign(mask, stackMask(w));
      w.assign(base, slot(R.segment(R.SS, R.SEG_BASE)));
      w.assign(top, stackPointer(w, mask));
      w.declineIf(w.v('ltu', top, bytes));
      w.assign(sp, w.v('sub', top, bytes));
      w.within(R.SS, R.SEG_WRITE_LOW, sp, bytes);
    },
  );
  const host = w.reach(w.v('add', base, sp), bytes, true);
  const flags = w.flags(w.peek(memo, MEMO.FIXED));
  const oldStack = w.v('add', slot(R.segment(R.SS, R.SEG_BASE)), stackPointer(w, stackMask(w)));
  const write = (width: 16 | 32) => {
    const step = width / 8;
    // An error code lies below all others.
    const at = w.v('add', host, w.v('mul', hasError, step));
    w.either(
      hasError,
      () => w.poke(host, 0, slot(RUN_ERROR_CODE), width),
      () => undefined,
    );
    w.poke(at, 0, w.second, width);
    w.poke(at, step, slot(R.segment(R.CS, R.SEG_SELECTOR)), width);
    w.poke(at, 2 * step, flags, width);
    w.either(
      isInner,
      () => {
        w.poke(at, 3 * step, slot(R.ESP), width);
        w.poke(at, 4 * step, slot(R.segment(R.SS, R.SEG_SELECTOR)), width);
      },
      () => undefined,
    );
  };
  w.either(
    wide,
    () => write(32),
    () => write(16),
  );
  const offset = w.peek(memo, MEMO.OFFSET);
  const returnTo = w.v('add', slot(R.segment(R.CS, R.SEG_BASE)), w.second);
  w.pushRecord(returnTo, oldStack, w.v('add', w.peek(memo, MEMO.CODE_BASE), offset), kindOf(w));
  w.either(
    isInner,
    () => w.copyImage(memo, MEMO.STACK_IMAGE, R.SS),
    () => undefined,
  );
  setStackPointer(w, mask, sp);
  w.copyImage(memo, MEMO.CODE_IMAGE, R.CS);
  w.set(R.EIP, offset);
  w.set(R.FLAGS_SYSTEM, w.v('and', slot(R.FLAGS_SYSTEM), w.peek(memo, MEMO.FLAGS)));
  entered(w);
  w.enterContext(memo);
});
