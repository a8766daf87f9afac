/**
 * The registers of the standard modes, as the IBM VGA's BIOS sets them (IBM, "VGA XGA Technical Reference Manual", May
 * 1992, section 2, default values by mode). What they mean is what the tests compare pictures with.
 */

export interface VgaMode {
  readonly misc: number;
  /** Sequencer 0 to 4. */
  readonly sequencer: readonly number[];
  /** CRT controller 0 to 18h. */
  readonly crtc: readonly number[];
  /** Graphics controller 0 to 8. */
  readonly graphics: readonly number[];
  /** Attribute controller 0 to 14h. */
  readonly attribute: readonly number[];
}

const COLOURS_16 = [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f];
const COLOURS_200 = [0, 1, 2, 3, 4, 5, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17];
const same = (value: number, count: number): readonly number[] => new Array<number>(count).fill(value);

/** Horizontal numbers of 40 and 80 characters of 8 dots, and of text. */
const WIDTH_320 = [0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80];
const WIDTH_640 = [0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80];
const TEXT_40 = [0x2d, 0x27, 0x28, 0x90, 0x2b, 0xa0];
const TEXT_80 = [0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81];

/** Vertical numbers of 400, 350 and 480 lines; the parameters are registers 9, 13h, 14h and 17h. */
const lines400 = (row: number, offset: number, underline: number, mode: number, cursor = [0, 0]) => [
  ...[0xbf, 0x1f, 0x00, row, ...cursor, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, offset, underline, 0x96, 0xb9, mode, 0xff],
];
const LINES_350 = [0xbf, 0x1f, 0, 0x40, 0, 0, 0, 0, 0, 0, 0x83, 0x85, 0x5d, 0x28, 0x0f, 0x63, 0xba, 0xe3, 0xff];
const LINES_480 = [0x0b, 0x3e, 0, 0x40, 0, 0, 0, 0, 0, 0, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff];

const PLANAR = [0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff];

export const VGA_MODES = {
  0x01: {
    misc: 0x67,
    sequencer: [3, 0x08, 3, 0, 2],
    crtc: [...TEXT_40, ...lines400(0x4f, 0x14, 0x1f, 0xa3, [0x0d, 0x0e])],
    graphics: [0, 0, 0, 0, 0, 0x10, 0x0e, 0x00, 0xff],
    attribute: [...COLOURS_16, 0x0c, 0, 0x0f, 8, 0],
  },
  0x03: {
    misc: 0x67,
    sequencer: [3, 0x00, 3, 0, 2],
    crtc: [...TEXT_80, ...lines400(0x4f, 0x28, 0x1f, 0xa3, [0x0d, 0x0e])],
    graphics: [0, 0, 0, 0, 0, 0x10, 0x0e, 0x00, 0xff],
    attribute: [...COLOURS_16, 0x0c, 0, 0x0f, 8, 0],
  },
  0x04: {
    misc: 0x63,
    sequencer: [3, 0x09, 3, 0, 2],
    crtc: [...WIDTH_320, ...lines400(0xc1, 0x14, 0x00, 0xa2)],
    graphics: [0, 0, 0, 0, 0, 0x30, 0x0f, 0x00, 0xff],
    attribute: [...[0, 0x13, 0x15, 0x17, 2, 4, 6, 7], ...COLOURS_200.slice(8), 1, 0, 3, 0, 0],
  },
  0x06: {
    misc: 0x63,
    sequencer: [3, 0x01, 1, 0, 6],
    crtc: [...WIDTH_640, ...lines400(0xc1, 0x28, 0x00, 0xc2)],
    graphics: [0, 0, 0, 0, 0, 0x00, 0x0d, 0x00, 0xff],
    attribute: [0, ...same(0x17, 15), 1, 0, 1, 0, 0],
  },
  0x07: {
    misc: 0x66,
    sequencer: [3, 0x00, 3, 0, 2],
    crtc: [...TEXT_80, ...lines400(0x4f, 0x28, 0x0d, 0xa3, [0x0d, 0x0e])],
    graphics: [0, 0, 0, 0, 0, 0x10, 0x0a, 0x00, 0xff],
    attribute: [0, ...same(8, 7), 0x10, ...same(0x18, 7), 0x0e, 0, 0x0f, 8, 0],
  },
  0x0d: {
    misc: 0x63,
    sequencer: [3, 0x09, 0x0f, 0, 6],
    crtc: [...WIDTH_320, ...lines400(0xc0, 0x14, 0x00, 0xe3)],
    graphics: PLANAR,
    attribute: [...COLOURS_200, 1, 0, 0x0f, 0, 0],
  },
  0x0e: {
    misc: 0x63,
    sequencer: [3, 0x01, 0x0f, 0, 6],
    crtc: [...WIDTH_640, ...lines400(0xc0, 0x28, 0x00, 0xe3)],
    graphics: PLANAR,
    attribute: [...COLOURS_200, 1, 0, 0x0f, 0, 0],
  },
  0x0f: {
    misc: 0xa2,
    sequencer: [3, 0x01, 0x0f, 0, 6],
    crtc: [...WIDTH_640, ...LINES_350],
    graphics: [0, 0, 0, 0, 0, 0x00, 0x05, 0x05, 0xff],
    attribute: [0, 8, 0, 0, 0x18, 0x18, 0, 0, 0, 8, 0, 0, 0, 0x18, 0, 0, 0x0b, 0, 5, 0, 0],
  },
  0x10: {
    misc: 0xa3,
    sequencer: [3, 0x01, 0x0f, 0, 6],
    crtc: [...WIDTH_640, ...LINES_350],
    graphics: PLANAR,
    attribute: [...COLOURS_16, 1, 0, 0x0f, 0, 0],
  },
  0x11: {
    misc: 0xe3,
    sequencer: [3, 0x01, 0x0f, 0, 6],
    crtc: [...WIDTH_640, ...LINES_480],
    graphics: [0, 0, 0, 0, 0, 0x00, 0x05, 0x01, 0xff],
    attribute: [0, ...same(0x3f, 15), 1, 0, 0x0f, 0, 0],
  },
  0x12: {
    misc: 0xe3,
    sequencer: [3, 0x01, 0x0f, 0, 6],
    crtc: [...WIDTH_640, ...LINES_480],
    graphics: PLANAR,
    attribute: [...COLOURS_16, 1, 0, 0x0f, 0, 0],
  },
  0x13: {
    misc: 0x63,
    sequencer: [3, 0x01, 0x0f, 0, 0x0e],
    crtc: [...WIDTH_640, ...lines400(0x41, 0x28, 0x40, 0xa3)],
    graphics: [0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff],
    attribute: [...Array.from({ length: 16 }, (_, i) => i), 0x41, 0, 0x0f, 0, 0],
  },
} as const satisfies Readonly<Record<number, VgaMode>>;

export type VgaModeNumber = keyof typeof VGA_MODES;

/** The writes that set a mode, a port and a byte each; the attribute flip-flop is cleared by the reads that come as `in`. */
export function modeWrites(mode: VgaMode): readonly (readonly [kind: 'in' | 'out', port: number, value: number])[] {
  const crtc = mode.misc & 1 ? 0x3d4 : 0x3b4;
  const indexed = (port: number, values: readonly number[]) =>
    values.flatMap((value, index) => [['out', port, index] as const, ['out', port + 1, value] as const]);
  return [
    ['out', 0x3c2, mode.misc],
    ...indexed(0x3c4, mode.sequencer),
    ['out', crtc, 0x11],
    ['out', crtc + 1, 0],
    ...indexed(crtc, mode.crtc),
    ...indexed(0x3ce, mode.graphics),
    ['in', crtc + 6, 0],
    ...mode.attribute.flatMap((value, index) => [['out', 0x3c0, index] as const, ['out', 0x3c0, value] as const]),
    ['out', 0x3c0, 0x20],
    ['out', 0x3c6, 0xff],
  ];
}
