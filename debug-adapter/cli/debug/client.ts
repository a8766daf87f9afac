/** A client of a session in this process: the terminal is to it what an editor is to the adapter. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { EXCEPTION_FILTERS } from '../../../emulator/debug/exceptions';
import { inlineTransport, type InlineTransport } from '../../dap/transports';
import { launcher } from '../../host/launch';
import { nodeSessionHost } from '../../host/session-host';
import { createSession, type RunningSession } from '../../session/create-session';
import type { LaunchedMachine } from '../../session/host';

/** Bodies of answers, by request. */
export interface Bodies {
  evaluate: DebugProtocol.EvaluateResponse['body'];
  stackTrace: DebugProtocol.StackTraceResponse['body'];
  scopes: DebugProtocol.ScopesResponse['body'];
  variables: DebugProtocol.VariablesResponse['body'];
  disassemble: NonNullable<DebugProtocol.DisassembleResponse['body']>;
  readMemory: NonNullable<DebugProtocol.ReadMemoryResponse['body']>;
  setBreakpoints: DebugProtocol.SetBreakpointsResponse['body'];
  setFunctionBreakpoints: DebugProtocol.SetFunctionBreakpointsResponse['body'];
  setDataBreakpoints: DebugProtocol.SetDataBreakpointsResponse['body'];
  dataBreakpointInfo: DebugProtocol.DataBreakpointInfoResponse['body'];
  completions: DebugProtocol.CompletionsResponse['body'];
  source: DebugProtocol.SourceResponse['body'];
  gotoTargets: DebugProtocol.GotoTargetsResponse['body'];
}

/** A refusal of the session, in words for the person. */
export class Refused extends Error {}

export interface ClientEvents {
  /** Something to print: of the guest, or about it. */
  output(text: string, category: string): void;
  stopped(stop: DebugProtocol.StoppedEvent['body']): void;
  ended(): void;
  problem(error: Error): void;
}

export class TerminalClient {
  readonly #transport: InlineTransport;
  readonly #running: RunningSession;
  readonly #answers = new Map<number, (response: DebugProtocol.Response) => void>();
  #seq = 1;
  #launched: LaunchedMachine | undefined;
  #initialized: () => void = () => undefined;

  constructor(private readonly events: ClientEvents) {
    const host = nodeSessionHost({
      exceptionFilters: EXCEPTION_FILTERS,
      problem: (error) => events.problem(error),
      ended: () => events.ended(),
    });
    this.#transport = inlineTransport((message) => this.#receive(message));
    const launch = launcher((error) => events.problem(error));
    this.#running = createSession(
      this.#transport,
      async (options, { signal }) => {
        this.#launched = await launch(options, signal);
        return this.#launched;
      },
      host,
    );
  }

  #receive(message: DebugProtocol.ProtocolMessage): void {
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      this.#answers.get(response.request_seq)?.(response);
      this.#answers.delete(response.request_seq);
      return;
    }
    const told = message as DebugProtocol.Event;
    const { event } = told;
    const body: unknown = told.body;
    if (event === 'output') {
      const { output, category = 'console' } = body as DebugProtocol.OutputEvent['body'];
      this.events.output(output, category);
    } else if (event === 'stopped') this.events.stopped(body as DebugProtocol.StoppedEvent['body']);
    else if (event === 'terminated') this.events.ended();
    else if (event === 'initialized') this.#initialized();
  }

  /** @throws Refused with the session's own words */
  async request<T = unknown>(command: string, args?: object): Promise<T> {
    const seq = this.#seq++;
    const response = await new Promise<DebugProtocol.Response>((resolve) => {
      this.#answers.set(seq, resolve);
      const request = { seq, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) };
      this.#transport.send(request);
    });
    if (response.success) return response.body as T;
    const body = response.body as { readonly error?: { readonly format?: string } } | undefined;
    throw new Refused(body?.error?.format ?? response.message ?? `${command} was refused.`);
  }

  /** A request of the protocol whose answer is known by its name. @throws Refused */
  async ask<Name extends keyof Bodies>(command: Name, args: object): Promise<Bodies[Name]> {
    return this.request<Bodies[Name]>(command, args);
  }

  /** Builds and starts the machine; the first stop is told as an event. @throws Refused */
  async launch(options: object): Promise<void> {
    await this.request('initialize', {
      adapterID: 'stepback',
      linesStartAt1: true,
      columnsStartAt1: true,
      pathFormat: 'path',
      supportsMemoryReferences: true,
    });
    const initialized = new Promise<void>((resolve) => (this.#initialized = resolve));
    await this.request('launch', options);
    await initialized;
    await this.catch([]);
    await this.request('configurationDone');
  }

  /** Stops at exceptions: at those where an editor stops unless told, and at these. @throws Refused */
  async catch(filterOptions: readonly DebugProtocol.ExceptionFilterOptions[]): Promise<void> {
    const chosen = new Set(filterOptions.map(({ filterId }) => filterId));
    const filters = EXCEPTION_FILTERS.filter((one) => one.default && !chosen.has(one.id));
    await this.request('setExceptionBreakpoints', { filters: filters.map(({ id }) => id), filterOptions });
  }

  end(): void {
    this.#running.end();
  }
}
