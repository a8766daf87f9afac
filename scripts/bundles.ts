/**
 * What is bundled into dist/, and how. esbuild.mjs builds it; scripts/notices.ts looks into it.
 *
 * A bundle for Node holds all that it needs but for what it imports dynamically (`import()`) and what is a bundle, too: that is
 * loaded when it comes to it. No code is shared by bundles that are loaded at once, but for small things: references from
 * file to file take their time at the start, as does a file whose larger part is not needed.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { interpreterModule } from '../emulator/engine/interpreter';
import { X86_INTERPRETER } from '../emulator/system/processor';
import { inRoot } from './lib/root';

export interface NodeBundle {
  /** Name in dist/, without ending. */
  readonly out: string;
  readonly entry: string;
  /** First line of the output. */
  readonly banner?: string;
}

const NODE_BUNDLES: readonly NodeBundle[] = [
  { out: 'extension', entry: 'extension/main.ts' },
  { out: 'adapter', entry: 'debug-adapter/main.ts' },
  { out: 'stepback', entry: 'debug-adapter/cli/main.ts', banner: '#!/usr/bin/env node' },
  { out: 'stepback-run', entry: 'debug-adapter/cli/run.ts' },
  { out: 'stepback-dap', entry: 'debug-adapter/cli/dap.ts' },
  { out: 'stepback-help', entry: 'debug-adapter/cli/help.ts' },
  { out: 'stepback-commands', entry: 'debug-adapter/cli/commands.ts' },
  { out: 'iced-x86', entry: 'node_modules/iced-x86/iced_x86.js' },
  { out: 'pngjs', entry: 'node_modules/pngjs/lib/png.js' },
];

/** Files that a bundle reads at run time from its own folder. */
export const BESIDE_THE_BUNDLES: readonly string[] = [require.resolve('iced-x86/iced_x86_bg.wasm')];

const WEBVIEWS = 'extension/webview';

/** Leaves what is imported dynamically and is a bundle of its own where it is. */
const otherBundles: Plugin = {
  name: 'other-bundles',
  setup(build) {
    const names = new Map(NODE_BUNDLES.map(({ entry, out }) => [inRoot(entry), out]));
    build.onResolve({ filter: /./ }, async ({ path: wanted, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === otherBundles) return undefined;
      const found = await build.resolve(wanted, { kind, resolveDir, pluginData: otherBundles });
      const name = names.get(path.normalize(found.path));
      return name === undefined ? found : { path: `./${name}.js`, external: true };
    });
  },
};

/** Modules of Node that take long to load and that most runs do not need. */
const LATE_MODULES = ['node:child_process', 'node:crypto'];

/** Loads them when something of theirs is used, whoever imports them, packages too. */
const lateModules: Plugin = {
  name: 'late-modules',
  setup(build) {
    const namespace = 'late';
    build.onResolve({ filter: /^node:/ }, ({ path: name, namespace: from }) =>
      LATE_MODULES.includes(name) && from !== namespace ? { path: name, namespace } : undefined,
    );
    build.onLoad({ filter: /./, namespace }, ({ path: name }) => {
      const keys = JSON.stringify(Object.keys(createRequire(__filename)(name) as object));
      const getter = `{ enumerable: true, get: () => require('${name}')[key] }`;
      return { contents: `for (const key of ${keys}) Object.defineProperty(exports, key, ${getter});` };
    });
  },
};

/** Puts the interpreter's module into a bundle, as it is made of the same sources. */
const builtInterpreter: Plugin = {
  name: 'built-interpreter',
  setup(build) {
    build.onLoad({ filter: /[\\/]system[\\/]built-interpreter\.ts$/ }, () => {
      const bytes = interpreterModule({ ...X86_INTERPRETER, tailCalls: true });
      const text = Buffer.from(bytes).toString('base64');
      return { contents: `export const BUILT_INTERPRETER = Buffer.from('${text}', 'base64');`, loader: 'js' };
    });
  },
};

/** Every folder of extension/webview that has a main.ts. */
const webviews = (): readonly string[] =>
  readdirSync(inRoot(WEBVIEWS), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(inRoot(WEBVIEWS, entry.name, 'main.ts')))
    .map(({ name }) => name);

const common = (production: boolean): BuildOptions => ({
  absWorkingDir: inRoot(),
  outdir: 'dist',
  bundle: true,
  metafile: true,
  minifySyntax: production,
  minifyWhitespace: production,
  sourcemap: 'linked',
  sourcesContent: !production,
  legalComments: 'none',
  logLevel: 'warning',
});

/** How a program for Node is bundled. */
export const nodeBundle = ({ entry, out, banner }: NodeBundle, production: boolean): BuildOptions => ({
  ...common(production),
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
  // Names of classes and functions appear in stacks, profiles and messages; to set them (`keepNames`) would take its time.
  minifyIdentifiers: false,
  // A build that goes on while sources change makes it at the start.
  plugins: [otherBundles, lateModules, ...(production ? [builtInterpreter] : [])],
  // Node's loader of modules takes longer than what is loaded.
  supported: { 'dynamic-import': false },
  entryPoints: [{ in: entry, out }],
  ...(banner === undefined ? {} : { banner: { js: banner } }),
});

/** Those that the command line consists of. */
export const commandLineBundles = (production: boolean): readonly BuildOptions[] =>
  NODE_BUNDLES.filter(({ out }) => out !== 'extension').map((bundle) => nodeBundle(bundle, production));

const webviewBundle = (name: string, production: boolean): BuildOptions => ({
  ...common(production),
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
  minifyIdentifiers: production,
  keepNames: true,
  tsconfig: `${WEBVIEWS}/tsconfig.json`,
  loader: { '.ttf': 'file' },
  assetNames: 'webview/[name]',
  entryPoints: [{ in: `${WEBVIEWS}/${name}/main.ts`, out: `webview/${name}` }],
});

/** The options of every bundle whose entry file exists, and the entries that do not exist. */
export function bundles({ production }: { readonly production: boolean }): {
  readonly options: readonly BuildOptions[];
  readonly missing: readonly string[];
} {
  const present = NODE_BUNDLES.filter(({ entry }) => existsSync(inRoot(entry)));
  const missing = NODE_BUNDLES.filter((bundle) => !present.includes(bundle)).map(({ entry }) => entry);
  const forNode = present.map((bundle) => nodeBundle(bundle, production));
  const forWebviews = webviews().map((name) => webviewBundle(name, production));
  return { options: [...forNode, ...forWebviews], missing };
}
