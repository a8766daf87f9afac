/** A sample of streams in lockstep with QEMU; `npm run test:lockstep` runs as many as you like. */
import { strict as assert } from 'node:assert';
import { findProgram } from '../../scripts/lib/find';
import { MODES, type ModeId } from './modes';
import { runMode } from './run-mode';
import { ENGINE_MODES } from '../support/engines';

const STREAMS = 40;

describe('random instruction streams in lockstep with QEMU', () => {
  for (const id of Object.keys(MODES) as ModeId[]) {
    for (const engine of ENGINE_MODES) {
      it(`${id}, ${engine}`, async function () {
        this.timeout(60_000);
        if (findProgram('qemu-system-i386') === undefined) {
          console.log('      qemu-system-i386 is not there: nothing is compared');
          this.skip();
        }
        const found: string[] = [];
        const { passed, instructions } = await runMode(id, STREAMS, 20_261_123, engine, (text) => found.push(text));
        assert.deepEqual(found, []);
        assert.equal(passed, STREAMS);
        assert.ok(instructions > 10 * STREAMS, `only ${instructions} instructions were compared`);
      });
    }
  }
});
