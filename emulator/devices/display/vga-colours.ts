/** From pixels to colours: palette, Color Select, PEL Mask and DAC (IBM VGA manual, section 2, Attribute Controller, Video DAC). */
import { ATTRIBUTE_BITS, isGraphics, pixelsACharacter } from './vga-lines';
import type { VgaLook } from './vga-shown';

const PLANE_ENABLE = 0x12;
const COLOR_SELECT = 0x14;
const OVERSCAN = 0x11;

/** Puts a DAC entry as 8 bits each of red, green and blue. */
function put(look: VgaLook, rgb: Uint8Array, index: number, colour: number): void {
  for (let part = 0; part < 3; part++) {
    const level = look.dac[3 * (colour & look.pelMask) + part];
    rgb[3 * index + part] = (level << 2) | (level >> 4);
  }
}

/** `count` colours as the pixels name them. `off`: what blinks is, now. */
export function paletteOf(look: VgaLook, count: 16 | 256, off: boolean): Uint8Array {
  const { attribute } = look;
  const mode = attribute[ATTRIBUTE_BITS.MODE_CONTROL];
  const rgb = new Uint8Array(3 * count);
  if (isGraphics(look) && pixelsACharacter(look) === 4) {
    for (let i = 0; i < 256; i++) put(look, rgb, i, i);
    return rgb;
  }
  const select = attribute[COLOR_SELECT];
  // In graphics modes bit 3 of a pixel blinks.
  const flip = off && isGraphics(look) && (mode & ATTRIBUTE_BITS.BLINK) !== 0 ? 8 : 0;
  for (let i = 0; i < 16; i++) {
    let colour = attribute[(i & attribute[PLANE_ENABLE]) ^ flip] & 0x3f;
    if (mode & 0x80) colour = (colour & 0x0f) | ((select & 0x03) << 4);
    put(look, rgb, i, colour | ((select & 0x0c) << 4));
  }
  return rgb;
}

/** The colour around the picture, RRGGBBh. */
export function borderColour(look: VgaLook): number {
  const rgb = new Uint8Array(3);
  put(look, rgb, 0, look.attribute[OVERSCAN]);
  return (rgb[0] << 16) | (rgb[1] << 8) | rgb[2];
}
