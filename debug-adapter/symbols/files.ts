/** What the symbol readers need of a file system. `debug-adapter/host` has the real one. */
export interface FileStat {
  /** In bytes. */
  readonly size: number;
  /** Time of the last change in milliseconds since 1970. */
  readonly modified: number;
}

export interface FileAccess {
  /** The bytes of a file, or nothing where there is no readable file. */
  read(path: string): Promise<Uint8Array | undefined>;
  stat(path: string): Promise<FileStat | undefined>;
  /** Names (not paths) of the files in a folder; empty where it can't be read. */
  list(folder: string): Promise<readonly string[]>;
}

/** Bytes as text, for sources and listings: UTF-8, and Latin-1 where that fails. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}
