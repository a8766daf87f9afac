/**
 * What every computing op gives, written with BigInt and JavaScript numbers from the op table's own sentences, with no
 * look at the lowering table: the oracle that the engines are held against.
 */
import type { NanRule } from '../../../emulator/engine/lowering';
import type { OpName } from '../../../emulator/ir/ops';

/** Sources as unsigned bit patterns of the op's width (the first of `select`: 32 bits); gives the result's bits. */
type Reference = (width: number, nan: NanRule, a: bigint, b: bigint, c: bigint) => bigint;

const cut = (width: number, value: bigint): bigint => BigInt.asUintN(width, value);
const signed = (width: number, value: bigint): bigint => BigInt.asIntN(width, value);
const bit = (condition: boolean): bigint => (condition ? 1n : 0n);
const at = (value: bigint, place: number): bigint => (value >> BigInt(place)) & 1n;
/** Shift counts are taken modulo 32, or 64 for i64. */
const count = (width: number, b: bigint): bigint => b & (width === 64 ? 63n : 31n);

const scratch = new DataView(new ArrayBuffer(8));

function toFloat(width: number, bits: bigint): number {
  if (width === 32) {
    scratch.setUint32(0, Number(bits));
    return scratch.getFloat32(0);
  }
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

function fromFloat(width: number, value: number): bigint {
  if (width === 32) {
    scratch.setFloat32(0, value);
    return BigInt(scratch.getUint32(0));
  }
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}

const isNan = (width: number, bits: bigint): boolean => Number.isNaN(toFloat(width, bits));
const quiet = (width: number): bigint => 1n << (width === 32 ? 22n : 51n);
const defaultNan = (width: number, nan: NanRule): bigint =>
  (BigInt(nan.defaultSign) << BigInt(width - 1)) | (width === 32 ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n);

/** A float result; a NaN by the guest's rule from the sources. */
function floatResult(width: number, nan: NanRule, value: number, sources: readonly bigint[]): bigint {
  if (!Number.isNaN(value)) return fromFloat(width, value);
  const first = nan.propagate === 'first' ? sources.find((source) => isNan(width, source)) : undefined;
  return first === undefined ? defaultNan(width, nan) : first | quiet(width);
}

const float2 =
  (compute: (x: number, y: number) => number): Reference =>
  (width, nan, a, b) =>
    floatResult(width, nan, compute(toFloat(width, a), toFloat(width, b)), [a, b]);

const floatCompare =
  (compare: (x: number, y: number) => boolean): Reference =>
  (width, _nan, a, b) =>
    bit(compare(toFloat(width, a), toFloat(width, b)));

const lanes =
  (laneWidth: number, compute: (a: bigint, b: bigint, nan: NanRule) => bigint): Reference =>
  (_width, nan, a, b) => {
    let result = 0n;
    for (let lane = 0n; lane < 128n; lane += BigInt(laneWidth))
      result |= cut(laneWidth, compute(cut(laneWidth, a >> lane), cut(laneWidth, b >> lane), nan)) << lane;
    return result;
  };

/** Carry out of bit `place` when a, b and a carry in are added. */
const carryOut = (a: bigint, b: bigint, carryIn: bigint, place: number): bigint =>
  at(cut(place + 1, a) + cut(place + 1, b) + carryIn, place + 1);

const carriesOf = (width: number, a: bigint, b: bigint, carryIn: bigint): bigint =>
  (carryOut(a, b, carryIn, width - 1) << 31n) |
  (carryOut(a, b, carryIn, width - 2) << 30n) |
  (carryOut(a, b, carryIn, 3) << 3n);

const parity = (value: bigint): bigint => {
  let ones = 0n;
  for (let i = 0; i < 8; i++) ones += at(value, i);
  return ones;
};
const overflow = (carries: bigint): bigint => at(carries, 31) ^ at(carries, 30);
const sign = (result: bigint, carries: bigint): bigint => at(result, 31) ^ at(carries, 0);
const isZero = (result: bigint): bigint => bit(result === 0n);
const countWhile = (width: number, wanted: (index: number) => boolean): bigint => {
  let n = 0;
  while (n < width && wanted(n)) n++;
  return BigInt(n);
};

export const REFERENCE: Partial<Readonly<Record<OpName, Reference>>> = {
  mov: (_w, _n, a) => a,
  add: (w, _n, a, b) => cut(w, a + b),
  sub: (w, _n, a, b) => cut(w, a - b),
  mul: (w, _n, a, b) => cut(w, a * b),
  and: (_w, _n, a, b) => a & b,
  or: (_w, _n, a, b) => a | b,
  xor: (_w, _n, a, b) => a ^ b,
  shl: (w, _n, a, b) => cut(w, a << count(w, b)),
  shru: (w, _n, a, b) => cut(w, a >> count(w, b)),
  shrs: (w, _n, a, b) => cut(w, signed(w, a) >> count(w, b)),
  rotl: (w, _n, a, b) => cut(w, (a << count(w, b)) | (a >> (BigInt(w) - count(w, b)))),
  rotr: (w, _n, a, b) => cut(w, (a >> count(w, b)) | (a << (BigInt(w) - count(w, b)))),
  mulhu: (w, _n, a, b) => (a * b) >> BigInt(w),
  mulhs: (w, _n, a, b) => cut(w, (signed(w, a) * signed(w, b)) >> BigInt(w)),
  divu: (_w, _n, a, b) => a / b,
  remu: (_w, _n, a, b) => a % b,
  divs: (w, _n, a, b) => cut(w, signed(w, a) / signed(w, b)),
  rems: (w, _n, a, b) => cut(w, signed(w, a) % signed(w, b)),
  clz: (w, _n, a) => countWhile(w, (i) => at(a, w - 1 - i) === 0n),
  ctz: (w, _n, a) => countWhile(w, (i) => at(a, i) === 0n),
  popcnt: (w, _n, a) => Array.from({ length: w }, (_, i) => at(a, i)).reduce((x, y) => x + y, 0n),
  select: (_w, _n, a, b, c) => (a === 0n ? c : b),
  eq: (_w, _n, a, b) => bit(a === b),
  ne: (_w, _n, a, b) => bit(a !== b),
  ltu: (_w, _n, a, b) => bit(a < b),
  leu: (_w, _n, a, b) => bit(a <= b),
  lts: (w, _n, a, b) => bit(signed(w, a) < signed(w, b)),
  les: (w, _n, a, b) => bit(signed(w, a) <= signed(w, b)),
  sext: (w, _n, a) => cut(32, signed(w, a)),
  zext: (_w, _n, a) => a,
  extend_s: (w, _n, a) => cut(64, signed(w, a)),
  extend_u: (_w, _n, a) => a,
  wrap: (_w, _n, a) => cut(32, a),
  // The carry in is what makes the given result come out.
  carries_add: (w, _n, a, b, c) => carriesOf(w, a, b, cut(w, c - a - b)),
  // a - b - borrow: a borrow out of a place is where the subtrahend is larger.
  carries_sub: (w, _n, a, b, c) => {
    const borrow = cut(w, a - b - c);
    const out = (place: number) => bit(cut(place + 1, a) < cut(place + 1, b) + borrow);
    return (out(w - 1) << 31n) | (out(w - 2) << 30n) | (out(3) << 3n);
  },
  keep_carry: (_w, _n, a, b) => (at(a, 31) << 31n) | ((at(a, 31) ^ overflow(b)) << 30n) | (at(b, 3) << 3n),
  flag_o: (_w, _n, _a, b) => overflow(b),
  flag_c: (_w, _n, _a, b) => at(b, 31),
  flag_z: (_w, _n, a) => isZero(a),
  flag_be: (_w, _n, a, b) => at(b, 31) | isZero(a),
  flag_s: (_w, _n, a, b) => sign(a, b),
  flag_p: (_w, _n, a, b) => bit(parity(a ^ (b >> 8n)) % 2n === 0n),
  flag_l: (_w, _n, a, b) => sign(a, b) ^ overflow(b),
  flag_le: (_w, _n, a, b) => (sign(a, b) ^ overflow(b)) | isZero(a),
  fadd: float2((x, y) => x + y),
  fsub: float2((x, y) => x - y),
  fmul: float2((x, y) => x * y),
  fdiv: float2((x, y) => x / y),
  fsqrt: (w, nan, a) => floatResult(w, nan, Math.sqrt(toFloat(w, a)), [a]),
  fneg: (w, _n, a) => a ^ (1n << BigInt(w - 1)),
  fabs: (w, _n, a) => cut(w - 1, a),
  feq: floatCompare((x, y) => x === y),
  flt: floatCompare((x, y) => x < y),
  fle: floatCompare((x, y) => x <= y),
  fpromote: (_w, nan, a) => {
    if (!isNan(32, a)) return fromFloat(64, toFloat(32, a));
    if (nan.propagate === 'none') return defaultNan(64, nan);
    return (at(a, 31) << 63n) | 0x7ff8_0000_0000_0000n | (cut(22, a) << 29n);
  },
  fdemote: (_w, nan, a) => {
    if (!isNan(64, a)) return fromFloat(32, toFloat(64, a));
    if (nan.propagate === 'none') return defaultNan(32, nan);
    return (at(a, 63) << 31n) | 0x7fc0_0000n | cut(22, a >> 29n);
  },
  ffrom: (w, _n, a) => fromFloat(64, Number(signed(w, a))),
  v_and: (_w, _n, a, b) => a & b,
  v_or: (_w, _n, a, b) => a | b,
  v_xor: (_w, _n, a, b) => a ^ b,
  v_andnot: (_w, _n, a, b) => a & cut(128, ~b),
  v_add8: lanes(8, (a, b) => a + b),
  v_add16: lanes(16, (a, b) => a + b),
  v_add32: lanes(32, (a, b) => a + b),
  v_add64: lanes(64, (a, b) => a + b),
  v_sub32: lanes(32, (a, b) => a - b),
  v_fadd32: lanes(32, (a, b, nan) => floatResult(32, nan, toFloat(32, a) + toFloat(32, b), [a, b])),
  v_fmul32: lanes(32, (a, b, nan) => floatResult(32, nan, toFloat(32, a) * toFloat(32, b), [a, b])),
  v_fadd64: lanes(64, (a, b, nan) => floatResult(64, nan, toFloat(64, a) + toFloat(64, b), [a, b])),
  v_fmul64: lanes(64, (a, b, nan) => floatResult(64, nan, toFloat(64, a) * toFloat(64, b), [a, b])),
};
