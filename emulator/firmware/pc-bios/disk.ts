/** INT 13h, disks: which drive a call is for, and the status that it leaves. Source: as fixed-disk.ts and floppy.ts. */
import { type Outcome, outcome, STATUS, STATUS_TEXT } from './disk-status';
import { FIRST_DISK, FixedDiskServices } from './fixed-disk';
import { FloppyServices } from './floppy';
import { type Guest, hex2 } from './guest';
import { BDA_FIELDS } from './layout';
import { calledName } from './service-names';

const LAST_STATUS = 0x01;

export class Disks {
  private readonly floppies: FloppyServices;
  private readonly disks: FixedDiskServices;

  /** `place` gives the offset in the ROM of a table by label. */
  constructor(
    private readonly guest: Guest,
    place: (label: string) => number,
  ) {
    this.floppies = new FloppyServices(guest, place);
    this.disks = new FixedDiskServices(guest);
  }

  /** INT 13h, and INT 40h for floppy drives. */
  service(): void {
    const { guest } = this;
    const { ah: code, dl: drive } = guest;
    const name = calledName(0x13, guest.ax);
    const statusField = drive >= FIRST_DISK ? BDA_FIELDS.diskStatus : BDA_FIELDS.floppyStatus;
    const result = code === LAST_STATUS ? this.lastStatus(statusField) : this.dispatch(code, drive);
    const { status } = result;
    guest.ah = result.ah ?? status;
    guest.carry = status !== STATUS.ok;
    if (code !== LAST_STATUS) guest.setBda8(statusField, status);
    const inputs = result.inputs === undefined ? '' : `, ${result.inputs}`;
    guest.call(name, `drive ${hex2(drive)}${inputs}`, result.text ?? STATUS_TEXT[status]);
  }

  private dispatch(code: number, drive: number): Outcome {
    return drive >= FIRST_DISK ? this.disks.dispatch(code, drive) : this.floppies.dispatch(code, drive);
  }

  /** AH=01h: what the call before left, which stays. */
  private lastStatus(field: number): Outcome {
    const last = this.guest.bda8(field);
    return { ...outcome(last === 0 ? STATUS.ok : STATUS.badCommand, 'last status', hex2(last)), ah: last };
  }
}
