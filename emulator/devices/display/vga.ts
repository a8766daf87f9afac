/**
 * A VGA (IBM, "VGA XGA Technical Reference Manual", May 1992, section 2): its registers.
 *
 * Offsets count from port 3B0h: 04h-05h and 0Ah in monochrome, 24h-25h and 2Ah in colour (by Miscellaneous Output bit 0),
 * 10h-1Fh always; see `VGA_PORTS`. `vga-memory` is what happens to the CPU's accesses, `vga-picture` what is seen,
 * `vga-raster` what is changed while it is drawn.
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister, chipTimer } from '../../bus/chip';
import type { DisplayChip, DisplayFrame } from '../../bus/display';
import { Wire } from '../../bus/wire';
import type { ChipMemory } from '../../memory/chip-memory';
import type { DirtyReader } from '../../memory/guest-memory';
import type { Digest } from '../../state/digest';
import type { SavedState } from '../../state/fields';
import { durationText } from '../../time/duration';
import type { TimeSource } from '../../time/clock';
import type { Scheduler, Timer } from '../../time/scheduler';
import { beamAt, beamSteadyUntil, framesAt, nextRetrace, rates, STATUS_1 } from './vga-beam';
import { PAS } from './vga-lines';
import { VgaMemory } from './vga-memory';
import { VgaPicture } from './vga-picture';
import { VgaRaster } from './vga-raster';
import { ATTRIBUTE, CRTC, GRAPHICS, MISC, REGISTERS, SEQUENCER, type VgaRegister, TABLE } from './vga-registers';
import { SHOWN } from './vga-shown';

/** Ranges of offsets from port 3B0h that the chip answers at. */
export const VGA_PORTS: readonly { readonly offset: number; readonly length: number }[] = [
  { offset: 0x04, length: 2 },
  { offset: 0x0a, length: 1 },
  { offset: 0x10, length: 16 },
  { offset: 0x24, length: 2 },
  { offset: 0x2a, length: 1 },
];

/** The Sequencer's register that says how long a character takes. */
const CLOCKING_MODE = 1;
/** Vertical Retrace End (CRT controller 11h): bits that are low to clear the interrupt, and to let it through. */
const CLEAR_INTERRUPT = 0x10;
const INTERRUPT_OFF = 0x20;
/** Undocumented CRT controller registers for reading: a plane's latch, and the attribute flip-flop. */
const MEMORY_LATCH = 0x22;
const FLIP_FLOP = 0x24;

const PORTS: readonly PortName[] = [
  ...[0x04, 0x24].flatMap((offset) => [
    { offset, read: 'CRTC Address', write: 'CRTC Address' },
    { offset: offset + 1, read: 'CRTC Data', write: 'CRTC Data' },
  ]),
  ...[0x0a, 0x2a].map((offset) => ({ offset, read: 'Input Status 1: retrace', write: 'Feature Control' })),
  { offset: 0x10, read: 'Attribute Address', write: 'Attribute Address, then Data' },
  { offset: 0x11, read: 'Attribute Data' },
  { offset: 0x12, read: 'Input Status 0', write: 'Miscellaneous Output' },
  { offset: 0x14, read: 'Sequencer Address', write: 'Sequencer Address' },
  { offset: 0x15, read: 'Sequencer Data', write: 'Sequencer Data' },
  { offset: 0x16, read: 'PEL Mask', write: 'PEL Mask' },
  { offset: 0x17, read: 'DAC State', write: 'PEL Address for reading' },
  { offset: 0x18, read: 'PEL Address for writing', write: 'PEL Address for writing' },
  { offset: 0x19, read: 'PEL Data', write: 'PEL Data' },
  { offset: 0x1a, read: 'Feature Control' },
  { offset: 0x1c, read: 'Miscellaneous Output' },
  { offset: 0x1e, read: 'Graphics Address', write: 'Graphics Address' },
  { offset: 0x1f, read: 'Graphics Data', write: 'Graphics Data' },
];

export class Vga extends Chip<typeof TABLE> implements BusDevice, DisplayChip {
  /** The CPU's way to video memory, at A0000h. */
  readonly memory: VgaMemory;
  private readonly picture: VgaPicture;
  private readonly raster: VgaRaster;

  /** The vertical interrupt. */
  readonly irq = new Wire('IRQ');
  private readonly retrace: Timer;

  /** `ram`: 256 KiB. */
  constructor(
    id: string,
    private readonly clock: TimeSource,
    scheduler: Scheduler,
    private readonly ram: ChipMemory,
  ) {
    // The latches lie where translated code reads and writes them.
    super(id, 'VGA', TABLE, {
      get latch() {
        return ram.planes.latch;
      },
      set latch(value) {
        ram.planes.latch = value;
      },
    });
    this.retrace = chipTimer(scheduler, this, 'retrace', (due) => {
      this.state.interrupt = true;
      this.irq.drive(true);
      this.retrace.schedule(nextRetrace(due, this.state));
    });
    this.memory = new VgaMemory(this.state, ram, clock);
    this.raster = new VgaRaster(this.state, clock);
    this.picture = new VgaPicture(this.state, this.memory, this.raster, () => framesAt(clock.now, this.state));
  }

  protected get registers(): readonly ChipRegister<Vga>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  read(offset: number): number {
    const value = this.peek(offset);
    const { state } = this;
    if (this.isStatus1(offset)) state.attributeData = false;
    else if (offset === 0x19) {
      state.dacPart = (state.dacPart + 1) % 3;
      if (state.dacPart === 0) state.dacRead = (state.dacRead + 1) & 0xff;
    }
    return value;
  }

  peek(offset: number): number {
    const { state } = this;
    if (this.isStatus1(offset)) return this.inputStatus1;
    if (offset === this.crtcBase) return state.crtcIndex;
    if (offset === this.crtcBase + 1) return this.crtcData;
    switch (offset) {
      case 0x10:
        return state.attributeIndex;
      case 0x11:
        return state.attribute[state.attributeIndex & 0x1f] ?? 0;
      case 0x12:
        return this.inputStatus0;
      case 0x13:
        return state.enabled ? 1 : 0;
      case 0x14:
        return state.sequencerIndex;
      case 0x15:
        return state.sequencer[state.sequencerIndex] ?? 0;
      case 0x16:
        return state.pelMask;
      case 0x17:
        return state.dacReading ? 3 : 0;
      case 0x18:
        return state.dacWrite;
      case 0x19:
        return state.dac[3 * state.dacRead + state.dacPart];
      case 0x1a:
        return state.feature;
      case 0x1c:
        return state.misc;
      case 0x1e:
        return state.graphicsIndex;
      case 0x1f:
        return state.graphics[state.graphicsIndex] ?? 0;
      default:
        return 0xff;
    }
  }

  write(offset: number, _size: number, value: number): void {
    const { state } = this;
    if (this.isStatus1(offset)) state.feature = value;
    else if (offset === this.crtcBase) state.crtcIndex = value;
    else if (offset === this.crtcBase + 1) this.writeCrtc(state.crtcIndex, value);
    switch (offset) {
      case 0x10:
        this.writeAttribute(value);
        break;
      case 0x12:
        this.raster.set(SHOWN.MISC, value & 0xef);
        this.memory.place();
        this.settleInterrupt();
        break;
      case 0x13:
        this.raster.set(SHOWN.ENABLED, value & 1);
        this.memory.place();
        break;
      case 0x14:
        state.sequencerIndex = value;
        break;
      case 0x15:
        if (!this.store(SHOWN.SEQUENCER, SEQUENCER, state.sequencerIndex, value)) break;
        this.memory.place();
        if (state.sequencerIndex === CLOCKING_MODE) this.settleInterrupt();
        break;
      case 0x16:
        this.raster.set(SHOWN.PEL_MASK, value);
        break;
      case 0x17:
        state.dacRead = value;
        state.dacReading = true;
        state.dacPart = 0;
        break;
      case 0x18:
        state.dacWrite = value;
        state.dacReading = false;
        state.dacPart = 0;
        break;
      case 0x19:
        this.writeColour(value & 0x3f);
        break;
      case 0x1e:
        state.graphicsIndex = value;
        break;
      case 0x1f:
        if (this.store(SHOWN.GRAPHICS, GRAPHICS, state.graphicsIndex, value)) this.memory.place();
        break;
      default: // The rest is for reading.
    }
  }

  /** Input Status 1, and what only changes by being written. */
  steadyUntil(offset: number, bits: number): number {
    if (this.isStatus1(offset)) return beamSteadyUntil(this.clock.now, this.state, bits);
    return offset === 0x19 ? 0 : Infinity;
  }

  /** Input Status 0: switch sense says "colour monitor"; bit 7 is the vertical interrupt. */
  get inputStatus0(): number {
    return 0x10 | (this.state.interrupt ? 0x80 : 0);
  }

  /** Input Status 1, without side effects: bit 0 not displaying, bit 3 vertical retrace. */
  get inputStatus1(): number {
    const beam = beamAt(this.clock.now, this.state);
    return (beam.blank ? STATUS_1.BLANK : 0) | (beam.verticalRetrace ? STATUS_1.VERTICAL_RETRACE : 0);
  }

  frame(): DisplayFrame {
    return this.picture.frame();
  }

  text(): readonly string[] {
    return this.picture.text();
  }

  get mode(): string {
    return this.picture.mode;
  }

  settle(): void {
    this.raster.forget();
  }

  digestAppearance(digest: Digest): void {
    const { state } = this;
    for (const bytes of [state.sequencer, state.crtc, state.graphics, state.attribute, state.dac]) digest.bytes(bytes);
    for (const value of [state.misc, state.attributeIndex & PAS, state.pelMask, state.enabled ? 1 : 0])
      digest.word(value);
    this.picture.digestTime(digest);
  }

  memoryChanged(reader: DirtyReader): boolean {
    return this.ram.isDirty(reader);
  }

  override notes(): readonly string[] {
    const { state } = this;
    const mode = `${this.mode.slice(0, 1).toUpperCase()}${this.mode.slice(1)}.`;
    if (!this.picture.isOn) return [mode];
    const beam = beamAt(this.clock.now, state);
    const { lines, frames } = rates(state);
    return [
      mode,
      `${frames.toFixed(1)} frames a second, ${(lines / 1000).toFixed(2)} kHz.`,
      ...(this.retrace.deadline === Infinity
        ? []
        : [`Vertical interrupt in ${durationText(this.retrace.deadline - this.clock.now)}.`]),
      beam.verticalRetrace ? 'In vertical retrace.' : beam.blank ? 'Between lines.' : 'Displaying.',
    ];
  }

  override reset(): void {
    super.reset();
    this.memory.place();
    this.retrace.cancel();
    this.irq.drive(false);
  }

  override load(saved: SavedState): void {
    super.load(saved);
    this.memory.place();
  }

  override setField(name: string, value: number | boolean): void {
    super.setField(name, value);
    this.memory.place();
  }

  override poke(name: string, value: number): void {
    super.poke(name, value);
    this.memory.place();
    this.settleInterrupt();
  }

  /** The numbers that say when vertical retrace comes, or whether that is to interrupt, may have changed. */
  private settleInterrupt(): void {
    const { state } = this;
    const end = state.crtc[0x11];
    const armed = (end & CLEAR_INTERRUPT) !== 0 && (end & INTERRUPT_OFF) === 0;
    const due = armed ? nextRetrace(this.clock.now, state) : Infinity;
    if (due !== this.retrace.deadline) this.retrace.schedule(due);
    if (armed || !state.interrupt) return;
    state.interrupt = false;
    this.irq.drive(false);
  }

  private get crtcBase(): number {
    return this.state.misc & MISC.IOAS ? 0x24 : 0x04;
  }

  private get crtcData(): number {
    const { state } = this;
    if (state.crtcIndex === MEMORY_LATCH) return (state.latch >>> (8 * (state.graphics[4] & 3))) & 0xff;
    if (state.crtcIndex === FLIP_FLOP) return state.attributeData ? 0x80 : 0;
    return state.crtc[state.crtcIndex] ?? 0;
  }

  private isStatus1(offset: number): boolean {
    return offset === this.crtcBase + 6;
  }

  private writeCrtc(index: number, value: number): void {
    const { crtc } = this.state;
    if (index < 8 && crtc[0x11] & 0x80) {
      // Protected, but for bit 8 of Line Compare in Overflow.
      if (index === 7) this.raster.set(SHOWN.CRTC + 7, (crtc[7] & ~0x10) | (value & 0x10));
      return;
    }
    this.store(SHOWN.CRTC, CRTC, index, value);
    this.settleInterrupt();
  }

  private writeAttribute(value: number): void {
    const { state } = this;
    const isData = state.attributeData;
    state.attributeData = !isData;
    if (!isData) this.raster.set(SHOWN.ATTRIBUTE_INDEX, value & 0x3f);
    else {
      const index = state.attributeIndex & 0x1f;
      // The palette belongs to the screen while PAS is set.
      if (index < 16 && state.attributeIndex & PAS) return;
      this.store(SHOWN.ATTRIBUTE, ATTRIBUTE, index, value);
    }
  }

  /** A colour is taken when its third part has come. */
  private writeColour(value: number): void {
    const { state } = this;
    state.dacLatch[state.dacPart] = value;
    state.dacPart = (state.dacPart + 1) % 3;
    if (state.dacPart !== 0) return;
    const [red, green, blue] = state.dacLatch;
    this.raster.set(SHOWN.DAC + state.dacWrite, (red << 12) | (green << 6) | blue);
    state.dacWrite = (state.dacWrite + 1) & 0xff;
  }

  /** `group`: the number of the group's first register. Whether that changes the register. */
  private store(group: number, rows: readonly VgaRegister[], index: number, value: number): boolean {
    const row = rows[index];
    return row !== undefined && this.raster.set(group + index, value & row.mask);
  }
}
