import { strict as assert } from 'node:assert';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { closingLine, NO_COUNTS, parseClosingLine, parseMocha } from '../../scripts/lib/report';
import { cacheFolder } from '../../scripts/lib/cache';
import { inRoot } from '../../scripts/lib/root';
import { staleReason } from '../../scripts/bootstrap.mjs';
import { aptLine } from '../../scripts/test/debian';
import { judge, strict as strictly } from '../../scripts/test/main';
import { needsOf, SUITES, type Suite } from '../../scripts/test/suites';

const suite: Suite = {
  name: 's',
  title: '',
  args: [],
  needs: ['nasm'],
  wants: ['gdb', 'nasm'],
  parse: parseClosingLine,
};

describe('closing lines', () => {
  it('are written', () => {
    assert.equal(closingLine({ passed: 3, failed: 0, skipped: 0 }), '3 passed, 0 failed');
    assert.equal(closingLine({ passed: 3, failed: 1, skipped: 2 }), '3 passed, 1 failed, 2 skipped');
  });

  it('are read, the last one of an output', () => {
    assert.deepEqual(parseClosingLine('1 passed, 1 failed\nmore\n12 passed, 3 failed, 4 skipped\nbye\n'), {
      passed: 12,
      failed: 3,
      skipped: 4,
    });
    assert.equal(parseClosingLine('said 1 passed, 1 failed somewhere'), undefined);
  });

  it('are read from mocha, in colour too', () => {
    assert.deepEqual(parseMocha('\n  \u001b[32m 12 passing\u001b[0m (3s)\n  2 pending\n  1 failing\n\n  1) a\n'), {
      passed: 12,
      failed: 1,
      skipped: 2,
    });
    assert.deepEqual(parseMocha('  0 passing (1ms)\n'), NO_COUNTS);
    assert.equal(parseMocha('Error: no such file'), undefined);
  });
});

describe('the verdict on a suite', () => {
  it('is a failure where no count was printed, none ran, or the exit code contradicts', () => {
    assert.equal(judge(suite, 0, 'nothing').failed, 1);
    assert.equal(judge(suite, 0, '0 passed, 0 failed').failed, 1);
    assert.deepEqual(judge(suite, 1, '5 passed, 0 failed'), { passed: 5, failed: 1, skipped: 0 });
    assert.deepEqual(judge(suite, 1, '5 passed, 2 failed'), { passed: 5, failed: 2, skipped: 0 });
    assert.deepEqual(judge(suite, 0, '5 passed, 0 failed'), { passed: 5, failed: 0, skipped: 0 });
  });

  it('counts what was skipped as failed in CI only', () => {
    const counts = { passed: 5, failed: 1, skipped: 2 };
    assert.deepEqual(strictly(counts, true), { passed: 5, failed: 3, skipped: 0 });
    assert.deepEqual(strictly(counts, false), counts);
  });
});

describe('the table of suites', () => {
  it('has a row for every folder of tests', () => {
    const folders = readdirSync(inRoot('test'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .filter((name) =>
        readdirSync(inRoot('test', name), { recursive: true }).some((file) => String(file).endsWith('.test.ts')),
      );
    const covered = new Set(SUITES.map(({ folder }) => folder));
    assert.deepEqual(
      folders.filter((folder) => !covered.has(folder)),
      [],
      'add a row to scripts/test/suites.ts',
    );
  });

  it('names each suite once and no folder that is gone', () => {
    assert.equal(new Set(SUITES.map(({ name }) => name)).size, SUITES.length);
    for (const { folder } of SUITES) if (folder !== undefined) assert.ok(existsSync(inRoot('test', folder)), folder);
  });

  it('adds up needs once each', () => assert.deepEqual(needsOf([suite, suite]), ['nasm', 'gdb']));
});

describe('set-up', () => {
  it('says the one line to type', () => {
    assert.equal(aptLine(['gdb', 'nasm']), 'sudo apt-get install -y --no-install-recommends gdb nasm');
  });

  it('knows when packages are stale', () => {
    const lock = {
      packages: {
        '': {},
        'node_modules/a': { version: '1.0.0' },
        'node_modules/b': { version: '2.0.0', optional: true },
      },
    };
    assert.equal(staleReason(lock, undefined), 'no packages are installed');
    assert.equal(staleReason(lock, { packages: { 'node_modules/a': { version: '1.0.0' } } }), undefined);
    assert.equal(
      staleReason(lock, { packages: { 'node_modules/a': { version: '0.9.0' } } }),
      'a is 0.9.0, wanted 1.0.0',
    );
    assert.equal(staleReason(lock, { packages: {} }), 'a is missing, wanted 1.0.0');
  });

  it('keeps large things in the cache folder', () => {
    assert.equal(cacheFolder({ STEPBACK_CACHE: '/big' }), path.resolve('/big'));
    assert.equal(cacheFolder({ XDG_CACHE_HOME: path.resolve('/xdg') }), path.resolve('/xdg/stepback'));
    assert.ok(!cacheFolder({}).startsWith(inRoot()));
  });
});
