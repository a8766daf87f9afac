/** INT 10h AH=0Bh and 10h, colours. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=0Bh and 10h. */
import { BDA_FIELDS } from './layout';
import { farText, type Guest, hex2, linear } from './guest';
import type { VgaPorts } from './vga-ports';
import { asGrey, paletteOf, type Rgb } from './video-palettes';
import { type VideoMode, videoMode } from './video-modes';

type Line = readonly [inputs: string, results: string];

const MODE = 0x10;
const OVERSCAN = 0x11;
const COLOUR_SELECT = 0x14;
/** Bits of the attribute controller's mode register. */
const BLINK = 0x08;
const SMALL_PAGES = 0x80;
/** BDA 40:65, bit of a CGA's mode register; 40:66, bits of its colour register. */
const CGA_BLINK = 0x20;
const CGA_PALETTE = 0x20;
const CGA_BACKGROUND = 0x1f;
/** BDA 40:89. */
const KEEP_PALETTE = 0x08;
const SUM_TO_GREY = 0x02;
const DAC_ENTRIES = 256;
const PALETTE_BYTES = 17;

export class VideoPalette {
  constructor(
    private readonly guest: Guest,
    private readonly vga: VgaPorts,
  ) {}

  private flag(mask: number): boolean {
    return (this.guest.bda8(BDA_FIELDS.videoFlags) & mask) !== 0;
  }

  /** A mode was set: its colours, unless the program keeps its own. */
  modeSet(mode: VideoMode): void {
    if (this.flag(KEEP_PALETTE)) return;
    this.setColours(0, paletteOf(mode.palette));
  }

  private setColours(first: number, colours: readonly Rgb[]): void {
    this.vga.setColours(first, this.flag(SUM_TO_GREY) ? colours.map(asGrey) : colours);
  }

  /** AH=0Bh: border or background (BH 0), or one of the palettes of mode 04h (BH 1). */
  cga(): Line | undefined {
    const { guest, vga } = this;
    const { bh, bl } = guest;
    if (bh > 1) return undefined;
    const register = guest.bda8(BDA_FIELDS.paletteRegister);
    if (bh === 0) {
      guest.setBda8(BDA_FIELDS.paletteRegister, (register & ~CGA_BACKGROUND) | (bl & CGA_BACKGROUND));
      // Bit 3 is the intensity, which is bit 4 of a palette register; bit 4 of BL that of the other three colours.
      const colour = (bl & 0x07) | ((bl & 0x08) << 1);
      if (videoMode(guest.bda8(BDA_FIELDS.videoMode))?.kind === 'text') vga.setAttribute(OVERSCAN, colour);
      else {
        vga.setAttribute(0, colour);
        for (let index = 1; index <= 3; index++) {
          vga.setAttribute(index, (vga.getAttribute(index) & ~0x10) | (bl & 0x10));
        }
      }
      return [`border or background ${bl}`, 'ok'];
    }
    guest.setBda8(BDA_FIELDS.paletteRegister, (register & ~CGA_PALETTE) | ((bl & 1) !== 0 ? CGA_PALETTE : 0));
    for (let index = 1; index <= 3; index++) {
      vga.setAttribute(index, (vga.getAttribute(index) & ~1) | (bl & 1));
    }
    return [`palette ${bl & 1}`, (bl & 1) === 0 ? 'green, red, brown' : 'cyan, magenta, white'];
  }

  /** AH=10h; nothing when there is no such function. */
  service(): Line | undefined {
    const { guest, vga } = this;
    const buffer = linear(guest.es, guest.dx);
    const where = farText(guest.es, guest.dx);
    switch (guest.al) {
      case 0x00:
        vga.setAttribute(guest.bl & 0x1f, guest.bh);
        return [`palette register ${guest.bl}`, `set to ${hex2(guest.bh)}`];
      case 0x01:
        vga.setAttribute(OVERSCAN, guest.bh);
        return ['border', `set to ${hex2(guest.bh)}`];
      case 0x02:
        guest.readBytes(buffer, PALETTE_BYTES).forEach((value, index) => {
          vga.setAttribute(index === PALETTE_BYTES - 1 ? OVERSCAN : index, value);
        });
        return [`palette and border from ${where}`, 'set'];
      case 0x03:
        return this.blink(guest.bl !== 0);
      case 0x07:
        guest.bh = vga.getAttribute(guest.bl & 0x1f);
        return [`palette register ${guest.bl}`, hex2(guest.bh)];
      case 0x08:
        guest.bh = vga.getAttribute(OVERSCAN);
        return ['border', hex2(guest.bh)];
      case 0x09: {
        const values = Array.from({ length: PALETTE_BYTES }, (_, index) =>
          vga.getAttribute(index === PALETTE_BYTES - 1 ? OVERSCAN : index),
        );
        guest.writeBytes(buffer, Uint8Array.from(values));
        return ['palette and border', `to ${where}`];
      }
      case 0x10:
        this.setColours(guest.bx & 0xff, [[guest.dh, guest.ch, guest.cl]]);
        return [`colour ${guest.bx}`, `red ${guest.dh}, green ${guest.ch}, blue ${guest.cl}`];
      case 0x12: {
        const count = Math.min(guest.cx, DAC_ENTRIES);
        const values = guest.readBytes(buffer, count * 3);
        const colours = Array.from(
          { length: count },
          (_, i): Rgb => [values[i * 3], values[i * 3 + 1], values[i * 3 + 2]],
        );
        this.setColours(guest.bx & 0xff, colours);
        return [`${count} colours from ${guest.bx}, ${where}`, 'set'];
      }
      case 0x13:
        return this.selectPage();
      case 0x15: {
        const [[red, green, blue] = [0, 0, 0]] = vga.getColours(guest.bx & 0xff, 1);
        guest.dh = red;
        guest.cx = (green << 8) | blue;
        return [`colour ${guest.bx}`, `red ${red}, green ${green}, blue ${blue}`];
      }
      case 0x17: {
        const count = Math.min(guest.cx, DAC_ENTRIES);
        guest.writeBytes(buffer, Uint8Array.from(vga.getColours(guest.bx & 0xff, count).flat()));
        return [`${count} colours from ${guest.bx}`, `to ${where}`];
      }
      case 0x18:
        vga.dacMask = guest.bl;
        return ['mask of the DAC', `set to ${hex2(guest.bl)}`];
      case 0x19:
        guest.bl = vga.dacMask;
        return ['mask of the DAC', hex2(guest.bl)];
      case 0x1a: {
        const small = (vga.getAttribute(MODE) & SMALL_PAGES) !== 0;
        const select = vga.getAttribute(COLOUR_SELECT);
        guest.bl = small ? 1 : 0;
        guest.bh = small ? select & 0x0f : select >> 2;
        return ['pages of colours', `of ${small ? 16 : 64}, page ${guest.bh}`];
      }
      case 0x1b: {
        const count = Math.min(guest.cx, DAC_ENTRIES);
        vga.setColours(guest.bx & 0xff, vga.getColours(guest.bx & 0xff, count).map(asGrey));
        return [`${count} colours from ${guest.bx}`, 'made grey'];
      }
      default:
        return undefined;
    }
  }

  private blink(on: boolean): Line {
    const { guest, vga } = this;
    const mode = vga.getAttribute(MODE);
    vga.setAttribute(MODE, on ? mode | BLINK : mode & ~BLINK);
    const register = guest.bda8(BDA_FIELDS.modeRegister);
    guest.setBda8(BDA_FIELDS.modeRegister, on ? register | CGA_BLINK : register & ~CGA_BLINK);
    return ['attribute bit 7', on ? 'blinks' : 'is a bright background'];
  }

  /** AL=13h: BL 0, pages of 64 (BH 0) or 16 colours (BH 1); BL 1, page BH of those. */
  private selectPage(): Line {
    const { guest, vga } = this;
    const mode = vga.getAttribute(MODE);
    if (guest.bl === 0) {
      vga.setAttribute(MODE, (guest.bh & 1) !== 0 ? mode | SMALL_PAGES : mode & ~SMALL_PAGES);
      return ['pages of colours', `of ${(guest.bh & 1) !== 0 ? 16 : 64}`];
    }
    const small = (mode & SMALL_PAGES) !== 0;
    vga.setAttribute(COLOUR_SELECT, small ? guest.bh & 0x0f : (guest.bh & 0x03) << 2);
    return [`page ${guest.bh} of colours`, 'ok'];
  }
}
