/** Time travel against a recorded run: wherever one goes and however, the machine is what it was at that count. */
import { strict as assert } from 'node:assert';
import { PAGE_SIZE } from '../../../emulator/memory/layout';
import type { Input } from '../../../emulator/system/input';
import type { Machine } from '../../../emulator/system/machine';
import { digestMachine, loadMachine, saveMachine } from '../../../emulator/system/machine-state';
import { Timeline } from '../../../emulator/timeline/timeline';
import { withEngine } from '../../support/engines';
import { exampleMachine, WAITING } from '../../support/machines';
import { random } from '../../support/random';

const HISTORY = 64 << 20;
const END = WAITING + 6_000;
/** Counts at which the recorded run is looked at. */
const LOOKS = 120;
const FIRST_INPUT = 1_500_017;
const WALK = 500;

const key = (code: string, pressed: boolean): Input => ({ type: 'key', code, pressed });

/** What comes from outside, with the count at which it comes: while the guest prints, and while it is halted. */
const INPUTS: readonly { readonly count: number; readonly input: Input }[] = [
  { count: FIRST_INPUT, input: { type: 'serial', port: 'com1', bytes: Uint8Array.of(0x41, 0x42) } },
  { count: WAITING, input: key('KeyB', true) },
  { count: WAITING + 300, input: key('KeyB', false) },
  { count: WAITING + 300, input: key('ShiftLeft', true) },
  { count: WAITING + 801, input: key('KeyC', true) },
  { count: WAITING + 1_500, input: { type: 'register', name: 'EDX', value: 0x1234_5678n } },
  {
    count: WAITING + 1_600,
    input: { type: 'memory', space: 'physical', address: 0x500n, bytes: Uint8Array.of(9) },
  },
];

const runTo = (timeline: Timeline, count: number): void => {
  while (timeline.count < count) timeline.run({ count, time: Infinity, breakpoints: false }, false);
};

/** Runs with the inputs, stopping at the counts; gives the digest at each. */
function record(timeline: Timeline, counts: readonly number[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const stops = [...new Set([...counts, ...INPUTS.map(({ count }) => count)])].toSorted((a, b) => a - b);
  for (const stop of stops) {
    runTo(timeline, stop);
    for (const { count, input } of INPUTS) if (count === stop) timeline.input(input);
    if (counts.includes(stop)) found.set(stop, digestMachine(timeline.machine));
  }
  return found;
}

describe('walks in time', function () {
  this.timeout(60_000);
  const next = random(20_261_124);
  const counts = Array.from({ length: LOOKS }, (_, n) =>
    n % 2 === 0 ? Math.floor(next() * END) : WAITING + Math.floor(next() * (END - WAITING)),
  ).filter((count) => INPUTS.every((one) => one.count !== count));
  let recorded: ReadonlyMap<number, string>;
  let timeline: Timeline;

  before(() => {
    timeline = new Timeline(exampleMachine('80386', 'interpreter'), { historyBytes: HISTORY });
    recorded = record(timeline, counts);
  });

  it('the guest was busy and halted, and the inputs changed it', () => {
    assert.equal(new Set(recorded.values()).size, recorded.size);
    const untouched = new Timeline(exampleMachine(), { historyBytes: HISTORY });
    runTo(untouched, END);
    assert.notEqual(digestMachine(untouched.machine), [...recorded.values()].at(-1));
  });

  it('the same start and the same inputs give the same run', () => {
    assert.deepEqual(record(new Timeline(exampleMachine(), { historyBytes: 0 }), counts), recorded);
  });

  it('how a run is cut into pieces does not show', () => {
    const pieces = new Timeline(exampleMachine(), { historyBytes: HISTORY });
    const some = counts.filter((count) => count < FIRST_INPUT).toSorted((a, b) => a - b);
    assert.ok(some.length > 3);
    for (const count of some) {
      while (pieces.count < count) runTo(pieces, Math.min(count, pieces.count + 1 + Math.floor(next() * 5000)));
      assert.equal(digestMachine(pieces.machine), recorded.get(count), String(count));
    }
  });

  for (const [what, historyBytes, mode] of [
    ['with room for the whole past', HISTORY, 'interpreter'],
    ['everything compiled', HISTORY, 'compiled'],
    ['with room for very little of the past, everything compiled', 400 * 1024, 'compiled'],
  ] as const) {
    it(`${WALK} jumps and small steps, ${what}`, () => {
      const machine = withEngine(mode, (engine) => exampleMachine('80386', engine));
      const walker = new Timeline(machine, { historyBytes });
      record(walker, counts);
      const { busyWait, processor } = machine;
      assert.ok(busyWait.skipped > 0);
      if (mode === 'compiled') assert.ok(processor.compiledCounts + busyWait.skipped > WAITING / 2);
      for (let move = 0; move < WALK; move++) {
        // Where there is little room, what is looked at now is kept at the cost of the far past.
        const inReach = [...recorded.keys()].filter((count) => count >= walker.first);
        assert.ok(inReach.length > 3, `${inReach.length} counts are in reach`);
        const count = inReach[Math.floor(next() * inReach.length)] ?? 0;
        walker.seek(count);
        // Some moves wander about near by before they look.
        const { first } = walker;
        for (let steps = Math.floor(next() * 4); steps > 0; steps--) {
          walker.seek(Math.min(END, Math.max(walker.first, walker.count + Math.floor((next() - 0.5) * 3000))));
        }
        if (walker.first > first && count < walker.first) continue;
        walker.seek(count);
        assert.equal(walker.count, count);
        const { bytes } = walker.snapshots;
        assert.ok(bytes <= historyBytes, `${bytes} bytes of history`);
        assert.equal(digestMachine(walker.machine), recorded.get(count), `move ${move}, count ${count}`);
      }
    });
  }

  it('saved and loaded into another machine at any count, it goes on the same', () => {
    const sorted = [...recorded.keys()].toSorted((a, b) => a - b);
    let machine: Machine = exampleMachine();
    for (const count of sorted.filter((one) => one < FIRST_INPUT)) {
      while (machine.count < count) machine.run({ count, time: Infinity, breakpoints: false }, false);
      const other = exampleMachine();
      const { memory } = machine.board;
      for (let frame = 0; frame < memory.frameCount; frame++) {
        other.board.memory.loadFrame(frame, memory.frame(frame).slice(0, PAGE_SIZE));
      }
      // Media hold their own states: what was written to them is nothing here.
      const { floppies, media } = saveMachine(other);
      loadMachine(other, { ...saveMachine(machine), floppies, media });
      machine = other;
      assert.equal(digestMachine(machine), recorded.get(count), String(count));
    }
  });

  it('a change in the past forgets what lay behind it, and only that', () => {
    const forked = new Timeline(exampleMachine(), { historyBytes: HISTORY });
    record(forked, counts);
    let told = 0;
    forked.onFork = (count) => {
      told = count;
    };
    const here = 2_000_000;
    forked.seek(here);
    forked.input({ type: 'register', name: 'EBX', value: 0x55aan });
    assert.deepEqual([told, forked.head], [here, here]);
    const before = [...recorded.keys()].filter((count) => count < here);
    for (const count of before.slice(0, 20)) {
      forked.seek(count);
      assert.equal(digestMachine(forked.machine), recorded.get(count));
    }
    forked.seek(END);
    assert.notEqual(digestMachine(forked.machine), recorded.get(END));
    assert.ok(forked.inputs.all.every(({ count }) => count <= here));
  });
});
