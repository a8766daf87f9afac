/**
 * Runs test/extension in a real extension host, through @vscode/test-electron: in the desktop VS Code that `VSCODE_EXECUTABLE`
 * names, else in code-server with shim.ts as its program. Each test file is bundled, so that the host needs no loader.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runTests } from '@vscode/test-electron';
import * as esbuild from 'esbuild';
import { runMain } from '../lib/main';
import { inRoot } from '../lib/root';

const OUT = inRoot('.vscode-test', 'host');
const SUITE = inRoot('test', 'extension');

/** Writes the program that starts shim.ts, because only a path to one can be given, and returns its path. */
function writeShim(): string {
  const file = path.join(OUT, 'code');
  const loader = pathToFileURL(inRoot('node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  const quoted = [process.execPath, '--import', loader, inRoot('scripts', 'vscode', 'shim.ts')].map(
    (part) => `'${part}'`,
  );
  writeFileSync(file, `#!/bin/sh\nexec ${quoted.join(' ')} "$@"\n`, { mode: 0o755 });
  return file;
}

async function main(): Promise<number> {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const tests = readdirSync(SUITE).filter((file) => file.endsWith('.test.ts'));
  await esbuild.build({
    absWorkingDir: inRoot(),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    entryPoints: [
      { in: inRoot('test', 'support', 'host-entry.ts'), out: 'index' },
      ...tests.map((file) => ({ in: path.join(SUITE, file), out: path.basename(file, '.ts') })),
    ],
    outdir: OUT,
  });
  return runTests({
    vscodeExecutablePath: process.env.VSCODE_EXECUTABLE ?? writeShim(),
    extensionDevelopmentPath: inRoot(),
    extensionTestsPath: path.join(OUT, 'index.js'),
    launchArgs: [process.env.STEPBACK_TEST_FOLDER ?? inRoot('examples', 'hello-boot'), '--disable-extensions'],
  });
}

void runMain(main);
