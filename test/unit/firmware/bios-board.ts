/** The firmware on real chips, without a CPU: registers, memory and the stack are set as a caller would have left them. */
import { AddressSpace, type BusDevice } from '../../../emulator/bus/address-space';
import { X86_REGISTERS } from '../../../emulator/cpu/x86/registers';
import { Vga, VGA_PORTS } from '../../../emulator/devices/display/vga';
import { VGA_MEMORY_BYTES, VGA_WINDOW } from '../../../emulator/devices/display/vga-memory';
import { I8042 } from '../../../emulator/devices/input/i8042';
import { Ps2Keyboard } from '../../../emulator/devices/input/ps2-keyboard';
import { I8259 } from '../../../emulator/devices/interrupt/i8259';
import { Mc146818 } from '../../../emulator/devices/rtc/mc146818';
import { Uart16550 } from '../../../emulator/devices/serial/uart16550';
import { A20Gate } from '../../../emulator/devices/system/a20-gate';
import { Port92 } from '../../../emulator/devices/system/port-92';
import type { FirmwareCall, FirmwareHost, Medium } from '../../../emulator/firmware/pc-bios/host';
import { PcBios } from '../../../emulator/firmware/pc-bios/pc-bios';
import { TRAPS } from '../../../emulator/firmware/pc-bios/traps';
import { FONT_CP437_8X16 } from '../../../emulator/generated/font-cp437';
import { ChipMemory } from '../../../emulator/memory/chip-memory';
import { GuestMemory } from '../../../emulator/memory/guest-memory';
import { CPU_BASE } from '../../../emulator/memory/layout';
import { RegisterFile } from '../../../emulator/memory/register-file';
import { MemorySource } from '../../../emulator/storage/block-source';
import { ImageDevice } from '../../../emulator/storage/image-device';
import { diskGeometry } from '../../../emulator/storage/disk-geometry';
import { FloppyDisk } from '../../../emulator/storage/floppy-disk';
import { FloppyDrive } from '../../../emulator/storage/floppy-drives';
import { Overlay } from '../../../emulator/storage/overlay';
import { FakeTime } from '../devices/fake-time';

const MB = 1024 * 1024;
/** 2026-11-23 14:05:09. */
export const EPOCH_SECONDS = Date.UTC(2026, 10, 23, 14, 5, 9) / 1000;
const CARRY = 1;
const ZERO = 0x40;

export function floppyOf(image: Uint8Array): FloppyDrive & { readonly disk: FloppyDisk } {
  const disk = new FloppyDisk('test', new MemorySource(image));
  return Object.assign(new FloppyDrive(disk), { disk });
}

export function diskOf(image: Uint8Array): ImageDevice {
  const source = new MemorySource(image);
  return new ImageDevice(new Overlay(source), diskGeometry(source));
}

export interface BiosBoardOptions {
  readonly floppies?: FirmwareHost['floppies'];
  readonly disks?: readonly Medium[];
  readonly bootOrder?: readonly ('floppy' | 'disk')[];
  readonly memoryBytes?: number;
}

/** Registers that a call gives or takes, by name. */
type Registers = Readonly<Record<string, number>>;

export class BiosBoard {
  readonly time = new FakeTime();
  readonly mmio = new AddressSpace('memory', 2 ** 32);
  readonly memory = new GuestMemory(5 * MB, this.mmio);
  readonly ports = new AddressSpace('I/O ports', 0x1_0000);
  readonly registers: RegisterFile;
  readonly calls: FirmwareCall[] = [];
  readonly deaths: string[] = [];
  readonly unmodelled: string[] = [];
  readonly master = new I8259('pic1');
  readonly slave = new I8259('pic2');
  readonly kbc: I8042;
  readonly keyboard: Ps2Keyboard;
  readonly uart: Uart16550;
  readonly sent: number[] = [];
  readonly vga: Vga;
  readonly bios: PcBios;

  constructor(options: BiosBoardOptions = {}) {
    const { memory, time, ports } = this;
    memory.addRegion('RAM', 'ram', 0, 0xa_0000);
    const video = new ChipMemory(memory, 'video', VGA_MEMORY_BYTES);
    memory.addRegion('ROM', 'rom', 0xf_0000, 0x1_0000);
    memory.addRegion('extended', 'ram', MB, 3 * MB);
    this.registers = new RegisterFile(X86_REGISTERS, memory.view, CPU_BASE);
    const rtc = new Mc146818('rtc', time, time.scheduler, { epochSeconds: EPOCH_SECONDS });
    this.kbc = new I8042('kbc', time, time.scheduler);
    this.keyboard = new Ps2Keyboard('keyboard', time, time.scheduler);
    this.kbc.keyboardData.connect((byte) => this.keyboard.receive(byte));
    this.kbc.keyboardClock.connect((free) => this.keyboard.setClock(free));
    this.keyboard.data.connect((byte) => this.kbc.receiveKeyboard(byte));
    const gate = new A20Gate('a20');
    const port92 = new Port92('port92');
    gate.out.connect((free) => memory.setAddressMask(free ? 0xffff_ffff : 0xffef_ffff));
    this.kbc.a20.connect((level) => gate.setKeyboard(level));
    port92.a20.connect((level) => gate.setFast(level));
    this.uart = new Uart16550('com1', time, time.scheduler);
    this.uart.out.connect((byte) => this.sent.push(byte));
    this.vga = new Vga('vga', time, time.scheduler, video);
    this.mmio.map('vga', VGA_WINDOW.base, VGA_WINDOW.length, this.vga.memory, { width: 4 });
    const map = (name: string, base: number, length: number, device: BusDevice, offset = 0) =>
      ports.map(name, base, length, device, { offset });
    map('pic1', 0x20, 2, this.master);
    map('pic2', 0xa0, 2, this.slave);
    map('kbc', 0x60, 1, this.kbc);
    map('kbc', 0x64, 1, this.kbc, 1);
    map('rtc', 0x70, 2, rtc);
    map('port92', 0x92, 1, port92);
    map('com1', 0x3f8, 8, this.uart);
    for (const { offset, length } of VGA_PORTS) map('vga', 0x3b0 + offset, length, this.vga, offset);
    for (const chip of [this.master, this.slave, rtc, this.kbc, this.keyboard, gate, port92, this.uart, this.vga])
      chip.reset();
    this.kbc.setCommandByte(0x65);
    ports.onUnmodelled = ({ kind, address }) => this.unmodelled.push(`${kind} ${address.toString(16)}h`);
    this.bios = new PcBios(
      {
        registers: this.registers,
        loadSegment: (name, selector) => this.set(name, selector),
        memory,
        ports,
        floppies: options.floppies ?? [],
        disks: options.disks ?? [],
        memoryBytes: options.memoryBytes ?? 4 * MB,
        bootMenu: false,
        menuKey: () => false,
        bootOrder: options.bootOrder ?? ['floppy', 'disk'],
        serialPorts: [0x3f8],
        dead: (reason) => this.deaths.push(reason),
        bootEntered: () => undefined,
        onCall: (call) => this.calls.push(call),
      },
      { font8x16: Uint8Array.from(FONT_CP437_8X16) },
    );
    memory.load(0xf_0000, this.bios.rom);
    this.set('SP', 0x7000);
    this.bios.trap(TRAPS.postData);
    this.int(0x10, { AX: 0x0003 });
    this.bios.trap(TRAPS.postEnd);
    this.calls.length = 0;
  }

  set(name: string, value: number): void {
    this.registers.set(this.registers.row(name), BigInt(value));
  }

  get(name: string): number {
    return Number(this.registers.get(this.registers.row(name)));
  }

  /** Calls a service as INT does; gives its registers by getters, and the flags that the caller would find. */
  int(
    trap: number,
    registers: Registers = {},
    flags = 0x0202,
  ): { readonly carry: boolean; readonly zero: boolean; readonly flags: number } {
    for (const [name, value] of Object.entries(registers)) this.set(name, value);
    const sp = this.get('SP') - 6;
    const stack = this.get('SS') * 16 + sp;
    this.memory.write(stack, 2, 0x7c55);
    this.memory.write(stack + 2, 2, 0x0000);
    this.memory.write(stack + 4, 2, flags);
    this.set('SP', sp);
    this.bios.trap(trap);
    this.set('SP', sp + 6);
    const after = this.memory.read(stack + 4, 2);
    return { carry: (after & CARRY) !== 0, zero: (after & ZERO) !== 0, flags: after };
  }

  /** A helper trap with AX as told; gives AX. */
  helper(trap: number, ax: number): number {
    this.set('AX', ax);
    this.bios.trap(trap);
    return this.get('AX');
  }

  /** The text screen, rows without trailing blanks; empty ones left out. */
  get screen(): readonly string[] {
    const bytes = this.memory.readBytes(0xb_8000, 4000);
    return Array.from({ length: 25 }, (_, row) =>
      Array.from({ length: 80 }, (_, column) => String.fromCharCode(bytes[(row * 80 + column) * 2]))
        .join('')
        .trimEnd(),
    ).filter((line) => line !== '');
  }

  get lastCall(): FirmwareCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error('No firmware call was told.');
    return call;
  }
}
