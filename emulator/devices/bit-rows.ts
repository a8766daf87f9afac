/** Rows for registers whose bits are one thing each, numbered. */
import type { BitField } from '../state/bits';

/** `prefix0`, `prefix1`, ... for `count` single bits, with the same meanings for each. */
export function numberedBits(
  prefix: string,
  count: number,
  values: Readonly<Record<number, string>>,
): readonly BitField[] {
  return Array.from({ length: count }, (_, lsb) => ({ name: `${prefix}${lsb}`, lsb, values }));
}
