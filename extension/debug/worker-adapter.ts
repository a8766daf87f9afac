/** The adapter and its machine in one worker thread; this end is a pipe. */
import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import type { Log } from '../log';
import { sessionTextsServed, untilSessionTextsServed } from './session-texts';

/** A worker that was asked to end and has not after this many milliseconds is ended from outside. */
const PATIENCE = 2_000;

/** What VS Code's typings leave opaque and every message has. */
interface Message extends vscode.DebugProtocolMessage {
  readonly type: 'request' | 'response' | 'event';
  readonly command?: string;
  readonly body?: {
    readonly stackFrames?: readonly { readonly source?: { readonly sourceReference?: number } }[];
  };
}

/** Whether VS Code, once told, opens a text of the session. */
const leadsToText = ({ type, command, body }: Message): boolean =>
  type === 'response' &&
  command === 'stackTrace' &&
  (body?.stackFrames ?? []).some(({ source }) => (source?.sourceReference ?? 0) > 0);

export class WorkerAdapter implements vscode.DebugAdapter {
  readonly #messages = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly #worker: Worker;
  #ended = false;

  readonly onDidSendMessage = this.#messages.event;

  /**
   * @param file the bundled adapter
   * @param environment variables beside those of this process
   */
  constructor(
    file: string,
    environment: Readonly<Record<string, string>>,
    readonly log: Log,
  ) {
    this.#worker = new Worker(file, {
      name: 'Stepback machine',
      workerData: { role: 'stepback-adapter' },
      env: { ...process.env, ...environment },
      stdout: true,
      stderr: true,
    });
    this.#worker.on('message', (message: Message) => this.#send(message));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#exit(code));
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => this.log.warn(`adapter: ${text.trimEnd()}`));
    }
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    if (!this.#ended) this.#worker.postMessage(message);
  }

  /** Only such an answer waits: to tell whether texts are served, VS Code may ask this very session for one. */
  #send(message: Message): void {
    if (sessionTextsServed() || !leadsToText(message)) this.#messages.fire(message);
    else
      this.log.watch(
        'a frame',
        untilSessionTextsServed().then(() => this.#messages.fire(message)),
      );
  }

  /** Says on the debug console what went wrong: without, the session would only vanish. */
  #fail(error: Error): void {
    this.log.error('The machine failed', error);
    const output = `Stepback has failed: ${error.message}. "Stepback: Report a Problem" gathers what is known.\n`;
    this.#event('output', { category: 'important', output });
  }

  #exit(code: number): void {
    this.log.info(`the adapter's worker ended (${code})`);
    if (this.#ended) return;
    this.#ended = true;
    this.#event('terminated', {});
  }

  #event(event: string, body: object): void {
    this.#messages.fire({ seq: 0, type: 'event', event, body });
  }

  dispose(): void {
    this.#messages.dispose();
    if (this.#ended) return;
    this.#ended = true;
    const timer = setTimeout(() => this.log.watch('ending the worker', this.#worker.terminate()), PATIENCE);
    this.#worker.once('exit', () => clearTimeout(timer));
  }
}
