import { type BlockDevice, type Geometry, SECTOR_BYTES } from './block-device';
import type { Overlay } from './overlay';

/** An image in a drive: its bytes, and what was written to it since, in an overlay. */
export class ImageDevice implements BlockDevice {
  readonly sectors: number;

  constructor(
    readonly overlay: Overlay,
    readonly geometry: Geometry,
    readonly readOnly = false,
  ) {
    this.sectors = overlay.length / SECTOR_BYTES;
  }

  private check(lba: number, count: number): void {
    if (!(Number.isInteger(lba) && Number.isInteger(count)) || lba < 0 || count < 0 || lba + count > this.sectors) {
      throw new RangeError(`Sectors ${lba} to ${lba + count - 1} are not all on a medium of ${this.sectors} sectors.`);
    }
  }

  read(lba: number, count: number): Uint8Array {
    this.check(lba, count);
    return this.overlay.read(lba * SECTOR_BYTES, count * SECTOR_BYTES);
  }

  write(lba: number, bytes: Uint8Array): void {
    if (this.readOnly) throw new Error('The medium is write-protected.');
    this.check(lba, bytes.length / SECTOR_BYTES);
    this.overlay.write(lba * SECTOR_BYTES, bytes);
  }
}
