import { strict as assert } from 'node:assert';
import { setCache } from '../../../emulator/cpu/x86/segments';
import * as R from '../../../emulator/cpu/x86/registers';
import { CPU_BASE, RUN_CONTEXT } from '../../../emulator/memory/layout';
import { bareMachine } from '../../support/machines';

describe('execution contexts', () => {
  const machine = bareMachine('compiler', 4 << 20);
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

  it('are others while A20 is low: the same addresses lead elsewhere', () => {
    const { memory } = machine.board;
    const code = (address: number, value: number) => memory.load(address, Uint8Array.of(0xb0, value, 0xeb, 0xfc)); // mov al, value; jmp back
    const run = () => {
      core.set(R.EIP, 0x100);
      const count = machine.count + 2;
      while (machine.count < count) machine.run({ count, time: Infinity, breakpoints: false }, false);
      return core.get8(R.EAX);
    };
    const A20 = 1 << 20;
    memory.setAddressMask(-1);
    code(0x9000 + 0x100, 1);
    code(A20 + 0x9000 + 0x100, 2);
    contextOf(A20 + 0x9000);
    assert.equal(run(), 2);
    memory.setAddressMask(~A20);
    assert.equal(run(), 1);
    memory.setAddressMask(-1);
    assert.equal(run(), 2);
    memory.setAddressMask(~A20);
    assert.equal(run(), 1);
  });

  it('are others for a segment that does not admit 64 KiB, and do not ask where it begins', () => {
    const data = (base: number, limit: number, access = 0x93): number => {
      setCache(core, R.DS, 0x10, base, limit, access);
      return contextOf(0x1000);
    };
    const usual = data(0x2000, 0xffff);
    assert.equal(data(0x7770, 0xffff), usual);
    for (const [limit, access] of [
      [0xfffe, 0x93],
      [0x1_0000, 0x93],
      [0xffff, 0x91], // read only
      [0xffff, 0x97], // expands down
    ])
      assert.notEqual(data(0x2000, limit, access), usual);
    data(0x2000, 0xffff);
  });

  it('are bounded, whatever segments a guest makes', () => {
    let highest = 0;
    for (let base = 0; base < 200_000; base++) highest = Math.max(highest, contextOf(base * 16));
    assert.ok(highest <= 0x1_0000, String(highest));
  });
});
