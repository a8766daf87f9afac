/** Drives, partitions and volumes of an image. */
import { type BlockSource, head } from '../../../emulator/storage/block-source';
import { type Geometry, SECTOR_BYTES } from '../../../emulator/storage/block-device';
import {
  ACTIVE,
  diskGeometry,
  hasBootSignature,
  implausible,
  type Partition,
  partitionEntries,
} from '../../../emulator/storage/disk-geometry';
import { floppyFormat } from '../../../emulator/storage/floppy-geometry';
import { guidPartitionTable } from '../../../emulator/storage/gpt';
import { isoVolume } from '../../../emulator/storage/iso9660';
import { fatVolume, parameterBlock } from '../../../emulator/storage/parameter-block';
import { gptTypeName, partitionTypeName } from '../../../emulator/storage/partition-types';
import { hex } from '../values';
import type { Row, Section } from './report';

const number = (value: number): string => value.toLocaleString('en');
const size = (sectors: number): string => {
  const kib = (sectors * SECTOR_BYTES) / 1024;
  return kib >= 10 * 1024 ? `${(kib / 1024).toFixed(1)} MiB` : `${number(kib)} KiB`;
};
const shape = ({ cylinders, heads, sectorsPerTrack }: Geometry): string =>
  `${cylinders} cylinders, ${heads} heads, ${sectorsPerTrack} sectors a track`;

/** The drive that the image would be put into. */
export function driveRow(source: BlockSource, kind: string): readonly Row[] {
  switch (kind) {
    case 'boot-sector':
    case 'floppy': {
      const format = floppyFormat(source);
      return [['runs as', `floppy A, ${format.name}: ${shape(format)}`]];
    }
    case 'disk':
      return [['runs as', `hard disk 80h: ${shape(diskGeometry(source))}`]];
    default:
      return [];
  }
}

/** The FAT volume that the first sector describes. */
export function fatSection(source: BlockSource): Section | undefined {
  const sector = head(source, SECTOR_BYTES);
  const block = parameterBlock(sector);
  if (block === undefined) return undefined;
  const volume = fatVolume(sector, block);
  const rows: Row[] = [
    ['sectors', `${number(block.sectors)} (${size(block.sectors)})`],
    ['geometry', `${block.heads} heads, ${block.sectorsPerTrack} sectors a track, media byte ${hex(block.media, 2)}h`],
    ['FATs', `${block.fats} of ${block.sectorsPerFat} sectors, behind ${block.reservedSectors} reserved ones`],
  ];
  const problems: string[] = [];
  if (block.sectors * SECTOR_BYTES > source.length)
    problems.push(
      `It has ${size(block.sectors)} by its own word, but the image ends after ${number(source.length)} bytes.`,
    );
  if (volume === undefined) {
    problems.push('Its areas do not fit into it.');
    return { title: 'FAT volume', rows, problems };
  }
  const { type, clusters, dataSector, oemName, label, serial } = volume;
  rows.push(
    [
      'clusters',
      `${number(clusters)} of ${block.sectorsPerCluster * SECTOR_BYTES} bytes, from sector ${dataSector} on`,
    ],
    ['made by', oemName === '' ? '(blank)' : oemName],
    ['label', label === '' ? '(none)' : label],
  );
  if (serial !== undefined) rows.push(['serial', `${hex(serial >>> 16, 4)}-${hex(serial & 0xffff, 4)}`]);
  return { title: `${type} volume`, rows, problems };
}

const chs = (cylinder: number, head: number, sector: number): string => `${cylinder}/${head}/${sector}`;

function partitionProblems(used: readonly Partition[], sectors: number): readonly string[] {
  const problems: string[] = [];
  const sorted = used.toSorted((a, b) => a.start - b.start);
  for (const [i, partition] of sorted.entries()) {
    const place = used.indexOf(partition) + 1;
    const end = partition.start + partition.sectors;
    const next = sorted[i + 1];
    if (end > sectors)
      problems.push(`Partition ${place} ends in sector ${number(end - 1)}; the image has ${number(sectors)}.`);
    if (next !== undefined && end > next.start)
      problems.push(`Partitions ${place} and ${used.indexOf(next) + 1} overlap from sector ${number(next.start)} on.`);
  }
  if (!used.some(({ status }) => status === ACTIVE))
    problems.push('No partition is active: most boot records then find nothing to boot.');
  return problems;
}

/** The partition table of a master boot record; nothing for a first sector that has none. */
export function partitions(source: BlockSource): Section | undefined {
  const sector = head(source, SECTOR_BYTES);
  if (source.length === SECTOR_BYTES || !hasBootSignature(sector) || parameterBlock(sector) !== undefined)
    return undefined;
  const entries = partitionEntries(sector);
  const used = entries.filter(({ type }) => type !== 0);
  const odd = implausible(entries);
  if (odd !== undefined) {
    // Code lies there in a boot sector without a table: only what looks like an attempt is worth a word.
    return used.some(({ start, sectors }) => start > 0 && (start + sectors) * SECTOR_BYTES <= source.length)
      ? { title: 'No partition table', problems: [odd] }
      : undefined;
  }
  return {
    title: 'Partition table (MBR)',
    table: {
      columns: ['#', 'boot', 'type', 'first', 'sectors', 'size', 'C/H/S first', 'C/H/S last'],
      rows: entries.flatMap((p, i) =>
        p.type === 0
          ? []
          : [
              [
                `${i + 1}`,
                p.status === ACTIVE ? '*' : '',
                `${hex(p.type, 2)}h ${partitionTypeName(p.type)}`,
                number(p.start),
                number(p.sectors),
                size(p.sectors),
                chs(p.startCylinder, p.startHead, p.startSector),
                chs(p.endCylinder, p.endHead, p.endSector),
              ],
            ],
      ),
    },
    problems: partitionProblems(used, Math.ceil(source.length / SECTOR_BYTES)),
  };
}

/** The GUID partition table, if there is one. */
export function guidPartitions(source: BlockSource): Section | undefined {
  const table = guidPartitionTable(source);
  if (table === undefined) return undefined;
  return {
    title: 'GUID partition table (GPT)',
    rows: [['disk', table.diskId]],
    table: {
      columns: ['#', 'type', 'first', 'last', 'size', 'name'],
      rows: table.partitions.map((p, i) => [
        `${i + 1}`,
        gptTypeName(p.type),
        number(p.first),
        number(p.last),
        size(p.last - p.first + 1),
        p.name,
      ]),
    },
    problems: table.problems,
  };
}

/** The volume of a CD-ROM image, if there is one. */
export function cdVolume(source: BlockSource): Section | undefined {
  const volume = isoVolume(source);
  if (volume === undefined) return undefined;
  const { label, blocks, boot } = volume;
  const rows: Row[] = [
    ['label', label === '' ? '(none)' : label],
    ['blocks', `${number(blocks)} of 2048 bytes`],
    [
      'El Torito',
      boot === undefined
        ? 'no boot entry'
        : `${boot.media}, ${boot.sectors} sectors from block ${boot.block} to ${hex(boot.loadSegment || 0x7c0, 4)}:0000`,
    ],
  ];
  return { title: 'CD-ROM volume (ISO 9660)', rows };
}
