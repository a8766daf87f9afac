/** Which files Stepback takes for images, and which for assembler sources: by their endings, in small letters, with the dot. */

/** Images that can be started as they are. What is in them is found from their content. */
export const IMAGE_ENDINGS = [
  '.img',
  '.bin',
  '.ima',
  '.flp',
  '.vfd',
  '.dsk',
  '.hdd',
  '.raw',
  '.mbr',
  '.com',
  '.elf',
] as const;

/** Sources and listings whose built image lies beside them. */
export const SOURCE_ENDINGS = ['.asm', '.nasm', '.inc', '.s', '.lst'] as const;

/** Endings as the inside of a regular expression for `resourceExtname`, which compares without letter case. */
export const endingsPattern = (endings: readonly string[]): string =>
  `/^(${endings.map((ending) => `\\${ending}`).join('|')})$/i`;

const hasEnding = (path: string, endings: readonly string[]): boolean =>
  endings.some((ending) => path.toLowerCase().endsWith(ending));

export const isImagePath = (path: string): boolean => hasEnding(path, IMAGE_ENDINGS);
export const isSourcePath = (path: string): boolean => hasEnding(path, SOURCE_ENDINGS);
