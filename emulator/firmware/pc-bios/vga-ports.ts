/** The VGA's registers through its ports. Source: IBM VGA XGA Technical Reference, section 2. */
import { BDA_FIELDS } from './layout';
import type { Guest } from './guest';
import type { VgaValues } from './video-modes';
import type { Rgb } from './video-palettes';

const ATTRIBUTE = 0x3c0;
const ATTRIBUTE_READ = 0x3c1;
const MISC_OUTPUT = 0x3c2;
const MISC_READ = 0x3cc;
const SEQUENCER = 0x3c4;
const DAC_MASK = 0x3c6;
const DAC_READ_INDEX = 0x3c7;
const DAC_WRITE_INDEX = 0x3c8;
const DAC_DATA = 0x3c9;
const GRAPHICS = 0x3ce;
/** From the CRT controller's index port to input status 1. */
const STATUS_OFFSET = 6;
/** Attribute index bit 5: the palette belongs to the screen, not to the program. */
const PALETTE_ON = 0x20;
const CRTC_PROTECT = 0x11;

export class VgaPorts {
  constructor(private readonly guest: Guest) {}

  private indexed(port: number, index: number, value: number): void {
    this.guest.outb(port, index);
    this.guest.outb(port + 1, value);
  }

  private get crtcPort(): number {
    return this.guest.bda16(BDA_FIELDS.crtcPort);
  }

  setCrtc(index: number, value: number): void {
    this.indexed(this.crtcPort, index, value);
  }

  /** A 16-bit CRT controller register pair, high byte at `index`. */
  setCrtcPair(index: number, value: number): void {
    this.setCrtc(index, value >> 8);
    this.setCrtc(index + 1, value & 0xff);
  }

  /** The next write to the attribute controller is an index. */
  private attributeIndex(index: number): void {
    this.guest.inb(this.crtcPort + STATUS_OFFSET);
    this.guest.outb(ATTRIBUTE, index);
  }

  setAttribute(index: number, value: number): void {
    this.attributeIndex(index);
    this.guest.outb(ATTRIBUTE, value);
    this.attributeIndex(PALETTE_ON);
  }

  getAttribute(index: number): number {
    this.attributeIndex(index);
    const value = this.guest.inb(ATTRIBUTE_READ);
    this.attributeIndex(PALETTE_ON);
    return value;
  }

  /** Sets DAC entries from `first` on; six bits a colour. */
  setColours(first: number, colours: readonly Rgb[]): void {
    this.guest.outb(DAC_WRITE_INDEX, first);
    for (const colour of colours) for (const part of colour) this.guest.outb(DAC_DATA, part & 0x3f);
  }

  getColours(first: number, count: number): readonly Rgb[] {
    this.guest.outb(DAC_READ_INDEX, first);
    return Array.from({ length: count }, () => [
      this.guest.inb(DAC_DATA),
      this.guest.inb(DAC_DATA),
      this.guest.inb(DAC_DATA),
    ]);
  }

  getCrtc(index: number): number {
    this.guest.outb(this.crtcPort, index);
    return this.guest.inb(this.crtcPort + 1);
  }

  setSequencer(index: number, value: number): void {
    this.indexed(SEQUENCER, index, value);
  }

  getSequencer(index: number): number {
    this.guest.outb(SEQUENCER, index);
    return this.guest.inb(SEQUENCER + 1);
  }

  setGraphics(index: number, value: number): void {
    this.indexed(GRAPHICS, index, value);
  }

  getGraphics(index: number): number {
    this.guest.outb(GRAPHICS, index);
    return this.guest.inb(GRAPHICS + 1);
  }

  get miscOutput(): number {
    return this.guest.inb(MISC_READ);
  }

  set miscOutput(value: number) {
    this.guest.outb(MISC_OUTPUT, value);
  }

  get dacMask(): number {
    return this.guest.inb(DAC_MASK);
  }

  set dacMask(value: number) {
    this.guest.outb(DAC_MASK, value);
  }

  /** The palette belongs to the screen (on) or to the program: the screen is dark. */
  showPalette(on: boolean): void {
    this.attributeIndex(on ? PALETTE_ON : 0);
  }

  /** Programs every register but the DAC; BDA 40:63 is to name its CRT controller already. */
  setAll(values: VgaValues): void {
    this.miscOutput = values.miscOutput;
    values.sequencer.forEach((value, index) => this.setSequencer(index, value));
    // Registers 0 to 7 can be written only while bit 7 of this one is clear.
    this.setCrtc(CRTC_PROTECT, values.crtc[CRTC_PROTECT] & 0x7f);
    values.crtc.forEach((value, index) => this.setCrtc(index, value));
    values.graphics.forEach((value, index) => this.setGraphics(index, value));
    values.attribute.forEach((value, index) => {
      this.attributeIndex(index);
      this.guest.outb(ATTRIBUTE, value);
    });
    this.attributeIndex(PALETTE_ON);
    this.dacMask = 0xff;
  }

  /** What setAll takes. */
  getAll(): VgaValues {
    const miscOutput = this.miscOutput;
    return {
      miscOutput,
      sequencer: Array.from({ length: 5 }, (_, index) => this.getSequencer(index)),
      crtc: Array.from({ length: 25 }, (_, index) => this.getCrtc(index)),
      graphics: Array.from({ length: 9 }, (_, index) => this.getGraphics(index)),
      attribute: Array.from({ length: 21 }, (_, index) => this.getAttribute(index)),
    };
  }
}
