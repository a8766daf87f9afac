/** Numbers and bytes as the GDB Remote Serial Protocol writes them. */
import type { ByteOrder } from '../../emulator/debug/target';

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Two digits a byte. */
function hexOfBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

const PAIRS = Uint8Array.from(DIGITS.join(''), (c) => c.charCodeAt(0));

/** The same as characters, for what is long. */
export function hexCharacters(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(2 * bytes.length);
  for (let n = 0; n < bytes.length; n++) {
    const pair = 2 * (bytes[n] ?? 0);
    text[2 * n] = PAIRS[pair] ?? 0;
    text[2 * n + 1] = PAIRS[pair + 1] ?? 0;
  }
  return text;
}

/** @throws RangeError when `text` is no even number of hexadecimal digits */
export function bytesOfHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) throw new RangeError('not hexadecimal bytes');
  return Uint8Array.from({ length: text.length / 2 }, (_, n) => Number.parseInt(text.slice(2 * n, 2 * n + 2), 16));
}

/** A text of one character a byte. */
export function bytesOfText(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);
}

/** Text as hexadecimal bytes of its UTF-8 form. */
export const hexOfText = (text: string): string => hexOfBytes(new TextEncoder().encode(text));

/** The other way. @throws RangeError when it is no hexadecimal text */
export const textOfHex = (hex: string): string => new TextDecoder().decode(bytesOfHex(hex));

/** A number in hexadecimal, at most 16 digits. @throws RangeError when it is none */
export function parseHex(text: string | undefined): bigint {
  if (text === undefined || !/^[0-9a-f]{1,16}$/i.test(text)) throw new RangeError('not a hexadecimal number');
  return BigInt(`0x${text}`);
}

/** A length or a count: a number that is surely small. @throws RangeError when it is none or above `most` */
export function parseCount(text: string | undefined, most: number): number {
  const value = parseHex(text);
  if (value > BigInt(most)) throw new RangeError(`more than ${most}`);
  return Number(value);
}

/** A register value as bytes in target order, two digits each. */
export function hexOfValue(value: bigint, bits: number, order: ByteOrder): string {
  const text = BigInt.asUintN(bits, value)
    .toString(16)
    .padStart(Math.ceil(bits / 8) * 2, '0');
  return order === 'big' ? text : (text.match(/../g) ?? []).toReversed().join('');
}

/** The other way. @throws RangeError when it is not hexadecimal bytes */
export function valueOfHex(text: string, order: ByteOrder): bigint {
  const bytes = bytesOfHex(text);
  const ordered = order === 'big' ? bytes : bytes.toReversed();
  return ordered.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}
