/**
 * Two machines in lockstep: the one that counts, and a reference on the interpreter that is run to the same moments and
 * compared with it. When they differ, both go back to where they were the same and run on again, to half the distance and so
 * on, until one instruction is left. Each time they run in one go: near the end of a run the interpreter executes what compiled
 * code would not get through, so that a fault of compiled code shows some instructions behind it only.
 */
import type { Input } from '../system/input';
import { differences } from '../system/machine-difference';
import { digestMachine } from '../system/machine-state';
import type { MachineStop, RunLimits } from '../system/machine';
import type { Timeline } from './timeline';

/** Counts between two comparisons: comparing takes longer than executing them. */
const BETWEEN = 3_000_000;

/** The event with which a run ends when the machines differ. */
export const LOCKSTEP_EVENT = 'lockstep';

export interface LockstepDifference {
  /** The last count to which they can be run with the same outcome, and the first one to which they can not. */
  readonly same: number;
  readonly different: number;
  /** What differs there, a line each; empty when it did not happen again on the way back. */
  readonly lines: readonly string[];
}

export class Lockstep {
  /** Comparisons that were made. */
  looks = 0;
  private compared: number;
  found: LockstepDifference | undefined;

  /** Both stand at the same moment. */
  constructor(
    private readonly subject: Timeline,
    private readonly reference: Timeline,
  ) {
    this.compared = subject.count;
    this.mark();
  }

  private mark(): void {
    this.compared = this.subject.count;
    for (const timeline of [this.subject, this.reference]) timeline.mark();
  }

  /** Runs the subject, the reference behind it, and compares them now and then. */
  run(limits: RunLimits, resume: boolean): MachineStop {
    const stop = this.subject.run(limits, resume);
    this.catchUp(stop.kind === 'dead');
    const due = stop.kind !== 'limit' || this.subject.count - this.compared >= BETWEEN;
    return due && this.differ() ? { kind: 'event', id: LOCKSTEP_EVENT, text: this.text } : stop;
  }

  input(input: Input): void {
    this.subject.input(input);
    this.reference.input(input);
  }

  /** `dead`: nothing more happens to the subject, which the reference finds out when it goes on. */
  private catchUp(dead: boolean): void {
    const { subject, reference } = this;
    const { count } = subject;
    if (dead) {
      while (
        reference.run({ count: count + 1, time: Infinity, breakpoints: false }, false).kind === 'limit' &&
        reference.count <= count
      );
      return;
    }
    const time = subject.machine.board.clock.now;
    for (;;) {
      const before = reference.count;
      const { now } = reference.machine.board.clock;
      if (before >= count && now >= time) return;
      // A halted CPU is carried to a time within a count.
      const stop = reference.run({ count: before < count ? count : count + 1, time, breakpoints: false }, false);
      if (stop.kind !== 'limit' || (reference.count === before && reference.machine.board.clock.now === now)) return;
    }
  }

  /** Compares them; says whether they differ. What differs is found once. */
  differ(): boolean {
    const { subject, reference } = this;
    if (this.found !== undefined) return true;
    this.looks++;
    if (this.isSame()) {
      this.mark();
      return false;
    }
    const base = this.compared;
    let [same, different] = [this.compared, Math.max(subject.count, reference.count)];
    while (different - same > 1) {
      const middle = Math.floor((same + different) / 2);
      this.runAgain(base, middle);
      if (this.isSame()) same = middle;
      else different = middle;
    }
    this.runAgain(base, different);
    const lines = differences(subject.machine, reference.machine);
    this.found = { same, different, lines };
    return true;
  }

  private runAgain(base: number, count: number): void {
    for (const timeline of [this.subject, this.reference]) {
      timeline.seek(base);
      while (
        timeline.count < count &&
        timeline.run({ count, time: Infinity, breakpoints: false }, false).kind === 'limit'
      );
    }
  }

  private isSame(): boolean {
    return (
      this.subject.count === this.reference.count &&
      digestMachine(this.subject.machine) === digestMachine(this.reference.machine)
    );
  }

  /** Where they differ, in words; empty while they do not. */
  get text(): string {
    const { found } = this;
    if (found === undefined) return '';
    const { same, different, lines } = found;
    return lines.length === 0
      ? `The engines differed between instructions ${same} and ${different}; going there again they do not.`
      : `The engines do the same up to instruction ${same} and differ at ${different}: what is compiled of the instructions before it is wrong.`;
  }
}
