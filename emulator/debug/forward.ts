/** Running forward: continue, run to an address, and steps. */
import { CALL_KIND } from '../cpu/x86/interrupts';
import { RUN_REPEATING } from '../memory/layout';
import { isAhead, makeStop, settleStop, type Task, type TaskContext } from './task';
import type { LineAt, Stop } from './target';

abstract class ForwardTask implements Task {
  private resume = true;

  constructor(protected readonly context: TaskContext) {}

  protected get timeline() {
    return this.context.timeline;
  }

  protected get cpu() {
    return this.timeline.machine.processor.cpu;
  }

  cancel(): void {
    this.context.points.setTemporary([]);
  }

  advance(counts: number, time: number): Stop | undefined {
    const end = this.timeline.count + counts;
    const stop = this.piece(end, time);
    if (stop !== undefined) this.cancel();
    return stop;
  }

  protected abstract piece(end: number, time: number): Stop | undefined;

  /**
   * Runs to count `end` or to a stop that counts. `own` is asked at breakpoints that no client's request holds at; at all
   * of them if `anyway`.
   */
  protected run(end: number, time: number, own: () => boolean, anyway = false): Stop | 'own' | 'limit' {
    for (;;) {
      const stop = this.timeline.run({ count: end, time, breakpoints: true }, this.resume);
      this.resume = isAhead(stop);
      if (stop.kind === 'limit') return 'limit';
      if (anyway && stop.kind === 'breakpoint' && own()) return 'own';
      const settled = settleStop(this.context, stop, 'forward');
      if (settled !== undefined) return settled;
      if (stop.kind === 'breakpoint' && own()) return 'own';
    }
  }

  /** One count without breakpoints in the way. */
  protected single(time: number): Stop | 'limit' {
    const stop = this.timeline.run({ count: this.timeline.count + 1, time, breakpoints: false }, true);
    return settleStop(this.context, stop, 'forward') ?? 'limit';
  }
}

export class ContinueTask extends ForwardTask {
  protected piece(end: number, time: number): Stop | undefined {
    const stop = this.run(end, time, () => false);
    return typeof stop === 'string' ? undefined : stop;
  }
}

export class UntilTask extends ForwardTask {
  constructor(
    context: TaskContext,
    private readonly address: number,
    private readonly reason: 'goal' | 'entry' = 'goal',
  ) {
    super(context);
    context.points.setTemporary([address]);
  }

  protected piece(end: number, time: number): Stop | undefined {
    const stop = this.run(end, time, () => this.cpu.core.pc === this.address);
    if (stop === 'own') return makeStop(this.timeline, this.reason);
    return stop === 'limit' ? undefined : stop;
  }
}

export interface StepOptions {
  readonly mode: 'into' | 'over' | 'out';
  readonly lineAt?: LineAt;
  readonly interrupts: boolean;
}

/** What a step waits for before it goes on: a frame to end, or an address in the same frame. */
interface Wait {
  readonly address: number;
  readonly depth: number;
  /** The instruction there has faulted and begins again: a breakpoint at it was met before. */
  readonly again?: boolean;
}

/** An instruction that faults more often than it touches pages is not mended by its handler. */
const MOST_RESTARTS = 8;

export class StepTask extends ForwardTask {
  private wait: Wait | undefined;
  /** The line that the step began in; undefined where instructions are stepped. */
  private readonly line: readonly { readonly start: bigint; readonly end: bigint }[] | undefined;
  private readonly depth: number;
  private readonly start: number;
  private progress = false;
  /** How often the instruction has faulted, to be begun again behind its handler. */
  private restarts = 0;

  constructor(
    context: TaskContext,
    private readonly options: StepOptions,
  ) {
    super(context);
    this.depth = this.cpu.calls.depth;
    this.start = this.timeline.count;
    this.line = options.lineAt?.(BigInt(this.cpu.core.pc));
    if (options.mode === 'out' && this.depth > 0) this.leaveFrame(this.depth - 1);
  }

  /** Waits until the frames above `depth` have ended. */
  private leaveFrame(depth: number, again = false): void {
    const { returnTo } = this.cpu.calls.entry(depth);
    this.waitFor({ address: returnTo, depth, again });
  }

  private waitFor(wait: Wait): void {
    this.wait = wait;
    this.context.points.setTemporary([wait.address]);
  }

  protected piece(end: number, time: number): Stop | undefined {
    if (this.options.mode === 'out' && this.depth === 0) {
      return makeStop(this.timeline, 'step', 'There is no outer frame to step out to.');
    }
    while (this.timeline.count < end) {
      const { wait } = this;
      if (wait !== undefined) {
        const arrived = () => this.cpu.core.pc === wait.address && this.cpu.calls.depth <= wait.depth;
        const stop = this.run(end, time, arrived, wait.again);
        if (stop === 'limit') return undefined;
        if (stop !== 'own') return stop;
        this.wait = undefined;
        this.context.points.setTemporary([]);
        if (this.options.mode === 'out' || this.arrived()) return this.done();
        continue;
      }
      const before = this.timeline.count;
      const stop = this.one(time);
      if (stop !== 'limit') return stop;
      // Halted, and time is used up: nothing moved.
      if (this.timeline.count === before) return undefined;
      if (this.wait === undefined && this.arrived()) return this.done();
    }
    return undefined;
  }

  private done(): Stop {
    const { mode, lineAt } = this.options;
    this.context.steps.add({ mode, lines: lineAt !== undefined, from: this.start, to: this.timeline.count });
    return makeStop(this.timeline, 'step');
  }

  /** One count, and what must be waited for after it. */
  private one(time: number): Stop | 'limit' {
    const { cpu } = this;
    const depth = cpu.calls.depth;
    const { pc } = cpu.core;
    const fallThrough = this.fallThrough();
    const stop = this.single(time);
    if (stop !== 'limit') return stop;
    if (cpu.calls.depth > depth) {
      const entry = cpu.calls.entry(cpu.calls.depth - 1);
      const external = (entry.kind & 0xff) === CALL_KIND.EXTERNAL;
      // A fault that its handler mends: behind it the instruction is executed after all.
      const restarts = (entry.kind & 0xff) === CALL_KIND.EXCEPTION && entry.returnTo === pc;
      if (external && !this.options.interrupts) this.leaveFrame(depth);
      else if (restarts && this.options.mode === 'over' && this.restarts++ < MOST_RESTARTS)
        this.leaveFrame(depth, true);
      else {
        this.progress = true;
        if (this.options.mode === 'over') this.leaveFrame(depth);
      }
      return 'limit';
    }
    this.progress = true;
    if (fallThrough !== undefined && cpu.core.pc !== fallThrough && this.options.mode === 'over') {
      this.waitFor({ address: fallThrough, depth });
    }
    return 'limit';
  }

  /** Where control is after a LOOP that is stepped over, if this is one. */
  private fallThrough(): number | undefined {
    const { cpu } = this;
    const decoded = cpu.decodeAt(cpu.pc);
    if (!decoded.ok || !decoded.instruction.row.mnemonic.startsWith('LOOP')) return undefined;
    const [target] = decoded.instruction.operands;
    const backward = target?.kind === 'relative' && target.target <= decoded.instruction.offset;
    return backward ? (cpu.core.pc + decoded.instruction.length) >>> 0 : undefined;
  }

  /** Whether the step's aim is reached here. */
  private arrived(): boolean {
    const { cpu } = this;
    if (!this.progress || cpu.core.get(RUN_REPEATING) !== 0) return false;
    if (this.line === undefined) return true;
    const pc = BigInt(cpu.core.pc);
    const inside = this.line.some((range) => pc >= range.start && pc < range.end);
    return !inside || cpu.calls.depth !== this.depth;
  }
}
