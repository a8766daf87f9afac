/** The Display panel's page. */
import '@vscode/codicons/dist/codicon.css';
import { VscodeToolbarButton } from '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import '../panel.css';
import './display.css';
import type { FromDisplay, ToDisplay } from '../../shared/display';
import { captureKeyboard } from './keyboard';
import { spokenText } from './paint';
import { type KeptPicture, keep, unkeep } from './kept-picture';
import { Pointer } from './pointer';
import { Screen } from './screen';
import { Speaker } from './speaker';

/** What outlives a reload of the window. */
interface KeptState {
  readonly picture?: KeptPicture;
  readonly square?: boolean;
}

interface VsCodeApi {
  postMessage(message: FromDisplay): void;
  setState(state: KeptState): void;
  getState(): KeptState | undefined;
}

declare function acquireVsCodeApi(): VsCodeApi;

const GESTURES = ['pointerdown', 'keydown'] as const;

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
const square = element('square', VscodeToolbarButton);
const sound = element('sound', VscodeToolbarButton);
const copy = element('copy', HTMLElement);
const save = element('save', HTMLElement);
const screen = new Screen(canvas, frame);
const speaker = new Speaker();

let hasSession = false;
let isCaptured = false;
let isPointing = false;
const pointer = new Pointer(canvas, (movement) => {
  if (hasSession) vscode.postMessage({ type: 'mouse', ...movement });
});

function tellState(): void {
  hint.textContent = !hasSession
    ? 'No machine is running.'
    : isCaptured
      ? `Keys ${isPointing ? 'and the mouse ' : ''}go to the guest.`
      : 'Click the screen to type to the guest.';
  release.hidden = !isCaptured;
  sendKey.toggleAttribute('disabled', !hasSession);
  for (const button of [copy, save]) button.toggleAttribute('disabled', screen.picture === undefined);
  canvas.classList.toggle('ended', !hasSession);
  frame.classList.toggle('captured', isCaptured && hasSession);
}

captureKeyboard(canvas, {
  key(code, pressed) {
    if (hasSession) vscode.postMessage({ type: 'key', code, pressed });
  },
  captured(captured) {
    isCaptured = captured;
    pointer.captured = captured;
    tellState();
  },
});

release.addEventListener('click', () => canvas.blur());
sendKey.addEventListener('click', () => {
  if (hasSession) vscode.postMessage({ type: 'chooseKey' });
});

/** Each pixel a square, instead of the picture as wide as a monitor of its time. */
function useSquarePixels(on: boolean): void {
  square.checked = on;
  screen.aspect = on ? 'square' : 'monitor';
}

square.addEventListener('change', () => {
  useSquarePixels(square.checked);
  keepState();
});

function useSound(on: boolean): void {
  if (on) speaker.turnOn();
  else speaker.turnOff();
  sound.checked = on;
  sound.icon = on ? 'unmute' : 'mute';
  vscode.postMessage({ type: 'sound', on });
}

sound.addEventListener('change', () => useSound(sound.checked));

/** The settings want sound; a browser lets a page be heard only when the person has done something in it. */
function awaitPerson(): void {
  const begin = (event: Event): void => {
    for (const type of GESTURES) window.removeEventListener(type, begin, true);
    // The button does by itself what it is pressed for.
    if (!speaker.isOn && !event.composedPath().includes(sound)) useSound(true);
  };
  for (const type of GESTURES) window.addEventListener(type, begin, true);
}

async function copyScreenshot(): Promise<void> {
  if (screen.picture === undefined) return;
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': screen.png() })]);
    vscode.postMessage({ type: 'copied' });
  } catch (error) {
    vscode.postMessage({ type: 'copied', error: error instanceof Error ? error.message : String(error) });
  }
}

copy.addEventListener('click', () => void copyScreenshot());
save.addEventListener('click', () => {
  if (screen.picture !== undefined) vscode.postMessage({ type: 'saveScreenshot' });
});

function keepState(): void {
  const { picture } = screen;
  vscode.setState({ square: square.checked, ...(picture === undefined ? {} : { picture: keep(picture) }) });
}

let isSettling = false;
function settleSoon(): void {
  if (isSettling) return;
  isSettling = true;
  setTimeout(() => {
    isSettling = false;
    const { picture } = screen;
    if (picture === undefined) return;
    spoken.textContent = spokenText(picture);
    keepState();
  }, SETTLED_MS);
}

/** Told when the browser has really painted it, so that a slow window gets fewer frames. */
function shown(number: number): void {
  settleSoon();
  requestAnimationFrame(() => vscode.postMessage({ type: 'shown', number }));
}

async function receive(message: ToDisplay): Promise<void> {
  switch (message.type) {
    case 'frame': {
      const first = screen.picture === undefined;
      screen.show(message.picture);
      if (first) tellState();
      shown(message.number);
      return;
    }
    case 'rows':
      screen.patch(message.rows, message.palette);
      shown(message.number);
      return;
    case 'pointing':
      isPointing = message.on;
      pointer.wanted = message.on;
      tellState();
      return;
    case 'sound':
      speaker.play(message.changes);
      return;
    case 'soundWanted':
      if (!speaker.isOn) awaitPerson();
      return;
    case 'toggleSound':
      useSound(!speaker.isOn);
      return;
    case 'session':
      hasSession = message.name !== undefined;
      speaker.play([{ time: 0, hertz: 0 }]);
      canvas.setAttribute('aria-label', `Screen of ${message.name ?? 'the guest'}`);
      tellState();
      return;
    case 'takeScreenshot': {
      const png = await (await screen.png()).arrayBuffer();
      vscode.postMessage({ type: 'screenshot', id: message.id, png: new Uint8Array(png) });
      return;
    }
    case 'copyScreenshot':
      await copyScreenshot();
  }
}

window.addEventListener('message', (event: MessageEvent<ToDisplay>) => void receive(event.data));
const kept = vscode.getState();
if (kept?.picture !== undefined) screen.show(unkeep(kept.picture));
useSquarePixels(kept?.square === true);
tellState();
vscode.postMessage({ type: 'ready' });
