import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runSuite } from './run-suite';

/** Beside the repository: see docs/testing.md for where the vectors come from. */
const VECTORS = path.resolve(__dirname, '../../../shared/vectors');
const PER_FORM = 6;

describe('vectors from real chips, a sample of every form', () => {
  for (const suite of ['8086', '80286-real']) {
    it(suite, function () {
      this.timeout(60_000);
      const folder = path.join(VECTORS, suite);
      if (!existsSync(folder)) {
        console.log(`      ${folder} is not there: the vectors of real chips are not run`);
        this.skip();
      }
      const { passed, failures } = runSuite(folder, { perForm: PER_FORM });
      assert.deepEqual(
        failures.map(({ form, vector, differences }) => `${form} ${vector.name}: ${differences.join('; ')}`),
        [],
      );
      assert.ok(passed > 300 * PER_FORM, `only ${passed} vectors were run`);
    });
  }
});
