/**
 * All running sessions of ours. A tracker sees each message in this process, whichever way the adapter was started, so
 * worker, stdio and socket look the same from here.
 */
import * as vscode from 'vscode';
import type { CustomEvents } from '../../debug-adapter/protocol/messages';
import type { Log } from '../log';
import { isCustomEvent, StepbackSession } from './session';

/** The part of a message that is looked at. */
interface AdapterMessage {
  readonly type?: string;
  readonly event?: string;
  readonly body?: unknown;
}

export class Sessions implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  readonly #live = new Map<string, StepbackSession>();
  readonly #created = new vscode.EventEmitter<StepbackSession>();
  readonly #started = new vscode.EventEmitter<StepbackSession>();
  readonly #offered = new vscode.EventEmitter<StepbackSession>();
  readonly #stopped = new vscode.EventEmitter<StepbackSession>();
  readonly #changed = new vscode.EventEmitter<StepbackSession>();
  readonly #ended = new vscode.EventEmitter<StepbackSession>();
  readonly #activeChanged = new vscode.EventEmitter<StepbackSession | undefined>();
  readonly #disposables: vscode.Disposable[];

  /** A session is there; its program may never come, because it can't be built. */
  readonly onDidCreate = this.#created.event;
  /** A session has its program, and has not run yet. */
  readonly onDidStart = this.#started.event;
  /** What the machine of a session offers is known. */
  readonly onDidOffer = this.#offered.event;
  /** The machine of a session stands still, at a new place. */
  readonly onDidStop = this.#stopped.event;
  /** Somebody changed registers, memory or chips of a machine that stands still. */
  readonly onDidChange = this.#changed.event;
  readonly onDidEnd = this.#ended.event;
  readonly onDidChangeActive = this.#activeChanged.event;

  constructor(readonly log: Log) {
    this.#disposables = [
      vscode.debug.onDidChangeActiveDebugSession(() => this.#activeChanged.fire(this.active)),
      vscode.debug.onDidTerminateDebugSession((session) => this.#end(session.id)),
    ];
  }

  /** The session that the person looks at, else the newest of ours. */
  get active(): StepbackSession | undefined {
    const { activeDebugSession } = vscode.debug;
    const focused = activeDebugSession === undefined ? undefined : this.#live.get(activeDebugSession.id);
    return focused ?? [...this.#live.values()].at(-1);
  }

  createDebugAdapterTracker(debugSession: vscode.DebugSession): vscode.DebugAdapterTracker {
    const session = new StepbackSession(debugSession);
    this.#created.fire(session);
    return {
      onDidSendMessage: (message: AdapterMessage) => {
        if (message.type === 'event' && message.event !== undefined) this.#event(session, message.event, message.body);
      },
      onError: (error) => this.log.error(`session "${session.name}"`, error),
      onExit: () => this.#end(session.id),
    };
  }

  #event(session: StepbackSession, name: string, body: unknown): void {
    if (isCustomEvent(name)) session.emit(name, body as CustomEvents[typeof name]);
    // VS Code sends configurationDone after this event, so what is asked for now counts from the first instruction.
    else if (name === 'initialized') this.log.watch('subscribing', this.#begin(session));
    else if (name === 'stopped') {
      session.stopped();
      this.#stopped.fire(session);
    } else if (name === 'memory' || name === 'invalidated') this.#changed.fire(session);
  }

  async #begin(session: StepbackSession): Promise<void> {
    this.#live.set(session.id, session);
    const subscribed = session.request('stepback.subscribe', { display: true, serial: true, status: true });
    this.#started.fire(session);
    this.#activeChanged.fire(this.active);
    session.offers = await subscribed;
    this.#offered.fire(session);
  }

  #end(id: string): void {
    const session = this.#live.get(id);
    if (session === undefined) return;
    this.#live.delete(id);
    session.dispose();
    this.#ended.fire(session);
    this.#activeChanged.fire(this.active);
  }

  dispose(): void {
    for (const id of [...this.#live.keys()]) this.#end(id);
    const all = [
      this.#created,
      this.#started,
      this.#offered,
      this.#stopped,
      this.#changed,
      this.#ended,
      this.#activeChanged,
    ];
    for (const emitter of all) emitter.dispose();
    for (const one of this.#disposables) one.dispose();
  }
}
