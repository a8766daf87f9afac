/** Setting the target going, and telling the client when and why it stopped. */
import { FILTER } from '../../emulator/debug/exceptions';
import type { Awaitable, Disposable, RunGoal, Stop, TargetEvent } from '../../emulator/debug/target';
import type { Program } from './program';
import type { ExceptionFilters } from './breakpoints/exception-filters';
import type { BreakpointStore } from './breakpoints/store';
import { CLIENT_NAME, type Purpose, type SessionChannel, THREAD_ID } from './channel';
import { presentStop, type StopBody } from './stop-presentation';

export class RunControl {
  #listening: Disposable | undefined;
  #purpose: Purpose = 'continue';
  #goal: RunGoal = { kind: 'continue', direction: 'forward' };
  /** True while a stop is being looked at (conditions that could not be asked in the middle of the run). */
  #examining = false;
  /** Counts resumes and stops, so that what belongs to an older one is known. */
  #epoch = 0;
  #progressId: string | undefined;
  #progressCount = 0;
  #pauseWanted = false;
  /** The last stop as the client was told it. */
  lastStop: { readonly stop: Stop; readonly body: StopBody } | undefined;

  constructor(
    readonly session: SessionChannel & { readonly breakpoints: BreakpointStore; readonly exceptions: ExceptionFilters },
  ) {
    session.onProgram((program) => this.#attach(program));
  }

  /** True while the client still believes that the target runs. */
  get busy(): boolean {
    return this.#examining;
  }

  get progressId(): string | undefined {
    return this.#progressId;
  }

  #attach(program: Program): void {
    this.#listening?.dispose();
    this.#examining = false;
    this.lastStop = undefined;
    this.#listening = program.target.listen((event) => this.#onEvent(program, event));
  }

  /** Does something to a program's target of which the client is told nothing. */
  async quietly(program: Program, action: () => Awaitable<void>): Promise<void> {
    this.#listening?.dispose();
    try {
      await action();
    } finally {
      this.#attach(program);
    }
  }

  /** Lets go of the target. */
  dispose(): void {
    this.#listening?.dispose();
    this.#listening = undefined;
  }

  /** Begins to run; a `stopped` event of the protocol follows. */
  resume(program: Program, goal: RunGoal, purpose: Purpose): void {
    this.#goal = goal;
    this.#purpose = purpose;
    this.#pauseWanted = false;
    try {
      program.target.execution.resume(goal, CLIENT_NAME);
    } catch (error) {
      this.session.warn(
        `The machine could not be set going: ${error instanceof Error ? error.message : String(error)}`,
      );
      this.#tell(program, { ...program.target.execution.stop, reason: 'pause', text: '' });
    }
  }

  /** Asks for a stop as soon as it can be had. */
  pause(program: Program): void {
    this.#pauseWanted = true;
    program.target.execution.pause(CLIENT_NAME);
  }

  /** Tells the client that the target stands, though nothing ran: at the first stop and after a jump. */
  announce(program: Program, reason: 'entry' | 'goto' | 'found'): void {
    this.session.invalidate();
    this.#epoch++;
    const last = program.target.execution.stop;
    const stop: Stop =
      reason === 'found' ? last : { ...last, reason: reason === 'entry' ? 'entry' : 'goal', hits: [], text: '' };
    this.#purpose = reason === 'found' ? 'continue' : reason;
    this.#tell(program, stop);
  }

  #onEvent(program: Program, event: TargetEvent): void {
    switch (event.type) {
      case 'resumed':
        this.#epoch++;
        this.session.invalidate();
        if (event.who !== CLIENT_NAME) {
          this.#purpose = 'continue';
          this.#goal = event.goal;
          this.session.event('continued', { threadId: THREAD_ID, allThreadsContinued: true });
          this.session.output(`${event.who} runs the machine.`);
        }
        break;
      case 'stopped':
        this.#epoch++;
        this.#endProgress();
        this.session.invalidate();
        this.#stopped(program, event.stop, event.who);
        break;
      case 'progress':
        this.#progress(event.title, event.fraction);
        break;
      case 'changed':
        this.#changed(event.what);
        break;
      default:
        break;
    }
  }

  #stopped(program: Program, ended: Stop, who: string): void {
    // Who asked for a stop need not be told who ran the machine.
    const hit = ended.hits.some((id) => this.session.breakpoints.has(id));
    const own = who === CLIENT_NAME || hit || (ended.reason === 'pause' && this.#pauseWanted);
    const stop = own ? withoutPause(ended) : ended.text !== '' ? ended : { ...ended, text: `Run by ${who}.` };
    const waiting = this.session.breakpoints.undecided(stop.hits);
    const exception = stop.reason === 'exception' && this.session.exceptions.undecided;
    if (waiting.length === 0 && !exception) {
      this.#tell(program, stop);
      return;
    }
    const epoch = this.#epoch;
    this.#examining = true;
    const direction = 'direction' in this.#goal ? this.#goal.direction : 'forward';
    const examine = async (): Promise<void> => {
      const hits = await this.session.breakpoints.decide(program, waiting, direction, stop.access);
      const caught = exception && (await this.session.exceptions.decide(program));
      if (epoch !== this.#epoch) return;
      this.#examining = false;
      if (caught) {
        this.#tell(program, stop);
        return;
      }
      const remaining = [...stop.hits.filter((id) => !waiting.includes(id)), ...hits];
      if (remaining.length > 0) this.#tell(program, { ...stop, hits: remaining });
      else if (this.#pauseWanted) this.#tell(program, { ...stop, reason: 'pause', hits: [], text: '' });
      // A step that was interrupted has no goal of its own any more; it ends here.
      else if (this.#purpose === 'step') this.#tell(program, { ...stop, reason: 'step', hits: [], text: '' });
      else this.resume(program, this.#goal, this.#purpose);
    };
    examine().catch((error: unknown) => {
      this.#examining = false;
      this.session.host.problem?.(error instanceof Error ? error : new Error(String(error)));
      if (epoch === this.#epoch) this.#tell(program, stop);
    });
  }

  #tell(program: Program, stop: Stop): void {
    const kinds = stop.hits.map((id) => this.session.breakpoints.kindOf(id));
    const body = presentStop(stop, this.#purpose, kinds);
    this.lastStop = { stop, body };
    if (stop.reason === 'beginning')
      this.session.output('This is the beginning of the recorded time; there is nothing earlier.');
    if (stop.access !== undefined || this.#purpose === 'who') this.session.output(accessLine(program, stop));
    if (stop.reason === 'dead' || stop.reason === 'internal') this.session.warn(stop.text);
    // A title has no room for what a sentence can tell.
    if (stop.exception?.id === FILTER.ZEROS) this.session.warn(stop.exception.detail);
    if (stop.reason === 'dead' && program.noDebug) {
      this.session.event('exited', { exitCode: stop.exitCode ?? 0 });
      this.session.event('terminated');
      return;
    }
    this.session.event('stopped', body);
  }

  #changed(what: 'registers' | 'memory' | 'devices'): void {
    if (this.session.client.invalidated) {
      const areas = what === 'registers' ? ['stacks', 'variables'] : ['variables'];
      this.session.event('invalidated', { areas, threadId: THREAD_ID });
    }
  }

  #progress(title: string, fraction: number): void {
    if (!this.session.client.progress) return;
    const percentage = Math.round(fraction * 100);
    if (this.#progressId === undefined) {
      if (fraction >= 1) return;
      this.#progressId = `run-${++this.#progressCount}`;
      this.session.event('progressStart', { progressId: this.#progressId, title, cancellable: true, percentage });
    } else if (fraction < 1) this.session.event('progressUpdate', { progressId: this.#progressId, percentage });
    if (fraction >= 1) this.#endProgress();
  }

  #endProgress(): void {
    if (this.#progressId === undefined) return;
    this.session.event('progressEnd', { progressId: this.#progressId });
    this.#progressId = undefined;
  }
}

/** What a stop tells of an access, with the name of the place where there is one. */
function accessLine(program: Program, { text, access }: Stop): string {
  const name = access === undefined ? undefined : program.describe(access.pc);
  return name === undefined ? text : `${text.replace(/\.$/, '')} (${name}).`;
}

/** A pause that was asked for here explains itself. */
const withoutPause = (stop: Stop): Stop => (stop.reason === 'pause' ? { ...stop, text: '' } : stop);
