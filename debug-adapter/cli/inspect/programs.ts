/** Programs that say themselves where they go: ELF files and Multiboot kernels. */
import { type ElfProgram, parseElf } from '../../../emulator/loaders/elf';
import { ELF_MAGIC } from '../../../emulator/loaders/elf-format';
import { findMultibootHeader, HEADER_FLAGS, type MultibootHeader } from '../../../emulator/loaders/multiboot-header';
import type { BlockSource } from '../../../emulator/storage/block-source';
import { hex } from '../values';
import type { Row, Section } from './report';

/** More of a program is not read. */
const MOST_BYTES = 256 * 1024 * 1024;

const address = (value: number): string => `${hex(value, 8)}h`;

function elfSection({ entry, physicalEntry, segments }: ElfProgram): Section {
  return {
    title: 'ELF program for i386',
    rows: [['entry', `${address(entry)}${entry === physicalEntry ? '' : `, physically ${address(physicalEntry)}`}`]],
    table: {
      columns: ['#', 'in the file', 'physical', 'virtual', 'file bytes', 'memory bytes'],
      rows: segments.map((s, i) => [
        `${i}`,
        `${hex(s.fileOffset)}h`,
        address(s.physical),
        address(s.virtual),
        s.fileBytes.toLocaleString('en'),
        s.memoryBytes.toLocaleString('en'),
      ]),
    },
  };
}

function multibootSection({ offset, flags, addresses, unknownRequirements }: MultibootHeader): Section {
  const wants = [
    ...((flags & HEADER_FLAGS.pageAlign) === 0 ? [] : ['modules at page boundaries']),
    ...((flags & HEADER_FLAGS.memoryInfo) === 0 ? [] : ['the memory map']),
    ...((flags & HEADER_FLAGS.videoMode) === 0 ? [] : ['a video mode']),
  ];
  const rows: Row[] = [
    ['header', `at offset ${hex(offset)}h`],
    ['asks for', wants.length === 0 ? 'nothing' : wants.join(', ')],
  ];
  if (addresses !== undefined) {
    const { load, loadEnd, bssEnd, entry } = addresses;
    rows.push(
      ['loaded', `${address(load)} to ${loadEnd === 0 ? 'the end of the file' : address(loadEnd)}`],
      ['zeros', bssEnd === 0 ? 'none' : `to ${address(bssEnd)}`],
      ['entry', address(entry)],
    );
  }
  const problems =
    unknownRequirements === 0
      ? []
      : [`It demands what no loader of Multiboot 1 knows: flags ${hex(unknownRequirements)}h.`];
  return { title: 'Multiboot 1 header', rows, problems };
}

/** @throws Error when the program is damaged */
export function programSections(source: BlockSource, kind: 'elf' | 'multiboot'): readonly Section[] {
  const file = source.read(0, Math.min(source.length, MOST_BYTES));
  const isElf = ELF_MAGIC.every((byte, i) => file[i] === byte);
  const header = findMultibootHeader(file);
  return [
    ...(isElf ? [elfSection(parseElf(file))] : []),
    ...(kind === 'multiboot' && header !== undefined ? [multibootSection(header)] : []),
  ];
}
