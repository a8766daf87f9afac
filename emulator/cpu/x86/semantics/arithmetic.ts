/** Arithmetic and logic. One function an operation, whatever its forms and widths. */
import { constant, type Operand } from '../../../ir/block';
import { VECTOR } from '../fault';
import * as R from '../registers';
import { type IntWidth, register, type Translation } from '../translation';
import type { Semantic } from './semantic';

const CARRIES = register(R.FLAGS_CARRIES);
const one = constant(1);
const zero = constant(0);

/** ADD, OR, ... : destination, source, result, flags; memory is written before flags change. */
function binary(
  t: Translation,
  compute: (a: Operand, b: Operand, w: IntWidth) => Operand,
  flags: (w: IntWidth, a: Operand, b: Operand, r: Operand) => void,
): void {
  const [dst, src] = t.i.operands;
  if (dst === undefined || src === undefined) throw new Error('Two operands are needed.');
  const width = t.width(dst);
  const target = t.modify(dst);
  const b = t.read(src);
  const result = compute(target.value, b, width);
  if (target.isMemory) target.write(result);
  flags(width, target.value, b, result);
  if (!target.isMemory) target.write(result);
}

const add: Semantic = (t) =>
  binary(
    t,
    (a, b, w) => t.b.value('add', w, a, b),
    (w, a, b, r) => t.flagsAdd(w, a, b, r),
  );

const adc: Semantic = (t) => {
  const carry = t.carry();
  binary(
    t,
    (a, b, w) => t.b.value('add', w, t.b.value('add', w, a, b), carry),
    (w, a, b, r) => t.flagsAdd(w, a, b, r),
  );
};

const sub: Semantic = (t) =>
  binary(
    t,
    (a, b, w) => t.b.value('sub', w, a, b),
    (w, a, b, r) => t.flagsSub(w, a, b, r),
  );

const sbb: Semantic = (t) => {
  const borrow = t.carry();
  binary(
    t,
    (a, b, w) => t.b.value('sub', w, t.b.value('sub', w, a, b), borrow),
    (w, a, b, r) => t.flagsSub(w, a, b, r),
  );
};

const logic =
  (op: 'and' | 'or' | 'xor'): Semantic =>
  (t) =>
    binary(
      t,
      (a, b, w) => t.b.value(op, w, a, b),
      (w, _a, _b, r) => t.flagsLogic(w, r),
    );

function operands2(t: Translation): readonly [Operand, Operand, IntWidth] {
  const [dst, src] = t.i.operands;
  if (dst === undefined || src === undefined) throw new Error('Two operands are needed.');
  const a = t.read(dst);
  return [a, t.read(src), t.width(dst)];
}

const cmp: Semantic = (t) => {
  const [a, b, width] = operands2(t);
  t.flagsSub(width, a, b, t.b.value('sub', width, a, b));
};

const test: Semantic = (t) => {
  const [a, b, width] = operands2(t);
  t.flagsLogic(width, t.b.value('and', width, a, b));
};

function unary(
  t: Translation,
  compute: (a: Operand, w: IntWidth) => Operand,
  flags: (w: IntWidth, a: Operand, r: Operand) => void,
): void {
  const dst = t.i.operands[0];
  if (dst === undefined) throw new Error('An operand is needed.');
  const width = t.width(dst);
  const target = t.modify(dst);
  const result = compute(target.value, width);
  if (target.isMemory) target.write(result);
  flags(width, target.value, result);
  if (!target.isMemory) target.write(result);
}

const inc: Semantic = (t) =>
  unary(
    t,
    (a, w) => t.b.value('add', w, a, one),
    (w, a, r) => t.flagsKeepCarry('carries_add', w, a, r),
  );

const dec: Semantic = (t) =>
  unary(
    t,
    (a, w) => t.b.value('sub', w, a, one),
    (w, a, r) => t.flagsKeepCarry('carries_sub', w, a, r),
  );

const neg: Semantic = (t) =>
  unary(
    t,
    (a, w) => t.b.value('sub', w, t.variable(zero), a),
    (w, a, r) => t.flagsSub(w, zero, a, r),
  );

const not: Semantic = (t) =>
  unary(
    t,
    (a, w) => t.b.value('xor', w, a, constant(0xffffffff)),
    () => undefined,
  );

/** Carry and overflow both `flag` (0 or 1), from a multiplication. */
function multiplyFlags(t: Translation, flag: Operand): void {
  t.b.emit('shl', 32, CARRIES, [flag, constant(31)]);
}

/** MUL and one-operand IMUL: the double product goes to AX, DX:AX or EDX:EAX. */
const multiply =
  (signed: boolean): Semantic =>
  (t) => {
    const { b } = t;
    const src = t.i.operands[0];
    if (src === undefined) throw new Error('An operand is needed.');
    const width = t.width(src);
    const operand = t.read(src);
    const widen = signed ? 'sext' : 'zext';
    if (width === 32) {
      const low = b.value('mul', 32, register(R.EAX), operand);
      const high = b.value(signed ? 'mulhs' : 'mulhu', 32, register(R.EAX), operand);
      const expected = signed ? b.value('shrs', 32, low, constant(31)) : zero;
      multiplyFlags(t, b.value('ne', 32, high, expected));
      t.setResult(low, 32);
      t.move(register(R.EAX), 32, low);
      t.move(register(R.EDX), 32, high);
      return;
    }
    const product = b.value('mul', 32, b.value(widen, width, register(R.EAX)), b.value(widen, width, operand));
    const low = b.value('zext', width, product);
    const fits = signed ? b.value('sext', width, low) : low;
    multiplyFlags(t, b.value('ne', 32, product, fits));
    t.setResult(low, width);
    if (width === 8) t.move(register(R.EAX), 16, product);
    else {
      t.move(register(R.EAX), 16, product);
      t.move(register(R.EDX), 16, b.value('shru', 32, product, constant(16)));
    }
  };

/** IMUL with two or three operands: the product cut to the operand size. */
const imul: Semantic = (t) => {
  const { b } = t;
  const [dst, source, immediate] = t.i.operands;
  if (dst === undefined || source === undefined) throw new Error('Two operands are needed.');
  const width = t.width(dst);
  const x = immediate === undefined ? t.read(dst) : t.read(source);
  const y = immediate === undefined ? t.read(source) : t.read(immediate);
  if (width === 32) {
    const low = b.value('mul', 32, x, y);
    const high = b.value('mulhs', 32, x, y);
    multiplyFlags(t, b.value('ne', 32, high, b.value('shrs', 32, low, constant(31))));
    t.setResult(low, 32);
    t.write(dst, low);
    return;
  }
  const product = b.value('mul', 32, b.value('sext', width, x), b.value('sext', width, y));
  const low = b.value('zext', width, product);
  multiplyFlags(t, b.value('ne', 32, product, b.value('sext', width, low)));
  t.setResult(low, width);
  t.write(dst, low);
};

/** Leaves with a divide error if `condition` is not 0; on an 8086 behind the instruction. */
function divideError(t: Translation, condition: Operand): void {
  const on = t.b.label();
  t.b.emit('br_if', 32, undefined, [t.b.value('eq', 32, condition, zero)], [on]);
  if (t.context.model.divideErrorIsTrap) t.move(register(R.EIP), 32, constant(t.i.next));
  t.fault(VECTOR.DE);
  t.b.place(on);
}

const divide =
  (signed: boolean): Semantic =>
  (t) => {
    const { b } = t;
    const src = t.i.operands[0];
    if (src === undefined) throw new Error('An operand is needed.');
    const width = t.width(src);
    const raw = t.read(src);
    // Everything is done in the next wider size: 64 bits for 32, else 32.
    const wide = width === 32 ? 64 : 32;
    const extend = (operand: Operand) =>
      width === 32
        ? b.value(signed ? 'extend_s' : 'extend_u', 32, operand)
        : b.value(signed ? 'sext' : 'zext', width, operand);
    const divisor = extend(raw);
    let dividend: Operand;
    if (width === 8) dividend = b.value(signed ? 'sext' : 'zext', 16, register(R.EAX));
    else if (width === 16) {
      const high = b.value('shl', 32, b.value('zext', 16, register(R.EDX)), constant(16));
      dividend = b.value('or', 32, high, b.value('zext', 16, register(R.EAX)));
    } else {
      const high = b.value('shl', 64, b.value('extend_u', 32, register(R.EDX)), constant(32));
      dividend = b.value('or', 64, high, b.value('extend_u', 32, register(R.EAX)));
    }
    divideError(t, b.value('eq', wide, divisor, zero));
    if (signed) {
      // The one quotient that does not even fit the wide size.
      const least = constant(1n << BigInt(wide - 1));
      const minimum = b.value('eq', wide, dividend, least);
      const minusOne = b.value('eq', wide, divisor, constant((1n << BigInt(wide)) - 1n));
      divideError(t, b.value('and', 32, minimum, minusOne));
    }
    const quotient = b.value(signed ? 'divs' : 'divu', wide, dividend, divisor);
    const remainder = b.value(signed ? 'rems' : 'remu', wide, dividend, divisor);
    const narrow = (operand: Operand) => (wide === 64 ? b.value('wrap', 64, operand) : operand);
    const q = narrow(quotient);
    const fits =
      width === 32 ? b.value(signed ? 'extend_s' : 'extend_u', 32, q) : b.value(signed ? 'sext' : 'zext', width, q);
    divideError(t, b.value('ne', wide, quotient, fits));
    if (signed && t.context.model.divideErrorIsTrap) {
      // An 8086 takes the most negative quotient for an overflow (its microcode negates the magnitude).
      const magnitude = width === 8 ? 0xffffff80 : 0xffff8000;
      divideError(t, b.value('eq', 32, quotient, constant(magnitude)));
    }
    const r = narrow(remainder);
    const negate = signed && t.i.repeat !== 'none' && t.context.model.repeatNegatesQuotient;
    t.move(t.slice(0, width), width, negate ? b.value('sub', width, t.variable(zero), q) : q);
    t.move(width === 8 ? register(R.gpr8(4)) : register(R.EDX), width, r);
  };

export const ARITHMETIC: Readonly<Record<string, Semantic>> = {
  ADD: add,
  OR: logic('or'),
  ADC: adc,
  SBB: sbb,
  AND: logic('and'),
  SUB: sub,
  XOR: logic('xor'),
  CMP: cmp,
  TEST: test,
  INC: inc,
  DEC: dec,
  NEG: neg,
  NOT: not,
  MUL: multiply(false),
  IMUL1: multiply(true),
  IMUL: imul,
  DIV: divide(false),
  IDIV: divide(true),
  DAA: (t) => t.helper('DAA'),
  DAS: (t) => t.helper('DAS'),
  AAA: (t) => t.helper('AAA'),
  AAS: (t) => t.helper('AAS'),
  AAM: (t) => t.helper('AAM', immediate(t), constant(t.i.next)),
  AAD: (t) => t.helper('AAD', immediate(t)),
};

function immediate(t: Translation): Operand {
  const operand = t.i.operands[0];
  if (operand === undefined) throw new Error('An operand is needed.');
  return t.read(operand);
}
