/** Reads the symbol tables of ELF files, 32 and 64 bits, both byte orders (System V ABI, chapters 4 and 5). */
import type { ProgramSymbol } from './symbol-table';

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const CLASS_64 = 2;
const DATA_BIG = 2;
const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;
const SHN_ABS = 0xfff1;
const STT = { notype: 0, object: 1, func: 2, section: 3, file: 4 } as const;
const SHF_EXECINSTR = 4n;

interface Section {
  readonly type: number;
  readonly flags: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

/** Reads fields of the file's byte order; what lies outside of the file is an error. */
class Reader {
  readonly #view: DataView;
  readonly wide: boolean;
  readonly #little: boolean;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.wide = bytes[4] === CLASS_64;
    this.#little = bytes[5] !== DATA_BIG;
  }

  u16(at: number): number {
    return this.#view.getUint16(at, this.#little);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }

  u64(at: number): bigint {
    return this.#view.getBigUint64(at, this.#little);
  }

  /** An address or size: 4 or 8 bytes. */
  word(at: number): bigint {
    return this.wide ? this.u64(at) : BigInt(this.u32(at));
  }

  text(at: number): string {
    const end = this.bytes.indexOf(0, at);
    return end < 0 ? '' : String.fromCharCode(...this.bytes.subarray(at, Math.min(end, at + 1024)));
  }
}

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 52 && MAGIC.every((byte, index) => bytes[index] === byte);
}

function readSections(reader: Reader): Section[] {
  const { wide } = reader;
  const table = Number(reader.word(wide ? 0x28 : 0x20));
  const entry = reader.u16(wide ? 0x3a : 0x2e);
  const count = table === 0 ? 0 : reader.u16(wide ? 0x3c : 0x30);
  const sections: Section[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * entry;
    sections.push({
      type: reader.u32(at + 4),
      flags: reader.word(at + 8),
      offset: Number(reader.word(at + (wide ? 0x18 : 0x10))),
      size: Number(reader.word(at + (wide ? 0x20 : 0x14))),
      link: reader.u32(at + (wide ? 0x28 : 0x18)),
      entrySize: Number(reader.word(at + (wide ? 0x38 : 0x24))),
    });
  }
  return sections;
}

/**
 * The symbols that name addresses or constants.
 * @throws Error for a file that is no ELF file or is cut off
 */
export function readElfSymbols(bytes: Uint8Array): ProgramSymbol[] {
  if (!isElf(bytes)) throw new Error('This is no ELF file.');
  try {
    const reader = new Reader(bytes);
    const sections = readSections(reader);
    const table =
      sections.find((section) => section.type === SHT_SYMTAB) ??
      sections.find((section) => section.type === SHT_DYNSYM);
    const names = sections[table?.link ?? -1];
    if (table === undefined || names === undefined || table.entrySize === 0) return [];
    const symbols: ProgramSymbol[] = [];
    for (let at = table.offset; at + table.entrySize <= table.offset + table.size; at += table.entrySize) {
      const symbol = readSymbol(reader, at, names.offset, sections);
      if (symbol !== undefined) symbols.push(symbol);
    }
    return symbols;
  } catch (error) {
    if (error instanceof RangeError) throw new Error('The ELF file is cut off.', { cause: error });
    throw error;
  }
}

function readSymbol(
  reader: Reader,
  at: number,
  names: number,
  sections: readonly Section[],
): ProgramSymbol | undefined {
  const { wide } = reader;
  const name = reader.text(names + reader.u32(at));
  const info = reader.bytes[at + (wide ? 4 : 12)] ?? 0;
  const index = reader.u16(at + (wide ? 6 : 14));
  const type = info & 0xf;
  if (name === '' || index === SHN_UNDEF || type === STT.section || type === STT.file) return undefined;
  const address = reader.word(at + (wide ? 8 : 4));
  const size = Number(reader.word(at + (wide ? 16 : 8)));
  const executable = ((sections[index]?.flags ?? 0n) & SHF_EXECINSTR) !== 0n;
  const kind =
    index === SHN_ABS ? 'constant' : type === STT.func || (type === STT.notype && executable) ? 'code' : 'data';
  return { name, address, size, kind };
}
