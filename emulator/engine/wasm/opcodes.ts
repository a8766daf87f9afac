/**
 * WebAssembly instructions by name (WebAssembly Core Specification, chapter 5.4 "Instructions"): opcode bytes and what
 * follows them. Only those that the lowering table and the engines use.
 */

/**
 * What follows the opcode: nothing, an index, a memory argument, one or two memories, a constant, a block type, a branch
 * table, lanes, a type and a table.
 */
export type Immediate =
  | 'none'
  | 'index'
  | 'memarg'
  | 'memory'
  | 'memories'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'block'
  | 'lane'
  | 'type';

export interface WasmOpcode {
  readonly code: number;
  /** Second opcode (LEB128) behind the prefix bytes FCh and FDh. */
  readonly sub?: number;
  readonly immediate: Immediate;
}

const rows = <K extends string>(immediate: Immediate, codes: Readonly<Record<K, number>>, prefix?: number) =>
  Object.fromEntries(
    Object.entries<number>(codes).map(([name, code]) => [
      name,
      prefix === undefined ? { code, immediate } : { code: prefix, sub: code, immediate },
    ]),
  ) as Record<K, WasmOpcode>;

const CONTROL = {
  ...rows('none', { unreachable: 0x00, nop: 0x01, else: 0x05, end: 0x0b, return: 0x0f, drop: 0x1a, select: 0x1b }),
  ...rows('block', { block: 0x02, loop: 0x03, if: 0x04 }),
  ...rows('index', { br: 0x0c, br_if: 0x0d, call: 0x10, return_call: 0x12 }),
  ...rows('type', { call_indirect: 0x11, return_call_indirect: 0x13 }),
  ...rows('index', { 'local.get': 0x20, 'local.set': 0x21, 'local.tee': 0x22, 'global.get': 0x23, 'global.set': 0x24 }),
};

const MEMORY = rows('memarg', {
  'i32.load': 0x28,
  'i64.load': 0x29,
  'f32.load': 0x2a,
  'f64.load': 0x2b,
  'i32.load8_s': 0x2c,
  'i32.load8_u': 0x2d,
  'i32.load16_s': 0x2e,
  'i32.load16_u': 0x2f,
  'i64.load8_u': 0x31,
  'i64.load16_u': 0x33,
  'i64.load32_u': 0x35,
  'i32.store': 0x36,
  'i64.store': 0x37,
  'f32.store': 0x38,
  'f64.store': 0x39,
  'i32.store8': 0x3a,
  'i32.store16': 0x3b,
  'i64.store8': 0x3c,
  'i64.store16': 0x3d,
  'i64.store32': 0x3e,
});

const BULK = {
  ...rows('memories', { 'memory.copy': 10 }, 0xfc),
  ...rows('memory', { 'memory.fill': 11 }, 0xfc),
};

const I32 = rows('none', {
  'i32.eqz': 0x45,
  'i32.eq': 0x46,
  'i32.ne': 0x47,
  'i32.lt_s': 0x48,
  'i32.lt_u': 0x49,
  'i32.gt_s': 0x4a,
  'i32.gt_u': 0x4b,
  'i32.le_s': 0x4c,
  'i32.le_u': 0x4d,
  'i32.ge_s': 0x4e,
  'i32.ge_u': 0x4f,
  'i32.clz': 0x67,
  'i32.ctz': 0x68,
  'i32.popcnt': 0x69,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.mul': 0x6c,
  'i32.div_s': 0x6d,
  'i32.div_u': 0x6e,
  'i32.rem_s': 0x6f,
  'i32.rem_u': 0x70,
  'i32.and': 0x71,
  'i32.or': 0x72,
  'i32.xor': 0x73,
  'i32.shl': 0x74,
  'i32.shr_s': 0x75,
  'i32.shr_u': 0x76,
  'i32.rotl': 0x77,
  'i32.rotr': 0x78,
  'i32.wrap_i64': 0xa7,
  'i32.extend8_s': 0xc0,
  'i32.extend16_s': 0xc1,
  'i32.reinterpret_f32': 0xbc,
});

const I64 = rows('none', {
  'i64.eqz': 0x50,
  'i64.eq': 0x51,
  'i64.ne': 0x52,
  'i64.lt_s': 0x53,
  'i64.lt_u': 0x54,
  'i64.gt_s': 0x55,
  'i64.gt_u': 0x56,
  'i64.le_s': 0x57,
  'i64.le_u': 0x58,
  'i64.ge_s': 0x59,
  'i64.ge_u': 0x5a,
  'i64.clz': 0x79,
  'i64.ctz': 0x7a,
  'i64.popcnt': 0x7b,
  'i64.add': 0x7c,
  'i64.sub': 0x7d,
  'i64.mul': 0x7e,
  'i64.div_s': 0x7f,
  'i64.div_u': 0x80,
  'i64.rem_s': 0x81,
  'i64.rem_u': 0x82,
  'i64.and': 0x83,
  'i64.or': 0x84,
  'i64.xor': 0x85,
  'i64.shl': 0x86,
  'i64.shr_s': 0x87,
  'i64.shr_u': 0x88,
  'i64.rotl': 0x89,
  'i64.rotr': 0x8a,
  'i64.extend_i32_s': 0xac,
  'i64.extend_i32_u': 0xad,
  'i64.extend8_s': 0xc2,
  'i64.extend16_s': 0xc3,
  'i64.extend32_s': 0xc4,
  'i64.reinterpret_f64': 0xbd,
});

const FLOAT = rows('none', {
  'f32.eq': 0x5b,
  'f32.ne': 0x5c,
  'f32.lt': 0x5d,
  'f32.le': 0x5f,
  'f64.eq': 0x61,
  'f64.ne': 0x62,
  'f64.lt': 0x63,
  'f64.le': 0x65,
  'f32.abs': 0x8b,
  'f32.neg': 0x8c,
  'f32.sqrt': 0x91,
  'f32.add': 0x92,
  'f32.sub': 0x93,
  'f32.mul': 0x94,
  'f32.div': 0x95,
  'f64.abs': 0x99,
  'f64.neg': 0x9a,
  'f64.sqrt': 0x9f,
  'f64.add': 0xa0,
  'f64.sub': 0xa1,
  'f64.mul': 0xa2,
  'f64.div': 0xa3,
  'f32.demote_f64': 0xb6,
  'f64.promote_f32': 0xbb,
  'f64.convert_i32_s': 0xb7,
  'f64.convert_i64_s': 0xb9,
  'f32.convert_i32_s': 0xb2,
  'f32.reinterpret_i32': 0xbe,
  'f64.reinterpret_i64': 0xbf,
});

const SATURATE = rows('none', { 'i32.trunc_sat_f64_s': 2, 'i64.trunc_sat_f64_s': 6 }, 0xfc);

const SIMD = {
  ...rows('memarg', { 'v128.load': 0, 'v128.store': 11 }, 0xfd),
  ...rows('v128', { 'v128.const': 12 }, 0xfd),
  ...rows(
    'none',
    {
      'i8x16.splat': 15,
      'i16x8.splat': 16,
      'i32x4.splat': 17,
      'v128.any_true': 83,
      'i8x16.bitmask': 100,
      'v128.not': 77,
      'v128.and': 78,
      'v128.andnot': 79,
      'v128.or': 80,
      'v128.xor': 81,
      'v128.bitselect': 82,
      'i8x16.add': 110,
      'i8x16.sub': 113,
      'i8x16.eq': 35,
      'i16x8.add': 142,
      'i16x8.sub': 145,
      'i16x8.mul': 149,
      'i16x8.eq': 45,
      'i32x4.add': 174,
      'i32x4.sub': 177,
      'i32x4.mul': 181,
      'i32x4.eq': 55,
      'i64x2.add': 206,
      'i64x2.sub': 209,
      'f32x4.eq': 65,
      'f32x4.ne': 66,
      'f64x2.eq': 71,
      'f64x2.ne': 72,
      'f32x4.add': 228,
      'f32x4.sub': 229,
      'f32x4.mul': 230,
      'f32x4.div': 231,
      'f64x2.add': 240,
      'f64x2.sub': 241,
      'f64x2.mul': 242,
      'f64x2.div': 243,
    },
    0xfd,
  ),
};

const CONSTANTS = {
  ...rows('i32', { 'i32.const': 0x41 }),
  ...rows('i64', { 'i64.const': 0x42 }),
  ...rows('f32', { 'f32.const': 0x43 }),
  ...rows('f64', { 'f64.const': 0x44 }),
};

export const WASM_OPCODES = {
  ...CONTROL,
  ...MEMORY,
  ...BULK,
  ...I32,
  ...I64,
  ...FLOAT,
  ...SATURATE,
  ...SIMD,
  ...CONSTANTS,
} as const;

export type WasmMnemonic = keyof typeof WASM_OPCODES;

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export const VALUE_TYPE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};
