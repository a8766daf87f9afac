/** What the VGA shows: cells of text, or pixels, from its registers and planes (IBM VGA manual, section 2, Attribute Controller). */
import type { DisplayFrame } from '../../bus/display';
import type { Digest } from '../../state/digest';
import { CP437 } from './cp437';
import { borderColour, paletteOf } from './vga-colours';
import { VgaComposer } from './vga-composed';
import { borderOf } from './vga-beam';
import {
  AddressOut,
  cellWidth,
  cursorOf,
  displayedColumns,
  displayedLines,
  isPlainText,
  type ScanLine,
  scanLines,
  textGeometry,
} from './vga-geometry';
import {
  ATTRIBUTE_BITS,
  type BlinkPhase,
  fontPlaces,
  GLYPH_PITCH,
  isGraphics,
  isOn,
  lineDrawer,
  pixelsACharacter,
} from './vga-lines';
import type { VgaMemory } from './vga-memory';
import type { VgaRaster } from './vga-raster';
import { GRAPHICS_MODE, type VgaState } from './vga-registers';

/** Attribute Controller registers. */
const { MODE_CONTROL, LINE_GRAPHICS, BLINK, COLORS_256 } = ATTRIBUTE_BITS;
const PLANE_ENABLE = 0x12;

const GLYPHS = 256;
/** What blinks is on for so many frames and off for as many: the cursor half of them. */
const BLINK_FRAMES = 16;

type TextFrame = Extract<DisplayFrame, { kind: 'text' }>;

export class VgaPicture {
  private readonly composer: VgaComposer;

  /** `frames`: how many the beam has begun since time 0, for what blinks. */
  constructor(
    private readonly state: VgaState,
    private readonly memory: VgaMemory,
    private readonly raster: VgaRaster,
    private readonly frames: () => number,
  ) {
    this.composer = new VgaComposer(raster, memory);
  }

  get isOn(): boolean {
    return isOn(this.state);
  }

  private get isGraphics(): boolean {
    return isGraphics(this.state);
  }

  frame(): DisplayFrame {
    const { state } = this;
    if (this.raster.isActive) return this.composed();
    if (!this.isOn) {
      const width = displayedColumns(state.crtc) * cellWidth(state.sequencer);
      return { kind: 'blank', width, height: displayedLines(state.crtc) };
    }
    return !this.isGraphics && isPlainText(state) ? this.plainText() : this.pixels();
  }

  /** What is shown, in words. */
  get mode(): string {
    const { state } = this;
    const changing = this.raster.isActive ? ', changed while it is drawn' : '';
    if (!this.isOn) return `the screen is off${changing}`;
    if (!this.isGraphics) {
      const { columns, rows, cellWidth: width, cellHeight } = textGeometry(state);
      const moved = isPlainText(state) ? '' : ', split or shifted';
      return `text, ${columns} x ${rows} characters of ${width} x ${cellHeight} dots${moved}${changing}`;
    }
    const { lines } = scanLines(state, false, this.raster.start);
    const width = displayedColumns(state.crtc) * pixelsACharacter(state);
    return `graphics, ${width} x ${lines.length}, ${this.colours()} colours${changing}`;
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
    const { start } = this.raster;
    if (isPlainText(state)) {
      const { rows, pitch } = textGeometry(state);
      return Array.from({ length: rows }, (_, row) => ({ address: (start + row * pitch) & 0xffff, scan: 0, shift: 0 }));
    }
    const { lines } = scanLines(state, true, start);
    return lines.filter((line, n) => n === 0 || (line.scan === 0 && line.address !== lines[n - 1].address));
  }

  private plainText(): TextFrame {
    const { state } = this;
    const { columns, rows, cellWidth: width, cellHeight, pitch } = textGeometry(state);
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
    const { at, start: first, end, skew } = cursorOf(state.crtc);
    const place = (at - this.raster.start) & 0xffff;
    const row = pitch > 0 ? Math.floor(place / pitch) : 0;
    const column = place - row * pitch + skew;
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
      palette: paletteOf(state, 16, false),
      border: this.border(columns * width, rows * cellHeight),
    };
  }

  /** The glyphs of the fonts in use, `height` lines each. */
  private glyphs(height: number): Uint8Array {
    const [b, a] = fontPlaces(this.state);
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

  /* -------------------------------------------------------------------------------- pixels */

  /** Graphics, or text that is shifted or split. */
  private pixels(): DisplayFrame {
    const { state } = this;
    const { lines } = scanLines(state, !this.isGraphics, this.raster.start);
    const drawer = lineDrawer(state, this.memory, this.blinkPhase);
    const { width } = drawer;
    const pixels = new Uint8Array(width * lines.length);
    lines.forEach((line, y) => {
      pixels.set(drawer.draw(line), y * width);
    });
    return this.indexed(width, lines.length, pixels, paletteOf(state, 256, this.blinkPhase.rest));
  }

  /** What a program makes by changes while the beam draws. */
  private composed(): DisplayFrame {
    const { width, height, pixels, palette } = this.composer.picture(this.state, this.blinkPhase);
    return this.indexed(width, height, pixels, palette);
  }

  private indexed(width: number, height: number, pixels: Uint8Array, palette: Uint8Array): DisplayFrame {
    const text = this.isGraphics ? {} : { text: this.text() };
    return {
      kind: 'indexed',
      width,
      height,
      pixels,
      palette,
      mode: this.mode,
      border: this.border(width, height),
      ...text,
    };
  }

  /** The border of a picture, in the picture's pixels. */
  private border(width: number, height: number): TextFrame['border'] {
    const { state } = this;
    const { left, right, top, bottom } = borderOf(state.crtc);
    const [x, y] = [width / displayedColumns(state.crtc), height / displayedLines(state.crtc)];
    return { left: left * x, right: right * x, top: top * y, bottom: bottom * y, colour: borderColour(state) };
  }

  /* -------------------------------------------------------------------------------- what time changes */

  private get blinkPhase(): BlinkPhase {
    const phase = Math.floor((this.frames() * 2) / BLINK_FRAMES);
    return { cursor: (phase & 1) !== 0, rest: (phase & 2) !== 0 };
  }

  /** Whether the picture changes by itself. */
  private get blinks(): boolean {
    const { state } = this;
    return this.isOn && (this.isGraphics ? (state.attribute[MODE_CONTROL] & BLINK) !== 0 : !isPlainText(state));
  }

  /** What of the time the picture depends on, and of what was written in it. */
  digestTime(digest: Digest): void {
    digest.word(this.blinks ? Math.floor((this.frames() * 2) / BLINK_FRAMES) : 0);
    digest.word(this.raster.start);
    if (!this.raster.isActive) return;
    const { frame, line } = this.raster.beam;
    digest.word(frame);
    digest.word(line + 1);
  }
}
