/** What compiled code gives is the same whichever of V8's compilers translates it: floats and vectors under each alone. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { inRoot } from '../../../../scripts/lib/root';

const FILE = 'test/unit/engine/compiler/engines.test.ts';
/** Float and vector ops of the first suite there. */
const CASES = 'computing ops (f[a-z]+|v_[a-z0-9]+|select|mov)\\.';
const LEAST = 30;

describe('compiled code under one of V8’s compilers alone', function () {
  this.timeout(120_000);
  for (const flag of ['--liftoff-only', '--no-liftoff']) {
    it(flag, () => {
      const output = execFileSync(
        process.execPath,
        // The program that mocha.js would start with flags of its own.
        [
          flag,
          '--import',
          'tsx',
          inRoot('node_modules', 'mocha', 'lib', 'cli', 'cli.js'),
          '--reporter',
          'dot',
          '--grep',
          CASES,
          FILE,
        ],
        { cwd: inRoot(), encoding: 'utf8' },
      );
      const passing = Number(/(\d+) passing/.exec(output)?.[1] ?? 0);
      assert.ok(passing >= LEAST && !output.includes('failing'), output);
    });
  }
});
