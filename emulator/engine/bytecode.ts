/**
 * The interpreter's bytecode: how an IR op lies in memory.
 *
 *     u16 opcode | u16 destination | u16 source ... | (pad to 4) | i32 constant fields ... | i32 or i64 last source
 *
 * Destinations and sources are byte offsets in the CPU block. An opcode stands for an op, a width and a form; forms and
 * numbers are derived from the op table. Only the last source of an op may be a constant; i32 and i64 ones only.
 */
import { TEMP_BYTES, TEMP_COUNT, TEMPS } from '../memory/layout';
import type { IrBlock, IrOp, Operand } from '../ir/block';
import { OP_NAMES, type OpName, opRow, resultType, type Width } from '../ir/ops';
import { isWord, sourceType } from './lowering';

export interface Form {
  readonly op: OpName;
  readonly width: Width;
  /** The result goes to a temporary and is stored as a whole i32. */
  readonly toTemp: boolean;
  /** The last source is a constant behind the fields. */
  readonly constant: boolean;
}

export interface Layout {
  readonly opcode: number;
  readonly form: Form;
  /** Byte offsets from the opcode. */
  readonly destination: number;
  readonly sources: readonly number[];
  readonly immediates: readonly number[];
  readonly size: number;
}

const takesConstant = (op: OpName, width: Width, sources: number): boolean =>
  sources > 0 && ['i32', 'i64'].includes(sourceType(op, width, sources - 1));

function layouts(): readonly Layout[] {
  const all: Layout[] = [];
  for (const op of OP_NAMES) {
    const row = opRow(op);
    if (row.kind === 'routine') continue;
    for (const width of row.widths) {
      const result = resultType(row, width);
      const narrow = row.result === 'same' && width < 32;
      for (const toTemp of narrow ? [false, true] : [false]) {
        for (const constant of takesConstant(op, width, row.sources) ? [false, true] : [false]) {
          const slots = row.sources - (constant ? 1 : 0);
          let at = 2;
          const destination = at;
          if (result !== undefined) at += 2;
          const sources: number[] = [];
          for (let i = 0; i < slots; i++, at += 2) sources.push(at);
          at = (at + 3) & ~3;
          const immediates = row.immediates.map((_, i) => at + 4 * i);
          at += 4 * row.immediates.length;
          if (constant) {
            sources.push(at);
            at += sourceType(op, width, row.sources - 1) === 'i64' ? 8 : 4;
          }
          all.push({
            opcode: all.length,
            form: { op, width, toTemp, constant },
            destination,
            sources,
            immediates,
            size: at,
          });
        }
      }
    }
  }
  return all;
}

/** Every opcode, by number. */
export const LAYOUTS: readonly Layout[] = layouts();

/** Number of a form among those of its op: by width and by where result and constant lie. */
const formNumber = (width: Width, toTemp: boolean, constant: boolean): number =>
  (31 - Math.clz32(width)) * 4 + (toTemp ? 2 : 0) + (constant ? 1 : 0);

const BY_OP = new Map<OpName, (Layout | undefined)[]>(OP_NAMES.map((op) => [op, []]));
for (const layout of LAYOUTS) {
  const { op, width, toTemp, constant } = layout.form;
  const forms = BY_OP.get(op);
  if (forms !== undefined) forms[formNumber(width, toTemp, constant)] = layout;
}

/** The bytecode form of an op. @throws Error when a constant stands where none may. */
export function layoutOf(op: IrOp): Layout {
  const constant = op.sources.length > 0 && op.sources[op.sources.length - 1].kind === 'const';
  const toTemp = op.dst?.kind === 'temp' && op.width < 32 && opRow(op.op).result === 'same';
  const layout = BY_OP.get(op.op)?.[formNumber(op.width, toTemp, constant)];
  if (layout === undefined) throw new Error(`There is no bytecode for ${op.op}.${op.width} with such operands.`);
  return layout;
}

/** Byte offset of an operand's slot in the CPU block. @throws Error for a constant */
export function slotOffset(operand: Operand): number {
  if (operand.kind === 'register') return operand.offset;
  if (operand.kind === 'temp') {
    if (operand.index >= TEMP_COUNT) throw new Error(`A block uses more than ${TEMP_COUNT} temporaries.`);
    return TEMPS + TEMP_BYTES * operand.index;
  }
  throw new Error('A constant can only be the last source of an op.');
}

/**
 * Makes constants that can't stand where they are into temporaries, so that every op has a bytecode form.
 */
function settleConstants(op: IrOp, temp: () => Operand, push: (op: IrOp) => void): void {
  const sources = op.sources.map((source, index) => {
    if (
      source.kind !== 'const' ||
      (index === op.sources.length - 1 && takesConstant(op.op, op.width, op.sources.length))
    ) {
      return source;
    }
    const type = sourceType(op.op, op.width, index);
    const width: Width = type === 'v128' ? 128 : type === 'i64' || type === 'f64' ? 64 : 32;
    if (width === 128) throw new Error('A vector constant must come from memory or a register.');
    const dst = temp();
    push({ op: 'mov', width, dst, sources: [source], immediates: [] });
    return dst;
  });
  push({ ...op, sources });
}

/** Where in a block's bytecode something lies, for those who patch or show it. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** Byte offset of each op of `ops`. */
  readonly offsets: readonly number[];
  readonly ops: readonly IrOp[];
  /** Byte offset of each op of the block that was encoded. */
  readonly places: readonly number[];
}

/** Encodes a block for address `base`. `label` fields become byte distances from the op that holds them. */
export function encodeBlock(block: IrBlock): Encoded {
  const ops: IrOp[] = [];
  const labels = new Map<number, number>();
  let temps = block.temps;
  const firsts: number[] = [];
  block.ops.forEach((op, index) => {
    firsts.push(ops.length);
    block.labels.forEach((at, label) => {
      if (at === index) labels.set(label, ops.length);
    });
    settleConstants(
      op,
      () => ({ kind: 'temp', index: temps++ }),
      (settled) => ops.push(settled),
    );
  });
  const offsets: number[] = [];
  let size = 0;
  for (const op of ops) {
    offsets.push(size);
    size += (layoutOf(op).size + 3) & ~3;
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  ops.forEach((op, index) => {
    const layout = layoutOf(op);
    const at = offsets[index];
    view.setUint16(at, layout.opcode, true);
    if (op.dst !== undefined) view.setUint16(at + layout.destination, slotOffset(op.dst), true);
    op.sources.forEach((source, i) => {
      const place = at + layout.sources[i];
      if (source.kind !== 'const') view.setUint16(place, slotOffset(source), true);
      else if (sourceType(op.op, op.width, i) === 'i64')
        view.setBigUint64(place, BigInt.asUintN(64, source.value), true);
      else {
        const width = isWord(op.op, i) ? 32 : Math.min(op.width, 32);
        view.setUint32(place, Number(BigInt.asUintN(width, source.value)), true);
      }
    });
    const names = opRow(op.op).immediates;
    op.immediates.forEach((value, i) => {
      const place = at + layout.immediates[i];
      if (names[i] !== 'label') view.setInt32(place, value, true);
      else view.setInt32(place, (offsets[labels.get(value) ?? -1] ?? 0) - at, true);
    });
  });
  return { bytes, offsets, ops, places: firsts.map((first) => offsets[first] ?? 0) };
}

/** Size of an encoded op, with its padding. */
export const encodedSize = (layout: Layout): number => (layout.size + 3) & ~3;
