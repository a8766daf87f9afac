/** A disk image as the host supplies it: bytes by position, never written. */

export interface BlockSource {
  /** What people call it: the path of its file, where it has one. */
  readonly name?: string;
  /** Length of the image in bytes. */
  readonly length: number;
  /**
   * Exactly `length` bytes from `offset` on, all of them inside the image. The result is the caller's to read, not to
   * write.
   * @throws Error when the host cannot read them.
   */
  read(offset: number, length: number): Uint8Array;
}

/** An image that is held in memory whole. */
export class MemorySource implements BlockSource {
  constructor(private readonly bytes: Uint8Array) {}

  get length(): number {
    return this.bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    if (offset < 0 || length < 0 || offset + length > this.bytes.length) {
      throw new RangeError(
        `Bytes ${offset} to ${offset + length} lie outside of an image of ${this.bytes.length} bytes.`,
      );
    }
    return this.bytes.subarray(offset, offset + length);
  }
}

/** The first bytes of an image: `length` of them, or all when there are fewer. */
export function head(source: BlockSource, length: number): Uint8Array {
  return source.read(0, Math.min(length, source.length));
}
