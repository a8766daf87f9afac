/** Numbers as people read them. */

const THIN_SPACE = '\u2009';

/** `1234567` -> `1 234 567`, with thin spaces. */
export function countText(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+(?!\d))/g, THIN_SPACE);
}

/** @param nanoseconds virtual time */
export function timeText(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(0)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(1)} µs`;
  if (nanoseconds < 1e9) return `${(nanoseconds / 1e6).toFixed(1)} ms`;
  return `${(nanoseconds / 1e9).toFixed(3)} s`;
}

/** A register's value in hexadecimal, as wide as the register. @param width in bits */
export function hexText(value: number, width: number): string {
  return `${value
    .toString(16)
    .toUpperCase()
    .padStart(Math.ceil(width / 4), '0')}h`;
}

/** A value as a person writes it: `0x1f`, `1fh`, `0b101`, `5`; undefined when it is none or too wide. @param width in bits */
export function parseValue(text: string, width: number): number | undefined {
  const trimmed = text.trim().replaceAll('_', '');
  const hexadecimal = /^0x([0-9a-f]+)$/i.exec(trimmed) ?? /^([0-9a-f]+)h$/i.exec(trimmed);
  const binary = /^0b([01]+)$/i.exec(trimmed) ?? /^([01]+)b$/i.exec(trimmed);
  const value =
    hexadecimal !== null
      ? Number.parseInt(hexadecimal[1], 16)
      : binary !== null
        ? Number.parseInt(binary[1], 2)
        : /^\d+$/.test(trimmed)
          ? Number(trimmed)
          : undefined;
  return value !== undefined && value < 2 ** width ? value : undefined;
}
