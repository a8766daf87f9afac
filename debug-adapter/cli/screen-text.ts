/** The screen's text as the command line prints it. */
import type { DisplayChip } from '../../emulator/bus/display';

/** The rows without empty ones at the end. */
function screenRows(rows: readonly string[]): readonly string[] {
  return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1);
}

/** Prints the text; where the screen shows none, says what it shows instead. */
export function printScreen(display: DisplayChip, print: (row: string) => void, say: (text: string) => void): void {
  const rows = display.text();
  for (const row of screenRows(rows)) print(row);
  if (rows.length === 0) say(`the screen shows no text: ${display.mode}.`);
}
