/** `stepback inspect`: what an image is, what makes it that, and what stands in the way of running it. */
import type { Command } from 'commander';
import { FileSource } from '../../host/file-source';
import { Console } from '../channels';
import { asked, built } from '../exit-codes';
import { addImage } from '../options';
import { json, textLines } from './report';
import { sectionsOf } from './sections';

const EXAMPLES = `
Examples:
  stepback inspect boot.img          a boot sector or floppy: signature, FAT, what its code is written for
  stepback inspect disk.img          partitions, with what is odd about them
  stepback inspect kernel.elf        segments, entry point, Multiboot header
  stepback inspect disk.img --json   the same for a script`;

export function defineInspect(command: Command): void {
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
