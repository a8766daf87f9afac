/**
 * Bundles the extension, the adapter, the command line and the webviews into dist/.
 *   tsx esbuild.mjs [--production] [--watch]
 * Run by tsx, because it first writes the generated sources with scripts/generate.ts.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { generate } from './scripts/generate.ts';

const root = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/**
 * Bundles that run in Node: output name in dist/, entry file, first line of the output.
 * @type {readonly { out: string, entry: string, banner: string }[]}
 */
const NODE_BUNDLES = [
  { out: 'extension', entry: 'extension/main.ts', banner: '' },
  { out: 'adapter', entry: 'debug-adapter/main.ts', banner: '' },
  { out: 'stepback', entry: 'debug-adapter/cli/main.ts', banner: '#!/usr/bin/env node' },
];

/** Files that a bundle reads at run time from its own folder. */
const BESIDE_THE_BUNDLE = [require.resolve('iced-x86/iced_x86_bg.wasm')];

const WEBVIEW_ROOT = 'extension/webview';

/** @returns {readonly { out: string, entry: string }[]} */
function webviewBundles() {
  return readdirSync(path.join(root, WEBVIEW_ROOT), { withFileTypes: true })
    .filter((folder) => folder.isDirectory() && existsSync(path.join(root, WEBVIEW_ROOT, folder.name, 'main.ts')))
    .map((folder) => ({ out: `webview/${folder.name}`, entry: `${WEBVIEW_ROOT}/${folder.name}/main.ts` }));
}

/**
 * The options of every bundle whose entry file exists, and the entries that do not.
 * @param {{ production: boolean }} mode
 */
export function bundles({ production }) {
  /** @type {esbuild.BuildOptions} */
  const common = {
    absWorkingDir: root,
    bundle: true,
    metafile: true,
    minify: production,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: !production,
    legalComments: 'none',
    logLevel: 'warning',
  };
  const present = NODE_BUNDLES.filter(({ entry }) => existsSync(path.join(root, entry)));
  const missing = NODE_BUNDLES.filter((bundle) => !present.includes(bundle)).map(({ entry }) => entry);
  /** @type {esbuild.BuildOptions[]} */
  const options = [];
  for (const { entry, out, banner } of present) {
    options.push({
      ...common,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      external: ['vscode'],
      entryPoints: [{ in: entry, out }],
      outdir: 'dist',
      banner: { js: banner },
    });
  }
  for (const { entry, out } of webviewBundles()) {
    options.push({
      ...common,
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
      tsconfig: `${WEBVIEW_ROOT}/tsconfig.json`,
      loader: { '.ttf': 'file' },
      assetNames: 'webview/[name]',
      entryPoints: [{ in: entry, out }],
      outdir: 'dist',
    });
  }
  return { options, missing };
}

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

/** @param {readonly string[]} args */
async function main(args) {
  const watch = args.includes('--watch');
  const started = performance.now();
  for (const file of generate()) console.log(`wrote ${file}`);
  const { options, missing } = bundles({ production: args.includes('--production') });
  if (!watch) rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  mkdirSync(path.join(root, 'dist'), { recursive: true });
  for (const file of BESIDE_THE_BUNDLE) copyFileSync(file, path.join(root, 'dist', path.basename(file)));
  if (watch) {
    await Promise.all(
      options.map(async (bundle) => (await esbuild.context({ ...bundle, plugins: [announce] })).watch()),
    );
    return;
  }
  const results = await Promise.all(options.map((bundle) => esbuild.build(bundle)));
  for (const { metafile } of results) {
    for (const [file, { bytes }] of Object.entries(metafile?.outputs ?? {})) {
      if (!file.endsWith('.map')) console.log(`${file}  ${(bytes / 1024).toFixed(0)} KiB`);
    }
  }
  for (const entry of missing) console.log(`not built, because ${entry} does not exist`);
  console.log(`built ${results.length} bundles in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
