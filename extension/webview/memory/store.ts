/** Bytes that were seen, in blocks, and what they were at the stop before. */

/** Bytes of a block: what is asked for begins and ends at these. */
export const BLOCK = 256;
const BLOCK_SIZE = BigInt(BLOCK);

/** Most blocks that are kept of one stop; the oldest go first. */
const MOST_BLOCKS = 4096;

interface Block {
  readonly bytes: Uint8Array;
  /** 1 for each byte that can be read. */
  readonly readable: Uint8Array;
  /** False: seen at an older stop, or before a change; shown until it is read again. */
  readonly fresh: boolean;
}

export interface SeenByte {
  /** Nothing where it can't be read. */
  readonly value: number | undefined;
  /** Differs from what it was at the stop before, where that was seen. */
  readonly changed: boolean;
}

const blockStart = (address: bigint): bigint => address - (address % BLOCK_SIZE);

export class ByteStore {
  #now = new Map<string, Block>();
  #before: ReadonlyMap<string, Block> = new Map();

  /** The machine has moved. A stop at which nothing could be read in time does not count: what was seen before it does. */
  nextStop(): void {
    const seen = [...this.#now].filter(([, { fresh }]) => fresh);
    if (seen.length > 0) this.#before = new Map(seen);
    this.changed();
  }

  /** Something was changed at this stop: all is to be read again. */
  changed(): void {
    this.#now = new Map([...this.#now].map(([key, block]) => [key, { ...block, fresh: false }]));
  }

  /** @returns undefined where nothing is known yet */
  at(space: string, address: bigint): SeenByte | undefined {
    const start = blockStart(address);
    const key = `${space}:${start}`;
    const block = this.#now.get(key);
    if (block === undefined) return undefined;
    const index = Number(address - start);
    const value = block.readable[index] === 1 ? block.bytes[index] : undefined;
    const before = block.fresh ? this.#before.get(key) : undefined;
    return { value, changed: value !== undefined && before?.readable[index] === 1 && before.bytes[index] !== value };
  }

  /** The bytes of a range that are known and can be read, as far as they follow each other; both ends included. */
  known(space: string, first: bigint, last: bigint): readonly number[] {
    const known: number[] = [];
    for (let at = first; at <= last; at++) {
      const value = this.at(space, at)?.value;
      if (value === undefined) break;
      known.push(value);
    }
    return known;
  }

  /** The blocks from the first to the last that are to be read for a range; both ends included. */
  missing(
    space: string,
    first: bigint,
    last: bigint,
  ): { readonly address: bigint; readonly length: number } | undefined {
    let from: bigint | undefined;
    let to = first;
    for (let start = blockStart(first); start <= last; start += BLOCK_SIZE) {
      if (this.#now.get(`${space}:${start}`)?.fresh === true) continue;
      from ??= start;
      to = start;
    }
    return from === undefined ? undefined : { address: from, length: Number(to - from) + BLOCK };
  }

  /** What was read of a range of whole blocks. */
  put(
    space: string,
    address: bigint,
    length: number,
    pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[],
  ): void {
    const bytes = new Uint8Array(length);
    const readable = new Uint8Array(length);
    for (const piece of pieces) {
      bytes.set(piece.bytes, piece.offset);
      readable.fill(1, piece.offset, piece.offset + piece.bytes.length);
    }
    for (let at = 0; at < length; at += BLOCK) {
      const key = `${space}:${address + BigInt(at)}`;
      // Set anew, so that the order in the map is that of age.
      this.#now.delete(key);
      this.#now.set(key, {
        bytes: bytes.subarray(at, at + BLOCK),
        readable: readable.subarray(at, at + BLOCK),
        fresh: true,
      });
    }
    for (const key of this.#now.keys()) {
      if (this.#now.size <= MOST_BLOCKS) break;
      this.#now.delete(key);
    }
  }
}
