/** Where the beam is, when vertical retrace comes, and what lies around the picture (IBM VGA manual, section 2, CRT Controller). */
import {
  cellWidth,
  displayedColumns,
  displayedLines,
  linesACount,
  retraceStart,
  tall,
  verticalTotal,
  type VgaTiming,
} from './vga-geometry';

/** Characters and lines around the picture that have the border's colour. */
export interface Border {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The first number from `from` on whose low bits are those of `end`. */
const upTo = (from: number, end: number, bits: number): number => from + ((end - from) & (2 ** bits - 1));

/**
 * The border: what is neither displayed nor blanked. Blanking begins behind the character (line) of its first register and
 * ends behind that of its second; with the standard numbers of 640 x 480 that gives the 8 dots and 8 lines of VESA's Display
 * Monitor Timings. Retrace is black whatever blanking says.
 */
export function borderOf(crtc: Uint8Array): Border {
  const columns = displayedColumns(crtc);
  const characters = charactersALine(crtc);
  const blankColumn = crtc[0x02];
  const blankColumnEnd = upTo(blankColumn, (crtc[0x03] & 0x1f) | ((crtc[0x05] >> 2) & 0x20), 6);
  const lines = tall(crtc, 0x12, 1, 6) + 1;
  const blankLine = crtc[0x15] | (((crtc[7] >> 3) & 1) << 8) | (((crtc[9] >> 5) & 1) << 9);
  const blankLineEnd = upTo(blankLine, crtc[0x16], 8);
  const side = (size: number, limit: number) => Math.max(0, Math.min(size, limit));
  const times = linesACount(crtc);
  return {
    left: side(characters - blankColumnEnd - 1, characters - columns),
    right: side(Math.min(blankColumn, crtc[0x04]) + 1 - columns, characters - columns),
    top: side(verticalTotal(crtc) - blankLineEnd - 1, verticalTotal(crtc) - lines) * times,
    bottom: side(Math.min(blankLine + 1, retraceStart(crtc)) - lines, verticalTotal(crtc) - lines) * times,
  };
}

/** Where the beam is. */
export interface Beam {
  /** Not in the displayed part of a line. */
  readonly blank: boolean;
  readonly verticalRetrace: boolean;
}

/** The dot clock; the external ones are not fitted. */
const kilohertzOf = (misc: number) => ((misc >> 2) & 1 ? 28_322 : 25_175);

/** Dots since time 0 at virtual time `ns`. */
export function dotsSince(ns: number, { misc }: Pick<VgaTiming, 'misc'>): number {
  const kilohertz = kilohertzOf(misc);
  // Exact: whole milliseconds first, so that no product leaves the safe integers.
  const ms = Math.floor(ns / 1_000_000);
  return ms * kilohertz + Math.floor(((ns - ms * 1_000_000) * kilohertz) / 1_000_000);
}

/** The first virtual time (ns) at which `dotsSince` is `dots`. */
function timeOfDot(dots: number, misc: number): number {
  const kilohertz = kilohertzOf(misc);
  const ms = Math.floor(dots / kilohertz);
  return ms * 1_000_000 + Math.ceil(((dots - ms * kilohertz) * 1_000_000) / kilohertz);
}

/** Dots that a character clock takes. */
const characterDots = (sequencer: Uint8Array): number => cellWidth(sequencer) * (sequencer[1] & 0x08 ? 2 : 1);
const charactersALine = (crtc: Uint8Array): number => crtc[0x00] + 5;

/** Dots that a line and a frame take, and at which of a frame vertical retrace begins. */
export function frameTiming({ sequencer, crtc }: Pick<VgaTiming, 'sequencer' | 'crtc'>) {
  const line = charactersALine(crtc) * characterDots(sequencer);
  const times = linesACount(crtc);
  return { line, frame: line * verticalTotal(crtc) * times, retrace: retraceStart(crtc) * times * line };
}

/** The first virtual time (ns) behind `ns` at which vertical retrace begins; `Infinity` when it never does. */
export function nextRetrace(ns: number, timing: VgaTiming): number {
  const { crtc, misc } = timing;
  if ((crtc[0x17] & 0x80) === 0) return Infinity;
  const { frame, retrace } = frameTiming(timing);
  if (retrace >= frame) return Infinity;
  const dots = dotsSince(ns, timing);
  return timeOfDot((Math.floor((dots - retrace) / frame) + 1) * frame + retrace, misc);
}

/** Bits of Input Status 1. */
export const STATUS_1 = { BLANK: 0x01, VERTICAL_RETRACE: 0x08 } as const;

/** The first virtual time (ns) behind `ns` at which those of the bits of Input Status 1 may change; not too late. */
export function beamSteadyUntil(ns: number, timing: VgaTiming, bits: number): number {
  const { crtc, sequencer, misc } = timing;
  const { line, frame, retrace } = frameTiming(timing);
  const dots = dotsSince(ns, timing);
  const inLine = dots % line;
  if (bits & STATUS_1.BLANK) {
    const displayed = displayedColumns(crtc) * characterDots(sequencer);
    return timeOfDot(dots - inLine + (inLine < displayed ? Math.min(displayed, line) : line), misc);
  }
  if ((bits & STATUS_1.VERTICAL_RETRACE) === 0) return Infinity;
  const inFrame = dots % frame;
  // Before it, to its beginning; in it, to the end of the line; behind it, to the end of the frame.
  if (inFrame < retrace) return timeOfDot(dots - inFrame + Math.min(retrace, frame), misc);
  return timeOfDot(beamAt(ns, timing).verticalRetrace ? dots - inLine + line : dots - inFrame + frame, misc);
}

/** How many frames have been begun since time 0, if all were as the next one is. */
export function framesAt(ns: number, timing: VgaTiming): number {
  return Math.floor(dotsSince(ns, timing) / frameTiming(timing).frame);
}

/** Lines and frames a second, hertz. */
export function rates(timing: VgaTiming): { readonly lines: number; readonly frames: number } {
  const { line, frame } = frameTiming(timing);
  const hertz = kilohertzOf(timing.misc) * 1000;
  return { lines: hertz / line, frames: hertz / frame };
}

/** The beam at virtual time `ns`; frames follow each other from time 0 on. */
export function beamAt(ns: number, timing: VgaTiming): Beam {
  // A guest that waits for retrace asks again and again: nothing is made here but the answer.
  const { crtc, sequencer } = timing;
  const character = characterDots(sequencer);
  const dotsPerLine = charactersALine(crtc) * character;
  const times = linesACount(crtc);
  const inFrame = dotsSince(ns, timing) % (dotsPerLine * verticalTotal(crtc) * times);
  const line = Math.floor(inFrame / dotsPerLine);
  const column = Math.floor((inFrame - line * dotsPerLine) / character);
  const start = retraceStart(crtc);
  // The end is given by its four low bits: the first line after the start that has them.
  const length = (crtc[0x11] - start) & 15 || 16;
  const counted = times === 1 ? line : line >> 1;
  return {
    blank: line >= displayedLines(crtc) || column >= displayedColumns(crtc),
    verticalRetrace: (crtc[0x17] & 0x80) !== 0 && counted >= start && counted < start + length,
  };
}
