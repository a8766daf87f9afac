/**
 * INT 13h, disks. Sources: IBM PS/2 and PC BIOS Interface Technical Reference, INT 13h; T13 1572D "BIOS Enhanced Disk
 * Drive Services 3.0" for AH=41h to 48h.
 */
import { BDA_FIELDS, ROM_SEGMENT } from './layout';
import { farText, type Guest, hex2, linear } from './guest';
import type { FloppyDrive, Medium } from './host';

const SECTOR_BYTES = 512;
const FIRST_DISK = 0x80;
/** Most sectors a call, by CHS and by packet. */
const MAX_CHS_COUNT = 128;
const MAX_PACKET_COUNT = 127;
const FORMAT_FILLER = 0xf6;

/** Status in AH and in the data area. */
const STATUS = {
  ok: 0x00,
  badCommand: 0x01,
  writeProtected: 0x03,
  sectorNotFound: 0x04,
  controllerFailed: 0x20,
  notReady: 0x80,
} as const;
type Status = (typeof STATUS)[keyof typeof STATUS];

const STATUS_TEXT: Readonly<Record<Status, string>> = {
  [STATUS.ok]: 'ok',
  [STATUS.badCommand]: 'error 01h, bad command or parameter',
  [STATUS.writeProtected]: 'error 03h, write-protected',
  [STATUS.sectorNotFound]: 'error 04h, sector not found',
  [STATUS.controllerFailed]: 'error 20h, controller failed',
  [STATUS.notReady]: 'error 80h, not ready: no disk in the drive',
};

/** What a function gives back: the status, and texts for people. */
interface Outcome {
  readonly status: Status;
  readonly inputs?: string;
  /** Instead of the status's own text. */
  readonly text?: string;
  /** AH when it carries something else than the status. */
  readonly ah?: number;
}

type Transfer = 'read' | 'write' | 'verify';

const outcome = (status: Status, inputs?: string, text?: string): Outcome => ({
  status,
  ...(inputs === undefined ? {} : { inputs }),
  ...(text === undefined ? {} : { text }),
});

const sectorsText = (count: number): string => `${count} ${count === 1 ? 'sector' : 'sectors'}`;

/** Cylinders, heads and sectors that a floppy drive is for, by its type (1 to 5), when there is no disk in it. */
const DRIVE_GEOMETRY: Readonly<Record<number, Medium['geometry']>> = {
  1: { cylinders: 40, heads: 2, sectorsPerTrack: 9 },
  2: { cylinders: 80, heads: 2, sectorsPerTrack: 15 },
  3: { cylinders: 80, heads: 2, sectorsPerTrack: 9 },
  4: { cylinders: 80, heads: 2, sectorsPerTrack: 18 },
  5: { cylinders: 80, heads: 2, sectorsPerTrack: 36 },
};

export class Disks {
  constructor(
    private readonly guest: Guest,
    private readonly floppyTable: number,
  ) {}

  private floppy(drive: number): FloppyDrive | undefined {
    return this.guest.host.floppies[drive];
  }

  private medium(drive: number): Medium | undefined {
    return drive >= FIRST_DISK ? this.guest.host.disks[drive - FIRST_DISK] : this.floppy(drive)?.medium;
  }

  /** INT 13h, and INT 40h for floppy drives. */
  service(): void {
    const { guest } = this;
    const { ah: code, dl: drive } = guest;
    const result = this.dispatch(code, drive);
    const { status } = result;
    guest.ah = result.ah ?? status;
    guest.carry = status !== STATUS.ok;
    // AH=01h asks for the last status, so it must not replace it.
    if (code !== 0x01) guest.setBda8(drive >= FIRST_DISK ? BDA_FIELDS.diskStatus : BDA_FIELDS.floppyStatus, status);
    const inputs = result.inputs === undefined ? '' : `, ${result.inputs}`;
    guest.call(`INT 13h AH=${hex2(code)}`, `drive ${hex2(drive)}${inputs}`, result.text ?? STATUS_TEXT[status]);
  }

  private dispatch(code: number, drive: number): Outcome {
    const { guest } = this;
    // Questions that drives which do not exist answer too.
    if (code === 0x00) return outcome(STATUS.ok, 'reset');
    if (code === 0x08) return this.parameters(drive);
    if (code === 0x15) return this.driveType(drive);
    const exists = drive >= FIRST_DISK ? this.medium(drive) !== undefined : this.floppy(drive) !== undefined;
    if (!exists) return outcome(STATUS.badCommand, undefined, 'error 01h, there is no such drive');
    if (code === 0x01) {
      const last = guest.bda8(drive >= FIRST_DISK ? BDA_FIELDS.diskStatus : BDA_FIELDS.floppyStatus);
      return { ...outcome(last === 0 ? STATUS.ok : STATUS.badCommand, 'last status', hex2(last)), ah: last };
    }
    const medium = this.medium(drive);
    if (medium === undefined) return outcome(STATUS.notReady);
    switch (code) {
      case 0x02:
        return this.byChs('read', medium);
      case 0x03:
        return this.byChs('write', medium);
      case 0x04:
        return this.byChs('verify', medium);
      case 0x05:
        return drive < FIRST_DISK
          ? this.format(medium)
          : outcome(STATUS.badCommand, 'format', 'not supported on hard disks');
      case 0x16:
        return drive < FIRST_DISK ? outcome(STATUS.ok, 'change line', 'not changed') : outcome(STATUS.badCommand);
      case 0x17:
        return drive < FIRST_DISK ? outcome(STATUS.ok, 'set disk type') : outcome(STATUS.badCommand);
      case 0x18:
        return drive < FIRST_DISK ? this.mediaType(medium) : outcome(STATUS.badCommand);
      case 0x09:
      case 0x0d:
      case 0x10:
      case 0x11:
      case 0x14:
        return outcome(drive >= FIRST_DISK ? STATUS.ok : STATUS.badCommand);
      case 0x0c:
        return drive >= FIRST_DISK ? this.byChs('verify', medium, 1) : outcome(STATUS.badCommand);
      default:
        return drive >= FIRST_DISK ? this.extended(code, medium) : this.unknown();
    }
  }

  private unknown(): Outcome {
    return outcome(STATUS.badCommand, undefined, 'error 01h, no such function');
  }

  /* ---------------------------------------------------------------------------------- by cylinder, head, sector */

  /** Cylinder in CH and bits 6-7 of CL, sector in CL, head in DH. */
  private byChs(transfer: Transfer, medium: Medium, only?: number): Outcome {
    const { guest } = this;
    const count = only ?? guest.al;
    const cylinder = guest.ch | ((guest.cl & 0xc0) << 2);
    const head = guest.dh;
    const sector = guest.cl & 0x3f;
    const place = `C${cylinder} H${head} S${sector}`;
    const buffer = linear(guest.es, guest.bx);
    const arrow = transfer === 'verify' ? '' : ` ${transfer === 'read' ? '->' : '<-'} ${farText(guest.es, guest.bx)}`;
    const inputs = `${transfer} ${sectorsText(count)} at ${place}${arrow}`;
    const { cylinders, heads, sectorsPerTrack } = medium.geometry;
    if (count === 0 || count > MAX_CHS_COUNT || sector === 0) {
      if (only === undefined) guest.al = 0;
      return outcome(STATUS.badCommand, inputs);
    }
    const there = cylinder < cylinders && head < heads && sector <= sectorsPerTrack;
    const lba = (cylinder * heads + head) * sectorsPerTrack + sector - 1;
    const result: Outcome = there
      ? this.transfer(transfer, medium, lba, count, buffer)
      : outcome(
          STATUS.sectorNotFound,
          undefined,
          `error 04h, the disk has C0-${cylinders - 1} H0-${heads - 1} S1-${sectorsPerTrack}`,
        );
    if (result.status !== STATUS.ok && only === undefined) guest.al = 0;
    return { ...result, inputs };
  }

  /** Moves whole sectors, or none. */
  private transfer(transfer: Transfer, medium: Medium, lba: number, count: number, buffer: number): Outcome {
    const { guest } = this;
    if (lba + count > medium.sectors) {
      return outcome(STATUS.sectorNotFound, undefined, `error 04h, the disk ends at sector ${medium.sectors}`);
    }
    if (transfer === 'write' && medium.readOnly) return outcome(STATUS.writeProtected);
    try {
      if (transfer === 'read') guest.writeBytes(buffer, medium.read(lba, count));
      else if (transfer === 'write') medium.write(lba, guest.readBytes(buffer, count * SECTOR_BYTES));
    } catch (error) {
      // The host could not read its file: to the guest, a broken drive.
      return outcome(
        STATUS.controllerFailed,
        undefined,
        `error 20h: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    return outcome(STATUS.ok);
  }

  /** AH=05h: the track's sectors are made anew; the address fields at ES:BX are taken to be in order. */
  private format(medium: Medium): Outcome {
    const { guest } = this;
    const { cylinders, heads, sectorsPerTrack } = medium.geometry;
    const inputs = `format C${guest.ch} H${guest.dh}`;
    if (guest.ch >= cylinders || guest.dh >= heads) return outcome(STATUS.sectorNotFound, inputs);
    if (medium.readOnly) return outcome(STATUS.writeProtected, inputs);
    const track = new Uint8Array(sectorsPerTrack * SECTOR_BYTES).fill(FORMAT_FILLER);
    medium.write((guest.ch * heads + guest.dh) * sectorsPerTrack, track);
    return outcome(STATUS.ok, inputs);
  }

  /* ---------------------------------------------------------------------------------- questions */

  private pointToFloppyTable(): void {
    this.guest.es = ROM_SEGMENT;
    this.guest.di = this.floppyTable;
  }

  private parameters(drive: number): Outcome {
    const { guest } = this;
    const { floppies, disks } = guest.host;
    const isDisk = drive >= FIRST_DISK;
    const floppy = this.floppy(drive);
    const geometry = isDisk
      ? this.medium(drive)?.geometry
      : (floppy?.medium?.geometry ?? DRIVE_GEOMETRY[floppy?.type ?? 0]);
    if (geometry === undefined) {
      if (isDisk) return outcome(STATUS.badCommand, 'parameters', 'error 01h, there is no such drive');
      guest.ax = 0;
      guest.bx = 0;
      guest.cx = 0;
      guest.dx = floppies.length;
      return outcome(STATUS.ok, 'parameters', `no such drive, ${floppies.length} in all`);
    }
    const lastCylinder = geometry.cylinders - 1;
    guest.al = 0;
    guest.cx = ((lastCylinder & 0xff) << 8) | ((lastCylinder >> 2) & 0xc0) | geometry.sectorsPerTrack;
    guest.dh = geometry.heads - 1;
    guest.dl = isDisk ? disks.length : floppies.length;
    if (!isDisk) {
      guest.bx = floppy?.type ?? 0;
      this.pointToFloppyTable();
    }
    const { cylinders, heads, sectorsPerTrack } = geometry;
    return outcome(STATUS.ok, 'parameters', `C0-${cylinders - 1} H0-${heads - 1} S1-${sectorsPerTrack}`);
  }

  private driveType(drive: number): Outcome {
    const { guest } = this;
    if (drive >= FIRST_DISK) {
      const medium = this.medium(drive);
      if (medium === undefined) return { ...outcome(STATUS.ok, 'drive type', 'no such drive'), ah: 0 };
      const sectors = Math.min(medium.sectors, 0xffff_ffff);
      guest.cx = sectors >>> 16;
      guest.dx = sectors & 0xffff;
      return { ...outcome(STATUS.ok, 'drive type', `hard disk, ${sectorsText(sectors)}`), ah: 3 };
    }
    const exists = this.floppy(drive) !== undefined;
    return {
      ...outcome(STATUS.ok, 'drive type', exists ? 'floppy, no change line' : 'no such drive'),
      ah: exists ? 1 : 0,
    };
  }

  /** AH=18h: whether a format of CH cylinders and CL sectors a track fits. */
  private mediaType(medium: Medium): Outcome {
    const { guest } = this;
    const cylinders = (guest.ch | ((guest.cl & 0xc0) << 2)) + 1;
    const sectors = guest.cl & 0x3f;
    const inputs = `format of ${cylinders} cylinders, ${sectors} sectors a track`;
    const fits = cylinders <= medium.geometry.cylinders && sectors === medium.geometry.sectorsPerTrack;
    if (!fits) return { ...outcome(STATUS.badCommand, inputs, 'error 0Ch, does not fit'), ah: 0x0c };
    this.pointToFloppyTable();
    return outcome(STATUS.ok, inputs);
  }

  /* ---------------------------------------------------------------------------------- by packet */

  private extended(code: number, medium: Medium): Outcome {
    const { guest } = this;
    switch (code) {
      case 0x41:
        if (guest.bx !== 0x55aa) return this.unknown();
        guest.bx = 0xaa55;
        // Version 3.0; of its parts the packet functions 42h-44h, 47h, 48h.
        guest.cx = 0x0001;
        return { ...outcome(STATUS.ok, 'extensions', 'EDD 3.0, packet functions'), ah: 0x30 };
      case 0x42:
        return this.byPacket('read', medium);
      case 0x43:
        return this.byPacket('write', medium);
      case 0x44:
        return this.byPacket('verify', medium);
      case 0x47:
        return this.byPacket('verify', medium, true);
      case 0x48:
        return this.extendedParameters(medium);
      default:
        return this.unknown();
    }
  }

  /** The disk address packet at DS:SI: size, 0, count, buffer, block address, flat buffer where the size has it. */
  private byPacket(transfer: Transfer, medium: Medium, seek = false): Outcome {
    const { guest } = this;
    const at = linear(guest.ds, guest.si);
    const word = (offset: number) => guest.memory.read(at + offset, 2);
    const double = (offset: number) => guest.memory.read(at + offset, 4);
    const size = guest.memory.read(at, 1);
    const count = seek ? 1 : word(2);
    const lba = double(8) + double(12) * 0x1_0000_0000;
    const offset = word(4);
    const segment = word(6);
    const flat = segment === 0xffff && offset === 0xffff && size >= 0x18;
    const buffer = flat ? double(16) : linear(segment, offset);
    const where = flat ? `${double(16).toString(16).toUpperCase()}h` : farText(segment, offset);
    const arrow = transfer === 'verify' ? '' : ` ${transfer === 'read' ? '->' : '<-'} ${where}`;
    const inputs = seek ? `seek block ${lba}` : `${transfer} ${sectorsText(count)} at block ${lba}${arrow}`;
    const highFlat = flat && double(20) !== 0;
    const bad = size < 0x10 || count > MAX_PACKET_COUNT || highFlat;
    const result = bad ? outcome(STATUS.badCommand) : this.transfer(transfer, medium, lba, count, buffer);
    if (result.status !== STATUS.ok && !seek && size >= 0x10) guest.memory.write(at + 2, 2, 0);
    return { ...result, inputs };
  }

  /** AH=48h: the result buffer at DS:SI, 1Ah bytes or 1Eh where it has room for them. */
  private extendedParameters(medium: Medium): Outcome {
    const { guest } = this;
    const at = linear(guest.ds, guest.si);
    const room = guest.memory.read(at, 2);
    if (room < 0x1a)
      return outcome(STATUS.badCommand, 'extended parameters', `error 01h, a buffer of ${room} bytes is too small`);
    const { heads, sectorsPerTrack } = medium.geometry;
    const cylinders = Math.floor(medium.sectors / (heads * sectorsPerTrack));
    const buffer = new Uint8Array(room >= 0x1e ? 0x1e : 0x1a);
    const view = new DataView(buffer.buffer);
    view.setUint16(0, buffer.length, true);
    // Geometry is valid.
    view.setUint16(2, 0x0002, true);
    view.setUint32(4, Math.max(1, cylinders), true);
    view.setUint32(8, heads, true);
    view.setUint32(12, sectorsPerTrack, true);
    view.setBigUint64(16, BigInt(medium.sectors), true);
    view.setUint16(24, SECTOR_BYTES, true);
    // No device parameter table extension.
    if (buffer.length >= 0x1e) view.setUint32(26, 0xffff_ffff, true);
    guest.writeBytes(at, buffer);
    return outcome(STATUS.ok, 'extended parameters', `${sectorsText(medium.sectors)} of 512 bytes`);
  }
}
