/** The ISA cases and a sample of random ones beside Bochs; `npm run test:bochs` runs as many as you like. */
import { strict as assert } from 'node:assert';
import { findProgram } from '../../scripts/lib/find';
import { BochsRunner, type Result } from './run-cases';

const RANDOM_CASES = 80;
const SEED = 20_261_123;

describe('beside Bochs', function () {
  this.timeout(240_000);
  let runner: BochsRunner;
  before(function () {
    if (findProgram('bochs') === undefined) {
      console.log('      bochs is not there: nothing is compared');
      this.skip();
    }
    runner = new BochsRunner();
  });
  after(() => runner.stop());

  const check = ({ same, different }: Result, least: number) => {
    assert.deepEqual(different, []);
    assert.ok(same >= least, `only ${same} cases were compared`);
  };

  it('the cases of test/isa', async () => {
    check(await runner.isaCases(), 300);
  });

  it('random cases about segments, levels and gates', async () => {
    check(await runner.randomCases(SEED, 0, RANDOM_CASES), RANDOM_CASES * 0.7);
  });
});
