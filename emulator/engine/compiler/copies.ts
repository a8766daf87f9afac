/**
 * Which registers besides the promoted ones a region that loops and calls nobody keeps a copy of in locals: those that it reads whole, such as
 * the bases of segments. Memory has them, too, and a write goes there first. With calls the copies would cost more than they save.
 */
import { isWord, sourceType } from '../lowering';
import type { Graph } from './graph';

/** `isHeld`: whether a slot is in locals anyway. */
export function copiedRegisters({ nodes }: Graph, isHeld: (slot: number) => boolean): ReadonlySet<number> {
  const found = new Set<number>();
  for (const { ops } of nodes) {
    for (const { op } of ops) {
      op.sources.forEach((source, index) => {
        if (source.kind !== 'register' || (source.offset & 7) !== 0 || isHeld(source.offset)) return;
        const isWhole = sourceType(op.op, op.width, index) === 'i32' && (op.width === 32 || isWord(op.op, index));
        if (isWhole) found.add(source.offset);
      });
    }
  }
  return found;
}
