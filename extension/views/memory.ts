/** The Memory panels: as many as a person opens. */
import * as vscode from 'vscode';
import type { VariableArgument } from '../debug/who-wrote';
import type { StepbackSession } from '../debug/session';
import { VIEWS } from '../ids';
import type { MemoryRange, MemoryTarget } from '../shared/memory';
import { besideSource, groupWith } from './editor-groups';
import { MEMORY_TITLE, MemoryPanel, type MemoryServices } from './memory-panel';

const MOVE_BELOW = 'workbench.action.moveEditorToBelowGroup';

export class MemoryPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #panels = new Set<MemoryPanel>();
  readonly #serializer: vscode.Disposable;

  constructor(readonly services: MemoryServices) {
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEWS.memory, this);
  }

  /** The panels that are open, the oldest first. */
  get panels(): readonly MemoryPanel[] {
    return [...this.#panels];
  }

  /** Opens another panel. @param argument a row of the Variables or the Watch view, or an expression */
  async open(argument?: VariableArgument | string): Promise<MemoryPanel> {
    const variable = typeof argument === 'object' ? argument?.variable : undefined;
    const expression = typeof argument === 'string' ? argument : (variable?.evaluateName ?? variable?.memoryReference);
    const others = groupWith(VIEWS.memory);
    // Below the Display, so that both are seen.
    const display = others === undefined ? groupWith(VIEWS.display) : undefined;
    const viewColumn = others?.viewColumn ?? display?.viewColumn ?? besideSource();
    const panel = vscode.window.createWebviewPanel(VIEWS.memory, MEMORY_TITLE, { viewColumn });
    // It moves while it is empty: a page that moves is loaded again.
    if (display !== undefined) await vscode.commands.executeCommand(MOVE_BELOW);
    // Without an address: where the machine is.
    const here = this.services.sessions.active?.offers?.segmented === true ? 'CS:IP' : '$';
    return this.#adopt(panel, { expression: expression ?? here, follow: variable !== undefined });
  }

  /** The window was loaded again with a panel in it. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.#adopt(panel, undefined);
  }

  #adopt(panel: vscode.WebviewPanel, target: MemoryTarget | undefined): MemoryPanel {
    const memory = new MemoryPanel(panel, this.services, target);
    this.#panels.add(memory);
    panel.onDidDispose(() => {
      memory.dispose();
      this.#panels.delete(memory);
    });
    return memory;
  }

  /** Does something to the bytes that a menu is about. A refusal is told. */
  async withRange(
    range: MemoryRange | undefined,
    action: (session: StepbackSession, range: MemoryRange) => void | Promise<void>,
  ): Promise<void> {
    const session = this.services.sessions.active;
    if (session === undefined || range === undefined) return;
    try {
      await action(session, range);
    } catch (error) {
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
  }

  /** Lets the person say where the panel in front is to look. */
  ask(): void {
    this.panels.find(({ panel }) => panel.active)?.ask();
  }

  /** The panels themselves stay: after a reload of the window they are adopted again. */
  dispose(): void {
    this.#serializer.dispose();
    for (const panel of this.#panels) panel.dispose();
  }
}
