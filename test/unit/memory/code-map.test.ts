/** Writes beside translated code: which are told, and which translated code may make without asking. */
import { strict as assert } from 'node:assert';
import { AddressSpace } from '../../../emulator/bus/address-space';
import { CodeIndex } from '../../../emulator/engine/code-index';
import type { CodeRange } from '../../../emulator/ir/frontend';
import { GuestMemory } from '../../../emulator/memory/guest-memory';
import { CODE_MAP_COUNT, PAGE_SIZE } from '../../../emulator/memory/layout';
import { SoftTlb } from '../../../emulator/memory/tlb';

const PAGES = CODE_MAP_COUNT + 8;

/** Memory with a soft TLB and code in it; `told`: the offsets of writes that were told. */
function setUp() {
  const memory = new GuestMemory(PAGES * PAGE_SIZE, new AddressSpace('memory', 2 ** 32));
  memory.addRegion('ram', 'ram', 0, PAGES * PAGE_SIZE);
  const tlb = new SoftTlb(memory);
  memory.onRevoke = (all) => (all ? tlb.flush() : tlb.flushWrites());
  memory.onRevokeFrame = (frame) => tlb.flushWritesTo(memory.hostOfFrame(frame));
  const index = new CodeIndex<{ code: readonly CodeRange[] }>(memory);
  const told: number[] = [];
  memory.onCodeWrite = (frame, offset, size) => {
    told.push(frame * PAGE_SIZE + offset);
    const host = memory.hostOfFrame(frame) + offset;
    if (index.madeFrom(host, size).length === 0) index.refine(host, size);
  };
  /** Writes as the interpreter does: without asking where it may, else by `put`, and granted from then on. */
  const write = (address: number, size: 1 | 2 | 4): 'direct' | 'slow' => {
    const direct = tlb.toWrite(0, address, size);
    if (direct !== 0) return 'direct';
    const host = memory.hostOf(address);
    const value = ~memory.valueAt(host, size);
    memory.put(host, size, value);
    if (memory.besidesCode(host, size)) tlb.fillPhysical(0, address);
    return 'slow';
  };
  const code = (address: number, length: number) => {
    const block = { code: [{ host: memory.hostOf(address), length }] };
    index.add(block);
    return block;
  };
  return { memory, tlb, index, told, write, code };
}

describe('writes beside translated code', () => {
  it('are told once, and those to code each time', () => {
    const { told, write, code } = setUp();
    code(0x1010, 5);
    code(0x103e, 4);
    for (let round = 0; round < 3; round++) for (let at = 0x1000; at < 0x2000; at++) write(at, 1);
    told.length = 0;
    const slow: number[] = [];
    for (let at = 0x1000; at < 0x2000; at++) if (write(at, 1) === 'slow') slow.push(at);
    const inCode = [0x1010, 0x1011, 0x1012, 0x1013, 0x1014, 0x103e, 0x103f, 0x1040, 0x1041];
    assert.deepEqual(slow, inCode);
    assert.deepEqual(told, inCode);
  });

  it('of several bytes are told when one of them is code', () => {
    const { write, code } = setUp();
    code(0x1010, 1);
    for (let n = 0; n < 4; n++) write(0x1004, 4);
    for (let at = 0x1000; at < 0x1020; at++)
      assert.equal(write(at, 4), at > 0x100c && at <= 0x1010 ? 'slow' : 'direct');
  });

  it('are told where code has come to lie, and not any more where it is gone', () => {
    const { index, write, code } = setUp();
    code(0x1010, 4);
    for (let n = 0; n < 4; n++) write(0x1800, 4);
    assert.equal(write(0x1804, 4), 'direct');
    const block = code(0x1804, 4);
    assert.equal(write(0x1804, 4), 'slow');
    index.remove(block);
    write(0x1804, 4);
    assert.equal(write(0x1804, 4), 'direct');
    assert.equal(write(0x1010, 4), 'slow');
  });

  it('are told where there is no map left, and noted anew for each reader', () => {
    const { memory, write, code, tlb } = setUp();
    for (let page = 0; page < PAGES; page++) {
      code(page * PAGE_SIZE, 4);
      for (let n = 0; n < 4; n++) write(page * PAGE_SIZE + 0x800, 4);
    }
    let granted = 0;
    for (let page = 0; page < PAGES; page++) if (tlb.toWrite(0, page * PAGE_SIZE + 0x800, 4) !== 0) granted++;
    assert.equal(granted, CODE_MAP_COUNT);
    const last = (PAGES - 1) * PAGE_SIZE + 0x800;
    const reader = memory.addReader();
    memory.clearReader(reader);
    assert.equal(write(last, 4), 'slow');
    assert.equal(reader.count, 1);
  });

  it('are not let through where something else keeps them away', () => {
    const { memory, write, code } = setUp();
    code(0x1010, 4);
    memory.setWatches([{ base: 0x1f00, length: 1, read: false, write: true, linear: false }]);
    for (let n = 0; n < 4; n++) assert.equal(write(0x1800, 4), 'slow');
    memory.setWatches([]);
    memory.addTable(memory.frameOf(memory.hostOf(0x1000)));
    for (let n = 0; n < 4; n++) assert.equal(write(0x1800, 4), 'slow');
  });
});
