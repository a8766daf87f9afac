/**
 * Floppy drives, and the disks that lie beside them. A disk that is taken out keeps what was written to it, as a real one
 * does; one that nothing was written to is forgotten. The disk-change line is that of the drive's interface: it is set
 * when the disk is taken out or another comes in, and taken back by a step of the head with a disk in the drive.
 * Source: IBM PC AT Technical Reference, fixed disk and diskette adapter, digital input register bit 7.
 */
import type { Digest } from '../state/digest';
import type { FloppyDisk } from './floppy-disk';
import { FLOPPY_DRIVE, type FloppyDriveType } from './floppy-geometry';
import type { ImageDevice } from './image-device';

/** Bytes of disks that lie beside the drives; beyond them the disk that was taken out first is forgotten. */
const MOST_BESIDE = 32 * 2 ** 20;

export class FloppyDrive {
  readonly type: FloppyDriveType;
  /** The disk-change line. */
  changed = false;
  /** The disk that it had at power-on. */
  private readonly original: FloppyDisk | undefined;

  /** @param disk in it at power-on: the drive is of the type that it was made for, else for 1.44 MB */
  constructor(public disk: FloppyDisk | undefined) {
    this.type = disk?.format.drive ?? FLOPPY_DRIVE.m1_44;
    this.original = disk;
  }

  get medium(): ImageDevice | undefined {
    return this.disk?.medium;
  }

  /** The head steps: with a disk in the drive that takes the change line back. */
  step(): void {
    if (this.disk !== undefined) this.changed = false;
  }

  /** Takes in what it has now; nothing where all is as at power-on, but for what was written to the disk. */
  digest(digest: Digest): void {
    if (this.changed || this.disk !== this.original) {
      digest.text(`${this.changed ? 'changed' : 'same'} ${this.disk?.digest ?? 'empty'}`);
    }
    this.disk?.medium.overlay.digest(digest);
  }
}

/** Immutable; of the drives that saved it. What was written to the disks is saved with the other media. */
export interface FloppyDrivesState {
  readonly drives: readonly { readonly disk: FloppyDisk | undefined; readonly changed: boolean }[];
  readonly disks: readonly FloppyDisk[];
}

/** How a drive is called: `floppy0` is drive A. */
export const floppyDriveId = (index: number): string => `floppy${index}`;

export class FloppyDrives {
  readonly drives: readonly FloppyDrive[];
  /** Those in the drives, and those beside them that were written to, in the order in which they came. */
  private known: readonly FloppyDisk[];

  /** One drive a disk, A first, and drive A at least. */
  constructor(disks: readonly FloppyDisk[]) {
    this.drives = disks.length === 0 ? [new FloppyDrive(undefined)] : disks.map((disk) => new FloppyDrive(disk));
    this.known = disks;
  }

  get disks(): readonly FloppyDisk[] {
    return this.known;
  }

  /** @throws Error for a drive that is not there */
  drive(id: string): FloppyDrive {
    const drive = this.drives.find((_, index) => floppyDriveId(index) === id);
    if (drive !== undefined) return drive;
    const all = this.drives.map((_, index) => floppyDriveId(index)).join(' and ');
    throw new Error(`This machine has no drive '${id}'; it has ${all}.`);
  }

  /**
   * Takes the disk out of a drive and puts another in, where one is given. A disk that does not lie beside the drives is
   * as its image is.
   * @throws Error for a drive that is not there, or a disk that is in another one
   */
  exchange(id: string, disk: FloppyDisk | undefined): void {
    const drive = this.drive(id);
    if (disk !== undefined) {
      const other = this.drives.findIndex((one) => one !== drive && one.disk === disk);
      if (other >= 0) throw new Error(`The disk ${disk.name} is in drive '${floppyDriveId(other)}'.`);
      if (!this.known.includes(disk)) disk.medium.overlay.reset();
    }
    const before = drive.disk;
    drive.disk = disk;
    drive.changed = true;
    // Who was taken out last comes last.
    const rest = this.known.filter((one) => one !== before && one !== disk);
    this.known = this.kept([...rest, before, disk].filter((one) => one !== undefined));
  }

  private kept(disks: readonly FloppyDisk[]): readonly FloppyDisk[] {
    const inside = (disk: FloppyDisk) => this.drives.some((drive) => drive.disk === disk);
    const kept = disks.filter((disk, index) => (inside(disk) || disk.written) && disks.indexOf(disk) === index);
    let bytes = kept.reduce((sum, disk) => sum + (inside(disk) ? 0 : disk.bytesHeld), 0);
    return kept.filter((disk) => {
      if (bytes <= MOST_BESIDE || inside(disk)) return true;
      bytes -= disk.bytesHeld;
      return false;
    });
  }

  save(): FloppyDrivesState {
    return { drives: this.drives.map(({ disk, changed }) => ({ disk, changed })), disks: this.known };
  }

  /** Goes back to a state that these drives saved; what was written to the disks is the caller's to put back. */
  load(state: FloppyDrivesState): void {
    this.drives.forEach((drive, index) => {
      const saved = state.drives[index];
      drive.disk = saved?.disk;
      drive.changed = saved?.changed ?? false;
    });
    this.known = state.disks;
  }

  digest(digest: Digest): void {
    for (const drive of this.drives) drive.digest(digest);
    for (const disk of this.known) {
      if (this.drives.some((drive) => drive.disk === disk)) continue;
      digest.text(disk.digest);
      disk.medium.overlay.digest(digest);
    }
  }
}
