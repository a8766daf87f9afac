/** `x`, `xp` and `i` of the monitor: memory in the format of GDB's and QEMU's `x /FMT ADDRESS`. */
import type { DebugTarget, SpaceId } from '../../emulator/debug/target';

const SIZES: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, g: 8 };
const FORMATS = 'xduoc';
const MOST = 4096;
const ROW = 16;

interface Request {
  readonly count: number;
  readonly format: string;
  readonly size: number;
  readonly address: bigint;
}

function parse(text: string): Request {
  const match = /^(?:\/(\d{0,6})([a-z]*)\s+)?(0x[0-9a-f]{1,16}|\d{1,20}|[0-9][0-9a-f]{0,15}h)$/i.exec(text);
  if (match === null) throw new Error('Write it as: /8xw 0x7c00 (count, format x d u o c, size b h w g, address).');
  const [, countText, letters = '', address = ''] = match;
  const count = countText === undefined || countText === '' ? 1 : Number(countText);
  if (count > MOST) throw new Error(`At most ${MOST} can be examined at once.`);
  let format = 'x';
  let size = 4;
  for (const letter of letters) {
    if (SIZES[letter] !== undefined) size = SIZES[letter] ?? size;
    else if (FORMATS.includes(letter)) format = letter;
    else throw new Error(`"${letter}" is neither a format (${FORMATS}) nor a size (b h w g).`);
  }
  const hex = /^([0-9a-f]+)h$/i.exec(address);
  return { count, format, size: format === 'c' ? 1 : size, address: BigInt(hex === null ? address : `0x${hex[1]}`) };
}

function valueText(value: bigint, { format, size }: Request): string {
  const signed = BigInt.asIntN(size * 8, value);
  switch (format) {
    case 'd':
      return String(signed);
    case 'u':
      return String(value);
    case 'o':
      return `0${value.toString(8)}`;
    case 'c':
      return value >= 0x20n && value < 0x7fn
        ? `'${String.fromCharCode(Number(value))}'`
        : `'\\x${value.toString(16).padStart(2, '0')}'`;
    default:
      return `0x${value.toString(16).padStart(size * 2, '0')}`;
  }
}

/** `/8xw 0x7c00` as lines. @throws Error that says how it is written, or what can not be read */
export async function examine(target: DebugTarget, space: SpaceId, text: string): Promise<string> {
  const request = parse(text);
  const { count, size, address } = request;
  const known = target.description.spaces.find(({ id }) => id === space);
  if (known === undefined) throw new Error(`This machine has no ${space} space.`);
  const bytes = await target.memory.read(space, address, count * size);
  const digits = Math.ceil(known.addressBits / 4);
  const lines: string[] = [];
  const perRow = Math.max(1, ROW / size);
  for (let at = 0; at + size <= bytes.length; at += size) {
    const value = bytes.subarray(at, at + size).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const item = valueText(value, request);
    if ((at / size) % perRow === 0) lines.push(`${(address + BigInt(at)).toString(16).padStart(digits, '0')}: ${item}`);
    else lines[lines.length - 1] += ` ${item}`;
  }
  if (bytes.length < count * size)
    lines.push(`(nothing can be read from 0x${(address + BigInt(bytes.length)).toString(16)} on)`);
  return lines.join('\n');
}
