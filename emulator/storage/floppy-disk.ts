/**
 * A floppy disk that can be put into a drive and taken out again: the bytes of its image, held whole, so that what happens
 * to the file later changes nothing, and what was written to it since, in an overlay.
 */
import { Digest } from '../state/digest';
import { type BlockSource, MemorySource } from './block-source';
import { floppyFormat, type FloppyFormat, geometrySectors } from './floppy-geometry';
import { SECTOR_BYTES } from './block-device';
import { ImageDevice } from './image-device';
import { Overlay } from './overlay';

export class FloppyDisk {
  readonly format: FloppyFormat;
  readonly medium: ImageDevice;
  /** The bytes of the image. */
  readonly content: Uint8Array;
  private hash: string | undefined;

  /**
   * @param name of its image: a path, or any text for people
   * @throws Error when the image is empty, too long for a floppy disk, or can't be read
   */
  constructor(
    readonly name: string,
    image: BlockSource,
  ) {
    this.format = floppyFormat(image);
    this.content = image.read(0, image.length);
    this.medium = new ImageDevice(
      new Overlay(new MemorySource(this.content), geometrySectors(this.format) * SECTOR_BYTES),
      this.format,
    );
  }

  /** Of the image's bytes: disks of equal digests were equal before anything was written to them. */
  get digest(): string {
    if (this.hash === undefined) {
      const digest = new Digest();
      digest.bytes(this.content);
      this.hash = digest.hex();
    }
    return this.hash;
  }

  /** Whether anything was written to it. */
  get written(): boolean {
    return this.medium.overlay.bytesHeld > 0;
  }

  /** Bytes that it takes: its image, and what was written to it. */
  get bytesHeld(): number {
    return this.content.length + this.medium.overlay.bytesHeld;
  }
}
