/** Reads the symbol tables of ELF files (System V ABI, chapter 4). */
import { ElfReader, isElf, readSections, type Section, SHF } from './elf-file';
import type { ProgramSymbol } from './symbol-table';

const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;
const SHN_ABS = 0xfff1;
const STT = { notype: 0, object: 1, func: 2, section: 3, file: 4 } as const;

/**
 * The symbols that name addresses or constants.
 * @throws Error for a file that is no ELF file or is cut off
 */
export function readElfSymbols(bytes: Uint8Array): ProgramSymbol[] {
  if (!isElf(bytes)) throw new Error('This is no ELF file.');
  try {
    const reader = new ElfReader(bytes);
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
  reader: ElfReader,
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
  const executable = ((sections[index]?.flags ?? 0n) & SHF.execute) !== 0n;
  const kind =
    index === SHN_ABS ? 'constant' : type === STT.func || (type === STT.notype && executable) ? 'code' : 'data';
  return { name, address, size, kind };
}
