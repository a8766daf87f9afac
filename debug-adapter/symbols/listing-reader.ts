/** Puts sections, labels and constants together from the rows of a listing in NASM's syntax. */
import { type ListedSection, type Listing, type SourcePlace, UNKNOWN } from './listing';
import { parseNumber } from './numbers';

/** A line of a listing, in its columns. */
export interface PhysicalRow {
  readonly number: number;
  readonly offset: number | undefined;
  readonly data: string;
  /** Nothing for the further rows of long data. */
  readonly text: string | undefined;
}

/** Where a row's text stands. */
export interface RowPlace extends SourcePlace {
  /** For a macro's expansion, the line of its definition. */
  readonly inner?: SourcePlace;
  /** The listed text is that of the file, so that the two can be compared. */
  readonly own: boolean;
}

/** How a format tells the file and the line of a row. Told each row once, in order. */
export interface Places<Row extends PhysicalRow> {
  enter(row: Row, text: string): RowPlace;
}

/** Most bytes that the repeated and reserved data of a whole listing is unrolled to: more than an image has that is read. */
const MOST_BYTES = 1 << 24;

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
export function withoutComment(text: string): string {
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

/** Takes the rows of a listing in their order; knows the directives that NASM and YASM share. */
export class ListingReader<Row extends PhysicalRow> {
  private readonly sections = new Map<string, ListedSection>();
  private readonly constants = new Map<string, bigint>();
  private readonly texts = new Map<string | undefined, Map<number, string>>();
  private org: number | undefined;
  readonly #defines = new Map<string, string>();
  #section: ListedSection | undefined = this.#sectionNamed('.text');
  /** The section around a `struc`. */
  #outside: ListedSection | undefined;
  /** Bytes that repeats may still make. */
  #room = MOST_BYTES;
  #parent = '';
  #pending: string[] = [];
  /** The line whose data may go on. */
  #open:
    | {
        readonly row: Row;
        readonly place: RowPlace;
        readonly bytes: number[];
        readonly listingLine: number;
        readonly code: boolean;
      }
    | undefined;

  constructor(private readonly places: Places<Row>) {}

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

  add(row: Row, listingLine: number): void {
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
    const place = this.places.enter(row, row.text);
    const { file } = place;
    if (place.own) {
      let texts = this.texts.get(file);
      if (texts === undefined) this.texts.set(file, (texts = new Map<number, string>()));
      texts.set(place.line, row.text);
    }
    const { label, rest } = splitStatement(row.text, row.offset === undefined);
    this.#directive(rest, label);
    if (label !== undefined && !label.includes('%') && !/^equ\b/i.test(rest)) this.#label(label);
    if (row.offset === undefined) return;
    const bytes: number[] = [];
    this.#read(row.data, bytes);
    this.#open = { row, place, bytes, listingLine, code: !DATA.test(rest) };
  }

  /** Takes over the row whose data has come to its end. */
  private finishRow(): void {
    const open = this.#open;
    this.#open = undefined;
    const section = this.#section;
    if (open === undefined || section === undefined || open.row.offset === undefined) return;
    const { file, line, inner } = open.place;
    const offset = open.row.offset;
    for (const name of this.#pending) section.labels.push({ name, offset, code: open.code });
    this.#pending = [];
    section.end = Math.max(section.end, offset + open.bytes.length);
    if (open.bytes.length === 0) return;
    section.rows.push({
      offset,
      bytes: open.bytes,
      file,
      line,
      ...(inner === undefined ? {} : { inner }),
      listingLine: open.listingLine,
      code: open.code,
    });
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
  private finish(): void {
    this.finishRow();
    const section = this.#section;
    if (section === undefined) return;
    for (const name of this.#pending) section.labels.push({ name, offset: section.end, code: false });
    this.#pending = [];
  }

  /** What was read; `includes` and the rest come from the format. */
  result(): Pick<Listing, 'sections' | 'constants' | 'org' | 'texts'> {
    this.finish();
    const { constants, org, texts } = this;
    const sections = [...this.sections.values()].filter(({ rows, labels }) => rows.length > 0 || labels.length > 0);
    return { sections, constants, org, texts };
  }
}
