/** How the terminal debugger writes what the session tells: memory, registers, columns. */

export interface Style {
  /** Of something that is worth a look. */
  strong(text: string): string;
  faint(text: string): string;
  changed(text: string): string;
}

const escape = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;
const plain = (text: string): string => text;

/** ANSI colours where the terminal takes them and the person has not said otherwise (no-color.org). */
export function styleFor(colours: boolean): Style {
  return colours
    ? { strong: escape(1), faint: escape(2), changed: escape(33) }
    : { strong: plain, faint: plain, changed: plain };
}

const BYTES_PER_ROW = 16;
const printable = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');

/** Rows of 16 bytes with their address, in hexadecimal and as text. */
export function memoryRows(start: bigint, bytes: Uint8Array): string[] {
  const rows: string[] = [];
  const digits = Math.max(8, (start + BigInt(bytes.length)).toString(16).length);
  for (let at = 0; at < bytes.length; at += BYTES_PER_ROW) {
    const part = [...bytes.subarray(at, at + BYTES_PER_ROW)];
    const address = (start + BigInt(at)).toString(16).toUpperCase().padStart(digits, '0');
    const hex = part.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
    rows.push(`${address}  ${hex.padEnd(3 * BYTES_PER_ROW - 1)}  ${part.map(printable).join('')}`);
  }
  return rows;
}

/** Cells in columns as many as fit. @param width of the terminal in characters */
export function columns(cells: readonly { readonly text: string; readonly shown: string }[], width: number): string[] {
  const widest = Math.max(1, ...cells.map(({ text }) => text.length)) + 2;
  const perRow = Math.max(1, Math.floor(width / widest));
  const rows: string[] = [];
  for (let at = 0; at < cells.length; at += perRow) {
    const row = cells.slice(at, at + perRow);
    rows.push(
      row
        .map(({ text, shown }, index) => (index === row.length - 1 ? shown : shown + ' '.repeat(widest - text.length)))
        .join(''),
    );
  }
  return rows;
}
