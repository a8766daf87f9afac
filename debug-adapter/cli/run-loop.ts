/**
 * Runs a machine in slices of virtual time, so that everything from outside comes at moments that depend on the machine
 * alone: the same images and options give the same run on every host.
 */
import { RUN_REPEATING } from '../../emulator/memory/layout';
import type { Input } from '../../emulator/system/input';
import { LOCKSTEP_EVENT } from '../../emulator/timeline/lockstep';
import { type Machine, type MachineStop, type RunLimits, ZEROS_EVENT } from '../../emulator/system/machine';

/** Virtual time between two looks at the screen, ns. */
const SLICE_NS = 10_000_000;
/** The same while something waits to be typed or sent, ns. */
const INPUT_SLICE_NS = 1_000_000;

/** What runs and takes inputs: a machine, or a timeline that records it. */
export interface Runner {
  run(limits: RunLimits, resume: boolean): MachineStop;
  input(input: Input): void;
}

/** Something that feeds the machine, polled between slices. */
export interface Feeder {
  readonly done: boolean;
  poll(): void;
}

/** How a run ended. */
export type RunEnd =
  | { readonly kind: 'until'; readonly what: 'serial' | 'screen' }
  | { readonly kind: 'limit'; readonly what: 'instructions' | 'timeout' }
  | { readonly kind: 'dead'; readonly reason: string; readonly code?: number }
  /** The machine is not what its reference is. */
  | { readonly kind: 'different'; readonly reason: string }
  | { readonly kind: 'interrupted' };

export interface RunGoals {
  /** Count at which to end. */
  readonly maxInstructions: number;
  readonly untilScreen?: string | undefined;
}

/** The event that ends a run when the serial port has sent what was waited for. */
export const SERIAL_EVENT = 'until-serial';

export class RunLoop {
  /** Called before each instruction or delivery of an interrupt while a trace is written. */
  trace: (() => void) | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly runner: Runner,
    private readonly feeders: readonly Feeder[],
    private readonly goals: RunGoals,
  ) {}

  /** Runs one slice; gives the end of the run when it was reached. */
  slice(): RunEnd | undefined {
    const { machine, goals } = this;
    const { clock } = machine.board;
    for (const feeder of this.feeders) feeder.poll();
    const grid = this.feeders.every((feeder) => feeder.done) ? SLICE_NS : INPUT_SLICE_NS;
    const time = (Math.floor(clock.now / grid) + 1) * grid;
    const count = Math.min(goals.maxInstructions, clock.countAt(time));
    const stop = this.runTo(count, time);
    if (this.screenShows()) return { kind: 'until', what: 'screen' };
    switch (stop.kind) {
      case 'limit':
        return machine.count >= goals.maxInstructions ? { kind: 'limit', what: 'instructions' } : undefined;
      case 'event':
        if (stop.id === ZEROS_EVENT) return { kind: 'dead', reason: stop.text };
        if (stop.id === LOCKSTEP_EVENT) return { kind: 'different', reason: stop.text };
        return stop.id === SERIAL_EVENT ? { kind: 'until', what: 'serial' } : undefined;
      case 'dead':
        return stop;
      default:
        throw new Error(`The run stopped for a ${stop.kind} that nobody asked for.`);
    }
  }

  /**
   * Runs to `count`, or to where a halted CPU waits beyond `time`. A run that came back early is taken up again: where it
   * is interrupted (by a snapshot, by a trace) must not be seen in what follows.
   */
  private runTo(count: number, time: number): MachineStop {
    const { clock } = this.machine.board;
    for (;;) {
      const { now } = clock;
      const before = clock.count;
      const stop = this.piece(count, time);
      if (stop.kind !== 'limit' || clock.count >= count) return stop;
      if (clock.count === before && clock.now === now) return stop;
    }
  }

  private piece(count: number, time: number): MachineStop {
    if (this.trace === undefined) return this.runner.run({ count, time, breakpoints: true }, false);
    const { cpu } = this.machine.processor;
    if (!cpu.halted && cpu.core.get(RUN_REPEATING) === 0) this.trace();
    return this.runner.run({ count: this.machine.count + 1, time, breakpoints: true }, false);
  }

  private screenShows(): boolean {
    const { untilScreen } = this.goals;
    return untilScreen !== undefined && this.machine.board.display.text().join('\n').includes(untilScreen);
  }
}
