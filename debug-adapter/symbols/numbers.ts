/** Numbers as assemblers write them. */

/** `0x1F`, `1Fh`, `0b101`, `101b`, `17o`, `10`; underscores may stand between digits. Nothing for anything else. */
export function parseNumber(text: string): bigint | undefined {
  const digits = text.replaceAll('_', '').toLowerCase();
  if (/^0x[0-9a-f]+$/.test(digits) || /^0o[0-7]+$/.test(digits)) return BigInt(digits);
  if (/^[0-9][0-9a-f]*h$/.test(digits)) return BigInt(`0x${digits.slice(0, -1)}`);
  if (/^\$[0-9][0-9a-f]*$/.test(digits)) return BigInt(`0x${digits.slice(1)}`);
  if (/^0b[01]+$/.test(digits)) return BigInt(digits);
  if (/^[01]+[by]$/.test(digits)) return BigInt(`0b${digits.slice(0, -1)}`);
  if (/^[0-7]+[oq]$/.test(digits)) return BigInt(`0o${digits.slice(0, -1)}`);
  return /^[0-9]+d?$/.test(digits) ? BigInt(digits.replace('d', '')) : undefined;
}
