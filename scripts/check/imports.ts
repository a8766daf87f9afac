/** Runs the import rules of .dependency-cruiser.cjs and makes sure that every source file was really looked at. */
import { existsSync } from 'node:fs';
import { inRoot } from '../lib/root';
import { run, runPackage } from '../lib/run';

export interface ImportReport {
  /** Source files seen, relative to the tree. */
  readonly modules: readonly string[];
  /** One sentence a violation. */
  readonly violations: readonly string[];
}

interface CruiseResult {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
      readonly comment?: string;
      readonly cycle?: readonly { readonly name: string }[];
    }[];
  };
}

const FOLDERS = ['emulator', 'debug-adapter', 'extension', 'scripts', 'test'] as const;
const SOURCE = /\.(ts|mts|mjs|cjs)$/;

/** @param folders those of FOLDERS that exist in `tree`. */
export async function cruise(tree: string, folders: readonly string[]): Promise<ImportReport> {
  const config = inRoot('.dependency-cruiser.cjs');
  const args = ['--config', config, '--output-type', 'json', '--progress', 'none', ...folders];
  const { stdout, stderr, code } = await runPackage('dependency-cruiser', 'depcruise', args, { cwd: tree });
  if (stdout === '') throw new Error(`dependency-cruiser gave no report (exit ${code}): ${stderr}`);
  const { modules, summary } = JSON.parse(stdout) as CruiseResult;
  return {
    modules: modules.map(({ source }) => source).filter((source) => folders.includes(source.split('/')[0])),
    violations: summary.violations.map(({ from, to, rule, cycle }) => {
      const way = cycle === undefined ? to : cycle.map(({ name }) => name).join(' -> ');
      return `${from} -> ${way}: ${rule.name}`;
    }),
  };
}

/** Source files of the tree by git's account, tracked or new. */
async function listSources(): Promise<readonly string[]> {
  const { stdout, code, stderr } = await run('git', ['ls-files', '-co', '--exclude-standard', '--', ...FOLDERS]);
  if (code !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  return stdout.split('\n').filter((file) => SOURCE.test(file) && existsSync(inRoot(file)));
}

/** The sentences to show; empty when all is well. */
export function judgeImports(report: ImportReport, expected: readonly string[]): readonly string[] {
  const seen = new Set(report.modules);
  const unseen = expected.filter((file) => !seen.has(file));
  if (unseen.length === 0) return report.violations;
  return [
    `${unseen.length} of ${expected.length} source files were not looked at: ${unseen.slice(0, 5).join(', ')}`,
    ...report.violations,
  ];
}

/** Checks the whole tree; the first number is how many modules were looked at. */
export async function checkImports(): Promise<readonly [number, readonly string[]]> {
  const expected = await listSources();
  const folders = FOLDERS.filter((folder) => expected.some((file) => file.startsWith(`${folder}/`)));
  const report = await cruise(inRoot(), folders);
  return [report.modules.length, judgeImports(report, expected)];
}
