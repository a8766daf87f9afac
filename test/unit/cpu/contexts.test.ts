import { strict as assert } from 'node:assert';
import { setCache } from '../../../emulator/cpu/x86/segments';
import * as R from '../../../emulator/cpu/x86/registers';
import { CPU_BASE, RUN_CONTEXT } from '../../../emulator/memory/layout';
import { Machine } from '../../../emulator/system/machine';

describe('execution contexts', () => {
  const machine = new Machine({
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 1 << 20,
    floppies: [],
    disks: [],
    bootOrder: [],
    rtcEpochSeconds: 0,
  });
  const { core } = machine.processor.cpu;
  const contextOf = (base: number): number => {
    setCache(core, R.CS, 8, base, 0xffff, 0x9b);
    core.updateContext();
    return machine.board.memory.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
  };

  it('are the same for the same code segment, and others for others', () => {
    const [one, two] = [contextOf(0x1000), contextOf(0x2000)];
    assert.notEqual(one, two);
    assert.equal(contextOf(0x1000), one);
  });

  it('are bounded, whatever segments a guest makes', () => {
    let highest = 0;
    for (let base = 0; base < 200_000; base++) highest = Math.max(highest, contextOf(base * 16));
    assert.ok(highest <= 0x1_0000, String(highest));
  });
});
