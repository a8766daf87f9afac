/** However much of a guest is hot, regions and modules stay within their bounds, and what it computes stays right. */
import { strict as assert } from 'node:assert';
import * as R from '../../../../emulator/cpu/x86/registers';
import { MOST_MODULES } from '../../../../emulator/engine/compiler/regions';
import type { EngineName } from '../../../../emulator/machines/board';
import { REGION_SLOTS } from '../../../../emulator/memory/layout';
import type { Machine } from '../../../../emulator/system/machine';
import { bareMachine, enterFlat, word } from '../../../support/machines';

const CODE = 0x10_0000;
const MAIN = 0x8000;
/** Instructions of a function besides its `inc eax`, and of the loop that calls it. */
const OTHER_COUNTS = 5;
/** Bytes of a function besides its `inc eax`. */
const OTHER_BYTES = 7;

/**
 * A guest in flat protected mode that goes round calling `functions` functions, one after the other: each is `increments` times
 * `inc eax`, then `add ebx, imm8` `ret`, padded.
 */
function guest(functions: number, increments: number, engine: EngineName): Machine {
  const machine = bareMachine(engine, 4 << 20);
  const { memory } = machine.board;
  const bytes = increments + OTHER_BYTES;
  const bodies = new Uint8Array(functions * bytes);
  for (let i = 0; i < functions; i++)
    bodies.set([...new Array<number>(increments).fill(0x40), 0x83, 0xc3, i & 0x7f, 0xc3], i * bytes);
  memory.load(CODE, bodies);
  const main = [
    ...[0xbe, ...word(CODE)], // mov esi, CODE
    ...[0xff, 0xd6], // next: call esi
    ...[0x81, 0xc6, ...word(bytes)], // add esi, bytes
    ...[0x81, 0xfe, ...word(CODE + bodies.length)], // cmp esi, end
    ...[0x72, 0xf0], // jb next
    ...[0xeb, 0xe9], // jmp MAIN
  ];
  memory.load(MAIN, Uint8Array.from(main));
  enterFlat(
    machine,
    new Map([
      [R.EIP, MAIN],
      [R.ESP, MAIN],
      [R.EAX, 0],
      [R.EBX, 0],
    ]),
  );
  machine.processor.blocks.threshold = engine === 'compiler' ? 2 : 0;
  return machine;
}

const runTo = (machine: Machine, count: number): void => {
  while (machine.count < count) {
    const stop = machine.run({ count, time: Infinity, breakpoints: false }, false);
    assert.equal(stop.kind, 'limit', JSON.stringify(stop));
  }
};

const registers = ({ processor: { cpu } }: Machine): readonly bigint[] =>
  ['EAX', 'EBX', 'ESI', 'ESP', 'EIP', 'EFLAGS'].map((name) => cpu.readRegister(name));

describe('compiled regions: bounds', function () {
  this.timeout(120_000);

  /** Runs in steps on both engines; what is between them must not differ, and what is compiled must stay in bounds. */
  function check(functions: number, increments: number, rounds: number, step: number): Machine {
    const machine = guest(functions, increments, 'compiler');
    const other = guest(functions, increments, 'interpreter');
    const { regions } = machine.processor;
    const end = functions * (increments + OTHER_COUNTS) * rounds;
    for (let count = step; count <= end; count += step) {
      runTo(machine, count);
      assert.ok(regions.count < REGION_SLOTS, `${regions.count} regions at ${count}`);
      assert.ok(regions.liveModules * REGION_SLOTS < 4_000_000, `${regions.liveModules} modules at ${count}`);
      if (count % (step * 64) === 0) {
        runTo(other, count);
        assert.deepEqual(registers(machine), registers(other), `at ${count}`);
      }
    }
    runTo(machine, end);
    runTo(other, end);
    assert.deepEqual(registers(machine), registers(other));
    return machine;
  }

  it('20,000 functions have at most as many regions as there are slots; the oldest go', () => {
    const { regions } = check(20_000, 1, 3, 20_000).processor;
    assert.ok(regions.compiled > 2 * REGION_SLOTS, `${regions.compiled} compiled`);
    // Not all at once: most of the slots are used.
    assert.ok(regions.count > REGION_SLOTS / 2, `${regions.count} regions`);
    assert.ok(regions.wasmBytes < 32 << 20, `${regions.wasmBytes} bytes`);
  });

  it('modules of one region are bounded, too', () => {
    const { regions } = check(1100, 150, 4, 4000).processor;
    assert.ok(regions.modules > MOST_MODULES, `${regions.modules} modules made`);
    assert.ok(regions.liveModules > MOST_MODULES / 2, `${regions.liveModules} modules`);
  });

  it('a large region is made in several steps, so that nobody waits for all of it', () => {
    const { regions } = check(1, 150, 12_000, 12_000).processor;
    assert.ok(regions.compiledInstructions >= 150, `${regions.compiledInstructions} instructions`);
    assert.ok(regions.stopwatch.times >= 5, `${regions.stopwatch.times} steps`);
  });
});
