/**
 * A guest that edits its page tables without INVLPG, against itself: single steps, pieces, jumps in time, watchpoints and
 * breakpoints that come and go. What is kept of the tables (soft TLB, blocks of code) must never show.
 */
import { strict as assert } from 'node:assert';
import { BuiltInTarget } from '../../../emulator/debug/built-in';
import { digestMachine } from '../../../emulator/system/machine-state';
import { Timeline } from '../../../emulator/timeline/timeline';
import { ENGINE_MODES, withEngine } from '../../support/engines';
import { type NasmGuest, nasmGuest } from '../../support/nasm-guest';
import { random } from '../../support/random';
import { hasTool } from '../../support/tools';

const SOURCE = 'test/unit/debug/paging.asm';
const MEMORY = { memoryBytes: 2 << 20 };
const HISTORY = 64 << 20;
const LOOKS = 60;
const JUMPS = 100;
const PAGES = 0x40_0000;
const TABLE = 0x2_2000;

/** Whole numbers from 0 to below a limit. */
function randomNumbers(seed: number): (limit: number) => number {
  const next = random(seed);
  return (limit) => Math.floor(next() * limit);
}

describe('page tables that are edited at random', function () {
  this.timeout(60_000);
  const recorded = new Map<number, string>();
  let guest: NasmGuest;
  let first = 0;
  let end = 0;

  const runTo = (timeline: Timeline, count: number): void => {
    while (timeline.count < count && !timeline.machine.state.isDead)
      timeline.run({ count, time: Infinity, breakpoints: false }, false);
  };

  before(function () {
    if (!hasTool('nasm')) this.skip();
    guest = nasmGuest(SOURCE, MEMORY);
    const timeline = new Timeline(guest.machine, { historyBytes: 0 });
    const { processor } = timeline.machine;
    processor.setBreakpoints(new Set([0x7c00]));
    timeline.run({ count: 1e6, time: Infinity, breakpoints: true }, false);
    processor.setBreakpoints(new Set());
    first = timeline.count;
    runTo(timeline, 1_000_000);
    end = timeline.count;
    const counts = Array.from({ length: LOOKS }, (_, n) => first + Math.floor(((n + 1) * (end - first - 1)) / LOOKS));
    const again = new Timeline(nasmGuest(SOURCE, MEMORY).machine, { historyBytes: 0 });
    for (const count of counts) {
      runTo(again, count);
      recorded.set(count, digestMachine(again.machine));
    }
  });

  it('it was busy to its end, with page faults', () => {
    const { core, calls } = guest.machine.processor.cpu;
    assert.equal(core.pc, guest.at('done') + 1);
    assert.equal(calls.depth, 0);
    assert.ok(end - first > 100_000, `${end - first} counts`);
    assert.equal(new Set(recorded.values()).size, LOOKS);
  });

  it('in single steps it is the same', () => {
    const { machine } = nasmGuest(SOURCE, MEMORY);
    const last = first + 60_000;
    while (machine.count < first) machine.run({ count: first, time: Infinity, breakpoints: false }, false);
    for (const [count, digest] of recorded) {
      if (count > last) break;
      while (machine.count < count)
        machine.run({ count: machine.count + 1, time: Infinity, breakpoints: false }, false);
      assert.equal(digestMachine(machine), digest, String(count));
    }
  });

  for (const mode of ENGINE_MODES) {
    it(`executed another way, ${mode}, it is the same`, () => {
      const { machine } = withEngine(mode, (engine) => nasmGuest(SOURCE, { ...MEMORY, engine }));
      for (const [count, digest] of recorded) {
        while (machine.count < count) machine.run({ count, time: Infinity, breakpoints: false }, false);
        assert.equal(digestMachine(machine), digest, String(count));
      }
    });
  }

  it('with everything forgotten every few counts it is the same', () => {
    const random = randomNumbers(3);
    const { machine } = nasmGuest(SOURCE, MEMORY);
    for (const [count, digest] of recorded) {
      while (machine.count < count) {
        const next = Math.min(count, machine.count + (machine.count < first ? first : 1 + random(300)));
        machine.run({ count: next, time: Infinity, breakpoints: false }, false);
        machine.processor.cpu.core.space.changed();
      }
      assert.equal(digestMachine(machine), digest, String(count));
    }
  });

  it('with snapshots, jumps in time, watchpoints and breakpoints that come and go it is the same', () => {
    const random = randomNumbers(7);
    const own = nasmGuest(SOURCE, MEMORY);
    const target = new BuiltInTarget(own.machine, { historyBytes: HISTORY, wake: () => undefined });
    const { timeline } = target;
    runTo(timeline, end - 1);
    const counts = [...recorded.keys()];
    for (let jump = 0; jump < JUMPS; jump++) {
      const watched = Array.from({ length: random(3) }, (_, id) => {
        const linear = random(2) === 0;
        const address = linear ? PAGES + 0x1000 * random(32) + 4 * random(1024) : TABLE + 4 * random(32);
        const length = [1, 4, 4, 0x1000 - (address % 0x1000)][random(4)] ?? 1;
        return {
          id,
          space: linear ? 'linear' : 'physical',
          address: BigInt(address),
          length,
          access: 'access' as const,
        };
      });
      void target.watchpoints.set('test', watched);
      own.machine.processor.setBreakpoints(new Set(random(2) === 0 ? [PAGES + 0x1000 * random(32)] : []));
      const count = counts[random(counts.length)] ?? first;
      timeline.seek(Math.max(first, count - random(3000)));
      while (timeline.count < count) {
        const limits = { count: Math.min(count, timeline.count + 1 + random(2000)), time: Infinity, breakpoints: true };
        timeline.run(limits, true);
      }
      assert.equal(digestMachine(timeline.machine), recorded.get(count), `jump ${jump}, count ${count}`);
    }
  });
});
