/** The Display panel's page. */
import '@vscode/codicons/dist/codicon.css';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import './display.css';
import type { FromDisplay, ToDisplay } from '../../shared/display';
import { captureKeyboard } from './keyboard';
import { spokenText } from './paint';
import { type KeptPicture, keep, unkeep } from './kept-picture';
import { Screen } from './screen';

interface VsCodeApi {
  postMessage(message: FromDisplay): void;
  /** What is set outlives a reload of the window. */
  setState(state: KeptPicture): void;
  getState(): KeptPicture | undefined;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The text for screen readers and the picture for a reload follow the screen after this many milliseconds. */
const SETTLED_MS = 1_000;

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} "${id}".`);
  return found;
}

const vscode = acquireVsCodeApi();
const canvas = element('screen', HTMLCanvasElement);
const frame = element('frame', HTMLElement);
const spoken = element('spoken', HTMLElement);
const hint = element('hint', HTMLElement);
const release = element('release', HTMLElement);
const sendKey = element('sendKey', HTMLElement);
const screen = new Screen(canvas, frame);

let hasSession = false;
let isCaptured = false;

function tellState(): void {
  hint.textContent = !hasSession
    ? 'No machine is running.'
    : isCaptured
      ? 'Keys go to the guest.'
      : 'Click the screen to type to the guest.';
  release.hidden = !isCaptured;
  sendKey.toggleAttribute('disabled', !hasSession);
  canvas.classList.toggle('ended', !hasSession);
  frame.classList.toggle('captured', isCaptured && hasSession);
}

captureKeyboard(canvas, {
  key(code, pressed) {
    if (hasSession) vscode.postMessage({ type: 'key', code, pressed });
  },
  captured(captured) {
    isCaptured = captured;
    tellState();
  },
});

release.addEventListener('click', () => canvas.blur());
sendKey.addEventListener('click', () => {
  if (hasSession) vscode.postMessage({ type: 'chooseKey' });
});

let isSettling = false;
function settleSoon(): void {
  if (isSettling) return;
  isSettling = true;
  setTimeout(() => {
    isSettling = false;
    const { picture } = screen;
    if (picture === undefined) return;
    spoken.textContent = spokenText(picture);
    vscode.setState(keep(picture));
  }, SETTLED_MS);
}

/** Told when the browser has really painted it, so that a slow window gets fewer frames. */
function shown(version: number): void {
  settleSoon();
  requestAnimationFrame(() => vscode.postMessage({ type: 'shown', version }));
}

async function receive(message: ToDisplay): Promise<void> {
  switch (message.type) {
    case 'frame':
      screen.show(message.picture);
      shown(message.version);
      return;
    case 'rows':
      screen.patch(message.rows, message.palette);
      shown(message.version);
      return;
    case 'session':
      hasSession = message.name !== undefined;
      canvas.setAttribute('aria-label', `Screen of ${message.name ?? 'the guest'}`);
      tellState();
      return;
    case 'takeScreenshot':
      vscode.postMessage({ type: 'screenshot', id: message.id, png: await screen.png() });
  }
}

window.addEventListener('message', (event: MessageEvent<ToDisplay>) => void receive(event.data));
const kept = vscode.getState();
if (kept !== undefined) screen.show(unkeep(kept));
tellState();
vscode.postMessage({ type: 'ready' });
