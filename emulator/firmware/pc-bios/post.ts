/** What POST leaves in memory and in CMOS. Source: IBM PC AT Technical Reference, BIOS data areas and CMOS RAM. */
import { BDA, BDA_FIELDS, DISK_TABLE_BYTES, EBDA_DISK_TABLES, EBDA_KB, KEY_BUFFER, ROM_SEGMENT } from './layout';
import { FLOPPY_DRIVES, mediaState } from './floppy-tables';
import type { Guest } from './guest';
import type { Medium } from './host';
import type { MemoryMap } from './memory-map';
import { VECTOR_LABELS } from './rom';

const VECTORS = 256;
/** Vectors that belong to the user and stay empty. */
const USER_VECTORS = { first: 0x60, last: 0x67 } as const;
/** INT 41h and 46h point at the parameter tables of the first two hard disks. */
const DISK_VECTORS = [0x41, 0x46] as const;
const BDA_BYTES = 0x100;

/** Equipment word, 40:10h. */
const EQUIPMENT = { floppies: 0x01, fpu: 0x02, pointing: 0x04, colour80: 0x20 } as const;
/** 101-key keyboard, in 40:96h. */
const ENHANCED_KEYBOARD = 0x10;

const CMOS_INDEX = 0x70;
const CMOS_DATA = 0x71;
const CMOS = {
  floppies: 0x10,
  disks: 0x12,
  equipment: 0x14,
  base: 0x15,
  extended: 0x17,
  firstDiskType: 0x19,
  firstDisk: 0x1b,
  secondDiskType: 0x1a,
  secondDisk: 0x24,
  checksum: 0x2e,
  extendedFound: 0x30,
  above16Mb: 0x34,
} as const;
/** Disk type whose geometry stands in CMOS itself. */
const USER_DISK_TYPE = 47;
const CHECKED = { first: 0x10, last: 0x2d } as const;

export class Post {
  constructor(
    private readonly guest: Guest,
    private readonly map: MemoryMap,
    private readonly place: (label: string) => number,
  ) {}

  /** Interrupt vectors, data areas, CMOS. The chips come after it. */
  data(): void {
    const { guest } = this;
    const warm = guest.bda16(BDA_FIELDS.resetFlag);
    for (let offset = 0; offset < BDA_BYTES; offset += 4) guest.memory.write(BDA + offset, 4, 0);
    guest.setBda16(BDA_FIELDS.resetFlag, warm);
    this.vectors();
    this.dataArea();
    this.extendedArea();
    this.cmos();
  }

  private vectors(): void {
    const { guest } = this;
    const iret = this.place('iret');
    for (let vector = 0; vector < VECTORS; vector++) {
      const label = VECTOR_LABELS[vector];
      const empty = vector >= USER_VECTORS.first && vector <= USER_VECTORS.last;
      const offset = label === undefined ? iret : this.place(label);
      guest.memory.write(vector * 4, 4, empty ? 0 : ((ROM_SEGMENT << 16) | offset) >>> 0);
    }
  }

  private dataArea(): void {
    const { guest, map } = this;
    const { floppies, disks, serialPorts } = guest.host;
    serialPorts.slice(0, 4).forEach((port, index) => {
      guest.setBda16(BDA_FIELDS.serialPorts + index * 2, port);
      guest.setBda8(BDA_FIELDS.serialTimeouts + index, 1);
    });
    guest.setBda16(BDA_FIELDS.ebdaSegment, map.ebdaSegment);
    guest.setBda16(BDA_FIELDS.equipment, this.equipment());
    guest.setBda16(BDA_FIELDS.memoryKb, map.baseKb);
    guest.setBda16(BDA_FIELDS.keyHead, KEY_BUFFER.start);
    guest.setBda16(BDA_FIELDS.keyTail, KEY_BUFFER.start);
    guest.setBda16(BDA_FIELDS.bufferStart, KEY_BUFFER.start);
    guest.setBda16(BDA_FIELDS.bufferEnd, KEY_BUFFER.end);
    guest.setBda8(BDA_FIELDS.keyboardMode, ENHANCED_KEYBOARD);
    guest.setBda8(BDA_FIELDS.diskCount, disks.length);
    for (let i = 0; i < 3; i++) guest.setBda8(BDA_FIELDS.parallelTimeouts + i, 0x14);
    floppies.slice(0, 2).forEach(({ type }, index) => {
      const own = FLOPPY_DRIVES[type]?.geometry;
      guest.setBda8(BDA_FIELDS.floppyMedia + index, own === undefined ? 0 : mediaState(type, own));
    });
  }

  private equipment(): number {
    const { floppies, serialPorts } = this.guest.host;
    const drives = floppies.length > 0 ? EQUIPMENT.floppies | ((Math.min(floppies.length, 4) - 1) << 6) : 0;
    return drives | EQUIPMENT.pointing | EQUIPMENT.colour80 | (Math.min(serialPorts.length, 7) << 9);
  }

  /** The EBDA: its size, and the parameter tables of two hard disks. */
  private extendedArea(): void {
    const { guest, map } = this;
    const ebda = map.ebdaSegment << 4;
    for (let offset = 0; offset < EBDA_KB * 1024; offset += 4) guest.memory.write(ebda + offset, 4, 0);
    guest.memory.write(ebda, 1, EBDA_KB);
    DISK_VECTORS.forEach((vector, index) => {
      const disk = guest.host.disks[index];
      if (disk === undefined) return;
      const offset = EBDA_DISK_TABLES + index * DISK_TABLE_BYTES;
      guest.writeBytes(ebda + offset, diskTable(disk));
      guest.memory.write(vector * 4, 4, ((map.ebdaSegment << 16) | offset) >>> 0);
    });
  }

  private set(index: number, value: number): void {
    this.guest.outb(CMOS_INDEX, index);
    this.guest.outb(CMOS_DATA, value);
  }

  private setWord(index: number, value: number): void {
    this.set(index, value & 0xff);
    this.set(index + 1, value >> 8);
  }

  private cmos(): void {
    const { guest, map } = this;
    const { floppies, disks } = guest.host;
    this.set(CMOS.floppies, ((floppies[0]?.type ?? 0) << 4) | (floppies[1]?.type ?? 0));
    // Type 15: the true type stands in a byte of its own.
    this.set(CMOS.disks, (disks.length > 0 ? 0xf0 : 0) | (disks.length > 1 ? 0x0f : 0));
    this.set(CMOS.equipment, this.equipment() & 0xff);
    this.setWord(CMOS.base, map.baseKb + EBDA_KB);
    this.setWord(CMOS.extended, map.int88Kb);
    this.set(CMOS.firstDiskType, disks.length > 0 ? USER_DISK_TYPE : 0);
    this.set(CMOS.secondDiskType, disks.length > 1 ? USER_DISK_TYPE : 0);
    [CMOS.firstDisk, CMOS.secondDisk].forEach((index, disk) => this.cmosDisk(index, disks[disk]));
    this.setWord(CMOS.extendedFound, map.int88Kb);
    this.setWord(CMOS.above16Mb, map.above16MbBlocks);
    let sum = 0;
    for (let index = CHECKED.first; index <= CHECKED.last; index++) {
      guest.outb(CMOS_INDEX, index);
      sum += guest.inb(CMOS_DATA);
    }
    // High byte first.
    this.set(CMOS.checksum, (sum >> 8) & 0xff);
    this.set(CMOS.checksum + 1, sum & 0xff);
  }

  /** Cylinders, heads, write precompensation, control, landing zone, sectors a track: nine bytes. */
  private cmosDisk(index: number, disk: Medium | undefined): void {
    const { cylinders, heads, sectorsPerTrack } = disk?.geometry ?? { cylinders: 0, heads: 0, sectorsPerTrack: 0 };
    this.setWord(index, cylinders);
    this.set(index + 2, heads);
    this.setWord(index + 3, disk === undefined ? 0 : 0xffff);
    this.set(index + 5, heads > 8 ? 0x08 : 0);
    this.setWord(index + 6, cylinders);
    this.set(index + 8, sectorsPerTrack);
  }
}

/** A fixed disk parameter table as INT 41h points at. */
function diskTable({ geometry }: Medium): Uint8Array {
  const table = new Uint8Array(DISK_TABLE_BYTES);
  const view = new DataView(table.buffer);
  view.setUint16(0, geometry.cylinders, true);
  view.setUint8(2, geometry.heads);
  // No write precompensation.
  view.setUint16(5, 0xffff, true);
  // More than eight heads.
  view.setUint8(8, geometry.heads > 8 ? 0x08 : 0);
  view.setUint16(12, geometry.cylinders, true);
  view.setUint8(14, geometry.sectorsPerTrack);
  return table;
}
