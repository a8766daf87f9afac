/**
 * Passes over the ops of a node before they become wasm. Each takes ops and gives ops; what they promise is that every
 * register is right wherever an instruction may leave for the interpreter, and behind the node.
 */
import { constant, type IrOp, type Operand } from '../../ir/block';
import { LOWERING, sourceType } from '../lowering';
import { type OpName, opRow, type OpType, resultType, type Width } from '../../ir/ops';
import { changesMuch, type GraphOptions, isBulk, mayLeave, type PlacedOp } from './graph';

/** Where the condition codes lie: see ir/ops. */
export interface FlagSlots {
  readonly result: number;
  readonly carries: number;
}

const same = (a: Operand | undefined, b: Operand | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.kind === b.kind &&
  (a.kind === 'register'
    ? b.kind === 'register' && a.offset === b.offset
    : a.kind === 'temp'
      ? b.kind === 'temp' && a.index === b.index
      : b.kind === 'const' && a.value === b.value);

/** What the flags were set by, while its operands are still what they were. */
interface Producer {
  readonly kind: 'sub' | 'add' | 'logic' | 'other';
  readonly width: Width;
  readonly a: Operand | undefined;
  readonly b: Operand | undefined;
}

const BYTES: Readonly<Record<OpType, number>> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 };

/** The first and the last slot that `bytes` bytes at a register's place lie in: parts of a slot are taken together. */
const slotsOf = (offset: number, bytes: number): readonly [number, number] => [offset & -8, (offset + bytes - 1) & -8];

/** Bytes that the result of an op takes, or a narrow one's whole slot. */
const resultBytes = (op: IrOp): number => BYTES[resultType(opRow(op.op), op.width) ?? 'i32'];

/** Whether what `op` writes touches `operand`. */
function overwrites(op: IrOp, operand: Operand | undefined): boolean {
  const { dst } = op;
  if (dst === undefined || operand === undefined) return false;
  if (operand.kind === 'temp') return dst.kind === 'temp' && operand.index === dst.index;
  if (operand.kind === 'const' || dst.kind !== 'register') return false;
  const [first, last] = slotsOf(dst.offset, resultBytes(op));
  const slot = operand.offset & -8;
  return first <= slot && slot <= last;
}

/** The comparison that a condition is, when a comparison or subtraction set the flags. */
const OF_SUB: Readonly<Partial<Record<OpName, OpName>>> = {
  flag_c: 'ltu',
  flag_z: 'eq',
  flag_be: 'leu',
  flag_l: 'lts',
  flag_le: 'les',
};

const ZERO = constant(0);

/** Conditions whose flags were set in the same node become comparisons of what was compared. */
export function fuseConditions(ops: readonly PlacedOp[], flags: FlagSlots): readonly PlacedOp[] {
  const result: Operand = { kind: 'register', offset: flags.result };
  let producer: Producer | undefined;
  const fused: PlacedOp[] = [];
  ops.forEach((placed, index) => {
    const { op } = placed;
    const replace = (name: OpName, width: Width, sources: readonly Operand[]) => {
      fused.push({ place: placed.place, op: { ...op, op: name, width, sources } });
    };
    if (op.op.startsWith('flag_') && producer !== undefined && isFlags(op.sources, flags)) {
      const { kind, width, a, b } = producer;
      const compare = OF_SUB[op.op];
      if (kind === 'sub' && compare !== undefined && a !== undefined && b !== undefined)
        replace(compare, width, [a, b]);
      else if (op.op === 'flag_z') replace('eq', 32, [result, ZERO]);
      else if (op.op === 'flag_s' && kind !== 'other') replace('lts', 32, [result, ZERO]);
      else if (kind === 'logic' && (op.op === 'flag_c' || op.op === 'flag_o')) replace('mov', 32, [ZERO]);
      else if (kind === 'logic' && op.op === 'flag_be') replace('eq', 32, [result, ZERO]);
      else if (kind === 'logic' && op.op === 'flag_l') replace('lts', 32, [result, ZERO]);
      else if (kind === 'logic' && op.op === 'flag_le') replace('les', 32, [result, ZERO]);
      else fused.push(placed);
    } else if (op.op === 'flag_z' && isFlags(op.sources, flags)) replace('eq', 32, [result, ZERO]);
    else fused.push(placed);
    if (changesMuch(op)) producer = undefined;
    const { dst } = op;
    if (dst === undefined) return;
    if (dst.kind === 'register' && dst.offset === flags.carries) producer = producerOf(ops, index);
    else if (overwrites(op, { kind: 'register', offset: flags.carries })) producer = undefined;
    else if (producer !== undefined) {
      const gone = overwrites(op, producer.a) || overwrites(op, producer.b);
      if (gone)
        producer = {
          kind: producer.kind === 'sub' ? 'add' : producer.kind,
          width: producer.width,
          a: undefined,
          b: undefined,
        };
    }
  });
  return fused;
}

const isFlags = (sources: readonly Operand[], flags: FlagSlots): boolean =>
  sources[0]?.kind === 'register' &&
  sources[0].offset === flags.result &&
  sources[1]?.kind === 'register' &&
  sources[1].offset === flags.carries;

/** What the op at `index`, which writes `carries`, says about conditions behind it. */
function producerOf(ops: readonly PlacedOp[], index: number): Producer {
  const { op, width, sources } = ops[index].op;
  const [a, b] = sources;
  if (op === 'mov' && a?.kind === 'const' && a.value === 0n) return { kind: 'logic', width, a, b };
  if (op !== 'carries_add' && op !== 'carries_sub') return { kind: 'other', width, a: undefined, b: undefined };
  // The sign is the result's for sums and differences alike.
  return op === 'carries_sub' && isPlain(ops, index)
    ? { kind: 'sub', width, a, b }
    : { kind: 'add', width, a: undefined, b: undefined };
}

/** Whether the `carries_add` or `carries_sub` at `index` is of a + b or a - b and nothing else: with a carry in it is not. */
export function isPlain(ops: readonly PlacedOp[], index: number): boolean {
  const { op, width, sources } = ops[index].op;
  const [a, b, c] = sources;
  for (let i = index - 1; i >= 0; i--) {
    const before = ops[i].op;
    if (before.op === 'insn') return false;
    // Operands must be what they were when the result was computed.
    if (overwrites(before, a) || overwrites(before, b)) return false;
    if (!same(before.dst, c)) continue;
    const wanted = op === 'carries_add' ? 'add' : 'sub';
    return before.op === wanted && before.width === width && same(before.sources[0], a) && same(before.sources[1], b);
  }
  return false;
}

/**
 * Computations that nobody sees are dropped: of temporaries that are not read, and of promoted registers that are written
 * again before anything reads them or an instruction may leave.
 *
 * @param keeps temporaries that are read behind the node
 */
export function dropDeadWrites(
  ops: readonly PlacedOp[],
  keeps: (temp: number) => boolean,
  options: GraphOptions,
  flags: FlagSlots,
): readonly PlacedOp[] {
  const kept: PlacedOp[] = [];
  const deadRegisters = new Set<number>();
  const liveTemps = new Set<number>();
  const seenTemps = new Set<number>();
  let leaves = false;
  for (let i = ops.length - 1; i >= 0; i--) {
    const { op } = ops[i];
    const { dst } = op;
    if (op.op === 'insn') {
      if (leaves) deadRegisters.clear();
      leaves = false;
      kept.push(ops[i]);
      continue;
    }
    const pure = LOWERING[op.op] !== undefined;
    if (pure && dst !== undefined) {
      const dead =
        dst.kind === 'temp'
          ? !liveTemps.has(dst.index) && (seenTemps.has(dst.index) || !keeps(dst.index))
          : dst.kind === 'register' && resultBytes(op) === 4 && deadRegisters.has(dst.offset);
      if (dead) continue;
    }
    // What is done many at once begins with what registers hold.
    leaves ||= mayLeave(op, options) || isBulk(op);
    if (changesMuch(op) || op.op === 'repeat') deadRegisters.clear();
    if (dst?.kind === 'temp') {
      liveTemps.delete(dst.index);
      seenTemps.add(dst.index);
    } else if (dst?.kind === 'register' && options.isPromoted(dst.offset) && writesWhole(op.op, op.width)) {
      deadRegisters.add(dst.offset);
    }
    op.sources.forEach((source, index) => {
      if (source.kind === 'temp') liveTemps.add(source.index);
      else if (source.kind === 'register') {
        const [first, last] = slotsOf(source.offset, BYTES[sourceType(op.op, op.width, index)]);
        for (let slot = first; slot <= last; slot += 8) {
          deadRegisters.delete(slot);
          // `carries` is made from the result where it is read.
          if (slot === flags.carries) deadRegisters.delete(flags.result);
        }
      }
    });
    kept.push(ops[i]);
  }
  return kept.toReversed();
}

/** Whether an op's result fills a 32-bit register. */
const writesWhole = (op: OpName, width: Width): boolean => opRow(op).result === 'i32' || width === 32;
