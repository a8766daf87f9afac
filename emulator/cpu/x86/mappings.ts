/**
 * What was derived from page tables and must go when they change: entries of the soft TLB, pages that code was fetched
 * from, places of watched ranges. The frames of the tables are marked, so that every write to them, by whomever, comes
 * here first; what came from the written entries is withdrawn at once. So nothing here is ever seen by the guest.
 */
import type { GuestMemory } from '../../memory/guest-memory';
import { PAGE_BITS, PAGE_MASK, PAGE_SIZE } from '../../memory/layout';
import type { SoftTlb } from '../../memory/tlb';
import { FETCHED, FETCHED_COUNT, NEAR, NEAR_BYTES, NEAR_COUNT, NEAR_TABLES } from './memos';
import type { PageWalk, PagingMode } from './paging';

/** What the mappings need of their CPU. */
export interface MappedCpu {
  /** The page that code was fetched from leads elsewhere, or may: translated code must be looked up again. */
  fetchMoved(): void;
  /** A watched linear page leads elsewhere, or may. */
  watchMoved(): void;
}

/** Levels fit into the low bits of a linear address of a table's range. */
const LEVEL_BITS = 7;

export class Mappings {
  /**
   * By frame of a table: as what it was walked. A use is the first linear address that the table covers plus the level of
   * its entries, 0 the outermost.
   */
  private readonly tables = new Map<number, number[]>();
  private mode: PagingMode | undefined;
  /** Pages that code is fetched from, supervisors' and users': linear page to offset in wasm memory. */
  private readonly fetched = [new Map<number, number>(), new Map<number, number>()] as const;
  private readonly watched = new Set<number>();
  /** Grows whenever tables that were noted are written, or none are noted any more. */
  changes = 0;
  /** The CPU itself marks entries: what was derived stays true. */
  marking = false;

  constructor(
    private readonly memory: GuestMemory,
    private readonly tlb: SoftTlb,
    private readonly cpu: MappedCpu,
  ) {
    this.forgetNear();
    memory.onTableWrite = (frame, offset, size) => {
      if (!this.marking) this.written(frame, offset, size);
    };
    memory.onRevokeFrame = (frame) => tlb.flushWritesTo(memory.hostOfFrame(frame));
  }

  /** Something is going to be derived from a walk: its tables are marked. All of its entries must lie in memory. */
  note(walk: PageWalk): void {
    const { memory, tables } = this;
    this.mode = walk.mode;
    for (let level = 0; level < walk.depth; level++) {
      const { shift, indexBits } = walk.mode.levels[level];
      const covered = shift + indexBits;
      const use = covered >= 32 ? level : ((walk.linear >>> covered) << covered) | level;
      const frame = memory.frameOf(walk.hosts[level]);
      const { i32 } = memory;
      const near = nearOf(frame);
      if (i32[near + (NEAR.FRAME >>> 2)] === frame && i32[near + (NEAR.USE >>> 2)] === use) continue;
      let uses = tables.get(frame);
      if (uses === undefined) {
        uses = [use];
        tables.set(frame, uses);
        memory.addTable(frame);
      } else if (!uses.includes(use)) uses.push(use);
      i32[near + (NEAR.FRAME >>> 2)] = frame;
      i32[near + (NEAR.USE >>> 2)] = use;
      i32[near + (NEAR.ONLY >>> 2)] = uses.length === 1 ? 1 : 0;
    }
  }

  /** Where code of a linear page was fetched from; undefined if it was not since the last change. */
  fetchedFrom(page: number, user: boolean): number | undefined {
    return this.fetched[user ? 1 : 0].get(page);
  }

  noteFetch(page: number, user: boolean, host: number): void {
    this.fetched[user ? 1 : 0].set(page, host);
    this.memory.u8[FETCHED + ((page >>> PAGE_BITS) & (FETCHED_COUNT - 1))] = 1;
  }

  noteWatch(page: number): void {
    this.watched.add(page);
  }

  /** Forgets the watched pages: they are about to be noted anew. */
  forgetWatches(): void {
    this.watched.clear();
  }

  /** Whether writing to a table at `host` would withdraw nothing but pages of data: those who run notice nothing of it. */
  isQuietWrite(host: number, size: number): boolean {
    const { mode, memory } = this;
    const uses = this.tables.get(memory.frameOf(host));
    if (uses === undefined || mode === undefined || this.watched.size > 0) return false;
    const index = ((host & PAGE_MASK) / mode.entryBytes) | 0;
    if (((host & PAGE_MASK) + size - 1) / mode.entryBytes >= index + 1) return false;
    for (const use of uses) {
      const level = use & LEVEL_BITS;
      const covered = 1 << mode.levels[level].shift;
      if (covered > PAGE_SIZE) return false;
      const page = (use >>> 0) - level + index * covered;
      for (const pages of this.fetched) if (pages.has(page)) return false;
    }
    return true;
  }

  /** Entries of a table are about to be written. */
  private written(frame: number, offset: number, size: number): void {
    const uses = this.tables.get(frame);
    const { mode } = this;
    if (uses === undefined || mode === undefined) return;
    this.changes++;
    const first = (offset / mode.entryBytes) | 0;
    const last = ((offset + size - 1) / mode.entryBytes) | 0;
    for (const use of uses) {
      const level = use & LEVEL_BITS;
      const covered = 1 << mode.levels[level].shift;
      this.withdraw((use >>> 0) - level + first * covered, (last - first + 1) * covered);
    }
  }

  /** Withdraws what was derived for `bytes` bytes of linear addresses. */
  private withdraw(linear: number, bytes: number): void {
    this.tlb.withdraw(linear, bytes);
    let moved = false;
    for (const pages of this.fetched) moved = (pages.size > 0 && removeRange(pages, linear, bytes)) || moved;
    if (moved) this.cpu.fetchMoved();
    if (this.watched.size > 0 && anyIn(this.watched, linear, bytes)) this.cpu.watchMoved();
  }

  private forgetNear(): void {
    const { i32, u8 } = this.memory;
    i32.fill(-1, NEAR_TABLES >>> 2, FETCHED >>> 2);
    u8.fill(0, FETCHED, FETCHED + FETCHED_COUNT);
  }

  /** Everything may lead elsewhere: registers or the physical address space have changed. */
  flush(): void {
    this.tlb.flush();
    for (const frame of this.tables.keys()) this.memory.removeTable(frame);
    this.tables.clear();
    this.forgetNear();
    this.changes++;
    for (const pages of this.fetched) pages.clear();
    if (this.watched.size > 0) this.cpu.watchMoved();
  }
}

/** The word where the frame's entry among those noted last begins. */
const nearOf = (frame: number): number => (NEAR_TABLES + (frame & (NEAR_COUNT - 1)) * NEAR_BYTES) >>> 2;

function anyIn(
  pages: { keys(): IterableIterator<number>; has(page: number): boolean },
  linear: number,
  bytes: number,
): boolean {
  if (bytes <= PAGE_SIZE) return pages.has(linear);
  for (const page of pages.keys()) if (page - linear >= 0 && page - linear < bytes) return true;
  return false;
}

function removeRange(pages: Map<number, number>, linear: number, bytes: number): boolean {
  if (bytes <= PAGE_SIZE) return pages.delete(linear);
  let removed = false;
  for (const page of pages.keys()) {
    if (page - linear >= 0 && page - linear < bytes) removed = pages.delete(page) || removed;
  }
  return removed;
}

/** The page of a linear address, unsigned. */
export const pageOf = (linear: number): number => (linear & ~PAGE_MASK) >>> 0;
/** Number of pages that `bytes` bytes from `linear` on touch. */
export const crossesPage = (linear: number, bytes: number): boolean => (linear & PAGE_MASK) + bytes > 1 << PAGE_BITS;
