/** The command that attaches GDB to the machine of a session, for a terminal. */
import * as vscode from 'vscode';
import type { Sessions } from './sessions';

export async function copyGdbCommand(sessions: Sessions): Promise<void> {
  const { active } = sessions;
  if (active === undefined) {
    await vscode.window.showInformationMessage('No machine of Stepback is running.');
    return;
  }
  const { command } = await active.request('stepback.gdb');
  if (command === undefined) {
    await vscode.window.showInformationMessage(
      'This machine has no port for GDB: "gdbPort" is "none" in its launch.json.',
    );
    return;
  }
  await vscode.env.clipboard.writeText(command);
  vscode.window.setStatusBarMessage(`$(clippy) ${command}`, 5000);
}
