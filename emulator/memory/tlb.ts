/**
 * The soft TLB: what lets translated code reach RAM without asking. One table a privilege and CPU, direct-mapped,
 * TLB_ENTRIES entries of 32 bytes in the machine's wasm memory:
 *
 *      0        8         16       20       24       28
 *     +--------+---------+--------+--------+--------+--------+
 *     | read   | write   | addend | watch  | told   | filled |
 *     | tag    | tag     |        | map    |        |        |
 *     +--------+---------+--------+--------+--------+--------+
 *
 * A tag is the linear address of the page when accesses of its kind may go straight to memory, else INVALID, which no
 * page address equals. Tags are 64 bits wide; a 32-bit guest uses their low half. The entry of an access is the one of
 * the page of its first byte, and its tag is compared with the page of its *last* byte: one compare covers permission,
 * page crossing, watchpoints, dirty tracking, device memory and translated code. `addend` + linear address (modulo
 * 2^32) is the offset in wasm memory.
 *
 * A page that is watched in part, or written beside its translated code, has MARKED added to its tags. Its accesses miss at
 * first; then the bits of their bytes in the page's map (memory/watches, memory/code-map) tell whether they may go straight to memory all the same. A page of planes has
 * THROUGH_PLANES added; its `addend` leads to the words of the planes' first row.
 *
 * Code that is compiled while linear addresses are physical ones asks the tables of memory/in-place instead.
 *
 * `told` is the page if the program may write to it by its own rules though it holds translated code or page tables
 * (`toTell`), else INVALID: a write to one needs no walk, only `touch`. `filled` is 1 if the entry stands in the list of those that
 * were filled since the last flush (TLB_FILLS), so that a flush costs what was filled. Routines (ir/routine) fill entries, too.
 *
 * Contents are invisible to the guest: an entry only ever says what asking would have said, and whoever changes the
 * answer (a page-table write, A20, a snapshot, a watchpoint) withdraws it. With paging an entry is what a walk of the
 * page tables says without any further effect: the accessed bits are set, and where the write tag is valid the dirty bit,
 * too; U/S, R/W and CR0.WP decide which tags each privilege's table gets. Frames of walked tables are marked, so that
 * writes to them ask; cpu/x86/mappings withdraws what came from the entry:
 *
 *     linear page --PDE--> page table --PTE--> page       write to the PTE: one page of both tables
 *                    |                                     write to the PDE: all it covers
 *                    `-- both frames are marked            CR3, CR0, CR4: everything, and the marks
 */
import type { Direct, GuestMemory } from './guest-memory';
import { InPlace } from './in-place';
import {
  CPU_BASE,
  FRAMES,
  PAGE_BITS,
  PAGE_MASK,
  PAGE_SIZE,
  RUN_LEFT,
  TLB,
  TLB_COUNT,
  TLB_ENTRIES,
  TLB_ENTRY_BYTES,
  TLB_FILLS,
} from './layout';

export const TLB_READ = 0;
export const TLB_WRITE = 8;
export const TLB_ADDEND = 16;
export const TLB_MAP = 20;
export const TLB_TOLD = 24;
export const TLB_FILLED = 28;

/** Words of an entry, as a power of two. */
const ENTRY_SHIFT = Math.log2(TLB_ENTRY_BYTES) - 2;
export const INVALID = 1;
/** Added to the tag of a page some bytes of which are not to be accessed without asking: its map decides. */
export const MARKED = 2;
/** Added to the tag of a page of planes: accesses pass the logic of memory/planes. */
export const THROUGH_PLANES = 4;

/** The tag of a page of memory, with the map of its frame. */
const tagOf = (direct: Direct, linearPage: number, map: number): number =>
  direct === 'yes' ? linearPage : direct === 'unmarked' && map !== 0 ? linearPage | MARKED : INVALID;
const planesTag = (may: boolean, linearPage: number): number => (may ? linearPage | THROUGH_PLANES : INVALID);

export class SoftTlb {
  private readonly start: number;
  private readonly i32: Int32Array;
  /** Entries that were filled since the last flush, and how many: TLB_FILLS. */
  private readonly filled: Uint16Array;
  private readonly fills: number;
  /** Place of RUN_LEFT among the words. */
  private readonly left: number;
  private readonly inPlace: InPlace;
  /** Accesses that were granted, or not, to what does not lie in place while linear addresses are physical ones. */
  elsewhere = 0;
  /** Whether such a page may be accessed without asking now, so that nobody counts. */
  holdsElsewhere = false;
  /** Whether pages of planes may be accessed without asking now. */
  holdsPlanes = false;
  /** How often a page was granted for accesses beside what is marked in it. */
  beside = 0;

  /** `cpuBase`: offset of the CPU's block in wasm memory. */
  constructor(
    private readonly memory: GuestMemory,
    cpuBase: number = CPU_BASE,
  ) {
    this.start = cpuBase + TLB;
    this.i32 = memory.i32;
    this.fills = (cpuBase + TLB_FILLS) >>> 2;
    this.left = (cpuBase + RUN_LEFT) >>> 2;
    this.filled = new Uint16Array(this.i32.buffer, cpuBase + TLB_FILLS + 4, TLB_COUNT * TLB_ENTRIES);
    this.inPlace = new InPlace(memory);
    this.clear(0);
    // All like the first one; their number is a power of two.
    const [first, all] = [this.entryAt(0), (TLB_COUNT * TLB_ENTRIES) << ENTRY_SHIFT];
    for (let done = 1 << ENTRY_SHIFT; done < all; done *= 2) this.i32.copyWithin(first + done, first, first + done);
  }

  /** Index of a slot's entry in the words of wasm memory. */
  private entryAt(slot: number): number {
    return (this.start + slot * TLB_ENTRY_BYTES) >>> 2;
  }

  private clear(slot: number): void {
    const { i32 } = this.memory;
    const entry = this.entryAt(slot);
    i32[entry + (TLB_READ >>> 2)] = INVALID;
    i32[entry + (TLB_WRITE >>> 2)] = INVALID;
    i32[entry + (TLB_TOLD >>> 2)] = INVALID;
  }

  private get count(): number {
    return this.i32[this.fills];
  }

  private set count(count: number) {
    this.i32[this.fills] = count;
  }

  /** Withdraws everything. */
  flush(): void {
    for (let i = 0; i < this.count; i++) {
      const slot = this.filled[i];
      this.clear(slot);
      this.i32[this.entryAt(slot) + (TLB_FILLED >>> 2)] = 0;
    }
    this.count = 0;
    this.holdsElsewhere = false;
    this.holdsPlanes = false;
    this.inPlace.flush();
  }

  /** How often a page in place was granted to compiled code: so often it had left for that. */
  get grantedInPlace(): number {
    return this.inPlace.granted;
  }

  /** Offset in wasm memory of `size` bytes at a linear address that may be read without asking; 0 where they may not. */
  toRead(table: number, linear: number, size: number): number {
    return this.direct(table, TLB_READ, linear, size);
  }

  /** The same for bytes to be written. */
  toWrite(table: number, linear: number, size: number): number {
    return this.direct(table, TLB_WRITE, linear, size) || this.unmarked(table, linear, size);
  }

  /** The same where the page is marked in part. */
  private unmarked(table: number, linear: number, size: number): number {
    const { i32 } = this;
    const entry = this.entryAt((table * TLB_ENTRIES) | ((linear >>> PAGE_BITS) & (TLB_ENTRIES - 1)));
    if (i32[entry + (TLB_WRITE >>> 2)] !== (((linear + size - 1) & ~PAGE_MASK) | MARKED)) return 0;
    const map = i32[entry + (TLB_MAP >>> 2)];
    const first = linear & PAGE_MASK;
    for (let byte = first; byte < first + size; byte++)
      if ((this.memory.u8[map + (byte >>> 3)] & (1 << (byte & 7))) !== 0) return 0;
    return (linear + i32[entry + (TLB_ADDEND >>> 2)]) >>> 0;
  }

  /** The same for bytes that may be written once `touch` of the memory was told; 0 where they may not be so. */
  toTell(table: number, linear: number, size: number): number {
    const slot = (table * TLB_ENTRIES) | ((linear >>> PAGE_BITS) & (TLB_ENTRIES - 1));
    const entry = this.entryAt(slot);
    if (this.i32[entry + (TLB_TOLD >>> 2)] !== ((linear + size - 1) & ~PAGE_MASK)) return 0;
    const host = (linear + this.i32[entry + (TLB_ADDEND >>> 2)]) >>> 0;
    return this.memory.mayWriteTold(host) ? host : 0;
  }

  private direct(table: number, tag: number, linear: number, size: number): number {
    const { i32 } = this;
    const entry = (this.start >>> 2) + (((table * TLB_ENTRIES) | ((linear >>> 12) & (TLB_ENTRIES - 1))) << ENTRY_SHIFT);
    if (i32[entry + (tag >>> 2)] !== ((linear + size - 1) & ~PAGE_MASK)) return 0;
    return (linear + i32[entry + (TLB_ADDEND >>> 2)]) >>> 0;
  }

  private clearWrite(i32: Int32Array, slot: number): void {
    i32[this.entryAt(slot) + (TLB_WRITE >>> 2)] = INVALID;
  }

  /** Withdraws permission to write where a write is to be noted again. */
  flushWrites(): void {
    const { i32 } = this.memory;
    for (let i = 0; i < this.count; i++) {
      const entry = this.entryAt(this.filled[i]);
      const tag = i32[entry + (TLB_WRITE >>> 2)];
      // A page of planes stands for the frames of several rows.
      const host = ((tag & ~PAGE_MASK) + i32[entry + (TLB_ADDEND >>> 2)]) >>> 0;
      if ((tag & THROUGH_PLANES) !== 0 || !this.memory.isNoted(this.memory.frameOf(host)))
        this.clearWrite(i32, this.filled[i]);
    }
    this.inPlace.flushWrites();
  }

  /** Withdraws permission to write to a frame at `host`, through whichever linear addresses. */
  flushWritesTo(host: number): void {
    const { i32 } = this.memory;
    for (let i = 0; i < this.count; i++) {
      const entry = this.entryAt(this.filled[i]);
      const tag = i32[entry + (TLB_WRITE >>> 2)];
      // A page of planes stands for the frames of several rows.
      if ((tag & THROUGH_PLANES) !== 0 || ((tag & ~PAGE_MASK) + i32[entry + (TLB_ADDEND >>> 2)]) >>> 0 === host)
        this.clearWrite(i32, this.filled[i]);
    }
    this.inPlace.flushWritesTo(host - FRAMES);
  }

  /** Withdraws what was granted to `bytes` bytes of linear addresses from the page `linear` on, in every table. */
  withdraw(linear: number, bytes: number): void {
    if (bytes <= PAGE_SIZE) {
      const index = (linear >>> PAGE_BITS) & (TLB_ENTRIES - 1);
      for (let table = 0; table < TLB_COUNT; table++) this.clearIfIn(table * TLB_ENTRIES + index, linear, PAGE_SIZE);
      return;
    }
    for (let i = 0; i < this.count; i++) this.clearIfIn(this.filled[i], linear, bytes);
  }

  private clearIfIn(slot: number, linear: number, bytes: number): void {
    const { i32 } = this.memory;
    const entry = this.entryAt(slot);
    const read = i32[entry + (TLB_READ >>> 2)];
    const write = i32[entry + (TLB_WRITE >>> 2)];
    const tag = read === INVALID ? write : read;
    if (tag !== INVALID && ((tag & ~PAGE_MASK) - linear) >>> 0 < bytes) this.clear(slot);
  }

  /** The same as `fill` for an address that is a physical one; compiled code is granted the page in place, too. */
  fillPhysical(table: number, address: number): void {
    this.fill(table, address, address, true);
    const page = address & ~PAGE_MASK;
    const host = this.memory.hostOf(page);
    if (host === 0 && this.memory.planesOf(page) === 0) return;
    if (host !== FRAMES + (page >>> 0)) {
      this.elsewhere++;
      this.holdsElsewhere = true;
      return;
    }
    const entry = this.entryAt(table * TLB_ENTRIES + ((address >>> PAGE_BITS) & (TLB_ENTRIES - 1)));
    this.inPlace.grant(
      address,
      this.i32[entry + (TLB_READ >>> 2)] === page,
      this.i32[entry + (TLB_WRITE >>> 2)] === page,
    );
  }

  /** What a region has left for is a device's to answer. */
  private forgiveLeaving(): void {
    const { i32 } = this;
    const counter = i32[this.left];
    i32[this.left] = 0;
    if (counter !== 0 && i32[counter >>> 2] > 0) i32[counter >>> 2]--;
  }

  /**
   * Grants direct access to the page of linear address `linear`, which maps to `physical`, as far as memory allows it.
   * `table`: which privilege's table. `writable`: whether the guest's own rules let it be written, and a walk of its page
   * tables would set no dirty bit for it.
   */
  fill(table: number, linear: number, physical: number, writable: boolean): void {
    const page = physical & ~PAGE_MASK;
    const host = this.memory.hostOf(page);
    const planes = host === 0 ? this.memory.planesOf(page) : 0;
    if (host === 0 && planes === 0) {
      this.forgiveLeaving();
      return;
    }
    const linearPage = linear & ~PAGE_MASK;
    const slot = table * TLB_ENTRIES + ((linear >>> PAGE_BITS) & (TLB_ENTRIES - 1));
    const entry = this.entryAt(slot);
    const { i32 } = this;
    if (i32[entry + (TLB_FILLED >>> 2)] === 0) {
      i32[entry + (TLB_FILLED >>> 2)] = 1;
      this.filled[this.count++] = slot;
    }
    i32[entry + (TLB_TOLD >>> 2)] = INVALID;
    if (planes !== 0) {
      this.holdsPlanes = true;
      i32[entry + (TLB_READ >>> 2)] = planesTag(this.memory.mayReadPlanes(page), linearPage);
      i32[entry + (TLB_WRITE >>> 2)] = planesTag(writable && this.memory.mayWritePlanes(page), linearPage);
      i32[entry + (TLB_ADDEND >>> 2)] = (planes - linearPage) | 0;
      i32[entry + (TLB_MAP >>> 2)] = 0;
      return;
    }
    const map = this.memory.partialMap(host);
    const read = tagOf(this.memory.mayReadDirectly(host), linearPage, map);
    i32[entry + (TLB_READ >>> 2)] = read;
    const direct = writable ? this.memory.mayWriteDirectly(page) : 'no';
    // Who may write may read: compiled code looks once for accesses of both kinds.
    const write = read === linearPage ? tagOf(direct, linearPage, map) : direct === 'no' ? INVALID : read;
    if (writable && direct !== 'yes' && read === linearPage && this.memory.isWritable(page))
      i32[entry + (TLB_TOLD >>> 2)] = linearPage;
    i32[entry + (TLB_WRITE >>> 2)] = write;
    if (read === (linearPage | MARKED) || write === (linearPage | MARKED)) this.beside++;
    i32[entry + (TLB_ADDEND >>> 2)] = (host - linearPage) | 0;
    i32[entry + (TLB_MAP >>> 2)] = map;
  }
}
