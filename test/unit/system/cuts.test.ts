/** A run that is cut anywhere is the same run: what is done at boundaries, and several counts at once, must not show. */
import { strict as assert } from 'node:assert';
import { EFLAGS, LAZY_FLAGS } from '../../../emulator/cpu/x86/registers';
import { REGISTER_BYTES, RUN_REPEATING } from '../../../emulator/memory/layout';
import type { Machine } from '../../../emulator/system/machine';
import { digestMachine } from '../../../emulator/system/machine-state';
import { hasTool } from '../../support/tools';
import { guestAtBegin } from '../../support/nasm-guest';

const SOURCE = 'test/unit/system/cuts.asm';
const COUNTS = 40_000;
/** Between two looks at everything, counts. */
const DIGEST_EVERY = 2_003;
const MOST = 400;

/** What can be told apart of the CPU. */
function cpuOf(machine: Machine): string {
  const { core, calls } = machine.processor.cpu;
  core.set(EFLAGS, core.getFlags());
  const words: number[] = [core.get(RUN_REPEATING), core.shadow, calls.depth];
  for (let offset = 0; offset < REGISTER_BYTES; offset += 4)
    if (!LAZY_FLAGS.has(offset & -8)) words.push(core.get(offset));
  const top = calls.depth === 0 ? '' : JSON.stringify(calls.entry(calls.depth - 1));
  return `${words.join(' ')} ${machine.board.clock.now} ${top}`;
}

/** Runs to a count that nothing keeps it from. */
function runTo(machine: Machine, count: number): void {
  while (machine.count < count) {
    const stop = machine.run({ count, time: Infinity, breakpoints: false }, false);
    assert.equal(stop.kind, 'limit', JSON.stringify(stop));
  }
}

describe('a run that is cut', function () {
  this.timeout(60_000);
  let machine: Machine;
  let first: number;
  /** By counts behind the first. */
  const states: string[] = [];
  const digests = new Map<number, string>();

  before(function () {
    if (!hasTool('nasm')) this.skip();
    machine = guestAtBegin(SOURCE, 'interpreter');
    first = machine.count;
    for (let n = 0; n <= COUNTS; n++) {
      runTo(machine, first + n);
      states.push(cpuOf(machine));
      if (n % DIGEST_EVERY === 0) digests.set(n, digestMachine(machine));
    }
  });

  it('comes through everything that the guest has', () => {
    const ticks = machine.board.memory.peek(0x1900, 2);
    assert.ok(ticks > 30, String(ticks));
  });

  for (const [name, most, engine] of [
    ['into a few counts', 5, 'interpreter'],
    ['into more', MOST, 'interpreter'],
    ['seldom', 5_000, 'interpreter'],
    ['into more, compiled', MOST, 'compiled'],
    ['seldom, compiled', 5_000, 'compiled'],
  ] as const) {
    it(`${name} is the same`, () => {
      const machine = guestAtBegin(SOURCE, engine);
      let seed = 12_345;
      let n = 0;
      while (n < COUNTS) {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        const next = n + 1 + ((seed >>> 8) % most);
        const look = n - (n % DIGEST_EVERY) + DIGEST_EVERY;
        n = Math.min(next, look, COUNTS);
        runTo(machine, first + n);
        assert.equal(cpuOf(machine), states[n], `${n} counts behind the start`);
        const digest = digests.get(n);
        if (digest !== undefined) assert.equal(digestMachine(machine), digest, `${n} counts behind the start`);
      }
    });
  }
});
