/** Finds the image that was built from a source: it lies beside it, or in the usual folder for what is built. */
import type { Assembler } from '../../debug-adapter/protocol/assemblers';
import { isStale } from '../../debug-adapter/protocol/stale';
import { IMAGE_ENDINGS } from './file-kinds';

export interface FileFacts {
  readonly path: string;
  /** Time of the last change in milliseconds since 1970. */
  readonly modified: number;
}

/** Lists the files of a folder; empty where it can't be read. */
export type ListFolder = (folder: string) => Promise<readonly FileFacts[]>;

export interface BuiltImage {
  readonly path: string;
  /** The source was changed after the image was built. */
  readonly stale: boolean;
}

/** Folders, seen from the source's, in which images are looked for: the first that has one wins. */
const FOLDERS = ['', 'build', 'out', 'bin'] as const;

const nameOf = (path: string): string => path.replace(/^.*[/\\]/, '');
const folderOf = (path: string): string => path.replace(/[/\\][^/\\]*$/, '');
const withoutEnding = (name: string): string => name.replace(/\.[^.]*$/, '');

/** `boot.asm` -> `boot.bin`, `boot.img`, `boot.asm.bin`, ...: the newest that is there. */
export async function findBuiltImage(source: FileFacts, list: ListFolder): Promise<BuiltImage | undefined> {
  const name = nameOf(source.path);
  const stems = new Set([withoutEnding(name), name, withoutEnding(withoutEnding(name))]);
  const separator = source.path.includes('\\') ? '\\' : '/';
  for (const folder of FOLDERS) {
    const place = folder === '' ? folderOf(source.path) : `${folderOf(source.path)}${separator}${folder}`;
    const images = (await list(place)).filter(({ path }) => isImageOf(nameOf(path), stems));
    const [newest] = images.toSorted((a, b) => b.modified - a.modified);
    if (newest !== undefined) return { path: newest.path, stale: isStale(newest.modified, source.modified) };
  }
  return undefined;
}

function isImageOf(name: string, stems: ReadonlySet<string>): boolean {
  return stems.has(withoutEnding(name)) && IMAGE_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));
}

/** What a person reads when there is nothing to start. @param assembler what the source is written for, where that is known */
export function noImageMessage(source: string, assembler: Pick<Assembler, 'title' | 'debian'> | undefined): string {
  const name = nameOf(source);
  const stem = withoutEnding(name);
  const cure =
    assembler === undefined
      ? 'Build it first'
      : `Install ${assembler.title} (on Debian or Ubuntu: sudo apt-get install ${assembler.debian}), so that it is assembled at each start, or build it yourself`;
  return (
    `No image was found for ${name}: there is no ${stem}.bin, ${stem}.img or the like beside it ` +
    `or in ${FOLDERS.filter((folder) => folder !== '').join(', ')}. ${cure}, or name the image as "program" in launch.json.`
  );
}
