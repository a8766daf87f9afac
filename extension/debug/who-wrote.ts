/** "Who wrote this?": goes back to the last write to a variable, a watch expression or an address that is asked for. */
import * as vscode from 'vscode';
import type { Sessions } from './sessions';

/** What VS Code hands to commands in the menus of the Variables and Watch views. */
export interface VariableArgument {
  readonly variable?: { readonly evaluateName?: string; readonly memoryReference?: string };
}

/** @param argument a row of a view, or text that stands for the answer, for tests */
export async function whoWrote(sessions: Sessions, argument?: VariableArgument | string): Promise<void> {
  const session = sessions.active;
  if (session === undefined) return;
  const given = typeof argument === 'string' ? argument : argument?.variable?.memoryReference;
  const expression =
    given ??
    (await vscode.window.showInputBox({
      title: 'Who Wrote This?',
      prompt: 'An address or what lies there: 0x7e00, es:di, word[ds:si], a label, port 60h',
    }));
  if (expression === undefined || expression.trim() === '') return;
  try {
    await session.request('stepback.whoWrote', { expression });
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}
