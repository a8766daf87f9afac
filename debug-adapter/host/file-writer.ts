/** Files that a person asked to be written: what the guest sends, transcripts, traces. */
import { closeSync, openSync, writeSync } from 'node:fs';

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'its file system is read-only',
};

export class FileWriter {
  private file: number | undefined;

  /**
   * @param failed told once when writing fails later (a full disk); nothing more is written then
   * @throws Error that names the file when it can't be opened
   */
  constructor(
    readonly path: string,
    private readonly failed: (error: Error) => void,
  ) {
    try {
      this.file = openSync(path, 'w');
    } catch (error) {
      throw this.problem(error);
    }
  }

  write(data: string | Uint8Array): void {
    if (this.file === undefined) return;
    try {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
    } catch (error) {
      this.close();
      this.failed(this.problem(error));
    }
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private problem(error: unknown): Error {
    const { code } = error as NodeJS.ErrnoException;
    return new Error(`${this.path} can not be written: ${WHY[code ?? ''] ?? String(error)}.`, { cause: error });
  }
}
