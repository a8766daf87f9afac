/** A line of the picture as pixels: text through the fonts of plane 2, or the planes through the shift registers (IBM VGA manual, section 2). */
import { AddressOut, cellWidth, cursorOf, displayedColumns, displaySkew, type ScanLine } from './vga-geometry';
import type { VgaMemory } from './vga-memory';
import { GRAPHICS_MODE } from './vga-registers';
import type { VgaLook } from './vga-shown';

/** Attribute Mode Control, and its bits. */
export const ATTRIBUTE_BITS = { MODE_CONTROL: 0x10, LINE_GRAPHICS: 0x04, BLINK: 0x08, COLORS_256: 0x40 } as const;
const { MODE_CONTROL, LINE_GRAPHICS, BLINK, COLORS_256 } = ATTRIBUTE_BITS;

/** Bytes between two characters of a font in plane 2. */
export const GLYPH_PITCH = 32;
/** Characters whose eighth dot may be repeated. */
const LINE_FIRST = 0xc0;
const LINE_LAST = 0xdf;
/** Attributes that are underlined where the row has a line for it: foreground 1, background 0, as a monochrome adapter's. */
const UNDERLINE_MASK = 0x77;
const UNDERLINED = 0x01;

/** What blinks is off now: the cursor, characters and pixels. */
export interface BlinkPhase {
  readonly cursor: boolean;
  readonly rest: boolean;
}

/** Draws lines with the registers as they were when it was made. */
export interface LineDrawer {
  /** Pixels of a line. */
  readonly width: number;
  /** The pixels of a line, valid until the next call. */
  draw(line: ScanLine): Uint8Array;
}

export const isGraphics = ({ graphics, attribute }: VgaLook): boolean =>
  ((graphics[6] | attribute[MODE_CONTROL]) & 1) !== 0;

/** Attribute Controller Address, bit 5: the palette belongs to the screen. */
export const PAS = 0x20;

/** The sequencer runs, and neither it nor the attribute controller keeps the screen dark. */
export function isOn({ sequencer, crtc, enabled, attributeIndex }: VgaLook): boolean {
  const runs = (sequencer[0] & 3) === 3 && (crtc[0x17] & 0x80) !== 0;
  return runs && enabled && (attributeIndex & PAS) !== 0 && (sequencer[1] & 0x20) === 0;
}

/** Pixels that a character clock of a graphics mode brings: four of 8 bits, else eight; with 9 dots nothing is left for the last. */
export function pixelsACharacter({ graphics, attribute, sequencer }: VgaLook): 4 | 8 | 9 {
  if (graphics[5] & GRAPHICS_MODE.COLORS_256 && attribute[MODE_CONTROL] & COLORS_256) return 4;
  return cellWidth(sequencer);
}

/** Where plane 2 holds the fonts of characters whose attribute has bit 3 clear, and set. */
export function fontPlaces({ sequencer }: VgaLook): readonly [number, number] {
  const select = sequencer[3];
  const place = (low: number, high: number) => (low << 14) | (high << 13);
  return [place(select & 3, (select >> 4) & 1), place((select >> 2) & 3, (select >> 5) & 1)];
}

export const lineDrawer = (look: VgaLook, memory: VgaMemory, off: BlinkPhase): LineDrawer =>
  isGraphics(look) ? graphicsDrawer(look, memory) : textDrawer(look, memory, off);

function textDrawer(look: VgaLook, memory: VgaMemory, off: BlinkPhase): LineDrawer {
  const { crtc, attribute, sequencer } = look;
  const columns = displayedColumns(crtc);
  const dots = cellWidth(sequencer);
  const width = columns * dots;
  const pixels = new Uint8Array(width + dots);
  const out = new AddressOut(crtc);
  const fonts = fontPlaces(look);
  const cursor = cursorOf(crtc);
  const late = cursor.skew - displaySkew(crtc);
  const blinks = (attribute[MODE_CONTROL] & BLINK) !== 0;
  const joins = (attribute[MODE_CONTROL] & LINE_GRAPHICS) !== 0;
  const underline = crtc[0x14] & 0x1f;
  return {
    width,
    draw: (line) => {
      const hasCursor = !off.cursor && line.scan >= cursor.start && line.scan <= cursor.end;
      const cursorColumn = hasCursor ? ((cursor.at - line.address) & 0xffff) + late : -1;
      for (let column = 0; column <= columns; column++) {
        const address = out.at(line, column);
        const code = memory.plane(0, address);
        const colours = memory.plane(1, address);
        const place = fonts[(colours >> 3) & 1];
        let row = memory.plane(2, (place + code * GLYPH_PITCH + line.scan) & 0xffff) << 1;
        if (joins && code >= LINE_FIRST && code <= LINE_LAST) row |= (row >> 1) & 1;
        if (blinks && colours & 0x80 && off.rest) row = 0;
        if (underline === line.scan && (colours & UNDERLINE_MASK) === UNDERLINED) row = 0x1ff;
        if (column === cursorColumn) row = 0x1ff;
        const paper = (colours >> 4) & (blinks ? 7 : 15);
        for (let dot = 0; dot < dots; dot++) pixels[column * dots + dot] = row & (0x100 >> dot) ? colours & 15 : paper;
      }
      return pixels.subarray(line.shift, line.shift + width);
    },
  };
}

function graphicsDrawer(look: VgaLook, memory: VgaMemory): LineDrawer {
  const { crtc } = look;
  const columns = displayedColumns(crtc);
  const step = pixelsACharacter(look);
  const width = columns * step;
  const out = new AddressOut(crtc);
  // One character more, for what is shifted in from the right.
  const shifted = new Uint8Array((columns + 1) * Math.min(step, 8));
  const put = shifter(look, new Uint32Array(shifted.buffer));
  const wide = step === 9 ? new Uint8Array((columns + 1) * 9) : undefined;
  return {
    width,
    draw: (line) => {
      for (let column = 0; column <= columns; column++) put(column, memory.planes(out.at(line, column)));
      if (wide === undefined) return shifted.subarray(line.shift, line.shift + width);
      for (let column = 0; column <= columns; column++) {
        wide.set(shifted.subarray(8 * column, 8 * column + 8), 9 * column);
      }
      return wide.subarray(line.shift, line.shift + width);
    },
  };
}

/** The eight bits of a byte, most significant first, as the low bits of two words of four pixels. */
const SPREAD = new Uint32Array(512);
for (let byte = 0; byte < 256; byte++) {
  for (let bit = 0; bit < 8; bit++) {
    if (byte & (0x80 >> bit)) SPREAD[2 * byte + (bit >> 2)] = SPREAD[2 * byte + (bit >> 2)] | (1 << (8 * (bit & 3)));
  }
}

/** How the shift registers make pixels of the four planes of a character clock: written to `words`, four a word. */
function shifter(look: VgaLook, words: Uint32Array): (column: number, planes: number) => void {
  const mode = look.graphics[5];
  if (pixelsACharacter(look) === 4) {
    return (column, planes) => {
      words[column] = planes;
    };
  }
  if (mode & GRAPHICS_MODE.COLORS_256) {
    // Without the attribute controller's part two pixels of 4 bits a plane.
    return (column, planes) => {
      words[2 * column] = nibbles(planes & 0xffff);
      words[2 * column + 1] = nibbles(planes >>> 16);
    };
  }
  if (mode & GRAPHICS_MODE.INTERLEAVED) {
    return (column, planes) => {
      words[2 * column] = pairs(planes & 0xff, (planes >> 16) & 0xff);
      words[2 * column + 1] = pairs((planes >> 8) & 0xff, planes >>> 24);
    };
  }
  return (column, planes) => {
    const p0 = (planes & 0xff) * 2;
    const p1 = ((planes >> 8) & 0xff) * 2;
    const p2 = ((planes >> 16) & 0xff) * 2;
    const p3 = (planes >>> 24) * 2;
    words[2 * column] = SPREAD[p0] | (SPREAD[p1] << 1) | (SPREAD[p2] << 2) | (SPREAD[p3] << 3);
    words[2 * column + 1] = SPREAD[p0 + 1] | (SPREAD[p1 + 1] << 1) | (SPREAD[p2 + 1] << 2) | (SPREAD[p3 + 1] << 3);
  };
}

/** Four pixels of 4 bits from two bytes, high half first. */
const nibbles = (bytes: number): number =>
  ((bytes >> 4) & 15) | ((bytes & 15) << 8) | (((bytes >> 12) & 15) << 16) | (((bytes >> 8) & 15) << 24);

/** Four pixels from pairs of bits of two bytes, the first byte's below. */
function pairs(low: number, high: number): number {
  let word = 0;
  for (let pixel = 0; pixel < 4; pixel++) {
    const shift = 6 - 2 * pixel;
    word |= (((low >> shift) & 3) | (((high >> shift) & 3) << 2)) << (8 * pixel);
  }
  return word;
}
