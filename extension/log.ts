/** The output channel `Stepback`, with its latest lines kept for a problem report. */
import * as vscode from 'vscode';

/** Lines that a problem report holds at most. */
const KEPT = 200;

export class Log implements vscode.Disposable {
  readonly #channel = vscode.window.createOutputChannel('Stepback', { log: true });
  readonly #lines: string[] = [];

  info(text: string): void {
    this.#keep(`info ${text}`);
    this.#channel.info(text);
  }

  warn(text: string): void {
    this.#keep(`warning ${text}`);
    this.#channel.warn(text);
  }

  error(what: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#keep(`error ${what}: ${text}`);
    this.#channel.error(`${what}: ${text}`);
  }

  /** For a promise that nobody waits for: its failure is logged. */
  watch(what: string, promise: Thenable<unknown>): void {
    promise.then(undefined, (error: unknown) => this.error(what, error));
  }

  /** The latest lines, oldest first. */
  get recent(): readonly string[] {
    return this.#lines;
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT) this.#lines.shift();
  }

  dispose(): void {
    this.#channel.dispose();
  }
}
