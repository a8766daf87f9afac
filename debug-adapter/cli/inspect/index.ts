/** `stepback inspect`: what an image is, what makes it that, and what stands in the way of running it. */
import type { Command } from 'commander';
import { identifyImage, type ImageIdentity } from '../../../emulator/machines/identify-image';
import type { BlockSource } from '../../../emulator/storage/block-source';
import { FileSource } from '../../host/file-source';
import { Console } from '../channels';
import { asked, built } from '../exit-codes';
import { addImage } from '../options';
import { bootSector } from './boot-sector';
import { cdVolume, driveRow, guidPartitions, partitions, fatSection } from './media';
import { programSections } from './programs';
import { json, type Section, textLines } from './report';

const EXAMPLES = `
Examples:
  stepback inspect boot.img          a boot sector or floppy: signature, FAT, what its code is written for
  stepback inspect disk.img          partitions, with what is odd about them
  stepback inspect kernel.elf        segments, entry point, Multiboot header
  stepback inspect disk.img --json   the same for a script`;

export function addInspect(program: Command): void {
  const command = program.command('inspect').description('Says what an image is and why, without running it.');
  addImage(command, true)
    .option('--json', 'Prints JSON.')
    .addHelpText('after', EXAMPLES)
    .action((image: string, given: { readonly json?: boolean }) => inspect(image, given.json === true));
}

async function inspect(image: string, asJson: boolean): Promise<void> {
  const source = asked(() => new FileSource(image));
  try {
    const sections = await built(sectionsOf(image, source));
    const console = new Console();
    for (const line of asJson ? [json(sections)] : textLines(sections)) console.line(line);
    await console.drain();
  } finally {
    source.close();
  }
}

async function sectionsOf(name: string, source: BlockSource): Promise<readonly Section[]> {
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
