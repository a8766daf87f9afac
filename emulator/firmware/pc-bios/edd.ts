/** INT 13h AH=41h to 4Eh. Source: T13 1572D "BIOS Enhanced Disk Drive Services 3.0". */
import { noSuchFunction, type Outcome, outcome, sectorsText, STATUS } from './disk-status';
import { moveSectors, SECTOR_BYTES, type Transfer } from './disk-transfer';
import { farText, type Guest, hex2, linear } from './guest';
import type { Medium } from './host';

const VERSION_3_0 = 0x30;
/** CX of AH=41h: packet functions, removable media functions, drive parameters of EDD. */
const SUBSETS = 0x0007;
const PACKET_BYTES = 0x10;
/** With a flat 64-bit address behind it. */
const PACKET_BYTES_3_0 = 0x18;
const MAX_COUNT = 127;
const NO_TABLE = 0xffff_ffff;
/** AH=4Eh: prefetch off, transfer mode least, defaults and DMA off are as it is; other wishes can not be met. */
const CONFIGURATIONS: readonly number[] = [0x01, 0x03, 0x04, 0x06];

export class ExtendedDisk {
  constructor(private readonly guest: Guest) {}

  dispatch(code: number, medium: Medium): Outcome | undefined {
    const { guest } = this;
    switch (code) {
      case 0x41:
        if (guest.bx !== 0x55aa) return noSuchFunction();
        guest.bx = 0xaa55;
        guest.cx = SUBSETS;
        return { ...outcome(STATUS.ok, 'extensions', 'EDD 3.0, packet functions'), ah: VERSION_3_0 };
      case 0x42:
        return this.byPacket('read', medium);
      case 0x43:
        return this.byPacket('write', medium);
      case 0x44:
        return this.byPacket('verify', medium);
      case 0x45:
        return this.lock();
      case 0x46:
        return outcome(STATUS.notRemovable, 'eject');
      case 0x47:
        return this.byPacket('verify', medium, true);
      case 0x48:
        return this.parameters(medium);
      case 0x49:
        return outcome(STATUS.ok, 'change line', 'not changed');
      case 0x4e:
        return outcome(CONFIGURATIONS.includes(guest.al) ? STATUS.ok : STATUS.badCommand, `hardware ${hex2(guest.al)}`);
      default:
        return undefined;
    }
  }

  /** A medium that can not be removed is never locked: AL tells that. */
  private lock(): Outcome {
    const { guest } = this;
    const what = ['lock', 'unlock', 'lock status'][guest.al];
    if (what === undefined) return noSuchFunction();
    guest.al = 0;
    return outcome(STATUS.ok, what, 'not removable, not locked');
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
    const flat = segment === 0xffff && offset === 0xffff && size >= PACKET_BYTES_3_0;
    const buffer = flat ? double(16) : linear(segment, offset);
    const where = flat ? `${double(16).toString(16).toUpperCase()}h` : farText(segment, offset);
    const arrow = transfer === 'verify' ? '' : ` ${transfer === 'read' ? '->' : '<-'} ${where}`;
    const inputs = seek ? `block ${lba}` : `${sectorsText(count)} at block ${lba}${arrow}`;
    const highFlat = flat && double(20) !== 0;
    const bad = size < PACKET_BYTES || count > MAX_COUNT || highFlat;
    const result = bad ? outcome(STATUS.badCommand) : moveSectors(guest, transfer, medium, lba, count, buffer);
    if (result.status !== STATUS.ok && !seek && size >= PACKET_BYTES) guest.memory.write(at + 2, 2, 0);
    return { ...result, inputs };
  }

  /** AH=48h: the result buffer at DS:SI, 1Ah bytes or 1Eh where it has room for them. */
  private parameters(medium: Medium): Outcome {
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
    if (buffer.length >= 0x1e) view.setUint32(26, NO_TABLE, true);
    guest.writeBytes(at, buffer);
    return outcome(STATUS.ok, 'extended parameters', `${sectorsText(medium.sectors)} of 512 bytes`);
  }
}
