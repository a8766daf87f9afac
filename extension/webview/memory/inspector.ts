/** What the chosen bytes are: where they lie, and their value as numbers of each size. */
import type { LocateResponse } from '../../shared/memory';
import { type ByteOrder, hex, printable, unitValue } from './text';

/** Sizes of numbers, bytes. */
const SIZES = [
  { title: 'byte', size: 1 },
  { title: 'word', size: 2 },
  { title: 'dword', size: 4 },
] as const;

interface Entry {
  readonly title: string;
  readonly text: string;
}

/** `33C0h 13248`, and `-5` where the sign bit is set. */
function numberText(bytes: readonly number[], order: ByteOrder): string {
  const value = unitValue(bytes, order);
  const width = 8 * bytes.length;
  const signed = BigInt.asIntN(width, value);
  return `${hex(value, 2 * bytes.length)}h  ${value}${signed < 0n ? `  ${signed}` : ''}`;
}

/**
 * @param bytes from the first chosen one on, as many as are known
 * @param chosen how many are chosen
 * @param found where the first one lies, once that is known
 */
export function inspect(
  bytes: readonly number[],
  chosen: number,
  order: ByteOrder,
  found: LocateResponse | undefined,
): readonly Entry[] {
  const where =
    found === undefined ? [] : [found.text, found.name ?? '', found.region ?? ''].filter((part) => part !== '');
  const entries: Entry[] = where.length === 0 ? [] : [{ title: 'at', text: where.join('  ') }];
  if (chosen > 1) entries.push({ title: 'chosen', text: `${chosen} bytes` });
  for (const { title, size } of SIZES) {
    if (bytes.length < size) break;
    const character = size === 1 ? printable(bytes[0] ?? 0) : undefined;
    const text = numberText(bytes.slice(0, size), order);
    entries.push({ title, text: character === undefined ? text : `${text}  '${character}'` });
  }
  return entries;
}
