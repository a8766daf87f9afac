import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { inRoot } from '../../scripts/lib/root';

interface Entry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Entry>>;
};

describe('package-lock.json', () => {
  it('names no registry host', () => {
    const withHost = Object.entries(packages).filter(([, entry]) => entry.resolved !== undefined);
    assert.deepEqual(withHost, []);
    assert.ok(Object.keys(packages).length > 100, 'the lockfile is read');
  });

  it('has the packages of every platform, without which `npm ci` refuses it', () => {
    // npm leaves out silently what the registry at hand did not serve when the file was made.
    const missing = Object.entries(packages).flatMap(([place, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${place}/node_modules/${name}` in packages),
      ),
    );
    assert.deepEqual(missing, []);
  });
});
