/** The debugger in a terminal: what it knows between two commands, and how a stop is shown. */
import { readFileSync } from 'node:fs';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { TerminalBreakpoints } from './breakpoints';
import { type Bodies, Refused, TerminalClient } from './client';
import { columns, type Style } from './text';

/** Lines of a source around the one that is shown. */
const AROUND = 5;
const THREAD = { threadId: 1 };
/** Scopes that `registers` leaves to other commands. */
const NO_REGISTERS = new Set(['Machine', 'Stack']);

export interface Screen {
  readonly style: Style;
  /** Of the terminal, in characters. */
  readonly width: () => number;
  print(text: string): void;
}

export class TerminalDebugger {
  readonly client: TerminalClient;
  readonly breakpoints: TerminalBreakpoints;
  /** Address behind the memory shown last, so that the command alone goes on. */
  nextMemory: { reference: string; count: number } | undefined;
  /** Of the code shown last. */
  nextCode: string | undefined;
  /** Set when the session has ended. */
  ended = false;
  #running = false;
  #waiting: (() => void) | undefined;
  #stop: DebugProtocol.StoppedEvent['body'] | undefined;
  readonly #registers = new Map<string, string>();
  /** Lines of sources by path; the generated ones change with the machine and are not kept. */
  readonly #sources = new Map<string, readonly string[]>();

  constructor(readonly screen: Screen) {
    this.client = new TerminalClient({
      output: (text, category) => screen.print(category === 'stdout' ? text : this.screen.style.faint(text.trimEnd())),
      stopped: (stop) => {
        this.#stop = stop;
        this.#wake();
      },
      ended: () => {
        this.ended = true;
        this.#wake();
      },
      problem: (error) => screen.print(error.message),
    });
    this.breakpoints = new TerminalBreakpoints(this.client);
  }

  #wake(): void {
    this.#running = false;
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** Does what sets the machine going, waits for the stop and shows it. @throws Refused */
  async go(start: () => Promise<unknown>): Promise<void> {
    const stopped = new Promise<void>((resolve) => (this.#waiting = resolve));
    this.#running = true;
    try {
      await start();
    } catch (error) {
      this.#running = false;
      this.#waiting = undefined;
      throw error;
    }
    await stopped;
    if (!this.ended) await this.showStop();
  }

  /** A request of the protocol that sets the machine going. @throws Refused */
  async run(command: string, more: object = {}): Promise<void> {
    await this.go(() => this.client.request(command, { ...THREAD, ...more }));
  }

  /** Interrupts a run; gives false where nothing runs. */
  async interrupt(): Promise<boolean> {
    if (!this.#running) return false;
    await this.client.request('pause', THREAD);
    return true;
  }

  async frames(levels: number): Promise<readonly DebugProtocol.StackFrame[]> {
    return (await this.client.ask('stackTrace', { ...THREAD, levels })).stackFrames;
  }

  /** The innermost frame. @throws Refused */
  async top(): Promise<DebugProtocol.StackFrame> {
    const [frame] = await this.frames(1);
    if (frame === undefined) throw new Refused('There is no frame.');
    return frame;
  }

  async evaluate(expression: string): Promise<Bodies['evaluate']> {
    const { id } = await this.top();
    return this.client.ask('evaluate', { expression, context: 'repl', frameId: id });
  }

  /** Lines of a frame's source, or nothing where it can't be read. */
  async source({ source }: DebugProtocol.StackFrame): Promise<readonly string[] | undefined> {
    if (source === undefined) return undefined;
    const { path, sourceReference } = source;
    if (sourceReference !== undefined && sourceReference > 0) {
      const { content } = await this.client.ask('source', { source, sourceReference });
      return content.split(/\r?\n/);
    }
    if (path === undefined) return undefined;
    let lines = this.#sources.get(path);
    if (lines === undefined) {
      try {
        lines = readFileSync(path, 'utf8').split(/\r?\n/);
      } catch {
        return undefined;
      }
      this.#sources.set(path, lines);
    }
    return lines;
  }

  /** Why it stopped, and where. */
  async showStop(): Promise<void> {
    const { screen } = this;
    this.nextCode = undefined;
    const stop = this.#stop;
    const reason = stop?.description ?? stop?.text;
    if (reason !== undefined && stop?.reason !== 'step') screen.print(screen.style.strong(reason));
    const frame = await this.top();
    const [instruction] = await this.instructions(frame.instructionPointerReference ?? '0', 1);
    const lines = frame.source?.sourceReference ? undefined : await this.source(frame);
    const text = lines?.[frame.line - 1];
    if (text !== undefined) {
      screen.print(`${screen.style.faint(`${frame.source?.name ?? ''}:${frame.line}`)}  ${text.trim()}`);
    }
    screen.print(`${frame.name.padEnd(24)}  ${instruction?.instruction ?? ''}`);
  }

  /** @param reference a memory reference of the protocol */
  async instructions(reference: string, count: number): Promise<readonly DebugProtocol.DisassembledInstruction[]> {
    const args = { memoryReference: reference, instructionCount: count, resolveSymbols: true };
    return (await this.client.ask('disassemble', args)).instructions;
  }

  /** Lines around the innermost frame's, which is marked. @throws Refused */
  async list(): Promise<void> {
    const frame = await this.top();
    const lines = await this.source(frame);
    if (lines === undefined) throw new Refused('There is no source of this place; "disassemble" shows the code.');
    const from = Math.max(1, frame.line - AROUND);
    for (let line = from; line <= Math.min(lines.length, frame.line + AROUND); line++) {
      const text = `${line === frame.line ? '->' : '  '} ${String(line).padStart(5)}  ${lines[line - 1] ?? ''}`;
      this.screen.print(line === frame.line ? this.screen.style.strong(text) : text);
    }
  }

  /** The registers of all groups, or of those whose title begins so. @throws Refused */
  async registers(wanted: string): Promise<void> {
    const { screen, client } = this;
    const { id } = await this.top();
    const { scopes } = await client.ask('scopes', { frameId: id });
    const shown = scopes.filter(({ name }) =>
      wanted === '' ? !NO_REGISTERS.has(name) : name.toLowerCase().startsWith(wanted.toLowerCase()),
    );
    if (shown.length === 0) {
      throw new Refused(`There is no group "${wanted}"; there are ${scopes.map(({ name }) => name).join(', ')}.`);
    }
    for (const { name, variablesReference } of shown) {
      const { variables } = await client.ask('variables', { variablesReference });
      screen.print(screen.style.faint(name));
      const cells = variables.map((variable) => {
        const text = `${variable.name}=${variable.value}`;
        const before = this.#registers.get(variable.name);
        const changed = before !== undefined && before !== variable.value;
        this.#registers.set(variable.name, variable.value);
        return { text, shown: changed ? screen.style.changed(text) : text };
      });
      for (const row of columns(cells, screen.width())) screen.print(row);
    }
  }

  /** Sources are read again after a restart: they may have been built anew. */
  forget(): void {
    this.#sources.clear();
  }
}
