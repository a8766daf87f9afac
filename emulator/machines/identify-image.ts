/** What a file is, found from its content: how a file without a word about its kind is run. */
import { ELF_MAGIC } from '../loaders/elf-format';
import { identifyProgram, type ProgramIdentity } from '../loaders/identify';
import { MULTIBOOT_SEARCH_BYTES } from '../loaders/multiboot-header';
import { type BlockSource, head } from '../storage/block-source';
import { hasBootSignature } from '../storage/disk-geometry';
import { identifyMedium, type MediumIdentity } from '../storage/identify';

export type ImageIdentity = ProgramIdentity | MediumIdentity;

/**
 * What an image is; reads little of it. A boot sector comes first: behind it a boot loader's own program may hold a
 * Multiboot header, as GRUB's does.
 * @throws Error when the host cannot read it.
 */
export function identifyImage(source: BlockSource): ImageIdentity {
  const start = head(source, MULTIBOOT_SEARCH_BYTES);
  const isElf = ELF_MAGIC.every((byte, i) => start[i] === byte);
  if (hasBootSignature(start) && !isElf) return identifyMedium(source);
  return identifyProgram(start) ?? identifyMedium(source);
}

/** The same for a file that is said to be a program. */
export function identifyKernel(source: BlockSource): ImageIdentity {
  return identifyProgram(head(source, MULTIBOOT_SEARCH_BYTES)) ?? identifyMedium(source);
}
