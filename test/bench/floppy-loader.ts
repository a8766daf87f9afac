/** Multiboot kernels for emulators that have no loader for them: a floppy with a boot sector that is one. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../../scripts/lib/root';
import { runTool } from '../support/tools';
import { floppyWith, type GuestImage } from './kernels';

const SOURCE = inRoot('test', 'bench', 'kernels', 'runtime', 'floppy-loader.asm');

/** Offsets into an ELF file and into its one program header (System V ABI, chapters 4 and 5). */
const ELF = { entry: 24, programHeaders: 28, fileOffset: 4, physical: 12, fileBytes: 16, memoryBytes: 20 } as const;

/** The image as a floppy, below `folder`; one that is a floppy is that. */
export function floppyOf(image: GuestImage, folder: string): string {
  if (image.kind === 'floppy') return image.path;
  const elf = readFileSync(image.path);
  const header = elf.readUInt32LE(ELF.programHeaders);
  const field = (name: 'fileOffset' | 'physical' | 'fileBytes' | 'memoryBytes') => elf.readUInt32LE(header + ELF[name]);
  const bytes = elf.subarray(field('fileOffset'), field('fileOffset') + field('fileBytes'));
  const told = {
    ADDRESS: field('physical'),
    FILE_BYTES: bytes.length,
    MEMORY_BYTES: field('memoryBytes'),
    ENTRY: elf.readUInt32LE(ELF.entry),
  };
  const floppy = `${image.path}.img`;
  const sector = path.join(folder, 'floppy-loader.bin');
  runTool(
    'nasm',
    ['-f', 'bin', ...Object.entries(told).map(([name, value]) => `-D${name}=${value}`), '-o', sector, SOURCE],
    folder,
  );
  writeFileSync(floppy, floppyWith(readFileSync(sector), bytes));
  return floppy;
}
