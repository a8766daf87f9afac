/** A VGA on a bus with memory, as the CPU reaches it, without a CPU. */
import { AddressSpace } from '../../emulator/bus/address-space';
import { Vga } from '../../emulator/devices/display/vga';
import { VGA_MEMORY_BYTES, VGA_WINDOW } from '../../emulator/devices/display/vga-memory';
import { ChipMemory } from '../../emulator/memory/chip-memory';
import { GuestMemory } from '../../emulator/memory/guest-memory';
import { FakeTime } from '../unit/devices/fake-time';
import { modeWrites, VGA_MODES, type VgaModeNumber } from './vga-modes';

const PORTS = 0x3b0;
/** A frame of the slowest standard mode takes less. */
const FRAME_NS = 1_000_000_000 / 50;

export class VgaBoard {
  readonly time = new FakeTime();
  readonly mmio = new AddressSpace('memory', 2 ** 32);
  readonly memory = new GuestMemory(VGA_MEMORY_BYTES, this.mmio);
  readonly vga = new Vga(
    'vga',
    this.time,
    this.time.scheduler,
    new ChipMemory(this.memory, 'video RAM', VGA_MEMORY_BYTES),
  );

  constructor(mode?: VgaModeNumber) {
    this.mmio.map('vga', VGA_WINDOW.base, VGA_WINDOW.length, this.vga.memory, { width: 4 });
    this.vga.reset();
    if (mode !== undefined) this.setMode(mode);
  }

  out(port: number, value: number): void {
    this.vga.write(port - PORTS, 1, value);
  }

  in(port: number): number {
    return this.vga.read(port - PORTS);
  }

  indexed(port: number, index: number, value: number): void {
    this.out(port, index);
    this.out(port + 1, value);
  }

  attribute(index: number, value: number): void {
    this.in(this.vga.state.misc & 1 ? 0x3da : 0x3ba);
    this.out(0x3c0, index);
    this.out(0x3c0, value);
    this.out(0x3c0, 0x20);
  }

  /** Sets a mode, with two bits each of red, green and blue in the first 64 colours, and greys behind. */
  setMode(number: VgaModeNumber): void {
    for (const [kind, port, value] of modeWrites(VGA_MODES[number])) {
      if (kind === 'in') this.in(port);
      else this.out(port, value);
    }
    this.out(0x3c8, 0);
    for (let i = 0; i < 256; i++) {
      for (const [high, low] of [
        [2, 5],
        [1, 4],
        [0, 3],
      ]) {
        this.out(0x3c9, i < 64 ? ((i >> high) & 1) * 42 + ((i >> low) & 1) * 21 : i >> 2);
      }
    }
  }

  /** Lets a frame pass, so that vertical retrace has taken what it takes. */
  passFrame(): void {
    this.time.pass(FRAME_NS);
  }

  /** Writes a byte as the CPU does. */
  poke(address: number, value: number): void {
    this.memory.write(address, 1, value);
  }

  peek(address: number): number {
    return this.memory.peek(address, 1);
  }

  /** Reads a byte as the CPU does. */
  fetch(address: number): number {
    return this.memory.read(address, 1);
  }

  /** Puts 256 characters of 16 lines into plane 2, where character map 0 is, as a BIOS does for a text mode. */
  loadFont(font: readonly number[]): void {
    const before = this.vga.save();
    this.indexed(0x3c4, 2, 4);
    this.indexed(0x3c4, 4, 6);
    this.indexed(0x3ce, 5, 0);
    this.indexed(0x3ce, 6, 4);
    this.indexed(0x3ce, 8, 0xff);
    font.forEach((line, i) => this.poke(0xa_0000 + ((i >> 4) << 5) + (i & 15), line));
    this.vga.load(before);
  }
}
