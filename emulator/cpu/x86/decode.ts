/** The decoder: bytes to one instruction, by the opcode map. Knows nothing of execution. */
import { type CpuModel, LEVEL, type Level } from './models';
import { type MapEntry, type OpcodeRow, opcodeMap, type OperandSpec } from './opcode-map';
import { DS, SS } from './registers';

/** Where in an instruction a constant of it lies: byte offset and bytes. `signed`: it is sign-extended. */
export interface Field {
  readonly at: number;
  readonly bytes: 1 | 2 | 4;
  readonly signed: boolean;
}

/** The fields of an operand. */
export function fieldsOf(operand: DecodedOperand): readonly Field[] {
  if (operand.kind === 'far') return [operand.offsetField, operand.selectorField];
  return 'field' in operand && operand.field !== undefined ? [operand.field] : NO_FIELDS;
}

const NO_FIELDS: readonly Field[] = [];

export type MemoryOperand = {
  readonly kind: 'memory';
  /** Width of the datum in bits; 0 where the instruction decides (LEA, tables). */
  readonly width: number;
  readonly segment: number;
  /** General register numbers, -1 for none. */
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  /** Unsigned, cut to the address size. */
  readonly displacement: number;
  readonly addressSize: 16 | 32;
  /** The displacement's; nothing where there is none. */
  readonly field: Field | undefined;
};

export type DecodedOperand =
  | { readonly kind: 'register'; readonly index: number; readonly width: 8 | 16 | 32 }
  | MemoryOperand
  | { readonly kind: 'segment'; readonly index: number }
  | { readonly kind: 'special'; readonly set: 'C' | 'D' | 'T'; readonly index: number }
  /** `field`: nothing where the opcode stands for the value. */
  | {
      readonly kind: 'immediate';
      readonly value: number;
      readonly width: 8 | 16 | 32;
      readonly field: Field | undefined;
    }
  /** Target offset in the code segment, cut to the operand size. `field`: of its distance from the next instruction. */
  | { readonly kind: 'relative'; readonly target: number; readonly field: Field }
  | {
      readonly kind: 'far';
      readonly selector: number;
      readonly offset: number;
      readonly selectorField: Field;
      readonly offsetField: Field;
    };

export interface Instruction {
  readonly row: OpcodeRow;
  /** Offset in the code segment, and of the next instruction. */
  readonly offset: number;
  readonly next: number;
  readonly length: number;
  readonly operandSize: 16 | 32;
  readonly addressSize: 16 | 32;
  /** Segment override, -1 for none. */
  readonly segment: number;
  readonly repeat: 'none' | 'repe' | 'repne';
  readonly lock: boolean;
  readonly operands: readonly DecodedOperand[];
}

/** Why bytes are no instruction. */
export type DecodeFault =
  /** No such opcode or operand: #UD. */
  | { readonly kind: 'undefined'; readonly length: number }
  /** Longer than the CPU allows: #GP. */
  | { readonly kind: 'too-long' }
  /** A byte that can't be fetched: beyond the segment's limit. */
  | { readonly kind: 'fetch' }
  /** Byte `index` lies in a page that is not present, or not for this privilege. */
  | { readonly kind: 'page'; readonly index: number };

/** What stands for a byte that can't be fetched. */
export const NO_BYTE = { BEYOND_LIMIT: -1, NO_PAGE: -2 } as const;

export type Decoded =
  | { readonly ok: true; readonly instruction: Instruction }
  | { readonly ok: false; readonly fault: DecodeFault };

/** What decoding depends on besides the bytes. */
export interface DecodeMode {
  readonly model: CpuModel;
  /** Default operand and address size of the code segment. */
  readonly codeSize: 16 | 32;
  readonly protectedMode: boolean;
  /** The bytes come from the board's firmware, where the trap instruction exists. */
  readonly firmware: boolean;
}

const MAX_BYTES = 15;
const SEGMENT_PREFIX: Readonly<Record<number, number>> = { 0x26: 0, 0x2e: 1, 0x36: 2, 0x3e: 3, 0x64: 4, 0x65: 5 };

/** Base and index registers of the 16-bit addressing forms, by r/m (table 17-2). */
const FORMS16: readonly (readonly [number, number])[] = [
  [3, 6],
  [3, 7],
  [5, 6],
  [5, 7],
  [6, -1],
  [7, -1],
  [5, -1],
  [3, -1],
];

/** Instructions that LOCK may stand before, when they write to memory (386 manual, LOCK). */
const LOCKABLE = new Set([
  'ADD',
  'OR',
  'ADC',
  'SBB',
  'AND',
  'SUB',
  'XOR',
  'XCHG',
  'NOT',
  'NEG',
  'INC',
  'DEC',
  'BTS',
  'BTR',
  'BTC',
  'CMPXCHG',
  'CMPXCHG8B',
  'XADD',
]);

class Reader {
  at = 0;
  failed: DecodeFault | undefined;

  constructor(
    private readonly fetch: (index: number) => number,
    private readonly longest: number,
  ) {}

  byte(): number {
    if (this.failed !== undefined) return 0;
    if (this.at >= this.longest) {
      this.failed = { kind: 'too-long' };
      return 0;
    }
    const value = this.fetch(this.at);
    if (value < 0) {
      this.failed = value === NO_BYTE.NO_PAGE ? { kind: 'page', index: this.at } : { kind: 'fetch' };
      return 0;
    }
    this.at++;
    return value;
  }

  word(): number {
    const low = this.byte();
    return low | (this.byte() << 8);
  }

  dword(): number {
    const low = this.word();
    return (low | (this.word() << 16)) >>> 0;
  }

  /** The field that was just read. */
  field(bytes: 1 | 2 | 4, signed = false): Field {
    return { at: this.at - bytes, bytes, signed };
  }
}

const failed = (fault: DecodeFault): Decoded => ({ ok: false, fault });

/**
 * Decodes one instruction.
 * @param offset its offset in the code segment
 * @param fetch gives byte `index` of it, or what of `NO_BYTE` stands for it
 */
export function decode(offset: number, mode: DecodeMode, fetch: (index: number) => number): Decoded {
  const { model, codeSize } = mode;
  const map = opcodeMap(model.level);
  const is386 = model.level >= LEVEL.I386;
  const reader = new Reader(
    fetch,
    Math.min(model.longestInstruction, model.longestInstruction === Infinity ? 64 : MAX_BYTES),
  );
  let operandSize = codeSize;
  let addressSize = codeSize;
  let segment = -1;
  let repeat: Instruction['repeat'] = 'none';
  let lock = false;
  let opcode = 0;
  for (;;) {
    opcode = reader.byte();
    if (reader.failed !== undefined) return failed(reader.failed);
    const override = SEGMENT_PREFIX[opcode];
    if (override !== undefined && (override < 4 || is386)) segment = override;
    else if (opcode === 0x66 && is386) operandSize = codeSize === 16 ? 32 : 16;
    else if (opcode === 0x67 && is386) addressSize = codeSize === 16 ? 32 : 16;
    else if (opcode === 0xf3) repeat = 'repe';
    else if (opcode === 0xf2) repeat = 'repne';
    else if (opcode === 0xf0 || (opcode === 0xf1 && model.level < LEVEL.I386)) lock = true;
    else break;
  }
  if (opcode === 0x0f && (model.level > LEVEL.I8086 || (mode.firmware && fetch(reader.at) === 0xff)))
    opcode = 0x100 + reader.byte();
  let entry: MapEntry | undefined = map[opcode];
  if (opcode === 0x1ff && !mode.firmware) entry = undefined;
  const undefinedOpcode = (): Decoded => failed(reader.failed ?? { kind: 'undefined', length: reader.at });
  if (entry === undefined) return undefinedOpcode();
  let modrm = 0;
  const hasModrm = entry.kind === 'group' || entry.modrm;
  if (hasModrm) modrm = reader.byte();
  if (reader.failed !== undefined) return failed(reader.failed);
  const row = entry.kind === 'row' ? entry.row : entry.rows[(modrm >> 3) & 7];
  if (row === undefined || (row.protectedOnly && !mode.protectedMode)) return undefinedOpcode();

  let memory: Omit<MemoryOperand, 'width'> | undefined;
  if (hasModrm && modrm < 0xc0 && row.operands.some((spec) => spec.letter === 'E' || spec.letter === 'M')) {
    memory = addressingForm(modrm, addressSize, segment, reader);
  }
  const context = { reader, modrm, memory, operandSize, addressSize, segment, level: model.level };
  const operands: DecodedOperand[] = [];
  const relatives: number[] = [];
  for (const spec of row.operands) {
    const operand = decodeOperand(spec, context);
    if (operand === undefined) return undefinedOpcode();
    if (operand.kind === 'relative') relatives.push(operands.length);
    operands.push(operand);
  }
  if (reader.failed !== undefined) return failed(reader.failed);
  if (
    lock &&
    is386 &&
    !(LOCKABLE.has(row.mnemonic) && operands[0]?.kind === 'memory') &&
    !(row.mnemonic === 'XCHG' && operands[1]?.kind === 'memory')
  ) {
    return undefinedOpcode();
  }
  // IP is 16 bits wide in a 16-bit segment; EIP of a 32-bit one is not cut.
  const next = codeSize === 16 && !is386 ? (offset + reader.at) & 0xffff : (offset + reader.at) >>> 0;
  for (const place of relatives) {
    const relative = operands[place] as Extract<DecodedOperand, { kind: 'relative' }>;
    const target = operandSize === 16 ? (next + relative.target) & 0xffff : (next + relative.target) >>> 0;
    operands[place] = { ...relative, target };
  }
  return {
    ok: true,
    instruction: { row, offset, next, length: reader.at, operandSize, addressSize, segment, repeat, lock, operands },
  };
}

function addressingForm(
  modrm: number,
  addressSize: 16 | 32,
  override: number,
  reader: Reader,
): Omit<MemoryOperand, 'width'> {
  const mod = modrm >> 6;
  const rm = modrm & 7;
  const finish = (base: number, index: number, scale: number, displacement: number, field?: Field) => {
    const segment = override >= 0 ? override : base === 4 || base === 5 ? SS : DS;
    const cut = addressSize === 16 ? displacement & 0xffff : displacement >>> 0;
    return { kind: 'memory', segment, base, index, scale, displacement: cut, addressSize, field } as const;
  };
  /** With the displacement that MOD says. */
  const displaced = (base: number, index: number, scale: number) => {
    if (mod === 0) return finish(base, index, scale, 0);
    if (mod === 1) {
      const byte = (reader.byte() << 24) >> 24;
      return finish(base, index, scale, byte, reader.field(1, true));
    }
    return absolute(base, index, scale);
  };
  const absolute = (base: number, index: number, scale: number) => {
    const displacement = addressSize === 16 ? reader.word() : reader.dword();
    return finish(base, index, scale, displacement, reader.field(addressSize === 16 ? 2 : 4));
  };
  if (addressSize === 16) {
    if (mod === 0 && rm === 6) return absolute(-1, -1, 1);
    const [base, index] = FORMS16[rm];
    return displaced(base, index, 1);
  }
  let base = rm;
  let index = -1;
  let scale = 1;
  if (rm === 4) {
    const sib = reader.byte();
    base = sib & 7;
    index = (sib >> 3) & 7;
    // Index 4 means none; its scale is then ignored.
    if (index === 4) index = -1;
    else scale = 1 << (sib >> 6);
  }
  if (mod === 0 && base === 5) return absolute(-1, index, scale);
  return displaced(base, index, scale);
}

interface OperandContext {
  readonly reader: Reader;
  readonly modrm: number;
  readonly memory: Omit<MemoryOperand, 'width'> | undefined;
  readonly operandSize: 16 | 32;
  readonly addressSize: 16 | 32;
  readonly segment: number;
  readonly level: Level;
}

function widthOf(spec: OperandSpec, operandSize: 16 | 32): number {
  switch (spec.size) {
    case 'b':
      return 8;
    case 'w':
      return 16;
    case 'd':
      return 32;
    case 'v':
    case 'bs':
      return operandSize;
    case 'p':
      return operandSize + 16;
    default:
      return 0;
  }
}

function decodeOperand(spec: OperandSpec, context: OperandContext): DecodedOperand | undefined {
  const { reader, modrm, memory, operandSize } = context;
  const width = widthOf(spec, operandSize);
  const register = (index: number): DecodedOperand => ({ kind: 'register', index, width: width as 8 | 16 | 32 });
  const immediate = (value: number, bits: 8 | 16 | 32, field: Field | undefined): DecodedOperand => ({
    kind: 'immediate',
    value,
    width: bits,
    field,
  });
  const sized = () => (operandSize === 16 ? reader.word() : reader.dword());
  const bytes = operandSize === 16 ? 2 : 4;
  const reg = (modrm >> 3) & 7;
  switch (spec.letter) {
    case 'one':
      return immediate(1, 8, undefined);
    case 'fixed':
      return spec.isSegment ? { kind: 'segment', index: spec.register } : register(spec.register);
    case 'E':
      return memory === undefined ? register(modrm & 7) : { ...memory, width };
    case 'M':
      return memory === undefined ? undefined : { ...memory, width };
    case 'R':
      return { kind: 'register', index: modrm & 7, width: 32 };
    case 'G':
      return register(reg);
    case 'S':
      // An 8086 looks at two bits of the field; FS and GS came with the 386.
      if (context.level === LEVEL.I8086) return { kind: 'segment', index: reg & 3 };
      return reg < (context.level >= LEVEL.I386 ? 6 : 4) ? { kind: 'segment', index: reg } : undefined;
    case 'C':
    case 'D':
    case 'T':
      return { kind: 'special', set: spec.letter, index: reg };
    case 'I':
      if (spec.size === 'b') return immediate(reader.byte(), 8, reader.field(1));
      if (spec.size === 'bs') {
        const value = (reader.byte() << 24) >> 24;
        return immediate(operandSize === 16 ? value & 0xffff : value >>> 0, operandSize, reader.field(1, true));
      }
      if (spec.size === 'w') return immediate(reader.word(), 16, reader.field(2));
      return immediate(sized(), operandSize, reader.field(bytes));
    case 'J':
      if (spec.size === 'b')
        return { kind: 'relative', target: (reader.byte() << 24) >> 24, field: reader.field(1, true) };
      return { kind: 'relative', target: sized(), field: reader.field(bytes) };
    case 'O': {
      const displacement = context.addressSize === 16 ? reader.word() : reader.dword();
      const field = reader.field(context.addressSize === 16 ? 2 : 4);
      const segment = context.segment >= 0 ? context.segment : DS;
      return {
        kind: 'memory',
        width,
        segment,
        base: -1,
        index: -1,
        scale: 1,
        displacement,
        addressSize: context.addressSize,
        field,
      };
    }
    default: {
      // 'A': a far pointer.
      const offset = sized();
      const offsetField = reader.field(bytes);
      return { kind: 'far', offset, offsetField, selector: reader.word(), selectorField: reader.field(2) };
    }
  }
}
