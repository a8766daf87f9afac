/** The sections of `stepback inspect`, by what the image is. */
import { identifyImage, type ImageIdentity } from '../../../emulator/machines/identify-image';
import type { BlockSource } from '../../../emulator/storage/block-source';
import { bootSector } from './boot-sector';
import { cdVolume, driveRow, fatSection, guidPartitions, partitions } from './media';
import { programSections } from './programs';
import type { Section } from './report';

/** All that is told of an image. Damaged ones have problems; what is too damaged to be told throws an Error with a sentence. */
export async function sectionsOf(name: string, source: BlockSource): Promise<readonly Section[]> {
  const identity = identifyImage(source);
  const { kind } = identity;
  const file = fileSection(name, source, identity);
  if (kind === 'elf' || kind === 'multiboot') return [file, ...programSections(source, kind)];
  const cd = cdVolume(source);
  if (kind === 'unsupported') return [file, ...(cd === undefined ? [] : [cd])];
  const sections = [await bootSector(source, kind), fatSection(source), partitions(source), guidPartitions(source), cd];
  return [file, ...sections.filter((section) => section !== undefined)];
}

function fileSection(name: string, source: BlockSource, identity: ImageIdentity): Section {
  return {
    title: name,
    rows: [
      ['length', `${source.length.toLocaleString('en')} bytes`],
      ['kind', identity.kind],
      ['because', identity.why],
      ...driveRow(source, identity.kind),
    ],
  };
}
