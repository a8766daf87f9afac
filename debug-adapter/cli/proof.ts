/**
 * `stepback proof`: shows that the main job works here. It starts the debug adapter as a process of its own and drives it
 * over the protocol as VS Code does: to the first instruction, to the image's message, 100 steps on and 100 back.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Command } from 'commander';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { ReportResponse, ScreenTextResponse } from '../protocol/messages';
import { DapClient } from './dap-client';
import { EXIT, UsageError } from './exit-codes';

const STEPS = 100;
/** Beside dist/, where this file is bundled to. */
const EXAMPLE = path.join(__dirname, '..', 'examples', 'hello-boot', 'boot.bin');
/** Where the example waits, its message on the screen. */
const LABEL = 'wait_for_key';
/** How long another image is given to show its message, and how often it is looked at, ms. */
const MESSAGE_MS = 20_000;
const LOOK_MS = 50;

type Stopped = DebugProtocol.StoppedEvent['body'];

export function defineProof(command: Command): void {
  command.argument('[IMAGE]', 'A boot image that shows a message.', EXAMPLE).action(async (image: string) => {
    if (!existsSync(image)) throw new UsageError(`${image} is not there: name an image to prove with.`);
    process.exitCode = await prove(image);
  });
}

async function prove(image: string): Promise<number> {
  const client = new DapClient(process.execPath, [...process.execArgv, path.resolve(process.argv[1] ?? ''), 'dap']);
  try {
    const proof = new Proof(client);
    const line = await proof.run(path.resolve(image));
    process.stdout.write(`${line}\n`);
    for (const row of proof.screen) process.stdout.write(`  | ${row}\n`);
    return EXIT.ok;
  } catch (error) {
    process.stderr.write(`proof: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failed;
  } finally {
    client.close();
  }
}

class Proof {
  screen: readonly string[] = [];

  constructor(private readonly client: DapClient) {}

  /** Gives the line to print. @throws Error that says what did not hold */
  async run(image: string): Promise<string> {
    await this.launch(image);
    await this.toMessage();
    const { position } = await this.report();
    const digests: string[] = [];
    for (let i = 0; i < STEPS; i++) {
      digests.push((await this.report()).digest);
      await this.step('stepIn');
    }
    for (let i = STEPS - 1; i >= 0; i--) {
      await this.step('stepBack');
      const report = await this.report();
      if (report.digest !== digests[i]) {
        throw new Error(`The step back to step ${i} gave another state (at instruction ${report.position}).`);
      }
    }
    const name = path.basename(path.dirname(image));
    return (
      `proof: ${name} ran ${position} instructions to its message; ` +
      `${STEPS} steps forward, ${STEPS} back, digests equal`
    );
  }

  private async launch(program: string): Promise<void> {
    const { client } = this;
    await client.request('initialize', {
      clientID: 'stepback-proof',
      adapterID: 'stepback',
      pathFormat: 'path',
      linesStartAt1: true,
      columnsStartAt1: true,
      supportsVariableType: true,
      supportsMemoryReferences: true,
    });
    await client.request('launch', { type: 'stepback', request: 'launch', program });
    await client.event('initialized');
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    await client.request('setInstructionBreakpoints', { breakpoints: [] });
    await client.request('setExceptionBreakpoints', { filters: [] });
    await client.request('configurationDone');
    await this.stopped('entry');
  }

  /** Waits for a stop and asks for what an editor shows of it. */
  private async stopped(reason: string): Promise<void> {
    const { client } = this;
    const body = await client.event<Stopped>('stopped');
    if (body.reason !== reason) {
      throw new Error(`The machine stopped for "${body.reason}" (${body.text ?? ''}), not for "${reason}".`);
    }
    await client.request('threads');
    const { stackFrames } = await client.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', {
      threadId: body.threadId ?? 1,
      startFrame: 0,
      levels: 20,
    });
    const [frame] = stackFrames;
    if (frame === undefined) throw new Error('The stopped machine has no stack frame.');
    const { scopes } = await client.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: frame.id });
    const [scope] = scopes;
    if (scope === undefined) throw new Error('The stopped machine has no registers.');
    await client.request('variables', { variablesReference: scope.variablesReference });
  }

  private async step(command: 'stepIn' | 'stepBack'): Promise<void> {
    await this.client.request(command, { threadId: 1, granularity: 'instruction' });
    await this.stopped('step');
  }

  private report(): Promise<ReportResponse> {
    return this.client.request<ReportResponse>('stepback.report');
  }

  private async look(): Promise<readonly string[]> {
    const { rows } = await this.client.request<ScreenTextResponse>('stepback.screenText');
    const last = rows.findLastIndex((row) => row !== '');
    return rows.slice(0, last + 1);
  }

  /** Runs to where the example waits; another image until its screen shows something. */
  private async toMessage(): Promise<void> {
    const { client } = this;
    const { breakpoints } = await client.request<DebugProtocol.SetFunctionBreakpointsResponse['body']>(
      'setFunctionBreakpoints',
      { breakpoints: [{ name: LABEL }] },
    );
    const known = breakpoints[0]?.verified;
    if (!known) await client.request('setFunctionBreakpoints', { breakpoints: [] });
    await client.request('continue', { threadId: 1 });
    if (known) {
      await this.stopped('function breakpoint');
      await client.request('setFunctionBreakpoints', { breakpoints: [] });
    } else {
      await this.untilShown();
      await client.request('pause', { threadId: 1 });
      await this.stopped('pause');
    }
    this.screen = await this.look();
    if (this.screen.length === 0) throw new Error('The screen is empty: there is no message.');
  }

  private async untilShown(): Promise<void> {
    const end = performance.now() + MESSAGE_MS;
    while ((await this.look()).length === 0) {
      if (performance.now() > end) throw new Error(`The screen is still empty after ${MESSAGE_MS / 1000} s.`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}
