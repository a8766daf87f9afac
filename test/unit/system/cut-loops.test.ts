/** What interrupts leave of a loop is no hot code: it would become regions beside the loop's own. */
import { strict as assert } from 'node:assert';
import { hasTool } from '../../support/tools';
import { nasmGuest } from '../../support/nasm-guest';

describe('a loop that interrupts cut everywhere', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasTool('nasm')) this.skip();
  });

  it('is one region, and what comes behind it is compiled, too', () => {
    const guest = nasmGuest('test/unit/system/cut-loops.asm');
    const { machine } = guest;
    const { processor } = machine;
    const runTo = (label: string) => {
      processor.setBreakpoints(new Set([guest.at(label)]));
      const stop = machine.run({ count: 1e9, time: Infinity, breakpoints: true }, true);
      assert.equal(stop.kind, 'breakpoint', JSON.stringify(stop));
    };
    runTo('begin');
    const before = processor.regions.compiled;
    runTo('other');
    const ticks = machine.board.memory.peek(0x1000, 2);
    assert.ok(ticks > 1800, `${ticks} ticks`);
    assert.equal(processor.regions.compiled - before, 1);
    runTo('done');
    assert.equal(processor.regions.compiled - before, 2);
  });
});
