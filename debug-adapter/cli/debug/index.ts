/** `stepback debug`: the debugger in a terminal, with the same session that an editor has. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Command } from 'commander';
import type { OptionName } from '../../protocol/options';
import { EXIT, UsageError } from '../exit-codes';
import { addImage, addOptions, readOptions } from '../options';
import { Refused } from './client';
import { COMMANDS, commandsNamed, helpText } from './commands';
import { TerminalDebugger } from './terminal';
import { styleFor } from './text';

const EXAMPLES = `
Examples:
  stepback debug boot.asm                 assembles, stops at the first instruction
  stepback debug boot.img -e 'break 0x7c3e; continue; registers; back'
  printf 'continue 5\\nscreen\\n' | stepback debug floppy.img --stop-on-entry reset

"help" lists the commands. Commands from a pipe or by -e end with code 1 at the first that fails.`;

const PROMPT = '(stepback) ';
const MOST_HISTORY = 1000;
const DEFAULT_WIDTH = 80;
/** Options that belong to editors: there is no port for GDB unless it is asked for. */
const PORT: OptionName = 'gdbPort';

export function defineDebug(command: Command): void {
  addOptions(addImage(command), undefined, 'launch')
    .option('-e, --execute <COMMANDS>', 'Does these commands, separated by ";", instead of asking for some.')
    .addHelpText('after', EXAMPLES)
    .action(async (image: string | undefined, { execute, ...raw }: Record<string, unknown>) => {
      const options = { ...raw, ...(image === undefined ? {} : { program: image }) };
      const { program: main, kernel, floppy, disk } = readOptions(image, raw, 'launch');
      if ((main ?? kernel ?? floppy ?? disk) === undefined) {
        throw new UsageError(
          'There is nothing to debug: name a source or an image, or give --floppy, --disk or --kernel.',
        );
      }
      const asked = command.getOptionValueSource(PORT) === 'cli';
      process.exitCode = await debug(asked ? options : { ...options, [PORT]: 'none' }, execute);
    });
}

async function debug(options: object, execute: unknown): Promise<number> {
  const shell = new Shell();
  try {
    await shell.start(options);
    if (typeof execute === 'string') return await shell.batch(execute.split(/;|\n/));
    return await (process.stdin.isTTY ? shell.interact() : shell.pipe());
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new UsageError(error.message, { cause: error });
  } finally {
    shell.end();
  }
}

class Shell {
  readonly #debugger: TerminalDebugger;
  #lines: Interface | undefined;
  /** The prompt is on the screen. */
  #asking = false;
  #last = '';

  constructor() {
    const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
    this.#debugger = new TerminalDebugger({
      style: styleFor(colours),
      width: () => process.stdout.columns ?? DEFAULT_WIDTH,
      print: (text) => this.#print(text),
    });
  }

  /** Writes above the prompt, which stays. */
  #print(text: string): void {
    if (this.#asking) process.stdout.write('\r\u001b[K');
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    if (this.#asking) this.#lines?.prompt(true);
  }

  async start(options: object): Promise<void> {
    const interrupt = () => void this.#interrupt();
    process.on('SIGINT', interrupt);
    try {
      await this.#debugger.go(() => this.#debugger.client.launch(options));
    } finally {
      process.off('SIGINT', interrupt);
    }
  }

  end(): void {
    this.#lines?.close();
    this.#debugger.client.end();
  }

  async #interrupt(): Promise<void> {
    if (await this.#debugger.interrupt()) return;
    this.#print('Nothing runs; "quit" ends.');
  }

  /** Does one line; false at the end. @throws Refused */
  async #do(line: string): Promise<boolean> {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return true;
    const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
    if (word === 'quit' || word === 'q' || word === 'exit') return false;
    if (word === 'help' || word === '?') {
      this.#print(helpText());
      return true;
    }
    const found = commandsNamed(word);
    const [command] = found;
    if (command === undefined) throw new Refused(`There is no command "${word}". "help" lists them.`);
    if (found.length > 1) {
      throw new Refused(`"${word}" may be ${found.map(({ names }) => names[0]).join(', ')}.`);
    }
    this.#last = command.repeats === true ? (command.names[0] ?? '') : '';
    await command.run(this.#debugger, rest.trim());
    return !this.#debugger.ended;
  }

  async batch(lines: readonly string[]): Promise<number> {
    const interrupt = () => void this.#interrupt();
    process.on('SIGINT', interrupt);
    try {
      for (const line of lines) if (!(await this.#do(line))) break;
      return EXIT.ok;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      process.stderr.write(`stepback: ${error.message}\n`);
      return EXIT.failed;
    } finally {
      process.off('SIGINT', interrupt);
    }
  }

  /** Commands from standard input, one a line. */
  async pipe(): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return this.batch(Buffer.concat(chunks).toString().split(/\r?\n/));
  }

  async interact(): Promise<number> {
    const history = historyFile();
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      prompt: PROMPT,
      history: readHistory(history),
      historySize: MOST_HISTORY,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) => {
        void this.#completeInto(line, done);
      },
    });
    this.#lines = lines;
    const entered: string[] = [];
    lines.on('SIGINT', () => void this.#interrupt());
    lines.on('history', (all: string[]) => {
      entered.length = 0;
      entered.push(...all);
    });
    this.#ask();
    for await (const line of lines) {
      this.#asking = false;
      try {
        if (!(await this.#do(line.trim() === '' ? this.#last : line))) break;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.#print(error.message);
      }
      this.#ask();
    }
    this.#asking = false;
    writeHistory(history, entered);
    return EXIT.ok;
  }

  #ask(): void {
    this.#asking = true;
    this.#lines?.prompt();
  }

  async #completeInto(line: string, done: (error: Error | null, result: [string[], string]) => void): Promise<void> {
    let result: [string[], string] = [[], line];
    try {
      result = await this.#complete(line);
    } catch {
      // What the session refuses to complete is completed by nothing.
    }
    done(null, result);
  }

  /** Commands for the first word, registers, labels and chips behind it. */
  async #complete(line: string): Promise<[string[], string]> {
    const first = /^\s*(\S*)$/.exec(line)?.[1];
    if (first !== undefined) {
      const names = [...COMMANDS.flatMap((command) => command.names), 'help', 'quit'];
      return [names.filter((name) => name.startsWith(first)).map((name) => `${name} `), first];
    }
    const { targets } = await this.#debugger.client.ask('completions', { text: line, column: line.length + 1 });
    const typed = line.slice(line.length - (targets[0]?.length ?? 0));
    return [targets.map(({ label, text = label }) => text), typed];
  }
}

const historyFile = (): string =>
  path.join(process.env['XDG_STATE_HOME'] ?? path.join(homedir(), '.local', 'state'), 'stepback', 'history');

/** Newest first, as readline wants it. */
function readHistory(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

function writeHistory(file: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${lines.slice(0, MOST_HISTORY).join('\n')}\n`, { mode: 0o600 });
  } catch (error) {
    process.stderr.write(
      `stepback: the history could not be kept: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}
