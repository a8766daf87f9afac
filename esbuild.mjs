/**
 * Bundles the extension, the adapter, the command line and the webviews into dist/.
 *   tsx esbuild.mjs [--production] [--watch]
 * Run by tsx, because it first writes the generated sources and because scripts/bundles.ts says what there is to build.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { BESIDE_THE_BUNDLES, bundles } from './scripts/bundles.ts';
import { generate } from './scripts/generate.ts';

const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), 'dist');

/** Tells the editor's background task when a rebuild begins and ends. */
const announce = {
  name: 'announce',
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    build.onStart(() => console.log('[watch] build started'));
    build.onEnd((result) => {
      for (const { text, location } of result.errors) {
        console.error(`${location?.file}:${location?.line}:${location?.column}: error: ${text}`);
      }
      console.log('[watch] build finished');
    });
  },
};

/** @param {readonly esbuild.BuildOptions[]} options */
async function watch(options) {
  const contexts = await Promise.all(options.map((bundle) => esbuild.context({ ...bundle, plugins: [announce] })));
  await Promise.all(contexts.map((context) => context.watch()));
}

/** @param {readonly esbuild.BuildOptions[]} options */
async function build(options) {
  const results = await Promise.all(options.map((bundle) => esbuild.build(bundle)));
  for (const { metafile } of results) {
    for (const [file, { bytes }] of Object.entries(metafile?.outputs ?? {})) {
      if (!file.endsWith('.map')) console.log(`${file}  ${(bytes / 1024).toFixed(0)} KiB`);
    }
  }
}

const started = performance.now();
for (const file of generate()) console.log(`wrote ${file}`);
const { options, missing } = bundles({ production: process.argv.includes('--production') });
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
for (const file of BESIDE_THE_BUNDLES) copyFileSync(file, path.join(dist, path.basename(file)));
for (const entry of missing) console.log(`not built, because ${entry} does not exist`);
if (process.argv.includes('--watch')) await watch(options);
else {
  await build(options);
  console.log(`built ${options.length} bundles in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
