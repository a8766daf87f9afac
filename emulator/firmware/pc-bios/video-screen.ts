/** The screen of the present mode: cursor, pages, scrolling, teletype. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 10h. */
import { BDA_FIELDS } from './layout';
import type { Guest } from './guest';
import type { VgaPorts } from './vga-ports';
import { type Cells, type Position, TextCells } from './video-cells';
import { GraphicsCells } from './video-graphics';
import { type VideoMode, videoMode } from './video-modes';

const CELL_BYTES = 2;
const PAGES = 8;

/** CRT controller registers. */
const CURSOR_START = 0x0a;
const CURSOR_END = 0x0b;
const START_ADDRESS = 0x0c;
const CURSOR_LOCATION = 0x0e;
/** 40:87h: cursor sizes are not scaled. */
const NO_SCALING = 0x01;
/** Lines of the cell that cursor sizes are told for. */
const OLD_HEIGHT = 8;

const CONTROL = { bell: 7, backspace: 8, lineFeed: 10, carriageReturn: 13 } as const;

/** A character to show; without an attribute its cell keeps the one that it has. */
export type Character = readonly [character: number, attribute?: number];

/** A line of the screen that is about to change: what is to be put, and the filler if it came up by scrolling. */
interface Line {
  readonly fill: number | undefined;
  readonly cells: Map<number, Character>;
}

export class Screen {
  constructor(
    private readonly guest: Guest,
    private readonly vga: VgaPorts,
  ) {}

  /** The mode set; nothing when the data area names none of the standard modes. */
  get mode(): VideoMode | undefined {
    return videoMode(this.guest.bda8(BDA_FIELDS.videoMode));
  }

  get graphics(): GraphicsCells | undefined {
    const { mode } = this;
    return mode === undefined || mode.kind === 'text' ? undefined : new GraphicsCells(this.guest, this.vga, mode);
  }

  get cells(): Cells | undefined {
    const { mode } = this;
    return mode?.kind === 'text' ? new TextCells(this.guest, mode, this.columns) : this.graphics;
  }

  get columns(): number {
    return this.guest.bda16(BDA_FIELDS.columns) || 80;
  }

  get rows(): number {
    return this.guest.bda8(BDA_FIELDS.rowsMinusOne) + 1;
  }

  /* ---------------------------------------------------------------------------------- cursor and pages */

  cursor(page: number): Position {
    const value = this.guest.bda16(BDA_FIELDS.cursors + (page % PAGES) * 2);
    return { row: value >> 8, column: value & 0xff };
  }

  setCursor(page: number, { row, column }: Position): void {
    this.guest.setBda16(BDA_FIELDS.cursors + (page % PAGES) * 2, (row << 8) | column);
    if (page === this.guest.bda8(BDA_FIELDS.activePage) && this.mode?.kind === 'text') {
      const start = this.guest.bda16(BDA_FIELDS.pageStart) / CELL_BYTES;
      this.vga.setCrtcPair(CURSOR_LOCATION, (start + row * this.columns + column) & 0xffff);
    }
  }

  /** Start and end scan lines, start bits 5-6 hide it. Sizes for a cell of 8 lines are scaled unless told otherwise. */
  setCursorShape(start: number, end: number): void {
    const { guest } = this;
    guest.setBda16(BDA_FIELDS.cursorShape, (start << 8) | end);
    const height = guest.bda16(BDA_FIELDS.characterHeight);
    const unscaled = (guest.bda8(BDA_FIELDS.videoControl) & NO_SCALING) !== 0;
    const scaled = !unscaled && height > OLD_HEIGHT && end < OLD_HEIGHT && start < OLD_HEIGHT;
    // The last of 8 lines becomes the last but one, so that the usual cursor (6, 7) stands above the edge.
    const scale = (line: number) =>
      line === 7 ? height - 2 : Math.floor((line * height) / OLD_HEIGHT) + (line === 6 ? 1 : 0);
    this.vga.setCrtc(CURSOR_START, scaled ? scale(start) : start);
    this.vga.setCrtc(CURSOR_END, scaled ? scale(end) : end);
  }

  selectPage(page: number): void {
    const { guest, mode } = this;
    const start = (page % PAGES) * guest.bda16(BDA_FIELDS.pageBytes);
    guest.setBda8(BDA_FIELDS.activePage, page % PAGES);
    guest.setBda16(BDA_FIELDS.pageStart, start);
    // The CRT controller counts cells, or bytes of a plane.
    const unit = mode?.kind === 'planar' ? 1 : CELL_BYTES;
    this.vga.setCrtcPair(START_ADDRESS, Math.floor(start / unit) & 0xffff);
    this.setCursor(page, this.cursor(page));
  }

  /* ---------------------------------------------------------------------------------- characters */

  /** Scrolls a window by `lines` (0 or too many: clears it); corners are included and cut to the screen. */
  scroll(page: number, up: boolean, lines: number, fill: number, from: Position, to: Position): void {
    const bottom = Math.min(to.row, this.rows - 1);
    const right = Math.min(to.column, this.columns - 1);
    if (from.row > bottom || from.column > right) return;
    const height = bottom - from.row + 1;
    const distance = lines === 0 || lines > height ? height : lines;
    this.cells?.scroll(page, up, distance, fill, { top: from.row, left: from.column, bottom, right });
  }

  /** Writes a character `count` times from a position on, at most once a cell of video memory. */
  repeat(
    page: number,
    position: Position,
    count: number,
    character: number,
    attribute?: number,
    colour?: number,
  ): void {
    const { cells, columns, mode } = this;
    if (cells === undefined) return;
    // Text goes on in the next row; pixels end with theirs.
    const most = mode?.kind === 'text' ? mode.windowBytes / CELL_BYTES : columns - position.column;
    for (let i = 0; i < Math.min(count, most); i++) {
      cells.put(page, { row: position.row, column: position.column + i }, character, attribute, colour);
    }
  }

  /** Writes one character as a teletype does: in text its cell keeps its attribute, in graphics it has a colour. */
  teletype(page: number, character: number, colour: number): void {
    this.setCursor(page, this.write(page, this.cursor(page), [[character]], colour));
  }

  /**
   * Writes a text as a teletype does, from a position on; gives the position after it. The screen moves once, however
   * often the text scrolls.
   */
  write(page: number, start: Position, text: Iterable<Character>, colour?: number): Position {
    const { cells, columns, rows, mode } = this;
    if (cells === undefined) return start;
    const last = rows - 1;
    const right = columns - 1;
    const lines: Line[] = Array.from({ length: rows }, () => ({ fill: undefined, cells: new Map() }));
    let scrolled = 0;
    let { row, column } = start;
    for (const written of text) {
      const [character, attribute] = written;
      if (character === CONTROL.bell) continue;
      if (character === CONTROL.backspace) column = Math.max(0, column - 1);
      else if (character === CONTROL.carriageReturn) column = 0;
      else if (character === CONTROL.lineFeed) row++;
      else {
        lines[row]?.cells.set(column, written);
        column++;
        if (column >= columns) {
          column = 0;
          row++;
        }
      }
      if (row <= last) continue;
      row = last;
      scrolled++;
      // The new line has the attribute of the text, else that of what stood in the last one.
      const filler =
        mode?.kind === 'text' ? (attribute ?? this.attributeAt(cells, page, last, column, lines[last])) : 0;
      lines.shift();
      lines.push({ fill: filler, cells: new Map() });
    }
    if (scrolled > 0) {
      const window = { top: 0, left: 0, bottom: last, right };
      cells.scroll(page, true, Math.min(scrolled, rows), 0, window);
      lines.forEach(({ fill }, at) => {
        if (fill !== undefined) cells.scroll(page, true, 1, fill, { top: at, left: 0, bottom: at, right });
      });
    }
    lines.forEach(({ cells: put }, at) => {
      for (const [where, [character, attribute]] of put) {
        cells.put(page, { row: at, column: where }, character, attribute, colour);
      }
    });
    return { row, column };
  }

  /** The attribute that a cell will have when what is to be written has been. */
  private attributeAt(cells: Cells, page: number, row: number, column: number, line: Line | undefined): number {
    return line?.cells.get(column)?.[1] ?? line?.fill ?? cells.read(page, { row, column }) >> 8;
  }
}
