/**
 * Descriptors: eight bytes of a table, taken apart. Intel 80386 Programmer's Reference Manual, chapters 5.1 and 6.3.
 */
import { type CpuModel, LEVEL } from './models';

export interface Descriptor {
  /** Linear address of the descriptor itself. */
  readonly address: number;
  readonly base: number;
  /** In bytes, scaled by the granularity. */
  readonly limit: number;
  /** Access byte in bits 0-7, flags (AVL, D/B, G) in bits 12-15. */
  readonly access: number;
  /** Lowest offset that a segment admits, and how many bytes from there on may be read and written. */
  readonly lowest: number;
  readonly readable: number;
  readonly writable: number;
  readonly extent: Extent;
  /** The two words for gates: offset and selector are taken from these. */
  readonly low: number;
  readonly high: number;
}

export const present = (d: Descriptor): boolean => (d.access & 0x80) !== 0;
export const dpl = (d: Descriptor): number => (d.access >> 5) & 3;
/** Code or data, not a system segment or gate. */
export const isSegment = (d: Descriptor): boolean => (d.access & 0x10) !== 0;
export const isCode = (d: Descriptor): boolean => (d.access & 0x18) === 0x18;
export const isConforming = (d: Descriptor): boolean => (d.access & 0x1c) === 0x1c;
export const isWritableData = (d: Descriptor): boolean => (d.access & 0x1a) === 0x12;
export const isReadable = (d: Descriptor): boolean => isSegment(d) && ((d.access & 8) === 0 || (d.access & 2) !== 0);
export const systemType = (d: Descriptor): number => d.access & 0xf;
export const is32Bit = (d: Descriptor): boolean => (d.access & 0x4000) !== 0;

const ENTRIES = 256;

/** Bytes that 32 bits can address. */
const WHOLE = 2 ** 32;

/** Lowest offset that a segment of that limit and access admits. */
export const lowestOf = (limit: number, access: number): number => (expandsDown(access) ? limit + 1 : 0);
/** How many bytes from there on may be read. */
export function readableOf(limit: number, access: number): number {
  const code = (access & 0x18) === 0x18;
  return (access & 0x90) === 0x90 && (!code || (access & 2) !== 0) ? sizeOf(limit, access) : 0;
}
/** And how many written. */
export const writableOf = (limit: number, access: number): number =>
  (access & 0x9a) === 0x92 ? sizeOf(limit, access) : 0;

/** What a segment admits, where translated code need not ask for each access. */
export const EXTENT = {
  /** Anything else. */
  OTHER: 0,
  /** Base 0, and everything may be read and written. */
  FLAT: 1,
  /** Every offset of 16 bits and no other, for reads and writes: as in real mode. */
  FULL16: 2,
} as const;
export type Extent = (typeof EXTENT)[keyof typeof EXTENT];

export function extentOf(base: number, lowest: number, readable: number, writable: number): Extent {
  if (lowest !== 0 || readable !== writable) return EXTENT.OTHER;
  if (writable === 0x1_0000) return EXTENT.FULL16;
  return base === 0 && writable === WHOLE ? EXTENT.FLAT : EXTENT.OTHER;
}

const expandsDown = (access: number): boolean => (access & 0x1c) === 0x14;
const sizeOf = (limit: number, access: number): number =>
  expandsDown(access) ? Math.max(0, ((access & 0x4000) !== 0 ? WHOLE : 0x1_0000) - limit - 1) : limit + 1;

function takeApart(address: number, low: number, high: number): Descriptor {
  const raw = (low & 0xffff) | (high & 0xf0000);
  const limit = (high & 0x800000) !== 0 ? ((raw << 12) | 0xfff) >>> 0 : raw;
  const base = ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000)) >>> 0;
  const access = ((high >>> 8) & 0xff) | ((high >>> 8) & 0xf000);
  const lowest = lowestOf(limit, access);
  const readable = readableOf(limit, access);
  const writable = writableOf(limit, access);
  return {
    address,
    base,
    limit,
    access,
    lowest,
    readable,
    writable,
    extent: extentOf(base, lowest, readable, writable),
    low,
    high,
  };
}

const NONE = takeApart(-1, 0, 0);

/**
 * Descriptors that were taken apart lately, so that a transfer makes no object. Their bytes are read anew each time and
 * compared: an entry is only ever found for what it was made of.
 */
export class DescriptorCache {
  private readonly entries: Descriptor[] = Array.from({ length: ENTRIES }, () => NONE);

  constructor(private readonly model: CpuModel) {}

  /** The descriptor at a linear address, of its two halves. On a 286 the upper word is reserved and taken as zero. */
  of(address: number, low: number, high: number): Descriptor {
    const upper = this.model.level >= LEVEL.I386 ? high : high & 0xffff;
    const index = (address >>> 3) & (ENTRIES - 1);
    const known = this.entries[index];
    if (known.address === address && known.low === low && known.high === upper) return known;
    const made = takeApart(address, low, upper);
    this.entries[index] = made;
    return made;
  }
}
