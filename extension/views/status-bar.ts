/** Where the machine is, in the status bar: `0000:7C00`, mode, count and virtual time. */
import * as vscode from 'vscode';
import type { StepbackSession } from '../debug/session';
import type { Sessions } from '../debug/sessions';
import { COMMANDS, VIEWS } from '../ids';
import { countText, timeText } from './text';

/** Left of the items that speak of the editor's text. */
const PRIORITY = 200;

export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem(VIEWS.status, vscode.StatusBarAlignment.Left, PRIORITY);
  readonly #disposables: vscode.Disposable[];

  constructor(readonly sessions: Sessions) {
    this.#item.name = 'Stepback: Machine';
    this.#item.command = `${VIEWS.machine}.focus`;
    this.#disposables = [
      this.#item,
      sessions.onDidStart((session) => this.#follow(session)),
      sessions.onDidChangeActive(() => this.#show()),
    ];
  }

  #follow(session: StepbackSession): void {
    session.on('stepback.status', () => {
      if (this.sessions.active === session) this.#show();
    });
  }

  #show(): void {
    const status = this.sessions.active?.status;
    if (status === undefined) {
      this.#item.hide();
      return;
    }
    const { running, pc, mode, count, time } = status;
    const icon = running ? '$(debug-start)' : '$(debug-pause)';
    this.#item.text = `${icon} ${pc}  ${mode}  #${countText(count)}  ${timeText(time)}`;
    const tooltip = new vscode.MarkdownString(
      [
        `${running ? 'Running' : 'Stopped'} at ${pc} (CS:IP), ${mode}`,
        `${countText(count)} instructions since the start`,
        `${timeText(time)} of the machine's own time`,
        `[Copy the command that attaches GDB](command:${COMMANDS.copyGdbCommand})`,
      ].join('\n\n'),
    );
    tooltip.isTrusted = { enabledCommands: [COMMANDS.copyGdbCommand] };
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = {
      label: `Machine ${running ? 'running' : 'stopped'} at ${pc}, ${mode}, instruction ${count}, time ${timeText(time)}`,
    };
    this.#item.show();
  }

  dispose(): void {
    for (const one of this.#disposables) one.dispose();
  }
}
