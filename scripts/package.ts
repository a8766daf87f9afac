/**
 * npm run package: a production build, then stepback-VERSION.vsix; fails when it is too large or when its list of files is
 * not test/golden/vsix-files.txt.
 *   tsx scripts/package.ts [--accept] [--out FILE]
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { Complaint, runMain } from './lib/main';
import { inRoot } from './lib/root';
import { run, runPackage } from './lib/run';

const SIZE_LIMIT = 3_000_000;
const GOLDEN = inRoot('test', 'golden', 'vsix-files.txt');

/** Lines that are only on one side, `+` for new and `-` for gone; empty when the lists are the same. */
export function listDifference(golden: readonly string[], actual: readonly string[]): readonly string[] {
  const before = new Set(golden);
  const now = new Set(actual);
  return [
    ...actual.filter((file) => !before.has(file)).map((file) => `+ ${file}`),
    ...golden.filter((file) => !now.has(file)).map((file) => `- ${file}`),
  ];
}

/** Builds for production and packs; returns the path of the .vsix. Throws a Complaint when a step fails. */
export async function packExtension(out?: string): Promise<string> {
  const build = await run(process.execPath, ['--import', 'tsx', 'esbuild.mjs', '--production']);
  if (build.code !== 0) throw new Complaint(`the production build failed:\n${build.stdout}${build.stderr}`);
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as { readonly version: string };
  const packagePath = out ?? inRoot(`stepback-${version}.vsix`);
  const args = ['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const pack = await runPackage('@vscode/vsce', 'vsce', [...args, '--out', packagePath]);
  if (pack.code !== 0) throw new Complaint(`vsce failed:\n${pack.stdout}${pack.stderr}`);
  return packagePath;
}

/** The files that a package holds, in order. */
async function packedFiles(): Promise<readonly string[]> {
  const list = await listFiles({ cwd: inRoot(), packageManager: PackageManager.None });
  return list.map((name) => name.replaceAll('\\', '/')).toSorted();
}

function goldenFiles(): readonly string[] {
  if (!existsSync(GOLDEN)) return [];
  const lines = readFileSync(GOLDEN, 'utf8').split('\n');
  return lines.filter((line) => line !== '');
}

/** What is wrong with a package that was just made: its size, its files. Empty when all is well. */
export async function packageProblems(vsix: string): Promise<readonly string[]> {
  const problems = [...listDifference(goldenFiles(), await packedFiles())];
  if (problems.length > 0) {
    problems.push('the list of files is not test/golden/vsix-files.txt (npm run package -- --accept writes it)');
  }
  const { size } = statSync(vsix);
  if (size > SIZE_LIMIT) problems.push(`the package has ${size} bytes, more than ${SIZE_LIMIT}`);
  return problems;
}

async function main(args: readonly string[]): Promise<number> {
  const at = args.indexOf('--out');
  const file = await packExtension(at < 0 ? undefined : path.resolve(args[at + 1] ?? ''));
  const files = await packedFiles();
  console.log(`${file}: ${statSync(file).size} bytes, ${files.length} files`);
  if (args.includes('--accept')) writeFileSync(GOLDEN, `${files.join('\n')}\n`);
  const problems = await packageProblems(file);
  for (const problem of problems) console.error(problem);
  return problems.length > 0 ? 1 : 0;
}

if (require.main === module) void runMain(() => main(process.argv.slice(2)));
