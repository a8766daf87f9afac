/** A small DAP client over an in-process transport. It speaks as VS Code does and keeps a transcript. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { transcriptEntry } from '../../debug-adapter/dap/transcript';
import { inlineTransport, type InlineTransport } from '../../debug-adapter/dap/transports';

type Message = DebugProtocol.ProtocolMessage;

interface Waiter {
  readonly matches: (event: DebugProtocol.Event) => boolean;
  readonly resolve: (event: DebugProtocol.Event) => void;
}

/** Longest wait for an event or an answer, in milliseconds. */
const PATIENCE = 5000;

export class DapClient {
  readonly transport: InlineTransport;
  readonly events: DebugProtocol.Event[] = [];
  transcript = '';
  #seq = 1;
  /** Events before this index were already given to someone who waited. */
  #taken = 0;
  readonly #waiters: Waiter[] = [];
  readonly #answers = new Map<number, (response: DebugProtocol.Response) => void>();

  /** @param send carries messages to an adapter that is elsewhere, whose messages come to `receive` */
  constructor(readonly send?: (message: Message) => void) {
    this.transport = inlineTransport((message) => {
      // What a client gets has gone through JSON.
      this.receive(JSON.parse(JSON.stringify(message)) as Message);
    });
  }

  receive(message: Message): void {
    this.transcript += transcriptEntry(message);
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      this.#answers.get(response.request_seq)?.(response);
      this.#answers.delete(response.request_seq);
      return;
    }
    const event = message as DebugProtocol.Event;
    this.events.push(event);
    const index = this.#waiters.findIndex((waiter) => waiter.matches(event));
    if (index >= 0) this.#waiters.splice(index, 1)[0]?.resolve(event);
  }

  /** Sends a request and gives its `seq` and its answer, also a refusal. */
  post(command: string, args?: unknown): { readonly seq: number; readonly answer: Promise<DebugProtocol.Response> } {
    const seq = this.#seq++;
    const request = { seq, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) };
    this.transcript += transcriptEntry(request);
    const answer = new Promise<DebugProtocol.Response>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${command}\n${this.transcript.slice(-2000)}`)),
        PATIENCE,
      );
      this.#answers.set(seq, (response) => {
        clearTimeout(timer);
        resolve(response);
      });
    });
    if (this.send === undefined) this.transport.send(JSON.parse(JSON.stringify(request)) as Message);
    else this.send(request);
    return { seq, answer };
  }

  /** Sends a request and gives the body of its answer. @throws Error when it is refused */
  async request<T = Record<string, unknown>>(command: string, args?: unknown): Promise<T> {
    const response = await this.post(command, args).answer;
    if (!response.success) throw new Error(`${command}: ${response.message}`);
    return response.body as T;
  }

  /** Sends a request that must be refused and gives the message. */
  async refused(command: string, args?: unknown): Promise<string> {
    const response = await this.post(command, args).answer;
    if (response.success) throw new Error(`${command} was not refused: ${JSON.stringify(response.body)}`);
    const body = response.body as { error: { format: string } };
    return body.error.format;
  }

  /** The next event of this name that comes from now on. */
  next<T = Record<string, unknown>>(name: string, matches: (body: T) => boolean = () => true): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no event ${name}\n${this.transcript.slice(-2000)}`)), PATIENCE);
      this.#waiters.push({
        matches: (event) => event.event === name && matches(event.body as T),
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event.body as T);
        },
      });
    });
  }

  /** Sends a request that sets the target going and waits for the stop. */
  async run(command: string, args: object = {}): Promise<DebugProtocol.StoppedEvent['body']> {
    const stopped = this.next<DebugProtocol.StoppedEvent['body']>('stopped');
    await this.request(command, { threadId: 1, ...args });
    return stopped;
  }

  /** Events of this name since the last call of this function. */
  takeEvents(name: string): DebugProtocol.Event[] {
    const found = this.events.slice(this.#taken).filter((event) => event.event === name);
    this.#taken = this.events.length;
    return found;
  }

  async stack(): Promise<DebugProtocol.StackFrame[]> {
    return (await this.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', { threadId: 1 })).stackFrames;
  }

  /** The innermost frame. */
  async top(): Promise<DebugProtocol.StackFrame> {
    const [frame] = await this.stack();
    if (frame === undefined) throw new Error('there is no frame');
    return frame;
  }

  async scopes(): Promise<DebugProtocol.Scope[]> {
    return (await this.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: (await this.top()).id }))
      .scopes;
  }

  async variables(variablesReference: number, more: object = {}): Promise<DebugProtocol.Variable[]> {
    return (await this.request<DebugProtocol.VariablesResponse['body']>('variables', { variablesReference, ...more }))
      .variables;
  }

  /** The rows of a scope by its name. */
  async scope(name: string): Promise<DebugProtocol.Variable[]> {
    const scope = (await this.scopes()).find((candidate) => candidate.name === name);
    if (scope === undefined) throw new Error(`there is no scope ${name}`);
    return this.variables(scope.variablesReference);
  }

  async evaluate(expression: string, more: object = {}): Promise<string> {
    return (await this.request<DebugProtocol.EvaluateResponse['body']>('evaluate', { expression, ...more })).result;
  }
}
