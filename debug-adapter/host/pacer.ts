/**
 * Paces a machine: runs its tasks in slices of a few milliseconds, lets messages in between, and keeps virtual time
 * from running ahead of the clock on the wall. The only place where the two meet.
 */
import type { BuiltInTarget } from '../../emulator/debug/built-in';
import type { Typist } from '../../emulator/system/typist';

/** Wall time that one slice should take, ms. */
const SLICE_MS = 8;
const FIRST_SLICE = 200_000;
const MOST = 50_000_000;
const NS_PER_MS = 1_000_000;
/** How far virtual time may run ahead before it is made to wait, ms. */
const AHEAD_MS = 4;
/** What can't be caught up with is dropped: the machine is slower than its clock, ms. */
const BEHIND_MS = 100;

export class Pacer {
  private counts = FIRST_SLICE;
  private scheduled = false;
  private stopped = false;
  /** Wall time minus virtual time, ms, of the present run. */
  private offset: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly target: () => BuiltInTarget,
    private readonly typist: () => Typist | undefined,
  ) {}

  /** A task has begun. */
  wake(): void {
    this.offset = undefined;
    this.schedule(0);
  }

  dispose(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(delay: number): void {
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    const run = () => {
      this.scheduled = false;
      if (!this.stopped) this.slice();
    };
    if (delay >= 1) this.timer = setTimeout(run, delay);
    else setImmediate(run);
  }

  private slice(): void {
    const target = this.target();
    const { execution } = target;
    if (!execution.running) return;
    const start = performance.now();
    const virtual = target.time() / NS_PER_MS;
    // Time counts from here on when the run begins, and when the machine has fallen far behind.
    if (this.offset === undefined || start - (virtual + this.offset) > BEHIND_MS || !execution.paced)
      this.offset = start - virtual;
    const ahead = virtual + this.offset - start;
    if (execution.paced && ahead > AHEAD_MS) {
      // Messages are heard meanwhile; a pause need not wait for the guest.
      this.typist()?.poll();
      this.schedule(Math.min(ahead, 10));
      if (!execution.pausing) return;
    }
    this.typist()?.poll();
    const before = target.machine.count;
    const until = execution.paced ? (start - this.offset + SLICE_MS) * NS_PER_MS : Infinity;
    const more = execution.advance(this.counts, until);
    target.flushOutput();
    const took = performance.now() - start;
    const done = target.machine.count - before;
    if (done >= this.counts / 2 && took > 0) {
      this.counts = Math.round(Math.min(MOST, Math.max(10_000, (this.counts * SLICE_MS) / Math.max(0.1, took))));
    }
    if (more) this.schedule(0);
  }
}
