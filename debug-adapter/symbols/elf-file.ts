/** Reads ELF files as such, 32 and 64 bits, both byte orders: fields and section headers (System V ABI, chapter 4). */

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const CLASS_64 = 2;
const DATA_BIG = 2;
/** Flags of a section (SHF_ALLOC, SHF_EXECINSTR). */
export const SHF = { alloc: 2n, execute: 4n } as const;

/** A section's header (System V ABI, figure 4-8). */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  /** In memory; 0 where it is not loaded. */
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

/** Reads fields of the file's byte order; what lies outside of the file is an error. */
export class ElfReader {
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

  /** A text that ends with a zero byte. */
  text(at: number): string {
    const end = this.bytes.indexOf(0, at);
    return end < 0 ? '' : String.fromCharCode(...this.bytes.subarray(at, Math.min(end, at + 1024)));
  }
}

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 52 && MAGIC.every((byte, index) => bytes[index] === byte);
}

/** @throws RangeError for a file that is cut off */
export function readSections(reader: ElfReader): Section[] {
  const { wide } = reader;
  const table = Number(reader.word(wide ? 0x28 : 0x20));
  const entry = reader.u16(wide ? 0x3a : 0x2e);
  const count = table === 0 ? 0 : reader.u16(wide ? 0x3c : 0x30);
  const sections: { header: Omit<Section, 'name'>; name: number }[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * entry;
    const name = reader.u32(at);
    const header = {
      type: reader.u32(at + 4),
      flags: reader.word(at + 8),
      address: reader.word(at + (wide ? 0x10 : 0xc)),
      offset: Number(reader.word(at + (wide ? 0x18 : 0x10))),
      size: Number(reader.word(at + (wide ? 0x20 : 0x14))),
      link: reader.u32(at + (wide ? 0x28 : 0x18)),
      entrySize: Number(reader.word(at + (wide ? 0x38 : 0x24))),
    };
    sections.push({ header, name });
  }
  const names = sections[reader.u16(wide ? 0x3e : 0x32)]?.header.offset;
  return sections.map(({ header, name }) => ({
    ...header,
    name: names === undefined ? '' : reader.text(names + name),
  }));
}
