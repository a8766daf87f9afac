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

/** `register` with `field` replaced by `value` (taken modulo the field's width). */
export function insert(register: number, field: BitField, value: number): number {
  const unit = 2 ** field.lsb;
  const size = 2 ** (field.width ?? 1);
  return register + ((((value % size) + size) % size) - extract(register, field)) * unit;
}

/** A field as text, such as `DLAB = 1 (divisor latch)`. */
export function describeField(register: number, field: BitField): string {
  const value = extract(register, field);
  const meaning = field.values?.[value];
  return meaning === undefined ? `${field.name} = ${value}` : `${field.name} = ${value} (${meaning})`;
}
