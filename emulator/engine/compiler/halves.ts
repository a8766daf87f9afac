/**
 * Which registers a region holds as two halves: code of 16 bits writes AX or DI again and again, and nothing else of EAX or
 * EDI. The lower half, zero-extended, is then a local of its own, so that neither reads nor writes of it touch the upper one.
 */
import type { Operand } from '../../ir/block';
import { opRow, resultType } from '../../ir/ops';
import { isWord, sourceType } from '../lowering';
import type { Graph } from './graph';

/** What a use of the lower half saves, or one of the whole register costs: reads one instruction, writes two. */
const READ = 1;
const WRITE = 2;

/** Bits 0 to 15, and the others in their place. */
export const LOWER = 0xffff;
export const UPPER = ~LOWER;

/** Those of `promoted` that are used as 16 bits more than as 32. */
export function halvedRegisters({ nodes }: Graph, promoted: readonly number[]): ReadonlySet<number> {
  const gains = new Map(promoted.map((offset) => [offset, 0]));
  const note = (operand: Operand | undefined, bits: number, gain: number): void => {
    if (operand?.kind !== 'register') return;
    const slot = operand.offset & -8;
    const before = gains.get(slot);
    // A byte costs the same either way.
    if (before === undefined || bits === 8) return;
    gains.set(slot, before + (bits === 16 && operand.offset === slot ? gain : -gain));
  };
  for (const { ops } of nodes) {
    for (const { op } of ops) {
      op.sources.forEach((source, index) => {
        const isInteger = sourceType(op.op, op.width, index) === 'i32';
        note(source, isInteger && !isWord(op.op, index) ? op.width : 32, READ);
      });
      const row = opRow(op.op);
      const isNarrow = row.result === 'same' && resultType(row, op.width) === 'i32';
      note(op.dst, isNarrow ? op.width : 32, WRITE);
    }
  }
  return new Set([...gains].filter(([, gain]) => gain > 0).map(([offset]) => offset));
}
