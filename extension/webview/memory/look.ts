/** What a Memory panel looks at: a space, or a segment of one, and where expressions have led. */
import type { LocateResponse, MemoryMachine } from '../../shared/memory';
import type { Bounds } from './rows';
import { hex } from './text';

/** A space by its id, or this: the space of code, with addresses as `segment:offset`. */
export const SEGMENTED = 'segmented';

const SEGMENT_SIZE = 0x1_0000n;
const HIGHEST_SELECTOR = 0xffffn;
/** In real mode a segment begins at sixteen times its selector. */
const PARAGRAPH = 16n;

export interface Segment {
  readonly selector: bigint;
  readonly base: bigint;
}

export interface Place {
  readonly space: string;
  readonly address: bigint;
  readonly segment: Segment | undefined;
}

export function placeOf({ space, address, segment }: LocateResponse): Place {
  return {
    space,
    address: BigInt(address),
    segment: segment === undefined ? undefined : { selector: BigInt(segment.selector), base: BigInt(segment.base) },
  };
}

/** The segment to show an address in: the one that was named, else the one of 64 KiB that real mode would have. */
function segmentFor({ address, segment }: Place): Segment | undefined {
  if (segment !== undefined) return segment;
  const base = address - (address % SEGMENT_SIZE);
  const selector = base / PARAGRAPH;
  return selector > HIGHEST_SELECTOR ? undefined : { selector, base };
}

/** The id of the space in which a mode reads. */
export const spaceOf = (mode: string, { spaces }: Pick<MemoryMachine, 'spaces'>): string =>
  mode === SEGMENTED ? (spaces[0]?.id ?? '') : mode;

/** Addresses that can be scrolled to, and how they are written. */
export class Look {
  readonly space: string;
  readonly bounds: Bounds;
  readonly #segment: Segment | undefined;
  readonly #digits: number;

  constructor(mode: string, machine: Pick<MemoryMachine, 'spaces'>, place: Place) {
    this.space = spaceOf(mode, machine);
    const bits = machine.spaces.find(({ id }) => id === this.space)?.addressBits ?? 32;
    const last = (1n << BigInt(bits)) - 1n;
    this.#digits = Math.ceil(bits / 4);
    this.#segment = mode === SEGMENTED ? segmentFor(place) : undefined;
    const base = this.#segment?.base ?? 0n;
    const end = this.#segment === undefined ? last : base + SEGMENT_SIZE - 1n;
    this.bounds = { first: base, last: end < last ? end : last };
  }

  /** `0000:7C00`, `00007C00`. */
  text(address: bigint): string {
    if (this.#segment === undefined) return hex(address, this.#digits);
    return `${hex(this.#segment.selector, 4)}:${hex(address - this.#segment.base, 4)}`;
  }
}
