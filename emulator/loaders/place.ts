/** Putting bytes into guest RAM, checked first: a damaged file must not write half of itself, nor ask for the impossible. */
import type { GuestMemory } from '../memory/guest-memory';

export const hex = (value: number): string => `${value.toString(16).toUpperCase()}h`;

/** A range of physical addresses. */
export interface Range {
  readonly base: number;
  readonly length: number;
}

/**
 * @param what names the range in the message
 * @throws Error when a byte of the range is no RAM
 */
export function requireRam(memory: GuestMemory, { base, length }: Range, what: string): void {
  for (let at = base; at < base + length; ) {
    const region = memory.regionAt(at);
    if (region?.kind !== 'ram') {
      const range = `${hex(base)} to ${hex(base + length - 1)}`;
      throw new Error(`${what} goes to ${range}, but there is no RAM at ${hex(at)}. Give the machine more memory?`);
    }
    at = region.base + region.length;
  }
}

const ZEROS = new Uint8Array(4096);

/** Zeros of any length, without allocating them. */
export function clearMemory(memory: GuestMemory, { base, length }: Range): void {
  for (let done = 0; done < length; done += ZEROS.length) {
    memory.load(base + done, ZEROS.subarray(0, Math.min(ZEROS.length, length - done)));
  }
}

/** Hands out RAM that nothing loaded lies in. */
export class Placement {
  private readonly used: Range[] = [];

  constructor(private readonly memory: GuestMemory) {}

  take(range: Range): void {
    if (range.length > 0) this.used.push(range);
  }

  /**
   * The lowest free range of `length` bytes from `from` to before `limit`, aligned; it is taken.
   * @throws Error when there is none
   */
  allocate(what: string, length: number, align: number, from: number, limit: number): Range {
    const size = Math.max(1, length);
    let base = from;
    for (;;) {
      base = Math.ceil(base / align) * align;
      if (base + size > limit) break;
      const end = base + size;
      const other = this.used.find((range) => range.base < end && base < range.base + range.length);
      if (other === undefined) {
        const region = this.memory.regionAt(base);
        if (region?.kind !== 'ram' || region.base + region.length < end) break;
        const range = { base, length: size };
        this.used.push(range);
        return range;
      }
      base = other.base + other.length;
    }
    throw new Error(`There is no room for ${what} (${length} bytes) in memory. Give the machine more memory?`);
  }
}
