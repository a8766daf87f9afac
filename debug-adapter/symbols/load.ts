/** Finds and reads the symbols of a program. */
import type { FileAccess } from './files';
import { type ImageInfo, NO_SYMBOLS, type ProgramSymbols } from './program-symbols';

/** Files that the person named. */
export interface SymbolChoices {
  readonly listing?: string | undefined;
  readonly symbols?: string | undefined;
}

export async function loadSymbols(
  _files: FileAccess,
  _images: readonly ImageInfo[],
  _choices: SymbolChoices,
): Promise<ProgramSymbols> {
  return NO_SYMBOLS;
}
