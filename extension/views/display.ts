/** The Display: a panel beside the source with the guest's screen, which takes keys. */
import * as vscode from 'vscode';
import type { CustomArguments } from '../../debug-adapter/protocol/messages';
import type { StepbackSession } from '../debug/session';
import type { Sessions } from '../debug/sessions';
import { VIEWS } from '../ids';
import type { Log } from '../log';
import { settings } from '../settings';
import type { FromDisplay, ToDisplay } from '../shared/display';
import { besideSource } from './editor-groups';
import { SENDABLE_KEYS, type SendableKey } from './keys';
import { isEmpty } from './picture';
import { SessionScreen, type ShownPicture } from './screen';
import { pageHtml, webviewFolder } from './webview-html';

const TITLE = 'Display';

const BODY = `
<div id="bar" role="toolbar" aria-label="Display">
  <span id="hint" role="status"></span>
  <vscode-toolbar-button id="release" icon="debug-disconnect" label="Give the keyboard back to VS Code" hidden>Release (Ctrl+Alt+G)</vscode-toolbar-button>
  <vscode-toolbar-button id="sound" icon="mute" label="Sound of the PC speaker" title="Sound of the PC speaker" toggleable></vscode-toolbar-button>
  <vscode-toolbar-button id="square" icon="symbol-ruler" label="Square pixels instead of a 4:3 monitor" title="Square pixels instead of a 4:3 monitor" toggleable></vscode-toolbar-button>
  <vscode-toolbar-button id="copy" icon="copy" label="Copy the screen to the clipboard" title="Copy the screen to the clipboard"></vscode-toolbar-button>
  <vscode-toolbar-button id="save" icon="device-camera" label="Save the screen as a file" title="Save the screen as a file"></vscode-toolbar-button>
  <vscode-toolbar-button id="sendKey" icon="keyboard" label="Send a key that the browser keeps">Send key</vscode-toolbar-button>
</div>
<main id="frame"><canvas id="screen" width="720" height="400" tabindex="0" role="application" aria-label="Screen of the guest" aria-describedby="spoken"></canvas></main>
<div id="spoken"></div>
`;

interface PendingScreenshot {
  readonly resolve: (png: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

const NOT_COPIED = "The screen was not copied: click the Display's copy button, or save it as a file instead.";
const NOT_SEEN = 'The Display is not to be seen: open it with "Stepback: Open Display".';

export class Display implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #screens = new Map<string, SessionScreen>();
  readonly #disposables: vscode.Disposable[];
  readonly #screenshots = new Map<number, PendingScreenshot>();
  #panel: vscode.WebviewPanel | undefined;
  /** The page has said that it is there, since it was last made. */
  #isReady = false;
  #screen: SessionScreen | undefined;
  #nextScreenshot = 1;
  /** Whether the page plays what the speaker does. */
  #hasSound = false;
  /** What the page was told last: whether the guest listens to its mouse. */
  #isPointing = false;
  #lastShown: ShownPicture | undefined;
  /** The screen whose latest picture the page has. */
  #onPage: SessionScreen | undefined;
  #lastPost = 0;
  /** Whom to tell when the page has painted what it was sent, by the number that it was sent under. */
  readonly #posts = new Map<number, () => void>();
  /** Sessions for which the panel was opened by itself: closed by the person, it stays closed. */
  readonly #opened = new Set<string>();

  constructor(
    readonly sessions: Sessions,
    readonly extensionUri: vscode.Uri,
    readonly log: Log,
  ) {
    this.#disposables = [
      vscode.window.registerWebviewPanelSerializer(VIEWS.display, this),
      sessions.onDidStart((session) => this.#follow(session)),
      sessions.onDidEnd((session) => this.#leave(session)),
      sessions.onDidChangeActive((session) => this.#watch(session)),
    ];
  }

  #follow(session: StepbackSession): void {
    const screen = new SessionScreen(session, this.log);
    this.#screens.set(session.id, screen);
    session.on('stepback.sound', ({ changes }) => {
      if (this.#screen === screen && this.#hasSound) this.#say({ type: 'sound', changes });
    });
    session.on('stepback.status', () => {
      if (this.#screen === screen) this.#tellPointing();
    });
    screen.onDidChange((shown) => {
      if (this.#screen !== screen) return;
      if (this.#panel === undefined) this.#openAtFirstUse(session, shown);
      else this.#post(shown);
    });
  }

  #leave(session: StepbackSession): void {
    this.#screens.get(session.id)?.dispose();
    this.#screens.delete(session.id);
    this.#opened.delete(session.id);
  }

  #watch(session: StepbackSession | undefined): void {
    const screen = session === undefined ? undefined : this.#screens.get(session.id);
    const before = this.#screen;
    if (screen !== before) {
      before?.unwatch();
      if (this.#hasSound && before !== undefined && !before.session.ended) this.#subscribeSound(before.session, false);
      if (this.#hasSound && session !== undefined) this.#subscribeSound(session, true);
    }
    this.#screen = screen;
    this.#tellAll();
  }

  #openAtFirstUse(session: StepbackSession, { picture }: ShownPicture): void {
    if (!settings.openDisplay || this.#opened.has(session.id) || isEmpty(picture)) return;
    this.#opened.add(session.id);
    this.show(true);
  }

  /** Opens the panel, or brings it to the front. */
  show(preserveFocus = false): void {
    if (this.#panel !== undefined) {
      this.#panel.reveal(undefined, preserveFocus);
      return;
    }
    const where = { viewColumn: besideSource(), preserveFocus };
    this.#adopt(vscode.window.createWebviewPanel(VIEWS.display, TITLE, where));
  }

  /** The window was loaded again with the panel in it. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.#panel?.dispose();
    this.#adopt(panel);
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    this.#isReady = false;
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(this.extensionUri)] };
    panel.webview.onDidReceiveMessage((message: FromDisplay) => this.#receive(message));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#hidden();
    });
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#hidden();
    });
    panel.webview.html = pageHtml(panel.webview, this.extensionUri, { name: 'display', title: TITLE, body: BODY });
  }

  /** The page is gone until the panel is seen again: then it says `ready` anew. */
  #hidden(): void {
    this.#isReady = false;
    // The page is gone, and with it what it played.
    if (this.#hasSound) this.#useSound(false);
    this.#posts.clear();
    this.#screen?.unwatch();
    for (const { reject } of this.#screenshots.values()) reject(new Error(NOT_SEEN));
    this.#screenshots.clear();
  }

  #tellAll(): void {
    if (!this.#isReady) return;
    this.#onPage = undefined;
    this.#isPointing = false;
    this.#say({ type: 'session', name: this.#screen?.session.name });
    this.#tellPointing();
    if (this.#screen !== undefined) this.#screen.isWatched = true;
    const latest = this.#screen?.latest ?? this.#lastShown;
    if (latest !== undefined) this.#post(latest);
  }

  #post({ version, picture, rows }: ShownPicture): void {
    if (!this.#isReady) return;
    const screen = this.#screen;
    const known = this.#onPage === screen && screen !== undefined;
    this.#lastShown = { version, picture };
    this.#onPage = screen;
    const number = ++this.#lastPost;
    // A last picture that is shown again is no frame of the session that is shown now: nobody waits to hear of it.
    if (screen?.latest?.version === version) this.#posts.set(number, () => screen.shown(version));
    if (known && rows !== undefined && picture.kind === 'indexed') {
      this.#say({ type: 'rows', number, rows, palette: picture.palette });
    } else {
      this.#say({ type: 'frame', number, picture });
    }
  }

  /** The page has painted what it was sent under this number, and with it all before. */
  #shown(number: number): void {
    for (const [posted, tell] of this.#posts) {
      if (posted > number) break;
      tell();
      this.#posts.delete(posted);
    }
  }

  #say(message: ToDisplay): void {
    if (this.#panel !== undefined) this.log.watch('speaking to the Display', this.#panel.webview.postMessage(message));
  }

  #receive(message: FromDisplay): void {
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        if (settings.sound) this.#say({ type: 'soundWanted' });
        this.#tellAll();
        break;
      case 'shown':
        this.#shown(message.number);
        break;
      case 'key':
        this.#input(message.code, 'stepback.key', { code: message.code, pressed: message.pressed });
        break;
      case 'mouse': {
        const { type, ...movement } = message;
        this.#input(type, 'stepback.mouse', movement);
        break;
      }
      case 'chooseKey':
        this.log.watch('sending a key', this.chooseKey());
        break;
      case 'screenshot':
        this.#screenshots.get(message.id)?.resolve(message.png);
        this.#screenshots.delete(message.id);
        break;
      case 'sound':
        this.#useSound(message.on);
        break;
      case 'saveScreenshot':
        this.log.watch('saving a screenshot', this.saveScreenshot());
        break;
      case 'copied':
        if (message.error === undefined) vscode.window.setStatusBarMessage('The screen is in the clipboard.', 3_000);
        else void vscode.window.showErrorMessage(`${NOT_COPIED} (${message.error})`);
    }
  }

  #tellPointing(): void {
    const on = this.#screen?.session.status?.pointing === true;
    if (on === this.#isPointing || !this.#isReady) return;
    this.#isPointing = on;
    this.#say({ type: 'pointing', on });
  }

  #useSound(on: boolean): void {
    this.#hasSound = on;
    const session = this.#screen?.session;
    if (session !== undefined && !session.ended) this.#subscribeSound(session, on);
  }

  #subscribeSound(session: StepbackSession, on: boolean): void {
    this.log.watch('asking for sound', session.request('stepback.subscribe', { sound: on }));
  }

  /** Turns the sound of the speaker on or off. Rejects where the Display is not to be seen. */
  toggleSound(): Promise<void> {
    if (!this.#isReady) return Promise.reject(new Error(NOT_SEEN));
    this.#panel?.reveal();
    this.#say({ type: 'toggleSound' });
    return Promise.resolve();
  }

  /** Something for the guest. A key that a PC has not, such as a volume key, is refused; that is no news. */
  #input<K extends 'stepback.key' | 'stepback.mouse'>(what: string, command: K, args: CustomArguments[K]): void {
    const session = this.#screen?.session;
    session?.request(command, args).catch((error: unknown) => this.log.info(`${what}: ${String(error)}`));
  }

  /** Lets the person choose a key that a browser would keep, or type a text. */
  async chooseKey(): Promise<void> {
    const session = this.sessions.active;
    if (session === undefined) return;
    const text = { label: 'Text...', description: 'typed at the pace of the guest' };
    const title = 'Send Key to the Guest';
    const chosen = await vscode.window.showQuickPick<SendableKey | typeof text>([...SENDABLE_KEYS, text], { title });
    if (chosen === undefined) return;
    if ('codes' in chosen) await this.#press(session, chosen.codes);
    else {
      const typed = await vscode.window.showInputBox({ title, prompt: "Text to type on the guest's keyboard" });
      if (typed !== undefined && typed !== '') await session.request('stepback.typeText', { text: typed });
    }
    this.#panel?.reveal();
  }

  async #press(session: StepbackSession, codes: readonly string[]): Promise<void> {
    for (const code of codes) await session.request('stepback.key', { code, pressed: true });
    for (const code of codes.toReversed()) await session.request('stepback.key', { code, pressed: false });
  }

  /** The picture as PNG, in the guest's own pixels. Rejects where the Display is not to be seen. */
  screenshot(): Promise<Uint8Array> {
    if (!this.#isReady) return Promise.reject(new Error(NOT_SEEN));
    const id = this.#nextScreenshot++;
    return new Promise((resolve, reject) => {
      this.#screenshots.set(id, { resolve, reject });
      this.#say({ type: 'takeScreenshot', id });
    });
  }

  /** Puts the picture into the clipboard. Rejects where the Display is not to be seen. */
  copyScreenshot(): Promise<void> {
    if (!this.#isReady) return Promise.reject(new Error(NOT_SEEN));
    // A page may write to the clipboard only while it has the focus.
    this.#panel?.reveal();
    this.#say({ type: 'copyScreenshot' });
    return Promise.resolve();
  }

  /** Asks where to, unless told. */
  async saveScreenshot(target?: vscode.Uri): Promise<void> {
    const png = await this.screenshot();
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const options: vscode.SaveDialogOptions = { title: 'Save Screenshot', filters: { 'PNG pictures': ['png'] } };
    if (folder !== undefined) options.defaultUri = vscode.Uri.joinPath(folder, 'screen.png');
    const file = target ?? (await vscode.window.showSaveDialog(options));
    if (file !== undefined) await vscode.workspace.fs.writeFile(file, png);
  }

  /** What can be told of the panel from outside. */
  get state(): {
    readonly isOpen: boolean;
    readonly isReady: boolean;
    readonly hasSound: boolean;
    readonly latest: ShownPicture | undefined;
  } {
    const { latest } = this.#screen ?? {};
    return { isOpen: this.#panel !== undefined, isReady: this.#isReady, hasSound: this.#hasSound, latest };
  }

  /** The panel itself stays: after a reload of the window it is adopted again. */
  dispose(): void {
    for (const one of this.#disposables) one.dispose();
    for (const screen of this.#screens.values()) screen.dispose();
  }
}
