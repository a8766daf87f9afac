/**
 * Where the adapter of a session runs: in a worker, or as a process over stdin and stdout; a session that attaches talks to
 * the one beside the machine that runs already.
 */
import { connect } from 'node:net';
import * as vscode from 'vscode';
import type { Log } from '../log';
import { settings } from '../settings';
import { untilSessionTextsServed } from './session-texts';
import { WorkerAdapter } from './worker-adapter';

const LOOPBACK = '127.0.0.1';

/** Whether a connection to a port can be made. */
function somebodyListens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port });
    const answer = (listens: boolean): void => {
      socket.destroy();
      resolve(listens);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  constructor(
    readonly extensionUri: vscode.Uri,
    /** Where what is built may lie. */
    readonly storageUri: vscode.Uri,
    readonly log: Log,
  ) {}

  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    if (session.configuration.request === 'attach') return this.#attach(session);
    const { adapter } = settings;
    this.log.info(`session "${session.name}" starts in a ${adapter}`);
    const env = { STEPBACK_STORAGE: this.storageUri.fsPath };
    if (adapter === 'process') {
      await untilSessionTextsServed();
      // VS Code runs the command `node` with its own Node, so none has to be on PATH.
      return new vscode.DebugAdapterExecutable('node', [this.#file('stepback.js'), 'dap'], { env });
    }
    return new vscode.DebugAdapterInlineImplementation(new WorkerAdapter(this.#file('adapter.js'), env, this.log));
  }

  async #attach({ name, configuration }: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    const port = Number(configuration['port']);
    if (!Number.isInteger(port) || port < 1 || port > 0xffff) {
      throw new Error('Attaching needs the "port" of a machine: that of "stepback run IMAGE --listen PORT".');
    }
    if (!(await somebodyListens(port))) {
      throw new Error(
        `No machine listens at port ${port} of this computer. Start one: stepback run IMAGE --listen ${port}`,
      );
    }
    this.log.info(`session "${name}" attaches to port ${port}`);
    await untilSessionTextsServed();
    return new vscode.DebugAdapterServer(port, LOOPBACK);
  }

  #file(name: string): string {
    return vscode.Uri.joinPath(this.extensionUri, 'dist', name).fsPath;
  }
}
