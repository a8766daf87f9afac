/** Steps go on in the midst of a block, and see what has been changed meanwhile. */
import { strict as assert } from 'node:assert';
import * as R from '../../../emulator/cpu/x86/registers';
import { loadReal } from '../../../emulator/cpu/x86/segments';
import { Machine, ZEROS_EVENT } from '../../../emulator/system/machine';

const CODE = 0x7c00;
const LENGTH = 30;
const INC_AX = 0x40;
const DEC_AX = 0x48;

function guest(): Machine {
  const machine = new Machine({
    machine: 'pc',
    cpu: '80386',
    engine: 'compiler',
    memoryBytes: 1 << 20,
    floppies: [],
    disks: [],
    bootOrder: [],
    rtcEpochSeconds: 0,
  });
  machine.board.memory.load(CODE, Uint8Array.from([...new Array<number>(LENGTH).fill(INC_AX), 0xeb, 0xfe]));
  const { core } = machine.processor.cpu;
  loadReal(core, R.CS, 0);
  core.set(R.EIP, CODE);
  core.set(R.EAX, 0);
  core.updateContext();
  return machine;
}

const step = (machine: Machine): void => {
  machine.run({ count: machine.count + 1, time: Infinity, breakpoints: true }, false);
};
const ax = ({ processor: { cpu } }: Machine): number => cpu.core.get(R.EAX);

describe('steps in the midst of a block', () => {
  it('need no blocks of their own', () => {
    const machine = guest();
    for (let n = 1; n <= LENGTH; n++) {
      step(machine);
      assert.equal(ax(machine), n);
    }
    assert.equal(machine.processor.blocks.translated, 1);
  });

  it('see code that is changed ahead of them, and behind', () => {
    const machine = guest();
    for (let n = 0; n < 10; n++) step(machine);
    machine.board.memory.write(CODE + 12, 1, DEC_AX);
    machine.board.memory.write(CODE + 3, 1, DEC_AX);
    for (let n = 0; n < 10; n++) step(machine);
    assert.equal(ax(machine), 18);
  });

  it('see what an instruction changes in its own block, ahead of it', () => {
    // mov byte [CODE + 12], DEC_AX, among INC AX
    const store = [0xc6, 0x06, 0x0c, CODE >> 8, DEC_AX];
    for (const most of [1, 3, 100]) {
      const machine = guest();
      machine.board.memory.load(CODE + 4, Uint8Array.from(store));
      const end = machine.count + 12;
      while (machine.count < end) {
        const count = Math.min(end, machine.count + most);
        machine.run({ count, time: Infinity, breakpoints: true }, false);
      }
      // Four behind each other, the store, three, the changed one, three.
      assert.equal(ax(machine), 9, `pieces of ${most}`);
    }
  });

  it('see a program counter and a context that are changed', () => {
    const machine = guest();
    for (let n = 0; n < 10; n++) step(machine);
    const { core } = machine.processor.cpu;
    core.set(R.EIP, CODE + 20);
    for (let n = 0; n < 5; n++) step(machine);
    assert.deepEqual([ax(machine), core.get(R.EIP)], [15, CODE + 25]);
    // The same offset in another segment.
    machine.board.memory.load(CODE + 0x1000, new Uint8Array(LENGTH).fill(DEC_AX));
    loadReal(core, R.CS, 0x100);
    core.updateContext();
    for (let n = 0; n < 5; n++) step(machine);
    assert.deepEqual([ax(machine), core.get(R.EIP)], [10, CODE + 30]);
  });

  it('stop at breakpoints that are set meanwhile', () => {
    const machine = guest();
    for (let n = 0; n < 10; n++) step(machine);
    machine.processor.setBreakpoints(new Set([CODE + 10]));
    const { kind } = machine.run({ count: machine.count + 20, time: Infinity, breakpoints: true }, false);
    assert.deepEqual([kind, ax(machine)], ['breakpoint', 10]);
    // And at those that they come to by steps.
    machine.processor.setBreakpoints(new Set([CODE + 20]));
    for (let n = 10; n < 20; n++) step(machine);
    const more = machine.run({ count: machine.count + 5, time: Infinity, breakpoints: true }, false);
    assert.deepEqual([more.kind, ax(machine)], ['breakpoint', 20]);
  });

  it('stop where zeros begin', () => {
    const machine = guest();
    machine.processor.cpu.stopsAtZeros = true;
    machine.board.memory.load(CODE + 10, new Uint8Array(0x400));
    for (let n = 0; n < 10; n++) step(machine);
    const stop = machine.run({ count: machine.count + 5, time: Infinity, breakpoints: true }, false);
    assert.deepEqual([stop.kind === 'event' && stop.id, ax(machine)], [ZEROS_EVENT, 10]);
  });
});
