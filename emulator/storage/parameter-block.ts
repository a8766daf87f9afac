/**
 * The BIOS parameter block in the first sector of a FAT volume, and what kind of FAT it tells. Source: Microsoft Extensible
 * Firmware Initiative FAT32 File System Specification 1.03, sections 3.1 to 3.5.
 */
import { SECTOR_BYTES } from './block-device';

/** What a BIOS parameter block says of its medium. */
export interface ParameterBlock {
  readonly sectors: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
  readonly media: number;
  readonly sectorsPerCluster: number;
  /** Sectors before the first FAT, the boot sector among them. */
  readonly reservedSectors: number;
  readonly fats: number;
  readonly sectorsPerFat: number;
  /** Entries of the root directory; 0 for FAT32, whose root is a chain of clusters. */
  readonly rootEntries: number;
  /** Sectors on the medium before the volume. */
  readonly hiddenSectors: number;
}

/** Values of BPB_Media. */
const MEDIA_FLOPPY = 0xf0;
const MEDIA_FIRST = 0xf8;
/** BS_jmpBoot: a near jump, or a short one and NOP. */
const JMP_NEAR = 0xe9;
const JMP_SHORT = 0xeb;
const NOP = 0x90;
const BLOCK_BYTES = 36;
const FAT32_FAT_SECTORS = 36;

const isPowerOfTwo = (value: number): boolean => value !== 0 && (value & (value - 1)) === 0;

/** The BIOS parameter block of a boot sector, if there is a plausible one. */
export function parameterBlock(sector: Uint8Array): ParameterBlock | undefined {
  if (sector.length < BLOCK_BYTES) return undefined;
  const view = new DataView(sector.buffer, sector.byteOffset, sector.length);
  const jump = view.getUint8(0);
  if (!(jump === JMP_NEAR || (jump === JMP_SHORT && view.getUint8(2) === NOP))) return undefined;
  const small = view.getUint16(0x13, true);
  const fatSectors = view.getUint16(0x16, true);
  const block: ParameterBlock = {
    sectors: small !== 0 ? small : view.getUint32(0x20, true),
    media: view.getUint8(0x15),
    sectorsPerTrack: view.getUint16(0x18, true),
    heads: view.getUint16(0x1a, true),
    sectorsPerCluster: view.getUint8(0x0d),
    reservedSectors: view.getUint16(0x0e, true),
    fats: view.getUint8(0x10),
    sectorsPerFat:
      fatSectors === 0 && sector.length >= FAT32_FAT_SECTORS + 4 ? view.getUint32(FAT32_FAT_SECTORS, true) : fatSectors,
    rootEntries: view.getUint16(0x11, true),
    hiddenSectors: view.getUint32(0x1c, true),
  };
  const plausible =
    view.getUint16(0x0b, true) === SECTOR_BYTES &&
    isPowerOfTwo(block.sectorsPerCluster) &&
    block.reservedSectors >= 1 &&
    block.fats >= 1 &&
    block.fats <= 2 &&
    (block.media === MEDIA_FLOPPY || block.media >= MEDIA_FIRST) &&
    block.sectorsPerTrack >= 1 &&
    block.sectorsPerTrack <= 63 &&
    block.heads >= 1 &&
    block.heads <= 255 &&
    block.sectors > 0;
  return plausible ? block : undefined;
}

/** A FAT volume as its boot sector describes it. */
export interface FatVolume {
  readonly type: 'FAT12' | 'FAT16' | 'FAT32';
  readonly clusters: number;
  /** First sector of the data area, from the beginning of the volume. */
  readonly dataSector: number;
  /** The name of the system that made it. */
  readonly oemName: string;
  /** Volume label of the extended boot record; empty where there is none. */
  readonly label: string;
  /** Volume serial number; absent where there is no extended boot record. */
  readonly serial?: number;
}

const ENTRY_BYTES = 32;
/** Most clusters that FAT12 and FAT16 have: the count alone tells the type (section 3.5). */
const FAT12_CLUSTERS = 4084;
const FAT16_CLUSTERS = 65_524;
/** Where the extended boot record is, by whether the volume is FAT32, and the signature that says that it is there. */
const EXTENDED = { fat: 0x26, fat32: 0x42 } as const;
const EXTENDED_SIGNATURE = 0x29;

const text = (bytes: Uint8Array): string =>
  String.fromCharCode(...bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? byte : 0x20))).trimEnd();

/** What the block's volume is; nothing where its areas do not fit into it. */
export function fatVolume(sector: Uint8Array, block: ParameterBlock): FatVolume | undefined {
  const rootSectors = Math.ceil((block.rootEntries * ENTRY_BYTES) / SECTOR_BYTES);
  const dataSector = block.reservedSectors + block.fats * block.sectorsPerFat + rootSectors;
  const clusters = Math.floor((block.sectors - dataSector) / block.sectorsPerCluster);
  if (block.sectorsPerFat === 0 || clusters < 1) return undefined;
  const type = clusters <= FAT12_CLUSTERS ? 'FAT12' : clusters <= FAT16_CLUSTERS ? 'FAT16' : 'FAT32';
  const at = type === 'FAT32' ? EXTENDED.fat32 : EXTENDED.fat;
  const extended = sector[at] === EXTENDED_SIGNATURE;
  const view = new DataView(sector.buffer, sector.byteOffset, sector.length);
  return {
    type,
    clusters,
    dataSector,
    oemName: text(sector.subarray(3, 11)),
    label: extended ? text(sector.subarray(at + 5, at + 16)) : '',
    ...(extended ? { serial: view.getUint32(at + 1, true) } : {}),
  };
}
