/** Translated code survives a way back in time and a restart: the same run again translates and compiles nothing again. */
import { strict as assert } from 'node:assert';
import { digestMachine } from '../../../emulator/system/machine-state';
import { Timeline } from '../../../emulator/timeline/timeline';
import { ENGINE_MODES, withEngine } from '../../support/engines';
import { exampleMachine, WAITING } from '../../support/machines';

const HISTORY = 64 << 20;
/** Of what was made in the first run this part may be made again: a run that is cut elsewhere has blocks of its own. */
const PART = 0.02;

const runTo = (timeline: Timeline, count: number): void => {
  while (timeline.count < count) timeline.run({ count, time: Infinity, breakpoints: false }, false);
};

describe('translated code', function () {
  this.timeout(60_000);
  for (const mode of ENGINE_MODES) {
    it(`is there again when a run is repeated: ${mode}`, () => {
      const timeline = new Timeline(
        withEngine(mode, (engine) => exampleMachine('80386', engine)),
        { historyBytes: HISTORY },
      );
      const { machine } = timeline;
      // What is stepped to find loops that wait makes blocks of its own, now here and now there.
      machine.busyWait.enabled = false;
      const { blocks, regions } = machine.processor;
      runTo(timeline, WAITING);
      const digest = digestMachine(machine);
      const [made, compiled] = [blocks.translated, regions.compiled];
      const again: readonly (() => void)[] = [
        () => timeline.restart(),
        () => timeline.seek(0),
        () => timeline.restart(),
      ];
      for (const goBack of again) {
        goBack();
        assert.equal(timeline.count, 0);
        runTo(timeline, WAITING);
        assert.equal(digestMachine(machine), digest);
      }
      assert.ok(made > 50 && blocks.translated <= made * (1 + PART), `${made} blocks, then ${blocks.translated}`);
      assert.ok(regions.compiled <= compiled * (1 + PART), `${compiled} regions, then ${regions.compiled}`);
    });
  }
});
