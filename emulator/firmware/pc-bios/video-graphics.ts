/**
 * Characters and pixels in graphics modes. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=06h to
 * 0Dh; IBM VGA XGA Technical Reference, section 2, graphics modes.
 */
import { BDA_FIELDS } from './layout';
import { type Guest, linear } from './guest';
import type { VgaPorts } from './vga-ports';
import type { Cells, Position, Window } from './video-cells';
import type { VideoMode } from './video-modes';

/** INT 43h has the font, in modes 04h to 06h only its lower half, and INT 1Fh the upper. */
const FONT_VECTOR = 0x43;
const UPPER_FONT_VECTOR = 0x1f;
const XOR = 0x80;
/** The second bank of modes 04h to 06h: the odd lines. */
const ODD_BANK = 0x2000;
const PLANES = 4;
/** Indexes of the sequencer and of the graphics controller. */
const MAP_MASK = 2;
const READ_MAP = 4;
const GRAPHICS_MODE = 5;
const ALL_PLANES = 0x0f;
const WRITE_LATCHES = 1;

/** How a kind of mode keeps its pixels. `colour` has the mode's bits; XOR is bit 7 of it where the mode has such. */
interface Surface {
  readonly pixelWidth: number;
  getPixel(page: number, x: number, y: number): number;
  /** Eight pixels from column `x` (a multiple of 8) on: those with a bit in `glyph`, the others black or left alone. */
  putEight(page: number, column: number, y: number, glyph: number, colour: number): void;
  putPixel(page: number, x: number, y: number, colour: number): void;
  /** Copies lines of a window of character columns; `from` and `to` are scan lines. */
  copyLine(page: number, from: number, to: number, left: number, right: number): void;
  fillLine(page: number, y: number, left: number, right: number, fill: number): void;
  /** Around copies of lines. */
  beginCopy(): void;
  endCopy(): void;
  clear(): void;
}

/** Modes 04h, 05h (2 bits a pixel) and 06h (1 bit). */
class CgaSurface implements Surface {
  readonly pixelWidth: number;
  constructor(
    private readonly guest: Guest,
    private readonly mode: VideoMode,
  ) {
    this.pixelWidth = mode.columns * 8;
  }

  private address(y: number, byte: number): number {
    return (this.mode.segment << 4) + ((y & 1) !== 0 ? ODD_BANK : 0) + (y >> 1) * 80 + byte;
  }

  getPixel(_page: number, x: number, y: number): number {
    const { bits } = this.mode;
    const perByte = 8 / bits;
    const shift = (perByte - 1 - (x % perByte)) * bits;
    return (this.guest.memory.read(this.address(y, Math.floor(x / perByte)), 1) >> shift) & ((1 << bits) - 1);
  }

  putPixel(_page: number, x: number, y: number, colour: number): void {
    const { memory } = this.guest;
    const { bits } = this.mode;
    const perByte = 8 / bits;
    const shift = (perByte - 1 - (x % perByte)) * bits;
    const mask = ((1 << bits) - 1) << shift;
    const address = this.address(y, Math.floor(x / perByte));
    const old = memory.read(address, 1);
    const value = (colour << shift) & mask;
    memory.write(address, 1, (colour & XOR) !== 0 ? old ^ value : (old & ~mask) | value);
  }

  putEight(_page: number, column: number, y: number, glyph: number, colour: number): void {
    const { memory } = this.guest;
    const { bits } = this.mode;
    let pixels = 0;
    for (let i = 0; i < 8; i++)
      if ((glyph & (0x80 >> i)) !== 0) pixels |= (colour & ((1 << bits) - 1)) << ((7 - i) * bits);
    for (let byte = 0; byte < bits; byte++) {
      const address = this.address(y, column * bits + byte);
      const value = (pixels >> ((bits - 1 - byte) * 8)) & 0xff;
      memory.write(address, 1, (colour & XOR) !== 0 ? memory.read(address, 1) ^ value : value);
    }
  }

  copyLine(_page: number, from: number, to: number, left: number, right: number): void {
    const { bits } = this.mode;
    const bytes = this.guest.readBytes(this.address(from, left * bits), (right - left + 1) * bits);
    this.guest.writeBytes(this.address(to, left * bits), bytes);
  }

  fillLine(_page: number, y: number, left: number, right: number, fill: number): void {
    const { bits } = this.mode;
    this.guest.writeBytes(this.address(y, left * bits), new Uint8Array((right - left + 1) * bits).fill(fill));
  }

  beginCopy(): void {}
  endCopy(): void {}

  clear(): void {
    this.guest.writeBytes(this.mode.segment << 4, new Uint8Array(this.mode.windowBytes));
  }
}

/** Modes 0Dh to 12h. */
class PlanarSurface implements Surface {
  readonly pixelWidth: number;
  constructor(
    private readonly guest: Guest,
    private readonly vga: VgaPorts,
    private readonly mode: VideoMode,
  ) {
    this.pixelWidth = mode.columns * 8;
  }

  private address(page: number, y: number, column: number): number {
    const offset = page * this.guest.bda16(BDA_FIELDS.pageBytes) + y * this.mode.columns + column;
    return (this.mode.segment << 4) + (offset & (this.mode.windowBytes - 1));
  }

  /** Changes a byte of each plane, by what it holds. */
  private eachPlane(address: number, change: (old: number, plane: number) => number): void {
    const { vga, guest } = this;
    for (let plane = 0; plane < PLANES; plane++) {
      vga.setGraphics(READ_MAP, plane);
      vga.setSequencer(MAP_MASK, 1 << plane);
      guest.memory.write(address, 1, change(guest.memory.read(address, 1), plane));
    }
    vga.setSequencer(MAP_MASK, ALL_PLANES);
    vga.setGraphics(READ_MAP, 0);
  }

  getPixel(page: number, x: number, y: number): number {
    const address = this.address(page, y, x >> 3);
    let colour = 0;
    for (let plane = 0; plane < PLANES; plane++) {
      this.vga.setGraphics(READ_MAP, plane);
      colour |= ((this.guest.memory.read(address, 1) >> (7 - (x & 7))) & 1) << plane;
    }
    this.vga.setGraphics(READ_MAP, 0);
    return colour;
  }

  putPixel(page: number, x: number, y: number, colour: number): void {
    const mask = 0x80 >> (x & 7);
    this.eachPlane(this.address(page, y, x >> 3), (old, plane) => {
      const set = ((colour >> plane) & 1) !== 0 ? mask : 0;
      return (colour & XOR) !== 0 ? old ^ set : (old & ~mask) | set;
    });
  }

  putEight(page: number, column: number, y: number, glyph: number, colour: number): void {
    this.eachPlane(this.address(page, y, column), (old, plane) => {
      const set = ((colour >> plane) & 1) !== 0 ? glyph : 0;
      return (colour & XOR) !== 0 ? old ^ set : set;
    });
  }

  beginCopy(): void {
    this.vga.setGraphics(GRAPHICS_MODE, WRITE_LATCHES);
  }

  endCopy(): void {
    this.vga.setGraphics(GRAPHICS_MODE, this.mode.graphics[GRAPHICS_MODE]);
  }

  copyLine(page: number, from: number, to: number, left: number, right: number): void {
    const { memory } = this.guest;
    for (let column = left; column <= right; column++) {
      memory.read(this.address(page, from, column), 1);
      memory.write(this.address(page, to, column), 1, 0);
    }
  }

  fillLine(page: number, y: number, left: number, right: number, fill: number): void {
    for (let plane = 0; plane < PLANES; plane++) {
      this.vga.setSequencer(MAP_MASK, 1 << plane);
      const value = ((fill >> plane) & 1) !== 0 ? 0xff : 0;
      for (let column = left; column <= right; column++) {
        this.guest.memory.write(this.address(page, y, column), 1, value);
      }
    }
    this.vga.setSequencer(MAP_MASK, ALL_PLANES);
  }

  clear(): void {
    this.guest.writeBytes(this.mode.segment << 4, new Uint8Array(this.mode.windowBytes));
  }
}

/** Mode 13h: one page. */
class LinearSurface implements Surface {
  readonly pixelWidth = 320;
  constructor(
    private readonly guest: Guest,
    private readonly mode: VideoMode,
  ) {}

  private address(x: number, y: number): number {
    return (this.mode.segment << 4) + ((y * this.pixelWidth + x) & (this.mode.windowBytes - 1));
  }

  getPixel(_page: number, x: number, y: number): number {
    return this.guest.memory.read(this.address(x, y), 1);
  }

  putPixel(_page: number, x: number, y: number, colour: number): void {
    this.guest.memory.write(this.address(x, y), 1, colour);
  }

  putEight(_page: number, column: number, y: number, glyph: number, colour: number): void {
    for (let i = 0; i < 8; i++) this.putPixel(0, column * 8 + i, y, (glyph & (0x80 >> i)) !== 0 ? colour : 0);
  }

  copyLine(_page: number, from: number, to: number, left: number, right: number): void {
    const bytes = this.guest.readBytes(this.address(left * 8, from), (right - left + 1) * 8);
    this.guest.writeBytes(this.address(left * 8, to), bytes);
  }

  fillLine(_page: number, y: number, left: number, right: number, fill: number): void {
    this.guest.writeBytes(this.address(left * 8, y), new Uint8Array((right - left + 1) * 8).fill(fill));
  }

  beginCopy(): void {}
  endCopy(): void {}

  clear(): void {
    this.guest.writeBytes(this.mode.segment << 4, new Uint8Array(this.mode.windowBytes));
  }
}

export class GraphicsCells implements Cells {
  private readonly surface: Surface;

  constructor(
    private readonly guest: Guest,
    vga: VgaPorts,
    private readonly mode: VideoMode,
  ) {
    this.surface =
      mode.kind === 'cga'
        ? new CgaSurface(guest, mode)
        : mode.kind === 'planar'
          ? new PlanarSurface(guest, vga, mode)
          : new LinearSurface(guest, mode);
  }

  private get height(): number {
    return this.guest.bda16(BDA_FIELDS.characterHeight) & 0xff || this.mode.height;
  }

  private get pixelHeight(): number {
    return this.mode.rows * this.mode.height;
  }

  /** The lines of a character. */
  private glyph(character: number): Uint8Array {
    const { memory } = this.guest;
    const split = this.mode.kind === 'cga' && character >= 0x80;
    const vector = (split ? UPPER_FONT_VECTOR : FONT_VECTOR) * 4;
    const font = linear(memory.read(vector + 2, 2), memory.read(vector, 2));
    return this.guest.readBytes(font + (split ? character - 0x80 : character) * this.height, this.height);
  }

  getPixel(page: number, x: number, y: number): number {
    return x < this.surface.pixelWidth && y < this.pixelHeight ? this.surface.getPixel(page, x, y) : 0;
  }

  putPixel(page: number, x: number, y: number, colour: number): void {
    if (x < this.surface.pixelWidth && y < this.pixelHeight) this.surface.putPixel(page, x, y, colour);
  }

  /** The character whose glyph the pixels that are not black make; 0 when there is none. */
  read(page: number, { row, column }: Position): number {
    const { height, surface } = this;
    if (column >= this.mode.columns || (row + 1) * height > this.pixelHeight) return 0;
    const lines = Uint8Array.from({ length: height }, (_, line) => {
      let bits = 0;
      for (let i = 0; i < 8; i++) {
        if (surface.getPixel(page, column * 8 + i, row * height + line) !== 0) bits |= 0x80 >> i;
      }
      return bits;
    });
    for (let character = 0; character < 256; character++) {
      const glyph = this.glyph(character);
      if (lines.every((value, line) => value === glyph[line])) return character;
    }
    return 0;
  }

  put(page: number, { row, column }: Position, character: number, attribute: number | undefined, foreground = 7): void {
    const { height, surface } = this;
    if (column >= this.mode.columns || (row + 1) * height > this.pixelHeight) return;
    const glyph = this.glyph(character);
    for (let line = 0; line < height; line++) {
      surface.putEight(page, column, row * height + line, glyph[line], attribute ?? foreground);
    }
  }

  scroll(page: number, up: boolean, lines: number, fill: number, { top, left, bottom, right }: Window): void {
    const { height, surface } = this;
    const first = top * height;
    // The data area may tell more rows than there are.
    const last = Math.min((bottom + 1) * height, this.pixelHeight) - 1;
    if (first > last || right >= this.mode.columns) return;
    const distance = Math.min(lines * height, last - first + 1);
    surface.beginCopy();
    for (let i = 0; i <= last - first - distance; i++) {
      if (up) surface.copyLine(page, first + distance + i, first + i, left, right);
      else surface.copyLine(page, last - distance - i, last - i, left, right);
    }
    surface.endCopy();
    const blank = up ? last - distance + 1 : first;
    for (let i = 0; i < distance; i++) surface.fillLine(page, blank + i, left, right, fill);
  }

  clear(): void {
    this.surface.clear();
  }
}
