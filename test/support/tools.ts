/** External programs that tests use as oracles. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** True when the program is there; in CI a missing one is a failure, elsewhere the tests that need it are skipped. */
export function hasTool(name: string): boolean {
  const found = spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
  if (!found && process.env['CI'] !== undefined) throw new Error(`${name} is needed by the tests and is not installed`);
  return found;
}

/** Runs a program and gives what it prints. @throws Error with its messages when it fails */
export function runTool(name: string, args: readonly string[], folder: string): string {
  const result = spawnSync(name, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (result.error !== undefined) throw new Error(`${name} can not be started: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`${name} ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

/** Makes a folder for the files of one test, and removes it. */
export function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'stepback-test-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  let result: T;
  try {
    result = use(folder);
  } catch (error) {
    remove();
    throw error;
  }
  if (result instanceof Promise) return result.finally(remove) as T;
  remove();
  return result;
}
