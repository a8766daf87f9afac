/** Which source line an address comes from, and which addresses a line has. */
import { pathKey } from './paths';

export interface LineRow {
  readonly start: bigint;
  /** First address behind the row. */
  readonly end: bigint;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** False for data, which can hold no breakpoint. */
  readonly code: boolean;
}

/** Addresses from `start` up to but not including `end`. */
export interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

interface FileLines {
  readonly path: string;
  /** Merged ranges by line, in the order of the rows; code only. */
  readonly code: Map<number, Range[]>;
  /** The same for data. */
  readonly data: Map<number, Range[]>;
  /** Lines with code, rising. */
  sorted: readonly number[];
}

export class LineTable {
  readonly #rows: readonly LineRow[];
  readonly #files = new Map<string, FileLines>();

  constructor(rows: Iterable<LineRow> = []) {
    const sorted = [...rows].filter((row) => row.end > row.start);
    sorted.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    this.#rows = sorted;
    for (const row of sorted) this.#enter(row);
    for (const file of this.#files.values()) file.sorted = [...file.code.keys()].toSorted((a, b) => a - b);
  }

  #enter(row: LineRow): void {
    const key = pathKey(row.file);
    let file = this.#files.get(key);
    if (file === undefined) {
      file = { path: row.file, code: new Map(), data: new Map(), sorted: [] };
      this.#files.set(key, file);
    }
    const lines = row.code ? file.code : file.data;
    const ranges = lines.get(row.line);
    const last = ranges?.at(-1);
    // Rows of one line that touch are one range: a macro's expansion, `times`, wrapped data.
    if (ranges === undefined) lines.set(row.line, [{ start: row.start, end: row.end }]);
    else if (last !== undefined && last.end === row.start)
      ranges[ranges.length - 1] = { start: last.start, end: row.end };
    else ranges.push({ start: row.start, end: row.end });
  }

  get empty(): boolean {
    return this.#rows.length === 0;
  }

  /** The row that holds an address. */
  at(address: bigint): LineRow | undefined {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.#rows[middle];
      if (row !== undefined && row.start <= address) low = middle + 1;
      else high = middle;
    }
    const row = this.#rows[low - 1];
    return row !== undefined && address < row.end ? row : undefined;
  }

  /** All ranges of the line that an address belongs to. */
  lineRanges(address: bigint): readonly Range[] | undefined {
    const row = this.at(address);
    if (row === undefined) return undefined;
    const file = this.#files.get(pathKey(row.file));
    return (row.code ? file?.code : file?.data)?.get(row.line);
  }

  /** Ranges of code that a line has; empty when it has none. */
  ranges(path: string, line: number): readonly Range[] {
    return this.#files.get(pathKey(path))?.code.get(line) ?? [];
  }

  /** The first line at or below `line` that has code. */
  lineWithCode(path: string, line: number): number | undefined {
    return this.#files.get(pathKey(path))?.sorted.find((candidate) => candidate >= line);
  }

  /** Lines with code within an inclusive range. */
  linesWithCode(path: string, first: number, last: number): readonly number[] {
    return (this.#files.get(pathKey(path))?.sorted ?? []).filter((line) => line >= first && line <= last);
  }

  /** Whether the file gave any bytes to the image. */
  has(path: string): boolean {
    return this.#files.has(pathKey(path));
  }

  /** Paths of all files, as they were found. */
  files(): readonly string[] {
    return [...this.#files.values()].map((file) => file.path);
  }

  /** Starts of rows within a half-open range, rising: where an instruction certainly begins. */
  starts(start: bigint, end: bigint): bigint[] {
    const found: bigint[] = [];
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.#rows[middle];
      if (row !== undefined && row.start < start) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < this.#rows.length; index++) {
      const row = this.#rows[index];
      if (row === undefined || row.start >= end) break;
      found.push(row.start);
    }
    return found;
  }
}
