/**
 * Virtual time. One count is one instruction, one iteration of a repeated string instruction, or one delivery of a
 * fault or an interrupt. Time in nanoseconds follows from the count by a rate, plus what was skipped while halted.
 */
import { Fields, int, type SavedState } from '../state/fields';

/** A 100 MIPS machine. */
const DEFAULT_NS_PER_INSTRUCTION = 10;

const FIELDS = new Fields({
  count: int('instructions executed since power-on'),
  nsPerInstruction: int('virtual nanoseconds that one count takes', DEFAULT_NS_PER_INSTRUCTION),
  baseCount: int('the count at which the rate was last set'),
  baseTime: int('the virtual time at which the rate was last set, with everything skipped since, ns'),
});

/** What a chip sees of time. */
export interface TimeSource {
  /** Virtual time in ns since power-on. */
  readonly now: number;
}

export class Clock implements TimeSource {
  private readonly state = FIELDS.create();
  /**
   * Gives the count at which the instruction being executed began, while the engine runs: so nobody has to move the clock on
   * before a chip asks it. Between runs undefined.
   */
  live: (() => number) | undefined;

  /** Instructions executed since power-on; while one is being executed, before it. */
  get count(): number {
    return this.live === undefined ? this.state.count : this.live();
  }

  /** Virtual time in ns since power-on. */
  get now(): number {
    return this.timeAt(this.count);
  }

  get nsPerInstruction(): number {
    return this.state.nsPerInstruction;
  }

  /** Virtual time in ns at `count`, if nothing is skipped until then. */
  timeAt(count: number): number {
    return this.state.baseTime + (count - this.state.baseCount) * this.state.nsPerInstruction;
  }

  /** The first count at which virtual time is `time` (ns) or later, not before the present count. */
  countAt(time: number): number {
    if (time === Infinity) return Infinity;
    const ahead = Math.ceil((time - this.state.baseTime) / this.state.nsPerInstruction);
    return Math.max(this.count, this.state.baseCount + ahead);
  }

  /** `count` more instructions have been executed. */
  advance(count: number): void {
    this.state.count += count;
  }

  /** Skips to virtual time `time` (ns) without executing: what HLT does. Does nothing when it is past already. */
  skipTo(time: number): void {
    const now = this.now;
    if (time > now) this.state.baseTime += time - now;
  }

  /** Changes the rate from here on. */
  setRate(nsPerInstruction: number): void {
    this.state.baseTime = this.now;
    this.state.baseCount = this.state.count;
    this.state.nsPerInstruction = nsPerInstruction;
  }

  reset(): void {
    FIELDS.reset(this.state);
  }

  save(): SavedState {
    return FIELDS.save(this.state);
  }

  load(saved: SavedState): void {
    FIELDS.load(this.state, saved);
  }
}

/**
 * floor(ns * hertz / 10^9), exact for any safe `ns` and `hertz` below 8 MHz (the product of the remainder stays below
 * 2^53): the number of whole ticks of a clock of `hertz` in `ns` nanoseconds.
 */
export function ticksAt(ns: number, hertz: number): number {
  // It may be one second more or less than are over: what it is taken from counts the rest.
  const seconds = Math.floor(ns * 1e-9);
  return seconds * hertz + Math.floor(((ns - seconds * 1_000_000_000) * hertz) / 1_000_000_000);
}

/** The first time in ns at which `ticksAt(time, hertz)` is `ticks`. */
export function timeOfTick(ticks: number, hertz: number): number {
  const seconds = Math.floor(ticks / hertz);
  return seconds * 1_000_000_000 + Math.ceil(((ticks - seconds * hertz) * 1_000_000_000) / hertz);
}

/** `ticksAt` for those who ask again and again: most often within a tick. */
export class Ticks {
  private tick = 0;
  /** The times, ns, between which it is that tick: from the first to before the second. */
  private from = 0;
  private until = 0;

  constructor(private readonly hertz: number) {}

  at(ns: number): number {
    if (ns >= this.from && ns < this.until) return this.tick;
    const { hertz } = this;
    this.tick = ticksAt(ns, hertz);
    this.from = ns;
    this.until = timeOfTick(this.tick + 1, hertz);
    return this.tick;
  }
}
