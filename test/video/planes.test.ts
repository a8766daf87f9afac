/** Planes in translated code: a machine whose accesses all ask the chip, because somebody looks on, comes to the same state. */
import { strict as assert } from 'node:assert';
import { digestMachine } from '../../emulator/system/machine-state';
import type { Machine } from '../../emulator/system/machine';
import { type EngineMode, withEngine } from '../support/engines';
import { VGA_MODES } from '../support/vga-modes';
import { runToPicture, useVideoGuests, videoMachine } from '../support/video-guest';

/** Of compiled code, until it is found that it accesses planes; the guests make more than 100,000 accesses. */
const MOST_LEAVES = 20_000;

describe('planes in translated code', function () {
  this.timeout(120_000);
  const guests = useVideoGuests('nasm');

  const run = (image: string, prepare: (machine: Machine) => void, mode?: EngineMode): Machine => {
    const machine =
      mode === undefined ? videoMachine(image) : withEngine(mode, (engine) => videoMachine(image, engine));
    prepare(machine);
    runToPicture(machine, machine, (listener) => {
      machine.listener = listener;
    });
    return machine;
  };

  for (const [guest, mode] of [
    ['planar', 0x12],
    ['planar', 0x0d],
    ['chain4', 0x13],
  ] as const) {
    it(`${guest} in mode ${mode.toString(16)}h is the same when the chip is asked each time`, () => {
      const image = guests().build(guest, VGA_MODES[mode]);
      const quick = run(image, () => undefined);
      let asked = 0;
      const slow = run(image, ({ board }) => {
        board.mmio.observer = { writing: () => undefined, accessed: () => asked++ };
      });
      assert.ok(asked > 5_000, `${asked} accesses told`);
      assert.equal(digestMachine(quick), digestMachine(slow));
    });

    it(`${guest} in mode ${mode.toString(16)}h is the same in compiled code, which hardly leaves for it`, () => {
      const image = guests().build(guest, VGA_MODES[mode]);
      const digests = (['interpreter', 'compiled', 'each'] as const).map((engine) => {
        const machine = run(image, () => undefined, engine);
        const { regions } = machine.processor;
        if (engine === 'compiled') assert.ok(regions.leaves < MOST_LEAVES, `${regions.leaves} leaves`);
        return digestMachine(machine);
      });
      assert.deepEqual(digests, [digests[0], digests[0], digests[0]]);
    });
  }

  it('a watched page tells of each access, its neighbours of none', () => {
    const image = guests().build('planar', VGA_MODES[0x12]);
    const quick = run(image, () => undefined);
    const told = new Set<number>();
    const watched = run(image, ({ board: { memory } }) => {
      memory.setWatches([{ base: 0xa_2100, length: 0x10, read: true, write: true, linear: true }]);
      memory.onWatch = (_, __, address) => told.add(address);
    });
    assert.deepEqual(
      [...told].toSorted((a, b) => a - b),
      Array.from({ length: 0x10 }, (_, n) => 0xa_2100 + n),
    );
    assert.equal(digestMachine(quick), digestMachine(watched));
  });
});
