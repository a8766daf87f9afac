/** Where the machine is, in the status bar: `0000:7C00`, mode, count and virtual time; how GDB attaches, in its tooltip. */
import * as vscode from 'vscode';
import type { StepbackSession } from '../debug/session';
import type { Sessions } from '../debug/sessions';
import { COMMANDS, VIEWS } from '../ids';
import type { Log } from '../log';
import { countText, timeText } from './text';

/** Left of the items that speak of the editor's text. */
const PRIORITY = 200;

export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem(VIEWS.status, vscode.StatusBarAlignment.Left, PRIORITY);
  readonly #disposables: vscode.Disposable[];
  /** The commands that attach GDB; none where a machine has no port for it. */
  readonly #gdb = new WeakMap<StepbackSession, string>();

  constructor(
    readonly sessions: Sessions,
    log: Log,
  ) {
    this.#item.name = 'Stepback: Machine';
    this.#item.command = `${VIEWS.machine}.focus`;
    this.#disposables = [
      this.#item,
      sessions.onDidStart((session) => this.#follow(session)),
      sessions.onDidOffer((session) => log.watch('asking how GDB attaches', this.#askForGdb(session))),
      sessions.onDidChangeActive(() => this.#show()),
    ];
  }

  /** What is shown, and what it says in full. */
  get shown(): { readonly text: string; readonly tooltip: string } {
    const { text, tooltip } = this.#item;
    return { text, tooltip: tooltip instanceof vscode.MarkdownString ? tooltip.value : (tooltip ?? '') };
  }

  #follow(session: StepbackSession): void {
    session.on('stepback.status', () => {
      if (this.sessions.active === session) this.#show();
    });
  }

  async #askForGdb(session: StepbackSession): Promise<void> {
    const { command } = await session.request('stepback.gdb');
    if (command !== undefined) this.#gdb.set(session, command);
    this.#show();
  }

  #show(): void {
    const { active } = this.sessions;
    if (active?.status === undefined) {
      this.#item.hide();
      return;
    }
    const { running, pc, mode, count, time } = active.status;
    const icon = running ? '$(debug-start)' : '$(debug-pause)';
    this.#item.text = `${icon} ${pc}  ${mode}  #${countText(count)}  ${timeText(time)}`;
    const gdb = this.#gdb.get(active);
    const tooltip = new vscode.MarkdownString(
      [
        `${running ? 'Running' : 'Stopped'} at ${pc} (CS:IP), ${mode}`,
        `${countText(count)} instructions since the start`,
        `${timeText(time)} of the machine's own time`,
        ...(gdb === undefined
          ? []
          : [`GDB attaches with \`${gdb}\` ([copy](command:${COMMANDS.copyGdbCommand} "Copy the command"))`]),
        'A click shows the chips.',
      ].join('\n\n'),
    );
    tooltip.isTrusted = { enabledCommands: [COMMANDS.copyGdbCommand] };
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = {
      label: `Machine ${running ? 'running' : 'stopped'} at ${pc}, ${mode}, instruction ${count}, time ${timeText(time)}. Shows the chips.`,
      role: 'button',
    };
    this.#item.show();
  }

  dispose(): void {
    for (const one of this.#disposables) one.dispose();
  }
}
