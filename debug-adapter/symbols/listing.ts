/** What the listings of all assemblers tell: the bytes of each source line by section, labels and constants. */

/** A byte that the listing does not tell: relocated by org, read by incbin, or not in the file at all. */
export const UNKNOWN = -1;

/** A line of a file as the listing names it: nothing for the main file. */
export interface SourcePlace {
  readonly file: string | undefined;
  readonly line: number;
}

/** The bytes of one source line, at one place. */
export interface ListedRow {
  /** Offset in its section. */
  readonly offset: number;
  /** Byte values, or UNKNOWN. */
  readonly bytes: readonly number[];
  /** Path of the file as the listing knows it: nothing for the main file, else as `%include` names it. */
  readonly file: string | undefined;
  /** Line in that file; of the call for a macro's expansion. */
  readonly line: number;
  /** For a macro's expansion, the line of the macro's definition. */
  readonly inner?: SourcePlace;
  /** Line in the listing, from 1. */
  readonly listingLine: number;
  readonly code: boolean;
}

export interface ListedLabel {
  readonly name: string;
  readonly offset: number;
  readonly code: boolean;
}

export interface ListedSection {
  readonly name: string;
  readonly rows: ListedRow[];
  readonly labels: ListedLabel[];
  /** `vstart=`, `start=`, `align=` where they are plain numbers. */
  vstart: number | undefined;
  start: number | undefined;
  align: number | undefined;
  /** Not in the file: `.bss` or `nobits`. */
  nobits: boolean;
  /** Offset behind the last byte. */
  end: number;
}

export interface Listing {
  readonly sections: readonly ListedSection[];
  readonly constants: ReadonlyMap<string, bigint>;
  readonly org: number | undefined;
  /** Source text by file and line, to find the files and to see whether they have changed. */
  readonly texts: ReadonlyMap<string | undefined, ReadonlyMap<number, string>>;
  /** The main file, where the listing names it. */
  readonly main?: string;
  /** Files in the order in which they are included. */
  readonly includes: readonly string[];
}
