/** What the CRT controller's numbers mean: the size of the picture and where the beam is (IBM VGA manual, section 2). */

/** Registers that decide on the picture. */
export interface VgaTiming {
  readonly misc: number;
  readonly sequencer: Uint8Array;
  readonly crtc: Uint8Array;
}

/** A text screen: sizes in characters and lines, addresses in characters. */
export interface TextGeometry {
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: 8 | 9;
  readonly cellHeight: number;
  /** Address of the first character, and from one row to the next. */
  readonly start: number;
  readonly pitch: number;
}

/** A 10-bit number of which `Overflow` (register 7) holds the bits 8 and 9 at `bit8` and `bit9`. */
function tall(crtc: Uint8Array, index: number, bit8: number, bit9: number): number {
  const overflow = crtc[7];
  return crtc[index] | (((overflow >> bit8) & 1) << 8) | (((overflow >> bit9) & 1) << 9);
}

const verticalTotal = (crtc: Uint8Array) => tall(crtc, 0x06, 0, 5) + 2;
const retraceStart = (crtc: Uint8Array) => tall(crtc, 0x10, 2, 7);
/** Lines that are displayed. */
export const displayedLines = (crtc: Uint8Array) => tall(crtc, 0x12, 1, 6) + 1;
/** Characters that are displayed in a line. */
export const displayedColumns = (crtc: Uint8Array) => crtc[0x01] + 1;

export const cellWidth = (sequencer: Uint8Array): 8 | 9 => (sequencer[1] & 0x01 ? 8 : 9);

export function textGeometry({ sequencer, crtc }: VgaTiming): TextGeometry {
  const cellHeight = (crtc[0x09] & 0x1f) + 1;
  // Double scan shows each line twice; "horizontal retrace select" counts lines in pairs.
  const doubled = crtc[0x09] & 0x80 ? 2 : 1;
  const paired = crtc[0x17] & 0x04 ? 2 : 1;
  return {
    columns: displayedColumns(crtc),
    rows: Math.floor((displayedLines(crtc) * paired) / (cellHeight * doubled)),
    cellWidth: cellWidth(sequencer),
    cellHeight,
    start: (crtc[0x0c] << 8) | crtc[0x0d],
    pitch: crtc[0x13] * 2,
  };
}

/** Where the beam is. */
export interface Beam {
  /** Not in the displayed part of a line. */
  readonly blank: boolean;
  readonly verticalRetrace: boolean;
}

/** The beam at virtual time `ns`; frames follow each other from time 0 on. */
export function beamAt(ns: number, { misc, sequencer, crtc }: VgaTiming): Beam {
  const kilohertz = (misc >> 2) & 1 ? 28_322 : 25_175;
  // Dots since time 0, exact: whole milliseconds first, so that no product leaves the safe integers.
  const ms = Math.floor(ns / 1_000_000);
  const dots = ms * kilohertz + Math.floor(((ns - ms * 1_000_000) * kilohertz) / 1_000_000);
  const dotsPerCharacter = cellWidth(sequencer) * (sequencer[1] & 0x08 ? 2 : 1);
  const dotsPerLine = (crtc[0x00] + 5) * dotsPerCharacter;
  const inFrame = dots % (dotsPerLine * verticalTotal(crtc));
  const line = Math.floor(inFrame / dotsPerLine);
  const character = Math.floor((inFrame % dotsPerLine) / dotsPerCharacter);
  const start = retraceStart(crtc);
  // The end is given by its four low bits: the first line after the start that has them.
  const length = (crtc[0x11] - start) & 15 || 16;
  return {
    blank: line >= displayedLines(crtc) || character >= displayedColumns(crtc),
    verticalRetrace: line >= start && line < start + length,
  };
}
