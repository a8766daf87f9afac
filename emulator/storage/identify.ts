/** What a file of blocks is, found from its content. */
import { type BlockSource, head } from './block-source';
import { SECTOR_BYTES } from './block-device';
import { hasBootSignature, partitionTable } from './disk-geometry';
import { formatByLength, MAX_FLOPPY_BYTES } from './floppy-geometry';
import { parameterBlock } from './parameter-block';

/**
 * `boot-sector`: one sector with a boot signature. `floppy`, `disk`: what to attach it as. `flat`: bytes with no format
 * of their own. `unsupported`: a known format that cannot be used.
 */
export interface MediumIdentity {
  readonly kind: 'boot-sector' | 'floppy' | 'disk' | 'flat' | 'unsupported';
  /** One sentence for people: what was seen and, for `unsupported`, what to do. */
  readonly why: string;
}

/** Formats known by their first bytes that are no raw images. */
const CONTAINERS: readonly { readonly magic: readonly number[]; readonly offset: number; readonly what: string }[] = [
  { magic: [0x51, 0x46, 0x49, 0xfb], offset: 0, what: 'a QEMU qcow2 disk' },
  { magic: [0x4b, 0x44, 0x4d, 0x56], offset: 0, what: 'a VMware VMDK disk' },
  { magic: [0x76, 0x68, 0x64, 0x78, 0x66, 0x69, 0x6c, 0x65], offset: 0, what: 'a Hyper-V VHDX disk' },
  { magic: [0x63, 0x6f, 0x6e, 0x65, 0x63, 0x74, 0x69, 0x78], offset: 0, what: 'a Virtual PC VHD disk' },
  { magic: [0x7f, 0x10, 0xda, 0xbe], offset: 0x40, what: 'a VirtualBox VDI disk' },
  { magic: [0x1f, 0x8b, 0x08], offset: 0, what: 'compressed by gzip' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], offset: 0, what: 'compressed by xz' },
  { magic: [0x50, 0x4b, 0x03, 0x04], offset: 0, what: 'a ZIP archive' },
];

const startsWith = (bytes: Uint8Array, magic: readonly number[], offset: number): boolean =>
  magic.every((byte, i) => bytes[offset + i] === byte);

const ISO_DESCRIPTOR = 0x8000;
const ISO_MAGIC = [0x43, 0x44, 0x30, 0x30, 0x31];

/**
 * What an image is. Reads little, however long the image.
 * @throws Error when the host cannot read it.
 */
export function identifyMedium(source: BlockSource): MediumIdentity {
  const { length } = source;
  if (length === 0) return { kind: 'unsupported', why: 'The file is empty (0 bytes).' };
  const sector = head(source, SECTOR_BYTES);
  for (const { magic, offset, what } of CONTAINERS) {
    if (startsWith(sector, magic, offset)) {
      return { kind: 'unsupported', why: `This file is ${what}: convert or unpack it to a raw image first.` };
    }
  }
  const signed = hasBootSignature(sector);
  if (length === SECTOR_BYTES && signed) {
    return { kind: 'boot-sector', why: 'One sector with the boot signature 55h AAh.' };
  }
  const format = formatByLength(length);
  if (format !== undefined) return { kind: 'floppy', why: `As long as a floppy disk of ${format.name}.` };
  if (length > SECTOR_BYTES && partitionTable(sector) !== undefined) {
    return { kind: 'disk', why: 'Its first sector is a master boot record with partitions.' };
  }
  if (length >= ISO_DESCRIPTOR + SECTOR_BYTES && startsWith(source.read(ISO_DESCRIPTOR + 1, 5), ISO_MAGIC, 0)) {
    if (signed)
      return { kind: 'disk', why: 'A CD-ROM image (ISO 9660) whose first sector boots from a disk (isohybrid).' };
    return {
      kind: 'unsupported',
      why: 'A CD-ROM image (ISO 9660) that boots from CDs only, which are not supported yet; a hybrid image (isohybrid) boots as a disk.',
    };
  }
  const block = parameterBlock(sector);
  if (block !== undefined && length > SECTOR_BYTES) {
    const kind = length <= MAX_FLOPPY_BYTES && block.media !== 0xf8 ? 'floppy' : 'disk';
    return { kind, why: `Its first sector describes a FAT volume of ${block.sectors} sectors.` };
  }
  if (signed) {
    return length <= MAX_FLOPPY_BYTES
      ? {
          kind: 'floppy',
          why: `A boot sector with ${length - SECTOR_BYTES} bytes after it, small enough for a floppy disk.`,
        }
      : { kind: 'disk', why: 'A boot sector, too long for a floppy disk.' };
  }
  return { kind: 'flat', why: `${length} bytes with no boot signature and no known format.` };
}
