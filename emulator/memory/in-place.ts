/**
 * Which pages compiled code may access in place while linear addresses are physical ones: RAM whose offset in wasm memory is
 * FRAMES plus its address. A table for reads and one for writes, with a word for every page of the address space:
 *
 *     word = 0 - address of the page    accesses are granted that begin not more than PAGE_SIZE - size behind it
 *     word = anything far from that     none is: 0, or FAR for the pages that 0 is near to
 *
 * So one load, one addition and one compare cover permission and page crossing, and nothing is ever evicted. Like the soft
 * TLB it says only what asking would have said, and is withdrawn with it.
 */
import type { GuestMemory } from './guest-memory';
import { IN_PLACE_PAGES, IN_PLACE_READ, IN_PLACE_WRITE, PAGE_BITS } from './layout';

/** Bytes from the start of a table to an address's word: the address, shifted right by SHIFT, and these bits of it. */
export const IN_PLACE_WORD = { SHIFT: PAGE_BITS - 2, BITS: (IN_PLACE_PAGES - 1) << 2 } as const;

/** What the word of page 0 holds while it is not granted. */
const FAR = 0x4000_0000;

/** The word of a page that is granted. */
const wordOf = (page: number): number => -(page << PAGE_BITS) | 0;

/** One of the two tables. */
class Grants {
  /** Pages that may be granted, so that withdrawing costs what was granted. */
  private readonly pages: Int32Array;
  private count = 0;

  constructor(
    private readonly i32: Int32Array,
    private readonly start: number,
    frames: number,
  ) {
    this.pages = new Int32Array(frames);
    this.withdraw(0);
  }

  /** Whether it was not granted before. */
  grant(page: number): boolean {
    const at = (this.start >>> 2) + page;
    const word = wordOf(page);
    if (this.i32[at] === word) return false;
    // A page that was withdrawn alone stands in the list twice.
    if (this.count === this.pages.length) this.flush();
    this.pages[this.count++] = page;
    this.i32[at] = word;
    return true;
  }

  withdraw(page: number): void {
    this.i32[(this.start >>> 2) + page] = page === 0 ? FAR : 0;
  }

  flush(): void {
    this.keep(() => false);
  }

  /** Withdraws what is not to be kept. */
  keep(keeps: (page: number) => boolean): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const page = this.pages[i];
      if (this.i32[(this.start >>> 2) + page] !== wordOf(page)) continue;
      if (keeps(page)) this.pages[kept++] = page;
      else this.withdraw(page);
    }
    this.count = kept;
  }
}

export class InPlace {
  private readonly reads: Grants;
  private readonly writes: Grants;
  /** How often a page was granted that was not. */
  granted = 0;

  /** Of what lies in place the number of the page is that of the frame. */
  private readonly isNoted: (page: number) => boolean;

  constructor(memory: GuestMemory) {
    this.isNoted = (page) => memory.isNoted(page);
    this.reads = new Grants(memory.i32, IN_PLACE_READ, memory.frameCount);
    this.writes = new Grants(memory.i32, IN_PLACE_WRITE, memory.frameCount);
  }

  /** Grants accesses to the page of an address. */
  grant(address: number, reads: boolean, writes: boolean): void {
    const page = address >>> PAGE_BITS;
    const first = reads && this.reads.grant(page);
    if ((writes && this.writes.grant(page)) || first) this.granted++;
  }

  /** Withdraws everything. */
  flush(): void {
    this.reads.flush();
    this.writes.flush();
  }

  /** Withdraws permission to write where a write is to be noted again. */
  flushWrites(): void {
    this.writes.keep(this.isNoted);
  }

  /** Withdraws permission to write to the page of an address. */
  flushWritesTo(address: number): void {
    this.writes.withdraw(address >>> PAGE_BITS);
  }
}
