/** What a file is, found from its content: how a file without a word about its kind is run. */
import { identifyProgram, type ProgramIdentity } from '../loaders/identify';
import { MULTIBOOT_SEARCH_BYTES } from '../loaders/multiboot-header';
import { type BlockSource, head } from '../storage/block-source';
import { identifyMedium, type MediumIdentity } from '../storage/identify';

export type ImageIdentity = ProgramIdentity | MediumIdentity;

/**
 * What an image is; reads little of it.
 * @throws Error when the host cannot read it.
 */
export function identifyImage(source: BlockSource): ImageIdentity {
  return identifyProgram(head(source, MULTIBOOT_SEARCH_BYTES)) ?? identifyMedium(source);
}
