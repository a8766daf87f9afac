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

/** Whether a source of an op may not be what it is: only the last one may be a constant, of some types. */
const isMisplaced = (op: IrOp, source: Operand, index: number): boolean =>
  source.kind === 'const' && (index < op.sources.length - 1 || !takesConstant(op.op, op.width, op.sources.length));

/**
 * Makes constants that can't stand where they are into temporaries, so that every op has a bytecode form.
 */
function settleConstants(op: IrOp, temp: () => Operand, push: (op: IrOp) => void): void {
  const sources = op.sources.map((source, index) => {
    if (!isMisplaced(op, source, index)) return source;
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
  const firsts: number[] = [];
  let { temps } = block;
  const temp = (): Operand => ({ kind: 'temp', index: temps++ });
  const push = (op: IrOp): void => {
    ops.push(op);
  };
  for (const op of block.ops) {
    firsts.push(ops.length);
    if (op.sources.some((source, index) => isMisplaced(op, source, index))) settleConstants(op, temp, push);
    else ops.push(op);
  }
  const layouts = ops.map(layoutOf);
  const offsets: number[] = [];
  let size = 0;
  for (const layout of layouts) {
    offsets.push(size);
    size += encodedSize(layout);
  }
  const places = firsts.map((first) => offsets[first] ?? 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < ops.length; index++) {
    const label = (number: number) => (places[block.labels[number] ?? -1] ?? 0) - offsets[index];
    encodeOp(view, offsets[index], ops[index], layouts[index], label);
  }
  return { bytes, offsets, ops, places };
}

/** Writes an op at a place. `label`: the distance to a label. */
function encodeOp(view: DataView, at: number, op: IrOp, layout: Layout, label: (number: number) => number): void {
  view.setUint16(at, layout.opcode, true);
  if (op.dst !== undefined) view.setUint16(at + layout.destination, slotOffset(op.dst), true);
  for (let i = 0; i < op.sources.length; i++) {
    const source = op.sources[i];
    const place = at + layout.sources[i];
    if (source.kind !== 'const') view.setUint16(place, slotOffset(source), true);
    else if (sourceType(op.op, op.width, i) === 'i64') view.setBigUint64(place, BigInt.asUintN(64, source.value), true);
    else {
      const width = isWord(op.op, i) ? 32 : Math.min(op.width, 32);
      view.setUint32(place, Number(BigInt.asUintN(width, source.value)), true);
    }
  }
  const names = opRow(op.op).immediates;
  for (let i = 0; i < op.immediates.length; i++) {
    const value = op.immediates[i];
    view.setInt32(at + layout.immediates[i], names[i] === 'label' ? label(value) : value, true);
  }
}

/** Size of an encoded op, with its padding. */
export const encodedSize = (layout: Layout): number => (layout.size + 3) & ~3;
