/**
 * Reads the symbol files of flat assembler (`fasm source image -s FILE`). Source of the layout: tools/fas.txt of the
 * flat assembler package, tables 1 to 4.
 */
const SIGNATURE = 0x1a73_6166;
const SYMBOL_SIZE = 32;
const ROW_SIZE = 28;
/** The highest bit of a line's number: a macroinstruction made the line. */
const GENERATED = 0x8000_0000;
const DEFINED = 1;
const VARIABLE = 2;
const MARKER = 0x400;
/** Most macro levels that are followed: a broken file could lead in circles. */
const DEEPEST = 64;

export interface FasPlace {
  /** As flat assembler was told it; nothing for the main file. */
  readonly file: string | undefined;
  readonly line: number;
}

export interface FasRow {
  /** In the image. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  /** That the line is assembled for (`$`). */
  readonly address: bigint;
  readonly place: FasPlace;
  /** For a macro's expansion, the line of its definition. */
  readonly inner: FasPlace | undefined;
  readonly code: boolean;
}

export interface FasSymbol {
  readonly name: string;
  readonly value: bigint;
  readonly kind: 'code' | 'data' | 'constant';
  /** In bytes, 0 when unknown. */
  readonly size: number;
}

export interface Fas {
  /** The main file, as flat assembler was told it. */
  readonly source: string;
  /** Length of the image in bytes. */
  readonly length: number;
  readonly rows: readonly FasRow[];
  readonly symbols: readonly FasSymbol[];
}

const DATA =
  /^(?:d[bwdpqtu]|du|r[bwdpfqt]|file|align|times|org|use(?:16|32|64)|virtual|load|store|label|display|repeat|while|if|end|format)$/i;

export function isFas(bytes: Uint8Array): boolean {
  return bytes.length >= 16 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === SIGNATURE;
}

class FasReader {
  readonly #view: DataView;
  readonly #strings: number;
  readonly #source: number;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#strings = this.u32(16);
    this.#source = this.u32(32);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  u8(at: number): number {
    return this.#view.getUint8(at);
  }

  i64(at: number): bigint {
    return this.#view.getBigInt64(at, true);
  }

  /** @param at in the file */
  text(at: number): string {
    const end = this.bytes.indexOf(0, at);
    return end < 0 ? '' : new TextDecoder().decode(this.bytes.subarray(at, end));
  }

  string(offset: number): string {
    return this.text(this.#strings + offset);
  }

  /** A text behind its length, in the preprocessed source. */
  counted(offset: number): string {
    const at = this.#source + offset;
    return new TextDecoder('latin1').decode(this.bytes.subarray(at + 1, at + 1 + this.u8(at)));
  }

  /** The symbols (words) of a preprocessed line, the first few. */
  words(offset: number): string[] {
    const words: string[] = [];
    let at = this.#source + offset + 16;
    while (words.length < 4) {
      const kind = this.u8(at++);
      if (kind === 0) break;
      if (kind === 0x1a || kind === 0x3b) {
        const length = this.u8(at);
        if (kind === 0x1a) words.push(new TextDecoder('latin1').decode(this.bytes.subarray(at + 1, at + 1 + length)));
        else break;
        at += 1 + length;
      } else if (kind === 0x22) at += 4 + this.u32(at);
      else words.push(String.fromCharCode(kind));
    }
    return words;
  }

  /** The line of a file that a preprocessed line comes from, and for a macro's the line of the definition. */
  place(offset: number): { readonly place: FasPlace; readonly inner: FasPlace | undefined } | undefined {
    let at = offset;
    let inner: FasPlace | undefined;
    for (let depth = 0; depth < DEEPEST; depth++) {
      const line = this.#source + at;
      const number = this.u32(line + 4);
      if ((number & GENERATED) === 0) {
        const file = this.u32(line);
        const place = { file: file === 0 ? undefined : this.text(this.#source + file), line: number };
        return { place, inner };
      }
      inner ??= this.#definition(this.u32(line + 12));
      at = this.u32(line + 8);
    }
    return undefined;
  }

  #definition(offset: number): FasPlace | undefined {
    const line = this.#source + offset;
    const number = this.u32(line + 4);
    if ((number & GENERATED) !== 0) return undefined;
    const file = this.u32(line);
    return { file: file === 0 ? undefined : this.text(this.#source + file), line: number };
  }
}

/** True for a line that makes code: what comes behind its labels is no directive. */
function isCode(words: readonly string[]): boolean {
  let index = 0;
  while (words[index + 1] === ':') index += 2;
  const word = words[index];
  return word !== undefined && !DATA.test(word) && !DATA.test(words[index + 1] ?? '');
}

/** @throws Error for a file that is no symbol file, has no dump of the code, or is cut off */
export function readFas(bytes: Uint8Array): Fas {
  if (!isFas(bytes)) throw new Error('This is no symbol file of flat assembler.');
  try {
    const reader = new FasReader(bytes);
    const dump = reader.u32(40);
    const size = reader.u32(44);
    if (size < 4) throw new Error('It has no dump of the code: the assembly failed, or flat assembler is too old.');
    const rows: FasRow[] = [];
    const codeAt = new Set<bigint>();
    for (let at = dump; at + ROW_SIZE <= dump + size - 4 + 1; at += ROW_SIZE) {
      const offset = reader.u32(at);
      const line = reader.u32(at + 4);
      const address = reader.i64(at + 8);
      const code = isCode(reader.words(line));
      if (code) codeAt.add(address);
      const length = reader.u32(at + ROW_SIZE) - offset;
      // Bit 0: in a virtual block; bit 1: not in the file.
      if (length <= 0 || (reader.u8(at + 26) & 3) !== 0) continue;
      const places = reader.place(line);
      if (places !== undefined) rows.push({ offset, length, address, ...places, code });
    }
    return {
      source: reader.string(reader.u32(8)),
      length: reader.u32(dump + size - 4),
      rows,
      symbols: readSymbols(reader, codeAt),
    };
  } catch (error) {
    if (error instanceof RangeError) throw new Error('The symbol file is cut off.', { cause: error });
    throw error;
  }
}

function readSymbols(reader: FasReader, codeAt: ReadonlySet<bigint>): FasSymbol[] {
  const symbols: FasSymbol[] = [];
  const table = reader.u32(24);
  const end = table + reader.u32(28);
  for (let at = table; at + SYMBOL_SIZE <= end; at += SYMBOL_SIZE) {
    const flags = reader.u32(at + 8) & 0xffff;
    const nameOffset = reader.u32(at + 24);
    if ((flags & DEFINED) === 0 || (flags & MARKER) !== 0 || nameOffset === 0) continue;
    const name =
      (nameOffset & GENERATED) === 0
        ? reader.counted(nameOffset)
        : reader.string(nameOffset & ~GENERATED & 0x7fff_ffff);
    const value = reader.i64(at);
    const size = reader.u8(at + 10);
    const words = reader.words(reader.u32(at + 28));
    const constant = (flags & VARIABLE) !== 0 || words[1] === '=';
    const kind = constant ? 'constant' : size === 0 && codeAt.has(value) ? 'code' : 'data';
    symbols.push({ name, value, size: constant ? 0 : size, kind });
  }
  return symbols;
}
