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
): DriveRow => ({
  geometry: { cylinders, heads: 2, sectorsPerTrack },
  label,
  table: table(sectorsPerTrack, gap, formatGap),
  changeLine,
});

/** By type; INT 1Eh points at the table of a 1.44 MB drive. */
export const FLOPPY_DRIVES: Readonly<Record<number, DriveRow>> = {
  1: row('floppyTable360k', [40, 9], [0x2a, 0x50], false),
  2: row('floppyTable1200k', [80, 15], [0x1b, 0x54], true),
  3: row('floppyTable720k', [80, 9], [0x2a, 0x50], true),
  4: row('floppyTable', [80, 18], [0x1b, 0x6c], true),
  5: row('floppyTable2880k', [80, 36], [0x38, 0x53], true),
};

/** 40:90h: data rate in kbit/s by bits 6-7. */
const RATE = { k500: 0x00, k300: 0x40, k250: 0x80, k1000: 0xc0 } as const;
const DOUBLE_STEP = 0x20;
const KNOWN = 0x10;
/** Bits 0-2 of a drive of 5.25": which disk is in which drive; all others have one number. */
const STATE_360_IN_360 = 3;
const STATE_360_IN_1200 = 4;
const STATE_1200_IN_1200 = 5;
const STATE_OTHER = 7;
/** Cylinders from which on a disk is not one of 40. */
const EIGHTY_TRACK = 60;

/** 40:90h for a disk in a drive of `type`: rate, double stepping, known, and which kind it is. */
export function mediaState(type: number, { cylinders, sectorsPerTrack }: Medium['geometry']): number {
  const lowDensity = sectorsPerTrack < 15;
  const lowRate = type === 2 ? RATE.k300 : RATE.k250;
  const rate = sectorsPerTrack > 24 ? RATE.k1000 : lowDensity ? lowRate : RATE.k500;
  const step = cylinders < EIGHTY_TRACK && type !== 1 ? DOUBLE_STEP : 0;
  const inAt = lowDensity ? STATE_360_IN_1200 : STATE_1200_IN_1200;
  const kind = type === 1 ? STATE_360_IN_360 : type === 2 ? inAt : STATE_OTHER;
  return rate | step | KNOWN | kind;
}
