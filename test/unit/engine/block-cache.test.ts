/** Translated blocks are kept by content: suspended when their bytes are written, found again when they are the same. */
import { strict as assert } from 'node:assert';
import { AddressSpace } from '../../../emulator/bus/address-space';
import { BlockCache, type CachedBlock, MOST_VARIANTS } from '../../../emulator/engine/block-cache';
import { constant } from '../../../emulator/ir/block';
import { EXIT } from '../../../emulator/ir/exits';
import type { FrontEnd } from '../../../emulator/ir/frontend';
import { GuestMemory } from '../../../emulator/memory/guest-memory';
import { CPU_BASE, PAGE_SIZE, RUN_CONTEXT, RUN_EPOCH } from '../../../emulator/memory/layout';

const LENGTH = 4;
const AT = 0x1000;
/** Of the four bytes two are a constant. */
const FIELD = { at: 1, bytes: 2 };

/** A guest whose blocks are four bytes long, and say what they were made from. */
class Guest implements FrontEnd {
  readonly memory = new GuestMemory(0x1_0000, new AddressSpace('memory', 2 ** 32));
  readonly blocks: BlockCache;
  readonly suspended: CachedBlock[] = [];
  /** Where linear pages lead. */
  readonly pages = new Map<number, number>();

  constructor() {
    this.memory.addRegion('ram', 'ram', 0, 0x1_0000);
    this.blocks = new BlockCache(this.memory, this);
    this.blocks.onSuspend = (block) => this.suspended.push(block);
    this.memory.onCodeWrite = (frame, offset, size) => this.blocks.invalidate(frame, offset, size);
    this.memory.view.setUint32(CPU_BASE + RUN_CONTEXT, 1, true);
  }

  codePage(page: number): number {
    return this.memory.hostOf(this.pages.get(page) ?? page);
  }

  translate(pc: number, open: ReadonlySet<number>): ReturnType<FrontEnd['translate']> {
    const page = pc & -PAGE_SIZE;
    const host = this.codePage(page) + (pc - page);
    const value = this.memory.view.getUint32(host, true);
    return {
      block: {
        ops: [
          { op: 'mov', width: 32, dst: { kind: 'register', offset: 0 }, sources: [constant(value)], immediates: [] },
          { op: 'exit', width: 32, sources: [], immediates: [EXIT.FUEL, 0] },
        ],
        labels: [],
        temps: 0,
      },
      code: open.has(host + FIELD.at)
        ? [
            { host, length: FIELD.at },
            { host: host + FIELD.at + FIELD.bytes, length: LENGTH - FIELD.at - FIELD.bytes },
          ]
        : [{ host, length: LENGTH }],
      fields: [{ host: host + FIELD.at, length: FIELD.bytes }],
      pages: [{ linear: page, host: this.codePage(page) }],
      instructions: 1,
      addresses: [pc],
    };
  }

  write(address: number, value: number): void {
    this.memory.write(address, 4, value);
  }
}

describe('translated blocks', () => {
  let guest: Guest;
  let blocks: BlockCache;
  beforeEach(() => {
    guest = new Guest();
    ({ blocks } = guest);
  });

  it('are suspended by a write to their bytes, and by no other', () => {
    const block = blocks.find(AT);
    guest.write(AT + LENGTH, 1);
    guest.write(AT - 4, 1);
    assert.ok(blocks.has(block));
    guest.write(AT + 3, 1);
    assert.deepEqual(guest.suspended, [block]);
    assert.ok(!blocks.has(block));
  });

  it('are found again when their bytes are what they were', () => {
    guest.write(AT, 1);
    const first = blocks.find(AT);
    guest.write(AT, 2);
    const second = blocks.find(AT);
    assert.notEqual(second, first);
    for (let turn = 0; turn < 10; turn++) {
      guest.write(AT, 1);
      assert.equal(blocks.find(AT), first);
      guest.write(AT, 2);
      assert.equal(blocks.find(AT), second);
    }
    assert.equal(blocks.translated, 2);
    assert.equal(blocks.revived, 20);
  });

  it('are not found again while one byte differs', () => {
    for (let byte = 0; byte < LENGTH; byte++) {
      guest.write(AT, 0);
      const block = blocks.find(AT);
      guest.memory.write(AT + byte, 1, 1);
      assert.notEqual(blocks.find(AT), block);
    }
  });

  it('keep their places, counters and addresses', () => {
    const block = blocks.find(AT);
    blocks.rewind(block, 77);
    guest.write(AT, 2);
    const other = blocks.find(AT);
    // What led to the block leads on to the other one, as soon as somebody has looked it up.
    const forward = block.ip + 8;
    assert.equal(guest.memory.view.getUint32(forward, true), 0);
    blocks.chain(forward, other);
    assert.equal(guest.memory.view.getUint32(forward, true), other.ip);
    guest.write(AT, 0);
    assert.equal(blocks.find(AT), block);
    // The cell is the counter again.
    blocks.chain(forward, block);
    assert.equal(guest.memory.view.getInt32(forward, true), 77);
  });

  it('are told of writes again when they are found again, though many were not told in between', () => {
    const block = blocks.find(AT);
    for (let n = 9; n >= 0; n--) guest.write(AT, n);
    assert.ok(!guest.memory.holdsCode(guest.memory.hostOf(AT)));
    assert.equal(blocks.find(AT), block);
    guest.write(AT, 1);
    assert.notEqual(blocks.find(AT), block);
    guest.write(AT, 0);
    assert.equal(blocks.find(AT), block);
  });

  it('are a bounded number at one place', () => {
    for (let n = 0; n < 100; n++) {
      guest.write(AT, n);
      blocks.find(AT);
    }
    let kept = 0;
    for (let block: CachedBlock | undefined = blocks.find(AT); block !== undefined; block = block.next) kept++;
    assert.equal(kept, MOST_VARIANTS);
    // The newest are kept.
    guest.write(AT, 100 - MOST_VARIANTS);
    blocks.find(AT);
    assert.equal(blocks.translated, 100);
    guest.write(AT, 0);
    blocks.find(AT);
    assert.equal(blocks.translated, 101);
  });

  it('survive a restored frame that holds the same, and one that comes back', () => {
    guest.write(AT, 5);
    const block = blocks.find(AT);
    const { memory } = guest;
    const frame = memory.frameOf(memory.hostOf(AT));
    const content = memory.frame(frame).slice();
    memory.loadFrame(frame, content);
    assert.deepEqual(guest.suspended, []);
    memory.loadFrame(frame, new Uint8Array(PAGE_SIZE));
    assert.notEqual(blocks.find(AT), block);
    memory.loadFrame(frame, content);
    assert.equal(blocks.find(AT), block);
  });

  it('are made anew where a breakpoint comes or goes', () => {
    const block = blocks.find(AT);
    blocks.dropAt(new Set([AT]));
    assert.notEqual(blocks.find(AT), block);
    // One that is suspended, too.
    const second = blocks.find(AT);
    guest.write(AT, 1);
    blocks.dropAt(new Set([AT]));
    guest.write(AT, 0);
    assert.notEqual(blocks.find(AT), second);
  });

  it('are found again only where their page still leads', () => {
    const block = blocks.find(AT);
    guest.write(AT, 1);
    guest.write(AT, 0);
    guest.pages.set(AT, 0x2000);
    guest.memory.view.setUint32(CPU_BASE + RUN_EPOCH, 1, true);
    const elsewhere = blocks.find(AT);
    assert.notEqual(elsewhere, block);
    guest.pages.delete(AT);
    guest.memory.view.setUint32(CPU_BASE + RUN_EPOCH, 2, true);
    assert.equal(blocks.find(AT), block);
  });

  it('read a constant that has changed twice, and are not made again when it changes', () => {
    for (let n = 1; n <= 20; n++) {
      guest.memory.write(AT + FIELD.at, 2, n);
      const block = blocks.find(AT);
      assert.equal(block.open.has(guest.memory.hostOf(AT) + FIELD.at), n >= 3, `change ${n}`);
    }
    assert.equal(blocks.translated, 3);
    assert.equal(blocks.revived, 0);
    // What else is written makes another one, which reads the constant, too.
    guest.memory.write(AT, 1, 7);
    assert.equal(blocks.find(AT).open.size, 0);
    guest.memory.write(AT, 1, 0);
    assert.equal(blocks.find(AT).open.size, 1);
    assert.equal(blocks.translated, 4);
  });

  it('read a constant that has changed back often', () => {
    for (let turn = 0; turn < 40; turn++) {
      guest.memory.write(AT + FIELD.at, 2, turn & 1);
      blocks.find(AT);
    }
    assert.equal(blocks.find(AT).open.size, 1);
    assert.equal(blocks.translated, 3);
    assert.ok(blocks.revived < 30, `${blocks.revived} were found again`);
  });

  it('do not take bytes for a constant that are none', () => {
    for (let n = 1; n <= 20; n++) {
      guest.write(AT, 0x0101_0101 * n);
      assert.equal(blocks.find(AT).open.size, 0);
    }
    assert.equal(blocks.translated, 20);
  });

  it('are not suspended by a write that changes nothing', () => {
    guest.write(AT, 0x8899_aabb);
    const block = blocks.find(AT);
    guest.write(AT, 0x8899_aabb);
    guest.memory.write(AT + 3, 1, 0x88);
    guest.memory.write(AT + 2, 2, 0xffff_8899);
    assert.deepEqual(guest.suspended, []);
    guest.memory.write(AT + 2, 2, 0x9988);
    assert.deepEqual(guest.suspended, [block]);
  });

  it('are all forgotten by a flush', () => {
    const block = blocks.find(AT);
    guest.write(AT, 1);
    blocks.flush();
    guest.write(AT, 0);
    assert.notEqual(blocks.find(AT), block);
  });
});
