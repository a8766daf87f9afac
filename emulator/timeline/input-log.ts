/** Everything from outside that changed the machine, with when: the only thing besides the start that a run depends on. */
import type { Input } from '../system/input';

export interface LoggedInput {
  readonly count: number;
  /** Virtual time, ns: an input may come while the CPU is halted and the count stands. */
  readonly time: number;
  readonly input: Input;
}

export class InputLog {
  private readonly list: LoggedInput[] = [];

  get all(): readonly LoggedInput[] {
    return this.list;
  }

  /** Appends; inputs come in the order of time. */
  add(input: LoggedInput): void {
    this.list.push(input);
  }

  /** Forgets everything behind the first `length` inputs. */
  truncate(length: number): void {
    this.list.length = length;
  }
}
