/** Bit fields of registers, declared as tables and shown by name. */

/** One field of a register, bits `lsb` to `lsb + width - 1`. */
export interface BitField {
  readonly name: string;
  readonly lsb: number;
  /** Number of bits; 1 unless told. */
  readonly width?: number;
  /** What the values mean: text by value; a value that is not named is shown as its number. */
  readonly values?: Readonly<Record<number, string>>;
  /** One line from the manual. */
  readonly doc?: string;
  /** `rw` unless told. */
  readonly access?: 'rw' | 'ro' | 'wo';
}

/** The value of `field` in a register holding `register` (at most 53 bits). */
export function extract(register: number, field: BitField): number {
  return Math.floor(register / 2 ** field.lsb) % 2 ** (field.width ?? 1);
}
