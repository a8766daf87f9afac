/** The serial ports: a terminal for each that the guest sends to. The debug console (port E9h) goes to VS Code's own. */
import { TextDecoder } from 'node:util';
import * as vscode from 'vscode';
import type { StepbackSession } from '../debug/session';
import type { Sessions } from '../debug/sessions';
import type { Log } from '../log';
import { settings } from '../settings';
import { Scrollback } from './scrollback';

/** The channel of the debug console. */
const DEBUG_CONSOLE = 'debugcon';
const FIRST_PORT = 'com1';

/** Where the text of the terminals outlives a reload of the window. */
const MEMENTO = 'serial.scrollback';
/** Text is kept this many milliseconds after it came. */
const KEEP_AFTER = 500;

/** Our own words in a terminal, told from the guest's by being faint. */
const remark = (text: string): string => `\x1b[2m(${text})\x1b[0m\r\n`;

/** A terminal whose other end is a port of the guest. It outlives the session: the next one goes on in it. */
class SerialTerminal implements vscode.Pseudoterminal {
  readonly #writes = new vscode.EventEmitter<string>();
  readonly #scrollback: Scrollback;
  readonly terminal: vscode.Terminal;
  session: StepbackSession | undefined;
  #isOpen = false;

  readonly onDidWrite = this.#writes.event;

  constructor(
    readonly port: string,
    before: string,
    readonly log: Log,
  ) {
    this.#scrollback = new Scrollback(before);
    const iconPath = new vscode.ThemeIcon('plug');
    this.terminal = vscode.window.createTerminal({ name: port.toUpperCase(), pty: this, iconPath, isTransient: true });
  }

  get text(): string {
    return this.#scrollback.text;
  }

  open(): void {
    this.#isOpen = true;
    if (this.text !== '') this.#writes.fire(this.text);
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Text typed by the person, as UTF-8 to the guest. */
  handleInput(text: string): void {
    const { session, port } = this;
    if (session === undefined || session.ended || session.offers?.ports.includes(port) !== true) return;
    const data = Buffer.from(text, 'utf8').toString('base64');
    this.log.watch(`sending to ${port}`, session.request('stepback.serialInput', { port, data }));
  }

  write(text: string): void {
    this.#scrollback.add(text);
    // What comes before the terminal is shown is written when it opens.
    if (this.#isOpen) this.#writes.fire(text);
  }
}

export class SerialTerminals implements vscode.Disposable {
  readonly #terminals = new Map<string, SerialTerminal>();
  readonly #disposables: vscode.Disposable[];
  #keeping: NodeJS.Timeout | undefined;

  constructor(
    readonly sessions: Sessions,
    readonly memory: vscode.Memento,
    readonly log: Log,
  ) {
    for (const [port, text] of Object.entries(memory.get<Readonly<Record<string, string>>>(MEMENTO, {}))) {
      this.#create(port, text).write(remark('from before this window was opened'));
    }
    this.#disposables = [
      sessions.onDidStart((session) => this.#follow(session)),
      vscode.window.onDidCloseTerminal((closed) => this.#closed(closed)),
    ];
  }

  #create(port: string, before = ''): SerialTerminal {
    const terminal = new SerialTerminal(port, before, this.log);
    this.#terminals.set(port, terminal);
    return terminal;
  }

  #follow(session: StepbackSession): void {
    const decoders = new Map<string, TextDecoder>();
    session.on('stepback.serial', ({ channel, data }) => {
      const decoder = decoders.get(channel) ?? new TextDecoder();
      decoders.set(channel, decoder);
      const text = decoder.decode(Buffer.from(data, 'base64'), { stream: true });
      if (channel === DEBUG_CONSOLE) vscode.debug.activeDebugConsole.append(text);
      else this.#terminalFor(channel, session).write(text);
      this.#keepSoon();
    });
  }

  /** The terminal of a port, joined to the session; opened without the focus where there was none. */
  #terminalFor(port: string, session: StepbackSession): SerialTerminal {
    let terminal = this.#terminals.get(port);
    if (terminal?.session === session) return terminal;
    if (terminal === undefined) terminal = this.#create(port);
    if (settings.openSerial) terminal.terminal.show(true);
    terminal.write(remark(session.name));
    terminal.session = session;
    return terminal;
  }

  /** Shows the terminals; makes that of the first port where the guest has not sent anything yet. */
  show(): void {
    const session = this.sessions.active;
    if (this.#terminals.size === 0) this.#create(session?.offers?.ports[0] ?? FIRST_PORT).session = session;
    for (const { terminal } of this.#terminals.values()) terminal.show();
  }

  /** What the terminal of a port shows. */
  textOf(port: string): string {
    return this.#terminals.get(port)?.text ?? '';
  }

  #keepSoon(): void {
    this.#keeping ??= setTimeout(() => {
      this.#keeping = undefined;
      this.#keep();
    }, KEEP_AFTER);
  }

  #keep(): void {
    const texts = Object.fromEntries([...this.#terminals].map(([port, { text }]) => [port, text]));
    this.log.watch('keeping the serial text', this.memory.update(MEMENTO, texts));
  }

  #closed(closed: vscode.Terminal): void {
    // A reload closes the terminals too; only what the person closes is forgotten.
    if (closed.exitStatus?.reason !== vscode.TerminalExitReason.User) return;
    for (const [port, { terminal }] of this.#terminals) if (terminal === closed) this.#terminals.delete(port);
    this.#keep();
  }

  dispose(): void {
    clearTimeout(this.#keeping);
    for (const one of this.#disposables) one.dispose();
  }
}
