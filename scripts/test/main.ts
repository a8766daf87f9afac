/**
 * npm test, once the npm packages are there:
 *   node scripts/test.mjs [--only NAME[,NAME]] [--list]
 * Sets up what the suites need, builds, runs them in order, adds up their counts. Exit 0 only when nothing failed;
 * with CI=true whatever could not be run has failed.
 */
import { addCounts, closingLine, NO_COUNTS, type Counts } from '../lib/report';
import { Complaint, runMain } from '../lib/main';
import { run } from '../lib/run';
import { ensureCodeServer } from '../vscode/code-server';
import { ensureDebian, type DebianPackage } from './debian';
import { needsOf, SUITES, type Need, type Suite } from './suites';

const IN_CI = /^(1|true)$/i.test(process.env.CI ?? '');

function say(line: string): void {
  console.log(line);
}

/** Milliseconds that a suite may take. One whose tests left something open would never end. */
const SUITE_LIMIT = 10 * 60_000;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const isDebian = (need: Need): need is DebianPackage => need !== 'code-server';

/** Sets up what is needed; what is missing in the end is returned. */
async function setUp(suites: readonly Suite[]): Promise<ReadonlySet<Need>> {
  const needs = needsOf(suites);
  const missing = new Set<Need>(await ensureDebian(needs.filter(isDebian), say));
  if (needs.includes('code-server')) {
    try {
      await ensureCodeServer(say);
    } catch (error) {
      if (!(error instanceof Complaint)) throw error;
      say(error.message);
      missing.add('code-server');
    }
  }
  return missing;
}

/** A suite that ends badly without saying how many of its tests failed has one failure more than it says. */
export function judge(suite: Suite, code: number, output: string): Counts {
  const counts = suite.parse(output);
  if (counts === undefined) return { ...NO_COUNTS, failed: 1 };
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts.passed + counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** In CI whatever was skipped has failed. */
export const strict = (counts: Counts, inCi: boolean): Counts =>
  inCi ? { passed: counts.passed, failed: counts.failed + counts.skipped, skipped: 0 } : counts;

async function runSuite(suite: Suite, missing: ReadonlySet<Need>): Promise<Counts> {
  const lacking = suite.needs.filter((need) => missing.has(need));
  if (lacking.length > 0) {
    say(`not run: it needs ${lacking.join(', ')}`);
    return { ...NO_COUNTS, skipped: 1 };
  }
  const without = suite.wants.filter((want) => missing.has(want));
  if (without.length > 0) say(`some tests are skipped: they need ${without.join(', ')}`);
  const { code, stdout, stderr, milliseconds } = await run(process.execPath, ['--import', 'tsx', ...suite.args], {
    echo: true,
    timeout: SUITE_LIMIT,
  });
  if (code === 124) say(`it was ended after ${seconds(SUITE_LIMIT)}`);
  const counts = judge(suite, code, `${stdout}\n${stderr}`);
  say(`${suite.name}: ${closingLine(counts)} (exit ${code}, ${seconds(milliseconds)})`);
  return counts;
}

async function build(): Promise<boolean> {
  say('\n== build');
  const { code, milliseconds } = await run(process.execPath, ['--import', 'tsx', 'esbuild.mjs'], { echo: true });
  say(`build: exit ${code}, ${seconds(milliseconds)}`);
  return code === 0;
}

function choose(args: readonly string[]): readonly Suite[] {
  const at = args.indexOf('--only');
  if (at < 0) return SUITES;
  const names = (args[at + 1] ?? '').split(',');
  const chosen = SUITES.filter(({ name }) => names.includes(name));
  if (chosen.length === names.length) return chosen;
  throw new Complaint(`--only takes names of: ${SUITES.map(({ name }) => name).join(', ')}`);
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--list')) {
    for (const { name, title } of SUITES) say(`${name.padEnd(12)} ${title}`);
    return 0;
  }
  const suites = choose(args);
  const started = performance.now();
  say('== set-up');
  const missing = await setUp(suites);
  let total: Counts = (await build()) ? NO_COUNTS : { ...NO_COUNTS, failed: 1 };
  for (const [index, suite] of suites.entries()) {
    say(`\n== ${index + 1}/${suites.length} ${suite.name}: ${suite.title}`);
    total = addCounts(total, await runSuite(suite, missing));
  }
  if (missing.size > 0) say(`\nmissing here: ${[...missing].join(', ')}`);
  say(`\n${suites.length} suites in ${seconds(performance.now() - started)}`);
  const verdict = strict(total, IN_CI);
  say(closingLine(verdict));
  return verdict.failed === 0 ? 0 : 1;
}

if (require.main === module) void runMain(() => main(process.argv.slice(2)));
