/** What a screen of characters can do, whatever the mode keeps of it, and how text modes do it. */
import { BDA_FIELDS } from './layout';
import type { Guest } from './guest';
import type { VideoMode } from './video-modes';

export interface Position {
  readonly row: number;
  readonly column: number;
}

/** A window of character cells, corners included, inside of the screen. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export interface Cells {
  /** Character in the low byte, attribute above it (0 in graphics modes). */
  read(page: number, position: Position): number;
  /** Without an attribute the cell keeps its own (text) or is drawn in the colour `foreground` (graphics). */
  put(page: number, position: Position, character: number, attribute: number | undefined, foreground?: number): void;
  /** Moves a window by `lines`, at most its height; what comes free is filled. */
  scroll(page: number, up: boolean, lines: number, fill: number, window: Window): void;
  /** Empties the whole of the mode's video memory. */
  clear(): void;
}

const CELL_BYTES = 2;
const BLANK = 0x20;
const BLANK_CELLS = 0x0720_0720;

export class TextCells implements Cells {
  constructor(
    private readonly guest: Guest,
    private readonly mode: VideoMode,
    private readonly columns: number,
  ) {}

  /** Physical address of a cell, inside of the window whatever the arguments. */
  private address(page: number, row: number, column: number): number {
    const { segment, windowBytes } = this.mode;
    const offset = page * this.guest.bda16(BDA_FIELDS.pageBytes) + (row * this.columns + column) * CELL_BYTES;
    return (segment << 4) + (offset & (windowBytes - 1));
  }

  read(page: number, { row, column }: Position): number {
    return this.guest.memory.read(this.address(page, row, column), 2);
  }

  put(page: number, { row, column }: Position, character: number, attribute: number | undefined): void {
    const address = this.address(page, row, column);
    if (attribute === undefined) this.guest.memory.write(address, 1, character);
    else this.guest.memory.write(address, 2, character | (attribute << 8));
  }

  scroll(page: number, up: boolean, lines: number, fill: number, { top, left, bottom, right }: Window): void {
    const { guest } = this;
    const width = (right - left + 1) * CELL_BYTES;
    const blank = new Uint8Array(width);
    for (let i = 0; i < width; i += CELL_BYTES) {
      blank[i] = BLANK;
      blank[i + 1] = fill;
    }
    for (let i = 0; i <= bottom - top; i++) {
      const row = up ? top + i : bottom - i;
      const source = up ? row + lines : row - lines;
      const inside = source >= top && source <= bottom;
      const content = inside ? guest.readBytes(this.address(page, source, left), width) : blank;
      guest.writeBytes(this.address(page, row, left), content);
    }
  }

  clear(): void {
    const { segment, windowBytes } = this.mode;
    for (let offset = 0; offset < windowBytes; offset += 4) {
      this.guest.memory.write((segment << 4) + offset, 4, BLANK_CELLS);
    }
  }
}
