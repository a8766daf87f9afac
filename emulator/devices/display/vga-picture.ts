/** What the VGA shows: cells of text, or pixels, from its registers and planes (IBM VGA manual, section 2, Attribute Controller). */
import type { DisplayFrame } from '../../bus/display';
import { CP437 } from './cp437';
import {
  AddressOut,
  cellWidth,
  displayedColumns,
  displayedLines,
  isPlainText,
  rowLines,
  type ScanLine,
  scanLines,
  textGeometry,
} from './vga-geometry';
import type { VgaMemory } from './vga-memory';
import { GRAPHICS_MODE, type VgaState } from './vga-registers';

/** Attribute Controller registers. */
const MODE_CONTROL = 0x10;
const PLANE_ENABLE = 0x12;
const COLOR_SELECT = 0x14;
const PAS = 0x20;
const LINE_GRAPHICS = 0x04;
const BLINK = 0x08;
const COLORS_256 = 0x40;

const GLYPHS = 256;
/** Bytes between two characters of a font in plane 2. */
const GLYPH_PITCH = 32;
/** Characters whose eighth dot may be repeated. */
const LINE_FIRST = 0xc0;
const LINE_LAST = 0xdf;
/** What blinks is on for so many frames and off for as many: the cursor half of them. */
const BLINK_FRAMES = 16;

type TextFrame = Extract<DisplayFrame, { kind: 'text' }>;

/** The eight bits of a byte, most significant first, as the low bits of two words of four pixels. */
const SPREAD = new Uint32Array(512);
for (let byte = 0; byte < 256; byte++) {
  for (let bit = 0; bit < 8; bit++) {
    if (byte & (0x80 >> bit)) SPREAD[2 * byte + (bit >> 2)] = SPREAD[2 * byte + (bit >> 2)] | (1 << (8 * (bit & 3)));
  }
}

export class VgaPicture {
  /** `frames`: how many the beam has begun since time 0, for what blinks. */
  constructor(
    private readonly state: VgaState,
    private readonly memory: VgaMemory,
    private readonly frames: () => number,
  ) {}

  get isGraphics(): boolean {
    return ((this.state.graphics[6] | this.state.attribute[MODE_CONTROL]) & 1) !== 0;
  }

  /** The sequencer runs, and neither it nor the attribute controller keeps the screen dark. */
  get isOn(): boolean {
    const { state } = this;
    const runs = (state.sequencer[0] & 3) === 3 && (state.crtc[0x17] & 0x80) !== 0;
    return runs && state.enabled && (state.attributeIndex & PAS) !== 0 && (state.sequencer[1] & 0x20) === 0;
  }

  frame(): DisplayFrame {
    const { state } = this;
    if (!this.isOn) {
      const width = displayedColumns(state.crtc) * cellWidth(state.sequencer);
      return { kind: 'blank', width, height: displayedLines(state.crtc) };
    }
    if (this.isGraphics) return this.graphics();
    return isPlainText(state) ? this.plainText() : this.movedText();
  }

  /** What is shown, in words. */
  get mode(): string {
    if (!this.isOn) return 'the screen is off';
    const { state } = this;
    if (!this.isGraphics) {
      const { columns, rows, cellWidth: width, cellHeight } = textGeometry(state);
      const moved = isPlainText(state) ? '' : ', split or shifted';
      return `text, ${columns} x ${rows} characters of ${width} x ${cellHeight} dots${moved}`;
    }
    const { lines } = scanLines(state, false);
    return `graphics, ${this.pixelsOfLine()} x ${lines.length}, ${this.colours()} colours`;
  }

  private colours(): number {
    const { graphics, attribute } = this.state;
    if (graphics[5] & GRAPHICS_MODE.COLORS_256 && attribute[MODE_CONTROL] & COLORS_256) return 256;
    const planes = attribute[PLANE_ENABLE] & 0x0f;
    return 1 << [0, 1, 2, 3].filter((plane) => planes & (1 << plane)).length;
  }

  /* -------------------------------------------------------------------------------- text */

  /** The text on the screen, a string a row, trailing blanks removed; nothing when no text is shown. */
  text(): readonly string[] {
    const { state } = this;
    if (!this.isOn || this.isGraphics) return [];
    const out = new AddressOut(state.crtc);
    const columns = displayedColumns(state.crtc);
    return this.rowStarts().map((row) => {
      let line = '';
      for (let column = 0; column < columns; column++) {
        line += String.fromCodePoint(CP437[this.memory.plane(0, out.at(row, column))]);
      }
      return line.replace(/[ \u00a0]+$/u, '');
    });
  }

  /** The first line of each row of characters. */
  private rowStarts(): readonly ScanLine[] {
    const { state } = this;
    if (isPlainText(state)) {
      const { rows, start, pitch } = textGeometry(state);
      return Array.from({ length: rows }, (_, row) => ({ address: (start + row * pitch) & 0xffff, scan: 0, shift: 0 }));
    }
    const { lines } = scanLines(state, true);
    return lines.filter((line, n) => n === 0 || (line.scan === 0 && line.address !== lines[n - 1].address));
  }

  private plainText(): TextFrame {
    const { state } = this;
    const { columns, rows, cellWidth: width, cellHeight, start, pitch } = textGeometry(state);
    const out = new AddressOut(state.crtc);
    const cells = new Uint8Array(2 * columns * rows);
    let i = 0;
    for (const row of this.rowStarts()) {
      for (let column = 0; column < columns; column++) {
        const address = out.at(row, column);
        cells[i++] = this.memory.plane(0, address);
        cells[i++] = this.memory.plane(1, address);
      }
    }
    const { at, start: first, end } = this.cursor();
    const place = (at - start) & 0xffff;
    const row = pitch > 0 ? Math.floor(place / pitch) : 0;
    const column = place - row * pitch;
    const inside = first <= end && row < rows && column < columns;
    return {
      kind: 'text',
      columns,
      rows,
      cells,
      cursor: { cell: inside ? row * columns + column : -1, start: first, end },
      blink: (state.attribute[MODE_CONTROL] & BLINK) !== 0,
      underline: state.crtc[0x14] & 0x1f,
      lineGraphics: (state.attribute[MODE_CONTROL] & LINE_GRAPHICS) !== 0,
      font: this.glyphs(cellHeight),
      cellWidth: width,
      cellHeight,
      palette: this.palette(16),
    };
  }

  /** Address and lines of the cursor; `start` is above `end` when there is none. */
  private cursor(): { readonly at: number; readonly start: number; readonly end: number } {
    const { crtc } = this.state;
    const start = crtc[0x0a] & 0x20 ? rowLines(crtc) : crtc[0x0a] & 0x1f;
    return { at: (crtc[0x0e] << 8) | crtc[0x0f], start, end: Math.min(crtc[0x0b] & 0x1f, rowLines(crtc) - 1) };
  }

  /** Where plane 2 holds the fonts of characters whose attribute has bit 3 clear, and set. */
  private fontPlaces(): readonly [number, number] {
    const select = this.state.sequencer[3];
    const place = (low: number, high: number) => (low << 14) | (high << 13);
    return [place(select & 3, (select >> 4) & 1), place((select >> 2) & 3, (select >> 5) & 1)];
  }

  /** The glyphs of the fonts in use, `height` lines each. */
  private glyphs(height: number): Uint8Array {
    const [b, a] = this.fontPlaces();
    const places = a === b ? [b] : [b, a];
    const font = new Uint8Array(places.length * GLYPHS * height);
    let i = 0;
    for (const place of places) {
      for (let glyph = 0; glyph < GLYPHS; glyph++) {
        for (let line = 0; line < height; line++) {
          font[i++] = this.memory.plane(2, (place + glyph * GLYPH_PITCH + line) & 0xffff);
        }
      }
    }
    return font;
  }

  /** Text that is shifted or split, as pixels. */
  private movedText(): DisplayFrame {
    const { state, memory } = this;
    const { crtc, attribute } = state;
    const { lines } = scanLines(state, true);
    const columns = displayedColumns(crtc);
    const dots = cellWidth(state.sequencer);
    const width = columns * dots;
    const pixels = new Uint8Array(width * lines.length);
    const line = new Uint8Array(width + dots);
    const out = new AddressOut(crtc);
    const fonts = this.fontPlaces();
    const cursor = this.cursor();
    const blinks = (attribute[MODE_CONTROL] & BLINK) !== 0;
    const joins = (attribute[MODE_CONTROL] & LINE_GRAPHICS) !== 0;
    const phase = Math.floor((this.frames() * 2) / BLINK_FRAMES);
    lines.forEach((scanLine, y) => {
      for (let column = 0; column <= columns; column++) {
        const address = out.at(scanLine, column);
        const code = memory.plane(0, address);
        const colours = memory.plane(1, address);
        const place = fonts[(colours >> 3) & 1];
        let row = memory.plane(2, (place + code * GLYPH_PITCH + scanLine.scan) & 0xffff) << 1;
        if (joins && code >= LINE_FIRST && code <= LINE_LAST) row |= (row >> 1) & 1;
        if (blinks && colours & 0x80 && phase & 2) row = 0;
        if ((crtc[0x14] & 0x1f) === scanLine.scan && (colours & 0x77) === 1) row = 0x1ff;
        const isCursor = ((scanLine.address + column) & 0xffff) === cursor.at && (phase & 1) === 0;
        if (isCursor && scanLine.scan >= cursor.start && scanLine.scan <= cursor.end) row = 0x1ff;
        const paper = (colours >> 4) & (blinks ? 7 : 15);
        for (let dot = 0; dot < dots; dot++) line[column * dots + dot] = row & (0x100 >> dot) ? colours & 15 : paper;
      }
      pixels.set(line.subarray(scanLine.shift, scanLine.shift + width), y * width);
    });
    const palette = this.palette(256);
    return { kind: 'indexed', width, height: lines.length, pixels, palette, mode: this.mode, text: this.text() };
  }

  /* -------------------------------------------------------------------------------- graphics */

  /** Pixels that a character clock brings: four of 8 bits, else eight. */
  private get pixelsACharacter(): 4 | 8 {
    const { graphics, attribute } = this.state;
    return graphics[5] & GRAPHICS_MODE.COLORS_256 && attribute[MODE_CONTROL] & COLORS_256 ? 4 : 8;
  }

  private pixelsOfLine(): number {
    return displayedColumns(this.state.crtc) * this.pixelsACharacter;
  }

  private graphics(): DisplayFrame {
    const { state, memory } = this;
    const { lines } = scanLines(state, false);
    const columns = displayedColumns(state.crtc);
    const step = this.pixelsACharacter;
    const width = columns * step;
    const pixels = new Uint8Array(width * lines.length);
    // One character more, for what is shifted in from the right.
    const line = new Uint8Array((columns + 1) * step);
    const words = new Uint32Array(line.buffer);
    const out = new AddressOut(state.crtc);
    const put = this.shifter(words);
    lines.forEach((scanLine, y) => {
      for (let column = 0; column <= columns; column++) put(column, memory.planes(out.at(scanLine, column)));
      pixels.set(line.subarray(scanLine.shift, scanLine.shift + width), y * width);
    });
    return { kind: 'indexed', width, height: lines.length, pixels, palette: this.palette(256), mode: this.mode };
  }

  /** How the shift registers make pixels of the four planes of a character clock: written to `words`, four a word. */
  private shifter(words: Uint32Array): (column: number, planes: number) => void {
    const mode = this.state.graphics[5];
    if (this.pixelsACharacter === 4) {
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

  /* -------------------------------------------------------------------------------- colours */

  /** `count` colours as the pixels name them: through palette, Color Select, PEL Mask and DAC. */
  private palette(count: 16 | 256): Uint8Array {
    const { attribute, dac, pelMask } = this.state;
    const rgb = new Uint8Array(3 * count);
    const put = (index: number, colour: number) => {
      for (let part = 0; part < 3; part++) {
        const level = dac[3 * (colour & pelMask) + part];
        rgb[3 * index + part] = (level << 2) | (level >> 4);
      }
    };
    if (this.isGraphics && this.pixelsACharacter === 4) {
      for (let i = 0; i < 256; i++) put(i, i);
      return rgb;
    }
    const select = attribute[COLOR_SELECT];
    // In graphics modes bit 3 of a pixel blinks.
    const blinks = this.isGraphics && (attribute[MODE_CONTROL] & BLINK) !== 0;
    const flip = blinks && Math.floor(this.frames() / BLINK_FRAMES) & 1 ? 8 : 0;
    for (let i = 0; i < 16; i++) {
      let colour = attribute[(i & attribute[PLANE_ENABLE]) ^ flip] & 0x3f;
      if (attribute[MODE_CONTROL] & 0x80) colour = (colour & 0x0f) | ((select & 0x03) << 4);
      put(i, colour | ((select & 0x0c) << 4));
    }
    return rgb;
  }

  /** Whether the picture changes by itself. */
  get blinks(): boolean {
    return (
      this.isOn && (this.isGraphics ? (this.state.attribute[MODE_CONTROL] & BLINK) !== 0 : !isPlainText(this.state))
    );
  }

  /** What of the time the picture depends on. */
  get phase(): number {
    return this.blinks ? Math.floor((this.frames() * 2) / BLINK_FRAMES) : 0;
  }
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
