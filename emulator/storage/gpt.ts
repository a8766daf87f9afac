/** The GUID partition table. Source: UEFI Specification 2.10, sections 5.2.3 and 5.3. */
import type { BlockSource } from './block-source';
import { SECTOR_BYTES } from './block-device';

export interface GptPartition {
  /** `C12A7328-F81F-11D2-BA4B-00A0C93EC93B`. */
  readonly type: string;
  readonly id: string;
  readonly first: number;
  /** Last sector, which belongs to it. */
  readonly last: number;
  readonly name: string;
}

export interface GuidPartitionTable {
  readonly diskId: string;
  readonly partitions: readonly GptPartition[];
  /** What is wrong with it, a sentence each. */
  readonly problems: readonly string[];
}

const SIGNATURE = 'EFI PART';
const HEADER_LBA = 1;
const LEAST_HEADER = 92;
/** The specification reserves room for 128 entries of 128 bytes; more than this much is not read. */
const MOST_ENTRY_BYTES = 1024 * 1024;
const NO_TYPE = '00000000-0000-0000-0000-000000000000';
const NAME = { offset: 56, bytes: 72 } as const;

/** CRC-32 of ISO 3309, as UEFI uses it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320;
  }
  return ~crc >>> 0;
}

const digits = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');

/** A GUID as people write it: its first three parts are little-endian in memory. */
function guid(bytes: Uint8Array): string {
  const reversed = (from: number, to: number): string => digits(bytes.slice(from, to).toReversed());
  return [
    reversed(0, 4),
    reversed(4, 6),
    reversed(6, 8),
    digits(bytes.subarray(8, 10)),
    digits(bytes.subarray(10, 16)),
  ].join('-');
}

function name(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const units: number[] = [];
  for (let at = 0; at < bytes.length && view.getUint16(at, true) !== 0; at += 2) units.push(view.getUint16(at, true));
  return String.fromCharCode(...units);
}

/**
 * The table behind its header in sector 1; nothing when there is none.
 * @throws Error when the host cannot read it
 */
export function guidPartitionTable(source: BlockSource): GuidPartitionTable | undefined {
  if (source.length < (HEADER_LBA + 1) * SECTOR_BYTES) return undefined;
  const header = source.read(HEADER_LBA * SECTOR_BYTES, SECTOR_BYTES);
  if (String.fromCharCode(...header.subarray(0, SIGNATURE.length)) !== SIGNATURE) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const problems: string[] = [];
  const bytes = view.getUint32(12, true);
  const sound = bytes >= LEAST_HEADER && bytes <= SECTOR_BYTES;
  if (!sound) problems.push(`Its header says that it has ${bytes} bytes.`);
  else {
    const covered = Uint8Array.from(header.subarray(0, bytes)).fill(0, 16, 20);
    if (crc32(covered) !== view.getUint32(16, true)) problems.push('The checksum of its header is wrong.');
  }
  const lba = (offset: number): number => Number(view.getBigUint64(offset, true));
  if (lba(24) !== HEADER_LBA) problems.push(`Its header says that it lies in sector ${lba(24)}.`);
  if ((lba(32) + 1) * SECTOR_BYTES > source.length) problems.push('Its backup lies beyond the end of the image.');
  const start = lba(72) * SECTOR_BYTES;
  const count = view.getUint32(80, true);
  const size = view.getUint32(84, true);
  const diskId = guid(header.subarray(56, 72));
  if (size < 128 || size % 8 !== 0 || count * size > MOST_ENTRY_BYTES || start + count * size > source.length) {
    problems.push(`Its ${count} entries of ${size} bytes from sector ${lba(72)} on can't be read.`);
    return { diskId, partitions: [], problems };
  }
  const entries = source.read(start, count * size);
  if (crc32(entries) !== view.getUint32(88, true)) problems.push('The checksum of its entries is wrong.');
  const partitions: GptPartition[] = [];
  for (let i = 0; i < count; i++) {
    const entry = entries.subarray(i * size, (i + 1) * size);
    const type = guid(entry.subarray(0, 16));
    if (type === NO_TYPE) continue;
    const fields = new DataView(entry.buffer, entry.byteOffset, entry.length);
    partitions.push({
      type,
      id: guid(entry.subarray(16, 32)),
      first: Number(fields.getBigUint64(32, true)),
      last: Number(fields.getBigUint64(40, true)),
      name: name(entry.subarray(NAME.offset, NAME.offset + NAME.bytes)),
    });
  }
  return { diskId, partitions, problems };
}
