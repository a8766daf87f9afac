/**
 * npm start, once the npm packages are there (scripts/start.mjs did that as its first step):
 *   npm start                  build, prove, open the editor on the example
 *   npm start -- --check       the same without waiting; F5, step and step back where a Chromium exists; exit 0 or 1
 *   npm start -- --web         code-server even where a desktop VS Code is on PATH
 *   npm start -- --no-open     do not open a browser
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Complaint, runMain } from '../lib/main';
import { findFirstProgram, findProgram } from '../lib/find';
import { inRoot } from '../lib/root';
import { run } from '../lib/run';
import { packExtension } from '../package';
import { ensureCodeServer } from '../vscode/code-server';
import { EXAMPLE_FILE, helloBootJourney } from '../vscode/hello-boot';
import { startServer, type Server } from '../vscode/server';
import { findChromium, openBrowser, Workbench } from '../vscode/workbench';
import { chooseEditor, hasScreen, tunnelLine, type Editor, type Surroundings } from './editor';

const EXAMPLE = inRoot('examples', 'hello-boot');
const PICTURES = inRoot('.stepback-check');
const HERE: Surroundings = { platform: process.platform, env: process.env, find: findProgram };

const say = (line: string): void => {
  console.log(`      ${line}`);
};

async function build(): Promise<void> {
  console.log('[2/4] build');
  const { code, stdout, stderr, milliseconds } = await run(process.execPath, ['--import', 'tsx', 'esbuild.mjs']);
  if (code !== 0) throw new Complaint(`the build failed:\n${stdout}${stderr}`);
  say(`extension, adapter and command line in dist/ (${(milliseconds / 1000).toFixed(1)} s)`);
}

/** The proof drives the adapter over the Debug Adapter Protocol as VS Code does, and prints what it saw. */
async function prove(): Promise<void> {
  const program = inRoot('dist', 'stepback.js');
  if (!existsSync(program)) throw new Complaint('dist/stepback.js was not built, so there is nothing to prove');
  // What it prints begins with `proof: `.
  process.stdout.write('[3/4] ');
  const { code } = await run(process.execPath, [program, 'proof'], { echo: true });
  if (code !== 0) throw new Complaint(`the proof failed (exit code ${code}); what it printed stands above`);
}

function openDesktop(program: string): Promise<number> {
  const args = [
    '--new-window',
    '--disable-workspace-trust',
    `--extensionDevelopmentPath=${inRoot()}`,
    EXAMPLE,
    inRoot('examples', 'hello-boot', EXAMPLE_FILE),
  ];
  say(`${program} ${args.join(' ')}`);
  say('press F5 there');
  return new Promise((resolve, reject) => {
    // code.cmd on Windows can only be started through a shell.
    const shell = process.platform === 'win32';
    const quoted = shell ? args.map((arg) => `"${arg}"`) : args;
    const child = spawn(shell ? `"${program}"` : program, quoted, { stdio: 'inherit', shell });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function installIntoWindow({ program, where }: Editor & { readonly kind: 'remote' }): Promise<number> {
  const vsix = await packExtension();
  const command = `${program} --install-extension ${vsix}`;
  say(`this is a ${where} terminal: Stepback has to be installed into its window, with`);
  say(command);
  if (!process.stdin.isTTY) throw new Complaint(`there is nobody to ask here; type: ${command}`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('      install it now? [y/N] ');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Complaint(`not installed; type: ${command}`);
  const { code } = await run(program, ['--install-extension', vsix], { echo: true });
  if (code !== 0) throw new Complaint(`${program} ended with exit code ${code}`);
  say(`open ${EXAMPLE} in VS Code, then ${EXAMPLE_FILE}, and press F5`);
  return 0;
}

function openInBrowser(address: string): void {
  if (process.argv.includes('--no-open') || !hasScreen(HERE)) return;
  const opener = findFirstProgram(['xdg-open', 'open']);
  if (opener === undefined) return;
  // A browser that does not start costs nothing: the address stands in the terminal.
  spawn(opener, [address], { stdio: 'ignore', detached: true })
    .on('error', () => say(`${opener} did not start; open the address yourself`))
    .unref();
}

async function serve(password: string): Promise<Server> {
  const installation = await ensureCodeServer(say);
  const vsix = await packExtension();
  return startServer(installation, { vsix, password });
}

const exampleAddress = (server: Server): string =>
  server.address(EXAMPLE, [['openFile', inRoot('examples', 'hello-boot', EXAMPLE_FILE)]]);

async function openServer(why: string): Promise<number> {
  say(`${why}: VS Code comes as code-server, in a browser`);
  const password = randomBytes(12).toString('base64url');
  const server = await serve(password);
  const address = exampleAddress(server);
  say(`address:  ${address}`);
  say(`password: ${password}`);
  say('only this computer can reach it; from another one, first type there:');
  say(`  ${tunnelLine(server.port, process.env, hostname())}`);
  say('press F5 in the editor; Ctrl+C here ends it');
  openInBrowser(address);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await server.stop();
  return 0;
}

/** F5, step and step back in a headless browser; where there is none, that the editor answers. */
async function check(): Promise<number> {
  const password = randomBytes(12).toString('base64url');
  const server = await serve(password);
  try {
    say(`code-server answers at 127.0.0.1:${server.port} with Stepback installed`);
    if (findChromium() === undefined) {
      say('no Chromium is on PATH (STEPBACK_CHROMIUM can name one), so F5 was not pressed; the proof above stands');
      return 0;
    }
    const browser = await openBrowser();
    try {
      const workbench = await Workbench.open(browser, exampleAddress(server), { pictures: PICTURES, password });
      try {
        await helloBootJourney(workbench, say);
      } catch (error) {
        await workbench.picture('failed');
        throw new Complaint(
          `the example did not go as it must: ${error instanceof Error ? error.message : String(error)}`,
        );
      } finally {
        say(`pictures: ${PICTURES}`);
      }
    } finally {
      await browser.close();
    }
    return 0;
  } finally {
    await server.stop();
  }
}

async function openEditor(): Promise<number> {
  console.log('[4/4] VS Code');
  if (process.argv.includes('--check')) return check();
  if (process.argv.includes('--web')) return openServer('as asked');
  const editor = chooseEditor(HERE);
  if (editor.kind === 'desktop') return openDesktop(editor.program);
  return editor.kind === 'remote' ? installIntoWindow(editor) : openServer(editor.why);
}

async function main(): Promise<number> {
  await build();
  await prove();
  try {
    return await openEditor();
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    console.error(`[4/4] could not be done: ${error.message}`);
    console.error('      The proof above stands. Next: npm run package, then install the .vsix in your VS Code');
    console.error('      (Extensions view, "Install from VSIX..."), or put `code` on PATH and type npm start again.');
    return 1;
  }
}

void runMain(main);
