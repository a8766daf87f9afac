/** The VGA's registers through its ports. Source: IBM VGA XGA Technical Reference, section 2. */
import { BDA_FIELDS } from './layout';
import type { Guest } from './guest';
import { type TextMode, textColour } from './video-modes';

const ATTRIBUTE = 0x3c0;
const ATTRIBUTE_READ = 0x3c1;
const MISC_OUTPUT = 0x3c2;
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

export type Rgb = readonly [red: number, green: number, blue: number];

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

  /** Programs every register for a text mode. BDA 40:63 must name its CRT controller already. */
  setMode(mode: TextMode): void {
    const { guest } = this;
    guest.outb(MISC_OUTPUT, mode.miscOutput);
    mode.sequencer.forEach((value, index) => this.indexed(SEQUENCER, index, value));
    // Registers 0 to 7 can be written only while bit 7 of this one is clear.
    this.setCrtc(CRTC_PROTECT, mode.crtc[CRTC_PROTECT] & 0x7f);
    mode.crtc.forEach((value, index) => this.setCrtc(index, value));
    mode.graphics.forEach((value, index) => this.indexed(GRAPHICS, index, value));
    mode.attribute.forEach((value, index) => {
      this.attributeIndex(index);
      guest.outb(ATTRIBUTE, value);
    });
    this.attributeIndex(PALETTE_ON);
    guest.outb(DAC_MASK, 0xff);
    this.setColours(
      0,
      Array.from({ length: 64 }, (_, index) => textColour(index)),
    );
  }
}
