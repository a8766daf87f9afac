/** Values of options as people write them: sizes, counts, dates, character channels. Each parser gives undefined for nonsense. */

const UNIT: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** `32M`, `512K`, `1G` or a number of bytes, as bytes. */
export function parseSize(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isSafeInteger(text) && text >= 0 ? text : undefined;
  const match = /^(\d+)\s*([KMG]?)(?:i?B)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (UNIT[(match[2] ?? '').toUpperCase()] ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A non-negative whole number; `1_000_000` and `1e6` too. */
export function parseCount(text: string | number): number | undefined {
  if (typeof text === 'string' && !/^\d[\d_]*(e\d{1,2})?$/i.test(text.trim())) return undefined;
  const value = typeof text === 'number' ? text : Number(text.replaceAll('_', ''));
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** A TCP port; 0 means any that is free. */
export function parsePort(text: string | number): number | undefined {
  const port = parseCount(text);
  return port !== undefined && port <= 0xffff ? port : undefined;
}

/** Seconds, whole or not. */
export function parseSeconds(text: string | number): number | undefined {
  if (typeof text === 'string' && !/^\d+(\.\d+)?$/.test(text.trim())) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** An address: a number, `0x7c00`, `7c00h` or decimal digits. */
export function parseAddress(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isSafeInteger(text) && text >= 0 ? text : undefined;
  const trimmed = text.trim();
  const hex = /^0x([0-9a-f]+)$/i.exec(trimmed) ?? /^([0-9][0-9a-f]*)h$/i.exec(trimmed);
  const value =
    hex === null ? (/^\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN) : Number.parseInt(hex[1] ?? '', 16);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A linear address, or segment and offset as a real-mode program will have them in CS and IP. */
export type LoadAddress = number | { readonly segment: number; readonly offset: number };

/** An address, or `1000:0100` in hexadecimal. */
export function parseLoadAddress(text: string | number): LoadAddress | undefined {
  const far = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(String(text).trim());
  if (far === null) return parseAddress(text);
  return { segment: Number.parseInt(far[1] ?? '', 16), offset: Number.parseInt(far[2] ?? '', 16) };
}

/** `now`, or a date and time (UTC unless it names a zone) as milliseconds since 1970. */
export function parseRtc(text: string): 'now' | number | undefined {
  const trimmed = text.trim();
  if (trimmed === 'now') return 'now';
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?(Z|[+-]\d\d:\d\d)?$/.exec(trimmed);
  if (match === null) return undefined;
  const value = Date.parse(`${match[1]}T${match[2] ?? '00:00:00'}${match[3] ?? 'Z'}`);
  return Number.isNaN(value) ? undefined : value;
}

/** Where a stream of characters of the guest leads. */
export type CharacterChannel =
  | { readonly kind: 'stdio' }
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly path: string };

/** `stdio`, `none` or `file:PATH`. */
export function parseChannel(text: string): CharacterChannel | undefined {
  if (text === 'stdio' || text === 'none') return { kind: text };
  return /^file:./.test(text) ? { kind: 'file', path: text.slice('file:'.length) } : undefined;
}

/** Number of single-character edits (change, add, remove, swap neighbours) between two words. */
function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, (before[j - 2] ?? edits) + 1);
      next.push(edits);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

/** The name that was probably meant, letter case aside, when one is near enough. */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const edits = distance(word.toLowerCase(), name.toLowerCase());
    if (edits < least) [best, least] = [name, edits];
  }
  return best;
}
