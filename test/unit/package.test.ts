import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

interface Lock {
  readonly packages: Record<string, { readonly resolved?: string; readonly version?: string }>;
}

describe('package files', () => {
  it('lockfile names no registry host', () => {
    const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lock;
    const withHost = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
    assert.deepEqual(withHost, []);
    assert.ok(Object.keys(lock.packages).length > 100, 'the lockfile is read');
  });
});
