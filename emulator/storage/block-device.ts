/** What a drive holds: sectors of 512 bytes, whatever lies behind them. */

export const SECTOR_BYTES = 512;

/** How a medium is addressed by cylinder, head and sector. Sectors are numbered from 1, the others from 0. */
export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

export interface BlockDevice {
  readonly sectors: number;
  readonly readOnly: boolean;
  readonly geometry: Geometry;
  /**
   * `count` sectors from `lba` on.
   * @throws RangeError when they are not all on the medium
   */
  read(lba: number, count: number): Uint8Array;
  /**
   * Writes whole sectors from `lba` on.
   * @throws RangeError when they are not all on the medium or `bytes` is no whole number of sectors; Error when it is
   *   read-only
   */
  write(lba: number, bytes: Uint8Array): void;
}
