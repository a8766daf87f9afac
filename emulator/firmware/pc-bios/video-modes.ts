/**
 * The standard modes: what INT 10h AH=00h writes to the VGA's registers, and how each mode keeps its picture. Source: IBM
 * VGA XGA Technical Reference (1992), section 2, register descriptions and default values by mode.
 */

/** `text`: cells; `cga`: pixels in two interleaved banks; `planar`: a bit a plane; `linear`: a byte a pixel. */
export type VideoKind = 'text' | 'cga' | 'planar' | 'linear';
export type PaletteName = 'text' | 'cga' | 'mono' | 'vga';

/** Values of the registers of the VGA's parts, by index. */
export interface VgaValues {
  readonly miscOutput: number;
  readonly sequencer: readonly number[];
  readonly crtc: readonly number[];
  readonly graphics: readonly number[];
  readonly attribute: readonly number[];
}

export interface VideoMode extends VgaValues {
  readonly mode: number;
  readonly kind: VideoKind;
  readonly columns: number;
  readonly rows: number;
  /** Scan lines of a character. */
  readonly height: number;
  /** Bytes of one page, as the BIOS spaces pages. */
  readonly pageBytes: number;
  readonly segment: number;
  /** Bytes of video memory from there on. */
  readonly windowBytes: number;
  /** Bits of a pixel in its byte; of `cga` modes. */
  readonly bits: number;
  readonly palette: PaletteName;
  /** Value for BDA 40:65, the mode register of a CGA or MDA. */
  readonly modeRegister: number;
}

/** CRT controller index port: 3D4h in colour, 3B4h in monochrome. */
export const crtcPortOf = ({ miscOutput }: VgaValues): number => ((miscOutput & 1) !== 0 ? 0x3d4 : 0x3b4);

const repeat = (value: number, count: number): readonly number[] => new Array<number>(count).fill(value);

const COLOURS_16 = [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f];
const COLOURS_200 = [0, 1, 2, 3, 4, 5, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17];
const TEXT_TAIL = [0x0c, 0x00, 0x0f, 0x08, 0x00];
const GRAPHICS_TAIL = [0x01, 0x00, 0x0f, 0x00, 0x00];
const MONO_ATTRIBUTES = [0, ...repeat(0x08, 7), 0x10, ...repeat(0x18, 7), 0x0e, 0x00, 0x0f, 0x08, 0x00];
const COLOUR_TEXT = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff];
const MONO_TEXT = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0a, 0x0f, 0xff];
const PLANAR = [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x0f, 0xff];

/** CRT controller 00h to 05h. */
const TEXT_40 = [0x2d, 0x27, 0x28, 0x90, 0x2b, 0xa0];
const TEXT_80 = [0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81];
const PIXELS_320 = [0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80];
const PIXELS_640 = [0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80];

/** 06h to 18h by displayed lines: maximum scan line, cursor, row offset, underline, mode. */
const lines400 = (scan: number, cursor: readonly number[], offset: number, underline: number, mode: number) => [
  ...[0xbf, 0x1f, 0x00, scan, ...cursor, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, offset, underline, 0x96, 0xb9, mode, 0xff],
];
const lines350 = (scan: number, cursor: readonly number[], offset: number, underline: number, mode: number) => [
  ...[0xbf, 0x1f, 0x00, scan, ...cursor, 0, 0, 0, 0, 0x83, 0x85, 0x5d, offset, underline, 0x63, 0xba, mode, 0xff],
];
const LINES_480 = [0x0b, 0x3e, 0x00, 0x40, 0, 0, 0, 0, 0, 0, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff];
const NO_CURSOR = [0, 0];

const COLOUR_WINDOW = { segment: 0xb800, windowBytes: 0x8000 } as const;
const MONO_WINDOW = { segment: 0xb000, windowBytes: 0x8000 } as const;
const GRAPHICS_WINDOW = { segment: 0xa000, windowBytes: 0x1_0000 } as const;

function colourText(mode: number, columns: 40 | 80, modeRegister: number): VideoMode {
  const narrow = columns === 40;
  return {
    ...{ mode, kind: 'text', columns, rows: 25, height: 16, pageBytes: narrow ? 0x800 : 0x1000, ...COLOUR_WINDOW },
    ...{ bits: 0, palette: 'text', modeRegister, miscOutput: 0x67 },
    sequencer: [0x03, narrow ? 0x08 : 0x00, 0x03, 0x00, 0x02],
    crtc: [...(narrow ? TEXT_40 : TEXT_80), ...lines400(0x4f, [0x0d, 0x0e], narrow ? 0x14 : 0x28, 0x1f, 0xa3)],
    graphics: COLOUR_TEXT,
    attribute: [...COLOURS_16, ...TEXT_TAIL],
  };
}

function cga4(mode: number, modeRegister: number): VideoMode {
  return {
    ...{ mode, kind: 'cga', columns: 40, rows: 25, height: 8, pageBytes: 0x4000, ...COLOUR_WINDOW },
    ...{ bits: 2, palette: 'cga', modeRegister, miscOutput: 0x63 },
    sequencer: [0x03, 0x09, 0x03, 0x00, 0x02],
    crtc: [...PIXELS_320, ...lines400(0xc1, NO_CURSOR, 0x14, 0x00, 0xa2)],
    graphics: [0x00, 0x00, 0x00, 0x00, 0x00, 0x30, 0x0f, 0x0f, 0xff],
    attribute: [0x00, 0x13, 0x15, 0x17, 0x02, 0x04, 0x06, 0x07, ...COLOURS_200.slice(8), 0x01, 0x00, 0x03, 0x00, 0x00],
  };
}

function planar(mode: number, columns: 40 | 80, rows: number, height: number, rest: Partial<VideoMode>): VideoMode {
  return {
    ...{ mode, kind: 'planar', columns, rows, height, pageBytes: 0, ...GRAPHICS_WINDOW, bits: 1, palette: 'text' },
    ...{ modeRegister: 0x29, miscOutput: 0x63, sequencer: [0x03, columns === 40 ? 0x09 : 0x01, 0x0f, 0x00, 0x06] },
    ...{ crtc: [], graphics: PLANAR, attribute: [...COLOURS_16, ...GRAPHICS_TAIL], ...rest },
  };
}

const VIDEO_MODES: readonly VideoMode[] = [
  colourText(0, 40, 0x2c),
  colourText(1, 40, 0x28),
  colourText(2, 80, 0x2d),
  colourText(3, 80, 0x29),
  cga4(4, 0x2a),
  cga4(5, 0x2e),
  {
    ...{ mode: 6, kind: 'cga', columns: 80, rows: 25, height: 8, pageBytes: 0x4000, ...COLOUR_WINDOW },
    ...{ bits: 1, palette: 'cga', modeRegister: 0x1e, miscOutput: 0x63 },
    sequencer: [0x03, 0x01, 0x01, 0x00, 0x06],
    crtc: [...PIXELS_640, ...lines400(0xc1, NO_CURSOR, 0x28, 0x00, 0xc2)],
    graphics: [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0d, 0x0f, 0xff],
    attribute: [0x00, ...repeat(0x17, 15), 0x01, 0x00, 0x01, 0x00, 0x00],
  },
  {
    ...{ mode: 7, kind: 'text', columns: 80, rows: 25, height: 16, pageBytes: 0x1000, ...MONO_WINDOW },
    ...{ bits: 0, palette: 'mono', modeRegister: 0x29, miscOutput: 0x66 },
    sequencer: [0x03, 0x00, 0x03, 0x00, 0x02],
    crtc: [...TEXT_80, ...lines400(0x4f, [0x0d, 0x0e], 0x28, 0x0d, 0xa3)],
    graphics: MONO_TEXT,
    attribute: MONO_ATTRIBUTES,
  },
  planar(0x0d, 40, 25, 8, {
    ...{ pageBytes: 0x2000, palette: 'cga', attribute: [...COLOURS_200, ...GRAPHICS_TAIL] },
    crtc: [...PIXELS_320, ...lines400(0xc0, NO_CURSOR, 0x14, 0x00, 0xe3)],
  }),
  planar(0x0e, 80, 25, 8, {
    ...{ pageBytes: 0x4000, palette: 'cga', attribute: [...COLOURS_200, ...GRAPHICS_TAIL] },
    crtc: [...PIXELS_640, ...lines400(0xc0, NO_CURSOR, 0x28, 0x00, 0xe3)],
  }),
  planar(0x0f, 80, 25, 14, {
    ...{ pageBytes: 0x8000, palette: 'mono', miscOutput: 0xa2 },
    crtc: [...PIXELS_640, ...lines350(0x40, NO_CURSOR, 0x28, 0x0f, 0xe3)],
    attribute: [0, 8, 0, 0, 0x18, 0x18, 0, 0, 0, 8, 0, 0, 0, 0x18, 0, 0, 0x0b, 0x00, 0x05, 0x00, 0x00],
  }),
  planar(0x10, 80, 25, 14, {
    ...{ pageBytes: 0x8000, miscOutput: 0xa3 },
    crtc: [...PIXELS_640, ...lines350(0x40, NO_CURSOR, 0x28, 0x0f, 0xe3)],
  }),
  planar(0x11, 80, 30, 16, {
    ...{ pageBytes: 0xa000, miscOutput: 0xe3 },
    crtc: [...PIXELS_640, ...LINES_480],
    attribute: [...Array.from({ length: 16 }, (_, i) => (i & 1) * 0x3f), ...GRAPHICS_TAIL],
  }),
  planar(0x12, 80, 30, 16, {
    ...{ pageBytes: 0xa000, miscOutput: 0xe3 },
    crtc: [...PIXELS_640, ...LINES_480],
  }),
  {
    ...{ mode: 0x13, kind: 'linear', columns: 40, rows: 25, height: 8, pageBytes: 0x2000, ...GRAPHICS_WINDOW },
    ...{ bits: 8, palette: 'vga', modeRegister: 0x29, miscOutput: 0x63 },
    sequencer: [0x03, 0x01, 0x0f, 0x00, 0x0e],
    crtc: [...PIXELS_640, ...lines400(0x41, NO_CURSOR, 0x28, 0x40, 0xa3)],
    graphics: [0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x05, 0x0f, 0xff],
    attribute: [...Array.from({ length: 16 }, (_, i) => i), 0x41, 0x00, 0x0f, 0x00, 0x00],
  },
];

/** The row of a mode, bit 7 of its number left out. */
export const videoMode = (number: number): VideoMode | undefined =>
  VIDEO_MODES.find((row) => row.mode === (number & 0x7f));

/** The same text mode with 200 or 350 lines, as INT 10h AX=1200h or 1201h, BL=30h ask for. */
export function withScanLines(mode: VideoMode, lines: 200 | 350 | 400): VideoMode {
  if (mode.kind !== 'text' || lines === 400) return mode;
  const narrow = mode.columns === 40;
  const offset = narrow ? 0x14 : 0x28;
  const horizontal = narrow ? TEXT_40 : TEXT_80;
  const sequencer = [0x03, narrow ? 0x09 : 0x01, 0x03, 0x00, 0x02];
  // Characters of 8 dots; of a monochrome screen, 350 lines are those of its own adapter.
  if (lines === 350) {
    const crtc = [...horizontal, ...lines350(0x4d, [0x0b, 0x0c], offset, mode.mode === 7 ? 0x0d : 0x1f, 0xa3)];
    return { ...mode, height: 14, miscOutput: mode.mode === 7 ? 0xa6 : 0xa3, sequencer, crtc };
  }
  if (mode.mode === 7) return mode;
  const crtc = [...horizontal, ...lines400(0xc7, [0x06, 0x07], offset, 0x1f, 0xa3)];
  return {
    ...mode,
    height: 8,
    miscOutput: 0x63,
    sequencer,
    crtc,
    palette: 'cga',
    attribute: [...COLOURS_200, ...TEXT_TAIL],
  };
}
