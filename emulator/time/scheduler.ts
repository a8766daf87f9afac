/** Timers in virtual time. A device creates each of its timers once; a timer's deadline is its only state. */
import type { SavedState } from '../state/fields';

export class Timer {
  /** When it fires, virtual ns; `Infinity` when idle. */
  deadline = Infinity;

  /** Made by `Scheduler.timer` only. */
  constructor(
    readonly id: string,
    private readonly scheduler: Scheduler,
    readonly fire: (now: number) => void,
  ) {}

  /** Fires at virtual time `deadline` (ns), instead of any earlier arrangement. */
  schedule(deadline: number): void {
    const before = this.deadline;
    this.deadline = deadline;
    this.scheduler.moved(before, deadline);
  }

  cancel(): void {
    this.schedule(Infinity);
  }
}

export class Scheduler {
  private readonly timers: Timer[] = [];
  private next = Infinity;
  /** Called whenever the earliest deadline has moved nearer: whoever runs the CPU must look again. */
  onChange: () => void = () => undefined;

  /**
   * A new idle timer. `id` is unique on a machine, such as `pit.counter0`; `fire` is called with the deadline that it
   * was due at, after the timer has become idle.
   * @throws Error when the id is taken.
   */
  timer(id: string, fire: (due: number) => void): Timer {
    if (this.timers.some((timer) => timer.id === id)) throw new Error(`There is a timer '${id}' already.`);
    const timer = new Timer(id, this, fire);
    this.timers.push(timer);
    this.timers.sort((a, b) => (a.id < b.id ? -1 : 1));
    return timer;
  }

  /** The earliest deadline, virtual ns; `Infinity` when nothing is due. */
  get deadline(): number {
    return this.next;
  }

  /** Fires every timer that is due at virtual time `now`, by (deadline, id). A handler may arrange new ones. */
  runDue(now: number): void {
    while (this.next <= now) {
      let due: Timer | undefined;
      for (const timer of this.timers) {
        if (timer.deadline === this.next) {
          due = timer;
          break;
        }
      }
      if (due === undefined) break;
      const deadline = due.deadline;
      due.deadline = Infinity;
      this.recompute();
      due.fire(deadline);
    }
  }

  /** A timer's deadline is another one than `before`. */
  moved(before: number, deadline: number): void {
    if (deadline < this.next) {
      this.next = deadline;
      this.onChange();
    } else if (before === this.next && deadline !== before) this.recompute();
  }

  private changed(): void {
    const before = this.next;
    this.recompute();
    if (this.next < before) this.onChange();
  }

  private recompute(): void {
    let next = Infinity;
    for (const timer of this.timers) if (timer.deadline < next) next = timer.deadline;
    this.next = next;
  }

  /** All timers with their deadlines, for the machine view. */
  list(): readonly Timer[] {
    return this.timers;
  }

  reset(): void {
    for (const timer of this.timers) timer.deadline = Infinity;
    this.changed();
  }

  /** Deadline by timer id. */
  save(): SavedState {
    return Object.fromEntries(this.timers.map((timer) => [timer.id, timer.deadline]));
  }

  /** @throws Error when the saved timers are not those of this machine. */
  load(saved: SavedState): void {
    const names = Object.keys(saved);
    if (names.length !== this.timers.length) {
      throw new Error(`Saved state has ${names.length} timers, this machine has ${this.timers.length}.`);
    }
    for (const timer of this.timers) {
      const deadline = saved[timer.id];
      if (typeof deadline !== 'number') throw new Error(`Saved state has no deadline for the timer '${timer.id}'.`);
    }
    for (const timer of this.timers) timer.deadline = saved[timer.id] as number;
    this.changed();
  }
}
