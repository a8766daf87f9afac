/** Page versions: what a snapshot copies, which pages go on being writable without asking, and that both are right. */
import { strict as assert } from 'node:assert';
import { AddressSpace } from '../../../emulator/bus/address-space';
import { GuestMemory } from '../../../emulator/memory/guest-memory';
import { IN_PLACE_READ, IN_PLACE_WRITE, PAGE_SIZE } from '../../../emulator/memory/layout';
import { SoftTlb } from '../../../emulator/memory/tlb';
import { PageStore } from '../../../emulator/timeline/page-store';

const FRAME_COUNT = 16;
/** Offsets of the pages that are used here. */
const [HOT, QUIET, COLD] = [2 * PAGE_SIZE, 3 * PAGE_SIZE, 5 * PAGE_SIZE];

function store() {
  const memory = new GuestMemory(FRAME_COUNT * PAGE_SIZE, new AddressSpace('memory', 2 ** 32), FRAME_COUNT * PAGE_SIZE);
  memory.addRegion('RAM', 'ram', 0, FRAME_COUNT * PAGE_SIZE);
  const tlb = new SoftTlb(memory);
  memory.onRevoke = (all) => (all ? tlb.flush() : tlb.flushWrites());
  const pages = new PageStore(memory);
  /** A store as translated code makes it: straight to memory where the TLB lets it, else noted first. Says whether it was let. */
  const write = (address: number, value: number): boolean => {
    const direct = tlb.toWrite(0, address, 1);
    if (direct !== 0) memory.setValueAt(direct, 1, value);
    else {
      memory.write(address, 1, value);
      tlb.fillPhysical(0, address);
    }
    return direct !== 0;
  };
  return { memory, pages, write };
}

describe('page store', () => {
  it('lets pages that are written again and again be written without asking', () => {
    const { pages, write } = store();
    pages.capture();
    const asked = [1, 2, 3, 4].map((value) => {
      const direct = write(HOT, value);
      pages.capture();
      return !direct;
    });
    assert.deepEqual(asked, [true, true, false, false]);
  });

  it('copies such a page only when it was written, and then asks again', () => {
    const { pages, write } = store();
    const copied = [1, 2, 3, 3, 4].map((value, turn) => {
      write(HOT, value);
      if (turn < 2) write(QUIET, value);
      return [...pages.capture().copied].map((frame) => frame * PAGE_SIZE).toSorted((a, b) => a - b);
    });
    assert.deepEqual(copied, [[HOT, QUIET], [HOT, QUIET], [HOT], [], [HOT]]);
    assert.equal(write(QUIET, 9), false);
  });

  it('restores every version, whatever was copied or not', () => {
    const { memory, pages, write } = store();
    const taken = [0, 1, 2, 3, 4, 5].map((turn) => {
      write(HOT, turn);
      if (turn % 2 === 0) write(QUIET, turn);
      if (turn === 3) write(COLD, turn);
      return { state: memory.readBytes(0, FRAME_COUNT * PAGE_SIZE), pages: pages.capture().pages };
    });
    write(HOT, 77);
    write(QUIET, 78);
    for (const turn of [5, 0, 3, 4, 1, 2]) {
      pages.restore(taken[turn].pages);
      assert.deepEqual(memory.readBytes(0, FRAME_COUNT * PAGE_SIZE), taken[turn].state);
      write(COLD, 99);
    }
  });

  it('keeps what lies in place in step with it', () => {
    const { memory, pages, write } = store();
    for (const value of [1, 2]) {
      write(HOT, value);
      write(QUIET, value);
      pages.capture();
    }
    pages.capture();
    // Neither was written in the last period, so that both are asked for again.
    const word = (table: number, address: number) =>
      (0 - memory.view.getInt32(table + (address / PAGE_SIZE) * 4, true)) | 0;
    assert.deepEqual(
      [HOT, QUIET].map((page) => word(IN_PLACE_READ, page)),
      [HOT, QUIET],
    );
    assert.deepEqual(
      [HOT, QUIET].map((page) => word(IN_PLACE_WRITE, page)),
      [0, 0],
    );
    write(HOT, 3);
    assert.equal(word(IN_PLACE_WRITE, HOT), HOT);
  });
});
