/**
 * Fields of DWARF sections, and the folders that compilation units were compiled in. Source: DWARF Debugging Information
 * Format, version 5, sections 7.4 to 7.6 (encodings), 7.5.1 (unit headers), 3.1.1 (attributes of a unit).
 */
import type { ElfReader, Section } from './elf-file';

export interface DwarfSections {
  readonly reader: ElfReader;
  readonly info: Section | undefined;
  readonly abbrev: Section | undefined;
  readonly strings: Section | undefined;
  readonly lineStrings: Section | undefined;
}

/** Attributes of a unit (table 7.5). */
const AT = { stmtList: 0x10, compDir: 0x1b } as const;
/** DW_UT_compile and DW_UT_partial have no more fields in their header. */
const UT_PLAIN = new Set([1, 3]);

/** Forms (table 7.6) of a fixed size, in bytes. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [0x05, 2], [0x06, 4], [0x07, 8], [0x0b, 1], [0x0c, 1], [0x11, 1], [0x12, 2], [0x13, 4], [0x14, 8], [0x19, 0],
  [0x1e, 16], [0x20, 8], [0x21, 0], [0x25, 1], [0x26, 2], [0x27, 3], [0x28, 4], [0x29, 1], [0x2a, 2], [0x2b, 3], [0x2c, 4],
]); // biome-ignore format: a table
const FORM = {
  addr: 0x01, block2: 0x03, block4: 0x04, string: 0x08, block: 0x09, block1: 0x0a, sdata: 0x0d, strp: 0x0e, udata: 0x0f,
  refAddr: 0x10, refUdata: 0x15, indirect: 0x16, secOffset: 0x17, exprloc: 0x18, strx: 0x1a, addrx: 0x1b, strpSup: 0x1d,
  lineStrp: 0x1f, loclistx: 0x22, rnglistx: 0x23,
} as const; // biome-ignore format: a table

/** Reads on from a place in the file. What lies outside of the file is a RangeError. */
export class DwarfCursor {
  /** Bytes of an offset: 4, or 8 in the 64-bit format. */
  #offsetSize = 4;
  addressSize = 4;

  constructor(
    readonly reader: ElfReader,
    public at: number,
  ) {}

  u8(): number {
    const value = this.reader.bytes[this.at++];
    if (value === undefined) throw new RangeError('behind the end of the file');
    return value;
  }

  u16(): number {
    this.at += 2;
    return this.reader.u16(this.at - 2);
  }

  u32(): number {
    this.at += 4;
    return this.reader.u32(this.at - 4);
  }

  skip(bytes: number): void {
    this.at += bytes;
  }

  /** @param size 1, 2, 4 or 8 bytes; others are 0 */
  unsigned(size: number): bigint {
    if (size === 8) {
      this.at += 8;
      return this.reader.u64(this.at - 8);
    }
    if (size === 4) return BigInt(this.u32());
    if (size === 2) return BigInt(this.u16());
    return size === 1 ? BigInt(this.u8()) : 0n;
  }

  /** The length of a unit; what it says about the format holds for the offsets behind it. */
  initialLength(): number {
    const length = this.u32();
    this.#offsetSize = length === 0xffff_ffff ? 8 : 4;
    return this.#offsetSize === 8 ? Number(this.unsigned(8)) : length;
  }

  offset(): number {
    return Number(this.unsigned(this.#offsetSize));
  }

  uleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      if (scale <= 2 ** 49) value += (byte & 0x7f) * scale;
      scale *= 128;
      if ((byte & 0x80) === 0) return value;
    }
  }

  sleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      if (scale <= 2 ** 42) value += (byte & 0x7f) * scale;
      scale *= 128;
      if ((byte & 0x80) !== 0) continue;
      return (byte & 0x40) === 0 ? value : value - scale;
    }
  }

  text(): string {
    const { bytes } = this.reader;
    const end = bytes.indexOf(0, this.at);
    if (end < 0 || this.at >= bytes.length) throw new RangeError('behind the end of the file');
    const text = new TextDecoder().decode(bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  /** A value of a form: a text, a number, or nothing for what is of no use here. @throws Error for an unknown form */
  form(form: number, sections: DwarfSections): string | number | undefined {
    const fixed = FIXED.get(form);
    if (fixed !== undefined) {
      if (fixed <= 8 && fixed !== 0 && fixed !== 3) return Number(this.unsigned(fixed));
      this.skip(fixed);
      return undefined;
    }
    switch (form) {
      case FORM.string:
        return this.text();
      case FORM.strp:
        return this.#stringAt(sections.strings);
      case FORM.lineStrp:
        return this.#stringAt(sections.lineStrings);
      case FORM.secOffset:
      case FORM.refAddr:
      case FORM.strpSup:
        return this.offset();
      case FORM.udata:
      case FORM.refUdata:
      case FORM.strx:
      case FORM.addrx:
      case FORM.loclistx:
      case FORM.rnglistx:
        return this.uleb();
      case FORM.sdata:
        return this.sleb();
      case FORM.addr:
        this.skip(this.addressSize);
        return undefined;
      case FORM.block1:
        return this.#block(this.u8());
      case FORM.block2:
        return this.#block(this.u16());
      case FORM.block4:
        return this.#block(this.u32());
      case FORM.block:
      case FORM.exprloc:
        return this.#block(this.uleb());
      case FORM.indirect: {
        const real = this.uleb();
        if (real === FORM.indirect) throw new Error('The debug information names a form in a circle.');
        return this.form(real, sections);
      }
      default:
        throw new Error(`The debug information has a form that is not known: 0x${form.toString(16)}.`);
    }
  }

  #block(length: number): undefined {
    this.skip(length);
    return undefined;
  }

  #stringAt(section: Section | undefined): string {
    const at = this.offset();
    return section === undefined || at >= section.size ? '' : new DwarfCursor(this.reader, section.offset + at).text();
  }
}

/** Finds the attributes of an abbreviation, as pairs of name and form. */
function abbreviation(sections: DwarfSections, offset: number, code: number): (readonly [number, number])[] {
  const { abbrev, reader } = sections;
  if (abbrev === undefined) return [];
  const cursor = new DwarfCursor(reader, abbrev.offset + offset);
  for (;;) {
    const found = cursor.uleb();
    if (found === 0) return [];
    cursor.uleb();
    cursor.skip(1);
    const attributes: (readonly [number, number])[] = [];
    for (;;) {
      const name = cursor.uleb();
      const form = cursor.uleb();
      // An implicit constant stands in the abbreviation itself.
      if (form === 0x21) cursor.sleb();
      if (name === 0 && form === 0) break;
      attributes.push([name, form]);
    }
    if (found === code) return attributes;
  }
}

/** The folder of each compilation unit, by the offset of its line table. */
export function readCompilationFolders(sections: DwarfSections): ReadonlyMap<number, string> {
  const folders = new Map<number, string>();
  const { info, reader } = sections;
  if (info === undefined) return folders;
  const cursor = new DwarfCursor(reader, info.offset);
  const end = info.offset + info.size;
  while (cursor.at < end) {
    const length = cursor.initialLength();
    const next = cursor.at + length;
    const version = cursor.u16();
    let plain = true;
    let abbrev: number;
    if (version >= 5) {
      plain = UT_PLAIN.has(cursor.u8());
      cursor.addressSize = cursor.u8();
      abbrev = cursor.offset();
    } else {
      abbrev = cursor.offset();
      cursor.addressSize = cursor.u8();
    }
    if (plain && version >= 2 && version <= 5) {
      let list: number | undefined;
      let folder = '';
      for (const [name, form] of abbreviation(sections, abbrev, cursor.uleb())) {
        const value = cursor.form(form, sections);
        if (name === AT.stmtList && typeof value === 'number') list = value;
        if (name === AT.compDir && typeof value === 'string') folder = value;
      }
      if (list !== undefined) folders.set(list, folder);
    }
    cursor.at = next;
  }
  return folders;
}
