/**
 * The picture as the beam left it on the screen: above the beam the frame being drawn, below it the one before, each line
 * with the registers that were there when it began (`vga-raster`). Video memory is that of now.
 */
import { frameTiming } from './vga-beam';
import { paletteOf } from './vga-colours';
import { displayedLines, LineCounter } from './vga-geometry';
import { type BlinkPhase, isOn, type LineDrawer, lineDrawer } from './vga-lines';
import type { VgaMemory } from './vga-memory';
import { startOf, type VgaRaster } from './vga-raster';
import { type VgaLook, writeShown } from './vga-shown';

export interface ComposedPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  /** 256 colours, 3 bytes each. */
  readonly palette: Uint8Array;
}

/** A line in pixels of its own width, and the colours (RGB in 24 bits) that they name. */
interface Line {
  readonly pixels: Uint8Array;
  readonly colours: Uint32Array;
}

const COLOURS = 256;
const DARK: Line = { pixels: new Uint8Array(1), colours: new Uint32Array(COLOURS) };

export class VgaComposer {
  constructor(
    private readonly raster: VgaRaster,
    private readonly memory: VgaMemory,
  ) {}

  /** `now`: the registers of now, which say how many lines there are. */
  picture(now: VgaLook, off: BlinkPhase): ComposedPicture {
    const height = displayedLines(now.crtc);
    const lines = Array.from({ length: height }, () => DARK);
    const { frame, line } = this.raster.beam;
    if (line < height) this.draw(lines, frame - 1, line, height, off);
    this.draw(lines, frame, 0, Math.min(line, height), off);
    return compose(lines);
  }

  /** Draws the lines `from` to `to` (not that one) of frame `number`. */
  private draw(lines: Line[], number: number, from: number, to: number, off: BlinkPhase): void {
    const { look, changes } = this.raster.since(number);
    const start = startOf(look);
    const { frame, line: dots } = frameTiming(look);
    let done = 0;
    let drawn: { readonly drawer: LineDrawer; readonly colours: Uint32Array } | undefined;
    let counter: LineCounter | undefined;
    for (let y = 0; y < to; y++) {
      const begins = number * frame + y * dots;
      for (; done < changes.length && changes[done].dots <= begins; done++) {
        writeShown(look, changes[done].register, changes[done].value);
        drawn = undefined;
      }
      counter ??= new LineCounter(start, look.crtc);
      const line = counter.next(look);
      if (y < from || !isOn(look)) continue;
      drawn ??= { drawer: lineDrawer(look, this.memory, off), colours: numbers(paletteOf(look, COLOURS, off.rest)) };
      lines[y] = { pixels: drawn.drawer.draw(line).slice(), colours: drawn.colours };
    }
  }
}

function numbers(palette: Uint8Array): Uint32Array {
  const colours = new Uint32Array(COLOURS);
  for (let i = 0; i < COLOURS; i++)
    colours[i] = (palette[3 * i] << 16) | (palette[3 * i + 1] << 8) | palette[3 * i + 2];
  return colours;
}

/** Lines as wide as the widest, with one palette for all of them. */
function compose(lines: readonly Line[]): ComposedPicture {
  const width = Math.max(...lines.map((line) => line.pixels.length));
  const pixels = new Uint8Array(width * lines.length);
  const indices = chooseColours(lines);
  const named = new Uint8Array(COLOURS);
  lines.forEach(({ pixels: own, colours }, y) => {
    colours.forEach((colour, index) => {
      named[index] = indices.get(colour)?.index ?? 0;
    });
    const at = y * width;
    if (own.length === width) for (let x = 0; x < width; x++) pixels[at + x] = named[own[x]];
    else for (let x = 0; x < width; x++) pixels[at + x] = named[own[Math.floor((x * own.length) / width)]];
  });
  const palette = new Uint8Array(3 * COLOURS);
  for (const [colour, { index, own }] of indices) {
    if (own) palette.set([colour >> 16, (colour >> 8) & 0xff, colour & 0xff], 3 * index);
  }
  return { width, height: lines.length, pixels, palette };
}

/** A colour's index, and whether that is of this colour, not of one like it. */
interface Choice {
  readonly index: number;
  readonly own: boolean;
}

/** An index for every colour that is seen. Of more than 256 the most frequent have their own, the others that of the nearest. */
function chooseColours(lines: readonly Line[]): ReadonlyMap<number, Choice> {
  const counts = new Map<number, number>();
  const seen = new Uint32Array(COLOURS);
  for (const { pixels, colours } of lines) {
    seen.fill(0);
    for (let x = 0; x < pixels.length; x++) seen[pixels[x]] = seen[pixels[x]] + 1;
    seen.forEach((count, index) => {
      if (count > 0) counts.set(colours[index], (counts.get(colours[index]) ?? 0) + count);
    });
  }
  const frequent = [...counts].toSorted(([a, m], [b, n]) => n - m || a - b).map(([colour]) => colour);
  const own = frequent.slice(0, COLOURS);
  return new Map(
    frequent.map((colour, n): readonly [number, Choice] => [
      colour,
      n < COLOURS ? { index: n, own: true } : { index: nearest(own, colour), own: false },
    ]),
  );
}

function nearest(colours: readonly number[], wanted: number): number {
  let best = 0;
  let least = Infinity;
  colours.forEach((colour, index) => {
    const red = (colour >> 16) - (wanted >> 16);
    const green = ((colour >> 8) & 0xff) - ((wanted >> 8) & 0xff);
    const blue = (colour & 0xff) - (wanted & 0xff);
    const distance = red * red + green * green + blue * blue;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}
