/**
 * What the firmware knows of floppy drives, by their type in CMOS byte 10h. Sources: IBM PS/2 and PC BIOS Interface
 * Technical Reference, INT 1Eh and data area 40:90h; Intel 82077AA data sheet for rates and gaps.
 */
import type { Medium } from './host';

/** Offsets in a parameter table. */
export const FLOPPY_TABLE_FIELDS = { motorOff: 2, sectorSize: 3, sectorsPerTrack: 4, filler: 8 } as const;

interface DriveRow {
  readonly geometry: Medium['geometry'];
  /** Of its parameter table in the ROM. */
  readonly label: string;
  readonly table: readonly number[];
  readonly changeLine: boolean;
  /** 40:90h for the drive's own medium: data rate in bits 6-7 (0: 500, 2: 250, 3: 1000 kbit/s), bit 4 known, type. */
  readonly mediaState: number;
}

/**
 * Step rate and head unload, head load and no DMA, motor off after 37 ticks, 512 bytes a sector, sectors a track, gap, data
 * length, gap of formatting, filler, head settle ms, motor start 1/8 s.
 */
const table = (sectorsPerTrack: number, gap: number, formatGap: number): readonly number[] => [
  ...[sectorsPerTrack === 9 ? 0xdf : 0xaf, 0x02, 37, 2, sectorsPerTrack, gap, 0xff, formatGap, 0xf6, 15, 8],
];

const row = (
  label: string,
  [cylinders, sectorsPerTrack]: readonly [number, number],
  [gap, formatGap]: readonly [number, number],
  changeLine: boolean,
  mediaState: number,
): DriveRow => ({
  geometry: { cylinders, heads: 2, sectorsPerTrack },
  label,
  table: table(sectorsPerTrack, gap, formatGap),
  changeLine,
  mediaState,
});

/** By type; INT 1Eh points at the table of a 1.44 MB drive. */
export const FLOPPY_DRIVES: Readonly<Record<number, DriveRow>> = {
  1: row('floppyTable360k', [40, 9], [0x2a, 0x50], false, 0x93),
  2: row('floppyTable1200k', [80, 15], [0x1b, 0x54], true, 0x15),
  3: row('floppyTable720k', [80, 9], [0x2a, 0x50], true, 0x97),
  4: row('floppyTable', [80, 18], [0x1b, 0x6c], true, 0x17),
  5: row('floppyTable2880k', [80, 36], [0x38, 0x53], true, 0xd7),
};
