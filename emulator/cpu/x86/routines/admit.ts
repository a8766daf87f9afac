/**
 * Accesses that the soft TLB does not grant, with paging: the walk of the page tables, as LinearSpace.admit makes it, where all of it is
 * quick and nobody has to be told: tables and page in RAM in place that was noted, no code in the tables, pages of 4 KiB.
 * Marks the entry of the page, and fills the soft TLB. And writes to a page table that withdraw one page of data.
 */
import { ASKED } from '../../../memory/access';
import type { Operand } from '../../../ir/block';
import {
  CPU_BASE,
  FRAME_FLAGS,
  FRAMES,
  PAGE_BITS,
  PAGE_MASK,
  PAGE_SIZE,
  RUN_TLB,
  TLB,
  TLB_BYTES,
  TLB_COUNT,
  TLB_ENTRY_BYTES,
  TLB_FILLS,
} from '../../../memory/layout';
import { CODE_FRAME, OTHER_FRAME, TABLE_FRAME, UNNOTED_FRAME } from '../../../memory/guest-memory';
import { INVALID, TLB_ADDEND, TLB_FILLED, TLB_MAP, TLB_READ, TLB_TOLD, TLB_WRITE } from '../../../memory/tlb';
import {
  FETCHED,
  FETCHED_COUNT,
  NEAR,
  NEAR_BYTES,
  NEAR_COUNT,
  NEAR_TABLES,
  RUN_DIRECTORY,
  RUN_GUARDED,
  RUN_WRITES_ALL,
} from '../memos';
import { ENTRY } from '../paging';
import { routine, type RoutineWriter, slot } from './writer';

const WRITE_SHIFT = Math.log2(ASKED.WRITE);
/** Where an address's bits choose entries: of the directory, and of a table. */
const DIRECTORY_SHIFT = 22;
const INDEX = 0x3ff;
/** A use of a page table, as mappings notes it: what it covers, and this level. */
const TABLE_LEVEL = 1;

/** Declines unless a table was noted with a use, so that writes to it are told. */
function needNoted(w: RoutineWriter, frame: Operand, use: Operand | number): void {
  const near = nearOf(w, frame);
  w.declineUnlessEqual(w.peek(near, NEAR_TABLES + NEAR.FRAME), frame);
  w.declineUnlessEqual(w.peek(near, NEAR_TABLES + NEAR.USE), use);
}

const nearOf = (w: RoutineWriter, frame: Operand): Operand => w.v('mul', w.v('and', frame, NEAR_COUNT - 1), NEAR_BYTES);
const frameOf = (w: RoutineWriter, host: Operand): Operand => w.v('shru', w.v('sub', host, FRAMES), PAGE_BITS);

/** A write of `bytes` bytes at `host`, in page tables: withdraws the page that the entry maps. */
function tell(w: RoutineWriter, host: Operand, bytes: Operand): void {
  const frame = frameOf(w, host);
  w.declineUnlessEqual(w.peek(frame, FRAME_FLAGS, 8), TABLE_FRAME);
  // One entry.
  w.declineIf(w.v('ltu', 4, w.v('add', w.v('and', host, 3), bytes)));
  const near = nearOf(w, frame);
  w.declineUnlessEqual(w.peek(near, NEAR_TABLES + NEAR.FRAME), frame);
  w.declineUnlessEqual(w.peek(near, NEAR_TABLES + NEAR.ONLY), 1);
  const use = w.peek(near, NEAR_TABLES + NEAR.USE);
  w.declineUnlessEqual(w.v('and', use, PAGE_MASK), TABLE_LEVEL);
  const index = w.v('shru', w.v('and', host, PAGE_MASK), 2);
  const page = w.v('add', w.v('sub', use, TABLE_LEVEL), w.v('shl', index, PAGE_BITS));
  w.declineIf(w.peek(w.v('and', w.v('shru', page, PAGE_BITS), FETCHED_COUNT - 1), FETCHED, 8));
  const entry = w.tlbEntry(page);
  for (let table = 0; table < TLB_COUNT; table++) {
    const at = CPU_BASE + TLB + table * TLB_BYTES;
    const tags = [w.peek(entry, at + TLB_READ), w.peek(entry, at + TLB_WRITE)] as const;
    // INVALID is no page's tag, not that of page 0 either; the entry of another page stays.
    const [read, write] = tags.map((tag) => w.v('eq', w.v('and', tag, ~PAGE_MASK | INVALID), page)) as [
      Operand,
      Operand,
    ];
    w.either(
      w.v('or', read, write),
      () => {
        for (const tag of [TLB_READ, TLB_WRITE, TLB_TOLD]) w.poke(entry, at + tag, INVALID);
      },
      () => undefined,
    );
  }
}

/** Walks for an access and grants its page. */
function walk(w: RoutineWriter, address: Operand, isWrite: Operand): void {
  const isUser = w.v('ne', slot(RUN_TLB), TLB);
  // Without paging it is not this that is asked. The directory was noted with the table, below.
  const directory = w.get(RUN_DIRECTORY);
  const pde = w.peek(w.v('add', directory, w.v('shl', w.v('shru', address, DIRECTORY_SHIFT), 2)), 0);
  const wanted = ENTRY.PRESENT | ENTRY.ACCESSED;
  w.declineUnlessEqual(w.v('and', pde, wanted | ENTRY.PAGE), wanted);
  const table = w.v('and', pde, ENTRY.FRAME);
  const tableFrame = w.v('shru', table, PAGE_BITS);
  const tableFlags = w.peek(tableFrame, FRAME_FLAGS, 8);
  w.declineUnlessEqual(w.v('and', tableFlags, ~UNNOTED_FRAME), TABLE_FRAME);
  const covered = w.v('shl', w.v('shru', address, DIRECTORY_SHIFT), DIRECTORY_SHIFT);
  needNoted(w, tableFrame, w.v('or', covered, TABLE_LEVEL));
  const place = w.v('add', table, w.v('shl', w.v('and', w.v('shru', address, PAGE_BITS), INDEX), 2));
  const pte = w.peek(place, FRAMES);
  w.declineUnlessEqual(w.v('and', pte, ENTRY.PRESENT), ENTRY.PRESENT);
  // What both entries allow.
  const shared = w.v('and', pde, pte);
  w.declineIf(w.v('and', isUser, w.v('eq', w.v('and', shared, ENTRY.USER), 0)));
  const writesAll = w.v('and', slot(RUN_WRITES_ALL), w.v('xor', isUser, 1));
  const mayWrite = w.v('or', writesAll, w.v('ne', w.v('and', shared, ENTRY.WRITABLE), 0));
  w.declineIf(w.v('and', isWrite, w.v('xor', mayWrite, 1)));
  const page = w.v('and', pte, ENTRY.FRAME);
  const flags = w.peek(w.v('shru', page, PAGE_BITS), FRAME_FLAGS, 8);
  w.declineIf(w.v('and', flags, OTHER_FRAME | CODE_FRAME));
  w.declineIf(w.v('and', w.v('sub', 0, isWrite), flags));
  const marked = w.v('or', w.v('or', pte, ENTRY.ACCESSED), w.v('mul', isWrite, ENTRY.DIRTY));
  // A table that some reader has not noted yet is marked by the helper.
  const marks = w.v('ne', marked, pte);
  w.declineIf(w.v('and', marks, w.v('ne', tableFlags, TABLE_FRAME)));
  w.poke(place, FRAMES, marked);
  const linearPage = w.v('and', address, ~PAGE_MASK);
  const entry = w.v('add', w.tlbEntry(address), slot(RUN_TLB));
  w.either(
    w.peek(entry, CPU_BASE + TLB_FILLED),
    () => undefined,
    () => {
      const count = w.peek(0, CPU_BASE + TLB_FILLS);
      const number = w.v('shru', w.v('sub', entry, TLB), Math.log2(TLB_ENTRY_BYTES));
      w.poke(w.v('shl', count, 1), CPU_BASE + TLB_FILLS + 4, number, 16);
      w.poke(0, CPU_BASE + TLB_FILLS, w.v('add', count, 1));
      w.poke(entry, CPU_BASE + TLB_FILLED, 1);
    },
  );
  const writable = w.v('and', mayWrite, w.v('ne', w.v('and', marked, ENTRY.DIRTY), 0));
  const isPlain = w.v('eq', flags, 0);
  w.poke(entry, CPU_BASE + TLB_READ, linearPage);
  w.poke(entry, CPU_BASE + TLB_WRITE, w.v('select', w.v('and', writable, isPlain), linearPage, INVALID));
  w.poke(entry, CPU_BASE + TLB_TOLD, w.v('select', w.v('and', writable, w.v('xor', isPlain, 1)), linearPage, INVALID));
  w.poke(entry, CPU_BASE + TLB_ADDEND, w.v('sub', w.v('add', page, FRAMES), linearPage));
  w.poke(entry, CPU_BASE + TLB_MAP, 0);
}

/** As X86Core.admit: a = linear address, b = bytes of the access, bit 8 of it for a write. */
export const admitRoutine = routine('admit', false, (w) => {
  const address = w.a;
  const isWrite = w.v('shru', w.second, WRITE_SHIFT);
  const bytes = w.v('and', w.second, ASKED.BYTES);
  w.declineIf(w.get(RUN_GUARDED));
  w.declineIf(w.v('ltu', PAGE_SIZE, w.v('add', w.v('and', address, PAGE_MASK), bytes)));
  const entry = w.v('add', w.tlbEntry(address), slot(RUN_TLB));
  const isTold = w.v('eq', w.peek(entry, CPU_BASE + TLB_TOLD), w.v('and', address, ~PAGE_MASK));
  w.either(
    w.v('and', isWrite, isTold),
    () => tell(w, w.v('add', address, w.peek(entry, CPU_BASE + TLB_ADDEND)), bytes),
    () => walk(w, address, isWrite),
  );
});
