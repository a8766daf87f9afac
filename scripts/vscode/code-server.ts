/** Keeps a code-server, which is VS Code behind a web page, in the cache folder: with its own Node and no compile step. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../lib/cache';
import { findProgram } from '../lib/find';
import { Complaint } from '../lib/main';
import { run, type RunResult } from '../lib/run';

const CODE_SERVER_VERSION = '4.139.1';
/** code-server 4.139 needs Node 24, whatever Node runs this project; this npm package is nothing but Node's program. */
const NODE_VERSION = '24.21.0';
/** What the installation takes, for the sentence that is said before it starts. */
const CODE_SERVER_SIZE = 'about 250 MB to download, 800 MB on disk';

export interface CodeServerInstallation {
  /** Node's program, of the version that this code-server wants. */
  readonly node: string;
  /** code-server's entry file, to be run by it. */
  readonly entry: string;
}

const home = (): string => path.join(cacheFolder(), `code-server-${CODE_SERVER_VERSION}-node-${NODE_VERSION}`);

function installationIn(folder: string): CodeServerInstallation {
  return {
    node: path.join(folder, 'node', 'node_modules', 'node', 'bin', 'node'),
    entry: path.join(folder, 'server', 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
  };
}

/** Written when every step of an installation is done. */
const marker = (folder: string): string => path.join(folder, 'complete');

/** The installation in the cache folder, or undefined. */
function findCodeServer(): CodeServerInstallation | undefined {
  return existsSync(marker(home())) ? installationIn(home()) : undefined;
}

interface Step {
  readonly title: string;
  readonly cwd: string;
  readonly args: readonly string[];
}

function steps(folder: string): readonly Step[] {
  const server = path.join(folder, 'server');
  const vscode = path.join(server, 'node_modules', 'code-server', 'lib', 'vscode');
  // Without install scripts: they compile modules that nothing here needs and that need a compiler and system headers.
  const install = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  const noScripts = [...install, '--ignore-scripts', '--omit=dev'];
  return [
    {
      title: `Node ${NODE_VERSION}`,
      cwd: path.join(folder, 'node'),
      // Its install script fetches the program; npm hands this repository's refusal of such scripts on to what it runs.
      args: [...install, '--ignore-scripts=false', '--foreground-scripts', `node@${NODE_VERSION}`],
    },
    {
      title: `code-server ${CODE_SERVER_VERSION}`,
      cwd: server,
      args: [...noScripts, `code-server@${CODE_SERVER_VERSION}`],
    },
    { title: 'packages of VS Code', cwd: vscode, args: noScripts },
    { title: 'packages of its built-in extensions', cwd: path.join(vscode, 'extensions'), args: noScripts },
  ];
}

function insist(step: Step, { code, stdout, stderr }: RunResult): void {
  if (code === 0) return;
  const lines = `${stdout}${stderr}`.trim().split('\n').slice(-15).join('\n');
  throw new Complaint(`installing ${step.title} in ${step.cwd} failed (npm ended with ${code}):\n${lines}`);
}

/**
 * The installation in the cache folder; makes it first where there is none, and says each step through `say`.
 * Throws a Complaint where it can't be made.
 */
export async function ensureCodeServer(say: (line: string) => void): Promise<CodeServerInstallation> {
  const found = findCodeServer();
  if (found !== undefined) return found;
  if (process.platform === 'win32')
    throw new Complaint('code-server does not run on Windows; install VS Code and put `code` on PATH');
  const npm = findProgram('npm');
  if (npm === undefined) throw new Complaint('npm is not on PATH; it comes with Node');
  const folder = home();
  say(`code-server ${CODE_SERVER_VERSION} into ${folder} (${CODE_SERVER_SIZE}; once)`);
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['node', 'server']) {
    mkdirSync(path.join(folder, name), { recursive: true });
    writeFileSync(path.join(folder, name, 'package.json'), '{"private":true}\n');
  }
  const all = steps(folder);
  for (const [index, step] of all.entries()) {
    say(`  ${index + 1}/${all.length} ${step.title} ...`);
    const result = await run(npm, step.args, { cwd: step.cwd });
    insist(step, result);
    say(`  ${index + 1}/${all.length} ${step.title}: ${(result.milliseconds / 1000).toFixed(0)} s`);
  }
  const installation = installationIn(folder);
  const version = await run(installation.node, [installation.entry, '--version']);
  if (version.code !== 0) throw new Complaint(`the new code-server does not start:\n${version.stderr}`);
  writeFileSync(marker(folder), `${version.stdout.trim()}\n`);
  return installation;
}
