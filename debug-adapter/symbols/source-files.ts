/** Finds the source files that a listing was made from, by name and by their text. */
import { decodeText, type FileAccess } from './files';
import type { Listing } from './listing';
import { endingOf, folderOf, nameOf, resolvePath, stemOf } from './paths';

export interface FoundSource {
  readonly path: string;
  /** In milliseconds since 1970. */
  readonly modified: number;
  /** First line whose text is not the listing's. */
  readonly changedLine: number | undefined;
}

const ENDINGS = new Set(['.asm', '.s', '.nasm', '.inc', '.mac']);
/** Largest source file that is compared, in bytes. */
const LARGEST = 4 << 20;
/** Part of the lines that must agree for a file that only its text names. */
const SIMILAR = 0.9;

interface Comparison {
  readonly same: number;
  readonly total: number;
  readonly firstDifferent: number | undefined;
}

function compareText(lines: readonly string[], texts: ReadonlyMap<number, string>): Comparison {
  let same = 0;
  let firstDifferent: number | undefined;
  for (const [line, text] of texts) {
    if ((lines[line - 1] ?? '').trimEnd() === text.trimEnd()) same++;
    else if (firstDifferent === undefined || line < firstDifferent) firstDifferent = line;
  }
  return { same, total: texts.size, firstDifferent };
}

/** Reads and compares one candidate. */
async function examine(
  files: FileAccess,
  path: string,
  texts: ReadonlyMap<number, string>,
): Promise<{ readonly found: FoundSource; readonly similarity: number } | undefined> {
  const stat = await files.stat(path);
  if (stat === undefined || stat.size > LARGEST) return undefined;
  const bytes = await files.read(path);
  if (bytes === undefined) return undefined;
  const compared = compareText(decodeText(bytes).split(/\r?\n/), texts);
  return {
    found: { path, modified: stat.modified, changedLine: compared.firstDifferent },
    similarity: compared.total === 0 ? 1 : compared.same / compared.total,
  };
}

async function best(
  files: FileAccess,
  candidates: readonly string[],
  texts: ReadonlyMap<number, string>,
  least: number,
): Promise<FoundSource | undefined> {
  let chosen: FoundSource | undefined;
  let similarity = least;
  for (const path of new Set(candidates)) {
    const examined = await examine(files, path, texts);
    if (
      examined === undefined ||
      (chosen === undefined ? examined.similarity < least : examined.similarity <= similarity)
    )
      continue;
    ({ found: chosen, similarity } = examined);
  }
  return chosen;
}

/**
 * The files of a listing by the name that it has for them (nothing for the main file).
 * @param hint the main file as a map names it
 */
export async function findSources(
  files: FileAccess,
  listing: Listing,
  listingPath: string,
  imagePath: string,
  hint: string | undefined,
): Promise<ReadonlyMap<string | undefined, FoundSource>> {
  const found = new Map<string | undefined, FoundSource>();
  const folders = [...new Set([folderOf(listingPath), folderOf(imagePath)])];
  // A build folder beside or below the sources is common.
  const near = [
    ...folders,
    ...folders.map((folder) => resolvePath(folder, '..')),
    ...folders.map((folder) => resolvePath(folder, '../src')),
  ];
  const names = new Map<string, readonly string[]>();
  for (const folder of new Set(near)) names.set(folder, await files.list(folder));
  const texts = listing.texts.get(undefined) ?? new Map<number, string>();
  const stems = new Set([stemOf(listingPath), stemOf(imagePath), stemOf(stemOf(listingPath))]);
  const inFolders = (wanted: (name: string) => boolean): string[] => {
    const paths: string[] = [];
    for (const [folder, list] of names)
      for (const name of list) if (wanted(name)) paths.push(resolvePath(folder, name));
    return paths;
  };
  const isSource = (name: string): boolean => ENDINGS.has(endingOf(name));
  const named = [
    ...(hint === undefined ? [] : near.map((folder) => resolvePath(folder, hint))),
    ...inFolders(
      (name) => isSource(name) && (stems.has(stemOf(name)) || name.toLowerCase() === nameOf(listingPath).toLowerCase()),
    ),
  ];
  // A file of the right name is the source even when it has been changed much since.
  const main = (await best(files, named, texts, 0.3)) ?? (await best(files, inFolders(isSource), texts, SIMILAR));
  if (main !== undefined) found.set(undefined, main);
  for (const include of listing.includes) {
    const own = main === undefined ? near : [folderOf(main.path), ...near];
    const candidates = own.map((folder) => resolvePath(folder, include));
    const source = await best(files, candidates, listing.texts.get(include) ?? new Map<number, string>(), 0);
    if (source !== undefined) found.set(include, source);
  }
  return found;
}

/** The file that debug information names by its path: there, or of that name in one of the folders. */
export async function findNamed(
  files: FileAccess,
  path: string,
  folders: readonly string[],
): Promise<FoundSource | undefined> {
  const candidates = folders.flatMap((folder) => [resolvePath(folder, path), resolvePath(folder, nameOf(path))]);
  return best(files, candidates, new Map<number, string>(), 0);
}
