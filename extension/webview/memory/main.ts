/** The page of a Memory panel. */
import '@vscode/codicons/dist/codicon.css';
import '../panel.css';
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
const { expression = FIRST_LOOK.expression, follow } = document.body.dataset;
const look = vscode.getState() ?? { ...FIRST_LOOK, expression, follow: follow === 'true' };
const page = new MemoryPage(new Controls(look), {
  post: (message) => vscode.postMessage(message),
  keep: (look) => vscode.setState(look),
});

window.addEventListener('message', (event: MessageEvent<ToMemory>) => page.receive(event.data));
// VS Code gives the focus to the page; the bytes take it.
window.addEventListener('focus', () => {
  if (document.activeElement === document.body) page.focus();
});
vscode.postMessage({ type: 'ready' });
vscode.postMessage({ type: 'looksAt', text: look.expression });
