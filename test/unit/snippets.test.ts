/** Entries of launch.json that VS Code offers: taken as they stand, each is right and does what it says. */
import { strict as assert } from 'node:assert';
import { parseOptions } from '../../debug-adapter/protocol/options';
import { CONFIGURATION_SNIPPETS, INITIAL_CONFIGURATIONS } from '../../scripts/contributes/launch';

type Entry = Readonly<Record<string, unknown>>;

/** As the JSON editor of VS Code writes a value into a snippet: what begins with ^ stands as it is. */
function written(value: unknown): string {
  if (typeof value === 'string') return value.startsWith('^') ? value.slice(1) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, one]) => `${JSON.stringify(name)}:${written(one)}`)
      .join(',')}}`;
  return JSON.stringify(value);
}

/** What is in the file when the person takes every placeholder as it is: `${1:text}`, `${1|first,second|}`, `\$`. */
const taken = (snippet: string): string =>
  snippet
    .replaceAll(/(?<!\\)\$\{\d+:([^}]*)\}/g, '$1')
    .replaceAll(/(?<!\\)\$\{\d+\|([^,|]*)[^|]*\|\}/g, '$1')
    .replaceAll('\\$', '$');

const entryOf = (body: unknown): Entry => JSON.parse(taken(written(body))) as Entry;

describe('entries that are offered for launch.json', () => {
  const entries = CONFIGURATION_SNIPPETS.map(({ label, body }) => ({ label, entry: entryOf(body) }));

  for (const { label, entry } of entries) {
    it(label, () => {
      const { type, request, name } = entry;
      assert.equal(type, 'stepback');
      assert.ok(request === 'launch' || request === 'attach');
      assert.ok(typeof name === 'string' && !/[${}|^]/.test(name), String(name));
      assert.doesNotThrow(() => parseOptions(request, entry));
      for (const value of Object.values(entry).flat())
        assert.doesNotMatch(JSON.stringify(value), /\$\{\d|^"\^/, 'a placeholder is left');
    });
  }

  it('have paths in the folder that is open', () => {
    const paths = entries.flatMap(({ entry: { program, kernel, floppy, disk, buildFolder } }) =>
      [program, kernel, floppy, disk, buildFolder].filter((path) => typeof path === 'string'),
    );
    assert.ok(paths.length > 8);
    for (const path of paths) assert.match(path, /^\$\{workspaceFolder\}(\/[\w.]+)?$/);
  });

  it('show the options that people ask for', () => {
    const used = new Set(entries.flatMap(({ entry }) => Object.keys(entry)));
    for (const name of ['build', 'modules', 'boot', 'org', 'gdbPort', 'port', 'firmwareCalls', 'serial'])
      assert.ok(used.has(name), name);
    const numbers = entries
      .flatMap(({ entry: { port, gdbPort } }) => [port, gdbPort])
      .filter((one) => one !== undefined);
    assert.deepEqual(numbers, [1234, 4711], 'ports are numbers');
  });

  it('differ in their labels', () => {
    assert.equal(new Set(entries.map(({ label }) => label)).size, entries.length);
  });

  it('begin a new file with one that is right', () => {
    for (const entry of INITIAL_CONFIGURATIONS) assert.doesNotThrow(() => parseOptions('launch', entry));
  });
});
