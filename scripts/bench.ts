/** npm run bench: bundles the benchmarks as the product is bundled, and runs them in this process. */
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, stop } from 'esbuild';
import { BESIDE_THE_BUNDLES, commandLineBundles, nodeBundle } from './bundles';
import { generate } from './generate';
import { inRoot } from './lib/root';

/** Not in dist/, which a build clears, and a measurement may take an hour. As deep below the root as the sources are. */
const OUT = inRoot('node_modules', '.stepback-bench');
/** The benchmarks, and the programs that they start beside the command line. */
const PROGRAMS = ['main', 'run-stepback', 'run-v86'].map((out) => ({ out, entry: `test/bench/${out}.ts` }));

async function main(): Promise<void> {
  generate();
  const programs = PROGRAMS.map((program) => nodeBundle(program, true));
  for (const { external = [], ...bundle } of [...programs, ...commandLineBundles(true)])
    await build({ ...bundle, outdir: OUT, external: [...external, 'v86'] });
  for (const file of BESIDE_THE_BUNDLES) copyFileSync(file, `${OUT}/${path.basename(file)}`);
  await stop();
  createRequire(__filename)(`${OUT}/main.js`);
}

void main();
