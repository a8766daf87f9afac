/** Loops that wait are not executed over and over, and nobody can tell: not by any state, at any count. */
import { strict as assert } from 'node:assert';
import type { Machine } from '../../../emulator/system/machine';
import { digestMachine } from '../../../emulator/system/machine-state';
import { type EngineMode, withEngine } from '../../support/engines';
import { hasTool } from '../../support/tools';
import { nasmGuest } from '../../support/nasm-guest';

const SOURCE = 'test/unit/system/waits.asm';
const WHERE = 0x1002;
const KEY_PART = 3;
const LAST = 12;
/** Parts in which a loop is skipped, but for those whose loops are too short to be worth it. */
const SKIPPED = [1, 2, 3, 5, 7, 9, 11, LAST];
const MOST = 60_000_000;

class Waiting {
  readonly machine: Machine;
  /** Counts that were skipped, by part. */
  readonly skipped = new Map<number, number>();
  private keyAt = Infinity;

  constructor(skips: boolean, mode?: EngineMode) {
    const guest = mode === undefined ? nasmGuest(SOURCE) : withEngine(mode, (engine) => nasmGuest(SOURCE, { engine }));
    this.machine = guest.machine;
    this.machine.busyWait.enabled = skips;
    this.machine.processor.setBreakpoints(new Set([guest.at('begin')]));
    const stop = this.machine.run({ count: 1e9, time: Infinity, breakpoints: true }, false);
    assert.equal(stop.kind, 'breakpoint', JSON.stringify(stop));
    this.machine.processor.setBreakpoints(new Set());
  }

  get part(): number {
    return this.machine.board.memory.peek(WHERE, 1);
  }

  /** Runs to a count; a key is pressed some time behind the first look at the part that waits for one. */
  runTo(count: number): void {
    const { machine } = this;
    while (machine.count < count) {
      const { part } = this;
      const before = machine.busyWait.skipped;
      if (part === KEY_PART && this.keyAt === Infinity) this.keyAt = machine.count + 3_000_000;
      const until = machine.count < this.keyAt ? Math.min(count, this.keyAt) : count;
      const stop = machine.run({ count: until, time: Infinity, breakpoints: false }, false);
      assert.equal(stop.kind, 'limit', JSON.stringify(stop));
      if (machine.count === this.keyAt) {
        machine.board.key('KeyA', true);
        machine.board.key('KeyA', false);
      }
      this.skipped.set(part, (this.skipped.get(part) ?? 0) + machine.busyWait.skipped - before);
    }
  }
}

/** Everything, the call record included. */
function stateOf({ machine }: Waiting): string {
  const { calls } = machine.processor.cpu;
  return `${machine.count} ${digestMachine(machine)} ${Buffer.from(calls.save()).toString('hex')}`;
}

describe('loops that wait', function () {
  this.timeout(120_000);
  before(function () {
    if (!hasTool('nasm')) this.skip();
  });

  for (const [mode, step] of [
    [undefined, 700_001],
    [undefined, 77_777],
    ['interpreter', 900_001],
    ['compiled', 500_009],
  ] as const) {
    it(`are the same when they are skipped: ${mode ?? 'as usual'}, looked at every ${step} counts`, () => {
      const [skips, executes] = [new Waiting(true, mode), new Waiting(false, mode)];
      let rest = 3;
      for (let count = skips.machine.count; rest > 0 && count < MOST; count += step) {
        // Not in step with anything.
        const look = count + ((count >>> 4) % 1009);
        for (const one of [skips, executes]) one.runTo(look);
        assert.equal(stateOf(skips), stateOf(executes), `in part ${executes.part}`);
        if (executes.part === LAST) rest--;
      }
      assert.equal(executes.part, LAST);
      assert.equal(executes.machine.busyWait.skipped, 0);
    });
  }

  it('are hardly executed', () => {
    const one = new Waiting(true);
    const end = one.machine.count + 40_000_000;
    while (one.machine.count < end) one.runTo(one.machine.count + 500_000);
    for (const part of SKIPPED)
      assert.ok((one.skipped.get(part) ?? 0) > 50_000, `part ${part}: ${one.skipped.get(part)}`);
    assert.equal(one.part, LAST);
    assert.ok(one.machine.busyWait.skipped > 20_000_000, String(one.machine.busyWait.skipped));
  });
});
