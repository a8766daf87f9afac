/**
 * The built-in PC BIOS: a ROM of tiny guest code, and what its traps do. It has no state of its own: everything lies in
 * guest memory, in CMOS and in the chips.
 */
import { Boot } from './boot';
import { TimeOfDay } from './clock';
import { Disks } from './disk';
import { unhandledException } from './exceptions';
import { Guest, hex2, hex4 } from './guest';
import type { FirmwareHost } from './host';
import { KeyBuffer } from './key-buffer';
import { KeyboardServices } from './keyboard';
import { KeyboardIrq } from './keyboard-irq';
import { BDA_FIELDS } from './layout';
import { MemoryMap } from './memory-map';
import { PointingDevice } from './pointing';
import { Post } from './post';
import { ProtectedMode } from './protected-mode';
import { buildRom, type Rom, SERVICE_VECTORS, VECTOR_LABELS } from './rom';
import { SerialServices } from './serial';
import { calledName } from './service-names';
import { SystemServices } from './system';
import { TRAPS } from './traps';
import { Video } from './video';

/** AH of a printer that is not there: timed out. */
const PRINTER_TIMED_OUT = 0x01;

export interface PcBiosOptions {
  /** 256 glyphs of 16 bytes in code page 437 order; the ROM holds them at F000:1000h. */
  readonly font8x16: Uint8Array;
}

export class PcBios {
  /** The ROM with its labels and listing. */
  readonly listing: Rom;
  /** Where services begin, offsets in the ROM, by interrupt. */
  readonly services: readonly { readonly interrupt: number; readonly offset: number }[];
  private readonly actions: ReadonlyMap<number, () => void>;

  /** @throws Error when the font has not 4,096 bytes; RangeError when there is too little memory. */
  constructor(host: FirmwareHost, options: PcBiosOptions) {
    const listing = buildRom(options.font8x16);
    this.listing = listing;
    const place = (label: string): number => {
      const offset = listing.labels.get(label);
      if (offset === undefined) throw new Error(`The ROM has no label '${label}'.`);
      return offset;
    };
    this.services = SERVICE_VECTORS.map((interrupt) => ({ interrupt, offset: place(VECTOR_LABELS[interrupt] ?? '') }));
    const guest = new Guest(host);
    const map = new MemoryMap(host.memoryBytes);
    const video = new Video(guest, place);
    const disks = new Disks(guest, place);
    const serial = new SerialServices(guest);
    const time = new TimeOfDay(guest);
    const pointing = new PointingDevice(guest);
    const system = new SystemServices(guest, map, place('configuration'), time, pointing);
    const keys = new KeyBuffer(guest);
    const keyboard = new KeyboardServices(guest, keys);
    const keyboardIrq = new KeyboardIrq(guest, keys);
    const protectedMode = new ProtectedMode(guest, system);
    const post = new Post(guest, map, place);
    const boot = new Boot(guest, video, keys);
    this.actions = new Map<number, () => void>([
      [TRAPS.divideError, () => unhandledException(guest, 0)],
      [TRAPS.invalidOpcode, () => unhandledException(guest, 6)],
      [TRAPS.video, () => video.service()],
      [TRAPS.equipment, () => equipment(guest)],
      [TRAPS.memorySize, () => memorySize(guest)],
      [TRAPS.disk, () => disks.service()],
      [TRAPS.floppy, () => disks.service()],
      [TRAPS.serial, () => serial.service()],
      [TRAPS.system, () => system.service()],
      [TRAPS.keyboard, () => keyboard.service()],
      [TRAPS.printer, () => printer(guest)],
      [TRAPS.time, () => time.service()],
      [TRAPS.postData, () => post.data()],
      [
        TRAPS.postEnd,
        () => {
          time.start();
          boot.endOfPost();
        },
      ],
      [TRAPS.bootDevice, () => boot.device()],
      [TRAPS.bootMenu, () => boot.menu()],
      [TRAPS.bootChoice, () => boot.choice()],
      [TRAPS.bootCheck, () => boot.check()],
      [TRAPS.noBoot, () => boot.none()],
      [TRAPS.key, () => keyboardIrq.scanCode()],
      [TRAPS.serialReady, () => serial.ready()],
      [TRAPS.waitPeriods, () => system.waitPeriods()],
      [TRAPS.waitPeriod, () => time.waitPeriod()],
      [TRAPS.keyReady, () => keyboard.ready()],
      [TRAPS.pointingCommand, () => pointing.command()],
      [TRAPS.pointingAnswer, () => pointing.answer()],
      [TRAPS.talkEnd, () => pointing.end()],
      [TRAPS.pointingByte, () => pointing.packetByte()],
      [TRAPS.typematicCommand, () => keyboard.typematicCommand()],
      [TRAPS.protectedMode, () => protectedMode.prepare()],
    ]);
  }

  /** 64 KiB for physical F0000h. */
  get rom(): Uint8Array {
    return this.listing.bytes;
  }

  /**
   * Does what trap `number` stands for, with the guest's registers as they are; the instruction pointer is past it.
   * @throws Error when the ROM has no such trap.
   */
  trap(number: number): void {
    const action = this.actions.get(number);
    if (action === undefined) throw new Error(`The firmware has no trap ${hex2(number)}.`);
    action();
  }
}

function equipment(guest: Guest): void {
  guest.ax = guest.bda16(BDA_FIELDS.equipment);
  guest.call(calledName(0x11, guest.ax), '', hex4(guest.ax));
}

function memorySize(guest: Guest): void {
  guest.ax = guest.bda16(BDA_FIELDS.memoryKb);
  guest.call(calledName(0x12, guest.ax), '', `${guest.ax} kB`);
}

function printer(guest: Guest): void {
  const name = calledName(0x17, guest.ax);
  guest.ah = PRINTER_TIMED_OUT;
  guest.call(name, `LPT${guest.dx + 1}`, 'no such port');
}
