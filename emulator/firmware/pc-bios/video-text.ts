/** The text screen in video memory: cells, pages, cursor, scrolling. */
import { BDA_FIELDS } from './layout';
import type { Guest } from './guest';
import { TEXT_MODES, type TextMode } from './video-modes';
import type { VgaPorts } from './vga-ports';

const CELL_BYTES = 2;
/** Video memory of text modes, 32 KiB from the mode's segment. */
const WINDOW_BYTES = 0x8000;
const BLANK = 0x20;
const PAGES = 8;

/** CRT controller registers. */
const CURSOR_START = 0x0a;
const CURSOR_END = 0x0b;
const START_ADDRESS = 0x0c;
const CURSOR_LOCATION = 0x0e;

const CONTROL = { bell: 7, backspace: 8, lineFeed: 10, carriageReturn: 13 } as const;

export interface Position {
  readonly row: number;
  readonly column: number;
}

export class TextScreen {
  constructor(
    private readonly guest: Guest,
    private readonly vga: VgaPorts,
  ) {}

  /** The mode set, or nothing when it is no text mode. */
  get mode(): TextMode | undefined {
    const number = this.guest.bda8(BDA_FIELDS.videoMode);
    return TEXT_MODES.find((row) => row.mode === number);
  }

  get columns(): number {
    return this.guest.bda16(BDA_FIELDS.columns) || 80;
  }

  get rows(): number {
    return this.guest.bda8(BDA_FIELDS.rowsMinusOne) + 1;
  }

  /** Physical address of a cell, inside of the window whatever the arguments. */
  private address(mode: TextMode, page: number, row: number, column: number): number {
    const offset = page * this.guest.bda16(BDA_FIELDS.pageBytes) + (row * this.columns + column) * CELL_BYTES;
    return (mode.segment << 4) + (offset & (WINDOW_BYTES - 1));
  }

  cell(page: number, position: Position): number {
    const { mode } = this;
    return mode === undefined ? 0 : this.guest.memory.read(this.address(mode, page, position.row, position.column), 2);
  }

  /** Writes a character, with its attribute or keeping the one that is there. */
  put(page: number, position: Position, character: number, attribute?: number): void {
    const { mode } = this;
    if (mode === undefined) return;
    const address = this.address(mode, page, position.row, position.column);
    if (attribute === undefined) this.guest.memory.write(address, 1, character);
    else this.guest.memory.write(address, 2, character | (attribute << 8));
  }

  /** Writes a character `count` times from a position on, at most once a cell of the window. */
  repeat(page: number, position: Position, count: number, character: number, attribute?: number): void {
    const cells = Math.min(count, WINDOW_BYTES / CELL_BYTES);
    for (let i = 0; i < cells; i++) {
      this.put(page, { row: position.row, column: position.column + i }, character, attribute);
    }
  }

  /** Fills video memory with blanks. */
  clear(mode: TextMode): void {
    for (let offset = 0; offset < WINDOW_BYTES; offset += 4) {
      this.guest.memory.write((mode.segment << 4) + offset, 4, 0x0720_0720);
    }
  }

  /* ---------------------------------------------------------------------------------- cursor and pages */

  cursor(page: number): Position {
    const value = this.guest.bda16(BDA_FIELDS.cursors + (page % PAGES) * 2);
    return { row: value >> 8, column: value & 0xff };
  }

  setCursor(page: number, { row, column }: Position): void {
    this.guest.setBda16(BDA_FIELDS.cursors + (page % PAGES) * 2, (row << 8) | column);
    if (page === this.guest.bda8(BDA_FIELDS.activePage)) {
      const start = this.guest.bda16(BDA_FIELDS.pageStart) / CELL_BYTES;
      this.vga.setCrtcPair(CURSOR_LOCATION, (start + row * this.columns + column) & 0xffff);
    }
  }

  /** Start and end scan lines, start bits 5-6 hide it. Sizes for a cell of 8 lines are scaled unless told otherwise. */
  setCursorShape(start: number, end: number): void {
    const { guest } = this;
    guest.setBda16(BDA_FIELDS.cursorShape, (start << 8) | end);
    const height = guest.bda16(BDA_FIELDS.characterHeight);
    const scaled = (guest.bda8(BDA_FIELDS.videoControl) & 1) === 0 && height > 8 && end < 8 && start < 8;
    // The last of 8 lines becomes the last but one, so that the usual cursor (6, 7) stands above the edge.
    const scale = (line: number) => (line === 7 ? height - 2 : Math.floor((line * height) / 8) + (line === 6 ? 1 : 0));
    this.vga.setCrtc(CURSOR_START, scaled ? scale(start) : start);
    this.vga.setCrtc(CURSOR_END, scaled ? scale(end) : end);
  }

  selectPage(page: number): void {
    const { guest } = this;
    const start = page * guest.bda16(BDA_FIELDS.pageBytes);
    guest.setBda8(BDA_FIELDS.activePage, page);
    guest.setBda16(BDA_FIELDS.pageStart, start);
    this.vga.setCrtcPair(START_ADDRESS, (start / CELL_BYTES) & 0xffff);
    this.setCursor(page, this.cursor(page));
  }

  /* ---------------------------------------------------------------------------------- scrolling, teletype */

  /** Scrolls a window by `lines` (0 or too many: clears it); corners are included and cut to the screen. */
  scroll(page: number, up: boolean, lines: number, attribute: number, from: Position, to: Position): void {
    const { mode, guest } = this;
    if (mode === undefined) return;
    const bottom = Math.min(to.row, this.rows - 1);
    const right = Math.min(to.column, this.columns - 1);
    if (from.row > bottom || from.column > right) return;
    const height = bottom - from.row + 1;
    const width = (right - from.column + 1) * CELL_BYTES;
    const distance = lines === 0 || lines > height ? height : lines;
    const blank = new Uint8Array(width);
    for (let i = 0; i < width; i += CELL_BYTES) {
      blank[i] = BLANK;
      blank[i + 1] = attribute;
    }
    for (let i = 0; i < height; i++) {
      const row = up ? from.row + i : bottom - i;
      const source = up ? row + distance : row - distance;
      const inside = up ? source <= bottom : source >= from.row;
      const content = inside ? guest.memory.readBytes(this.address(mode, page, source, from.column), width) : blank;
      guest.writeBytes(this.address(mode, page, row, from.column), content);
    }
  }

  /** Writes one character as a teletype does, its cell keeping its attribute, and moves the cursor on. */
  teletype(page: number, character: number): void {
    const surface: Surface = {
      put: (position, value, attribute) => this.put(page, position, value, attribute),
      scroll: (column) => {
        const last = this.rows - 1;
        const attribute = this.cell(page, { row: last, column }) >> 8;
        this.scroll(page, true, 1, attribute, { row: 0, column: 0 }, { row: last, column: this.columns - 1 });
      },
    };
    this.setCursor(page, this.advance(surface, this.cursor(page), character));
  }

  /**
   * Writes a text as a teletype does, from a position on; gives the position after it. The page is changed in a copy
   * and written once, so that the work is bounded however often the text scrolls.
   */
  write(page: number, start: Position, text: Iterable<readonly [character: number, attribute?: number]>): Position {
    const { mode, columns, rows, guest } = this;
    if (mode === undefined) return start;
    const rowBytes = columns * CELL_BYTES;
    const top = this.address(mode, page, 0, 0);
    const before = guest.memory.readBytes(top, rows * rowBytes);
    const cells = before.slice();
    let lastAttribute: number | undefined;
    const surface: Surface = {
      put: ({ row, column }, character, attribute) => {
        const at = row * rowBytes + column * CELL_BYTES;
        if (at < 0 || at >= cells.length) return;
        cells[at] = character;
        if (attribute !== undefined) cells[at + 1] = attribute;
      },
      scroll: (column) => {
        const filler = lastAttribute ?? cells[(rows - 1) * rowBytes + column * CELL_BYTES + 1];
        cells.copyWithin(0, rowBytes);
        for (let i = cells.length - rowBytes; i < cells.length; i += CELL_BYTES) {
          cells[i] = BLANK;
          cells[i + 1] = filler;
        }
      },
    };
    let position = start;
    for (const [character, attribute] of text) {
      lastAttribute = attribute;
      position = this.advance(surface, position, character, attribute);
    }
    for (let i = 0; i < cells.length; i += CELL_BYTES) {
      if (cells[i] !== before[i] || cells[i + 1] !== before[i + 1]) {
        guest.memory.write(top + i, 2, cells[i] | (cells[i + 1] << 8));
      }
    }
    return position;
  }

  /** What a teletype does with one character: BEL (sounded elsewhere), BS, LF and CR act, all others are shown. */
  private advance(surface: Surface, { row, column }: Position, character: number, attribute?: number): Position {
    const last = this.rows - 1;
    if (character === CONTROL.bell) return { row, column };
    if (character === CONTROL.backspace) return { row, column: Math.max(0, column - 1) };
    if (character === CONTROL.carriageReturn) return { row, column: 0 };
    if (character !== CONTROL.lineFeed) {
      surface.put({ row, column }, character, attribute);
      column++;
      if (column >= this.columns) {
        column = 0;
        row++;
      }
    } else {
      row++;
    }
    if (row > last) {
      surface.scroll(column);
      row = last;
    }
    return { row, column };
  }
}

/** Where a teletype writes. */
interface Surface {
  put(position: Position, character: number, attribute: number | undefined): void;
  /** One line up; the new line gets the attribute of the last line's cell at `column`. */
  scroll(column: number): void;
}
