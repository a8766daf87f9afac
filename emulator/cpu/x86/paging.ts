/**
 * Page tables: what a walk finds. Intel 80386 Programmer's Reference Manual, 5.2 and 6.4; 4 MiB pages, CR0.WP and the
 * reserved bits: Intel SDM volume 3, 4.3, 4.6 and 4.7.
 *
 * A walk goes through the levels of a paging mode, outermost first. Reading it changes nothing (`read`); what the CPU does
 * besides, the accessed and dirty bits and the page fault, is `access`.
 */
import type { GuestMemory } from '../../memory/guest-memory';
import { CpuFault, throwFault, VECTOR } from './fault';

/** One level of tables. */
export interface PagingLevel {
  /** Of an entry, as the manual names it. */
  readonly name: string;
  /** Bytes that one entry covers, as a power of two, and how many bits of a linear address choose the entry. */
  readonly shift: number;
  readonly indexBits: number;
  /** Whether an entry with PS set maps a page of all that it covers. */
  readonly large: boolean;
  /** Bits of such an entry that must be 0. */
  readonly largeReserved: number;
}

/** A way of paging: the tables that a walk goes through. */
export interface PagingMode {
  readonly name: string;
  readonly entryBytes: number;
  readonly levels: readonly PagingLevel[];
}

const PTE: PagingLevel = { name: 'PTE', shift: 12, indexBits: 10, large: false, largeReserved: 0 };
const PDE: PagingLevel = { name: 'PDE', shift: 22, indexBits: 10, large: false, largeReserved: 0 };

/** 32-bit entries in two levels; with CR4.PSE an entry of the directory may map 4 MiB. */
export const PAGING_32: PagingMode = { name: '32-bit', entryBytes: 4, levels: [PDE, PTE] };
export const PAGING_32_PSE: PagingMode = {
  name: '32-bit with 4 MiB pages',
  entryBytes: 4,
  levels: [{ ...PDE, large: true, largeReserved: 0x003f_f000 }, PTE],
};

/** Most levels that a mode has. */
const MOST_LEVELS = 4;

/** Bits of an entry. */
export const ENTRY = {
  PRESENT: 1,
  WRITABLE: 2,
  USER: 4,
  ACCESSED: 0x20,
  DIRTY: 0x40,
  PAGE: 0x80,
  FRAME: 0xffff_f000,
} as const;
const { PRESENT, WRITABLE, USER, ACCESSED, DIRTY, PAGE, FRAME } = ENTRY;

/** Bits of a page fault's error code. */
const PF_ERROR = { P: 1, W: 2, U: 4, RSVD: 8 } as const;

/** What registers say of a walk. */
export interface PagingRoot {
  readonly mode: PagingMode;
  /** CR3 without its flags. */
  readonly table: number;
  /** CR0.WP: supervisors may not write to pages that are read-only either. */
  readonly writeProtect: boolean;
}

/** How a walk ended: at a page, at an entry that is not present, or at one with reserved bits. */
export type WalkEnd = 'page' | 'absent' | 'reserved';

/** A walk and what it found; one is used over and over, so that walking makes no garbage. */
export class PageWalk {
  /** Levels of which an entry was read. */
  depth = 0;
  /** Physical addresses of the entries, and the entries. */
  readonly addresses = new Uint32Array(MOST_LEVELS);
  readonly entries = new Int32Array(MOST_LEVELS);
  /** Offsets of the entries in wasm memory, 0 of one that lies in no memory; whether all of them lie in RAM or ROM. */
  readonly hosts = new Uint32Array(MOST_LEVELS);
  inMemory = false;
  mode: PagingMode = PAGING_32;
  end: WalkEnd = 'absent';
  linear = 0;
  /** Of a page: physical address of the 4 KiB that `linear` lies in. */
  page = 0;
  /** Of a page: the bits that all entries share, and whether its last entry has D set. */
  private shared = 0;
  dirty = false;
  private writeProtect = false;

  constructor(private readonly memory: GuestMemory) {}

  /** Walks for a linear address, without any effect. */
  read(root: PagingRoot, linear: number): this {
    const { levels, entryBytes } = root.mode;
    const { memory } = this;
    this.mode = root.mode;
    this.linear = linear >>> 0;
    this.writeProtect = root.writeProtect;
    this.shared = -1;
    this.end = 'absent';
    this.inMemory = true;
    let table = root.table;
    for (let n = 0; n < levels.length; n++) {
      const level = levels[n];
      const index = (linear >>> level.shift) & ((1 << level.indexBits) - 1);
      const address = table + index * entryBytes;
      const host = memory.hostOf(address);
      // Where a device answers, the entry may be another one the next time.
      if (host === 0) this.inMemory = false;
      const entry = this.entryAt(address, host);
      this.depth = n + 1;
      this.addresses[n] = address;
      this.hosts[n] = host;
      this.entries[n] = entry;
      if ((entry & PRESENT) === 0) return this;
      this.shared &= entry;
      const large = level.large && (entry & PAGE) !== 0;
      if (large && (entry & level.largeReserved) !== 0) {
        this.end = 'reserved';
        return this;
      }
      table = (entry & FRAME) >>> 0;
      if (!large && n + 1 < levels.length) continue;
      const covered = (1 << level.shift) - 1;
      this.page = (((table & ~covered) | (linear & covered)) & FRAME) >>> 0;
      this.dirty = (entry & DIRTY) !== 0;
      this.end = 'page';
      return this;
    }
    return this;
  }

  /** The entry at a physical address, which lies at `host` in wasm memory, or 0 for nowhere. */
  private entryAt(address: number, host: number): number {
    return host === 0 ? this.memory.peek(address, 4) | 0 : this.memory.i32[host >>> 2];
  }

  /** Whether all entries have A set, so that using them changes nothing. */
  get accessed(): boolean {
    return (this.shared & ACCESSED) !== 0;
  }

  /** Whether marking the entries is told to nobody: there is no translated code in their frames. */
  get isQuiet(): boolean {
    for (let n = 0; n < this.depth; n++) if (this.memory.holdsCode(this.hosts[n])) return false;
    return true;
  }

  /** Whether a page may be read (written) with these rights. */
  allows(write: boolean, user: boolean): boolean {
    if (user && (this.shared & USER) === 0) return false;
    return !write || (this.shared & WRITABLE) !== 0 || (!user && !this.writeProtect);
  }

  /**
   * What the CPU does for an access: walks, sets A and D, faults. An entry is marked as soon as the walk goes on through
   * it; the one of the page when the access is allowed.
   * @returns the physical address of `linear`
   * @throws CpuFault #PF
   */
  access(root: PagingRoot, linear: number, write: boolean, user: boolean): number {
    return this.read(root, linear).use(write, user);
  }

  /** What `access` does once the tables were read. @throws CpuFault #PF */
  use(write: boolean, user: boolean): number {
    const found = this.end === 'page';
    for (let n = 0; n < this.depth - 1; n++) this.mark(n, ACCESSED);
    if (!found || !this.allows(write, user)) this.fault(write, user);
    this.mark(this.depth - 1, write ? ACCESSED | DIRTY : ACCESSED);
    return (this.page | (this.linear & 0xfff)) >>> 0;
  }

  private mark(n: number, bits: number): void {
    if ((this.entries[n] & bits) === bits) return;
    const address = this.addresses[n];
    // As it is now: with tables that map themselves it may be the entry that was marked just before.
    const marked = (this.entryAt(address, this.hosts[n]) | bits) >>> 0;
    this.memory.write(address, 4, marked);
    // ROM keeps what it has: such an entry is never marked.
    this.entries[n] = this.entryAt(address, this.hosts[n]);
    if (n === this.depth - 1) this.dirty = (this.entries[n] & DIRTY) !== 0;
    this.shared = -1;
    for (let i = 0; i < this.depth; i++) this.shared &= this.entries[i];
  }

  private fault(write: boolean, user: boolean): never {
    const error =
      (this.end === 'absent' ? 0 : PF_ERROR.P) |
      (write ? PF_ERROR.W : 0) |
      (user ? PF_ERROR.U : 0) |
      (this.end === 'reserved' ? PF_ERROR.RSVD : 0);
    const what = `${write ? 'write to' : 'read of'} ${hex(this.linear)}`;
    throwFault(new CpuFault(VECTOR.PF, error, `${what}, ${this.refusal(user)} (${this.trail()})`, this.linear));
  }

  private refusal(user: boolean): string {
    if (this.end === 'absent') return 'which is not present';
    if (this.end === 'reserved') return 'whose entry has reserved bits set';
    if (user && (this.shared & USER) === 0) return 'a supervisor page, by a user';
    return user ? 'a read-only page, by a user' : 'a read-only page, with CR0.WP set';
  }

  /** The entries that were read: `PDE 00001027h at 00001000h, PTE 0 at 00002004h`. */
  trail(): string {
    return this.mode.levels
      .slice(0, this.depth)
      .map(({ name }, n) => `${name} ${hex(this.entries[n])} at ${hex(this.addresses[n])}`)
      .join(', ');
  }

  /** The whole walk for people, a line an entry and one for the page. */
  describe(): readonly string[] {
    const lines = this.mode.levels.slice(0, this.depth).map(({ name, large }, n) => {
      const entry = this.entries[n];
      return `${name} ${hex(entry)} at ${hex(this.addresses[n])}: ${flagsOf(entry, large)}`;
    });
    if (this.end === 'page') {
      const size = 2 ** this.mode.levels[this.depth - 1].shift;
      const where = hex(this.page + (this.linear & 0xfff));
      return [...lines, `${hex(this.linear)} leads to physical ${where}, in a page of ${sizeText(size)}`];
    }
    return [
      ...lines,
      `${hex(this.linear)} leads nowhere: ${this.end === 'absent' ? 'not present' : 'reserved bits are set'}`,
    ];
  }
}

const FLAG_NAMES: readonly (readonly [bit: number, set: string, clear: string])[] = [
  [WRITABLE, 'writable', 'read-only'],
  [USER, 'user', 'supervisor'],
  [ACCESSED, 'accessed', 'not accessed'],
  [DIRTY, 'dirty', ''],
  [8, 'write-through', ''],
  [0x10, 'not cached', ''],
  [0x100, 'global', ''],
];

function flagsOf(entry: number, large: boolean): string {
  if ((entry & PRESENT) === 0) return 'not present';
  const names = FLAG_NAMES.map(([bit, set, clear]) => ((entry & bit) !== 0 ? set : clear)).filter(
    (name) => name !== '',
  );
  return [...(large && (entry & PAGE) !== 0 ? ['4 MiB page'] : []), ...names].join(', ');
}

const sizeText = (bytes: number): string => (bytes < 0x10_0000 ? `${bytes >>> 10} KiB` : `${bytes >>> 20} MiB`);
const hex = (value: number): string => `${(value >>> 0).toString(16).toUpperCase().padStart(8, '0')}h`;
