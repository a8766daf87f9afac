/** The one closing line of every suite, and the reader of other programs' closing lines. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 };

export const addCounts = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** `N passed, N failed`, and the skipped ones where there are any. */
export const closingLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;

// oxlint-disable-next-line no-control-regex -- the escape that starts a terminal colour
const COLOUR = /\u001b\[[0-9;]*m/g;
const CLOSING = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;
const MOCHA = /^ *(\d+) (passing|failing|pending)\b/;

/** Counts from the last closing line of an output, or undefined where it has none. */
export function parseClosingLine(output: string): Counts | undefined {
  const lines = output.replace(COLOUR, '').split('\n');
  for (const line of lines.toReversed()) {
    const match = CLOSING.exec(line.trim());
    if (match !== null) return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) };
  }
  return undefined;
}

/** Counts from the summary that mocha's spec reporter prints, or undefined where there is none. */
export function parseMocha(output: string): Counts | undefined {
  const found = new Map<string, number>();
  for (const line of output.replace(COLOUR, '').split('\n')) {
    const match = MOCHA.exec(line);
    if (match !== null) found.set(match[2], Number(match[1]));
  }
  const passed = found.get('passing');
  if (passed === undefined) return undefined;
  return { passed, failed: found.get('failing') ?? 0, skipped: found.get('pending') ?? 0 };
}
