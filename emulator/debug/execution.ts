/** The built-in machine's execution: one task at a time, done in pieces by whoever paces the machine. */
import { ContinueTask, StepTask, UntilTask } from './forward';
import { SeekTask, StepBackTask } from './backward';
import { SearchBackTask } from './search';
import { makeStop, type Task, type TaskContext } from './task';
import type { Awaitable, ExecutionCapability, RunGoal, Stop, TargetEvent } from './target';

export class BuiltInExecution implements ExecutionCapability {
  private task: Task | undefined;
  private goal: RunGoal = { kind: 'continue', direction: 'forward' };
  private who = '';
  private pauseAsked = false;
  /** Who asked for the pause, where that was not who resumed. */
  private pausedBy = '';
  private last: Stop;

  /** `wake`: a task has begun; `tell`: events for clients; `flush`: outputs kept back must be told first. */
  constructor(
    private readonly context: TaskContext,
    private readonly tell: (event: TargetEvent) => void,
    private readonly wake: () => void,
    private readonly flush: () => void,
  ) {
    this.last = makeStop(context.timeline, 'entry');
  }

  get running(): boolean {
    return this.task !== undefined;
  }

  get position(): number {
    return this.context.timeline.count;
  }

  get stop(): Stop {
    return this.last;
  }

  resume(goal: RunGoal, who: string): void {
    if (this.task !== undefined) throw new Error('The machine is running already.');
    this.task = this.taskFor(goal);
    this.goal = goal;
    this.who = who;
    this.pauseAsked = false;
    this.tell({ type: 'resumed', who, goal });
    this.wake();
  }

  private taskFor(goal: RunGoal): Task {
    const { context } = this;
    switch (goal.kind) {
      case 'continue':
        return goal.direction === 'forward' ? new ContinueTask(context) : new SearchBackTask(context);
      case 'until': {
        const address = Number(BigInt.asUintN(32, goal.address));
        return goal.direction === 'forward'
          ? new UntilTask(context, address)
          : new SearchBackTask(context, { address });
      }
      case 'last-access':
        return new SearchBackTask(context, { watched: goal.watched });
      case 'seek':
        return new SeekTask(context, goal.position);
      default: {
        const options = { mode: goal.mode, interrupts: goal.interrupts ?? false };
        const full = goal.lineAt === undefined ? options : { ...options, lineAt: goal.lineAt };
        return goal.direction === 'forward' ? new StepTask(context, full) : new StepBackTask(context, full);
      }
    }
  }

  pause(who = this.who): void {
    this.pauseAsked = true;
    this.pausedBy = who === this.who ? '' : who;
  }

  /**
   * Does a piece of the present task: at most about `counts` counts; a halted CPU is not carried beyond virtual time
   * `time` (ns). The end of a task is told by a `stopped` event. Says whether there is more to do.
   */
  advance(counts: number, time: number): boolean {
    const { task } = this;
    if (task === undefined) return false;
    let stop: Stop | undefined;
    if (this.pauseAsked) {
      task.cancel();
      const text = this.pausedBy === '' ? '' : `Paused by ${this.pausedBy}.`;
      stop = makeStop(this.context.timeline, 'pause', text);
    } else {
      try {
        stop = task.advance(counts, time);
      } catch (error) {
        task.cancel();
        const text = error instanceof Error ? error.message : String(error);
        stop = makeStop(this.context.timeline, 'internal', text);
      }
    }
    if (stop === undefined) {
      if (task instanceof SearchBackTask) {
        this.tell({ type: 'progress', title: 'Searching the past', fraction: Math.min(0.99, task.fraction) });
      }
      return true;
    }
    if (task instanceof SearchBackTask) this.tell({ type: 'progress', title: 'Searching the past', fraction: 1 });
    this.task = undefined;
    this.finish(stop);
    return false;
  }

  private finish(stop: Stop): void {
    this.last = stop;
    this.flush();
    this.tell({ type: 'stopped', stop, who: this.who });
  }

  /** A pause was asked for and will end the task at its next piece. */
  get pausing(): boolean {
    return this.pauseAsked;
  }

  /** Whether the present goal runs forward in time, so that it must be paced. */
  get paced(): boolean {
    return (
      this.task !== undefined &&
      (!('direction' in this.goal) || this.goal.direction === 'forward') &&
      this.goal.kind !== 'seek' &&
      this.goal.kind !== 'last-access'
    );
  }

  /** The user moved the machine while it was stopped. */
  moved(): void {
    this.last = { ...this.last, position: this.position };
  }

  jump(address: bigint): Awaitable<void> {
    const { cpu } = this.context.timeline.machine.processor;
    const base = cpu.core.registers.get(cpu.core.registers.row('CS.base'));
    const offset = BigInt.asUintN(32, address - base);
    this.context.timeline.input({ type: 'register', name: 'EIP', value: offset });
    this.tell({ type: 'changed', what: 'registers' });
  }

  restart(): void {
    if (this.task !== undefined) {
      this.task.cancel();
      this.task = undefined;
    }
    this.context.timeline.restart();
    this.finish(makeStop(this.context.timeline, 'entry'));
  }
}
