/**
 * What the volume descriptors of a CD-ROM image tell. Sources: ECMA-119, section 8; El Torito Bootable CD-ROM Format
 * Specification 1.0, sections 2.1 to 2.5.
 */
import type { BlockSource } from './block-source';

const BLOCK_BYTES = 2048;
const FIRST_DESCRIPTOR = 16;
/** A set of descriptors ends with a terminator; a damaged one is not followed farther. */
const MOST_DESCRIPTORS = 32;
const MAGIC = 'CD001';
const TYPE = { boot: 0, primary: 1, terminator: 255 } as const;
const EL_TORITO = 'EL TORITO SPECIFICATION';
const VALIDATION = 0x01;
const BOOTABLE = 0x88;
const MEDIA = ['no emulation', '1.2 MB floppy', '1.44 MB floppy', '2.88 MB floppy', 'hard disk'] as const;

export interface IsoVolume {
  readonly label: string;
  /** Blocks of 2048 bytes that the volume has by its own word. */
  readonly blocks: number;
  /** Its default boot entry, if it has one. */
  readonly boot?: {
    readonly media: string;
    /** Segment that the image is loaded at; 0 stands for 07C0h. */
    readonly loadSegment: number;
    /** Sectors of 512 bytes that are loaded at first. */
    readonly sectors: number;
    /** Block of 2048 bytes where it begins. */
    readonly block: number;
  };
}

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes).replace(/[\0 ]+$/, '');

function block(source: BlockSource, index: number): Uint8Array | undefined {
  const at = index * BLOCK_BYTES;
  return at + BLOCK_BYTES <= source.length ? source.read(at, BLOCK_BYTES) : undefined;
}

function bootEntry(catalog: Uint8Array | undefined): IsoVolume['boot'] {
  if (catalog?.[0] !== VALIDATION || catalog[32] !== BOOTABLE) return undefined;
  const view = new DataView(catalog.buffer, catalog.byteOffset, catalog.length);
  return {
    media: MEDIA[view.getUint8(33) & 0x0f] ?? 'unknown',
    loadSegment: view.getUint16(34, true),
    sectors: view.getUint16(38, true),
    block: view.getUint32(40, true),
  };
}

/**
 * The volume of a CD-ROM image; nothing when there is none.
 * @throws Error when the host cannot read it
 */
export function isoVolume(source: BlockSource): IsoVolume | undefined {
  let volume: { label: string; blocks: number } | undefined;
  let boot: IsoVolume['boot'];
  for (let i = 0; i < MOST_DESCRIPTORS; i++) {
    const descriptor = block(source, FIRST_DESCRIPTOR + i);
    if (descriptor === undefined || text(descriptor.subarray(1, 6)) !== MAGIC) break;
    const view = new DataView(descriptor.buffer, descriptor.byteOffset, descriptor.length);
    const type = view.getUint8(0);
    if (type === TYPE.terminator) break;
    if (type === TYPE.primary) volume = { label: text(descriptor.subarray(40, 72)), blocks: view.getUint32(80, true) };
    if (type === TYPE.boot && text(descriptor.subarray(7, 39)) === EL_TORITO)
      boot = bootEntry(block(source, view.getUint32(71, true)));
  }
  if (volume === undefined) return undefined;
  return { ...volume, ...(boot === undefined ? {} : { boot }) };
}
