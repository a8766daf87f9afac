/** Where the adapter of a session runs: in a worker, or as a process over stdin and stdout. */
import * as vscode from 'vscode';
import type { Log } from '../log';
import { settings } from '../settings';
import { WorkerAdapter } from './worker-adapter';

export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  constructor(
    readonly extensionUri: vscode.Uri,
    /** Where what is built may lie. */
    readonly storageUri: vscode.Uri,
    readonly log: Log,
  ) {}

  createDebugAdapterDescriptor(session: vscode.DebugSession): vscode.DebugAdapterDescriptor {
    const { adapter } = settings;
    this.log.info(`session "${session.name}" starts in a ${adapter}`);
    const env = { STEPBACK_STORAGE: this.storageUri.fsPath };
    if (adapter === 'process') {
      // VS Code runs the command `node` with its own Node, so none has to be on PATH.
      return new vscode.DebugAdapterExecutable('node', [this.#file('stepback.js'), 'dap'], { env });
    }
    return new vscode.DebugAdapterInlineImplementation(new WorkerAdapter(this.#file('adapter.js'), env, this.log));
  }

  #file(name: string): string {
    return vscode.Uri.joinPath(this.extensionUri, 'dist', name).fsPath;
  }
}
