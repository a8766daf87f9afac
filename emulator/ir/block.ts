/** Blocks of IR: operands, instructions, and the builder that front ends use. */
import { type OpName, opRow, resultType, type Width } from './ops';

export type Operand =
  /** A slice of the register file: byte offset in the CPU block. */
  | { readonly kind: 'register'; readonly offset: number }
  /** A block-local value. */
  | { readonly kind: 'temp'; readonly index: number }
  | { readonly kind: 'const'; readonly value: bigint };

export interface IrOp {
  readonly op: OpName;
  readonly width: Width;
  readonly dst?: Operand;
  readonly sources: readonly Operand[];
  /** By the order of the row's immediates; for `label`, the label's number. */
  readonly immediates: readonly number[];
}

/** A position that `br`, `br_if` and `repeat` name: before the op of index `at`. */
export interface IrBlock {
  readonly ops: readonly IrOp[];
  /** Index of the op that a label stands before, by label number. */
  readonly labels: readonly number[];
  readonly temps: number;
}

export const constant = (value: number | bigint): Operand => ({ kind: 'const', value: BigInt(value) });

export class BlockBuilder {
  private readonly ops: IrOp[] = [];
  private readonly labels: number[] = [];
  private temps = 0;
  private mostTemps = 0;

  /** A fresh temporary. */
  temp(): Operand {
    this.mostTemps = Math.max(this.mostTemps, this.temps + 1);
    return { kind: 'temp', index: this.temps++ };
  }

  /** No temporary made so far is needed any more: their places are used again. */
  freeTemps(): void {
    this.temps = 0;
  }

  /** Appends an op whose result goes to `dst`. */
  emit(
    op: OpName,
    width: Width,
    dst: Operand | undefined,
    sources: readonly Operand[],
    immediates: readonly number[] = [],
  ): void {
    this.ops.push(dst === undefined ? { op, width, sources, immediates } : { op, width, dst, sources, immediates });
  }

  /** Appends an op whose result goes to a fresh temporary, and gives that; constants of 32-bit ops are computed. */
  value(op: OpName, width: Width, ...sources: readonly Operand[]): Operand {
    const folded = fold(op, width, sources);
    if (folded !== undefined) return folded;
    const dst = this.temp();
    this.emit(op, width, dst, sources);
    return dst;
  }

  /** What a value may be at most, as far as the op that made it says so. */
  greatest(operand: Operand): number {
    if (operand.kind === 'const') return Number(operand.value);
    if (operand.kind === 'register') return 0xffff_ffff;
    const made = this.ops.findLast(({ dst }) => dst?.kind === 'temp' && dst.index === operand.index);
    return made === undefined ? 0xffff_ffff : 2 ** bitsOf(made) - 1;
  }

  /** A label to be placed later (or now, with `place`). */
  label(): number {
    this.labels.push(-1);
    return this.labels.length - 1;
  }

  place(label: number): void {
    this.labels[label] = this.ops.length;
  }

  get length(): number {
    return this.ops.length;
  }

  finish(): IrBlock {
    return { ops: this.ops, labels: this.labels, temps: this.mostTemps };
  }
}

/** What an op over constants gives, where that is simple; undefined otherwise. */
function fold(op: OpName, width: Width, sources: readonly Operand[]): Operand | undefined {
  const [a, b] = sources;
  if (a === undefined) return undefined;
  if (op === 'add' && b?.kind === 'const' && b.value === 0n && width === 32) return a;
  if (width > 32 || a.kind !== 'const' || (b !== undefined && b.kind !== 'const')) return undefined;
  const x = BigInt.asUintN(width, a.value);
  const y = b === undefined ? 0n : BigInt.asUintN(width, b.value);
  switch (op) {
    case 'add':
      return constant(BigInt.asUintN(width, x + y));
    case 'sub':
      return constant(BigInt.asUintN(width, x - y));
    case 'and':
      return constant(x & y);
    case 'or':
      return constant(x | y);
    case 'xor':
      return constant(x ^ y);
    case 'zext':
      return constant(x);
    case 'sext':
      return constant(BigInt.asUintN(32, BigInt.asIntN(width, x)));
    default:
      return undefined;
  }
}

/** Bits that the integer result of an op can have set at most: what is narrower than 32 bits is zero-extended. */
export function bitsOf(op: IrOp): number {
  const row = opRow(op.op);
  if (row.result === 'same' || op.op === 'zext' || op.op === 'code') return Math.min(op.width, 32);
  return /^(eq|ne|lt|le|f)/.test(op.op) && row.result === 'i32' ? 1 : 32;
}

/** Ops behind which a block does not go on. */
const TRANSFERS: ReadonlySet<OpName> = new Set(['goto', 'goto_ind', 'exit', 'repeat', 'give']);

/**
 * Says what is wrong with a block, one sentence a fault; empty when it is well-formed. Tests and debug builds run it on
 * every block that is translated.
 */
export function validateBlock(block: IrBlock): readonly string[] {
  const faults: string[] = [];
  // Temporaries that are written on every way to the present op; nothing when no way leads here.
  let written: Set<number> | undefined = new Set();
  const writtenAt = new Map<number, Set<number>>();
  block.ops.forEach((op, index) => {
    const where = `op ${index} (${op.op})`;
    written = meet(written, writtenAt.get(index));
    faults.push(...checkShape(op).map((fault) => `${where}: ${fault}`));
    for (const source of op.sources) {
      if (source.kind === 'temp' && written !== undefined && !written.has(source.index))
        faults.push(`${where}: reads t${source.index} before it is written`);
    }
    if (op.dst?.kind === 'temp') {
      if (op.dst.index >= block.temps) faults.push(`${where}: t${op.dst.index} was never made`);
      written?.add(op.dst.index);
    }
    opRow(op.op).immediates.forEach((name, position) => {
      if (name !== 'label') return;
      const target = block.labels[op.immediates[position] ?? -1];
      if (target === undefined || target < 0 || target > block.ops.length)
        faults.push(`${where}: its label stands nowhere`);
      else if (op.op === 'repeat' ? target >= index : target <= index)
        faults.push(`${where}: its label lies the wrong way`);
      else if (op.op !== 'repeat' && written !== undefined)
        writtenAt.set(target, meet(new Set(written), writtenAt.get(target)) ?? new Set());
    });
    if (TRANSFERS.has(op.op) || op.op === 'br') written = undefined;
  });
  const last = block.ops[block.ops.length - 1];
  if (last === undefined || !TRANSFERS.has(last.op)) faults.push('the block does not end in a transfer');
  for (const target of block.labels) if (target === block.ops.length) faults.push('a label stands behind the last op');
  return faults;
}

/** What two ways that meet have both written. */
function meet(a: Set<number> | undefined, b: Set<number> | undefined): Set<number> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return new Set([...a].filter((temp) => b.has(temp)));
}

/** What is wrong with an op on its own. */
function checkShape(op: IrOp): readonly string[] {
  const faults: string[] = [];
  const row = opRow(op.op);
  if (!row.widths.includes(op.width)) faults.push(`has no width ${op.width}`);
  if (op.sources.length !== row.sources) faults.push(`takes ${row.sources} sources, not ${op.sources.length}`);
  if (op.immediates.length !== row.immediates.length)
    faults.push(`takes ${row.immediates.length} constant fields, not ${op.immediates.length}`);
  const result = resultType(row, op.width);
  if ((result === undefined) !== (op.dst === undefined))
    faults.push(result === undefined ? 'gives nothing' : 'needs a destination');
  if (op.dst?.kind === 'const') faults.push("a constant can't be written");
  if (op.sources.some((source) => source.kind === 'const' && source.value < 0n)) faults.push('a constant is negative');
  return faults;
}
