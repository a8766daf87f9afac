/** Spans of virtual time as a person reads them. */

const UNITS: readonly (readonly [ns: number, name: string])[] = [
  [1_000_000_000, 's'],
  [1_000_000, 'ms'],
  [1_000, 'µs'],
];

/** `3.2 ms`, `27.5 ms`, `950 ns`: nanoseconds with three digits at most. */
export function durationText(ns: number): string {
  for (const [unit, name] of UNITS) if (ns >= unit) return `${Number((ns / unit).toPrecision(3))} ${name}`;
  return `${Math.max(0, Math.round(ns))} ns`;
}
