/** Geometry of hard disks: what their partition table was made with, else the usual translation. */
import { type BlockSource, head } from './block-source';
import { type Geometry, SECTOR_BYTES } from './block-device';

/** A partition table entry of a master boot record. */
export interface Partition {
  /** 80h active, 00h not. */
  readonly status: number;
  readonly type: number;
  readonly startCylinder: number;
  readonly startHead: number;
  readonly startSector: number;
  readonly endCylinder: number;
  readonly endHead: number;
  readonly endSector: number;
  readonly start: number;
  readonly sectors: number;
}

const TABLE = 0x1be;
const ENTRY_BYTES = 16;
export const ACTIVE = 0x80;
const SECTORS_PER_TRACK = 63;

/** Whether a sector ends in 55h AAh. */
export const hasBootSignature = (sector: Uint8Array): boolean =>
  sector.length >= SECTOR_BYTES && sector[510] === 0x55 && sector[511] === 0xaa;

/** The four entries of a partition table as they stand there, whether or not they make sense. */
export function partitionEntries(sector: Uint8Array): readonly Partition[] {
  const view = new DataView(sector.buffer, sector.byteOffset, sector.length);
  return [0, 1, 2, 3].map((i) => {
    const at = TABLE + i * ENTRY_BYTES;
    return {
      status: view.getUint8(at),
      type: view.getUint8(at + 4),
      startHead: view.getUint8(at + 1),
      startSector: view.getUint8(at + 2) & 0x3f,
      startCylinder: view.getUint8(at + 3) | ((view.getUint8(at + 2) & 0xc0) << 2),
      endHead: view.getUint8(at + 5),
      endSector: view.getUint8(at + 6) & 0x3f,
      endCylinder: view.getUint8(at + 7) | ((view.getUint8(at + 6) & 0xc0) << 2),
      start: view.getUint32(at + 8, true),
      sectors: view.getUint32(at + 12, true),
    };
  });
}

/** What makes a table no partition table, as a sentence; nothing when it is plausible. */
export function implausible(entries: readonly Partition[]): string | undefined {
  const used = entries.filter(({ type }) => type !== 0);
  const status = entries.find((entry) => entry.status !== 0 && entry.status !== ACTIVE)?.status;
  if (status !== undefined)
    return `An entry has the status ${status.toString(16).padStart(2, '0')}h instead of 00h or 80h.`;
  if (entries.some(({ type, start, sectors }) => type === 0 && (start !== 0 || sectors !== 0)))
    return 'An entry of type 00h (unused) is not blank.';
  if (used.length === 0) return 'It has no partition.';
  if (used.some(({ start, sectors }) => start === 0 || sectors === 0))
    return 'A partition begins in the boot record itself or has no sectors.';
  if (used.filter((entry) => entry.status === ACTIVE).length > 1) return 'More than one partition is active.';
  return undefined;
}

/** The partitions of a master boot record; nothing when the sector has no boot signature or no plausible table. */
export function partitionTable(sector: Uint8Array): readonly Partition[] | undefined {
  if (!hasBootSignature(sector)) return undefined;
  const entries = partitionEntries(sector);
  return implausible(entries) === undefined ? entries.filter(({ type }) => type !== 0) : undefined;
}

interface Track {
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

/** Whether a geometry turns the end of a partition into the block address that the same entry tells. */
function agrees({ heads, sectorsPerTrack }: Track, p: Partition): boolean {
  const end = p.start + p.sectors - 1;
  if (Math.floor(end / (heads * sectorsPerTrack)) > 1023) {
    // Such an end is written as the last address that can be: the geometry shows in head and sector.
    return p.endHead === heads - 1 && p.endSector === sectorsPerTrack && p.endCylinder === 1023;
  }
  if (p.endHead >= heads || p.endSector > sectorsPerTrack) return false;
  return (p.endCylinder * heads + p.endHead) * sectorsPerTrack + p.endSector - 1 === end;
}

/**
 * Heads and sectors that the ends of all partitions agree on. Partitions mostly end with a cylinder, so the first end
 * is tried as that; then the usual translations.
 */
function fromPartitions(partitions: readonly Partition[]): Track | undefined {
  const [first] = partitions;
  if (first === undefined || first.endSector === 0) return undefined;
  const candidates = [
    { heads: Math.min(first.endHead + 1, 255), sectorsPerTrack: first.endSector },
    ...[255, 128, 64, 32, 16].map((heads) => ({ heads, sectorsPerTrack: SECTORS_PER_TRACK })),
  ];
  return candidates.find((track) => partitions.every((p) => agrees(track, p)));
}

const MAX_CYLINDERS = 1024;

/**
 * LBA-assisted translation: 63 sectors a track and the fewest of 16, 32, 64, 128, 255 heads that reach the disk's end
 * in 1024 cylinders (Phoenix Technologies, "BIOS Enhanced Disk Drive Specification" 1.1, LBA assisted translation).
 */
function lbaAssist(sectors: number): Track {
  const heads = [16, 32, 64, 128].find((n) => sectors <= n * SECTORS_PER_TRACK * MAX_CYLINDERS) ?? 255;
  return { heads, sectorsPerTrack: SECTORS_PER_TRACK };
}

/**
 * The geometry of a hard disk; at most 1024 cylinders, at least one, the last of which may be cut short by the disk's
 * end.
 * @throws Error when the image is empty.
 */
export function diskGeometry(source: BlockSource): Geometry {
  if (source.length === 0) throw new Error('The disk image is empty (0 bytes): a hard disk has at least one sector.');
  const sectors = Math.ceil(source.length / SECTOR_BYTES);
  const partitions = partitionTable(head(source, SECTOR_BYTES));
  const { heads, sectorsPerTrack } = (partitions && fromPartitions(partitions)) ?? lbaAssist(sectors);
  const cylinders = Math.min(MAX_CYLINDERS, Math.max(1, Math.floor(sectors / (heads * sectorsPerTrack))));
  return { cylinders, heads, sectorsPerTrack };
}
