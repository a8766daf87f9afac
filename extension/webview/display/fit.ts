/** How large a picture is drawn. Sizes are in the screen's own pixels but for the picture's and its border's. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Around the picture. */
export interface Sides {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The part of `room` that is left for the picture itself when its border is shown too. */
export function roomInside({ width, height }: Size, border: Sides, room: Size): Size {
  return {
    width: (room.width * width) / (width + border.left + border.right),
    height: (room.height * height) / (height + border.top + border.bottom),
  };
}

export interface Fit extends Size {
  /** How often each pixel of the picture is repeated in the canvas, which is then made smaller to the size above. */
  readonly across: number;
  readonly down: number;
  /** The canvas is shown as it is: every pixel is as large as the next. */
  readonly exact: boolean;
}

/** What the picture fills: a monitor's screen, whatever the mode's resolution; or each pixel is a square. */
export type Aspect = 'monitor' | 'square';

const MONITOR = 4 / 3;
/** A whole multiple is taken when it has at least this part of the width that there is. */
const WORTH = 0.7;

/** Whole pixels that are there for sure; what is whole but for the arithmetic stays. */
const pixels = (length: number): number => Math.max(1, Math.floor(length + 1e-6));

/**
 * Square pixels: the greatest whole multiple in `room`. Else the greatest size that is one in at least one direction,
 * where that does not leave too much of the room empty. In a direction in which it is none, pixels are repeated more often
 * than needed and the whole is made smaller: their edges are soft by less than a pixel, and all are of the same size. A
 * picture with no room is made smaller.
 */
export function fit({ width, height }: Size, room: Size, aspect: Aspect): Fit {
  const ratio = aspect === 'monitor' ? MONITOR : width / height;
  const most = Math.min(room.width, room.height * ratio);
  const byWidth = Math.floor(most / width) * width;
  const byHeight = Math.floor(most / ratio / height) * height * ratio;
  const whole = Math.max(byWidth, byHeight);
  const isTaken = whole > 0 && (aspect === 'square' || whole >= most * WORTH);
  const size = isTaken ? whole : most;
  const wide = pixels(size);
  const high = pixels(size / ratio);
  const across = Math.max(1, Math.ceil(wide / width));
  const down = Math.max(1, Math.ceil(high / height));
  return { width: wide, height: high, across, down, exact: across * width === wide && down * height === high };
}
