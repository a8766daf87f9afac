/**
 * What must run before any package is installed: plain JavaScript, nothing but Node's own modules.
 * scripts/start.mjs and scripts/test.mjs call it, then hand over to TypeScript.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const LEAST_NODE = 20;

/**
 * @typedef {{ readonly version?: string, readonly optional?: boolean }} Entry
 * @typedef {{ readonly packages?: Readonly<Record<string, Entry>> }} Lock
 */

/**
 * Why the installed packages are not those of the lockfile, or undefined when they are.
 * @param {Lock} lock package-lock.json
 * @param {Lock | undefined} installed the lockfile that npm leaves in node_modules
 */
export function staleReason(lock, installed) {
  if (installed === undefined) return 'no packages are installed';
  const there = installed.packages ?? {};
  for (const [place, { version, optional }] of Object.entries(lock.packages ?? {})) {
    if (place === '') continue;
    const found = there[place]?.version;
    if (found === version || (found === undefined && optional === true)) continue;
    return `${place.replace(/^.*node_modules\//, '')} is ${found ?? 'missing'}, wanted ${version}`;
  }
  return undefined;
}

/**
 * @param {string} file
 * @returns {Lock | undefined}
 */
function readLock(file) {
  if (!existsSync(file)) return undefined;
  return /** @type {Lock} */ (JSON.parse(readFileSync(file, 'utf8')));
}

/** Installs the packages of the lockfile where they are missing or others. Returns whether all is well. */
export function ensurePackages() {
  if (Number(process.versions.node.split('.')[0]) < LEAST_NODE) {
    console.error(`Stepback needs Node ${LEAST_NODE} or newer; this is ${process.versions.node}.`);
    return false;
  }
  const lock = readLock(path.join(ROOT, 'package-lock.json')) ?? {};
  const reason = staleReason(lock, readLock(path.join(ROOT, 'node_modules', '.package-lock.json')));
  if (reason === undefined) {
    console.log(`      ${Object.keys(lock.packages ?? {}).length - 1} npm packages: as in package-lock.json`);
    return true;
  }
  console.log(`      npm ci, because ${reason} (about 130 MB to download the first time) ...`);
  const started = performance.now();
  // A shell finds npm.cmd on Windows; the command line is a constant.
  const { status } = spawnSync('npm ci --no-audit --no-fund --loglevel=error', {
    cwd: ROOT,
    shell: true,
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error('npm ci failed; what it printed stands above.');
    return false;
  }
  console.log(`      npm packages installed in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return true;
}

/**
 * Runs a TypeScript file of scripts/ with this process's arguments and ends with its exit code.
 * @param {string} file relative to scripts/
 */
export function handOver(file) {
  const tsx = pathToFileURL(path.join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  const args = ['--import', tsx, path.join(ROOT, 'scripts', file), ...process.argv.slice(2)];
  // Ctrl+C reaches both processes; the child cleans up and its end is this one's.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => {});
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
