/** One Memory panel: hands what its page asks to the session that is looked at, and tells it when that moves. */
import type * as vscode from 'vscode';
import type { MemoryResponse } from '../../debug-adapter/protocol/messages';
import type { StepbackSession } from '../debug/session';
import type { Sessions } from '../debug/sessions';
import type { Log } from '../log';
import type { FromMemory, MemoryRange, MemoryTarget, ToMemory } from '../shared/memory';
import { copyRange, referenceOf } from './memory-range';
import { pageHtml, webviewFolder } from './webview-html';

export const MEMORY_TITLE = 'Memory';

const BODY = `
<div id="bar" role="toolbar" aria-label="Memory">
  <input id="expression" type="text" list="places" spellcheck="false" autocomplete="off" aria-label="Address or expression"
    placeholder="0x7c00, SS:SP, label+4" title="Address or expression (Ctrl+G): 0x7c00, SS:SP, es:di+4, label, word[bp+4], port 60h">
  <datalist id="places"></datalist>
  <button id="follow" type="button" aria-pressed="false" title="Follow: go there again at every stop"><span class="codicon codicon-pin"></span>Follow</button>
  <select id="mode" aria-label="Address space" title="Address space"></select>
  <select id="columns" aria-label="Bytes on a row" title="Bytes on a row"></select>
  <select id="unit" aria-label="Size of the numbers" title="Size of the numbers">
    <option value="1">byte</option><option value="2">word</option><option value="4">dword</option>
  </select>
</div>
<div id="problem" role="alert" hidden></div>
<main id="memory">
  <div id="body">
    <div id="head" aria-hidden="true"></div>
    <div id="status" role="status"></div>
    <div id="addresses" aria-hidden="true"></div>
    <div id="hex" role="grid" tabindex="0" aria-label="Bytes as numbers"></div>
    <div id="text" role="grid" tabindex="0" aria-label="Bytes as text"></div>
    <div id="scrollbar" aria-hidden="true"><div id="thumb"></div></div>
  </div>
  <div id="probe" class="row" aria-hidden="true">0000000000</div>
</main>
<footer id="inspector" role="status" aria-live="off"></footer>
`;

export interface MemoryServices {
  readonly sessions: Sessions;
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
}

export class MemoryPanel implements vscode.Disposable {
  readonly #listening: vscode.Disposable[] = [];
  #following: vscode.Disposable | undefined;
  #session: StepbackSession | undefined;
  /** The page has been there. It may be gone while it is hidden, and then says `ready` anew. */
  #isReady = false;
  #isRunning = false;
  /** Counts the stops, over all sessions. */
  #stop = 0;
  #looksAt = '';
  /** What the page was given last, and how often it was given something. */
  #lastRead: MemoryRange | undefined;
  #reads = 0;

  /** @param target where to look; without, the page goes on where it was */
  constructor(
    readonly panel: vscode.WebviewPanel,
    readonly services: MemoryServices,
    target: MemoryTarget | undefined,
  ) {
    const { sessions, extensionUri } = services;
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(extensionUri)] };
    this.#listening.push(
      webview.onDidReceiveMessage((message: FromMemory) => this.#receive(message)),
      panel.onDidChangeViewState(() => {
        // VS Code may take the page out of sight and back as it was, such as when the panel moves to another group;
        // what was said meanwhile is lost.
        if (panel.visible) this.#tellMachine();
      }),
      sessions.onDidChangeActive((session) => this.#look(session)),
      sessions.onDidOffer((session) => this.#moved(session)),
      sessions.onDidStop((session) => this.#moved(session)),
      sessions.onDidChange((session) => {
        if (session === this.#session) this.#say({ type: 'changed' });
      }),
    );
    this.#look(sessions.active);
    const data = target && { expression: target.expression, follow: String(target.follow) };
    webview.html = pageHtml(webview, extensionUri, {
      name: 'memory',
      title: MEMORY_TITLE,
      body: BODY,
      ...(data && { data }),
    });
  }

  #look(session: StepbackSession | undefined): void {
    if (session === this.#session) return;
    this.#following?.dispose();
    this.#session = session;
    this.#isRunning = session?.isRunning ?? false;
    this.#stop++;
    this.#following = session?.on('stepback.status', ({ running }) => {
      // The end of a run is told by the stop.
      if (!running || this.#isRunning) return;
      this.#isRunning = true;
      this.#tellMachine();
    });
    this.#tellMachine();
  }

  /** The machine stands still, maybe at another place. */
  #moved(session: StepbackSession): void {
    if (session !== this.#session) return;
    this.#isRunning = false;
    this.#stop++;
    this.#tellMachine();
  }

  #tellMachine(): void {
    const session = this.#session;
    const { offers } = session ?? {};
    if (session === undefined || offers === undefined) {
      this.#say({ type: 'machine', machine: undefined });
      return;
    }
    const { id, name } = session;
    const { spaces, segmented, byteOrder } = offers;
    const machine = { id, name, running: this.#isRunning, stop: this.#stop, spaces, segmented, byteOrder };
    this.#say({ type: 'machine', machine });
  }

  /** Lets the person say where to look. */
  ask(): void {
    this.#say({ type: 'ask' });
  }

  #say(message: ToMemory): void {
    if (this.#isReady) this.services.log.watch('speaking to a Memory panel', this.panel.webview.postMessage(message));
  }

  #receive(message: FromMemory): void {
    const { log } = this.services;
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        this.#tellMachine();
        break;
      case 'read':
        log.watch('reading memory', this.#read(message.stop, message.range));
        break;
      case 'locate':
        log.watch('finding an address', this.#locate(message.id, message.expression, message.space));
        break;
      case 'write':
        log.watch('writing memory', this.#write(message.range, message.bytes));
        break;
      case 'copy':
        if (this.#session !== undefined)
          log.watch('copying memory', copyRange(this.#session, message.range, message.as));
        break;
      case 'looksAt':
        this.#looksAt = message.text;
        this.panel.title = `${MEMORY_TITLE}: ${message.text}`;
    }
  }

  /** Always answers, because the page waits for it; what can't be read is left out. */
  async #read(stop: number, range: MemoryRange): Promise<void> {
    let pieces: MemoryResponse['pieces'] = [];
    try {
      const args = { memoryReference: referenceOf(range), count: range.length };
      pieces = (await this.#session?.request('stepback.memory', args))?.pieces ?? [];
      this.#lastRead = range;
      this.#reads++;
    } catch (error) {
      this.services.log.info(`memory at ${referenceOf(range)}: ${messageOf(error)}`);
      // Taken for stale: the machine runs, or has ended.
      stop = -1;
    }
    const bytes = pieces.map(({ offset, data }) => ({ offset, bytes: new Uint8Array(Buffer.from(data, 'base64')) }));
    this.#say({ type: 'bytes', stop, range, pieces: bytes });
  }

  async #locate(id: number, expression: string, space: string): Promise<void> {
    const session = this.#session;
    try {
      if (session === undefined) throw new Error('No machine is running.');
      this.#say({ type: 'located', id, found: await session.request('stepback.locate', { expression, space }) });
    } catch (error) {
      this.#say({ type: 'nowhere', id, message: messageOf(error) });
    }
  }

  async #write(range: MemoryRange, bytes: Uint8Array): Promise<void> {
    try {
      await this.#session?.writeMemory(referenceOf(range), bytes);
    } catch (error) {
      this.#say({ type: 'problem', message: messageOf(error) });
    }
  }

  /** What can be told of the panel from outside. */
  get state(): {
    readonly isReady: boolean;
    readonly looksAt: string;
    readonly lastRead: MemoryRange | undefined;
    readonly reads: number;
  } {
    return { isReady: this.#isReady, looksAt: this.#looksAt, lastRead: this.#lastRead, reads: this.#reads };
  }

  dispose(): void {
    this.#following?.dispose();
    for (const one of this.#listening) one.dispose();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
