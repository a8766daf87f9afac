/**
 * Compares THIRD-PARTY-NOTICES with what the bundles really hold. Every npm package in a bundle, and every package whose
 * material is made into a source or copied, must have a section that names it, its version, its licence and its licence text.
 *   tsx scripts/notices.ts [--write]
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { bundles } from './bundles';
import { generate } from './generate';
import { inRoot } from './lib/root';

const NOTICES = inRoot('THIRD-PARTY-NOTICES');

/** Packages that reach the product in another way than through an import. */
const WITHOUT_AN_IMPORT = ['@fontsource/unifont'] as const;

/** What a section says besides the licence file, where that file leaves it out. */
const REMARKS: Readonly<Record<string, string>> = {
  '@fontsource/unifont':
    'The 8x16 text font is made from GNU Unifont 13.0.06. Copyright (c) 1998-2021 Roman Czyborra, Paul Hardy, Qianqian Fang,\nAndrew Miller, Johnnie Weaver, David Corbett, Nils Moskopp, Rebecca Bettencourt, et al.',
  '@vscode/codicons': 'The icon font is licensed under CC-BY-4.0: Codicons, Copyright (c) Microsoft Corporation.',
};

interface PackageManifest {
  readonly version: string;
  readonly license?: string;
}

/** Package names in the inputs of a bundle, in order. */
export function packagesOf(inputs: readonly string[]): readonly string[] {
  const names = inputs.flatMap((input) => {
    const after = input.split('node_modules/').at(-1);
    if (after === undefined || after === input) return [];
    const parts = after.split('/');
    return [parts[0].startsWith('@') ? `${parts[0]}/${parts[1]}` : parts[0]];
  });
  return [...new Set(names)].toSorted();
}

const heading = (name: string, version: string, licence: string): string => `${name} ${version} (${licence})`;

/** What is wrong with the text, one sentence each. */
export function judgeNotices(
  text: string,
  sections: readonly { readonly heading: string; readonly licenceText: string }[],
): readonly string[] {
  const lines = new Set(text.split('\n'));
  return sections.flatMap((section) => {
    if (!lines.has(section.heading)) return [`THIRD-PARTY-NOTICES has no section "${section.heading}"`];
    return text.includes(section.licenceText)
      ? []
      : [`THIRD-PARTY-NOTICES lacks the licence text of ${section.heading}`];
  });
}

interface Section {
  readonly heading: string;
  readonly licenceText: string;
  readonly remark: string;
}

function sectionOf(name: string): Section {
  const folder = inRoot('node_modules', name);
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as PackageManifest;
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.(txt|md))?$/i.test(entry));
  if (file === undefined) throw new Error(`package ${name} has no licence file; say its terms in scripts/notices.ts`);
  return {
    heading: heading(name, manifest.version, manifest.license ?? 'see below'),
    licenceText: readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim(),
    remark: REMARKS[name] ?? '',
  };
}

async function sections(): Promise<readonly Section[]> {
  generate();
  const { options } = bundles({ production: true });
  const results = await Promise.all(options.map((bundle) => esbuild.build({ ...bundle, write: false })));
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));
  return packagesOf([...inputs, ...WITHOUT_AN_IMPORT.map((name) => `node_modules/${name}/`)]).map(sectionOf);
}

const RULE = '-'.repeat(100);

const render = (all: readonly Section[]): string =>
  [
    'Stepback is licensed under the MIT licence (file LICENSE). It contains the following third-party material.\n',
    ...all.map(({ heading: title, remark, licenceText }) =>
      [RULE, title, RULE, ...(remark === '' ? [] : ['', remark]), '', licenceText, ''].join('\n'),
    ),
  ].join('\n');

/** Checks the file against the bundles; the first number is how many packages they hold. */
export async function checkNotices(): Promise<readonly [number, readonly string[]]> {
  const wanted = await sections();
  return [wanted.length, judgeNotices(existsSync(NOTICES) ? readFileSync(NOTICES, 'utf8') : '', wanted)];
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--write')) writeFileSync(NOTICES, render(await sections()));
  const [packages, problems] = await checkNotices();
  for (const problem of problems) console.error(problem);
  console.log(`${packages} packages in the bundles; ${problems.length} without their notice`);
  if (problems.length > 0) process.exitCode = 1;
}

if (require.main === module) void main(process.argv.slice(2));
