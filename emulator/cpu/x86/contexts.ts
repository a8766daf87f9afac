/**
 * Execution contexts: numbers for what translated code depends on. A context is: CS base and limit, sizes of code and stack, mode,
 * privilege, the extents of segments, and A20.
 */
import { RUN_CONTEXT, RUN_TLB, TLB, TLB_BYTES } from '../../memory/layout';
import type { GuestMemory } from '../../memory/guest-memory';
import { EXTENT, type Extent, extentOf } from './descriptors';
import { EXTENT_BITS, RUN_EXTENTS } from './memos';
import * as R from './registers';
import type { X86State } from './state';

/** Contexts that are found without their text key, by a hash. */
const NEAR_BITS = 7;
const NEAR_CONTEXTS = 1 << NEAR_BITS;
/** Words of such an entry: the four that make a context, its identity. */
const NEAR_WORDS = 5;

/** A guest can make any number of code segments: when there are so many, all translated code is forgotten. */
const MAX_CONTEXTS = 0x8000;

/** The registers, and what else makes a context. */
interface ContextSource extends X86State {
  readonly space: { readonly isPaged: boolean };
  readonly memory: Pick<GuestMemory, 'addressMask'>;
}

export class Contexts {
  private readonly ids = new Map<string, number>();
  private readonly near = new Int32Array(NEAR_CONTEXTS * NEAR_WORDS);

  /** `forgotten`: called when the numbers given so far mean nothing any more. */
  constructor(
    private readonly core: ContextSource,
    private readonly forgotten: () => void,
  ) {}

  /** Segment `s` was loaded; `mayHaveChanged` is to follow. */
  segmentChanged(s: number): void {
    const { core } = this;
    const lowest = core.seg(s, R.SEG_READ_LOW);
    const isOneRange = lowest === core.seg(s, R.SEG_WRITE_LOW);
    const readable = core.segSize(s, R.SEG_READ_SIZE);
    const writable = core.segSize(s, R.SEG_WRITE_SIZE);
    this.setExtent(s, isOneRange ? extentOf(core.seg(s, R.SEG_BASE), lowest, readable, writable) : EXTENT.OTHER);
  }

  setExtent(s: number, extent: Extent): void {
    const flat = 1 << s;
    const full16 = flat << EXTENT_BITS;
    const { slots } = this.core;
    const others = slots[RUN_EXTENTS >>> 2] & ~(flat | full16);
    slots[RUN_EXTENTS >>> 2] = others | (extent === EXTENT.FLAT ? flat : 0) | (extent === EXTENT.FULL16 ? full16 : 0);
  }

  /** The segments whose extent is FLAT, and those where it is FULL16: a bit each. */
  get flatSegments(): number {
    return this.core.slots[RUN_EXTENTS >>> 2] & SEGMENT_BITS;
  }

  get full16Segments(): number {
    return (this.core.slots[RUN_EXTENTS >>> 2] >>> EXTENT_BITS) & SEGMENT_BITS;
  }

  /**
   * The same as `X86Core.updateContext`, where segment registers were loaded one by one and debug registers are as they were. What
   * changes a context ends its block, so that the engine looks up what comes next.
   */
  mayHaveChanged(): void {
    const { near, core } = this;
    const { slots } = core;
    const cr0 = slots[CR0];
    const code = slots[CS_ACCESS];
    const stack = slots[SS_ACCESS];
    const cpl = (cr0 & R.CR0_PE) === 0 ? 0 : (stack >> 5) & 3;
    const base = slots[CS_BASE];
    const low = slots[CS_READ_LOW];
    const limit = slots[CS_LIMIT];
    const bits =
      ((code >> 14) & 1) |
      ((stack >> 13) & 2) |
      ((cr0 & R.CR0_PE) << 2) |
      ((slots[SYSTEM] & R.FLAG.VM) !== 0 ? 8 : 0) |
      (cpl << 4) |
      (this.flatSegments << 6) |
      ((cr0 & (R.CR0_EM | R.CR0_TS | R.CR0_MP)) << 12) |
      (core.space.isPaged ? 1 << 16 : 0) |
      // A20: while it is low the same addresses lead elsewhere.
      ((core.memory.addressMask & A20) >>> 3) |
      (this.full16Segments << 18);
    // Of a segment that is flat now and has 64 KiB then two bits change; a base seldom has low ones.
    const at = ((Math.imul(bits, 0x9e3779b1) ^ Math.imul(base, 0x85ebca6b)) >>> (32 - NEAR_BITS)) * NEAR_WORDS;
    if (
      near[at + 4] === 0 ||
      near[at] !== base ||
      near[at + 1] !== low ||
      near[at + 2] !== limit ||
      near[at + 3] !== bits
    ) {
      const id = this.idOf(`${base},${low},${limit},${bits}`);
      near[at] = base;
      near[at + 1] = low;
      near[at + 2] = limit;
      near[at + 3] = bits;
      near[at + 4] = id;
    }
    slots[RUN_CONTEXT >>> 2] = near[at + 4];
    slots[RUN_TLB >>> 2] = cpl === 3 ? R_TLB_USER : R_TLB_SUPERVISOR;
  }

  private idOf(key: string): number {
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    if (this.ids.size === MAX_CONTEXTS) {
      this.ids.clear();
      this.near.fill(0);
      this.forgotten();
    }
    const id = this.ids.size + 1;
    this.ids.set(key, id);
    return id;
  }
}

/** Slots that make a context, as indices of words. */
const CR0 = R.CR0 >>> 2;
const SYSTEM = R.FLAGS_SYSTEM >>> 2;
const CS_BASE = R.segment(R.CS, R.SEG_BASE) >>> 2;
const CS_READ_LOW = R.segment(R.CS, R.SEG_READ_LOW) >>> 2;
const CS_LIMIT = R.segment(R.CS, R.SEG_LIMIT) >>> 2;
const CS_ACCESS = R.segment(R.CS, R.SEG_ACCESS) >>> 2;
const SS_ACCESS = R.segment(R.SS, R.SEG_ACCESS) >>> 2;

const A20 = 1 << 20;
const SEGMENT_BITS = (2 << R.GS) - 1;

const R_TLB_SUPERVISOR = TLB;
const R_TLB_USER = TLB + TLB_BYTES;
