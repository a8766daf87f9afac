/** When snapshots are due: they cost the same small part of a run, and none is put off for long by what was no snapshot's fault. */
import { strict as assert } from 'node:assert';
import { digestMachine } from '../../../emulator/system/machine-state';
import { Timeline } from '../../../emulator/timeline/timeline';
import { Spacing, type SnapshotCost } from '../../../emulator/timeline/spacing';
import { exampleMachine, WAITING } from '../../support/machines';

/** Counts a millisecond of code that is compiled, interpreted, and waits for devices. */
const [COMPILED, INTERPRETED, SLOW] = [4_000_000, 100_000, 20_000];
/** Snapshots of which the first ones do not count: it is to be found out what they cost. */
const [SNAPSHOTS, FIRST] = [60, 10];

interface Host {
  /** Counts a millisecond. */
  readonly speed: (turn: number) => number;
  readonly cost: (turn: number) => SnapshotCost;
  readonly hasClock?: boolean;
}

/** Runs till so many snapshots were taken; gives the time between one and the next, and the counts, and the part of the time that they took. */
function run({ speed, cost, hasClock = true }: Host) {
  let time = 0;
  const executed = { executedCounts: 0, compiledCounts: 0, bulkCounts: 0 };
  const spacing = new Spacing(executed, hasClock ? () => time : undefined);
  const gaps: number[] = [];
  const counts: number[] = [];
  let [spent, ran] = [0, 0];
  for (let turn = 0; turn < SNAPSHOTS; turn++) {
    const [start, first] = [time, executed.executedCounts];
    for (;;) {
      const { ahead, now } = spacing;
      assert.ok(Number.isInteger(ahead) && ahead > 0, String(ahead));
      executed.executedCounts += ahead;
      if (speed(turn) === COMPILED) executed.compiledCounts += ahead;
      time += ahead / speed(turn);
      if (spacing.ran(ahead, now)) break;
    }
    gaps.push(time - start);
    counts.push(executed.executedCounts - first);
    const costs = cost(turn);
    if (turn >= FIRST) [spent, ran] = [spent + costs.took, ran + time - start];
    time += costs.took;
    spacing.begin(costs);
  }
  return { gaps, counts, part: spent / ran };
}

const cheap: SnapshotCost = { copied: 1, noted: 1, took: 0.1 };
const dear: SnapshotCost = { copied: 2000, noted: 500, took: 6 };

describe('spacing of snapshots', () => {
  for (const [name, cost] of Object.entries({ cheap, dear }))
    for (const [code, speed] of Object.entries({ COMPILED, INTERPRETED, SLOW }))
      it(`${name} ones take one part in fifty of the run: ${code.toLowerCase()} code`, () => {
        const { part } = run({ speed: () => speed, cost: () => cost });
        assert.ok(part <= 0.021 && part > 0.005, String(part));
      });

  it('leaves no gap of many milliseconds where they are cheap, however slow the code is', () => {
    for (const speed of [COMPILED, INTERPRETED, SLOW]) {
      const { gaps } = run({ speed: () => speed, cost: () => cheap });
      assert.ok(Math.max(...gaps) < 25, String(Math.max(...gaps)));
    }
  });

  it('counts what it costs to notice which pages are written', () => {
    const { gaps } = run({ speed: () => COMPILED, cost: () => ({ ...cheap, noted: 100 }) });
    assert.ok(Math.min(...gaps.slice(FIRST)) > 20, String(Math.min(...gaps.slice(FIRST))));
  });

  it('is not put off by a host that slept', () => {
    const { gaps } = run({
      speed: () => COMPILED,
      cost: (turn) => (turn === FIRST ? { ...cheap, took: 3_600_000 } : cheap),
    });
    assert.ok(Math.max(...gaps) < 60, String(Math.max(...gaps)));
  });

  it('finds slow code soon behind fast code', () => {
    const { gaps } = run({ speed: (turn) => (turn < FIRST ? COMPILED : INTERPRETED), cost: () => cheap });
    assert.ok(Math.max(...gaps) < 25, String(Math.max(...gaps)));
  });

  it('has its places by counts alone without a clock, the same whatever they took', () => {
    const places = [cheap, { ...cheap, noted: 9, took: 77 }].map(
      (cost) => run({ speed: (turn) => (turn % 2 === 0 ? COMPILED : SLOW), cost: () => cost, hasClock: false }).counts,
    );
    assert.deepEqual(places[0], places[1]);
    assert.deepEqual(places[0]?.slice(0, 4), [12_000_000, 200_000, 12_000_000, 200_000]);
  });

  it('gives pages that were copied more work without a clock', () => {
    const { counts } = run({ speed: () => INTERPRETED, cost: () => dear, hasClock: false });
    assert.equal(counts.at(-1), (dear.copied * 4096) / 0.4);
  });

  it('shows in nothing but the places of snapshots', () => {
    const runs = [undefined, 1e4, 1e6].map((perMillisecond) => {
      const machine = exampleMachine('80386', 'interpreter');
      const clock = perMillisecond === undefined ? undefined : () => machine.count / perMillisecond;
      const timeline = new Timeline(machine, { historyBytes: 64 << 20, ...(clock === undefined ? {} : { clock }) });
      while (timeline.count < WAITING) timeline.run({ count: WAITING, time: Infinity, breakpoints: false }, false);
      const end = digestMachine(machine);
      const { times } = timeline.stopwatch;
      timeline.seek(WAITING / 2);
      return { times, digests: [end, digestMachine(machine)] };
    });
    assert.deepEqual(runs[1]?.digests, runs[0]?.digests);
    assert.deepEqual(runs[2]?.digests, runs[0]?.digests);
    // At 2 ms the slow computer has one at each look, the fast one only every two million counts.
    const [, slow, fast] = runs.map(({ times }) => times);
    assert.ok(slow > 10 && fast < 5, `${slow}, ${fast}`);
  });
});
