/** A link leads to compiled code: the slot of a region in the machine's table, and the label of one of its entries. 0: to none. */
import type { Emitter } from './wasm/emitter';

const SLOT_SHIFT = 16;
const LABELS = (1 << SLOT_SHIFT) - 1;

export const linkTo = (slot: number, label: number): number => (slot << SLOT_SHIFT) | label;
export const slotOf = (link: number): number => link >>> SLOT_SHIFT;

/** Makes the label of the link on the stack. */
export function emitLabelOf(out: Emitter): void {
  out.emit('i32.const', LABELS);
  out.emit('i32.and');
}

/** Makes the slot of the link on the stack. */
export function emitSlotOf(out: Emitter): void {
  out.emit('i32.const', SLOT_SHIFT);
  out.emit('i32.shr_u');
}
