/** Shifts, rotates and double shifts. 80386 Programmer's Reference Manual, chapter 17, RCL to SHRD. */
import { constant, type Operand } from '../../../ir/block';
import * as R from '../registers';
import { type IntWidth, register, type Translation } from '../translation';
import type { Semantic } from './semantic';

const one = constant(1);
const CARRIES = register(R.FLAGS_CARRIES);

/** A count as the instruction uses it: constant where it stands in the code. */
type Count =
  | { readonly kind: 'known'; readonly value: number }
  | { readonly kind: 'register'; readonly value: Operand };

function countOf(t: Translation, index: number): Count {
  const operand = t.i.operands[index];
  if (operand === undefined) throw new Error('A shift needs a count.');
  const masks = t.context.model.masksShiftCounts;
  if (operand.kind === 'immediate') return { kind: 'known', value: masks ? operand.value & 31 : operand.value };
  const cl = t.b.value('zext', 8, t.read(operand));
  return { kind: 'register', value: masks ? t.b.value('and', 32, cl, constant(31)) : cl };
}

type Target = ReturnType<Translation['modify']>;

/**
 * Runs `body`, which writes the target, unless the count is zero: then flags stay as they are, and memory is written as it
 * was read. That takes the rights of a write and makes the page dirty, as in QEMU and Bochs.
 */
function unlessZero(t: Translation, count: Count, target: Target, body: (count: Operand) => void): void {
  const { b } = t;
  const keep = (): void => {
    if (target.isMemory) target.write(target.value);
  };
  if (count.kind === 'known') {
    if (count.value === 0) keep();
    else body(constant(count.value));
    return;
  }
  const [zero, end] = [b.label(), b.label()];
  b.emit('br_if', 32, undefined, [b.value('eq', 32, count.value, constant(0))], [target.isMemory ? zero : end]);
  body(count.value);
  if (target.isMemory) {
    b.emit('br', 32, undefined, [], [end]);
    b.place(zero);
    keep();
  }
  b.place(end);
  // A label needs an op behind it: the next instruction's may belong to another label.
  b.emit('mov', 32, b.temp(), [constant(0)]);
}

const bit = (t: Translation, value: Operand, index: number): Operand =>
  t.b.value('and', 32, index === 0 ? value : t.b.value('shru', 32, value, constant(index)), one);

/** Counts above 31 (8086 only) shift everything out: 31 does that for 8 and 16 bits. */
function clamp(t: Translation, count: Operand): Operand {
  if (t.context.model.masksShiftCounts) return count;
  const { b } = t;
  const variable = t.variable(count);
  return b.value('select', 32, b.value('ltu', 32, variable, constant(31)), variable, constant(31));
}

type ShiftBody = (
  t: Translation,
  width: IntWidth,
  value: Operand,
  count: Operand,
) => { result: Operand; carry: Operand; overflow: Operand };

const shl: ShiftBody = (t, width, value, count) => {
  const { b } = t;
  const wide = t.zext(value, width);
  const shifted = b.value('shl', 32, t.variable(wide), count);
  if (width < 32) {
    const carry = bit(t, shifted, width);
    const result = b.value('zext', width, shifted);
    return { result, carry, overflow: b.value('xor', 32, bit(t, shifted, width - 1), carry) };
  }
  const back = b.value('sub', 32, t.variable(constant(32)), count);
  const carry = b.value('and', 32, b.value('shru', 32, wide, back), one);
  return { result: shifted, carry, overflow: b.value('xor', 32, bit(t, shifted, 31), carry) };
};

const shr: ShiftBody = (t, width, value, count) => {
  const { b } = t;
  const wide = t.variable(t.zext(value, width));
  const less = b.value('sub', 32, t.variable(count), one);
  const before = b.value('shru', 32, wide, less);
  const result = b.value('shru', 32, before, one);
  // Overflow is the sign that was lost: the top two bits of the result differ by one shift.
  const overflow = b.value('xor', 32, bit(t, result, width - 1), bit(t, result, width - 2));
  return { result, carry: b.value('and', 32, before, one), overflow };
};

const sar: ShiftBody = (t, width, value, count) => {
  const { b } = t;
  const wide = b.value('sext', width, value);
  const less = b.value('sub', 32, t.variable(count), one);
  const before = b.value('shrs', 32, width === 32 ? t.zext(value, 32) : wide, less);
  const result = b.value('shrs', 32, before, one);
  return { result, carry: b.value('and', 32, before, one), overflow: constant(0) };
};

const shift =
  (body: ShiftBody): Semantic =>
  (t) => {
    const dst = t.i.operands[0];
    if (dst === undefined) throw new Error('A shift needs an operand.');
    const width = t.width(dst);
    const count = countOf(t, 1);
    const target = t.modify(dst);
    unlessZero(t, count, target, (amount) => {
      const { result, carry, overflow } = body(t, width, target.value, clamp(t, amount));
      target.write(result);
      t.setShiftFlags(carry, overflow, width === 32 ? result : t.b.value('zext', width, result), width);
    });
  };

/** ROL and ROR: the count modulo the width moves, any other count still sets the flags. */
const rotate =
  (left: boolean): Semantic =>
  (t) => {
    const { b } = t;
    const dst = t.i.operands[0];
    if (dst === undefined) throw new Error('A rotate needs an operand.');
    const width = t.width(dst);
    const count = countOf(t, 1);
    const target = t.modify(dst);
    unlessZero(t, count, target, (amount) => {
      const value = t.variable(t.zext(target.value, width));
      let result: Operand;
      if (width === 32) result = b.value(left ? 'rotl' : 'rotr', 32, value, amount);
      else {
        // Two (four) copies side by side, rotated as 32 bits, are right in every copy.
        let copies = b.value('or', 32, value, b.value('shl', 32, value, constant(width)));
        if (width === 8) copies = b.value('or', 32, copies, b.value('shl', 32, copies, constant(16)));
        result = b.value('zext', width, b.value(left ? 'rotl' : 'rotr', 32, copies, amount));
      }
      target.write(result);
      const carry = bit(t, result, left ? 0 : width - 1);
      const other = left ? bit(t, result, width - 1) : bit(t, result, width - 2);
      t.setCarryOverflow(carry, b.value('xor', 32, other, carry));
    });
  };

/** RCL and RCR: the operand and the carry as one value of width + 1 bits, in 64-bit arithmetic. */
const rotateThroughCarry =
  (left: boolean): Semantic =>
  (t) => {
    const { b } = t;
    const dst = t.i.operands[0];
    if (dst === undefined) throw new Error('A rotate needs an operand.');
    const width = t.width(dst);
    const ring = width + 1;
    const raw = countOf(t, 1);
    const target = t.modify(dst);
    unlessZero(t, raw, target, (amount) => {
      const inRing = width === 32 ? amount : b.value('remu', 32, t.variable(amount), constant(ring));
      const count = b.value('extend_u', 32, t.variable(inRing));
      const carryIn = b.value('shl', 64, b.value('extend_u', 32, t.carry()), constant(width));
      const value = b.value('or', 64, b.value('extend_u', width, target.value), carryIn);
      const ringSize = b.temp();
      b.emit('mov', 64, ringSize, [constant(ring)]);
      const back = b.value('sub', 64, ringSize, count);
      const turned = b.value(
        'or',
        64,
        b.value('shl', 64, value, left ? count : back),
        b.value('shru', 64, value, left ? back : count),
      );
      const low = b.value('wrap', 64, turned);
      const result = width === 32 ? low : b.value('zext', width, low);
      const carry = b.value('and', 32, b.value('wrap', 64, b.value('shru', 64, turned, constant(width))), one);
      target.write(result);
      const overflow = left
        ? b.value('xor', 32, bit(t, result, width - 1), carry)
        : b.value('xor', 32, bit(t, result, width - 1), bit(t, result, width - 2));
      t.setCarryOverflow(carry, overflow);
    });
  };

/** SHLD and SHRD: destination and source as one value of twice the width. */
const doubleShift =
  (left: boolean): Semantic =>
  (t) => {
    const { b } = t;
    const [dst, src] = t.i.operands;
    if (dst === undefined || src === undefined) throw new Error('A double shift needs two operands.');
    const width = t.width(dst);
    const count = countOf(t, 2);
    const target = t.modify(dst);
    const source = t.read(src);
    unlessZero(t, count, target, (amount) => {
      const wide = (operand: Operand) => b.value('extend_u', width, operand);
      const n = b.value('extend_u', 32, t.variable(amount));
      const high = left ? wide(target.value) : wide(source);
      const low = left ? wide(source) : wide(target.value);
      let both = b.value('or', 64, b.value('shl', 64, high, constant(width)), low);
      // With 16 bits and counts above 16 the source comes in a second time (undefined by the manual).
      if (width === 16) {
        both = left
          ? b.value('or', 64, b.value('shl', 64, both, constant(16)), low)
          : b.value('or', 64, both, b.value('shl', 64, low, constant(32)));
      }
      const top = left && width === 16 ? 32 : width;
      let result: Operand;
      let carry: Operand;
      if (left) {
        const shifted = b.value('shl', 64, both, n);
        result = b.value('wrap', 64, b.value('shru', 64, shifted, constant(top)));
        carry = b.value(
          'and',
          32,
          b.value('wrap', 64, b.value('shru', 64, both, b.value('sub', 64, wideConstant(t, top + width), n))),
          one,
        );
      } else {
        const before = b.value('shru', 64, both, b.value('sub', 64, n, one));
        carry = b.value('and', 32, b.value('wrap', 64, before), one);
        result = b.value('wrap', 64, b.value('shru', 64, before, one));
      }
      const cut = width === 32 ? result : b.value('zext', width, result);
      const old = bit(t, t.zext(target.value, width), width - 1);
      target.write(cut);
      t.setShiftFlags(carry, b.value('xor', 32, old, bit(t, cut, width - 1)), cut, width);
    });
  };

function wideConstant(t: Translation, value: number): Operand {
  const temp = t.b.temp();
  t.b.emit('mov', 64, temp, [constant(value)]);
  return temp;
}

/** What an 8086 does with the shift group's free place: all ones, flags as of an OR (SETMO, SETMOC). */
const setMinusOne: Semantic = (t) => {
  const dst = t.i.operands[0];
  if (dst === undefined) throw new Error('A shift needs an operand.');
  const width = t.width(dst);
  const target = t.modify(dst);
  unlessZero(t, countOf(t, 1), target, () => {
    const ones = t.variable(constant(2 ** width - 1));
    target.write(ones);
    t.flagsLogic(width, ones);
  });
};

const shiftLeft = shift(shl);

export const SHIFTS: Readonly<Record<string, Semantic>> = {
  ROL: rotate(true),
  ROR: rotate(false),
  RCL: rotateThroughCarry(true),
  RCR: rotateThroughCarry(false),
  SHL: shiftLeft,
  SHR: shift(shr),
  SAL: (t) => (t.context.model.masksShiftCounts ? shiftLeft(t) : setMinusOne(t)),
  SAR: shift(sar),
  SHLD: doubleShift(true),
  SHRD: doubleShift(false),
  CLC: (t) => t.setCarryOverflow(constant(0), t.overflow()),
  STC: (t) => t.setCarryOverflow(one, t.overflow()),
  CMC: (t) => t.setCarryOverflow(t.b.value('xor', 32, t.carry(), one), t.overflow()),
  SALC: (t) => {
    t.move(register(R.gpr8(0)), 8, t.b.value('shrs', 32, CARRIES, constant(31)));
  },
};
