/** The page of a Memory panel. */
import '@vscode/codicons/dist/codicon.css';
import './memory.css';
import type { FromMemory, ToMemory } from '../../shared/memory';
import { Controls, FIRST_LOOK, type KeptLook } from './controls';
import { MemoryPage } from './page';

interface VsCodeApi {
  postMessage(message: FromMemory): void;
  /** What is set outlives a reload of the window. */
  setState(state: KeptLook): void;
  getState(): KeptLook | undefined;
}

declare function acquireVsCodeApi(): VsCodeApi;

const vscode = acquireVsCodeApi();
const kept = vscode.getState();
const page = new MemoryPage(new Controls(kept ?? FIRST_LOOK), {
  post: (message) => vscode.postMessage(message),
  keep: (look) => vscode.setState(look),
});

window.addEventListener('message', (event: MessageEvent<ToMemory>) => page.receive(event.data));
// VS Code gives the focus to the page; the bytes take it.
window.addEventListener('focus', () => {
  if (document.activeElement === document.body) page.focus();
});
vscode.postMessage({ type: 'ready' });
if (kept !== undefined) vscode.postMessage({ type: 'looksAt', text: kept.expression });
