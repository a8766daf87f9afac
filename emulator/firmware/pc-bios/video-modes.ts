/**
 * Text modes: what INT 10h AH=00h writes to the VGA's registers. Source: IBM VGA XGA Technical Reference (1992), section
 * 2, register descriptions and default values; 400 lines, 16 a character.
 */

export interface TextMode {
  readonly mode: number;
  readonly columns: number;
  readonly rows: number;
  /** Bytes of one page, as the BIOS spaces pages. */
  readonly pageBytes: number;
  readonly segment: number;
  /** CRT controller index port: 3D4h in colour, 3B4h in monochrome. */
  readonly crtcPort: number;
  readonly miscOutput: number;
  readonly sequencer: readonly number[];
  readonly crtc: readonly number[];
  readonly graphics: readonly number[];
  readonly attribute: readonly number[];
  /** Value for BDA 40:65, the mode register of a CGA or MDA. */
  readonly modeRegister: number;
}

export const CHARACTER_HEIGHT = 16;

const COLOUR_ATTRIBUTES = [
  ...[0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f],
  ...[0x0c, 0x00, 0x0f, 0x08, 0x00],
];
const MONO_ATTRIBUTES = [
  ...[0x00, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x10, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18],
  ...[0x0e, 0x00, 0x0f, 0x08, 0x00],
];
const COLOUR_GRAPHICS = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff];
const MONO_GRAPHICS = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0a, 0x00, 0xff];

/** Registers 06h to 18h are the same but for the row offset (13h) and the underline (14h). */
const crtc = (horizontal: readonly number[], rowOffset: number, underline: number): readonly number[] => [
  ...horizontal,
  ...[0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f],
  ...[rowOffset, underline, 0x96, 0xb9, 0xa3, 0xff],
];
const COLUMNS_40 = crtc([0x2d, 0x27, 0x28, 0x90, 0x2b, 0xa0], 0x14, 0x1f);
const COLUMNS_80 = crtc([0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81], 0x28, 0x1f);
const COLUMNS_80_MONO = crtc([0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81], 0x28, 0x0f);

function colour(mode: number, columns: 40 | 80, modeRegister: number): TextMode {
  return {
    mode,
    columns,
    rows: 25,
    pageBytes: columns === 40 ? 0x800 : 0x1000,
    segment: 0xb800,
    crtcPort: 0x3d4,
    miscOutput: 0x67,
    sequencer: [0x03, columns === 40 ? 0x08 : 0x00, 0x03, 0x00, 0x02],
    crtc: columns === 40 ? COLUMNS_40 : COLUMNS_80,
    graphics: COLOUR_GRAPHICS,
    attribute: COLOUR_ATTRIBUTES,
    modeRegister,
  };
}

export const TEXT_MODES: readonly TextMode[] = [
  colour(0, 40, 0x2c),
  colour(1, 40, 0x28),
  colour(2, 80, 0x2d),
  colour(3, 80, 0x29),
  {
    mode: 7,
    columns: 80,
    rows: 25,
    pageBytes: 0x1000,
    segment: 0xb000,
    crtcPort: 0x3b4,
    miscOutput: 0x66,
    sequencer: [0x03, 0x00, 0x03, 0x00, 0x02],
    crtc: COLUMNS_80_MONO,
    graphics: MONO_GRAPHICS,
    attribute: MONO_ATTRIBUTES,
    modeRegister: 0x29,
  },
];

/** The default colours of the DAC in text modes, entry 0 to 63: two bits a colour, 6-bit red, green, blue. */
export function textColour(index: number): readonly [red: number, green: number, blue: number] {
  const level = (primary: number, secondary: number) =>
    ((index >> primary) & 1) * 0x2a + ((index >> secondary) & 1) * 0x15;
  return [level(2, 5), level(1, 4), level(0, 3)];
}
