/** What the pages say of commands, options, settings and each other holds. */
import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { optionsOf, parseOptions } from '../../debug-adapter/protocol/options';
import { CONTRIBUTED_COMMANDS } from '../../scripts/contributes/commands';
import { CONTRIBUTED_CONFIGURATION } from '../../scripts/contributes/views';
import { inRoot } from '../../scripts/lib/root';
import { anchorsOf, linksOf, pages } from '../support/docs';

const PAGES = pages();
const byPath = new Map(PAGES.map((page) => [page.path, page]));

interface Entry {
  readonly type: string;
  readonly request: string;
  readonly name: string;
}

describe('the pages', () => {
  for (const page of PAGES) {
    it(`${page.path}: links lead somewhere`, () => {
      for (const { file, anchor, written } of linksOf(page)) {
        assert.ok(existsSync(inRoot(file)), `${written}: there is no ${file}`);
        const target = byPath.get(file);
        if (anchor === '') continue;
        assert.ok(target !== undefined, `${written}: an anchor in what is no page`);
        const anchors = anchorsOf(target);
        assert.ok(anchors.has(anchor), `${written}: ${file} has ${[...anchors].join(' ')}`);
      }
    });
  }

  it('of docs are all in its index', () => {
    const index = byPath.get('docs/README.md');
    assert.ok(index !== undefined);
    const known = new Set(linksOf(index).map(({ file }) => file));
    for (const { path } of PAGES)
      if (path.startsWith('docs/') && path !== index.path) assert.ok(known.has(path), `${path} is not in the index`);
  });

  it('name commands and settings that exist', () => {
    const titles = new Set(CONTRIBUTED_COMMANDS.map(({ title }) => title.replace(/\.{3}$/, '')));
    for (const { path, text } of PAGES) {
      for (const [, title = ''] of text.matchAll(/\*Stepback: ([^*\n]+)\*/g))
        assert.ok(titles.has(title), `${path}: there is no command "Stepback: ${title}"`);
      for (const [, name = ''] of text.matchAll(/`(stepback\.(?:display|serial|adapter)[\w.]*)`/g))
        assert.ok(Object.hasOwn(CONTRIBUTED_CONFIGURATION.properties, name) || isCommand(name), `${path}: ${name}`);
    }
  });

  const isCommand = (name: string): boolean => CONTRIBUTED_COMMANDS.some(({ command }) => command === name);

  it('have entries of launch.json that are right', () => {
    let seen = 0;
    for (const { path, blocks } of PAGES) {
      for (const { language, text } of blocks) {
        if (language !== 'json') continue;
        const read = JSON.parse(text) as Entry | readonly Entry[];
        for (const entry of Array.isArray(read) ? (read as readonly Entry[]) : [read as Entry]) {
          assert.ok(entry.type === 'stepback' && entry.name !== '', path);
          assert.ok(entry.request === 'launch' || entry.request === 'attach', path);
          assert.doesNotThrow(() => parseOptions(entry.request === 'attach' ? 'attach' : 'launch', entry), path);
          seen++;
        }
      }
    }
    assert.ok(seen > 6, `${seen} entries`);
  });

  it('name options of the command line that exist', () => {
    const flags = new Set(
      (['run', 'launch'] as const).flatMap((where) => optionsOf(where).map(({ flag }) => flag.split(' ')[0])),
    );
    // Those of one command alone, which its own code declares.
    for (const own of [
      '--execute',
      '--port',
      '--reset',
      '--json',
      '--start',
      '--bits',
      '--count',
      '--now',
      '--compiled',
      '--warm-up',
      '--help',
    ])
      flags.add(own);
    // CONTRIBUTING.md is about scripts of the repository.
    for (const { path, text, blocks } of PAGES.filter((page) => page.path !== 'CONTRIBUTING.md')) {
      const shells = blocks.filter(({ language }) => language === 'sh').map((block) => block.text);
      const told = [...text.matchAll(/`((?:stepback )?[^`\n]*--[a-z][^`\n]*)`/g)].map(([, code = '']) => code);
      for (const code of [...shells, ...told]) {
        for (const command of code.split(/\n|&&|\|\|?/)) {
          if (!/\bstepback\b|^--[a-z]/.test(command.trim())) continue;
          for (const [flag] of command.matchAll(/(?<=^|\s)--[a-z][a-z-]*/g))
            assert.ok(flags.has(flag), `${path}: ${command.trim()}: there is no ${flag}`);
        }
      }
    }
  });
});
