/** A session on the built-in machine, in this process: what a client sees of real guests. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type BuiltMachine, launcher } from '../../debug-adapter/host/launch';
import { nodeSessionHost } from '../../debug-adapter/host/session-host';
import { createSession, type RunningSession } from '../../debug-adapter/session/create-session';
import { EXCEPTION_FILTERS } from '../../emulator/debug/exceptions';
import { DapClient } from './dap-client';
import { INITIALIZE } from './dap-session';

type Output = DebugProtocol.OutputEvent['body'];

/** How long a guest is given for what is waited for, ms. */
const PATIENCE = 20_000;
const LOOK = 10;

export class RealSession {
  readonly client = new DapClient();
  readonly problems: Error[] = [];
  /** What was launched, the newest last. */
  readonly machines: BuiltMachine[] = [];
  readonly running: RunningSession;

  constructor() {
    const problem = (error: Error): void => void this.problems.push(error);
    const host = nodeSessionHost({ exceptionFilters: EXCEPTION_FILTERS, problem });
    const launch = launcher(problem);
    this.running = createSession(
      this.client.transport,
      async (options, { signal }) => {
        const machine = await launch(options, signal);
        this.machines.push(machine);
        return machine;
      },
      host,
    );
  }

  end(): void {
    this.running.end();
  }

  /** `initialize` as VS Code says it, and the extension's subscriptions. */
  async initialize(subscriptions: object = { serial: true }): Promise<void> {
    await this.client.request('initialize', INITIALIZE);
    await this.client.request('stepback.subscribe', subscriptions);
  }

  /** Launches and runs on, or stops at the entry, as the options say. */
  async launch(options: object): Promise<void> {
    const initialized = this.client.next('initialized');
    await this.client.request('launch', options);
    await initialized;
    await this.client.request('configurationDone');
  }

  /** Launches and waits for the first stop. */
  async launchToStop(options: object): Promise<DebugProtocol.StoppedEvent['body']> {
    const stopped = this.client.next<DebugProtocol.StoppedEvent['body']>('stopped');
    // A launch that is refused has no stop; what it says is told by `launch`.
    stopped.catch(() => undefined);
    await this.launch(options);
    return stopped;
  }

  /** What the guest has sent on a channel since the launch. */
  sent(channel: string): string {
    return this.client.events
      .filter(({ event, body }) => event === 'stepback.serial' && (body as { channel: string }).channel === channel)
      .map(({ body }) => Buffer.from((body as { data: string }).data, 'base64').toString('latin1'))
      .join('');
  }

  /** What the debug console shows of a category. */
  console(category: NonNullable<Output['category']>): string {
    return this.client.events
      .filter(({ event, body }) => event === 'output' && (body as Output).category === category)
      .map(({ body }) => (body as Output).output)
      .join('');
  }

  /** Waits until `text()` matches, and gives the text. @throws Error with what there is instead */
  async until(text: () => string, wanted: RegExp): Promise<string> {
    for (const start = performance.now(); performance.now() - start < PATIENCE; ) {
      const now = text();
      if (wanted.test(now)) return now;
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
    throw new Error(`${String(wanted)} did not come; there is: ${text()}`);
  }
}
