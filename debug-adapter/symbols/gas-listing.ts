/**
 * Reads the listings of GNU as (`as -almsn=FILE`; manual of as, "Enable Listings: -a"): line number (4 columns), offset
 * in the section (4 digits or more), at most four bytes a row, a tab, `>` for each macro level, source text. An included
 * file restarts the numbers; a macro's body repeats the number of its call. Symbols stand at the end.
 */
import { type ListedLabel, type ListedRow, type ListedSection, type Listing, UNKNOWN } from './listing';

const ROW = /^ *(\d+) ([0-9a-f]{4,16}| {4,16}) ([0-9A-F]{2,16}|\?{2,16})? *(?:\t(.*))?$/;
const PLAIN = /^ *(\d+) +\t(.*)$/;
const SYMBOL = /^ *(?:.*:\d+ +)?(\S+):([0-9a-f]{8,16}) (\S+)$/;
const DATA =
  /^(?:[\w.$]+:\s*)*\.(?:byte|[248]?byte|word|short|hword|int|long|quad|octa|ascii|asciz|string\w*|org|space|skip|zero|fill|p2align|balign|align|float|double|single|incbin)\b/i;
/** Farthest offset that a listing's rows are taken to reach: more than an image has that is read. */
const MOST_OFFSET = 1 << 24;

/** True when the text looks like a listing of GNU as: line numbers in four columns, and tabs. */
export function isGasListing(text: string): boolean {
  const lines = text
    .slice(0, 8192)
    .split(/\r?\n/, 20)
    .filter((line) => line !== '');
  const rows = lines.filter((line) => /^[ \d]{3}\d /.test(line) && (PLAIN.test(line) || ROW.test(line)));
  return /^GAS LISTING|^ {0,3}\d{1,4} .*\t/.test(lines[0] ?? '') && rows.length > 0;
}

interface OpenSection {
  readonly section: ListedSection;
  readonly rows: (ListedRow & { readonly text: string })[];
}

/** A file whose lines are being listed, and the line that it was at. */
interface OpenFile {
  readonly file: string | undefined;
  line: number;
}

class GasReader {
  readonly sections = new Map<string, OpenSection>();
  readonly constants = new Map<string, bigint>();
  readonly symbols: { readonly section: string; readonly offset: number; readonly name: string }[] = [];
  readonly texts = new Map<string | undefined, Map<number, string>>();
  readonly includes: string[] = [];
  readonly #files: OpenFile[] = [{ file: undefined, line: 0 }];
  #current = this.#section('.text');
  #include: string | undefined;
  #inSymbols = false;

  #section(name: string): OpenSection {
    let open = this.sections.get(name);
    if (open === undefined) {
      const nobits = name === '.bss';
      const unplaced = { vstart: undefined, start: undefined, align: undefined };
      open = { section: { name, rows: [], labels: [], ...unplaced, nobits, end: 0 }, rows: [] };
      this.sections.set(name, open);
    }
    return open;
  }

  line(text: string, listingLine: number): void {
    if (/^(?:NO )?(?:UN)?DEFINED SYMBOLS/.test(text)) this.#inSymbols = text.startsWith('DEFINED');
    else if (this.#inSymbols) this.#symbol(text);
    else {
      const plain = PLAIN.exec(text);
      const row = plain === null ? ROW.exec(text) : null;
      if (plain !== null) this.#row(Number(plain[1]), undefined, '', plain[2], listingLine);
      else if (row !== null) this.#row(Number(row[1]), row[2]?.trim(), row[3] ?? '', row[4], listingLine);
    }
  }

  #symbol(text: string): void {
    const match = SYMBOL.exec(text);
    const [, section, value, name] = match ?? [];
    if (section === undefined || value === undefined || name === undefined) return;
    if (section === '*ABS*') this.constants.set(name, BigInt(`0x${value}`));
    else this.symbols.push({ section, offset: Number.parseInt(value, 16), name });
  }

  #row(number: number, offset: string | undefined, data: string, text: string | undefined, listingLine: number): void {
    const bytes = Array.from({ length: data.length / 2 }, (_, index) => {
      const digits = data.slice(2 * index, 2 * index + 2);
      return digits === '??' ? UNKNOWN : Number.parseInt(digits, 16);
    });
    const last = this.#current.rows.at(-1);
    if (text === undefined || (text.trim() === '' && (offset === undefined || offset === '') && bytes.length > 0)) {
      if (last !== undefined && last.line === number) {
        this.#current.rows[this.#current.rows.length - 1] = { ...last, bytes: [...last.bytes, ...bytes] };
      }
      return;
    }
    const place = this.#place(number);
    const body = /^>+\s*(.*)$/.exec(text)?.[1];
    const statement = (body ?? text).trim();
    if (body === undefined) {
      let texts = this.texts.get(place.file);
      if (texts === undefined) this.texts.set(place.file, (texts = new Map<number, string>()));
      texts.set(number, text);
    }
    this.#include = /^\.include\s+"(.+)"/.exec(statement)?.[1];
    const section = /^(\.text|\.data|\.bss)\b|^\.section\s+([^\s,]+)/.exec(statement);
    if (section !== null) this.#current = this.#section(section[1] ?? section[2] ?? '.text');
    if (offset === undefined || offset === '') return;
    const at = Number.parseInt(offset, 16);
    const code = !DATA.test(statement);
    this.#current.rows.push({ offset: at, bytes, ...place, listingLine, code, text: statement });
  }

  /** Where a row stands: an included file begins with line 1, and ends when the number is that behind its `.include`. */
  #place(number: number): { readonly file: string | undefined; readonly line: number } {
    if (this.#include !== undefined && number === 1) {
      this.includes.push(this.#include);
      this.#files.push({ file: this.#include, line: 0 });
    } else if (this.#files.length > 1) {
      const [outer, inner] = this.#files.slice(-2);
      if (outer !== undefined && inner !== undefined && number === outer.line + 1 && number !== inner.line + 1)
        this.#files.pop();
    }
    const open = this.#files.at(-1) ?? { file: undefined, line: 0 };
    open.line = number;
    return { file: open.file, line: number };
  }
}

/**
 * The bytes that are certain. Those of what names a symbol are linked later, and long data is cut short by the listing.
 * @param end offset of what follows
 */
function certain(row: ListedRow & { readonly text: string }, end: number, names: ReadonlySet<string>): ListedRow {
  const { text, ...listed } = row;
  const plain = text.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/^(?:[\w.$]+:\s*)+/, '');
  const words = plain.match(/[A-Za-z_.$][\w.$]*|\b\d+[bf]\b/g) ?? [];
  const linked = words.some((word) => names.has(word.replace(/^\$/, '')) || /^(?:\d+[bf]|\.|\.L.*)$/.test(word));
  const length = row.code ? row.bytes.length : Math.max(row.bytes.length, end - row.offset);
  const first = row.code ? 1 : 0;
  return {
    ...listed,
    bytes: Array.from({ length }, (_, at) => (linked && at >= first ? UNKNOWN : (row.bytes[at] ?? UNKNOWN))),
  };
}

/** Reads a listing. What is not understood is left out; the bytes tell later whether it fits the image. */
export function parseGasListing(text: string): Listing {
  const reader = new GasReader();
  for (const [index, line] of text.split(/\r?\n/).entries()) reader.line(line, index + 1);
  const names = new Set([...reader.symbols.map(({ name }) => name), ...reader.constants.keys()]);
  const sections: ListedSection[] = [];
  for (const { section, rows } of reader.sections.values()) {
    if (rows.length === 0) continue;
    for (const [index, row] of rows.entries()) {
      const end = Math.min(rows[index + 1]?.offset ?? row.offset + row.bytes.length, MOST_OFFSET);
      const listed = certain(row, end, names);
      if (listed.bytes.length > 0) section.rows.push(listed);
      section.end = Math.max(section.end, listed.offset + listed.bytes.length);
    }
    section.labels.push(
      ...reader.symbols
        .filter((symbol) => symbol.section === section.name)
        .map(
          ({ name, offset }): ListedLabel => ({
            name,
            offset,
            code: section.rows.find((row) => row.offset === offset)?.code ?? false,
          }),
        ),
    );
    sections.push(section);
  }
  const { constants, texts, includes } = reader;
  return { sections, constants, org: undefined, texts, includes: [...new Set(includes)] };
}
