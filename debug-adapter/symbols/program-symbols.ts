/** Everything known about the names and lines of a program. */
import { LineTable } from './line-table';
import { SymbolTable } from './symbol-table';

/** A run of the image's bytes and where it lies in memory when the program starts. */
export interface LoadedRange {
  /** In the file. */
  readonly offset: number;
  readonly length: number;
  /** In the code space. */
  readonly address: bigint;
}

/** An image as the symbol readers see it. */
export interface ImageInfo {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Time of the last change in milliseconds since 1970, where known. */
  readonly modified?: number;
  readonly loads: readonly LoadedRange[];
  /** The source that it was assembled from, where that is known. */
  readonly source?: string;
}

export interface ProgramSymbols {
  readonly symbols: SymbolTable;
  /** Lines of sources. */
  readonly lines: LineTable;
  /** Lines of listings themselves, for breakpoints in them and where the source is not found. */
  readonly listings: LineTable;
  /** What a person should know before the first stop: a source newer than its image, a stale listing. */
  readonly warnings: readonly string[];
  /** What was used: `listing boot.lst: 34 lines, 5 symbols`. */
  readonly notes: readonly string[];
}

export const NO_SYMBOLS: ProgramSymbols = {
  symbols: new SymbolTable(),
  lines: new LineTable(),
  listings: new LineTable(),
  warnings: [],
  notes: [],
};
