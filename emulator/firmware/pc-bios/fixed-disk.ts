/** INT 13h for hard disks by cylinder, head and sector. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 13h. */
import { noSuchDrive, noSuchFunction, type Outcome, outcome, sectorsText, STATUS } from './disk-status';
import {
  describeTransfer,
  isThere,
  lbaOf,
  moveSectors,
  notThere,
  placeOf,
  registerBuffer,
  type Transfer,
} from './disk-transfer';
import { ExtendedDisk } from './edd';
import type { Guest } from './guest';
import type { Medium } from './host';

export const FIRST_DISK = 0x80;
const MAX_COUNT = 128;

export class FixedDiskServices {
  private readonly extended: ExtendedDisk;

  constructor(private readonly guest: Guest) {
    this.extended = new ExtendedDisk(guest);
  }

  /** Does function `code` for drive `drive`, from 80h on. */
  dispatch(code: number, drive: number): Outcome {
    const { guest } = this;
    const medium = guest.host.disks[drive - FIRST_DISK];
    if (code === 0x15) return this.driveType(medium);
    if (medium === undefined) return noSuchDrive();
    switch (code) {
      case 0x00:
      case 0x0d:
        return outcome(STATUS.ok, 'reset');
      case 0x02:
        return this.transfer('read', medium);
      case 0x03:
        return this.transfer('write', medium);
      case 0x04:
        return this.transfer('verify', medium);
      case 0x05:
        // The sectors of such a drive were made by its maker.
        return outcome(STATUS.ok, `format C${placeOf(guest).cylinder} H${guest.dh}`, 'ok, nothing was changed');
      case 0x08:
        return this.parameters(medium);
      case 0x09:
        return outcome(STATUS.ok, 'take the parameters of INT 41h or 46h');
      case 0x0c:
        return this.seek(medium);
      case 0x10:
        return outcome(STATUS.ok);
      case 0x11:
        return outcome(STATUS.ok, 'recalibrate');
      case 0x14:
        return outcome(STATUS.ok, 'test of the controller');
      default:
        return this.extended.dispatch(code, medium) ?? noSuchFunction();
    }
  }

  private transfer(transfer: Transfer, medium: Medium): Outcome {
    const { guest } = this;
    const count = guest.al;
    const place = placeOf(guest);
    const inputs = describeTransfer(guest, transfer, count, place);
    const result =
      count === 0 || count > MAX_COUNT || place.sector === 0
        ? outcome(STATUS.badCommand)
        : isThere(medium, place)
          ? moveSectors(guest, transfer, medium, lbaOf(medium, place), count, registerBuffer(guest))
          : notThere(medium);
    if (result.status !== STATUS.ok) guest.al = 0;
    return { ...result, inputs };
  }

  private seek(medium: Medium): Outcome {
    const place = placeOf(this.guest);
    const there = isThere(medium, { ...place, sector: 1 });
    return { ...(there ? outcome(STATUS.ok) : notThere(medium)), inputs: `C${place.cylinder} H${place.head}` };
  }

  /** The last cylinder that is told is the last but one: the last was for tests of the drive. */
  private parameters({ geometry }: Medium): Outcome {
    const { guest } = this;
    const { cylinders, heads, sectorsPerTrack } = geometry;
    const last = Math.max(0, cylinders - 2);
    guest.al = 0;
    guest.cx = ((last & 0xff) << 8) | ((last >> 2) & 0xc0) | sectorsPerTrack;
    guest.dx = ((heads - 1) << 8) | guest.host.disks.length;
    return outcome(STATUS.ok, 'parameters', `C0-${last} H0-${heads - 1} S1-${sectorsPerTrack}`);
  }

  private driveType(medium: Medium | undefined): Outcome {
    const { guest } = this;
    if (medium === undefined) return { ...outcome(STATUS.ok, 'drive type', 'no such drive'), ah: 0 };
    const { cylinders, heads, sectorsPerTrack } = medium.geometry;
    const sectors = Math.max(1, cylinders - 1) * heads * sectorsPerTrack;
    guest.cx = sectors >>> 16;
    guest.dx = sectors & 0xffff;
    return { ...outcome(STATUS.ok, 'drive type', `hard disk, ${sectorsText(sectors)}`), ah: 3 };
  }
}
