/** Going back: steps, and seeks. */
import { CALL_KIND } from '../cpu/x86/interrupts';
import { RUN_REPEATING } from '../memory/layout';
import type { StepOptions } from './forward';
import { makeStop, settleStop, type Task, type TaskContext } from './task';
import type { Stop } from './target';

const BEGINNING = 'This is the beginning of the recorded time; there is nothing before it.';

/** Finds earlier moments of the same run. Each of these moves the timeline there. */
class Past {
  constructor(private readonly context: TaskContext) {}

  private get timeline() {
    return this.context.timeline;
  }

  private get cpu() {
    return this.timeline.machine.processor.cpu;
  }

  private get repeating(): boolean {
    return this.cpu.core.get(RUN_REPEATING) !== 0;
  }

  /** Goes one count back, a repeated instruction as a whole. False at the beginning. */
  private one(): boolean {
    const { timeline } = this;
    if (timeline.count <= timeline.first) return false;
    timeline.seek(timeline.count - 1);
    if (this.repeating) this.beginOfRepeat();
    return true;
  }

  /**
   * Goes one instruction back, a repeated one as a whole, into calls. Interrupts from outside are passed over unless they
   * are asked for. False at the beginning.
   */
  instruction(interrupts: boolean): boolean {
    const { timeline, cpu } = this;
    const depth = cpu.calls.depth;
    for (;;) {
      if (!this.one()) return false;
      if (interrupts || cpu.calls.depth <= depth) return true;
      const entry = cpu.calls.entry(depth);
      if ((entry.kind & 0xff) !== CALL_KIND.EXTERNAL || entry.position < timeline.first) return true;
      // The interrupted instruction had not begun: this is the same place; go on from here.
      timeline.seek(entry.position);
    }
  }

  /** From inside a repeated instruction to the count at which it began. */
  private beginOfRepeat(): void {
    const { timeline } = this;
    const inside = timeline.count;
    let stride = 1;
    while (this.repeating && timeline.count > timeline.first) {
      timeline.seek(Math.max(timeline.first, timeline.count - stride));
      stride *= 2;
    }
    let begin = timeline.count;
    while (timeline.count < inside) {
      timeline.seek(timeline.count + 1);
      if (!this.repeating && timeline.count < inside) begin = timeline.count;
    }
    timeline.seek(begin);
  }

  /**
   * Goes to the instruction executed before in this or an outer frame: calls are passed over, and interrupts from
   * outside unless they are asked for. False at the beginning.
   */
  inFrame(interrupts: boolean): boolean {
    const { timeline, cpu } = this;
    const depth = cpu.calls.depth;
    for (;;) {
      if (!this.one()) return false;
      if (cpu.calls.depth <= depth) return true;
      const entry = cpu.calls.entry(depth);
      if (entry.position < timeline.first) return false;
      timeline.seek(entry.position);
      if ((entry.kind & 0xff) !== CALL_KIND.EXTERNAL || interrupts) return true;
      // The interrupted instruction had not begun: this is the same place; go on from here.
    }
  }
}

export class StepBackTask implements Task {
  private readonly past: Past;

  constructor(
    private readonly context: TaskContext,
    private readonly options: StepOptions,
  ) {
    this.past = new Past(context);
  }

  cancel(): void {}

  advance(): Stop {
    const { timeline } = this.context;
    const before = timeline.count;
    const moved = this.options.mode === 'out' ? this.out() : this.step();
    if (!moved && timeline.count === before) return makeStop(timeline, 'beginning', BEGINNING);
    return makeStop(timeline, 'step');
  }

  /** To just before the present frame was entered. */
  private out(): boolean {
    const { timeline } = this.context;
    const { calls } = timeline.machine.processor.cpu;
    if (calls.depth === 0) return false;
    const { position } = calls.entry(calls.depth - 1);
    if (position < timeline.first) return false;
    timeline.seek(position);
    return true;
  }

  private back(): boolean {
    return this.options.mode === 'into'
      ? this.past.instruction(this.options.interrupts)
      : this.past.inFrame(this.options.interrupts);
  }

  private step(): boolean {
    const { timeline } = this.context;
    const { cpu } = timeline.machine.processor;
    const { mode, lineAt } = this.options;
    const origin = this.context.steps.origin(timeline.count, { mode, lines: lineAt !== undefined });
    if (origin !== undefined && origin >= timeline.first) {
      timeline.seek(origin);
      return true;
    }
    if (!this.back()) return false;
    const line = this.options.lineAt?.(BigInt(cpu.core.pc));
    if (line === undefined) return true;
    // On to the first instruction of this visit to the line.
    const depth = cpu.calls.depth;
    for (;;) {
      const here = timeline.count;
      if (line.some((range) => range.start === BigInt(cpu.core.pc))) return true;
      const moved = this.back();
      const pc = BigInt(cpu.core.pc);
      if (moved && cpu.calls.depth === depth && line.some((range) => pc >= range.start && pc < range.end)) continue;
      timeline.seek(here);
      return true;
    }
  }
}

/** Goes to a position, in pieces when it lies beyond what is known. */
export class SeekTask implements Task {
  constructor(
    private readonly context: TaskContext,
    private readonly position: number,
  ) {}

  cancel(): void {}

  advance(counts: number): Stop | undefined {
    const { timeline } = this.context;
    const target = Math.max(this.position, timeline.first);
    if (target <= timeline.count || target <= timeline.head) {
      const stop = timeline.seek(target);
      return stop === undefined || stop.kind === 'limit'
        ? makeStop(
            timeline,
            target === timeline.first && this.position < target ? 'beginning' : 'goal',
            this.position < target ? BEGINNING : '',
          )
        : (settleStop(this.context, stop, 'forward') ?? makeStop(timeline, 'goal'));
    }
    const stop = timeline.seek(Math.min(target, timeline.count + counts));
    if (stop === undefined || stop.kind === 'limit')
      return timeline.count >= target ? makeStop(timeline, 'goal') : undefined;
    return settleStop(this.context, stop, 'forward') ?? makeStop(timeline, 'goal');
  }
}
