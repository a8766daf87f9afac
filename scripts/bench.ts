/** npm run bench: bundles the benchmarks as the product is bundled, and runs them in this process. */
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, stop } from 'esbuild';
import { BESIDE_THE_BUNDLES, commandLineBundles } from './bundles';
import { generate } from './generate';
import { inRoot } from './lib/root';

/** Not in dist/, which a build clears, and a measurement may take an hour. As deep below the root as the sources are. */
const OUT = inRoot('node_modules', '.stepback-bench');
/** The benchmarks, and the programs that they start beside the command line. */
const ENTRIES = Object.fromEntries(['main', 'run-stepback', 'run-v86'].map((name) => [name, `test/bench/${name}.ts`]));

async function main(): Promise<void> {
  generate();
  await build({
    absWorkingDir: inRoot(),
    entryPoints: ENTRIES,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['iced-x86', 'v86'],
    outdir: OUT,
    outExtension: { '.js': '.cjs' },
    logLevel: 'error',
  });
  await Promise.all(commandLineBundles(true).map((bundle) => build({ ...bundle, outdir: OUT })));
  for (const file of BESIDE_THE_BUNDLES) copyFileSync(file, `${OUT}/${path.basename(file)}`);
  await stop();
  createRequire(__filename)(`${OUT}/main.cjs`);
}

void main();
