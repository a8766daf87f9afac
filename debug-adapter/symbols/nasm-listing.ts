/**
 * Reads the listings of NASM (`nasm -l`). The format is described by the samples that the tests make with nasm itself:
 * line number (6 columns), section-relative offset, bytes (19 columns from column 17), nesting mark `<1>`, source text
 * from column 41. Long data goes on in further rows of the same number; `<rep 3h>` repeats what the line held so far.
 * Lines of an included file and of a macro's expansion both carry `<1>`; a macro's are numbered as in its definition.
 */
import type { Listing } from './listing';
import { ListingReader, type PhysicalRow, type Places, type RowPlace, withoutComment } from './listing-reader';

export interface NasmRow extends PhysicalRow {
  /** Depth of includes and macros. */
  readonly level: number;
}

/** Column at which the bytes begin, and at which the nesting mark and the text do. */
const DATA_COLUMN = 16;
const MARK_COLUMN = 35;
const TEXT_COLUMN = 40;

/** The columns of a line, which YASM has too, but for that of the text; nothing for what is no row. */
export function splitRow(line: string, textColumn = TEXT_COLUMN): NasmRow | undefined {
  const number = /^ *(\d+)(?: |$)/.exec(line);
  if (number === null) return undefined;
  const offset = /^([0-9A-F]{8}) $/.exec(line.slice(7, DATA_COLUMN))?.[1];
  const data = offset === undefined ? '' : line.slice(DATA_COLUMN, MARK_COLUMN).trim();
  const mark = /^ ?<(\d+)>/.exec(line.slice(MARK_COLUMN, textColumn))?.[1];
  if (offset === undefined && line.slice(7, MARK_COLUMN).trim() !== '') return undefined;
  return {
    number: Number(number[1]),
    offset: offset === undefined ? undefined : Number.parseInt(offset, 16),
    data,
    level: Number(mark ?? 0),
    text:
      line.length >= textColumn
        ? line.slice(textColumn)
        : line.length > MARK_COLUMN || offset === undefined
          ? ''
          : undefined,
  };
}

/** True when the text looks like a NASM listing. */
export function isNasmListing(text: string): boolean {
  const lines = text.split(/\r?\n/, 50).filter((line) => line !== '');
  return lines.length > 0 && lines.every((line) => /^ *\d+ /.test(line) || /^ *\d+$/.test(line));
}

/** What a nesting level is: an included file, or the expansion of a macro on a line. */
type Level =
  | { readonly kind: 'file'; readonly file: string | undefined }
  /** The body of a `%rep`, with the line numbers of its file but with blanks of its own. */
  | { readonly kind: 'repeat'; readonly file: string | undefined }
  | {
      readonly kind: 'call';
      readonly file: string | undefined;
      readonly line: number;
      /** Where the macro is defined. */
      readonly definedIn: string | undefined;
    };

class NasmPlaces implements Places<NasmRow> {
  readonly includes: string[] = [];
  readonly #levels: Level[] = [{ kind: 'file', file: undefined }];
  /** File of each macro's definition. */
  readonly #macros = new Map<string, string | undefined>();
  #lastText = '';
  #lastLine = 0;

  enter(row: NasmRow, text: string): RowPlace {
    this.#levels.length = Math.min(this.#levels.length, row.level + 1);
    while (this.#levels.length <= row.level) this.#levels.push(this.#next());
    const level = this.#levels.at(-1) ?? { kind: 'file', file: undefined };
    this.#lastText = withoutComment(text).trim();
    this.#lastLine = row.number;
    const macro = /^%\s*i?macro\s+(\S+)/i.exec(this.#lastText)?.[1];
    if (macro !== undefined && level.kind !== 'call') this.#macros.set(macro.toLowerCase(), level.file);
    const { file } = level;
    if (level.kind !== 'call') return { file, line: row.number, own: level.kind === 'file' };
    return { file, line: level.line, own: false, inner: { file: level.definedIn, line: row.number } };
  }

  /** The level below that of the row before. */
  #next(): Level {
    const outer = this.#levels.at(-1) ?? { kind: 'file', file: undefined };
    const include = /^%\s*include\s+["'`](.+)["'`]/i.exec(this.#lastText)?.[1];
    const name = this.#called();
    if (outer.kind === 'call') {
      return name !== undefined && this.#macros.has(name) ? { ...outer, definedIn: this.#macros.get(name) } : outer;
    }
    if (include !== undefined) {
      this.includes.push(include);
      return { kind: 'file', file: include };
    }
    if (/^%\s*endrep\b/i.test(this.#lastText)) return { kind: 'repeat', file: outer.file };
    const definedIn = name !== undefined && this.#macros.has(name) ? this.#macros.get(name) : outer.file;
    return { kind: 'call', file: outer.file, line: this.#lastLine, definedIn };
  }

  /** The macro that the last line calls, behind its label if it has one. */
  #called(): string | undefined {
    const words = this.#lastText.toLowerCase().split(/[\s,]+|:/);
    return words.slice(0, 3).find((word) => this.#macros.has(word)) ?? words[0];
  }
}

/** Reads a listing. What is not understood is left out; the bytes tell later whether it fits the image. */
export function parseNasmListing(text: string): Listing {
  const places = new NasmPlaces();
  const reader = new ListingReader<NasmRow>(places);
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const row = splitRow(line);
    if (row !== undefined) reader.add(row, index + 1);
  }
  return { ...reader.result(), includes: [...new Set(places.includes)] };
}
