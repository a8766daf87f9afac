/**
 * The IR's op table. Three-address ops over typed values; operands are slices of the register file, block-local
 * temporaries, or constants. This table says what an op is; engine/lowering says, in one row an op, what it computes.
 *
 * Widths 8, 16 and 32 are i32 values: sources are read zero-extended, a result is cut to the width. Width 64 is i64 (or
 * f64 for float ops), 128 is v128. A temporary always holds the whole i32, zero-extended.
 *
 * Flags: a guest's condition codes are kept as a pair of 32-bit values, (result, carries). `result` is the last result,
 * sign-extended; `carries` has bit 31: carry out of the top bit, bit 30: carry into the top bit, bit 3: carry out of
 * bit 3, bits 8-15: to be XORed to the result's low byte for parity, bit 0: inverts the sign. Every combination of
 * carry, overflow, zero, sign, parity and auxiliary carry can be written so, and no op needs to know which came before.
 */
export type Width = 8 | 16 | 32 | 64 | 128;
export type OpType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/**
 * How an op takes part in a block: `pure` ops only compute; the others may leave it or change memory. Those of kind `routine`
 * stand in routines only.
 */
export type OpKind = 'pure' | 'memory' | 'bulk' | 'guard' | 'call' | 'control' | 'routine';

export interface OpRow {
  /** Widths of the sources (and of the result, unless `result` says otherwise). */
  readonly widths: readonly Width[];
  /** Number of source operands. */
  readonly sources: number;
  /** Type family of the sources: integers by width, or floats, or vectors. */
  readonly family: 'int' | 'float' | 'vector';
  /** What the op gives: a value of its width, an i32 whatever the width, an i64, an f64, an f32, or nothing. */
  readonly result: 'same' | 'i32' | 'i64' | 'f32' | 'f64' | 'none';
  /** Names of constant fields behind the operands, 32 bits each. */
  readonly immediates: readonly string[];
  readonly kind: OpKind;
  readonly doc: string;
}

const NARROW = [8, 16, 32] as const;
const INTEGER = [8, 16, 32, 64] as const;
const WIDE = [32, 64] as const;

const int = (sources: number, doc: string, widths: readonly Width[] = INTEGER): OpRow => ({
  widths,
  sources,
  family: 'int',
  result: 'same',
  immediates: [],
  kind: 'pure',
  doc,
});
const toI32 = (row: OpRow): OpRow => ({ ...row, result: 'i32' });
const float = (sources: number, doc: string): OpRow => ({ ...int(sources, doc, WIDE), family: 'float' });
const vector = (sources: number, doc: string): OpRow => ({ ...int(sources, doc, [128]), family: 'vector' });
/** Bytes in a row, as the guest's string instructions go through them: see the op's doc for what an element is. */
const bulk = (doc: string, immediates: readonly string[]): OpRow => ({
  ...int(0, doc, NARROW),
  result: 'none',
  immediates: ['mask', ...immediates],
  kind: 'bulk',
});
const BULK_SOURCE = ['source_base', 'source_bounds'] as const;
const BULK_TARGET = ['target_base', 'target_bounds'] as const;

const control = (sources: number, doc: string, immediates: readonly string[]): OpRow => ({
  ...int(sources, doc, [32]),
  result: 'none',
  immediates,
  kind: 'control',
});

export const OPS = {
  mov: int(1, 'the source'),
  add: int(2, 'a + b'),
  sub: int(2, 'a - b'),
  mul: int(2, 'low half of a * b'),
  and: int(2, 'a & b'),
  or: int(2, 'a | b'),
  xor: int(2, 'a ^ b'),
  shl: int(2, 'a << b; b modulo 32 (64)'),
  shru: int(2, 'a >> b, zeros coming in; b modulo 32 (64)'),
  shrs: int(2, 'a >> b, copies of the sign coming in; b modulo 32 (64)'),
  rotl: int(2, 'a rotated left by b', WIDE),
  rotr: int(2, 'a rotated right by b', WIDE),
  mulhu: int(2, 'high half of the unsigned product', [32]),
  mulhs: int(2, 'high half of the signed product', [32]),
  divu: int(2, 'a / b unsigned; b must not be 0', WIDE),
  remu: int(2, 'a modulo b unsigned; b must not be 0', WIDE),
  divs: int(2, 'a / b signed, towards zero; b not 0, quotient must fit', WIDE),
  rems: int(2, 'a modulo b signed, sign of a; b not 0', WIDE),
  clz: int(1, 'leading zero bits', WIDE),
  ctz: int(1, 'trailing zero bits', WIDE),
  popcnt: int(1, 'one bits', WIDE),
  select: int(3, 'b if a (an i32) is not 0, else c'),
  eq: toI32(int(2, '1 if a = b, else 0')),
  ne: toI32(int(2, '1 if a differs from b')),
  ltu: toI32(int(2, '1 if a < b unsigned')),
  leu: toI32(int(2, '1 if a <= b unsigned')),
  lts: toI32(int(2, '1 if a < b signed')),
  les: toI32(int(2, '1 if a <= b signed')),
  sext: toI32(int(1, 'sign-extended to i32', NARROW)),
  zext: toI32(int(1, 'zero-extended to i32', NARROW)),
  extend_s: { ...int(1, 'sign-extended to i64', NARROW), result: 'i64' },
  extend_u: { ...int(1, 'zero-extended to i64', NARROW), result: 'i64' },
  wrap: toI32(int(1, 'the low 32 bits of an i64', [64])),

  code: {
    ...int(0, 'bytes of the code as they are now, at an offset in wasm memory, zero-extended to i32', NARROW),
    result: 'i32',
    immediates: ['host'],
  },

  carries_add: toI32(int(3, 'carries of a + b (+ carry in) that gave the result c', NARROW)),
  carries_sub: toI32(int(3, 'carries of a - b (- borrow in) that gave the result c', NARROW)),
  keep_carry: int(2, 'carries with the carry of a, and overflow and bit 3 of b', [32]),
  flag_o: int(2, 'overflow of (result a, carries b)', [32]),
  flag_c: int(2, 'carry of (result a, carries b)', [32]),
  flag_z: int(2, '1 if the result a is zero', [32]),
  flag_be: int(2, 'carry or zero', [32]),
  flag_s: int(2, 'sign', [32]),
  flag_p: int(2, '1 if the low byte of the result has an even number of ones', [32]),
  flag_l: int(2, 'sign differs from overflow', [32]),
  flag_le: int(2, 'zero, or sign differs from overflow', [32]),

  fadd: float(2, 'a + b'),
  fsub: float(2, 'a - b'),
  fmul: float(2, 'a * b'),
  fdiv: float(2, 'a / b'),
  fsqrt: float(1, 'square root'),
  fneg: float(1, 'sign bit inverted'),
  fabs: float(1, 'sign bit cleared'),
  feq: toI32(float(2, '1 if a = b; 0 when unordered')),
  flt: toI32(float(2, '1 if a < b; 0 when unordered')),
  fle: toI32(float(2, '1 if a <= b; 0 when unordered')),
  fpromote: { ...float(1, 'f32 to f64'), widths: [32], result: 'f64' },
  fdemote: { ...float(1, 'f64 to f32, rounded to nearest even'), widths: [64], result: 'f32' },
  ffrom: { ...int(1, 'signed integer to f64', WIDE), result: 'f64' },

  v_and: vector(2, 'a & b'),
  v_or: vector(2, 'a | b'),
  v_xor: vector(2, 'a ^ b'),
  v_andnot: vector(2, 'a & ~b'),
  v_add8: vector(2, '16 lanes of 8 bits: a + b'),
  v_add16: vector(2, '8 lanes of 16 bits: a + b'),
  v_add32: vector(2, '4 lanes of 32 bits: a + b'),
  v_add64: vector(2, '2 lanes of 64 bits: a + b'),
  v_sub32: vector(2, '4 lanes of 32 bits: a - b'),
  v_fadd32: vector(2, '4 lanes of f32: a + b'),
  v_fmul32: vector(2, '4 lanes of f32: a * b'),
  v_fadd64: vector(2, '2 lanes of f64: a + b'),
  v_fmul64: vector(2, '2 lanes of f64: a * b'),

  load: { ...int(1, 'memory at linear address a, lowest byte first', [8, 16, 32, 64, 128]), kind: 'memory' },
  load_be: { ...int(1, 'memory at linear address a, highest byte first', [16, 32, 64]), kind: 'memory' },
  store: {
    ...int(2, 'writes b to memory at linear address a, lowest byte first', [8, 16, 32, 64, 128]),
    kind: 'memory',
    result: 'none',
  },
  store_be: {
    ...int(2, 'writes b to memory at linear address a, highest byte first', [16, 32, 64]),
    kind: 'memory',
    result: 'none',
  },
  bulk_move: bulk('does iterations before the one begun: copies elements', [...BULK_SOURCE, ...BULK_TARGET]),
  bulk_fill: bulk('the same: writes the value to elements', BULK_TARGET),
  bulk_skip: bulk('the same: passes over elements that can be read', BULK_SOURCE),
  bulk_compare: bulk('the same: passes over pairs of elements that are equal (`equal` 1), or are not (0)', [
    ...BULK_SOURCE,
    ...BULK_TARGET,
    'equal',
  ]),
  bulk_scan: bulk('the same: passes over elements that equal the value, or do not', [...BULK_TARGET, 'equal']),
  bound: {
    ...int(
      1,
      'leaves with a fault unless `bytes` bytes at a lie within the bounds (low, size as i64) at a register',
      [32],
    ),
    result: 'none',
    immediates: ['bounds', 'bytes', 'fault'],
    kind: 'guard',
  },
  limit: {
    ...int(1, 'leaves with a fault if a is greater than `last`', [32]),
    result: 'none',
    immediates: ['last', 'fault'],
    kind: 'guard',
  },
  call: {
    ...int(2, 'calls a helper of the guest with two values; it may ask to leave', [32]),
    result: 'none',
    immediates: ['helper'],
    kind: 'call',
  },
  call_value: {
    ...int(2, 'the same, with a result', [32]),
    result: 'i32',
    immediates: ['helper'],
    kind: 'call',
  },
  routine: {
    ...int(2, 'does a routine with two values; where it declines, calls a helper with the same', [32]),
    result: 'none',
    immediates: ['routine', 'helper'],
    kind: 'call',
  },

  frame_push: {
    ...int(
      3,
      "notes a call: return address a, stack pointer before it b, called address c; `kind` is the guest's",
      [32],
    ),
    result: 'none',
    immediates: ['kind'],
    kind: 'call',
  },
  frame_pop: {
    ...int(2, 'notes a return: to address a, stack pointer after it b', [32]),
    result: 'none',
    kind: 'call',
  },

  block: control(
    0,
    'a block begins: leaves for a look-up unless the mapping epoch is `epoch`; goes on in compiled code where there is some (`region`); counts down `counter` and leaves at 0',
    ['epoch', 'counter', 'region'],
  ),
  insn: control(
    0,
    'an instruction begins: sets the program counter, takes one of the fuel, leaves when there is none',
    ['pc'],
  ),
  breakpoint: control(0, 'leaves for a breakpoint at this address, when they are obeyed', ['pc']),
  br: control(0, 'goes on at a label further on', ['label']),
  br_if: control(1, 'goes on at a label further on if a is not 0', ['label']),
  repeat: control(0, 'marks the instruction as repeating and begins it again', ['label']),
  goto: control(0, 'goes on at a program counter', ['pc', 'chain']),
  goto_if: control(1, 'goes on at a program counter if a is not 0', ['pc', 'chain']),
  goto_ind: control(1, 'goes on at the program counter a', []),
  same_context: control(
    0,
    'goes on at the program counter `pc`, as goto_ind, unless the execution context is `context`: that of the block',
    ['context', 'pc'],
  ),
  exit: control(0, 'leaves the engine', ['reason', 'detail']),

  peek: {
    ...int(1, "the machine's memory at offset a + `offset`", [8, 16, 32, 64, 128]),
    immediates: ['offset'],
    kind: 'routine',
  },
  poke: {
    ...int(2, "writes b to the machine's memory at offset a + `offset`", [8, 16, 32, 64, 128]),
    result: 'none',
    immediates: ['offset'],
    kind: 'routine',
  },
  give: { ...int(1, 'ends the routine with the value a', [32]), result: 'none', kind: 'routine' },
} as const satisfies Record<string, OpRow>;

export type OpName = keyof typeof OPS;
export const OP_NAMES = Object.keys(OPS) as readonly OpName[];

/** The table row of an op, with the common type. */
export function opRow(name: OpName): OpRow {
  return OPS[name];
}

/** The type of a value of `width` in an op's family. */
export function typeOf(family: OpRow['family'], width: Width): OpType {
  if (family === 'vector' || width === 128) return 'v128';
  if (family === 'float') return width === 32 ? 'f32' : 'f64';
  return width === 64 ? 'i64' : 'i32';
}

/** The type of an op's result at `width`; nothing when it has none. */
export function resultType(row: OpRow, width: Width): OpType | undefined {
  if (row.result === 'none') return undefined;
  return row.result === 'same' ? typeOf(row.family, width) : row.result;
}
