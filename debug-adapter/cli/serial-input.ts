/**
 * Standard input as what is sent to the guest's first serial port. A file is read whole before the run, so that runs
 * with it are alike; a pipe or a terminal is taken as it comes.
 */
import { fstatSync, readFileSync } from 'node:fs';
import type { Input } from '../../emulator/system/input';

const STDIN = 0;
const PORT = 'com1';

export class SerialInput {
  private readonly queue: number[] = [];

  constructor(private readonly send: (input: Input) => void) {
    if (isFile()) {
      this.queue.push(...readFileSync(STDIN));
      return;
    }
    process.stdin.on('data', this.arrived);
    // Waiting for input alone does not keep the process alive.
    process.stdin.unref();
  }

  private readonly arrived = (chunk: Buffer): void => {
    this.queue.push(...chunk);
  };

  get done(): boolean {
    return this.queue.length === 0;
  }

  /** Sends the next byte; to be called at moments that are the same in every run. */
  poll(): void {
    const byte = this.queue.shift();
    if (byte !== undefined) this.send({ type: 'serial', port: PORT, bytes: Uint8Array.of(byte) });
  }

  close(): void {
    process.stdin.off('data', this.arrived);
    process.stdin.pause();
  }
}

function isFile(): boolean {
  try {
    return fstatSync(STDIN).isFile();
  } catch {
    // Standard input is closed.
    return true;
  }
}
