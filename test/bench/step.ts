/**
 * How long a step takes as an editor sees it: from the request to stopped, stackTrace, scopes and all variables
 * answered. Steps back are measured after a run of 10^8 instructions on a guest that writes 16 MiB a virtual second.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { inlineTransport, type InlineTransport } from '../../debug-adapter/dap/transports';
import { serve } from '../../debug-adapter/main';

const RUN = 100_000_000;
const STEPS = 200;

/** The least of a DAP client. */
class Client {
  private sequence = 0;
  private readonly answers = new Map<number, (response: DebugProtocol.Response) => void>();
  private readonly waiting: { readonly event: string; readonly done: () => void }[] = [];
  private readonly transport: InlineTransport;

  constructor() {
    this.transport = inlineTransport((message) => this.receive(message));
    serve(this.transport, () => undefined);
  }

  private receive(message: DebugProtocol.ProtocolMessage): void {
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      this.answers.get(response.request_seq)?.(response);
      return;
    }
    const { event } = message as DebugProtocol.Event;
    for (const entry of this.waiting.filter((one) => one.event === event)) {
      this.waiting.splice(this.waiting.indexOf(entry), 1);
      entry.done();
    }
  }

  event(event: string): Promise<void> {
    return new Promise((done) => {
      this.waiting.push({ event, done });
    });
  }

  async request<T>(command: string, args: object = {}): Promise<T> {
    const seq = ++this.sequence;
    const response = await new Promise<DebugProtocol.Response>((done) => {
      this.answers.set(seq, done);
      const request: DebugProtocol.Request = { seq, type: 'request', command, arguments: args };
      this.transport.send(request);
    });
    if (!response.success) throw new Error(`${command}: ${response.message ?? 'failed'}`);
    return response.body as T;
  }

  /** What the editor asks after each stop. */
  async look(): Promise<void> {
    const { stackFrames } = await this.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', {
      threadId: 1,
      levels: 20,
    });
    const { scopes } = await this.request<DebugProtocol.ScopesResponse['body']>('scopes', {
      frameId: stackFrames[0].id,
    });
    for (const { variablesReference } of scopes) await this.request('variables', { variablesReference });
  }

  /** One step with everything that follows it, in ms. */
  async step(command: string): Promise<number> {
    const start = performance.now();
    const stopped = this.event('stopped');
    await this.request(command, { threadId: 1, granularity: 'instruction' });
    await stopped;
    await this.look();
    return performance.now() - start;
  }
}

const row = (name: string, times: readonly number[]): string => {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))].toFixed(2);
  return `${name.padEnd(42)} p50 ${at(0.5)}  p95 ${at(0.95)}  max ${at(1)} ms`;
};

/** Prints the figures. `image`: the guest that writes. */
export async function benchSteps(image: string): Promise<void> {
  const client = new Client();
  await client.request('initialize', { adapterID: 'stepback', linesStartAt1: true, columnsStartAt1: true });
  const initialized = client.event('initialized');
  const begin = performance.now();
  await client.request('launch', { program: image });
  await initialized;
  const entry = client.event('stopped');
  await client.request('configurationDone');
  await entry;
  console.log(`launch to first stop${' '.repeat(22)} ${(performance.now() - begin).toFixed(0)} ms`);
  const forward: number[] = [];
  for (let i = 0; i < STEPS; i++) forward.push(await client.step('stepIn'));
  console.log(row('step', forward));
  let position = 0;
  while (position < RUN) {
    await client.request('continue', { threadId: 1 });
    await new Promise((done) => setTimeout(done, 200));
    const paused = client.event('stopped');
    await client.request('pause', { threadId: 1 });
    await paused;
    ({ position } = await client.request<{ position: number }>('stepback.timeline'));
  }
  const first = await client.step('stepBack');
  console.log(`first step back after ${position} instructions`.padEnd(42), `${first.toFixed(2)} ms`);
  const back: number[] = [];
  for (let i = 0; i < STEPS; i++) back.push(await client.step('stepBack'));
  console.log(row(`the next ${STEPS} steps back`, back));
  await client.request('disconnect');
}
