/** Everything from outside that changed the machine, with when: the only thing besides the start that a run depends on. */
import type { Input } from '../system/input';

export interface LoggedInput {
  readonly count: number;
  /** Virtual time, ns: an input may come while the CPU is halted and the count stands. */
  readonly time: number;
  readonly input: Input;
}

/** Inputs are numbered from 0 on from the beginning; those before the recorded time are forgotten. */
export class InputLog {
  private list: LoggedInput[] = [];
  /** Number of the first that is kept. */
  private first = 0;

  /** Those that are kept, oldest first. */
  get all(): readonly LoggedInput[] {
    return this.list;
  }

  /** Input `number`, if there is one. */
  at(number: number): LoggedInput | undefined {
    return this.list[number - this.first];
  }

  /** Appends; inputs come in the order of time. */
  add(input: LoggedInput): void {
    this.list.push(input);
  }

  /** Forgets everything from input `number` on. */
  truncate(number: number): void {
    this.list.length = Math.max(0, number - this.first);
  }

  /** Forgets everything before input `number`. */
  forget(number: number): void {
    if (number <= this.first) return;
    this.list = this.list.slice(number - this.first);
    this.first = number;
  }
}
