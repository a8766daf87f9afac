/** Bytes and addresses as text, and the way back. */

export const hex = (value: number | bigint, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, '0');

/** `0x7C00`, as addresses travel. */
export const wireAddress = (address: bigint): string => `0x${address.toString(16).toUpperCase()}`;

/** What cannot be read, for each byte. */
const UNREADABLE = '??';
/** What is not known yet, for each byte. */
const UNKNOWN = '  ';

export type ByteOrder = 'little' | 'big';

/** Bytes in the order of their significance, the highest first. */
const bySignificance = <T>(bytes: readonly T[], order: ByteOrder): readonly T[] =>
  order === 'little' ? bytes.toReversed() : bytes;

/** Some bytes as one number in hexadecimal. `null` is not known yet, `undefined` can't be read. */
export function unitText(bytes: readonly (number | undefined | null)[], order: ByteOrder): string {
  return bySignificance(bytes, order)
    .map((byte) => (byte === null ? UNKNOWN : byte === undefined ? UNREADABLE : hex(byte, 2)))
    .join('');
}

/** Digits of a number, fewer than the unit has or as many, as bytes in memory. */
export function unitBytes(digits: string, size: number, order: ByteOrder): Uint8Array {
  const value = digits.padStart(2 * size, '0');
  const bytes = Array.from({ length: size }, (_, at) => Number.parseInt(value.slice(2 * at, 2 * at + 2), 16));
  return Uint8Array.from(bySignificance(bytes, order));
}

/** Bytes as an unsigned number. */
export function unitValue(bytes: readonly number[], order: ByteOrder): bigint {
  return bySignificance(bytes, order).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** Printable ASCII is itself; everything else is nothing here. */
export const printable = (byte: number): string | undefined =>
  byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : undefined;

/** `33 C0 8e`, `33C0 8E`, `0x33, 0xC0`, `33h,0C0h`: bytes in memory's order, or nothing where it is none of these. */
export function pastedHex(text: string): Uint8Array | undefined {
  const parts = text
    .trim()
    .split(/[\s,;]+/)
    .map((part) => part.replace(/^(?:0x|\\x)/i, '').replace(/^0?([0-9a-f]{2})h$/i, '$1'));
  if (!parts.every((part) => /^(?:[0-9a-f]{2})+$/i.test(part))) return undefined;
  const digits = parts.join('');
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

/** A text as bytes, one a character; nothing where a character has no byte. */
export function typedText(text: string): Uint8Array | undefined {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return codes.every((code) => code < 0x100) ? Uint8Array.from(codes) : undefined;
}
