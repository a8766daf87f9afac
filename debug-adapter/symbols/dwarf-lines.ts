/**
 * Reads the line tables of ELF files: DWARF 2 to 5, section `.debug_line`. Source: DWARF Debugging Information Format,
 * version 5, section 6.2; version 4, section 6.2, for the header before.
 */
import { isElf, ElfReader, readSections, type Section, SHF } from './elf-file';
import { DwarfCursor, readCompilationFolders, type DwarfSections } from './dwarf-units';
import { resolvePath } from './paths';

/** Addresses of one source line. */
export interface DwarfRow {
  readonly start: bigint;
  /** First address behind it. */
  readonly end: bigint;
  /** As the compiler wrote it, joined to the folder that it ran in. */
  readonly file: string;
  readonly line: number;
}

/** Standard opcodes (table 7.25) and extended ones (7.26), content types of an entry (7.27). */
const LNS = { copy: 1, advancePc: 2, advanceLine: 3, setFile: 4, constAddPc: 8, fixedAdvancePc: 9 } as const;
const LNE = { endSequence: 1, setAddress: 2, defineFile: 3 } as const;
const LNCT = { path: 1, directoryIndex: 2 } as const;

interface FileEntry {
  readonly path: string;
  readonly folder: number;
}

interface Header {
  readonly end: number;
  readonly program: number;
  readonly minimumLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operands: readonly number[];
  readonly version: number;
  readonly folders: readonly string[];
  readonly files: FileEntry[];
}

/** The entries of a table of version 5: each field with its form. */
function readEntries(cursor: DwarfCursor, sections: DwarfSections): FileEntry[] {
  const formats: { type: number; form: number }[] = [];
  const fields = cursor.u8();
  for (let index = 0; index < fields; index++) formats.push({ type: cursor.uleb(), form: cursor.uleb() });
  const entries: FileEntry[] = [];
  const count = formats.length === 0 ? 0 : cursor.uleb();
  if (formats.length === 0) cursor.uleb();
  for (let index = 0; index < count; index++) {
    let path = '';
    let folder = 0;
    for (const { type, form } of formats) {
      const value = cursor.form(form, sections);
      if (type === LNCT.path && typeof value === 'string') path = value;
      if (type === LNCT.directoryIndex && typeof value === 'number') folder = value;
    }
    entries.push({ path, folder });
  }
  return entries;
}

function readHeader(cursor: DwarfCursor, sections: DwarfSections): Header {
  const length = cursor.initialLength();
  const end = cursor.at + length;
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new Error(`Line tables of DWARF ${version} are not known.`);
  if (version >= 5) cursor.skip(2);
  const headerLength = cursor.offset();
  const program = cursor.at + headerLength;
  const minimumLength = cursor.u8();
  // Instructions of one word may hold several operations; none of our processors is one of these.
  if (version >= 4) cursor.skip(1);
  cursor.skip(1);
  const lineBase = (cursor.u8() << 24) >> 24;
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  const operands = Array.from({ length: Math.max(0, opcodeBase - 1) }, () => cursor.u8());
  const base = { end, program, minimumLength, lineBase, lineRange, opcodeBase, operands, version };
  if (version >= 5) {
    const folders = readEntries(cursor, sections).map(({ path }) => path);
    return { ...base, folders, files: readEntries(cursor, sections) };
  }
  const folders = [''];
  for (let text = cursor.text(); text !== ''; text = cursor.text()) folders.push(text);
  // The first file of these versions has the number 1.
  const files: FileEntry[] = [{ path: '', folder: 0 }];
  for (let path = cursor.text(); path !== ''; path = cursor.text()) {
    files.push({ path, folder: cursor.uleb() });
    cursor.uleb();
    cursor.uleb();
  }
  return { ...base, folders, files };
}

class LineProgram {
  readonly #paths = new Map<number, string | undefined>();

  constructor(
    readonly header: Header,
    readonly cursor: DwarfCursor,
    readonly folder: string,
    readonly rows: DwarfRow[],
    readonly loaded: (address: bigint) => boolean,
  ) {}

  #path(index: number): string | undefined {
    if (this.#paths.has(index)) return this.#paths.get(index);
    const { files, folders } = this.header;
    const entry = files[index];
    const path =
      entry === undefined || entry.path === ''
        ? undefined
        : resolvePath(resolvePath(this.folder === '' ? '.' : this.folder, folders[entry.folder] ?? ''), entry.path);
    this.#paths.set(index, path);
    return path;
  }

  run(): void {
    const { header, cursor } = this;
    cursor.at = header.program;
    let address = 0n;
    let file = 1;
    let line = 1;
    let open: { readonly address: bigint; readonly file: number; readonly line: number } | undefined;
    const emit = (): void => {
      this.#row(open, address);
      open = { address, file, line };
    };
    while (cursor.at < header.end) {
      const opcode = cursor.u8();
      if (opcode >= header.opcodeBase) {
        const adjusted = opcode - header.opcodeBase;
        if (header.lineRange === 0) throw new Error('The line table is broken: its line range is 0.');
        address += BigInt(Math.floor(adjusted / header.lineRange) * header.minimumLength);
        line += header.lineBase + (adjusted % header.lineRange);
        emit();
      } else if (opcode === 0) {
        const length = cursor.uleb();
        const next = cursor.at + length;
        const extended = length === 0 ? 0 : cursor.u8();
        if (extended === LNE.endSequence) {
          this.#row(open, address);
          [address, file, line, open] = [0n, 1, 1, undefined];
        } else if (extended === LNE.setAddress) address = cursor.unsigned(length - 1);
        else if (extended === LNE.defineFile) header.files.push({ path: cursor.text(), folder: cursor.uleb() });
        cursor.at = next;
      } else if (opcode === LNS.copy) emit();
      else if (opcode === LNS.advancePc) address += BigInt(cursor.uleb() * header.minimumLength);
      else if (opcode === LNS.advanceLine) line += cursor.sleb();
      else if (opcode === LNS.setFile) file = cursor.uleb();
      else if (opcode === LNS.constAddPc) {
        if (header.lineRange === 0) throw new Error('The line table is broken: its line range is 0.');
        address += BigInt(Math.floor((255 - header.opcodeBase) / header.lineRange) * header.minimumLength);
      } else if (opcode === LNS.fixedAdvancePc) address += BigInt(cursor.u16());
      else for (let left = header.operands[opcode - 1] ?? 0; left > 0; left--) cursor.uleb();
    }
  }

  #row(
    open: { readonly address: bigint; readonly file: number; readonly line: number } | undefined,
    end: bigint,
  ): void {
    if (open === undefined || end <= open.address || open.line <= 0 || !this.loaded(open.address)) return;
    const file = this.#path(open.file);
    if (file !== undefined) this.rows.push({ start: open.address, end, file, line: open.line });
  }
}

/**
 * The lines of the code that is loaded; empty for a file without line tables.
 * @throws Error for a file that is no ELF file, is cut off, or has line tables that are not understood
 */
export function readDwarfLines(bytes: Uint8Array): DwarfRow[] {
  if (!isElf(bytes)) throw new Error('This is no ELF file.');
  try {
    const reader = new ElfReader(bytes);
    const headers = readSections(reader);
    const named = (name: string): Section | undefined => headers.find((section) => section.name === name);
    const lines = named('.debug_line');
    if (lines === undefined) return [];
    const code = headers.filter(({ flags }) => (flags & SHF.alloc) !== 0n && (flags & SHF.execute) !== 0n);
    // What the linker dropped keeps its lines, at addresses where nothing is.
    const loaded = (address: bigint): boolean =>
      code.some((section) => address >= section.address && address < section.address + BigInt(section.size));
    const sections: DwarfSections = {
      reader,
      info: named('.debug_info'),
      abbrev: named('.debug_abbrev'),
      strings: named('.debug_str'),
      lineStrings: named('.debug_line_str'),
    };
    const folders = readCompilationFolders(sections);
    const rows: DwarfRow[] = [];
    const cursor = new DwarfCursor(reader, lines.offset);
    const end = lines.offset + lines.size;
    while (cursor.at < end) {
      const unit = cursor.at - lines.offset;
      const header = readHeader(cursor, sections);
      new LineProgram(header, cursor, folders.get(unit) ?? header.folders[0] ?? '', rows, loaded).run();
      cursor.at = header.end;
    }
    return rows;
  } catch (error) {
    if (error instanceof RangeError) throw new Error('The ELF file is cut off.', { cause: error });
    throw error;
  }
}
