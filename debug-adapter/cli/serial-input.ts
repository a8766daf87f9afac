/**
 * Standard input as what is sent to the guest's first serial port. A file is read whole before the run, so that runs
 * with it are alike; a pipe or a terminal is taken as it comes.
 */
import { fstatSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Input } from '../../emulator/system/input';

const STDIN = 0;
const PORT = 'com1';

export class SerialInput {
  private readonly queue: number[] = [];
  private readonly live = isLive();

  constructor(private readonly send: (input: Input) => void) {
    if (!this.live) {
      this.queue.push(...readAll());
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
    if (!this.live) return;
    process.stdin.off('data', this.arrived);
    process.stdin.pause();
  }
}

/** Whether standard input is a terminal, a pipe or a socket, where characters come when they come. */
function isLive(): boolean {
  if (isatty(STDIN)) return true;
  try {
    const stat = fstatSync(STDIN);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    // Standard input is closed.
    return false;
  }
}

function readAll(): Uint8Array {
  try {
    return readFileSync(STDIN);
  } catch {
    return new Uint8Array(0);
  }
}
