/** How far a long run has come, on a terminal. */
import type { Machine } from '../../emulator/system/machine';

/** Nothing is shown before this much wall time, and then once in a while, ms. */
const FIRST_MS = 2000;
const EVERY_MS = 500;
const NS_PER_SECOND = 1e9;

export class Progress {
  private next = FIRST_MS;
  private shown = false;

  constructor(
    private readonly machine: Machine,
    private readonly wanted: boolean,
  ) {}

  /** `elapsed`: wall time since the start, ms. */
  show(elapsed: number): void {
    if (!this.wanted || !process.stderr.isTTY || elapsed < this.next) return;
    this.next = elapsed + EVERY_MS;
    this.shown = true;
    const { clock } = this.machine.board;
    const millions = (clock.count / 1e6).toFixed(0);
    process.stderr.write(
      `\r${millions} million instructions, ${(clock.now / NS_PER_SECOND).toFixed(1)} s in the guest \x1b[K`,
    );
  }

  /** Takes the line away. */
  end(): void {
    if (this.shown) process.stderr.write('\r\x1b[K');
  }
}
