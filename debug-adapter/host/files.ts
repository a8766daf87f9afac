/** The file system for the symbol readers. */
import { readdir, readFile, stat } from 'node:fs/promises';
import type { FileAccess } from '../symbols/files';

/** What can't be read is told as absent; the reader says what that means. */
export const nodeFiles: FileAccess = {
  async read(path) {
    try {
      return await readFile(path);
    } catch {
      return undefined;
    }
  },
  async stat(path) {
    try {
      const found = await stat(path);
      return found.isFile() ? { size: found.size, modified: found.mtimeMs } : undefined;
    } catch {
      return undefined;
    }
  },
  async list(folder) {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    } catch {
      return [];
    }
  },
};
