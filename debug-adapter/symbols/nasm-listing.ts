/**
 * Reads the listings of NASM (`nasm -l`). The format is described by the samples that the tests make with nasm itself:
 * line number (6 columns), section-relative offset, bytes (19 columns from column 17), nesting mark `<1>`, source text
 * from column 41. Long data goes on in further rows of the same number; `<rep 3h>` repeats what the line held so far.
 * Lines of an included file and of a macro's expansion both carry `<1>`; a macro's are numbered as in its definition.
 */
import { parseNumber } from './numbers';

/** A byte that the listing does not tell: relocated by org, read by incbin, or not in the file at all. */
export const UNKNOWN = -1;

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

export interface NasmListing {
  readonly sections: readonly ListedSection[];
  readonly constants: ReadonlyMap<string, bigint>;
  readonly org: number | undefined;
  /** Source text by file and line, to find the files and to see whether they have changed. */
  readonly texts: ReadonlyMap<string | undefined, ReadonlyMap<number, string>>;
  /** Files in the order in which they are included. */
  readonly includes: readonly string[];
}

interface PhysicalRow {
  readonly number: number;
  readonly offset: number | undefined;
  readonly data: string;
  readonly level: number;
  /** Nothing for the further rows of long data. */
  readonly text: string | undefined;
}

/** Column at which the bytes begin, and at which the nesting mark and the text do. */
const DATA_COLUMN = 16;
const MARK_COLUMN = 35;
const TEXT_COLUMN = 40;

/** Most bytes that the repeated and reserved data of a whole listing is unrolled to: more than an image has that is read. */
const MOST_BYTES = 1 << 24;

function splitRow(line: string): PhysicalRow | undefined {
  const number = /^ *(\d+)(?: |$)/.exec(line);
  if (number === null) return undefined;
  const offset = /^([0-9A-F]{8}) $/.exec(line.slice(7, DATA_COLUMN))?.[1];
  const data = offset === undefined ? '' : line.slice(DATA_COLUMN, MARK_COLUMN).trim();
  const mark = /^ ?<(\d+)>/.exec(line.slice(MARK_COLUMN, TEXT_COLUMN))?.[1];
  if (offset === undefined && line.slice(7, MARK_COLUMN).trim() !== '') return undefined;
  return {
    number: Number(number[1]),
    offset: offset === undefined ? undefined : Number.parseInt(offset, 16),
    data,
    level: Number(mark ?? 0),
    text:
      line.length >= TEXT_COLUMN
        ? line.slice(TEXT_COLUMN)
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

/** The bytes of a data field, behind those that the line held so far; repeats end at `most` of them. */
function readBytes(data: string, bytes: number[], most: number): void {
  const token = /<rep ([0-9A-F]+)h>|<(?:bin|res) ([0-9A-F]+)h>|\[([0-9A-F]+)\]|\(([0-9A-F]+)\)|([0-9A-F]{2})|\?\?/gi;
  for (const match of data.matchAll(token)) {
    const [, repeat, reserved, absolute, relative, byte] = match;
    if (repeat !== undefined) {
      const once = bytes.slice();
      const times = once.length === 0 ? 0 : Math.min(Number.parseInt(repeat, 16), Math.floor(most / once.length));
      for (let index = 1; index < times; index++) for (const value of once) bytes.push(value);
    } else if (reserved !== undefined) {
      const length = Math.min(Number.parseInt(reserved, 16), most - bytes.length);
      for (let index = 0; index < length; index++) bytes.push(UNKNOWN);
    } else if (absolute !== undefined || relative !== undefined) {
      const length = (absolute ?? relative ?? '').length / 2;
      for (let index = 0; index < length; index++) bytes.push(UNKNOWN);
    } else bytes.push(byte === undefined ? UNKNOWN : Number.parseInt(byte, 16));
  }
}

const DATA = /^(?:times\s+.*?\s)?\s*(?:d[bwdqtoyz]|res[bwdqtoyz]|incbin|align|alignb)\b/i;
const LABEL = /^\s*([A-Za-z_.?$@][\w.?$@#~]*)\s*(:?)\s*(.*)$/;
/** What may follow a label that has no colon. */
const AFTER_LABEL = /^(?:d[bwdqtoyz]|res[bwdqtoyz]|incbin|times|equ)\b/i;
const NO_LABEL =
  /^(?:times|section|segment|org|bits|use16|use32|use64|global|extern|cpu|default|align|alignb|absolute|struc|endstruc|istruc|iend|at)$/i;

interface Statement {
  readonly label: string | undefined;
  readonly rest: string;
}

/** The text without its comment. */
function withoutComment(text: string): string {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === ';') return text.slice(0, at);
    else if (character === '"' || character === "'" || character === '`') quote = character;
  }
  return text;
}

/** @param empty true when the line has no bytes, so that a lone word must be a label */
function splitStatement(text: string, empty: boolean): Statement {
  const plain = withoutComment(text).trim();
  if (plain === '' || /^[%[]/.test(plain)) return { label: undefined, rest: plain };
  const match = LABEL.exec(plain);
  if (match === null) return { label: undefined, rest: plain };
  const [, name = '', colon, rest = ''] = match;
  const isLabel =
    colon === ':' || (AFTER_LABEL.test(rest) && !NO_LABEL.test(name)) || (empty && rest === '' && !NO_LABEL.test(name));
  return isLabel ? { label: name.replace(/^\$/, ''), rest } : { label: undefined, rest: plain };
}

/** What a nesting level is: an included file, or the expansion of a macro on a line. */
type Level =
  | { readonly kind: 'file'; readonly file: string | undefined }
  /** The body of a `%rep`, with the line numbers of its file but with blanks of its own. */
  | { readonly kind: 'repeat'; readonly file: string | undefined }
  | { readonly kind: 'call'; readonly file: string | undefined; readonly line: number };

class ListingReader {
  readonly sections = new Map<string, ListedSection>();
  readonly constants = new Map<string, bigint>();
  readonly texts = new Map<string | undefined, Map<number, string>>();
  readonly includes: string[] = [];
  org: number | undefined;
  readonly #defines = new Map<string, string>();
  #section: ListedSection | undefined = this.#sectionNamed('.text');
  /** The section around a `struc`. */
  #outside: ListedSection | undefined;
  readonly #levels: Level[] = [{ kind: 'file', file: undefined }];
  #lastText = '';
  #lastLine = 0;
  /** Bytes that repeats may still make. */
  #room = MOST_BYTES;
  #parent = '';
  #pending: string[] = [];
  /** The line whose data may go on. */
  #open:
    | { readonly row: PhysicalRow; readonly bytes: number[]; readonly listingLine: number; readonly code: boolean }
    | undefined;

  #sectionNamed(name: string): ListedSection {
    let section = this.sections.get(name);
    if (section === undefined) {
      const nobits = name === '.bss';
      section = { name, rows: [], labels: [], vstart: undefined, start: undefined, align: undefined, nobits, end: 0 };
      this.sections.set(name, section);
    }
    return section;
  }

  #value(text: string): bigint | undefined {
    return parseNumber(text) ?? parseNumber(this.#defines.get(text) ?? '') ?? this.constants.get(text);
  }

  /** A number that can be an address or a size; nothing for larger ones, of which no image is made. */
  #number(text: string): number | undefined {
    const value = this.#value(text);
    return value === undefined || value > Number.MAX_SAFE_INTEGER ? undefined : Number(value);
  }

  #read(data: string, bytes: number[]): void {
    const before = bytes.length;
    readBytes(data, bytes, before + this.#room);
    this.#room = Math.max(0, this.#room - (bytes.length - before));
  }

  add(row: PhysicalRow, listingLine: number): void {
    const open = this.#open;
    if (
      row.text === undefined ||
      (open !== undefined && open.row.data.endsWith('-') && row.text.trim() === '' && row.number === open.row.number)
    ) {
      if (open === undefined) return;
      this.#read(row.data, open.bytes);
      this.#open = { ...open, row: { ...open.row, data: row.data } };
      return;
    }
    this.finishRow();
    this.#enter(row);
    const level = this.#levels.at(-1);
    const file = level?.file;
    if (level?.kind === 'file') {
      let texts = this.texts.get(file);
      if (texts === undefined) this.texts.set(file, (texts = new Map<number, string>()));
      texts.set(row.number, row.text);
    }
    this.#lastText = withoutComment(row.text).trim();
    this.#lastLine = row.number;
    const { label, rest } = splitStatement(row.text, row.offset === undefined);
    this.#directive(rest, label);
    if (label !== undefined && !label.includes('%') && !/^equ\b/i.test(rest)) this.#label(label);
    if (row.offset === undefined) return;
    const bytes: number[] = [];
    this.#read(row.data, bytes);
    this.#open = { row, bytes, listingLine, code: !DATA.test(rest) };
  }

  /** Takes over the row whose data has come to its end. */
  finishRow(): void {
    const open = this.#open;
    this.#open = undefined;
    const section = this.#section;
    if (open === undefined || section === undefined || open.row.offset === undefined) return;
    const level = this.#levels.at(-1);
    const offset = open.row.offset;
    for (const name of this.#pending) section.labels.push({ name, offset, code: open.code });
    this.#pending = [];
    section.end = Math.max(section.end, offset + open.bytes.length);
    if (open.bytes.length === 0) return;
    section.rows.push({
      offset,
      bytes: open.bytes,
      file: level?.file,
      line: level?.kind === 'call' ? level.line : open.row.number,
      listingLine: open.listingLine,
      code: open.code,
    });
  }

  /** Follows the nesting. */
  #enter(row: PhysicalRow): void {
    this.#levels.length = Math.min(this.#levels.length, row.level + 1);
    while (this.#levels.length <= row.level) {
      const outer = this.#levels.at(-1) ?? { kind: 'file', file: undefined };
      const include = /^%\s*include\s+["'`](.+)["'`]/i.exec(this.#lastText)?.[1];
      if (outer.kind === 'call') this.#levels.push(outer);
      else if (include !== undefined) {
        this.includes.push(include);
        this.#levels.push({ kind: 'file', file: include });
      } else if (/^%\s*endrep\b/i.test(this.#lastText)) this.#levels.push({ kind: 'repeat', file: outer.file });
      else this.#levels.push({ kind: 'call', file: outer.file, line: this.#lastLine });
    }
  }

  #label(name: string): void {
    const full = name.startsWith('.') && !name.startsWith('..') ? `${this.#parent}${name}` : name;
    if (!name.startsWith('.')) this.#parent = name;
    this.#pending.push(full);
  }

  #directive(rest: string, label: string | undefined): void {
    const plain = rest.replace(/^\[\s*(.*?)\s*\]$/, '$1');
    const define = /^%\s*i?(?:define|assign)\s+([\w.$]+)\s+(\S+)\s*$/i.exec(plain);
    if (define?.[1] !== undefined && define[2] !== undefined) this.#defines.set(define[1], define[2]);
    const equ = /^equ\s+(.+)$/i.exec(plain)?.[1]?.trim();
    if (equ !== undefined && label !== undefined) {
      const value = this.#value(equ);
      if (value !== undefined) this.constants.set(label.startsWith('.') ? `${this.#parent}${label}` : label, value);
    }
    const org = /^org\s+(\S+)$/i.exec(plain)?.[1];
    if (org !== undefined) this.org = this.#number(org);
    const section = /^(?:section|segment)\s+(\S+)\s*(.*)$/i.exec(plain);
    if (section?.[1] !== undefined) this.#enterSection(section[1], section[2] ?? '');
    if (/^absolute\b/i.test(plain)) this.#section = undefined;
    if (/^struc\b/i.test(plain)) [this.#outside, this.#section] = [this.#section, undefined];
    if (/^endstruc\b/i.test(plain)) [this.#section, this.#pending] = [this.#outside, []];
  }

  #enterSection(name: string, attributes: string): void {
    const section = this.#sectionNamed(name);
    this.#section = section;
    for (const match of attributes.matchAll(/\b(vstart|start|align)\s*=\s*(\S+)/gi)) {
      const key = (match[1] ?? '').toLowerCase();
      const value = this.#number(match[2] ?? '');
      if (key === 'vstart') section.vstart = value;
      else if (key === 'start') section.start = value;
      else section.align = value;
    }
    if (/\bnobits\b/i.test(attributes)) section.nobits = true;
    if (/\bprogbits\b/i.test(attributes)) section.nobits = false;
  }

  /** Labels behind the last byte of the last section. */
  finish(): void {
    this.finishRow();
    const section = this.#section;
    if (section === undefined) return;
    for (const name of this.#pending) section.labels.push({ name, offset: section.end, code: false });
    this.#pending = [];
  }
}

/** Reads a listing. What is not understood is left out; the bytes tell later whether it fits the image. */
export function parseNasmListing(text: string): NasmListing {
  const reader = new ListingReader();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const row = splitRow(line);
    if (row !== undefined) reader.add(row, index + 1);
  }
  reader.finish();
  const { constants, org, texts, includes } = reader;
  const sections = [...reader.sections.values()].filter(
    (section) => section.rows.length > 0 || section.labels.length > 0,
  );
  return { sections, constants, org, texts, includes: [...new Set(includes)] };
}
