/**
 * The linear address space: which physical address an access of the CPU meets, with its effects, and where an address
 * leads for those who only look. What was found is kept (soft TLB, pages of code) as long as no table changes.
 */
import type { AccessSize } from '../../memory/access';
import type { GuestMemory } from '../../memory/guest-memory';
import { CPU_BASE, PAGE_BITS, PAGE_MASK, PAGE_SIZE, RUN_EPOCH } from '../../memory/layout';
import type { SoftTlb } from '../../memory/tlb';
import { crossesPage, Mappings, pageOf } from './mappings';
import { RUN_DIRECTORY, RUN_WRITES_ALL } from './memos';
import { PageWalk, PAGING_32, PAGING_32_PSE, type PagingRoot } from './paging';
import * as R from './registers';

/** What the linear address space asks of its CPU. */
interface PagedCore {
  readonly memory: GuestMemory;
  readonly tlb: SoftTlb;
  readonly board: { breakOff(): void };
  /** Current privilege level. */
  readonly cpl: number;
  get(offset: number): number;
  set(offset: number, value: number): void;
}

export class LinearSpace {
  /** What the tables are walked with; undefined while paging is off. */
  private root: PagingRoot | undefined;
  private readonly walk: PageWalk;
  private readonly look: PageWalk;
  private readonly mappings: Mappings;
  private lastEpoch = 0;
  /** `changes` of the mappings when the last access had walked and its tables were noted; -1 if they were not. */
  private walkedAt = -1;
  private watchesMoved = false;
  /** Of the last access that crossed a page: how many bytes lie in the first one, and where the second one lies. */
  private splitAt = 0;
  private second = 0;
  /** Whether paging has ever been on: then a linear address has not always led to the same place. */
  everPaged = false;

  constructor(private readonly core: PagedCore) {
    const { memory, tlb } = core;
    this.walk = new PageWalk(memory);
    this.look = new PageWalk(memory);
    this.mappings = new Mappings(memory, tlb, {
      fetchMoved: () => this.newEpoch(),
      watchMoved: () => this.moveWatches(),
    });
    memory.linearPage = (page) => this.watchPage(page);
  }

  /** Whether linear addresses go through page tables. */
  get isPaged(): boolean {
    return this.root !== undefined;
  }

  /** What the registers say of paging. */
  private rootNow(): PagingRoot | undefined {
    const { core } = this;
    const cr0 = core.get(R.CR0);
    if ((cr0 & R.CR0_PG) === 0) return undefined;
    return {
      mode: (core.get(R.CR4) & R.CR4_PSE) === 0 ? PAGING_32 : PAGING_32_PSE,
      table: (core.get(R.CR3) & ~PAGE_MASK) >>> 0,
      writeProtect: (cr0 & R.CR0_WP) !== 0,
    };
  }

  /** The registers that paging depends on were loaded. With what they had nothing is withdrawn: nothing is ever stale. */
  registersLoaded(): void {
    const { root } = this;
    const next = this.rootNow();
    const isSame =
      root?.table === next?.table && root?.mode === next?.mode && root?.writeProtect === next?.writeProtect;
    if (!isSame) this.changed();
  }

  /** The registers that paging depends on, or the physical address space, may have changed. */
  changed(): void {
    const { core } = this;
    const wasPaged = this.isPaged;
    this.mappings.flush();
    this.root = this.rootNow();
    this.tellRoutines();
    this.everPaged ||= this.isPaged;
    if ((wasPaged || this.isPaged) && core.memory.watchesLinear) this.moveWatches();
    this.newEpoch();
  }

  /** Tells routines where the tables lie. */
  private tellRoutines(): void {
    const { core, root } = this;
    const directory = root === undefined ? 0 : core.memory.hostOf(root.table);
    core.set(RUN_DIRECTORY, directory);
    core.set(RUN_WRITES_ALL, root?.writeProtect === false ? 1 : 0);
  }

  /** Translated code has to be looked up again before it is executed. */
  private newEpoch(): void {
    const { memory, board } = this.core;
    if (this.root !== undefined) this.lastEpoch++;
    memory.view.setUint32(CPU_BASE + RUN_EPOCH, this.root === undefined ? 0 : this.lastEpoch, true);
    if (this.root !== undefined) board.breakOff();
  }

  private moveWatches(): void {
    this.watchesMoved = true;
    this.core.board.breakOff();
  }

  /* ------------------------------------------------------------------------------ those who look */

  /** Where a linear address leads, without any effect; undefined where no page is present. */
  physical(linear: number): number | undefined {
    if (this.root === undefined) return linear >>> 0;
    const { look } = this;
    return look.read(this.root, linear).end === 'page' ? (look.page | (linear & PAGE_MASK)) >>> 0 : undefined;
  }

  /** The walk of the page tables for a linear address, for people; undefined while paging is off. */
  describe(linear: number): readonly string[] | undefined {
    return this.root === undefined ? undefined : this.look.read(this.root, linear).describe();
  }

  /** One byte at a linear address, without any effect; undefined where no page is present. */
  peek(linear: number): number | undefined {
    const physical = this.physical(linear);
    return physical === undefined ? undefined : this.core.memory.peek(physical, 1);
  }

  /** Bytes at a linear address, up to the first that no page holds. */
  peekBytes(linear: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = (linear + done) >>> 0;
      const run = Math.min(length - done, PAGE_SIZE - (at & PAGE_MASK));
      const physical = this.physical(at);
      if (physical === undefined) return bytes.slice(0, done);
      bytes.set(this.core.memory.readBytes(physical, run), done);
      done += run;
    }
    return bytes;
  }

  /* ------------------------------------------------------------------------------ the CPU's accesses */

  /**
   * The physical address of an access of the CPU, with what it does to the tables. `user`: with a user's rights.
   * @throws CpuFault #PF
   */
  access(linear: number, write: boolean, user: boolean): number {
    if (this.root === undefined) return linear >>> 0;
    this.walk.read(this.root, linear);
    return this.use(write, user);
  }

  /** The access for which the tables were read. @throws CpuFault #PF */
  private use(write: boolean, user: boolean): number {
    const { mappings, walk } = this;
    this.walkedAt = -1;
    mappings.marking = true;
    try {
      const physical = walk.use(write, user);
      // Tables are marked before the access is made: if that changes them, it is told.
      if (walk.inMemory) {
        mappings.note(walk);
        this.walkedAt = mappings.changes;
      }
      return physical;
    } finally {
      mappings.marking = false;
    }
  }

  /**
   * The same for all bytes of an access that may cross a page: nothing of it is done before all of it may be. Gives the
   * physical address of the first, for `read` and `write`.
   * @throws CpuFault #PF
   */
  accessAll(linear: number, size: number, write: boolean, user: boolean): number {
    const first = this.access(linear, write, user);
    this.splitAt = 0;
    if (this.root !== undefined && crossesPage(linear, size)) {
      this.second = this.access((pageOf(linear) + PAGE_SIZE) >>> 0, write, user);
      this.splitAt = PAGE_SIZE - (linear & PAGE_MASK);
    }
    return first;
  }

  /** Reads 1, 2 or 4 bytes at `offset` of the access that `accessAll` gave `first` for. */
  read(first: number, offset: number, size: AccessSize): number {
    const { memory } = this.core;
    if (this.splitAt === 0) return memory.read(first + offset, size);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | memory.read(this.placeOf(first, offset + i), 1);
    return value >>> 0;
  }

  write(first: number, offset: number, size: AccessSize, value: number): void {
    const { memory } = this.core;
    if (this.splitAt === 0) memory.write(first + offset, size, value);
    else for (let i = 0; i < size; i++) memory.write(this.placeOf(first, offset + i), 1, (value >>> (8 * i)) & 0xff);
  }

  private placeOf(first: number, offset: number): number {
    return offset < this.splitAt ? first + offset : this.second + offset - this.splitAt;
  }

  /**
   * Lets translated code access the page of `linear` by itself, as far as the tables say so now: the access before may
   * have changed them.
   */
  grant(table: number, linear: number): void {
    const { core, root, walk, mappings } = this;
    if (root === undefined) {
      core.tlb.fillPhysical(table, linear);
      return;
    }
    const user = table === USER_TABLE;
    const known = this.walkedAt === mappings.changes && walk.linear >>> PAGE_BITS === linear >>> PAGE_BITS;
    if (!known) walk.read(root, linear);
    if (walk.end !== 'page' || !walk.accessed || !walk.inMemory || !walk.allows(false, user)) return;
    if (!known) mappings.note(walk);
    core.tlb.fill(table, linear, walk.page, walk.dirty && walk.allows(true, user));
  }

  /**
   * What compiled code asks for an access inside of one page that its TLB does not grant: makes its walk and grants it, if
   * nobody has to be told of that: no fault, no device, no watched bytes. Gives where the bytes lie in wasm memory, 0 when the
   * access may not go straight there; what was done to the tables if it may not is done again, without effect, by the one who makes the access.
   */
  admit(table: number, linear: number, size: number, write: boolean): number {
    const { core, root, walk } = this;
    const { memory, tlb } = core;
    if (memory.isWatched) return 0;
    const user = table === USER_TABLE;
    let page = pageOf(linear);
    if (root !== undefined) {
      walk.read(root, linear);
      if (walk.end !== 'page' || !walk.inMemory || !walk.allows(write, user) || !walk.isQuiet) return 0;
      ({ page } = walk);
    }
    if (write ? !memory.admitWrites(page) : !memory.isMemory(page)) return 0;
    if (root !== undefined) this.use(write, user);
    this.grant(table, linear);
    return write ? tlb.toWrite(table, linear, size) : tlb.toRead(table, linear, size);
  }

  /** Whether a write to page tables at `host` changes nothing for those who run. */
  isQuietWrite(host: number, size: number): boolean {
    return !this.core.memory.holdsCode(host) && this.mappings.isQuietWrite(host, size);
  }

  /* ------------------------------------------------------------------------------ code */

  /**
   * Offset in wasm memory of the page that code at the linear page `page` is fetched from by the present privilege, if a
   * fetch would have no other effect; 0 if it would fault, set an accessed bit, or ask a device. Has no effect itself.
   */
  codePage(page: number): number {
    const { core, root, look, mappings } = this;
    if (root === undefined) return core.memory.hostOf(page);
    const user = core.cpl === 3;
    const known = mappings.fetchedFrom(page, user);
    if (known !== undefined) return known;
    look.read(root, page);
    if (look.end !== 'page' || !look.accessed || !look.inMemory || !look.allows(false, user)) return 0;
    const host = core.memory.hostOf(look.page);
    if (host === 0) return 0;
    mappings.note(look);
    mappings.noteFetch(page, user, host);
    return host;
  }

  /** Where code at a linear address would be fetched from, without any effect; undefined where a fetch faults. */
  codeAt(linear: number): number | undefined {
    if (this.root === undefined) return linear >>> 0;
    const { look } = this;
    const found = look.read(this.root, linear).end === 'page' && look.allows(false, this.core.cpl === 3);
    return found ? (look.page | (linear & PAGE_MASK)) >>> 0 : undefined;
  }

  /* ------------------------------------------------------------------------------ watched ranges */

  /** Where a watched page lies now; it is told when that changes. */
  private watchPage(page: number): number | undefined {
    const { root, look, mappings } = this;
    if (root === undefined) return page;
    look.read(root, page);
    if (look.inMemory) mappings.note(look);
    mappings.noteWatch(page);
    return look.end === 'page' ? look.page : undefined;
  }

  /** At an instruction boundary: watched ranges are put where they lie now. */
  settle(): void {
    if (!this.watchesMoved) return;
    this.mappings.forgetWatches();
    this.core.memory.replaceWatches();
    this.watchesMoved = false;
  }
}

/** Number of the soft TLB that holds what users may do. */
export const USER_TABLE = 1;
