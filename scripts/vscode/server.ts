/** Starts a quiet code-server on a loopback port, in folders of its own that are removed afterwards. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../lib/run';
import { Complaint } from '../lib/main';
import type { CodeServerInstallation } from './code-server';

const LOOPBACK = '127.0.0.1';
const START_LIMIT = 60_000;
/** Time that code-server gets to end its child hosts before it is killed. */
const STOP_LIMIT = 5_000;

/** No toast, no prompt, no welcome page, no search for updates: only what is tested or shown is on the screen. */
const QUIET_SETTINGS: Readonly<Record<string, unknown>> = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.layoutControl.enabled': false,
  'window.commandCenter': false,
  'security.workspace.trust.enabled': false,
  'extensions.ignoreRecommendations': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'update.mode': 'none',
  'git.enabled': false,
  'chat.disableAIFeatures': true,
  'debug.internalConsoleOptions': 'neverOpen',
  'debug.openDebug': 'openOnSessionStart',
  'files.simpleDialog.enable': true,
};

export interface ServerOptions {
  /** A .vsix to install before the start. */
  readonly vsix?: string;
  /** The page asks for this password; without one the page is open to every user of this computer. */
  readonly password?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether the workbench takes `extensionDevelopmentPath` and `extensionTestsPath` from the address. */
  readonly testDriver?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: (text: string) => void;
}

export interface Server {
  readonly port: number;
  /** Folder with `data` and `extensions`. */
  readonly home: string;
  /** Address of the workbench on a folder; each payload row is one of VS Code's own keys with its value. */
  address(folder: string, payload?: readonly (readonly [key: string, file: string])[]): string;
  /** Ends the server and removes its folders. */
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, LOOPBACK, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function isHealthy(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://${LOOPBACK}:${port}/healthz`)).ok;
  } catch {
    return false;
  }
}

async function installVsix(server: CodeServerInstallation, folders: readonly string[], vsix: string): Promise<void> {
  const result = await run(server.node, [server.entry, ...folders, '--install-extension', vsix]);
  if (result.code !== 0) throw new Complaint(`installing ${vsix} failed:\n${result.stdout}${result.stderr}`);
}

/** Throws a Complaint when the server does not come up. */
export async function startServer(installation: CodeServerInstallation, options: ServerOptions = {}): Promise<Server> {
  const home = mkdtempSync(path.join(tmpdir(), 'stepback-code-server-'));
  const data = path.join(home, 'data');
  const extensions = path.join(home, 'extensions');
  mkdirSync(path.join(data, 'User'), { recursive: true });
  mkdirSync(extensions);
  writeFileSync(
    path.join(data, 'User', 'settings.json'),
    JSON.stringify({ ...QUIET_SETTINGS, ...options.settings }, undefined, 2),
  );
  const config = path.join(home, 'config.yaml');
  writeFileSync(config, '');
  const folders = ['--config', config, '--user-data-dir', data, '--extensions-dir', extensions];
  if (options.vsix !== undefined) await installVsix(installation, folders, options.vsix);
  const port = await freePort();
  const child = spawn(
    installation.node,
    [
      installation.entry,
      ...folders,
      ...['--auth', options.password === undefined ? 'none' : 'password'],
      ...['--bind-addr', `${LOOPBACK}:${port}`],
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-workspace-trust',
      '--disable-getting-started-override',
      '--disable-proxy',
      '--ignore-last-opened',
      ...['--vscode-option', 'disable-websocket-compression'],
      ...(options.testDriver === true ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...options.env,
        ...(options.password === undefined ? {} : { PASSWORD: options.password }),
        EXTENSIONS_GALLERY: '{}',
        VSCODE_IPC_HOOK_CLI: '',
      },
    },
  );
  let output = '';
  const listen = (text: string): void => {
    output = `${output}${text}`.slice(-4000);
    options.log?.(text);
  };
  child.stdout.setEncoding('utf8').on('data', listen);
  child.stderr.setEncoding('utf8').on('data', listen);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      hasEnded = true;
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    if (!hasEnded) child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
    await ended;
    clearTimeout(killer);
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const limit = performance.now() + START_LIMIT;
  while (!(await isHealthy(port))) {
    if (hasEnded || performance.now() > limit) {
      await stop();
      throw new Complaint(`code-server did not come up:\n${output}`);
    }
    await pause(50);
  }
  return { port, home, stop, address: (folder, payload = []) => addressOf(port, folder, payload) };
}

function addressOf(port: number, folder: string, payload: readonly (readonly [string, string])[]): string {
  const address = new URL(`http://${LOOPBACK}:${port}/`);
  address.searchParams.set('folder', folder);
  const rows = payload.map(([key, file]) => [key, `vscode-remote://${LOOPBACK}:${port}${file}`]);
  if (rows.length > 0) address.searchParams.set('payload', JSON.stringify(rows));
  return address.href;
}
