/** INT 10h AH=11h, fonts. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h AH=11h. */
import { BDA_FIELDS, ROM_SEGMENT } from './layout';
import { farText, type Guest, linear } from './guest';
import type { VgaPorts } from './vga-ports';
import type { Screen } from './video-screen';
import { type VideoMode, videoMode } from './video-modes';

type Line = readonly [inputs: string, results: string];

const GRAPHICS_FONT = 0x43;
const UPPER_FONT = 0x1f;
const GLYPHS = 256;
/** Bytes between two characters of a font in plane 2. */
const GLYPH_PITCH = 32;
const PLANE_2 = 0x04;
const MAP_MASK = 2;
const CHARACTER_MAPS = 3;
const MEMORY_MODE = 4;
const READ_MAP = 4;
const GRAPHICS_MODE = 5;
const MISCELLANEOUS = 6;
const MAXIMUM_SCAN_LINE = 0x09;
const VERTICAL_END = 0x12;
const OVERFLOW = 0x07;

/** Fonts of the ROM by the low digit of AL. */
const ROM_FONTS: Readonly<Record<number, readonly [label: string, height: number]>> = {
  1: ['font8x14', 14],
  2: ['font8x8', 8],
  4: ['font8x16', 16],
};
/** AX=112xh: rows by BL; 0 means DL. */
const ROWS: readonly number[] = [0, 14, 25, 43];
const GRAPHICS_FONTS: Readonly<Record<number, number>> = { 2: 1, 3: 2, 4: 4 };

const labelOf = (height: number): string => (height === 8 ? 'font8x8' : height === 14 ? 'font8x14' : 'font8x16');

export class VideoFonts {
  constructor(
    private readonly guest: Guest,
    private readonly vga: VgaPorts,
    private readonly screen: Screen,
    private readonly place: (label: string) => number,
  ) {}

  /** A mode was set: its font, and where INT 43h and 1Fh point. */
  modeSet(mode: VideoMode): void {
    if (mode.kind === 'text') this.loadRomFont(labelOf(mode.height), mode.height, 0);
    else this.setVector(GRAPHICS_FONT, ROM_SEGMENT, this.place(labelOf(mode.height)));
    this.setVector(UPPER_FONT, ROM_SEGMENT, this.place('font8x8High'));
  }

  private setVector(vector: number, segment: number, offset: number): void {
    this.guest.memory.write(vector * 4, 4, ((segment << 16) | offset) >>> 0);
  }

  private loadRomFont(label: string, height: number, block: number): void {
    const bytes = this.guest.readBytes(linear(ROM_SEGMENT, this.place(label)), GLYPHS * height);
    this.load(bytes, height, 0, block);
  }

  /** Puts glyphs into plane 2, from character `first` on, in one of eight blocks. */
  private load(bytes: Uint8Array, height: number, first: number, block: number): void {
    const { guest, vga } = this;
    const mode = videoMode(guest.bda8(BDA_FIELDS.videoMode));
    const base = 0xa_0000 + (block & 3) * 0x4000 + ((block & 4) !== 0 ? 0x2000 : 0);
    vga.setSequencer(MAP_MASK, PLANE_2);
    vga.setSequencer(MEMORY_MODE, 0x06);
    vga.setGraphics(READ_MAP, 2);
    vga.setGraphics(GRAPHICS_MODE, 0);
    vga.setGraphics(MISCELLANEOUS, 0x04);
    for (let at = 0; at + height <= bytes.length; at += height) {
      const character = (first + at / height) & 0xff;
      guest.writeBytes(base + character * GLYPH_PITCH, bytes.subarray(at, at + Math.min(height, GLYPH_PITCH)));
    }
    vga.setSequencer(MAP_MASK, mode?.sequencer[MAP_MASK] ?? 0x03);
    vga.setSequencer(MEMORY_MODE, mode?.sequencer[MEMORY_MODE] ?? 0x02);
    for (const index of [READ_MAP, GRAPHICS_MODE, MISCELLANEOUS]) vga.setGraphics(index, mode?.graphics[index] ?? 0);
  }

  /** Rows, heights and cursor for characters of `height` lines, as many as the lines of the screen hold. */
  private adapt(height: number): void {
    const { guest, vga, screen } = this;
    const overflow = vga.getCrtc(OVERFLOW);
    const end = vga.getCrtc(VERTICAL_END) | ((overflow & 0x02) << 7) | ((overflow & 0x40) << 3);
    const scan = vga.getCrtc(MAXIMUM_SCAN_LINE);
    // Bit 7: every line is shown twice.
    const lines = (scan & 0x80) !== 0 ? (end + 1) / 2 : end + 1;
    const rows = Math.floor(lines / height);
    vga.setCrtc(MAXIMUM_SCAN_LINE, (scan & 0xe0) | (height - 1));
    guest.setBda16(BDA_FIELDS.characterHeight, height);
    guest.setBda8(BDA_FIELDS.rowsMinusOne, rows - 1);
    guest.setBda16(BDA_FIELDS.pageBytes, (rows * screen.columns * 2 + 0x7ff) & ~0x7ff);
    // The cursor stands above the last line but of small characters, where it is the last.
    if (height === 8) screen.setCursorShape(6, 7);
    else screen.setCursorShape(height - 3, height - 2);
  }

  /** AH=11h; nothing when there is no such function. */
  service(): Line | undefined {
    const { guest } = this;
    const { al, bl } = guest;
    const kind = al >> 4;
    const which = al & 0x0f;
    if (al === 0x03) {
      this.vga.setSequencer(CHARACTER_MAPS, bl & 0x3f);
      return [`block specifier ${bl}`, 'ok'];
    }
    if (kind <= 1) return which === 0 ? this.userText(kind === 1) : this.romText(which, kind === 1);
    if (kind === 2) return this.graphicsFont(which);
    return al === 0x30 ? this.information() : undefined;
  }

  private userText(adapts: boolean): Line | undefined {
    const { guest } = this;
    const height = guest.bh;
    if (height === 0 || height > GLYPH_PITCH) return undefined;
    const count = Math.min(guest.cx, GLYPHS);
    const from = farText(guest.es, guest.bp);
    this.load(guest.readBytes(linear(guest.es, guest.bp), count * height), height, guest.dx, guest.bl);
    if (adapts) this.adapt(height);
    return [`${count} characters of ${height} lines from ${from} into block ${guest.bl}`, 'ok'];
  }

  private romText(which: number, adapts: boolean): Line | undefined {
    const font = ROM_FONTS[which];
    if (font === undefined) return undefined;
    const [label, height] = font;
    this.loadRomFont(label, height, this.guest.bl);
    if (adapts) this.adapt(height);
    return [`font of ${height} lines into block ${this.guest.bl}`, adapts ? `${this.screen.rows} rows` : 'ok'];
  }

  private graphicsFont(which: number): Line | undefined {
    const { guest } = this;
    const from = farText(guest.es, guest.bp);
    if (which === 0) {
      this.setVector(UPPER_FONT, guest.es, guest.bp);
      return [`INT 1Fh, characters 80h to FFh at ${from}`, 'ok'];
    }
    const font = ROM_FONTS[GRAPHICS_FONTS[which] ?? 0];
    if (which !== 1 && font === undefined) return undefined;
    const height = font?.[1] ?? guest.cx;
    if (font === undefined) this.setVector(GRAPHICS_FONT, guest.es, guest.bp);
    else this.setVector(GRAPHICS_FONT, ROM_SEGMENT, this.place(font[0]));
    const rows = guest.bl === 0 ? guest.dl : (ROWS[guest.bl] ?? 25);
    guest.setBda16(BDA_FIELDS.characterHeight, height);
    guest.setBda8(BDA_FIELDS.rowsMinusOne, rows - 1);
    return [`font of ${height} lines${font === undefined ? ` at ${from}` : ''} for graphics`, `${rows} rows`];
  }

  /** AX=1130h: ES:BP is the font that BH asks for, CX the lines of the one in use, DL the last row. */
  private information(): Line | undefined {
    const { guest } = this;
    const labels = ['', '', 'font8x14', 'font8x8', 'font8x8High', 'font8x14', 'font8x16', 'font8x16'];
    const which = guest.bh;
    if (which <= 1) {
      // INT 1Fh and INT 43h: wherever they point now.
      const vector = (which === 0 ? UPPER_FONT : GRAPHICS_FONT) * 4;
      guest.bp = guest.memory.read(vector, 2);
      guest.es = guest.memory.read(vector + 2, 2);
    } else {
      const label = labels[which];
      if (label === undefined) return undefined;
      guest.es = ROM_SEGMENT;
      guest.bp = this.place(label);
    }
    guest.cx = guest.bda16(BDA_FIELDS.characterHeight);
    guest.dl = guest.bda8(BDA_FIELDS.rowsMinusOne);
    return [`font ${which}`, `at ${farText(guest.es, guest.bp)}, ${guest.cx} lines in use, last row ${guest.dl}`];
  }
}
