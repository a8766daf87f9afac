/** What the build of an image said, on its lines in the Problems view; until the next build of a session. */
import * as vscode from 'vscode';
import type { ProblemsEventBody } from '../../debug-adapter/protocol/messages';
import type { Sessions } from '../debug/sessions';
import { DEBUG_TYPE } from '../ids';

const SEVERITY = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
} as const;

function diagnostic({ line, severity, message }: ProblemsEventBody['problems'][number]): vscode.Diagnostic {
  const row = Math.max(0, line - 1);
  const range = new vscode.Range(row, 0, row, Number.MAX_SAFE_INTEGER);
  const made = new vscode.Diagnostic(range, message, SEVERITY[severity]);
  made.source = 'Stepback';
  return made;
}

export class Problems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection(DEBUG_TYPE);
  readonly #listening: vscode.Disposable;

  constructor(sessions: Sessions) {
    this.#listening = sessions.onDidCreate((session) => session.on('stepback.problems', (body) => this.#show(body)));
  }

  #show({ problems }: ProblemsEventBody): void {
    this.#collection.clear();
    const files = new Map<string, vscode.Diagnostic[]>();
    for (const problem of problems) {
      const found = files.get(problem.file) ?? [];
      found.push(diagnostic(problem));
      files.set(problem.file, found);
    }
    for (const [file, diagnostics] of files) this.#collection.set(vscode.Uri.file(file), diagnostics);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#collection.dispose();
  }
}
