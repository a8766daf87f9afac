/** Values as text. */
import type { BitField } from '../../emulator/debug/target';
import type { Value } from './expressions/evaluator';
import { hex, hexWidth } from './program';

/** Widest value that is also shown in decimal, in bits. */
const DECIMAL_WIDTH = 64;

/** `0x7C00 (31744)`; with `hexOnly` just the first. A comparison is `true` or `false`. */
export function valueText(value: Value, hexOnly: boolean): string {
  if (value.truth === true) return value.value === 0n ? 'false' : 'true';
  const text = value.width === undefined ? hex(value.value) : hexWidth(value.value, value.width);
  return hexOnly || (value.width ?? 0) > DECIMAL_WIDTH ? text : `${text} (${value.value})`;
}

/** The value of a bit field of a register. */
function bitsValue(register: bigint, field: BitField): bigint {
  return BigInt.asUintN(field.width ?? 1, register >> BigInt(field.lsb));
}

/** A bit field as text: `1 (divisor latch)`. */
export function bitsText(register: bigint, field: BitField): string {
  const value = bitsValue(register, field);
  const meaning = field.values?.[Number(value)];
  const text = (field.width ?? 1) > 3 ? hexWidth(value, field.width ?? 1) : String(value);
  return meaning === undefined ? text : `${text} (${meaning})`;
}

/** The names of the set flags: `CF ZF IF`, fields of several bits with their value: `IOPL=3`. */
export function flagsSummary(register: bigint, fields: readonly BitField[]): string {
  const names: string[] = [];
  for (const field of fields) {
    const value = bitsValue(register, field);
    if (value === 0n) continue;
    names.push((field.width ?? 1) === 1 ? field.name : `${field.name}=${value}`);
  }
  return names.join(' ');
}
