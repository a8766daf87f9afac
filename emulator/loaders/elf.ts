/** 32-bit ELF programs for i386. Source: System V ABI, chapters 4 and 5. */
import type { GuestMemory } from '../memory/guest-memory';
import * as F from './elf-format';
import { clearMemory, hex, requireRam } from './place';

/** A part of the file that is loaded. */
export interface ElfSegment {
  readonly fileOffset: number;
  readonly fileBytes: number;
  /** Bytes in memory: what the file does not fill is zero. */
  readonly memoryBytes: number;
  readonly virtual: number;
  readonly physical: number;
}

export interface ElfProgram {
  /** As the file has it: a virtual address. */
  readonly entry: number;
  /** Where that lies physically, by the segment that holds it. */
  readonly physicalEntry: number;
  readonly segments: readonly ElfSegment[];
}

const MAX_ADDRESS = 0x1_0000_0000;

function checkHeader(bytes: Uint8Array, view: DataView): void {
  if (bytes.length < F.ELF_HEADER_BYTES) {
    throw new Error(`The ELF file is cut off: ${bytes.length} bytes do not hold its header of ${F.ELF_HEADER_BYTES}.`);
  }
  if (!F.ELF_MAGIC.every((byte, i) => bytes[i] === byte))
    throw new Error('This is no ELF file: its first bytes are not 7Fh "ELF".');
  if (bytes[F.EI_CLASS] !== F.ELFCLASS32 || bytes[F.EI_DATA] !== F.ELFDATA2LSB) {
    throw new Error('Only 32-bit little-endian ELF files can be loaded; link with -m elf_i386.');
  }
  const machine = view.getUint16(F.E_MACHINE, true);
  if (machine !== F.EM_386)
    throw new Error(`The ELF file is for machine ${machine}; only ${F.EM_386} (i386) can be loaded.`);
  const type = view.getUint16(F.E_TYPE, true);
  if (type !== F.ET_EXEC && type !== F.ET_DYN) {
    throw new Error(`The ELF file is of type ${type}, not an executable: link it first.`);
  }
}

function segmentAt(bytes: Uint8Array, view: DataView, at: number, index: number): ElfSegment | undefined {
  if (view.getUint32(at + F.P_TYPE, true) !== F.PT_LOAD) return undefined;
  const segment: ElfSegment = {
    fileOffset: view.getUint32(at + F.P_OFFSET, true),
    fileBytes: view.getUint32(at + F.P_FILESZ, true),
    memoryBytes: view.getUint32(at + F.P_MEMSZ, true),
    virtual: view.getUint32(at + F.P_VADDR, true),
    physical: view.getUint32(at + F.P_PADDR, true),
  };
  const name = `Segment ${index} of the ELF file`;
  if (segment.fileOffset + segment.fileBytes > bytes.length) {
    throw new Error(
      `${name} lies at ${hex(segment.fileOffset)}, ${segment.fileBytes} bytes, beyond the file's end at ${hex(bytes.length)}: the file is cut off.`,
    );
  }
  if (segment.memoryBytes < segment.fileBytes) {
    throw new Error(
      `${name} is larger in the file (${segment.fileBytes} bytes) than in memory (${segment.memoryBytes}).`,
    );
  }
  if (segment.physical + segment.memoryBytes > MAX_ADDRESS) {
    throw new Error(`${name} goes from ${hex(segment.physical)} beyond 4 GiB: ${segment.memoryBytes} bytes.`);
  }
  return segment.memoryBytes === 0 ? undefined : segment;
}

/** Segments that lie apart can't ask for more memory together than there is. */
function refuseOverlaps(segments: readonly ElfSegment[]): void {
  const sorted = segments.toSorted((a, b) => a.physical - b.physical);
  sorted.forEach((segment, i) => {
    const before = sorted[i - 1];
    if (before !== undefined && before.physical + before.memoryBytes > segment.physical) {
      throw new Error(
        `Two segments of the ELF file overlap at ${hex(segment.physical)} (physical): look at the load addresses in the linker script.`,
      );
    }
  });
}

/**
 * Reads the headers of an ELF program; touches no memory.
 * @throws Error that says what is wrong and where
 */
export function parseElf(bytes: Uint8Array): ElfProgram {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  checkHeader(bytes, view);
  const table = view.getUint32(F.E_PHOFF, true);
  const entryBytes = view.getUint16(F.E_PHENTSIZE, true);
  const count = view.getUint16(F.E_PHNUM, true);
  if (count === 0) throw new Error('The ELF file has no program headers: there is nothing to load.');
  if (entryBytes < F.PROGRAM_HEADER_BYTES) {
    throw new Error(
      `The program headers of the ELF file have ${entryBytes} bytes instead of ${F.PROGRAM_HEADER_BYTES}.`,
    );
  }
  if (table + count * entryBytes > bytes.length) {
    throw new Error(
      `The ${count} program headers of the ELF file at ${hex(table)} lie beyond the file's end at ${hex(bytes.length)}.`,
    );
  }
  const segments: ElfSegment[] = [];
  for (let i = 0; i < count; i++) {
    const segment = segmentAt(bytes, view, table + i * entryBytes, i);
    if (segment !== undefined) segments.push(segment);
  }
  if (segments.length === 0) throw new Error('The ELF file has no segment to load.');
  refuseOverlaps(segments);
  const entry = view.getUint32(F.E_ENTRY, true);
  const home = segments.find((s) => entry >= s.virtual && entry - s.virtual < s.memoryBytes);
  if (home === undefined)
    throw new Error(`The entry point ${hex(entry)} of the ELF file lies in none of its segments.`);
  return { entry, physicalEntry: entry - home.virtual + home.physical, segments };
}

/**
 * Loads an ELF program to the physical addresses of its segments, all of them or none.
 * @throws Error when it is damaged or does not fit
 */
export function loadElf(memory: GuestMemory, bytes: Uint8Array): ElfProgram {
  const program = parseElf(bytes);
  program.segments.forEach(({ physical, memoryBytes }, i) =>
    requireRam(memory, { base: physical, length: memoryBytes }, `Segment ${i} of the ELF file`),
  );
  for (const { fileOffset, fileBytes, memoryBytes, physical } of program.segments) {
    memory.load(physical, bytes.subarray(fileOffset, fileOffset + fileBytes));
    clearMemory(memory, { base: physical + fileBytes, length: memoryBytes - fileBytes });
  }
  return program;
}
