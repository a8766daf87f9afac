/** A sample of random programs on both engines; `npm run test:engines` runs as many as you like. */
import { strict as assert } from 'node:assert';
import { check } from './compare';
import { ENGINE_MODES } from '../support/engines';

const PROGRAMS = 4;
const SEED = 20_261_128;

describe('random programs, interpreted and compiled', function () {
  this.timeout(120_000);
  for (const mode of ENGINE_MODES) {
    if (mode === 'interpreter') continue;
    it(mode, () => {
      let compiled = 0;
      let counts = 0;
      for (let n = 0; n < PROGRAMS; n++) {
        const found = check(SEED + n, mode);
        assert.equal(found.difference, undefined);
        compiled += found.compiled;
        counts += found.counts;
      }
      assert.ok(compiled > counts / 2, `only ${compiled} of ${counts} counts ran compiled`);
    });
  }
});
