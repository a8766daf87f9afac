/** The package that the journeys install. */
import { strict as assert } from 'node:assert';
import { packageProblems } from '../../scripts/package';
import { packageOnce } from './support';

describe('the package', function () {
  this.timeout(120_000);

  it('has the files of the golden list and less than 3 MB', async () => {
    assert.deepEqual(await packageProblems(await packageOnce()), []);
  });
});
