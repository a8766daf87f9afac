/** What the tests inside the extension host share: sessions that are started, waited for and ended. */
import { strict as assert } from 'node:assert';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import type { StepbackApi } from '../../extension/main';

const EXTENSION_ID = 'stepback.stepback';
const LIMIT = 20_000;

export const extension = (): vscode.Extension<StepbackApi> => {
  const found = vscode.extensions.getExtension<StepbackApi>(EXTENSION_ID);
  assert.ok(found !== undefined, 'the extension is installed');
  return found;
};

export const api = async (): Promise<StepbackApi> => extension().activate();

export function exampleFile(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(folder !== undefined, 'the example is open');
  return vscode.Uri.joinPath(folder, name);
}

/** Reads again until there is an answer. @param seen what there was instead, for the message */
export async function eventually<T>(
  what: string,
  read: () => T | undefined | Promise<T | undefined>,
  seen?: () => unknown,
): Promise<T> {
  const end = Date.now() + LIMIT;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > end) {
      const instead = seen === undefined ? '' : `; there was ${JSON.stringify(seen())}`;
      throw new Error(`${what}: not within ${LIMIT} ms${instead}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Line of the example (from 1) that holds a text. */
export async function lineOf(text: string): Promise<number> {
  const document = await vscode.workspace.openTextDocument(exampleFile('boot.asm'));
  const line = document
    .getText()
    .split('\n')
    .findIndex((one) => one.includes(text));
  assert.ok(line >= 0, `the example has the line "${text}"`);
  return line + 1;
}

type StopBody = DebugProtocol.StoppedEvent['body'];

/** The session under test, watched through a tracker of its own. */
export class Watched implements vscode.Disposable {
  readonly #stops: StopBody[] = [];
  readonly #events: string[] = [];
  readonly #tracker: vscode.Disposable;
  #seen = 0;

  constructor() {
    this.#tracker = vscode.debug.registerDebugAdapterTrackerFactory('stepback', {
      createDebugAdapterTracker: () => ({
        onDidSendMessage: (message: DebugProtocol.Event) => {
          if (message.type !== 'event') return;
          this.#events.push(message.event);
          if (message.event === 'stopped') this.#stops.push(message.body as StopBody);
        },
      }),
    });
  }

  get session(): vscode.DebugSession {
    const { activeDebugSession } = vscode.debug;
    assert.ok(activeDebugSession !== undefined, 'a session runs');
    return activeDebugSession;
  }

  get events(): readonly string[] {
    return this.#events;
  }

  /** The next stop after the one that was given last. */
  async stop(): Promise<StopBody> {
    const index = this.#seen++;
    const stop = await eventually(`stop ${index + 1}`, () => this.#stops[index]);
    await eventually('the session', () => vscode.debug.activeDebugSession);
    return stop;
  }

  /** The innermost frame. */
  async frame(): Promise<DebugProtocol.StackFrame> {
    return (await this.frames())[0];
  }

  async frames(): Promise<readonly DebugProtocol.StackFrame[]> {
    const response = (await this.session.customRequest('stackTrace', {
      threadId: 1,
    })) as DebugProtocol.StackTraceResponse['body'];
    return response.stackFrames;
  }

  /** The value of a register. */
  async register(name: string): Promise<number> {
    const { result } = (await this.session.customRequest('evaluate', {
      expression: name,
      context: 'watch',
      frameId: (await this.frame()).id,
    })) as DebugProtocol.EvaluateResponse['body'];
    return Number(/0x[0-9a-f]+/i.exec(result)?.[0] ?? result);
  }

  /** Presses one of VS Code's own buttons: they work only once it has heard of the stop and focused a frame. */
  async press(command: string): Promise<void> {
    await eventually('a frame in focus', () => (vscode.debug.activeStackItem === undefined ? undefined : true));
    await vscode.commands.executeCommand(command);
  }

  /** Presses a button and waits for the stop after it. */
  async command(name: string): Promise<StopBody> {
    await this.press(name);
    return this.stop();
  }

  /** F5 on the example, as far as the stop at its first instruction. */
  async startExample(): Promise<StopBody> {
    // The stops of sessions before are not this one's.
    this.#seen = this.#stops.length;
    await vscode.window.showTextDocument(exampleFile('boot.asm'), { viewColumn: vscode.ViewColumn.One });
    await vscode.commands.executeCommand('workbench.action.debug.start');
    return this.stop();
  }

  async end(): Promise<void> {
    await vscode.debug.stopDebugging();
    await eventually('the end of the session', () =>
      vscode.debug.activeDebugSession === undefined ? true : undefined,
    );
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
  }

  dispose(): void {
    this.#tracker.dispose();
  }
}

/** An empty folder outside the workspace, removed by the returned function. */
export async function scratchFolder(): Promise<{ readonly uri: vscode.Uri; remove(): Thenable<void> }> {
  const { tmpdir } = await import('node:os');
  const { mkdtempSync } = await import('node:fs');
  const uri = vscode.Uri.file(mkdtempSync(path.join(tmpdir(), 'stepback-host-')));
  return { uri, remove: () => vscode.workspace.fs.delete(uri, { recursive: true }) };
}
