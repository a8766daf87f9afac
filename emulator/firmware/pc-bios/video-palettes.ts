/**
 * The DAC's colours by mode, 6 bits a part. Source: IBM VGA XGA Technical Reference (1992), section 2, video
 * digital-to-analog converter, and the colour tables of the modes.
 */
import type { PaletteName } from './video-modes';

export type Rgb = readonly [red: number, green: number, blue: number];

const FULL = 0x3f;
const grey = (value: number): Rgb => [value, value, value];

/** 64 colours of two bits a part: rgbRGB. */
function text(index: number): Rgb {
  const level = (primary: number, secondary: number) =>
    ((index >> primary) & 1) * 0x2a + ((index >> secondary) & 1) * 0x15;
  return [level(2, 5), level(1, 4), level(0, 3)];
}

/** The 16 colours of a CGA; bit 4 is its intensity, and dark yellow is brown. */
function cga(index: number): Rgb {
  const bright = (index & 0x10) !== 0 ? 0x15 : 0;
  if ((index & 0x17) === 6) return [0x2a, 0x15, 0x00];
  const part = (bit: number) => ((index >> bit) & 1) * 0x2a + bright;
  return [part(2), part(1), part(0)];
}

/** Black, normal, normal and bright by bits 3 and 4, as a monochrome adapter has them. */
const mono = (index: number): Rgb => grey([0x00, 0x2a, 0x2a, FULL][(index >> 3) & 3] ?? 0);

const GREYS = [0, 5, 8, 11, 14, 17, 20, 24, 28, 32, 36, 40, 45, 50, 56, 63];
/** Brightness of the three rounds of 72 colours, and how far each of their three saturations goes towards grey. */
const LEVELS: readonly (readonly (readonly number[])[])[] = [
  [
    [0, 16, 31, 47, 63],
    [31, 39, 47, 55, 63],
    [45, 49, 54, 58, 63],
  ],
  [
    [0, 7, 14, 21, 28],
    [14, 17, 21, 24, 28],
    [20, 22, 24, 26, 28],
  ],
  [
    [0, 4, 8, 12, 16],
    [8, 10, 12, 14, 16],
    [11, 12, 13, 15, 16],
  ],
];
/** The circle from blue over red and green back: steps of the parts red, green, blue in 24 colours. */
function circle(step: number): readonly [number, number, number] {
  const ramp = (offset: number): number => {
    const at = (step - offset + 24) % 24;
    if (at < 4) return at;
    if (at <= 12) return 4;
    return at < 16 ? 16 - at : 0;
  };
  return [ramp(0), ramp(8), ramp(16)];
}

/** Mode 13h: 16 colours of a CGA, 16 greys, 9 rounds of 24 hues, 8 times black. */
function vga(index: number): Rgb {
  if (index < 16) return cga((index & 7) | ((index & 8) << 1));
  if (index < 32) return grey(GREYS[index - 16] ?? 0);
  const hue = index - 32;
  const levels = LEVELS[Math.floor(hue / 72)]?.[Math.floor(hue / 24) % 3];
  if (levels === undefined) return grey(0);
  const [red, green, blue] = circle(hue % 24);
  return [levels[red] ?? 0, levels[green] ?? 0, levels[blue] ?? 0];
}

const PALETTES: Readonly<Record<PaletteName, { readonly count: number; readonly colour: (index: number) => Rgb }>> = {
  text: { count: 64, colour: text },
  cga: { count: 64, colour: cga },
  mono: { count: 64, colour: mono },
  vga: { count: 256, colour: vga },
};

/** All 256 colours of a palette; black behind its own. */
export function paletteOf(name: PaletteName): readonly Rgb[] {
  const { count, colour } = PALETTES[name];
  return Array.from({ length: 256 }, (_, index) => (index < count ? colour(index) : grey(0)));
}

/** A colour as the grey that is as bright: 30 % red, 59 % green, 11 % blue. */
export function asGrey([red, green, blue]: Rgb): Rgb {
  return grey(Math.min(FULL, (red * 77 + green * 151 + blue * 28 + 128) >> 8));
}
