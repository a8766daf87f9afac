/** Fonts of 14 and 8 lines, made from the one of 16. */

export interface FontTables {
  readonly font8x16: Uint8Array;
  readonly font8x14: Uint8Array;
  readonly font8x8: Uint8Array;
}

const GLYPHS = 256;
const LINES = 16;

/**
 * `font8x14` leaves out the first and the last line; `font8x8` joins every two lines into one, so that no stroke is lost.
 * @throws Error when `font8x16` is not 256 glyphs of 16 bytes.
 */
export function fontTables(font8x16: Uint8Array): FontTables {
  if (font8x16.length !== GLYPHS * LINES) {
    throw new Error(`The font has ${font8x16.length} bytes instead of ${GLYPHS * LINES}.`);
  }
  const font8x14 = new Uint8Array(GLYPHS * 14);
  const font8x8 = new Uint8Array(GLYPHS * 8);
  for (let glyph = 0; glyph < GLYPHS; glyph++) {
    const lines = font8x16.subarray(glyph * LINES, (glyph + 1) * LINES);
    font8x14.set(lines.subarray(1, 15), glyph * 14);
    for (let line = 0; line < 8; line++) {
      font8x8[glyph * 8 + line] = lines[line * 2] | lines[line * 2 + 1];
    }
  }
  return { font8x16, font8x14, font8x8 };
}
