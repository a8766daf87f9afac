/** Pictures of a display chip as pixels. Knows no canvas: it fills 32-bit words, red in the lowest byte. */
import type { Picture } from '../../shared/display';

export type TextPicture = Extract<Picture, { readonly kind: 'text' }>;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What blinks is on or off: the cursor, and characters with attribute bit 7 in blink mode. */
export interface Blink {
  readonly cursor: boolean;
  readonly characters: boolean;
}

/** Part of the picture, in pixels, that was painted. */
export interface Area extends Size {
  readonly x: number;
  readonly y: number;
}

const OPAQUE = 0xff000000;
const BLINK_BIT = 0x80;
/** Characters whose eighth column is drawn in the ninth too, so that lines join (IBM VGA: line graphics enable). */
const LINE_FIRST = 0xc0;
const LINE_LAST = 0xdf;
const GLYPHS = 256;
/** Attributes that are underlined where the cell has a line for it: foreground 1, background 0. */
const UNDERLINE_MASK = 0x77;
const UNDERLINED = 0x01;

export function sizeOf(picture: Picture): Size {
  if (picture.kind !== 'text') return { width: picture.width, height: picture.height };
  return { width: picture.columns * picture.cellWidth, height: picture.rows * picture.cellHeight };
}

const colour = (palette: Uint8Array, index: number): number =>
  (OPAQUE | palette[index * 3] | (palette[index * 3 + 1] << 8) | (palette[index * 3 + 2] << 16)) >>> 0;

/** One cell with its cursor, if that stands there and is on. */
function paintCell(pixels: Uint32Array, picture: TextPicture, cell: number, blink: Blink): void {
  const { columns, cellWidth, cellHeight, cells, font, palette, cursor } = picture;
  const code = cells[cell * 2];
  const attribute = cells[cell * 2 + 1];
  const hidden = picture.blink && (attribute & BLINK_BIT) !== 0 && !blink.characters;
  const background = colour(palette, (attribute >> 4) & (picture.blink ? 7 : 15));
  const foreground = colour(palette, attribute & 15);
  const hasCursor = blink.cursor && cursor.cell === cell;
  const joins = picture.lineGraphics && code >= LINE_FIRST && code <= LINE_LAST;
  const underlined = (attribute & UNDERLINE_MASK) === UNDERLINED;
  // A font of 512 characters: bit 3 of the attribute chooses its half.
  const glyph = font.length > GLYPHS * cellHeight && attribute & 8 ? code + GLYPHS : code;
  const width = columns * cellWidth;
  let at = Math.floor(cell / columns) * cellHeight * width + (cell % columns) * cellWidth;
  for (let y = 0; y < cellHeight; y++, at += width) {
    const row = hidden ? 0 : font[glyph * cellHeight + y];
    const isFull = (hasCursor && y >= cursor.start && y <= cursor.end) || (underlined && y === picture.underline);
    for (let x = 0; x < cellWidth; x++) {
      const bit = x < 8 ? (row >> (7 - x)) & 1 : joins ? row & 1 : 0;
      pixels[at + x] = isFull || bit === 1 ? foreground : background;
    }
  }
}

/** Whether two pictures draw a cell with the same contents alike. */
const drawsAlike = (a: TextPicture, b: TextPicture): boolean =>
  a.columns === b.columns &&
  a.rows === b.rows &&
  a.blink === b.blink &&
  a.cellWidth === b.cellWidth &&
  a.cellHeight === b.cellHeight &&
  a.underline === b.underline &&
  a.lineGraphics === b.lineGraphics &&
  sameBytes(a.font, b.font) &&
  sameBytes(a.palette, b.palette);

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a === b || (a.length === b.length && a.every((value, at) => value === b[at]));

/**
 * Paints a text picture over the one that `pixels` holds, and only where they differ.
 * @param before undefined: `pixels` holds nothing yet
 * @param blinked whether what blinks may have changed since
 * @returns the rows of pixels that were painted, or undefined when none was
 */
export function paintText(
  pixels: Uint32Array,
  picture: TextPicture,
  before: TextPicture | undefined,
  blink: Blink,
  blinked: boolean,
): Area | undefined {
  const { columns, rows, cells, cellHeight, cellWidth, cursor } = picture;
  const all = before === undefined || !drawsAlike(picture, before);
  let first = rows;
  let last = -1;
  for (let cell = 0; cell < columns * rows; cell++) {
    const same =
      !all &&
      cells[cell * 2] === before.cells[cell * 2] &&
      cells[cell * 2 + 1] === before.cells[cell * 2 + 1] &&
      (cell !== cursor.cell || (cell === before.cursor.cell && sameShape(cursor, before.cursor))) &&
      (cell !== before.cursor.cell || cell === cursor.cell);
    const blinks = blinked && (cell === cursor.cell || (picture.blink && (cells[cell * 2 + 1] & BLINK_BIT) !== 0));
    if (same && !blinks) continue;
    paintCell(pixels, picture, cell, blink);
    const row = Math.floor(cell / columns);
    first = Math.min(first, row);
    last = row;
  }
  if (last < 0) return undefined;
  return { x: 0, y: first * cellHeight, width: columns * cellWidth, height: (last - first + 1) * cellHeight };
}

const sameShape = (a: TextPicture['cursor'], b: TextPicture['cursor']): boolean =>
  a.start === b.start && a.end === b.end;

export type PixelPicture = Extract<Picture, { readonly kind: 'indexed' }>;

/** Paints `count` rows of pixels from row `first` on. */
export function paintRows(pixels: Uint32Array, picture: PixelPicture, first: number, count: number): Area {
  const colours = Uint32Array.from({ length: 256 }, (_, index) => colour(picture.palette, index));
  const { width } = picture;
  for (let at = first * width; at < (first + count) * width; at++) pixels[at] = colours[picture.pixels[at]];
  return { x: 0, y: first, width, height: count };
}

/** Paints a dark screen. */
export const paintBlank = (pixels: Uint32Array): void => void pixels.fill(OPAQUE);

/** Code page 437's printable ASCII; everything else is told to a screen reader as a blank. */
const readable = (code: number): string => (code > 0x20 && code < 0x7f ? String.fromCharCode(code) : ' ');

/** The rows of a picture's text; undefined where it shows none. */
function textRows(picture: Picture): readonly string[] | undefined {
  if (picture.kind === 'indexed') return picture.text;
  if (picture.kind === 'blank') return undefined;
  return Array.from({ length: picture.rows }, (_, row) => {
    let text = '';
    for (let column = 0; column < picture.columns; column++) {
      text += readable(picture.cells[(row * picture.columns + column) * 2]);
    }
    return text.trimEnd();
  });
}

/** The text of a picture for those who can't see it. */
export function spokenText(picture: Picture): string {
  const rows = textRows(picture);
  if (rows === undefined) {
    return picture.kind === 'indexed' ? `The screen shows ${picture.mode}.` : 'The screen is off.';
  }
  const shown = rows.join('\n').trim();
  return shown === '' ? 'The screen is empty.' : shown;
}
