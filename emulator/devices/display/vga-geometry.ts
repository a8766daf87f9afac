/** What the CRT controller's numbers mean: the size of the picture, where its lines lie, where the beam is (IBM VGA manual, section 2). */

/** Registers that decide on the picture. */
export interface VgaTiming {
  readonly misc: number;
  readonly sequencer: Uint8Array;
  readonly crtc: Uint8Array;
  readonly attribute: Uint8Array;
}

/** A 10-bit number of which `Overflow` (register 7) holds the bits 8 and 9 at `bit8` and `bit9`. */
function tall(crtc: Uint8Array, index: number, bit8: number, bit9: number): number {
  const overflow = crtc[7];
  return crtc[index] | (((overflow >> bit8) & 1) << 8) | (((overflow >> bit9) & 1) << 9);
}

const verticalTotal = (crtc: Uint8Array) => tall(crtc, 0x06, 0, 5) + 2;
const retraceStart = (crtc: Uint8Array) => tall(crtc, 0x10, 2, 7);
/** The last line before the memory address begins at 0 again (split screen). */
const lineCompare = (crtc: Uint8Array) => crtc[0x18] | (((crtc[7] >> 4) & 1) << 8) | (((crtc[9] >> 6) & 1) << 9);
/** "Horizontal retrace select" clocks the vertical counter every second line only. */
const linesACount = (crtc: Uint8Array): 1 | 2 => (crtc[0x17] & 0x04 ? 2 : 1);
/** Lines that are displayed. */
export const displayedLines = (crtc: Uint8Array) => (tall(crtc, 0x12, 1, 6) + 1) * linesACount(crtc);
/** Characters that are displayed in a line. */
export const displayedColumns = (crtc: Uint8Array) => crtc[0x01] + 1;

export const cellWidth = (sequencer: Uint8Array): 8 | 9 => (sequencer[1] & 0x01 ? 8 : 9);
/** Lines of a row of characters, and how often each is shown. */
export const rowLines = (crtc: Uint8Array) => (crtc[0x09] & 0x1f) + 1;
const scans = (crtc: Uint8Array): 1 | 2 => (crtc[0x09] & 0x80 ? 2 : 1);

const startAddress = (crtc: Uint8Array) => (crtc[0x0c] << 8) | crtc[0x0d];
/** From one row to the next, in steps of the memory address counter. */
const rowPitch = (crtc: Uint8Array) => crtc[0x13] * 2;

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

export function textGeometry({ sequencer, crtc }: VgaTiming): TextGeometry {
  const cellHeight = rowLines(crtc);
  return {
    columns: displayedColumns(crtc),
    rows: Math.floor(displayedLines(crtc) / (cellHeight * scans(crtc))),
    cellWidth: cellWidth(sequencer),
    cellHeight,
    start: startAddress(crtc),
    pitch: rowPitch(crtc),
  };
}

/** Whether each row of characters is shown whole, at its place, and below the one before it in memory. */
export function isPlainText(timing: VgaTiming): boolean {
  const { crtc, sequencer, attribute } = timing;
  const { rows, cellHeight } = textGeometry(timing);
  const still = (attribute[0x13] & 0x0f) === (cellWidth(sequencer) === 9 ? 8 : 0) && (crtc[0x08] & 0x7f) === 0;
  const split = lineCompare(crtc) < rows * cellHeight * scans(crtc);
  return still && !split && (crtc[0x17] & 0x03) === 3 && (crtc[0x17] & 0x08) === 0 && (crtc[0x14] & 0x20) === 0;
}

/** A line that the CRT controller displays. */
export interface ScanLine {
  /** Memory address counter at its first character. */
  readonly address: number;
  /** Row scan counter: line inside of the row of characters. */
  readonly scan: number;
  /** Dots by which it is shifted to the left. */
  readonly shift: number;
}

/** What the picture consists of: lines that differ, each shown `repeat` times. */
export interface ScanLines {
  readonly repeat: number;
  readonly lines: readonly ScanLine[];
}

/** Whether the lines of a row of characters are all fetched from the same addresses. */
const rowScanSelects = (crtc: Uint8Array) => (crtc[0x17] & 0x03) !== 0x03;

/** Dots by which Horizontal PEL Panning shifts: 8 is the place of rest of characters 9 dots wide. */
function pixelShift({ sequencer, attribute }: VgaTiming): number {
  const panning = attribute[0x13] & 0x0f;
  if (attribute[0x10] & 0x40) return (panning & 7) >> 1;
  if (cellWidth(sequencer) === 8) return panning & 7;
  return panning >= 8 ? 0 : panning + 1;
}

/** The displayed lines from top to bottom. `text`: the row scan counter chooses lines of characters. */
export function scanLines(timing: VgaTiming, text: boolean): ScanLines {
  const { crtc, attribute } = timing;
  const total = displayedLines(crtc);
  const last = rowLines(crtc) - 1;
  const times = scans(crtc);
  const split = lineCompare(crtc) * linesACount(crtc) + linesACount(crtc) - 1;
  const pitch = rowPitch(crtc);
  const panning = (crtc[0x08] >> 5) & 3;
  const shift = pixelShift(timing);
  // Pixel panning compatibility: below the split nothing is shifted.
  const shiftBelow = attribute[0x10] & 0x20 ? 0 : shift;
  const panningBelow = attribute[0x10] & 0x20 ? 0 : panning;
  const all: ScanLine[] = [];
  let row = startAddress(crtc) + panning;
  let scan = crtc[0x08] & 0x1f;
  let shown = 0;
  let below = false;
  for (let line = 0; line < total; line++) {
    all.push({ address: row & 0xffff, scan, shift: below ? shiftBelow : shift });
    if (line === split) {
      below = true;
      row = panningBelow;
      scan = 0;
      shown = 0;
      continue;
    }
    shown++;
    if (shown < times) continue;
    shown = 0;
    if (scan === last) {
      scan = 0;
      row += pitch;
    } else {
      scan = (scan + 1) & 0x1f;
    }
  }
  const scanCounts = text || rowScanSelects(crtc);
  const repeat = repetition(all, scanCounts ? times : times * (last + 1), scanCounts);
  return { repeat, lines: repeat === 1 ? all : all.filter((_, line) => line % repeat === 0) };
}

/** `repeat`, when the lines do come in such groups of equal ones, else the greatest part of it that fits. */
function repetition(lines: readonly ScanLine[], repeat: number, scanCounts: boolean): number {
  const same = (a: ScanLine, b: ScanLine) =>
    a.address === b.address && a.shift === b.shift && (!scanCounts || a.scan === b.scan);
  for (let times = repeat; times > 1; times--) {
    if (repeat % times !== 0 || lines.length % times !== 0) continue;
    if (lines.every((line, n) => same(line, lines[n - (n % times)]))) return times;
  }
  return 1;
}

/** The memory addresses that the CRT controller puts out along a line. */
export class AddressOut {
  private readonly doubleword: boolean;
  private readonly byte: boolean;
  private readonly wrap: 13 | 15;
  private readonly step: 0 | 1 | 2;
  private readonly rowScan: number;

  constructor(crtc: Uint8Array) {
    const mode = crtc[0x17];
    this.doubleword = (crtc[0x14] & 0x40) !== 0;
    this.byte = (mode & 0x40) !== 0;
    this.wrap = mode & 0x20 ? 15 : 13;
    this.step = crtc[0x14] & 0x20 ? 2 : mode & 0x08 ? 1 : 0;
    // Bits that are clear let a bit of the row scan counter take the place of address bits 13 and 14.
    this.rowScan = ~mode & 3;
  }

  /** The plane address of character `column` of a line. */
  at({ address, scan }: ScanLine, column: number): number {
    const counter = (address + (column >> this.step)) & 0xffff;
    let out = counter;
    if (this.doubleword) out = (counter << 2) | ((counter >> 14) & 3);
    else if (!this.byte) out = (counter << 1) | ((counter >> this.wrap) & 1);
    if (this.rowScan & 1) out = (out & ~0x2000) | ((scan & 1) << 13);
    if (this.rowScan & 2) out = (out & ~0x4000) | ((scan & 2) << 13);
    return out & 0xffff;
  }
}

/** Where the beam is. */
export interface Beam {
  /** Not in the displayed part of a line. */
  readonly blank: boolean;
  readonly verticalRetrace: boolean;
}

/** The dot clock; the external ones are not fitted. */
const kilohertzOf = (misc: number) => ((misc >> 2) & 1 ? 28_322 : 25_175);

/** Dots since time 0 at virtual time `ns`, and how many a character clock, a line and a frame take. */
function dotsAt(ns: number, { misc, sequencer, crtc }: VgaTiming) {
  const kilohertz = kilohertzOf(misc);
  // Exact: whole milliseconds first, so that no product leaves the safe integers.
  const ms = Math.floor(ns / 1_000_000);
  const dots = ms * kilohertz + Math.floor(((ns - ms * 1_000_000) * kilohertz) / 1_000_000);
  const character = cellWidth(sequencer) * (sequencer[1] & 0x08 ? 2 : 1);
  const line = (crtc[0x00] + 5) * character;
  return { dots, character, line, frame: line * verticalTotal(crtc) * linesACount(crtc) };
}

/** The first virtual time (ns) behind `ns` at which vertical retrace begins; `Infinity` when it never does. */
export function nextRetrace(ns: number, timing: VgaTiming): number {
  const { crtc, misc } = timing;
  if ((crtc[0x17] & 0x80) === 0) return Infinity;
  const { dots, line, frame } = dotsAt(ns, timing);
  const start = retraceStart(crtc) * linesACount(crtc) * line;
  if (start >= frame) return Infinity;
  const next = (Math.floor((dots - start) / frame) + 1) * frame + start;
  const kilohertz = kilohertzOf(misc);
  const ms = Math.floor(next / kilohertz);
  return ms * 1_000_000 + Math.ceil(((next - ms * kilohertz) * 1_000_000) / kilohertz);
}

/** How many frames have been begun since time 0, if all were as the next one is. */
export function framesAt(ns: number, timing: VgaTiming): number {
  const { dots, frame } = dotsAt(ns, timing);
  return Math.floor(dots / frame);
}

/** Lines and frames a second, hertz. */
export function rates(timing: VgaTiming): { readonly lines: number; readonly frames: number } {
  const { line, frame } = dotsAt(0, timing);
  const hertz = kilohertzOf(timing.misc) * 1000;
  return { lines: hertz / line, frames: hertz / frame };
}

/** The beam at virtual time `ns`; frames follow each other from time 0 on. */
export function beamAt(ns: number, timing: VgaTiming): Beam {
  const { crtc } = timing;
  const { dots, character, line: dotsPerLine, frame } = dotsAt(ns, timing);
  const inFrame = dots % frame;
  const line = Math.floor(inFrame / dotsPerLine);
  const column = Math.floor((inFrame % dotsPerLine) / character);
  const start = retraceStart(crtc);
  // The end is given by its four low bits: the first line after the start that has them.
  const length = (crtc[0x11] - start) & 15 || 16;
  const counted = Math.floor(line / linesACount(crtc));
  return {
    blank: line >= displayedLines(crtc) || column >= displayedColumns(crtc),
    verticalRetrace: (crtc[0x17] & 0x80) !== 0 && counted >= start && counted < start + length,
  };
}
