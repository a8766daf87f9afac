import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

const ENDINGS = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : [''];

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Absolute path of a program on PATH (or of a path that is given as such), or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = name.includes(path.sep) ? [''] : (process.env.PATH ?? '').split(path.delimiter);
  for (const folder of folders) {
    for (const ending of ENDINGS) {
      const file = path.resolve(folder, name + ending);
      if (isProgram(file)) return file;
    }
  }
  return undefined;
}

/** The first of several programs that is there. */
export function findFirstProgram(names: readonly string[]): string | undefined {
  for (const name of names) {
    const file = findProgram(name);
    if (file !== undefined) return file;
  }
  return undefined;
}
