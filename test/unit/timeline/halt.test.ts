/** A halted machine and the host's clock. */
import { strict as assert } from 'node:assert';
import { digestMachine } from '../../../emulator/system/machine-state';
import { Timeline } from '../../../emulator/timeline/timeline';
import { exampleMachine, WAITING } from '../../support/machines';

describe('a halted machine', () => {
  it('stays at whole nanoseconds when the host lets it run for a part of one, and can be gone back to', () => {
    const timeline = new Timeline(exampleMachine(), { historyBytes: 64 << 20 });
    while (timeline.count < WAITING) timeline.run({ count: WAITING, time: Infinity, breakpoints: false }, false);
    const { clock } = timeline.machine.board;
    const began = clock.now;
    // Short of the next tick of the timer, so that the limit itself ends the skip.
    for (const part of [1000.25, 2000.5, 3000.75])
      timeline.run({ count: Infinity, time: began + part, breakpoints: false }, false);
    assert.equal(clock.now, began + 3000);
    timeline.input({ type: 'key', code: 'KeyA', pressed: true });
    const there = timeline.count;
    const digest = digestMachine(timeline.machine);
    timeline.seek(there - 100);
    timeline.seek(there);
    assert.equal(digestMachine(timeline.machine), digest);
  });
});
