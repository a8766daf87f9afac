/** EFLAGS as a word, made of what is kept of it and taken apart again, as IR: the same as X86Core's in TypeScript. */
import { type BlockBuilder, constant, type Operand } from '../../ir/block';
import type { OpName } from '../../ir/ops';
import * as R from './registers';

const slot = (offset: number): Operand => ({ kind: 'register', offset });
const RESULT = slot(R.FLAGS_RESULT);
const CARRIES = slot(R.FLAGS_CARRIES);

const value = (b: BlockBuilder, op: OpName, ...sources: readonly (Operand | number)[]): Operand =>
  b.value(op, 32, ...sources.map((one) => (typeof one === 'number' ? constant(one >>> 0) : one)));

const joined = (b: BlockBuilder, parts: readonly Operand[], first: Operand): Operand =>
  parts.reduce((sum, part) => value(b, 'or', sum, part), first);

/** EFLAGS as the manual lays it out; `fixed`: bits that are always set. */
export function flagsWord(b: BlockBuilder, fixed: Operand): Operand {
  const conditions = [value(b, 'mov', RESULT), value(b, 'mov', CARRIES)];
  const bit = (op: OpName, place: number) => value(b, 'shl', value(b, op, ...conditions), place);
  const parts = [
    value(b, 'shl', value(b, 'and', conditions[1], 8), 1),
    value(b, 'flag_c', ...conditions),
    bit('flag_p', 2),
    bit('flag_z', 6),
    bit('flag_s', 7),
    value(b, 'shl', value(b, 'shru', slot(R.FLAGS_STEP), 31), 10),
    bit('flag_o', 11),
    fixed,
  ];
  return joined(b, parts, value(b, 'mov', slot(R.FLAGS_SYSTEM)));
}

/** Overflow, 0 or 1, as the condition codes have it now. */
export const overflowNow = (b: BlockBuilder): Operand => value(b, 'flag_o', RESULT, CARRIES);

const bitOf = (b: BlockBuilder, flags: Operand, place: number): Operand =>
  value(b, 'and', value(b, 'shru', flags, place), 1);

/** Sets the condition codes from EFLAGS, but for the overflow. As X86Core.setCondition. */
export function setConditions(b: BlockBuilder, flags: Operand, overflow: Operand): void {
  const [carry, parity, auxiliary, zero, sign] = [0, 2, 4, 6, 7].map((place) => bitOf(b, flags, place));
  // Zero needs a zero result, else 80000000h when negative, 100h when not.
  const other = value(b, 'add', value(b, 'mul', sign, 0x7fff_ff00), 0x100);
  b.emit('mul', 32, RESULT, [other, value(b, 'xor', zero, 1)]);
  const parts = [
    value(b, 'shl', carry, 31),
    value(b, 'shl', value(b, 'xor', carry, overflow), 30),
    value(b, 'shl', auxiliary, 3),
    value(b, 'shl', value(b, 'xor', parity, 1), 8),
  ];
  b.emit('mov', 32, CARRIES, [joined(b, parts, value(b, 'and', zero, sign))]);
}

/** Sets DF and the condition codes from EFLAGS. */
export function setFlagsWord(b: BlockBuilder, flags: Operand): void {
  // 1 upwards, FFFFFFFFh downwards.
  b.emit('add', 32, slot(R.FLAGS_STEP), [value(b, 'mul', bitOf(b, flags, 10), 0xffff_fffe), constant(1)]);
  setConditions(b, flags, bitOf(b, flags, 11));
}
