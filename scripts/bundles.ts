/** What is bundled into dist/, and how. esbuild.mjs builds it; scripts/notices.ts looks into it. */
import { existsSync, readdirSync } from 'node:fs';
import type { BuildOptions } from 'esbuild';
import { inRoot } from './lib/root';

interface NodeBundle {
  /** Name in dist/, without ending. */
  readonly out: string;
  readonly entry: string;
  /** First line of the output. */
  readonly banner: string;
}

const NODE_BUNDLES: readonly NodeBundle[] = [
  { out: 'extension', entry: 'extension/main.ts', banner: '' },
  { out: 'adapter', entry: 'debug-adapter/main.ts', banner: '' },
  { out: 'stepback', entry: 'debug-adapter/cli/main.ts', banner: '#!/usr/bin/env node' },
];

/** Files that a bundle reads at run time from its own folder. */
export const BESIDE_THE_BUNDLES: readonly string[] = [require.resolve('iced-x86/iced_x86_bg.wasm')];

const WEBVIEWS = 'extension/webview';

/** Every folder of extension/webview that has a main.ts. */
const webviews = (): readonly string[] =>
  readdirSync(inRoot(WEBVIEWS), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(inRoot(WEBVIEWS, entry.name, 'main.ts')))
    .map(({ name }) => name);

/** The options of every bundle whose entry file exists, and the entries that do not exist. */
export function bundles({ production }: { readonly production: boolean }): {
  readonly options: readonly BuildOptions[];
  readonly missing: readonly string[];
} {
  const common: BuildOptions = {
    absWorkingDir: inRoot(),
    outdir: 'dist',
    bundle: true,
    metafile: true,
    minify: production,
    // Class and function names appear in stacks, profiles and messages.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: !production,
    legalComments: 'none',
    logLevel: 'warning',
  };
  const present = NODE_BUNDLES.filter(({ entry }) => existsSync(inRoot(entry)));
  const missing = NODE_BUNDLES.filter((bundle) => !present.includes(bundle)).map(({ entry }) => entry);
  const forNode = present.map(
    ({ entry, out, banner }): BuildOptions => ({
      ...common,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      external: ['vscode'],
      entryPoints: [{ in: entry, out }],
      banner: { js: banner },
    }),
  );
  const forWebviews = webviews().map(
    (name): BuildOptions => ({
      ...common,
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
      tsconfig: `${WEBVIEWS}/tsconfig.json`,
      loader: { '.ttf': 'file' },
      assetNames: 'webview/[name]',
      entryPoints: [{ in: `${WEBVIEWS}/${name}/main.ts`, out: `webview/${name}` }],
    }),
  );
  return { options: [...forNode, ...forWebviews], missing };
}
