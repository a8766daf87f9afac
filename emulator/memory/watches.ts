/**
 * Watched ranges of memory. A page that is watched in part has a map in the machine's wasm memory, a bit a byte, so that
 * translated code can tell by itself which accesses to it have to be told (engine/handlers-memory): a stack page with one
 * watched word stays quick. Pages watched as a whole, and those for which no map is left, have none and are slow.
 */
import { PAGE_BITS, PAGE_MASK, PAGE_SIZE, WATCH_MAP_BYTES, WATCH_MAP_COUNT, WATCH_MAPS } from './layout';

export interface Watch {
  /** First address and bytes. */
  readonly base: number;
  readonly length: number;
  readonly read: boolean;
  readonly write: boolean;
  /** The range is meant as a program addresses it: by page tables, and by the address lines that exist, such as A20. */
  readonly linear: boolean;
}

/** A part of a watch that lies in one page of physical memory. */
interface Piece {
  readonly watch: Watch;
  readonly base: number;
  readonly end: number;
}

const READ = 1;
const WRITE = 2;

/** Addresses there are. */
const ADDRESSES = 2 ** 32;

export class Watches {
  private list: readonly Watch[] = [];
  private readonly flags: Uint8Array;
  /** Offsets of the maps of frames in wasm memory. */
  private readonly maps = new Map<number, number>();
  /** By page number. */
  private readonly pieces = new Map<number, Piece[]>();
  private flagged: number[] = [];
  /** Frames all of whose bytes are watched: every access is to be told. */
  private readonly whole = new Set<number>();

  constructor(
    private readonly u8: Uint8Array,
    frameCount: number,
  ) {
    this.flags = new Uint8Array(frameCount);
  }

  get all(): readonly Watch[] {
    return this.list;
  }

  get any(): boolean {
    return this.list.length > 0;
  }

  /** Whether some range is meant as a program addresses it. */
  get anyLinear(): boolean {
    return this.list.some(({ linear }) => linear);
  }

  /** Replaces the ranges; they hold from the next `place` on. */
  set(list: readonly Watch[]): void {
    this.list = list;
  }

  /** Whether reads (writes) of some byte of a frame are watched. */
  reads(frame: number): boolean {
    return (this.flags[frame] & READ) !== 0;
  }

  writes(frame: number): boolean {
    return (this.flags[frame] & WRITE) !== 0;
  }

  /** Whether bytes of a page of physical memory are watched, whatever answers there. */
  inPage(address: number): boolean {
    return this.pieces.has(address >>> PAGE_BITS);
  }

  /** Offset in wasm memory of a frame's map, 0 for none. */
  map(frame: number): number {
    return this.maps.size === 0 ? 0 : (this.maps.get(frame) ?? 0);
  }

  /** The ranges that an access inside of one page meets. */
  hit(kind: 'read' | 'write', address: number, size: number): readonly Watch[] {
    const pieces = this.pieces.get(address >>> PAGE_BITS);
    if (pieces === undefined) return NONE;
    const found: Watch[] = [];
    for (const { watch, base, end } of pieces) {
      if (watch[kind] && address < end && base < address + size && !found.includes(watch)) found.push(watch);
    }
    return found;
  }

  /**
   * Finds out where the ranges lie. `mask`: the address lines; `physicalPage`: where a linear page leads, undefined for
   * nowhere; `frameAt`: the frame at a physical address, -1 for none.
   */
  place(
    mask: number,
    physicalPage: (linearPage: number) => number | undefined,
    frameAt: (address: number) => number,
  ): void {
    for (const frame of this.flagged) this.flags[frame] = 0;
    this.flagged = [];
    this.maps.clear();
    this.whole.clear();
    this.pieces.clear();
    for (const watch of this.list) {
      const end = Math.min(watch.base + watch.length, ADDRESSES);
      for (let at = watch.base; at < end; ) {
        const run = Math.min(end - at, PAGE_SIZE - (at & PAGE_MASK));
        const page = (at & ~PAGE_MASK) >>> 0;
        const leadsTo = watch.linear ? physicalPage(page) : page;
        if (leadsTo !== undefined) {
          const physical = leadsTo + (at & PAGE_MASK);
          const base = watch.linear ? (physical & mask) >>> 0 : physical;
          this.add({ watch, base, end: base + run }, frameAt(base));
        }
        at += run;
      }
    }
    for (const frame of this.whole) this.maps.delete(frame);
  }

  private add(piece: Piece, frame: number): void {
    const page = piece.base >>> PAGE_BITS;
    const same = this.pieces.get(page);
    if (same === undefined) this.pieces.set(page, [piece]);
    else same.push(piece);
    if (frame < 0) return;
    if (this.flags[frame] === 0) this.flagged.push(frame);
    this.flags[frame] = this.flags[frame] | (piece.watch.read ? READ : 0) | (piece.watch.write ? WRITE : 0);
    if (piece.end - piece.base === PAGE_SIZE) this.whole.add(frame);
    else this.mark(frame, piece.base & PAGE_MASK, piece.end - piece.base);
  }

  private mark(frame: number, first: number, length: number): void {
    let map = this.map(frame);
    if (map === 0) {
      if (this.maps.size >= WATCH_MAP_COUNT) return;
      map = WATCH_MAPS + this.maps.size * WATCH_MAP_BYTES;
      this.u8.fill(0, map, map + WATCH_MAP_BYTES);
      this.maps.set(frame, map);
    }
    for (let byte = first; byte < first + length; byte++) {
      const at = map + (byte >>> 3);
      this.u8[at] = this.u8[at] | (1 << (byte & 7));
    }
  }
}

const NONE: readonly Watch[] = [];
