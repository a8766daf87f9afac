/**
 * INT 13h for floppy drives, and INT 40h. Sources: IBM PS/2 and PC BIOS Interface Technical Reference, INT 13h, diskette;
 * Intel 82077AA data sheet for what the controller does at the end of a track.
 */
import { type Outcome, noSuchDrive, noSuchFunction, outcome, STATUS } from './disk-status';
import {
  describeTransfer,
  isThere,
  lbaOf,
  moveSectors,
  notThere,
  placeOf,
  registerBuffer,
  SECTOR_BYTES,
  type Transfer,
} from './disk-transfer';
import { FLOPPY_DRIVES, FLOPPY_TABLE_FIELDS, mediaState } from './floppy-tables';
import { type Guest, linear } from './guest';
import type { FloppyDrive, Medium } from './host';
import { BDA_FIELDS, ROM_SEGMENT } from './layout';

const FLOPPY_VECTOR = 0x1e;
/** A DMA channel does not carry from one 64 KiB page into the next. */
const DMA_PAGE = 0x1_0000;
/** Code of 512 bytes in the parameter table: 128 << n. */
const CODE_512 = 2;
const FIELD_BYTES = 4;

export class FloppyServices {
  /** `place` gives the offset in the ROM of a table by label. */
  constructor(
    private readonly guest: Guest,
    private readonly place: (label: string) => number,
  ) {}

  /** Does function `code` for drive `drive`, below 80h. */
  dispatch(code: number, drive: number): Outcome {
    const { guest } = this;
    const { floppies } = guest.host;
    const floppy = floppies[drive];
    // These answer for drives that do not exist, too.
    if (code === 0x00) return outcome(STATUS.ok, 'reset');
    if (code === 0x08) return this.parameters(floppy);
    if (code === 0x15) return this.driveType(floppy);
    if (floppy === undefined) return noSuchDrive();
    switch (code) {
      case 0x02:
        return this.transfer('read', floppy, drive);
      case 0x03:
        return this.transfer('write', floppy, drive);
      case 0x04:
        return this.transfer('verify', floppy, drive);
      case 0x05:
        return this.format(floppy, drive);
      case 0x16:
        return this.changeLine(floppy);
      case 0x17:
        return this.diskType(floppy, drive);
      case 0x18:
        return this.mediaType(floppy, drive);
      default:
        return noSuchFunction();
    }
  }

  /** A byte of the parameter table that INT 1Eh points at now. */
  private tableByte(field: number): number {
    const { memory } = this.guest;
    const vector = FLOPPY_VECTOR * 4;
    return memory.read(linear(memory.read(vector + 2, 2), memory.read(vector, 2) + field), 1);
  }

  /** The motor runs, and INT 08h turns it off when the table's time is over. */
  private motorOn(drive: number): void {
    const { guest } = this;
    guest.setBda8(BDA_FIELDS.floppyMotor, guest.bda8(BDA_FIELDS.floppyMotor) | (1 << (drive & 3)));
    guest.setBda8(BDA_FIELDS.floppyTimeout, this.tableByte(FLOPPY_TABLE_FIELDS.motorOff));
  }

  /**
   * What stands in the way of using the disk in a drive: there is none, or it was changed. The latter is told once: the
   * head steps, and the drive's data rate is found anew (AT Technical Reference, BIOS listing, MED_CHANGE).
   */
  private notUsable(floppy: FloppyDrive, drive: number): Outcome | undefined {
    const { medium } = floppy;
    if (medium === undefined) return outcome(STATUS.notReady);
    if (!floppy.changed || !FLOPPY_DRIVES[floppy.type]?.changeLine) return undefined;
    floppy.step();
    if (drive < 2) this.guest.setBda8(BDA_FIELDS.floppyMedia + drive, mediaState(floppy.type, medium.geometry));
    return outcome(STATUS.changed);
  }

  /** AH=16h: looks at the change line, and leaves it as it is. */
  private changeLine(floppy: FloppyDrive): Outcome {
    if (floppy.medium === undefined) return outcome(STATUS.notReady);
    if (!FLOPPY_DRIVES[floppy.type]?.changeLine) {
      return outcome(STATUS.changed, undefined, 'error 06h, the drive has no change line');
    }
    return floppy.changed ? outcome(STATUS.changed) : outcome(STATUS.ok, undefined, 'not changed');
  }

  private transfer(transfer: Transfer, floppy: FloppyDrive, drive: number): Outcome {
    const { guest } = this;
    const count = guest.al;
    const place = placeOf(guest);
    const inputs = describeTransfer(guest, transfer, count, place);
    const { moved, result } = this.move(transfer, floppy, drive, count);
    if (result.status !== STATUS.ok) guest.al = moved;
    return { ...result, inputs };
  }

  /** Moves sectors as the controller does, up to where it can't; tells how many. */
  private move(
    transfer: Transfer,
    floppy: FloppyDrive,
    drive: number,
    count: number,
  ): { readonly moved: number; readonly result: Outcome } {
    const { guest } = this;
    const { medium } = floppy;
    const buffer = registerBuffer(guest);
    const place = placeOf(guest);
    const failed = (result: Outcome) => ({ moved: 0, result });
    if (count === 0 || place.sector === 0) return failed(outcome(STATUS.badCommand));
    if (transfer !== 'verify' && (buffer % DMA_PAGE) + count * SECTOR_BYTES > DMA_PAGE) {
      return failed(outcome(STATUS.dmaBoundary));
    }
    this.motorOn(drive);
    const obstacle = this.notUsable(floppy, drive);
    if (obstacle !== undefined || medium === undefined) return failed(obstacle ?? outcome(STATUS.notReady));
    if (this.tableByte(FLOPPY_TABLE_FIELDS.sectorSize) !== CODE_512) {
      const text = 'error 04h, the table at INT 1Eh asks for sectors that have not 512 bytes';
      return failed(outcome(STATUS.sectorNotFound, undefined, text));
    }
    if (!isThere(medium, place)) return failed(notThere(medium));
    // Multi-track: behind the last sector of head 0 comes the first of head 1, behind that of head 1 nothing.
    const { heads, sectorsPerTrack } = medium.geometry;
    const left = (heads - place.head) * sectorsPerTrack - place.sector + 1;
    const possible = Math.min(count, left);
    const result = moveSectors(guest, transfer, medium, lbaOf(medium, place), possible, buffer);
    if (result.status !== STATUS.ok) return failed(result);
    if (possible === count) return { moved: count, result };
    const text = `error 04h, the cylinder ends behind ${possible} of them`;
    return { moved: possible, result: outcome(STATUS.sectorNotFound, undefined, text) };
  }

  /** AH=05h: the track is made anew, by the address fields (C, H, R, N) at ES:BX. */
  private format(floppy: FloppyDrive, drive: number): Outcome {
    const { guest } = this;
    const { ch: cylinder, dh: head } = guest;
    const inputs = `C${cylinder} H${head}`;
    this.motorOn(drive);
    const { medium } = floppy;
    const obstacle = this.notUsable(floppy, drive);
    if (obstacle !== undefined || medium === undefined) return { ...(obstacle ?? outcome(STATUS.notReady)), inputs };
    const { cylinders, heads, sectorsPerTrack } = medium.geometry;
    if (cylinder >= cylinders || head >= heads) return { ...notThere(medium), inputs };
    if (medium.readOnly) return outcome(STATUS.writeProtected, inputs);
    const fields = guest.readBytes(registerBuffer(guest), sectorsPerTrack * FIELD_BYTES);
    for (let i = 0; i < sectorsPerTrack; i++) {
      const [c, h, r, n] = fields.subarray(i * FIELD_BYTES, (i + 1) * FIELD_BYTES);
      if (c !== cylinder || h !== head || r === 0 || r > sectorsPerTrack || n !== CODE_512) {
        // An image has no place for other sectors.
        const text = `error 20h, sector ${i + 1} would be C${c} H${h} S${r} of code ${n}: an image can not hold that`;
        return outcome(STATUS.controllerFailed, inputs, text);
      }
    }
    const track = new Uint8Array(sectorsPerTrack * SECTOR_BYTES).fill(this.tableByte(FLOPPY_TABLE_FIELDS.filler));
    medium.write(lbaOf(medium, { cylinder, head, sector: 1 }), track);
    return outcome(STATUS.ok, inputs);
  }

  /* ---------------------------------------------------------------------------------- questions */

  private pointToTable(type: number): void {
    this.guest.es = ROM_SEGMENT;
    this.guest.di = this.place(FLOPPY_DRIVES[type]?.label ?? 'floppyTable');
  }

  private parameters(floppy: FloppyDrive | undefined): Outcome {
    const { guest } = this;
    const { floppies } = guest.host;
    const geometry: Medium['geometry'] | undefined =
      floppy?.medium?.geometry ?? FLOPPY_DRIVES[floppy?.type ?? 0]?.geometry;
    if (floppy === undefined || geometry === undefined) {
      guest.ax = 0;
      guest.bx = 0;
      guest.cx = 0;
      guest.dx = floppies.length;
      return outcome(STATUS.ok, 'parameters', `no such drive, ${floppies.length} in all`);
    }
    const { cylinders, heads, sectorsPerTrack } = geometry;
    guest.al = 0;
    guest.bx = floppy.type;
    guest.cx = ((cylinders - 1) << 8) | sectorsPerTrack;
    guest.dx = ((heads - 1) << 8) | floppies.length;
    this.pointToTable(floppy.type);
    return outcome(STATUS.ok, 'parameters', `C0-${cylinders - 1} H0-${heads - 1} S1-${sectorsPerTrack}`);
  }

  private driveType(floppy: FloppyDrive | undefined): Outcome {
    if (floppy === undefined) return { ...outcome(STATUS.ok, 'drive type', 'no such drive'), ah: 0 };
    const changeLine = FLOPPY_DRIVES[floppy.type]?.changeLine ?? false;
    const text = `floppy ${changeLine ? 'with' : 'without'} change line`;
    return { ...outcome(STATUS.ok, 'drive type', text), ah: changeLine ? 2 : 1 };
  }

  /** AH=17h: takes a change of the disk as known. */
  private diskType(floppy: FloppyDrive, drive: number): Outcome {
    const { al } = this.guest;
    const inputs = `disk type ${al}`;
    if (al < 1 || al > 4) return outcome(STATUS.badCommand, inputs);
    this.notUsable(floppy, drive);
    return outcome(STATUS.ok, inputs);
  }

  /** AH=18h: whether a format of CH + 1 cylinders and CL sectors a track fits; ES:DI is its table. */
  private mediaType(floppy: FloppyDrive, drive: number): Outcome {
    const { guest } = this;
    const cylinders = (guest.ch | ((guest.cl & 0xc0) << 2)) + 1;
    const sectors = guest.cl & 0x3f;
    const inputs = `${cylinders} cylinders, ${sectors} sectors a track`;
    if (floppy.medium === undefined) return outcome(STATUS.notReady, inputs);
    // A change of the disk is taken as known.
    this.notUsable(floppy, drive);
    const { geometry } = floppy.medium;
    if (cylinders > geometry.cylinders || sectors !== geometry.sectorsPerTrack) {
      return outcome(STATUS.mediaTypeUnknown, inputs);
    }
    this.pointToTable(floppy.type);
    return outcome(STATUS.ok, inputs);
  }
}
