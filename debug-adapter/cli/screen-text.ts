/** The screen's text as the command line prints it. */

/** The rows without empty ones at the end. */
export function screenRows(rows: readonly string[]): readonly string[] {
  return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1);
}
