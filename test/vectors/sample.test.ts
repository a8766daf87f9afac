import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runSuite } from './run-suite';

/** Beside the repository: see docs/testing.md for where the vectors come from. */
const VECTORS = path.resolve(__dirname, '../../../shared/vectors');

describe('vectors from real chips, a sample of every form', () => {
  for (const [suite, engine, perForm] of [
    ['8086', 'interpreter', 6],
    ['8086', 'each', 2],
    ['80286-real', 'interpreter', 6],
    ['80286-real', 'compiled', 2],
  ] as const) {
    it(`${suite}, ${engine}`, function () {
      this.timeout(120_000);
      const folder = path.join(VECTORS, suite);
      if (!existsSync(folder)) {
        console.log(`      ${folder} is not there: the vectors of real chips are not run`);
        this.skip();
      }
      const { passed, failures } = runSuite(folder, { perForm, engine });
      assert.deepEqual(
        failures.map(({ form, vector, differences }) => `${form} ${vector.name}: ${differences.join('; ')}`),
        [],
      );
      assert.ok(passed > 300 * perForm, `only ${passed} vectors were run`);
    });
  }
});
