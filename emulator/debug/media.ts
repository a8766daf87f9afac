/** Exchanging floppy disks of the built-in machine. */
import { FloppyDisk } from '../storage/floppy-disk';
import { floppyDriveId } from '../storage/floppy-drives';
import { identifyMedium } from '../storage/identify';
import { type BlockSource, MemorySource } from '../storage/block-source';
import type { Timeline } from '../timeline/timeline';
import type { DriveView, MediaCapability } from './target';

/** An image file that is open for the time of `close`. */
export interface OpenImage extends BlockSource {
  readonly name: string;
  close(): void;
}

/** @throws Error that names the file and says why it can't be opened */
export type OpenImageFile = (path: string) => OpenImage;

export class Media implements MediaCapability {
  constructor(
    private readonly timeline: Timeline,
    private readonly open: OpenImageFile,
  ) {}

  private get floppies() {
    return this.timeline.machine.board.floppies;
  }

  drives(): readonly DriveView[] {
    return this.floppies.drives.map(({ disk }, index) => ({
      id: floppyDriveId(index),
      title: `floppy drive ${String.fromCharCode(0x41 + index)}`,
      ...(disk === undefined ? {} : { medium: { name: disk.name, format: disk.format.name, written: disk.written } }),
    }));
  }

  exchange(drive: string, path?: string): void {
    this.floppies.drive(drive);
    const disk = path === undefined ? undefined : this.load(drive, path);
    this.timeline.input({ type: 'media', drive, disk });
  }

  /** @throws Error in words for the person */
  private load(drive: string, path: string): FloppyDisk {
    const image = this.open(path);
    try {
      const { kind, why } = identifyMedium(image);
      if (kind === 'unsupported') throw new Error(why);
      return this.known(drive, new FloppyDisk(image.name, image));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${image.name} can not be put into a floppy drive. ${why}`, { cause: error });
    } finally {
      image.close();
    }
  }

  /** The disk of the same image that was there before, so that it has what was written to it; else this one. */
  private known(drive: string, read: FloppyDisk): FloppyDisk {
    const into = this.floppies.drive(drive);
    const elsewhere = this.floppies.drives.flatMap((one) => (one === into || one.disk === undefined ? [] : [one.disk]));
    const same = [...this.timeline.disks].filter(({ digest }) => digest === read.digest);
    const [twin] = same;
    return (
      same.find((disk) => disk.name === read.name && !elsewhere.includes(disk)) ??
      // Equal images are held once.
      (twin === undefined ? read : new FloppyDisk(read.name, new MemorySource(twin.content)))
    );
  }
}
