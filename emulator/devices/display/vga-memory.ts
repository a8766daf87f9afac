/**
 * The VGA's 256 KiB, four planes of 64 KiB, and what the Sequencer and the Graphics Controller do to the CPU's accesses
 * (IBM, "VGA XGA Technical Reference Manual", May 1992, section 2: Memory Map, Graphics Controller; FreeVGA, "Accessing
 * Display Memory").
 *
 * The CPU's view is plain in two cases: chain 4 with all planes enabled (mode 13h) and odd/even with planes 0 and 1 (text,
 * CGA modes), both without function, rotation or mask. Then the memory is laid out as the CPU sees it and shown through a
 * window, so that an access costs what one to RAM does. Else, where a word holds all planes of an address, translated code
 * passes accesses through the logic by itself (memory/planes, `vga-logic`). An offset in memory, of plane p at plane address a:
 *
 *     chain 4    a0-1 | a2-15 | p0-1     a word of 32 bits holds an address of all four planes
 *     odd/even   a0 | p1 | a1-15 | p0    planes 0 and 1 of an even address are neighbours, and so is the next one
 *
 * It is laid out anew when the CPU's view asks for the other way, and not more often than now and then: a guest that
 * changes its mind all the time is served access by access. Reads through a window leave the latches alone.
 */
import type { AccessSize, BusDevice } from '../../bus/address-space';
import type { ChipMemory } from '../../memory/chip-memory';
import { PAGE_SIZE } from '../../memory/layout';
import type { TimeSource } from '../../time/clock';
import { setLogic } from './vga-logic';
import { GRAPHICS_MODE, MEMORY_MODE, MISC, type VgaState } from './vga-registers';

export const VGA_MEMORY_BYTES = 0x4_0000;
const PLANE_BYTES = VGA_MEMORY_BYTES / 4;
/** Where the CPU sees video memory at most: A0000h to BFFFFh. Offsets of this device count from there. */
export const VGA_WINDOW = { base: 0xa_0000, length: 0x2_0000 } as const;

/** What Graphics Controller register 6 selects: offset and size from A0000h on. */
const WINDOWS = [
  { offset: 0, size: 0x2_0000 },
  { offset: 0, size: 0x1_0000 },
  { offset: 0x1_0000, size: 0x8000 },
  { offset: 0x1_8000, size: 0x8000 },
] as const;

const LAYOUT = { CHAIN4: 0, ODD_EVEN: 1 } as const;

/** The least time between two changes of the layout, virtual ns. */
const LAYOUT_INTERVAL = 1_000_000;

/** Offset in memory of plane 0 at a plane address, in the chain 4 layout; the other planes follow. */
const chain4Offset = (address: number): number => (address & 0xfffc) | ((address & 3) << 16);
/** The same of planes 0 and 1 in the odd/even layout; planes 2 and 3 lie 64 KiB behind. */
const oddEvenOffset = (address: number): number => (address & 0xfffe) | ((address & 1) << 17);

export class VgaMemory implements BusDevice {
  constructor(
    private readonly state: VgaState,
    private readonly ram: ChipMemory,
    private readonly clock: TimeSource,
  ) {}

  /* -------------------------------------------------------------------------------- all planes of an address */

  /** The four planes at a plane address, plane 0 in the low byte. */
  planes(address: number): number {
    const { u8, u32 } = this.ram;
    if (this.state.layout === LAYOUT.CHAIN4) return u32[chain4Offset(address) >>> 2];
    return oddEvenPlanes(u8, oddEvenOffset(address));
  }

  /** One plane at a plane address. */
  plane(plane: number, address: number): number {
    const at =
      this.state.layout === LAYOUT.CHAIN4
        ? chain4Offset(address) | plane
        : oddEvenOffset(address) | (plane & 1) | ((plane >> 1) << 16);
    return this.ram.u8[at];
  }

  private setPlanes(address: number, value: number): void {
    const { ram } = this;
    if (this.state.layout === LAYOUT.CHAIN4) {
      ram.writePlanes(chain4Offset(address), value);
      return;
    }
    const at = oddEvenOffset(address);
    for (let plane = 0; plane < 4; plane++) {
      const place = at + (plane & 1) + ((plane >> 1) << 16);
      const byte = (value >>> (8 * plane)) & 0xff;
      if (ram.u8[place] !== byte) ram.write8(place, byte);
    }
  }

  /* -------------------------------------------------------------------------------- the CPU's accesses */

  read(offset: number, size: AccessSize): number {
    this.lookAgain();
    let value = 0;
    for (let i = size - 1; i >= 0; i--) {
      const planes = this.latchesAt(offset + i);
      // A later byte of the access is latched last.
      if (i === size - 1 && planes !== undefined) this.ram.planes.latch = planes;
      value = (value << 8) | this.byteOf(planes, offset + i);
    }
    return value >>> 0;
  }

  peek(offset: number, size: AccessSize): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | this.byteOf(this.latchesAt(offset + i), offset + i);
    return value >>> 0;
  }

  write(offset: number, size: AccessSize, value: number): void {
    this.lookAgain();
    for (let i = 0; i < size; i++) this.writeByte(offset + i, (value >>> (8 * i)) & 0xff);
  }

  /** The CPU's address inside of the window that is selected, -1 outside of it or when memory is off. */
  private inWindow(offset: number): number {
    const { state } = this;
    if (!this.answers) return -1;
    const { offset: start, size } = WINDOWS[(state.graphics[6] >> 2) & 3];
    return offset >= start && offset - start < size ? offset - start : -1;
  }

  /** The plane address that the CPU's address means. `oddEven`: A0 selects planes. */
  private planeAddress(at: number): number {
    const { sequencer, graphics, misc } = this.state;
    if (sequencer[4] & MEMORY_MODE.CHAIN4) return (at & 0xfffc) | (at >> 16);
    if ((graphics[6] & 2) === 0) return at & 0xffff;
    // A0 has chosen between planes; a higher line, or the page bit, takes its place.
    const page = (graphics[6] & 0x0c) === 0 ? at >> 16 : misc & MISC.PAGE ? 0 : 1;
    return (at & 0xfffe) | page;
  }

  /** What a read latches; undefined where nothing answers. */
  private latchesAt(offset: number): number | undefined {
    const at = this.inWindow(offset);
    return at < 0 ? undefined : this.planes(this.planeAddress(at));
  }

  private byteOf(planes: number | undefined, offset: number): number {
    return planes === undefined ? 0xff : this.ram.planes.read(planes, offset & 3);
  }

  private writeByte(offset: number, value: number): void {
    const at = this.inWindow(offset);
    if (at < 0) return;
    const address = this.planeAddress(at);
    this.setPlanes(address, this.ram.planes.written(this.planes(address), value, at & 3));
  }

  /* -------------------------------------------------------------------------------- the plain views */

  /** Whether the chip answers the CPU at all. */
  private get answers(): boolean {
    return this.state.enabled && (this.state.misc & MISC.RAM) !== 0;
  }

  /** Which layout makes the CPU's view plain, if any does. */
  private get plainLayout(): number | undefined {
    const { state } = this;
    const { sequencer, graphics, misc } = state;
    if (!this.answers) return undefined;
    const writesAsIs = graphics[1] === 0 && graphics[3] === 0 && graphics[8] === 0xff;
    if (!writesAsIs || (graphics[5] & (GRAPHICS_MODE.WRITE | GRAPHICS_MODE.READ_1)) !== 0) return undefined;
    const window = (graphics[6] >> 2) & 3;
    if (sequencer[4] & MEMORY_MODE.CHAIN4) return sequencer[2] === 0x0f && window === 1 ? LAYOUT.CHAIN4 : undefined;
    const oddEven =
      (sequencer[4] & MEMORY_MODE.SEQUENTIAL) === 0 &&
      (graphics[5] & GRAPHICS_MODE.ODD_EVEN) !== 0 &&
      (graphics[6] & 2) !== 0 &&
      (graphics[4] & 2) === 0 &&
      (misc & MISC.PAGE) !== 0;
    return oddEven && sequencer[2] === 3 && window >= 2 ? LAYOUT.ODD_EVEN : undefined;
  }

  /** Which layout makes the CPU's accesses quick: plain, or through planes side by side; any where neither can be. */
  private get wantedLayout(): number {
    const { sequencer, graphics } = this.state;
    const sequential = (sequencer[4] & MEMORY_MODE.SEQUENTIAL) !== 0 && (graphics[6] & 2) === 0;
    return this.plainLayout ?? (sequential && this.answers ? LAYOUT.CHAIN4 : this.state.layout);
  }

  /** To be called when a register has changed: shows the CPU its window, or takes it away. */
  place(): void {
    const { state, ram } = this;
    setLogic(state, ram.planes, (lane) => chain4Offset(this.planeAddress(lane)));
    const plain = this.plainLayout;
    const { offset, size } = WINDOWS[(state.graphics[6] >> 2) & 3];
    if (plain === state.layout) ram.show(VGA_WINDOW.base + offset, size, 0);
    // Of 128 KiB the second half is not the first one's planes further on.
    else if (state.layout === LAYOUT.CHAIN4 && this.answers && size <= 0x1_0000) {
      ram.showPlanes(VGA_WINDOW.base + offset, size);
    } else ram.hide();
  }

  /** Before an access that had to ask: the memory may be laid out so that the next ones need not. */
  private lookAgain(): void {
    const { state } = this;
    const wanted = this.wantedLayout;
    if (wanted === state.layout || this.clock.now < state.layoutUntil) return;
    this.layOut(wanted);
    this.place();
  }

  private layOut(layout: number): void {
    const { ram, state } = this;
    const before = ram.u8.slice();
    const after = new Uint8Array(VGA_MEMORY_BYTES);
    if (layout === LAYOUT.CHAIN4) toChain4(before, new Uint32Array(after.buffer));
    else toOddEven(new Uint32Array(before.buffer), after);
    state.layout = layout;
    state.layoutUntil = this.clock.now + LAYOUT_INTERVAL;
    const [old, now] = [new Int32Array(before.buffer), new Int32Array(after.buffer)];
    for (let page = 0; page < VGA_MEMORY_BYTES; page += PAGE_SIZE) {
      if (differ(old, now, page >>> 2, (page + PAGE_SIZE) >>> 2))
        ram.writePage(page, after.subarray(page, page + PAGE_SIZE));
    }
  }
}

/** Four planes in the odd/even layout at an offset in memory, plane 0 in the low byte. */
const oddEvenPlanes = (bytes: Uint8Array, at: number): number =>
  (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 0x1_0000] << 16) | (bytes[at + 0x1_0001] << 24)) >>> 0;

function toChain4(oddEven: Uint8Array, words: Uint32Array): void {
  for (let address = 0; address < PLANE_BYTES; address++)
    words[chain4Offset(address) >>> 2] = oddEvenPlanes(oddEven, oddEvenOffset(address));
}

function toOddEven(words: Uint32Array, oddEven: Uint8Array): void {
  for (let address = 0; address < PLANE_BYTES; address++) {
    const word = words[chain4Offset(address) >>> 2];
    const at = oddEvenOffset(address);
    oddEven[at] = word;
    oddEven[at + 1] = word >>> 8;
    oddEven[at + 0x1_0000] = word >>> 16;
    oddEven[at + 0x1_0001] = word >>> 24;
  }
}

function differ(a: Int32Array, b: Int32Array, first: number, end: number): boolean {
  for (let i = first; i < end; i++) if (a[i] !== b[i]) return true;
  return false;
}
