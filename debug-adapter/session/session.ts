/** The state that the request families share. */
import type { Frame, Note } from '../../emulator/debug/target';
import type { Connection } from '../dap/connection';
import { NotStoppedError, RequestError } from '../dap/errors';
import type { CustomEvents, SubscribeArguments } from '../protocol/messages';
import { ExceptionFilters } from './breakpoints/exception-filters';
import { BreakpointStore } from './breakpoints/store';
import { type ClientTraits, type SessionChannel, THREAD_ID } from './channel';
import { GeneratedSources } from './generated-sources';
import { Handles } from './handles';
import type { LaunchMachine, SessionHost } from './host';
import type { Program } from './program';
import { Remote } from './remote';
import { RunControl } from './run-control';

/** A thing in the Variables view that has children. */
export type VariableNode =
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'bits'; readonly register: string }
  | { readonly kind: 'machine' }
  | { readonly kind: 'chip'; readonly chip: string }
  | { readonly kind: 'chipRegister'; readonly chip: string; readonly register: string };

/** Notes and warnings kept for a problem report. */
const NOTES_KEPT = 200;

export class Session implements SessionChannel {
  client: ClientTraits = {
    linesStartAt1: true,
    columnsStartAt1: true,
    progress: false,
    invalidated: false,
    memory: false,
  };
  readonly variables = new Handles<VariableNode>();
  readonly frames = new Handles<Frame | undefined>();
  readonly generated = new GeneratedSources();
  readonly breakpoints: BreakpointStore;
  readonly exceptions: ExceptionFilters;
  readonly run: RunControl;
  readonly remote: Remote;
  readonly subscriptions: { -readonly [K in keyof SubscribeArguments]-?: boolean } = {
    display: false,
    serial: false,
    status: false,
    notes: false,
    sound: false,
  };
  readonly recentNotes: string[] = [];
  /** Writes all messages to a file from now on. @throws Error when it can't be written */
  startTrace: (path: string | undefined) => void = () => undefined;
  #program: Program | undefined;
  readonly #programListeners: ((program: Program) => void)[] = [];
  readonly #subscribeListeners: (() => void)[] = [];
  readonly #endListeners: (() => void)[] = [];
  #connection: Connection | undefined;
  #closed = false;

  constructor(
    readonly host: SessionHost,
    readonly launchMachine: LaunchMachine,
  ) {
    this.breakpoints = new BreakpointStore(this);
    this.exceptions = new ExceptionFilters(this);
    this.run = new RunControl(this);
    this.remote = new Remote(this);
  }

  /** Told once by the maker of the session, before the first message. */
  connect(connection: Connection): void {
    this.#connection = connection;
  }

  get connection(): Connection {
    if (this.#connection === undefined) throw new Error('The session has no connection yet.');
    return this.#connection;
  }

  /** Sends a protocol event. */
  event(name: string, body?: unknown): void {
    if (!this.closed) this.connection.event(name, body);
  }

  /** Sends an event of our own. */
  customEvent<K extends keyof CustomEvents>(name: K, body: CustomEvents[K]): void {
    this.event(name, body);
  }

  /** Writes to the debug console. A line feed is added where the text has none at its end. */
  output(text: string, category: 'console' | 'important' | 'stdout' | 'stderr' = 'console', place: object = {}): void {
    this.event('output', { category, output: text.endsWith('\n') ? text : `${text}\n`, ...place });
  }

  /** Keeps a line for a problem report. */
  remember(text: string): void {
    this.recentNotes.push(text);
    if (this.recentNotes.length > NOTES_KEPT) this.recentNotes.shift();
  }

  /** Something a person must know, also with the debug console closed. */
  warn(text: string): void {
    this.remember(text);
    this.output(text, 'important');
  }

  /** A happening of the machine; `place` is the line that it is about, as an output event has it. */
  note(note: Note, pcText: string, place: object = {}): void {
    this.remember(`${note.position} ${pcText} ${note.category}: ${note.text}`);
    if (this.subscriptions.notes) {
      this.customEvent('stepback.note', { category: note.category, text: note.text, pc: pcText, count: note.position });
    } else this.output(`${pcText} ${note.text}`, 'console', place);
  }

  /** Calls `listener` for each program that is launched, now and later. */
  onProgram(listener: (program: Program) => void): void {
    this.#programListeners.push(listener);
    if (this.#program !== undefined) listener(this.#program);
  }

  setProgram(program: Program | undefined): void {
    this.#program = program;
    if (program !== undefined) for (const listener of this.#programListeners) listener(program);
  }

  /** Calls `listener` whenever the client changed its subscriptions. */
  onSubscribe(listener: () => void): void {
    this.#subscribeListeners.push(listener);
  }

  /** Calls `listener` when the session ends, to stop what goes on by itself. */
  onEnd(listener: () => void): void {
    this.#endListeners.push(listener);
  }

  /** True after `disconnect`: nothing more is sent. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Ends what goes on by itself; nothing is sent from now on. */
  close(): void {
    this.#closed = true;
    for (const listener of this.#endListeners) listener();
  }

  /** The subscriptions were changed. */
  subscribed(): void {
    for (const listener of this.#subscribeListeners) listener();
  }

  get launched(): Program | undefined {
    return this.#program;
  }

  /** The launched program. @throws RequestError before `launch` */
  program(): Program {
    if (this.#program === undefined) throw new RequestError('No machine is running yet: send "launch" first.');
    return this.#program;
  }

  /** The program while it stands still. @throws NotStoppedError while it runs */
  stopped(): Program {
    const program = this.program();
    if (program.target.execution.running || this.run.busy) throw new NotStoppedError();
    return program;
  }

  /** The target moved: everything that the client holds of the stop before is void. */
  invalidate(): void {
    this.variables.clear();
    this.frames.clear();
    this.connection.cancelStale();
  }

  /** @throws RequestError for a thread that does not exist */
  checkThread(id: number): void {
    if (id !== THREAD_ID) throw new RequestError(`There is no thread ${id}; the CPU is thread ${THREAD_ID}.`);
  }
}
