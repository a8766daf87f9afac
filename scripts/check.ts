/**
 * npm run check: everything about the sources that needs no run of the program.
 * Each step counts as one; the last line is `N passed, N failed`.
 */
import { checkImports } from './check/imports';
import { checkPurity } from './check/purity';
import { contributesState } from './contributes';
import { generate } from './generate';
import { checkNotices } from './notices';
import { stalePages } from './pages';
import { runMain } from './lib/main';
import { closingLine } from './lib/report';
import { inRoot } from './lib/root';
import { runPackage } from './lib/run';

interface Outcome {
  /** What was looked at, for the line of the step. */
  readonly note?: string;
  /** Empty when all is well. */
  readonly problems: readonly string[];
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Outcome> | Outcome;
}

const PROJECTS = ['emulator', 'debug-adapter', 'extension', 'extension/webview', '.'] as const;

/** tsc's own complaint about a project without any source yet. */
const NO_INPUTS = 'error TS18003';

/** What a program of ours printed, as problems, when it did not exit with 0. */
async function tool(packageName: string, program: string, args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await runPackage(packageName, program, args);
  if (code === 0) return { problems: [] };
  const output = `${stdout}${stderr}`.trim();
  return { problems: [output === '' ? `${program} ended with exit code ${code}` : output] };
}

async function types(): Promise<Outcome> {
  const outcomes = await Promise.all(
    PROJECTS.map((project) => tool('typescript', 'tsc', ['-p', inRoot(project), '--pretty', 'false'])),
  );
  const empty = PROJECTS.filter((_, i) => outcomes[i].problems.some((problem) => problem.includes(NO_INPUTS)));
  const problems = outcomes.flatMap((outcome) => outcome.problems.filter((problem) => !problem.includes(NO_INPUTS)));
  const note = `${PROJECTS.length - empty.length} projects${empty.map((project) => `, no sources in ${project}`).join('')}`;
  return { note, problems };
}

async function imports(): Promise<Outcome> {
  const [modules, problems] = await checkImports();
  return { note: `${modules} modules`, problems };
}

async function purity(): Promise<Outcome> {
  const [files, problems] = await checkPurity();
  return { note: `${files} files`, problems };
}

function contributes(): Outcome {
  const stale = 'the contributes block of package.json is stale: npm run contributes';
  return { problems: contributesState().current ? [] : [stale] };
}

function generatedPages(): Outcome {
  return { problems: stalePages().map((file) => `${file} is stale: npm run contributes`) };
}

async function notices(): Promise<Outcome> {
  const [packages, problems] = await checkNotices();
  return { note: `${packages} packages in the bundles`, problems };
}

const STEPS: readonly Step[] = [
  { name: 'types', run: types },
  { name: 'lint', run: () => tool('oxlint', 'oxlint', ['--type-aware', '--deny-warnings']) },
  { name: 'imports go one way', run: imports },
  { name: 'emulator is pure', run: purity },
  { name: 'no dead code', run: () => tool('knip', 'knip', ['--no-progress']) },
  { name: 'format', run: () => tool('@biomejs/biome', 'biome', ['format', '--reporter=summary', '.']) },
  { name: 'contributes is current', run: contributes },
  { name: 'generated pages are current', run: generatedPages },
  { name: 'notices name every bundled package', run: notices },
];

async function main(only: readonly string[]): Promise<number> {
  for (const file of generate()) console.log(`wrote ${file}`);
  const steps = only.length === 0 ? STEPS : STEPS.filter(({ name }) => only.some((part) => name.includes(part)));
  if (steps.length === 0) {
    console.error(`no such step; there are: ${STEPS.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  let failed = 0;
  for (const { name, run } of steps) {
    const started = performance.now();
    const { note, problems } = await run();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (problems.length > 0) failed++;
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s${note ? `; ${note}` : ''})`);
    for (const problem of problems) console.log(problem.replaceAll(/^/gm, '    '));
  }
  console.log(closingLine({ passed: steps.length - failed, failed, skipped: 0 }));
  return failed === 0 ? 0 : 1;
}

void runMain(() => main(process.argv.slice(2)));
