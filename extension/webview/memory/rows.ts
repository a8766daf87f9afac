/** Which rows of a space are seen: a window of some rows over a range of addresses that may be far too long to draw. */

export interface Bounds {
  /** First and last address. Rows are counted from the first. */
  readonly first: bigint;
  readonly last: bigint;
}

export class Rows {
  #top = 0n;

  /**
   * @param columns bytes on a row
   * @param visible rows that are seen as a whole
   */
  constructor(
    readonly bounds: Bounds,
    readonly columns: number,
    readonly visible: number,
    top: bigint,
  ) {
    this.scrollTo(top);
  }

  /** Address of the first row that is seen. */
  get top(): bigint {
    return this.#top;
  }

  /** Address of the last byte that is seen, with a row that is seen in part. */
  get bottom(): bigint {
    return this.clamp(this.#top + BigInt(this.columns * (this.visible + 1)) - 1n);
  }

  get #count(): bigint {
    return (this.bounds.last - this.bounds.first) / BigInt(this.columns) + 1n;
  }

  /** The last row that can be the first one seen. */
  get #lastTop(): bigint {
    const rows = this.#count - BigInt(this.visible);
    return rows <= 0n ? 0n : rows;
  }

  clamp(address: bigint): bigint {
    const { first, last } = this.bounds;
    return address < first ? first : address > last ? last : address;
  }

  #row(address: bigint): bigint {
    return (this.clamp(address) - this.bounds.first) / BigInt(this.columns);
  }

  #showRow(row: bigint): void {
    const shown = row < 0n ? 0n : row > this.#lastTop ? this.#lastTop : row;
    this.#top = this.bounds.first + shown * BigInt(this.columns);
  }

  /** Address of the row that holds an address. */
  rowOf(address: bigint): bigint {
    return this.bounds.first + this.#row(address) * BigInt(this.columns);
  }

  /** The row of an address becomes the first, as far as there are rows behind it. */
  scrollTo(address: bigint): void {
    this.#showRow(this.#row(address));
  }

  scrollBy(rows: number): void {
    this.#showRow(this.#row(this.#top) + BigInt(rows));
  }

  /** Scrolls no farther than is needed to see an address. */
  reveal(address: bigint): void {
    const row = this.#row(address);
    const top = this.#row(this.#top);
    if (row < top) this.#showRow(row);
    else if (row >= top + BigInt(this.visible)) this.#showRow(row - BigInt(this.visible) + 1n);
  }

  /** How far down the window is, and how much of the whole it shows: 0 to 1. */
  get scroll(): { readonly position: number; readonly share: number } {
    const position = this.#lastTop === 0n ? 0 : Number(this.#row(this.#top)) / Number(this.#lastTop);
    return { position, share: Math.min(1, this.visible / Number(this.#count)) };
  }

  /** @param position 0 to 1 */
  scrollToPosition(position: number): void {
    const clamped = Math.min(1, Math.max(0, position));
    // In millionths: more would be lost in a number, less would not reach every page of 4 GiB by mouse.
    this.#showRow((this.#lastTop * BigInt(Math.round(clamped * 1e6))) / 1_000_000n);
  }
}
