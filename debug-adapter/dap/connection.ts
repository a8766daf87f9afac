/** Messages in, messages out: checks arguments, keeps the order, turns errors into answers. */
import { ProtocolServer } from '@vscode/debugadapter/lib/protocol';
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import { CancelledError, errorBody, RequestError } from './errors';
import { RequestQueue } from './request-queue';
import type { Handler } from './requests';

/** Sees every message; `problem` tells of what has no answer, such as a broken frame. */
export interface ConnectionObserver {
  message?(direction: 'in' | 'out', message: DebugProtocol.ProtocolMessage): void;
  problem?(error: Error): void;
}

interface Pending {
  readonly handler: Handler | undefined;
  readonly abort: AbortController;
}

/** Path of a valibot issue as a person writes it: `source.path`, `breakpoints[2].line`. */
function issuePath(issue: v.BaseIssue<unknown>): string {
  let text = '';
  for (const item of issue.path ?? []) {
    const { key } = item;
    text += typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${String(key)}`;
  }
  return text;
}

/** The arguments as the handler wants them. @throws RequestError that names the argument and what is wrong with it. */
function checkedArguments(handler: Handler, args: unknown): unknown {
  const result = v.safeParse(handler.schema, args ?? {}, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = issuePath(issue);
  throw new RequestError(`${handler.command}: ${path === '' ? 'arguments' : `argument "${path}"`}: ${issue.message}`);
}

/**
 * The adapter's end of the wire. `@vscode/debugadapter` frames and numbers the messages; its own request handlers are
 * synchronous and would lose a rejected promise, so requests are dispatched here.
 */
export class Connection extends ProtocolServer {
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #observer: ConnectionObserver;
  readonly #queue = new RequestQueue();
  readonly #pending = new Map<number, Pending>();

  constructor(handlers: readonly Handler[], observer: ConnectionObserver = {}) {
    super();
    this.#handlers = new Map(handlers.map((handler) => [handler.command, handler]));
    this.#observer = observer;
    // Without a listener an `error` event of Node's emitter ends the process.
    this.on('error', (event: DebugProtocol.Event) => observer.problem?.(new Error(String(event.body))));
  }

  override handleMessage(message: DebugProtocol.ProtocolMessage): void {
    if (typeof message !== 'object' || message === null) {
      this.#observer.problem?.(new Error('A message that is not an object was ignored.'));
      return;
    }
    this.#observer.message?.('in', message);
    super.handleMessage(message);
  }

  override sendEvent(event: DebugProtocol.Event): void {
    super.sendEvent(event);
    this.#observer.message?.('out', event);
  }

  override sendResponse(response: DebugProtocol.Response): void {
    super.sendResponse(response);
    this.#observer.message?.('out', response);
  }

  /** Sends an event. `body` must be what JSON can hold. */
  event(event: string, body?: unknown): void {
    this.sendEvent({ seq: 0, type: 'event', event, ...(body === undefined ? {} : { body }) });
  }

  /** Cancels a request that is waiting or under way: it is answered with `cancelled` at once. False: there is none. */
  cancel(seq: number): boolean {
    const pending = this.#pending.get(seq);
    pending?.abort.abort();
    return pending !== undefined;
  }

  /** Drops the answers under way that belong to an older stop. */
  cancelStale(): void {
    for (const { handler, abort } of this.#pending.values()) if (handler?.stopBound === true) abort.abort();
  }

  /** Cancels everything under way, at the end of the session. */
  cancelAll(): void {
    for (const { abort } of this.#pending.values()) abort.abort();
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    const handler = this.#handlers.get(request.command);
    const pending: Pending = { handler, abort: new AbortController() };
    this.#pending.set(request.seq, pending);
    const answered = handler === undefined ? this.#refuse(request) : this.#enqueue(handler, request, pending);
    answered.catch((error: unknown) =>
      this.#observer.problem?.(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #refuse(request: DebugProtocol.Request): Promise<void> {
    this.#answer(request, new RequestError(`Stepback does not know the request "${request.command}".`));
  }

  async #enqueue(handler: Handler, request: DebugProtocol.Request, pending: Pending): Promise<void> {
    const { signal } = pending.abort;
    const cancelled = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        // Whatever the handler still brings forth is dropped, since the request is then answered.
        this.#answer(request, new CancelledError());
        resolve();
      });
    });
    const handled = this.#queue.run(handler.order, async () => {
      if (signal.aborted) return;
      const after: (() => void)[] = [];
      let outcome: unknown;
      try {
        const args = checkedArguments(handler, request.arguments);
        const body = await handler.answer(args, { signal, after: (action) => after.push(action) });
        outcome = { body };
      } catch (error) {
        outcome = error;
        if (!(error instanceof RequestError)) {
          this.#observer.problem?.(error instanceof Error ? error : new Error(String(error)));
        }
      }
      this.#answer(request, outcome);
      if (!signal.aborted) for (const action of after) action();
    });
    await Promise.race([handled, cancelled]);
  }

  /** Answers once: `outcome` is `{ body }` or what was thrown. */
  #answer(request: DebugProtocol.Request, outcome: unknown): void {
    if (!this.#pending.delete(request.seq)) return;
    const base = { seq: 0, type: 'response', request_seq: request.seq, command: request.command } as const;
    if (outcome !== null && typeof outcome === 'object' && !(outcome instanceof Error) && 'body' in outcome) {
      this.sendResponse({ ...base, success: true, ...(outcome.body === undefined ? {} : { body: outcome.body }) });
    } else {
      const { message, error } = errorBody(outcome);
      this.sendResponse({ ...base, success: false, message, body: { error } });
    }
  }
}
