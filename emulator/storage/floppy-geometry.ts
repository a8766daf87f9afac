/**
 * Geometry of floppy disks: by the image's length, or by the BIOS parameter block in its first sector.
 * Sources: ECMA-99, -100 and -125 (1.2 MB, 720 kB, 1.44 MB), IBM Technical Reference for the older formats.
 */
import { type BlockSource, head } from './block-source';
import { type Geometry, SECTOR_BYTES } from './block-device';
import { type ParameterBlock, parameterBlock } from './parameter-block';

/** Drive type as CMOS byte 10h and INT 13h AH=08h tell it. */
export const FLOPPY_DRIVE = { k360: 1, m1_2: 2, k720: 3, m1_44: 4, m2_88: 5 } as const;
export type FloppyDriveType = (typeof FLOPPY_DRIVE)[keyof typeof FLOPPY_DRIVE];

export interface FloppyFormat extends Geometry {
  readonly name: string;
  /** The drive that it was made for. */
  readonly drive: FloppyDriveType;
}

const format = (
  name: string,
  drive: FloppyDriveType,
  cylinders: number,
  heads: number,
  sectorsPerTrack: number,
): FloppyFormat => ({ name, drive, cylinders, heads, sectorsPerTrack });

/** Every usual format, smallest first. */
export const FLOPPY_FORMATS: readonly FloppyFormat[] = [
  format('160 kB 5.25"', FLOPPY_DRIVE.k360, 40, 1, 8),
  format('180 kB 5.25"', FLOPPY_DRIVE.k360, 40, 1, 9),
  format('320 kB 5.25"', FLOPPY_DRIVE.k360, 40, 2, 8),
  format('360 kB 5.25"', FLOPPY_DRIVE.k360, 40, 2, 9),
  format('640 kB 3.5"', FLOPPY_DRIVE.k720, 80, 2, 8),
  format('720 kB 3.5"', FLOPPY_DRIVE.k720, 80, 2, 9),
  format('1.2 MB 5.25"', FLOPPY_DRIVE.m1_2, 80, 2, 15),
  format('1.44 MB 3.5"', FLOPPY_DRIVE.m1_44, 80, 2, 18),
  format('1.68 MB 3.5" (DMF)', FLOPPY_DRIVE.m1_44, 80, 2, 21),
  format('1.72 MB 3.5"', FLOPPY_DRIVE.m1_44, 82, 2, 21),
  format('2.88 MB 3.5"', FLOPPY_DRIVE.m2_88, 80, 2, 36),
];

/**
 * Formats that are told by the length of their image alone: what was formatted with more sectors or cylinders than usual.
 * QEMU's floppy controller takes them, too.
 */
const RARE_FORMATS: readonly FloppyFormat[] = [
  format('410 kB 5.25"', FLOPPY_DRIVE.k360, 41, 2, 10),
  format('420 kB 5.25"', FLOPPY_DRIVE.k360, 42, 2, 10),
  format('800 kB 3.5"', FLOPPY_DRIVE.k720, 80, 2, 10),
  format('820 kB 3.5"', FLOPPY_DRIVE.k720, 82, 2, 10),
  format('830 kB 3.5"', FLOPPY_DRIVE.k720, 83, 2, 10),
  format('880 kB 5.25"', FLOPPY_DRIVE.m1_2, 80, 2, 11),
  format('1.04 MB 3.5"', FLOPPY_DRIVE.m1_44, 80, 2, 13),
  format('1.12 MB 3.5"', FLOPPY_DRIVE.m1_44, 80, 2, 14),
  format('1.48 MB 5.25"', FLOPPY_DRIVE.m1_2, 82, 2, 18),
  format('1.49 MB 5.25"', FLOPPY_DRIVE.m1_2, 83, 2, 18),
  format('1.6 MB 3.5"', FLOPPY_DRIVE.m1_44, 80, 2, 20),
  format('1.74 MB 3.5"', FLOPPY_DRIVE.m1_44, 83, 2, 21),
  format('1.76 MB 3.5"', FLOPPY_DRIVE.m1_44, 80, 2, 22),
  format('1.84 MB 3.5"', FLOPPY_DRIVE.m1_44, 80, 2, 23),
  format('1.92 MB 3.5"', FLOPPY_DRIVE.m1_44, 80, 2, 24),
  format('3.12 MB 3.5"', FLOPPY_DRIVE.m2_88, 80, 2, 39),
  format('3.2 MB 3.5"', FLOPPY_DRIVE.m2_88, 80, 2, 40),
  format('3.52 MB 3.5"', FLOPPY_DRIVE.m2_88, 80, 2, 44),
  format('3.84 MB 3.5"', FLOPPY_DRIVE.m2_88, 80, 2, 48),
];

const STANDARD = FLOPPY_FORMATS.find((row) => row.name.startsWith('1.44')) as FloppyFormat;
/** Length in bytes of the largest usual floppy disk. */
export const MAX_FLOPPY_BYTES = 80 * 2 * 36 * SECTOR_BYTES;

export const geometrySectors = (geometry: Geometry): number =>
  geometry.cylinders * geometry.heads * geometry.sectorsPerTrack;

const ofLength = (formats: readonly FloppyFormat[], bytes: number): FloppyFormat | undefined =>
  formats.find((row) => geometrySectors(row) * SECTOR_BYTES === bytes);

/** The usual format whose images are exactly `bytes` long. */
export const formatByLength = (bytes: number): FloppyFormat | undefined => ofLength(FLOPPY_FORMATS, bytes);

/** The floppy format that a parameter block describes, if it is one that a floppy drive can hold. */
function formatOfBlock(block: ParameterBlock): FloppyFormat | undefined {
  const perCylinder = block.heads * block.sectorsPerTrack;
  if (block.heads > 2 || block.sectorsPerTrack > 36 || block.sectors % perCylinder !== 0) return undefined;
  const cylinders = block.sectors / perCylinder;
  if (cylinders > 84) return undefined;
  const known = [...FLOPPY_FORMATS, ...RARE_FORMATS].find(
    (row) => row.cylinders === cylinders && row.heads === block.heads && row.sectorsPerTrack === block.sectorsPerTrack,
  );
  if (known !== undefined) return known;
  const drive = FLOPPY_FORMATS.find((row) => geometrySectors(row) >= block.sectors)?.drive ?? FLOPPY_DRIVE.m2_88;
  return format('format of its boot sector', drive, cylinders, block.heads, block.sectorsPerTrack);
}

/**
 * The format of the floppy disk in an image: that of its length; else the one its parameter block tells; else, for a
 * boot sector alone or one with a program after it, the smallest of 1.44 MB and 2.88 MB that holds it.
 * @throws Error when the image is empty or too long for any floppy disk.
 */
export function floppyFormat(source: BlockSource): FloppyFormat {
  if (source.length === 0) throw new Error('The floppy image is empty (0 bytes).');
  const exact = formatByLength(source.length) ?? ofLength(RARE_FORMATS, source.length);
  if (exact !== undefined) return exact;
  const block = parameterBlock(head(source, SECTOR_BYTES));
  const told = block === undefined ? undefined : formatOfBlock(block);
  if (told !== undefined && geometrySectors(told) * SECTOR_BYTES >= source.length) return told;
  const fitting = [STANDARD, ...FLOPPY_FORMATS.slice(FLOPPY_FORMATS.indexOf(STANDARD))].find(
    (row) => geometrySectors(row) * SECTOR_BYTES >= source.length,
  );
  if (fitting === undefined) {
    throw new Error(
      `The image of ${source.length} bytes is too long for a floppy disk (at most ${MAX_FLOPPY_BYTES} bytes); ` +
        'attach it as a hard disk instead.',
    );
  }
  return fitting;
}
