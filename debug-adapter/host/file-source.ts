/** Disk images as files: opened for reading only, read block by block as the guest asks. */
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BlockSource } from '../../emulator/storage/block-source';

/** What is the same for a file as long as it is the same and stays unwritten. */
const IDENTITY = ['dev', 'ino', 'size', 'mtimeMs', 'ctimeMs'] as const satisfies readonly (keyof Stats)[];

export class FileSource implements BlockSource {
  readonly length: number;
  /** The whole path: the same for the same file, however it was written. */
  readonly name: string;
  private readonly handle: number;
  private readonly opened: Stats;

  /** @throws Error that names the file when it can't be opened or is no file. */
  constructor(readonly path: string) {
    this.handle = openForReading(path);
    this.name = resolve(path);
    const stat = fstatSync(this.handle);
    if (!stat.isFile() && !stat.isBlockDevice()) {
      closeSync(this.handle);
      throw new Error(`${path} is ${stat.isDirectory() ? 'a folder' : 'no file'}: an image is needed.`);
    }
    this.length = stat.size;
    this.opened = stat;
  }

  /** Whether the path still leads to this file, and nobody has written to it since it was opened, by what its folder says. */
  get isUnchanged(): boolean {
    const now = statSync(this.path, { throwIfNoEntry: false });
    return now !== undefined && IDENTITY.every((part) => now[part] === this.opened[part]);
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const got = readSync(this.handle, bytes, done, length - done, offset + done);
      if (got === 0) throw new Error(`${this.path} has become shorter while it was in use.`);
      done += got;
    }
    return bytes;
  }

  close(): void {
    closeSync(this.handle);
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'There is no such file' : code === 'EACCES' ? 'It may not be read' : String(error);
    throw new Error(`${path} can not be opened: ${why}.`, { cause: error });
  }
}
