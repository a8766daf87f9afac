/** Where the characters of the guest go: standard output, files, nowhere. */
import { FileWriter } from '../host/file-writer';
import type { CharacterChannel } from '../protocol/option-values';
import { asked } from './exit-codes';

const NEWLINE = 0x0a;

/** Standard output, shared by the guest and by what we say at the end. */
export class Console {
  private atLineStart = true;

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.atLineStart = bytes[bytes.length - 1] === NEWLINE;
    process.stdout.write(bytes);
  }

  /** A line of ours; begins a new one where the guest left off in the middle. */
  line(text: string): void {
    process.stdout.write(`${this.atLineStart ? '' : '\n'}${text}\n`);
    this.atLineStart = true;
  }

  /** Resolves when all has left. */
  drain(): Promise<void> {
    return new Promise((resolve) => process.stdout.write('', () => resolve()));
  }
}

/** Collects bytes of one guest channel and hands them on in pieces. */
export class Sink {
  private readonly pending: number[] = [];
  private readonly file: FileWriter | undefined;

  /** @throws UsageError when the file can't be written */
  constructor(
    private readonly channel: CharacterChannel,
    private readonly console: Console,
  ) {
    if (channel.kind === 'file') this.file = openForWriting(channel.path);
  }

  put(byte: number): void {
    if (this.channel.kind !== 'none') this.pending.push(byte);
  }

  flush(): void {
    if (this.pending.length === 0) return;
    const bytes = Uint8Array.from(this.pending);
    this.pending.length = 0;
    if (this.file === undefined) this.console.write(bytes);
    else this.file.write(bytes);
  }

  close(): void {
    this.flush();
    this.file?.close();
  }
}

/** @throws UsageError that names the file and why it can't be written */
export function openForWriting(path: string): FileWriter {
  return asked(() => new FileWriter(path, ({ message }) => process.stderr.write(`stepback: ${message}\n`)));
}
