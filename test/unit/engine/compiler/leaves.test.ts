/** Regions that leave often are compiled in another way, but only where that would help. */
import { strict as assert } from 'node:assert';
import { BuiltInTarget } from '../../../../emulator/debug/built-in';
import * as R from '../../../../emulator/cpu/x86/registers';
import type { Machine } from '../../../../emulator/system/machine';
import { bareMachine } from '../../../support/machines';

const CODE = 0x8000;

/** A machine in real mode that is to execute this code. */
function executing(code: readonly number[]): Machine {
  const machine = bareMachine('compiler', 4 << 20);
  const { core } = machine.processor.cpu;
  machine.board.memory.load(CODE, Uint8Array.from(code));
  core.setSeg(R.CS, R.SEG_SELECTOR, 0);
  core.setSeg(R.CS, R.SEG_BASE, 0);
  core.set(R.EIP, CODE);
  core.updateContext();
  machine.processor.blocks.threshold = 2;
  return machine;
}

/** One that has stored beside its code, and goes round storing a word at `segment`:0. */
const storing = (segment: number): Machine =>
  executing([
    ...[0xa3, 0x00, 0x88, 0xa3, 0x00, 0x88], // mov [8800h], ax, twice
    ...[0xb8, segment & 0xff, segment >> 8], // mov ax, segment
    ...[0x8e, 0xc0], // mov es, ax
    ...[0x40], // next: inc ax
    ...[0x26, 0xa3, 0, 0], // mov [es:0], ax
    ...[0xeb, 0xf9], // jmp next
  ]);

/** How many regions are compiled while it runs. */
function compiled(machine: Machine): number {
  const { regions } = machine.processor;
  const end = machine.count + 3_000_000;
  while (machine.count < end) machine.run({ count: end, time: Infinity, breakpoints: false }, false);
  assert.ok(machine.processor.compiledCounts > 0);
  return regions.compiled;
}

describe('regions that leave often', () => {
  it('are not compiled anew when they leave for what a device answers, or nobody', () => {
    const usual = compiled(storing(0x7000));
    assert.equal(compiled(storing(0xd000)), usual);
    // What leaves for code that it stores beside is.
    assert.ok(compiled(storing(0x880)) > usual);
  });

  it('ask, instead of leaving, when they read and write beside watched bytes', () => {
    const machine = executing([
      ...[0x03, 0x06, 0x02, 0x98], // next: add ax, [9802h]
      ...[0xff, 0x06, 0x04, 0x98], // inc word [9804h]
      ...[0xeb, 0xf6], // jmp next
    ]);
    const target = new BuiltInTarget(machine, { historyBytes: 16 << 20, wake: () => undefined });
    const watched = { space: 'linear', address: 0x9900n, length: 2, access: 'access' } as const;
    void target.watchpoints.set('test', [{ ...watched, id: 1 }]);
    const { processor } = machine;
    const run = (counts: number): number => {
      const before = processor.regions.leaves;
      target.timeline.run({ count: machine.count + counts, time: Infinity, breakpoints: true }, false);
      return processor.regions.leaves - before;
    };
    run(12_000_000);
    const compiledBefore = processor.compiledCounts;
    assert.ok(run(1_000_000) < 1000);
    assert.ok(processor.compiledCounts - compiledBefore > 950_000);
    // What is watched is still met.
    void target.watchpoints.set('test', [{ ...watched, address: 0x9804n, id: 2 }]);
    target.execution.resume({ kind: 'continue', direction: 'forward' }, 'test');
    while (target.execution.advance(100_000, Infinity));
    assert.equal(target.execution.stop.reason, 'watchpoint');
  });
});
