/**
 * The lowering table: for each computing op, the wasm that computes it, in one row. Both engines come from it: the
 * interpreter wraps a row in loads and stores of slots, the compiler in locals, `stepback ir` prints it.
 *
 * A row leaves the op's value on the wasm stack; values of width 8 and 16 may carry garbage above their width, which
 * the engine cuts off where the row is not in EXACT.
 */
import { type OpName, OPS, opRow, typeOf, type Width } from '../ir/ops';
import type { Emitter } from './wasm/emitter';
import type { ValueType, WasmMnemonic } from './wasm/opcodes';

/** What the guest's floating point does with a result that is not a number. */
export interface NanRule {
  /** `first`: the first source that is a NaN, made quiet; `none`: always the default NaN. */
  readonly propagate: 'first' | 'none';
  /** Sign bit of the default NaN (x86 SSE: 1; RISC-V, ARM default-NaN mode: 0). */
  readonly defaultSign: 0 | 1;
}

/** What a row may use. */
export interface RowContext {
  readonly out: Emitter;
  readonly width: Width;
  readonly nan: NanRule;
  /** Pushes source `index`, zero-extended. May be called more than once. */
  source(index: number): void;
  /** Index of a scratch local of `type`; three of each type. */
  local(type: ValueType, index: 0 | 1 | 2): number;
}

type Row = (x: RowContext) => void;

const typed = (x: RowContext, name: string): WasmMnemonic =>
  `${x.width === 64 ? 'i64' : 'i32'}.${name}` as WasmMnemonic;
const floating = (x: RowContext, name: string): WasmMnemonic =>
  `${x.width === 64 ? 'f64' : 'f32'}.${name}` as WasmMnemonic;

/** Pushes source `index`, sign-extended from its width. */
function signed(x: RowContext, index: number): void {
  x.source(index);
  if (x.width === 8) x.out.emit('i32.extend8_s');
  if (x.width === 16) x.out.emit('i32.extend16_s');
}

const binary =
  (name: string): Row =>
  (x) => {
    x.source(0);
    x.source(1);
    x.out.emit(typed(x, name));
  };

const signedBinary =
  (name: string): Row =>
  (x) => {
    signed(x, 0);
    signed(x, 1);
    x.out.emit(typed(x, name));
  };

const unary =
  (name: string): Row =>
  (x) => {
    x.source(0);
    x.out.emit(typed(x, name));
  };

const highProduct =
  (extend: WasmMnemonic): Row =>
  (x) => {
    x.source(0);
    x.out.emit(extend);
    x.source(1);
    x.out.emit(extend);
    x.out.emit('i64.mul');
    x.out.emit('i64.const', 32);
    x.out.emit('i64.shr_u');
    x.out.emit('i32.wrap_i64');
  };

/** Moves bits w-1, w-2 of a carry vector to 31, 30, keeps bit 3, drops the rest. */
function normaliseCarries(x: RowContext): void {
  const { out } = x;
  if (x.width === 32) {
    out.emit('i32.const', 0xc0000008 | 0);
    out.emit('i32.and');
    return;
  }
  const vector = x.local('i32', 0);
  out.emit('local.tee', vector);
  out.emit('i32.const', 32 - x.width);
  out.emit('i32.shl');
  out.emit('i32.const', 0xc0000000 | 0);
  out.emit('i32.and');
  out.emit('local.get', vector);
  out.emit('i32.const', 8);
  out.emit('i32.and');
  out.emit('i32.or');
}

/** Carries of an addition: (a & b) | ((a | b) & ~c). Of a subtraction: (~a & b) | ((~a | b) & c). */
const carries =
  (subtract: boolean): Row =>
  (x) => {
    const { out } = x;
    const a = () => {
      x.source(0);
      if (subtract) {
        out.emit('i32.const', -1);
        out.emit('i32.xor');
      }
    };
    a();
    x.source(1);
    out.emit('i32.and');
    a();
    x.source(1);
    out.emit('i32.or');
    x.source(2);
    if (!subtract) {
      out.emit('i32.const', -1);
      out.emit('i32.xor');
    }
    out.emit('i32.and');
    out.emit('i32.or');
    normaliseCarries(x);
  };

const carryBit = (x: RowContext) => {
  x.source(1);
  x.out.emit('i32.const', 31);
  x.out.emit('i32.shr_u');
};
const zeroBit = (x: RowContext) => {
  x.source(0);
  x.out.emit('i32.eqz');
};
/** Sign in bit 31: result ^ (carries << 31). */
const signWord = (x: RowContext) => {
  x.source(0);
  x.source(1);
  x.out.emit('i32.const', 31);
  x.out.emit('i32.shl');
  x.out.emit('i32.xor');
};
/** Overflow in bit 31: carries ^ (carries << 1). */
const overflowWord = (x: RowContext) => {
  x.source(1);
  x.source(1);
  x.out.emit('i32.const', 1);
  x.out.emit('i32.shl');
  x.out.emit('i32.xor');
};
const topBit = (x: RowContext) => {
  x.out.emit('i32.const', 31);
  x.out.emit('i32.shr_u');
};
const lessBit = (x: RowContext) => {
  signWord(x);
  overflowWord(x);
  x.out.emit('i32.xor');
  topBit(x);
};

const quietBit = { f32: 0x0040_0000n, f64: 0x0008_0000_0000_0000n } as const;
const defaultNan = { f32: 0x7fc0_0000n, f64: 0x7ff8_0000_0000_0000n } as const;
const signBit = { f32: 0x8000_0000n, f64: 0x8000_0000_0000_0000n } as const;

/** The f32 or f64 value in local `result`, with a NaN made by the guest's rule from the sources in `sources`. */
function settleNan(x: RowContext, type: 'f32' | 'f64', result: number, sources: readonly number[]): void {
  const { out } = x;
  const integer = type === 'f32' ? 'i32' : 'i64';
  const reinterpret: WasmMnemonic = type === 'f32' ? 'f32.reinterpret_i32' : 'f64.reinterpret_i64';
  const bits: WasmMnemonic = type === 'f32' ? 'i32.reinterpret_f32' : 'i64.reinterpret_f64';
  const choose = (index: number) => {
    const source = sources[index];
    if (source === undefined || x.nan.propagate === 'none') {
      out.emit(`${integer}.const`, defaultNan[type] | (x.nan.defaultSign === 1 ? signBit[type] : 0n));
      out.emit(reinterpret);
      return;
    }
    out.emit('local.get', source);
    out.emit('local.get', source);
    out.emit(`${type}.ne`);
    out.open('if', type);
    out.emit('local.get', source);
    out.emit(bits);
    out.emit(`${integer}.const`, quietBit[type]);
    out.emit(`${integer}.or`);
    out.emit(reinterpret);
    out.emit('else');
    choose(index + 1);
    out.emit('end');
  };
  out.emit('local.get', result);
  out.emit('local.get', result);
  out.emit(`${type}.eq`);
  out.open('if', type);
  out.emit('local.get', result);
  out.emit('else');
  choose(0);
  out.emit('end');
}

const floatArithmetic =
  (name: string, sources: 1 | 2): Row =>
  (x) => {
    const type = x.width === 64 ? 'f64' : 'f32';
    const locals = [x.local(type, 0), x.local(type, 1)].slice(0, sources);
    locals.forEach((local, index) => {
      x.source(index);
      x.out.emit('local.tee', local);
    });
    x.out.emit(floating(x, name));
    x.out.emit('local.set', x.local(type, 2));
    settleNan(x, type, x.local(type, 2), locals);
  };

/** Sign operations touch nothing but the sign, NaN or not: done on the bits. */
const signOperation =
  (op: 'and' | 'xor'): Row =>
  (x) => {
    const type = x.width === 64 ? 'f64' : 'f32';
    const integer = type === 'f32' ? 'i32' : 'i64';
    x.source(0);
    x.out.emit(type === 'f32' ? 'i32.reinterpret_f32' : 'i64.reinterpret_f64');
    x.out.emit(`${integer}.const`, op === 'xor' ? signBit[type] : signBit[type] - 1n);
    x.out.emit(`${integer}.${op}`);
    x.out.emit(type === 'f32' ? 'f32.reinterpret_i32' : 'f64.reinterpret_i64');
  };

const floatCompare =
  (name: string): Row =>
  (x) => {
    x.source(0);
    x.source(1);
    x.out.emit(floating(x, name));
  };

/** Widening and narrowing keep the upper part of a NaN's payload, made quiet (IEEE 754-2019, 6.2.3); done on the bits. */
const convertFloat =
  (from: 'f32' | 'f64'): Row =>
  (x) => {
    const { out } = x;
    const to = from === 'f32' ? 'f64' : 'f32';
    const source = x.local(from, 0);
    x.source(0);
    out.emit('local.tee', source);
    out.emit('local.get', source);
    out.emit(`${from}.eq`);
    out.open('if', to);
    out.emit('local.get', source);
    out.emit(from === 'f32' ? 'f64.promote_f32' : 'f32.demote_f64');
    out.emit('else');
    if (x.nan.propagate === 'none') {
      const nan = defaultNan[to] | (x.nan.defaultSign === 1 ? signBit[to] : 0n);
      out.emit(to === 'f64' ? 'i64.const' : 'i32.const', nan);
    } else {
      const wide = x.local('i64', 0);
      out.emit('local.get', source);
      if (from === 'f32') {
        out.emit('i32.reinterpret_f32');
        out.emit('i64.extend_i32_u');
        out.emit('local.tee', wide);
        out.emit('i64.const', 29);
        out.emit('i64.shl');
        out.emit('i64.const', 0x000f_ffff_ffff_ffffn);
        out.emit('i64.and');
        out.emit('local.get', wide);
        out.emit('i64.const', 31);
        out.emit('i64.shr_u');
        out.emit('i64.const', 63);
        out.emit('i64.shl');
        out.emit('i64.or');
        out.emit('i64.const', defaultNan.f64);
        out.emit('i64.or');
      } else {
        out.emit('i64.reinterpret_f64');
        out.emit('local.tee', wide);
        out.emit('i64.const', 29);
        out.emit('i64.shr_u');
        out.emit('i64.const', 0x007f_ffffn);
        out.emit('i64.and');
        out.emit('local.get', wide);
        out.emit('i64.const', 63);
        out.emit('i64.shr_u');
        out.emit('i64.const', 31);
        out.emit('i64.shl');
        out.emit('i64.or');
        out.emit('i64.const', defaultNan.f32);
        out.emit('i64.or');
        out.emit('i32.wrap_i64');
      }
    }
    out.emit(to === 'f64' ? 'f64.reinterpret_i64' : 'f32.reinterpret_i32');
    out.emit('end');
  };

const vectorOp =
  (name: WasmMnemonic): Row =>
  (x) => {
    x.source(0);
    x.source(1);
    x.out.emit(name);
  };

const repeat = (lane: bigint, bits: bigint): bigint => {
  let value = 0n;
  for (let at = 0n; at < 128n; at += bits) value |= lane << at;
  return value;
};

/** Lane-wise float arithmetic, with each NaN lane made by the guest's rule. */
const vectorFloat =
  (shape: 'f32x4' | 'f64x2', name: string): Row =>
  (x) => {
    const { out } = x;
    const type = shape === 'f32x4' ? 'f32' : 'f64';
    const bits = shape === 'f32x4' ? 32n : 64n;
    const [a, b, r] = [x.local('v128', 0), x.local('v128', 1), x.local('v128', 2)];
    x.source(0);
    out.emit('local.tee', a);
    x.source(1);
    out.emit('local.tee', b);
    out.emit(`${shape}.${name}` as WasmMnemonic);
    out.emit('local.set', r);
    const isNumber = (local: number) => {
      out.emit('local.get', local);
      out.emit('local.get', local);
      out.emit(`${shape}.eq`);
    };
    const nan = defaultNan[type] | (x.nan.defaultSign === 1 ? signBit[type] : 0n);
    const quiet = (local: number) => {
      out.emit('local.get', local);
      out.emit('v128.const', repeat(quietBit[type], bits));
      out.emit('v128.or');
    };
    out.emit('local.get', r);
    if (x.nan.propagate === 'none') out.emit('v128.const', repeat(nan, bits));
    else {
      out.emit('v128.const', repeat(nan, bits));
      quiet(b);
      isNumber(b);
      out.emit('v128.bitselect');
      quiet(a);
      isNumber(a);
      out.emit('v128.bitselect');
    }
    isNumber(r);
    out.emit('v128.bitselect');
  };

export const LOWERING: { readonly [K in OpName]?: Row } = {
  mov: (x) => x.source(0),
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  and: binary('and'),
  or: binary('or'),
  xor: binary('xor'),
  shl: binary('shl'),
  shru: binary('shr_u'),
  shrs: signedBinary('shr_s'),
  rotl: binary('rotl'),
  rotr: binary('rotr'),
  mulhu: highProduct('i64.extend_i32_u'),
  mulhs: highProduct('i64.extend_i32_s'),
  divu: binary('div_u'),
  remu: binary('rem_u'),
  divs: binary('div_s'),
  rems: binary('rem_s'),
  clz: unary('clz'),
  ctz: unary('ctz'),
  popcnt: unary('popcnt'),
  select: (x) => {
    x.source(1);
    x.source(2);
    x.source(0);
    x.out.emit('select');
  },
  eq: binary('eq'),
  ne: binary('ne'),
  ltu: binary('lt_u'),
  leu: binary('le_u'),
  lts: signedBinary('lt_s'),
  les: signedBinary('le_s'),
  sext: (x) => signed(x, 0),
  zext: (x) => x.source(0),
  extend_s: (x) => {
    signed(x, 0);
    x.out.emit('i64.extend_i32_s');
  },
  extend_u: (x) => {
    x.source(0);
    x.out.emit('i64.extend_i32_u');
  },
  wrap: (x) => {
    x.source(0);
    x.out.emit('i32.wrap_i64');
  },
  carries_add: carries(false),
  carries_sub: carries(true),
  keep_carry: (x) => {
    // carry = a's top bit; overflow is b's bit 31 ^ bit 30, so bit 30 becomes carry ^ overflow; bit 3 is b's.
    const { out } = x;
    const carry = x.local('i32', 0);
    x.source(0);
    out.emit('i32.const', 0x80000000 | 0);
    out.emit('i32.and');
    out.emit('local.tee', carry);
    x.source(1);
    x.source(1);
    out.emit('i32.const', 1);
    out.emit('i32.shl');
    out.emit('i32.xor');
    out.emit('local.get', carry);
    out.emit('i32.xor');
    out.emit('i32.const', 0x80000000 | 0);
    out.emit('i32.and');
    out.emit('i32.const', 1);
    out.emit('i32.shr_u');
    out.emit('i32.or');
    x.source(1);
    out.emit('i32.const', 8);
    out.emit('i32.and');
    out.emit('i32.or');
  },
  flag_o: (x) => {
    overflowWord(x);
    topBit(x);
  },
  flag_c: carryBit,
  flag_z: zeroBit,
  flag_be: (x) => {
    carryBit(x);
    zeroBit(x);
    x.out.emit('i32.or');
  },
  flag_s: (x) => {
    signWord(x);
    topBit(x);
  },
  flag_p: (x) => {
    const { out } = x;
    x.source(0);
    x.source(1);
    out.emit('i32.const', 8);
    out.emit('i32.shr_u');
    out.emit('i32.xor');
    out.emit('i32.const', 0xff);
    out.emit('i32.and');
    out.emit('i32.popcnt');
    out.emit('i32.const', 1);
    out.emit('i32.and');
    out.emit('i32.eqz');
  },
  flag_l: lessBit,
  flag_le: (x) => {
    lessBit(x);
    zeroBit(x);
    x.out.emit('i32.or');
  },
  fadd: floatArithmetic('add', 2),
  fsub: floatArithmetic('sub', 2),
  fmul: floatArithmetic('mul', 2),
  fdiv: floatArithmetic('div', 2),
  fsqrt: floatArithmetic('sqrt', 1),
  fneg: signOperation('xor'),
  fabs: signOperation('and'),
  feq: floatCompare('eq'),
  flt: floatCompare('lt'),
  fle: floatCompare('le'),
  fpromote: convertFloat('f32'),
  fdemote: convertFloat('f64'),
  ffrom: (x) => {
    x.source(0);
    x.out.emit(x.width === 64 ? 'f64.convert_i64_s' : 'f64.convert_i32_s');
  },
  v_and: vectorOp('v128.and'),
  v_or: vectorOp('v128.or'),
  v_xor: vectorOp('v128.xor'),
  v_andnot: vectorOp('v128.andnot'),
  v_add8: vectorOp('i8x16.add'),
  v_add16: vectorOp('i16x8.add'),
  v_add32: vectorOp('i32x4.add'),
  v_add64: vectorOp('i64x2.add'),
  v_sub32: vectorOp('i32x4.sub'),
  v_fadd32: vectorFloat('f32x4', 'add'),
  v_fmul32: vectorFloat('f32x4', 'mul'),
  v_fadd64: vectorFloat('f64x2', 'add'),
  v_fmul64: vectorFloat('f64x2', 'mul'),
};

/** Ops whose row gives no bits above the width when its sources have none. */
const EXACT: ReadonlySet<OpName> = new Set<OpName>(['mov', 'and', 'or', 'xor', 'shru', 'select']);

/** Pushes the value of a computing op, cut to its width. */
export function lower(op: OpName, x: RowContext): void {
  const row = LOWERING[op];
  if (row === undefined) throw new Error(`${op} computes nothing.`);
  row(x);
  if (opRow(op).result !== 'same' || EXACT.has(op)) return;
  if (x.width === 8 || x.width === 16) {
    x.out.emit('i32.const', x.width === 8 ? 0xff : 0xffff);
    x.out.emit('i32.and');
  }
}

/** Every computing op with its widths, for generators and tests that go over the table. */
export function computingOps(): readonly { readonly op: OpName; readonly width: Width }[] {
  return (Object.keys(LOWERING) as OpName[]).flatMap((op) => OPS[op].widths.map((width) => ({ op, width })));
}

/** Sources that are an i32 whatever the width: the condition of `select`, addresses. */
export const isWord = (op: OpName, index: number): boolean =>
  index === 0 && (op === 'select' || op === 'peek' || op === 'poke' || opRow(op).kind === 'memory');

/** The wasm type of a source of `op`. */
export const sourceType = (op: OpName, width: Width, index: number): ValueType =>
  isWord(op, index) ? 'i32' : typeOf(opRow(op).family, width);
