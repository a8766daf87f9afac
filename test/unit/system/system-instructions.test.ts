/** Instructions of the system do what they do in the interpreter without leaving compiled code. */
import { strict as assert } from 'node:assert';
import { digestMachine } from '../../../emulator/system/machine-state';
import { hasTool } from '../../support/tools';
import { guestAtBegin } from '../../support/nasm-guest';

const SOURCE = 'test/unit/system/system-instructions.asm';
const STEPS = 60;
const MOST = 1009;

describe('system instructions', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasTool('nasm')) this.skip();
  });

  for (const mode of ['compiled', 'each', 'looped'] as const) {
    it(`are the same in compiled code: ${mode}`, () => {
      const [plain, compiled] = [guestAtBegin(SOURCE, 'interpreter'), guestAtBegin(SOURCE, mode)];
      for (let step = 0; step < STEPS; step++) {
        const count = plain.count + 1 + ((step * 379) % MOST);
        for (const machine of [plain, compiled]) {
          const stop = machine.run({ count, time: Infinity, breakpoints: false }, false);
          assert.equal(stop.kind, 'limit', JSON.stringify(stop));
        }
        assert.equal(digestMachine(compiled), digestMachine(plain), `at count ${count}`);
      }
    });
  }

  it('are hardly ever interpreted', () => {
    const machine = guestAtBegin(SOURCE, 'compiled');
    const [start, before] = [machine.count, machine.processor.compiledCounts];
    machine.run({ count: start + 3_000_000, time: Infinity, breakpoints: false }, false);
    const share = (machine.processor.compiledCounts - before) / (machine.count - start);
    assert.ok(share > 0.95, `only ${share} compiled`);
  });
});
