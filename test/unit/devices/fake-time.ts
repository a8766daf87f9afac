/** Virtual time for tests of chips: moves on demand and fires what is due on the way, each at its own time. */
import type { TimeSource } from '../../../emulator/time/clock';
import { Scheduler } from '../../../emulator/time/scheduler';

export class FakeTime implements TimeSource {
  now = 0;
  readonly scheduler = new Scheduler();

  /** Goes to `time` (ns). */
  runTo(time: number): void {
    while (this.scheduler.deadline <= time) {
      this.now = Math.max(this.now, this.scheduler.deadline);
      this.scheduler.runDue(this.now);
    }
    this.now = Math.max(this.now, time);
  }

  /** Lets `ns` nanoseconds pass. */
  pass(ns: number): void {
    this.runTo(this.now + ns);
  }
}
