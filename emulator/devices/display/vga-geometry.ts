/** What the CRT controller's numbers mean: the size of the picture, and where its lines lie (IBM VGA manual, section 2). */

/** Registers that decide on the picture. */
export interface VgaTiming {
  readonly misc: number;
  readonly sequencer: Uint8Array;
  readonly crtc: Uint8Array;
  readonly attribute: Uint8Array;
}

/** A 10-bit number of which `Overflow` (register 7) holds the bits 8 and 9 at `bit8` and `bit9`. */
export function tall(crtc: Uint8Array, index: number, bit8: number, bit9: number): number {
  const overflow = crtc[7];
  return crtc[index] | (((overflow >> bit8) & 1) << 8) | (((overflow >> bit9) & 1) << 9);
}

export const verticalTotal = (crtc: Uint8Array) => tall(crtc, 0x06, 0, 5) + 2;
export const retraceStart = (crtc: Uint8Array) => tall(crtc, 0x10, 2, 7);
/** The last line before the memory address begins at 0 again (split screen). */
const lineCompare = (crtc: Uint8Array) => crtc[0x18] | (((crtc[7] >> 4) & 1) << 8) | (((crtc[9] >> 6) & 1) << 9);
/** "Horizontal retrace select" clocks the vertical counter every second line only. */
export const linesACount = (crtc: Uint8Array): 1 | 2 => (crtc[0x17] & 0x04 ? 2 : 1);
/** Lines that are displayed. */
export const displayedLines = (crtc: Uint8Array) => (tall(crtc, 0x12, 1, 6) + 1) * linesACount(crtc);
/** Characters that are displayed in a line. */
export const displayedColumns = (crtc: Uint8Array) => crtc[0x01] + 1;

export const cellWidth = (sequencer: Uint8Array): 8 | 9 => (sequencer[1] & 0x01 ? 8 : 9);
/** Lines of a row of characters, and how often each is shown. */
const rowLines = (crtc: Uint8Array) => (crtc[0x09] & 0x1f) + 1;
const scans = (crtc: Uint8Array): 1 | 2 => (crtc[0x09] & 0x80 ? 2 : 1);

/** From one row to the next, in steps of the memory address counter. */
const rowPitch = (crtc: Uint8Array) => crtc[0x13] * 2;

/** Characters by which the display begins late: the first ones of a line are not seen. */
export const displaySkew = (crtc: Uint8Array) => (crtc[0x03] >> 5) & 3;

/** Memory address and lines of the cursor, `start` above `end` when there is none; `skew`: characters by which it is late. */
export function cursorOf(crtc: Uint8Array) {
  return {
    at: (crtc[0x0e] << 8) | crtc[0x0f],
    start: crtc[0x0a] & 0x20 ? rowLines(crtc) : crtc[0x0a] & 0x1f,
    end: Math.min(crtc[0x0b] & 0x1f, rowLines(crtc) - 1),
    skew: (crtc[0x0b] >> 5) & 3,
  };
}

/** A text screen: sizes in characters and lines, addresses in characters. */
export interface TextGeometry {
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: 8 | 9;
  readonly cellHeight: number;
  /** From the address of a row to that of the next. */
  readonly pitch: number;
}

export function textGeometry({ sequencer, crtc }: VgaTiming): TextGeometry {
  const cellHeight = rowLines(crtc);
  return {
    columns: displayedColumns(crtc),
    rows: Math.floor(displayedLines(crtc) / (cellHeight * scans(crtc))),
    cellWidth: cellWidth(sequencer),
    cellHeight,
    pitch: rowPitch(crtc),
  };
}

/** Whether each row of characters is shown whole, at its place, and below the one before it in memory. */
export function isPlainText(timing: VgaTiming): boolean {
  const { crtc, sequencer, attribute } = timing;
  const { rows, cellHeight } = textGeometry(timing);
  const still = (attribute[0x13] & 0x0f) === (cellWidth(sequencer) === 9 ? 8 : 0) && (crtc[0x08] & 0x7f) === 0;
  const split = lineCompare(crtc) < rows * cellHeight * scans(crtc);
  return (
    still &&
    !split &&
    displaySkew(crtc) === 0 &&
    (crtc[0x17] & 0x03) === 3 &&
    (crtc[0x17] & 0x08) === 0 &&
    (crtc[0x14] & 0x20) === 0
  );
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

/** Counts a frame's lines as the CRT controller does, with the registers as each of them finds them. */
export class LineCounter {
  private scan: number;
  private line = 0;
  private shown = 0;
  private below = false;

  /** `row`: the memory address at which the frame begins. */
  constructor(
    private row: number,
    crtc: Uint8Array,
  ) {
    this.scan = crtc[0x08] & 0x1f;
  }

  next(timing: VgaTiming): ScanLine {
    const { crtc, attribute } = timing;
    // Pixel panning compatibility: below the split nothing is shifted.
    const rests = (attribute[0x10] & 0x20) !== 0;
    const shift = this.below && rests ? 0 : pixelShift(timing);
    const line: ScanLine = { address: this.row & 0xffff, scan: this.scan, shift };
    const split = lineCompare(crtc) * linesACount(crtc) + linesACount(crtc) - 1;
    if (this.line++ === split) {
      this.below = true;
      this.row = rests ? 0 : (crtc[0x08] >> 5) & 3;
      this.scan = 0;
      this.shown = 0;
      return line;
    }
    this.shown++;
    if (this.shown < scans(crtc)) return line;
    this.shown = 0;
    if (this.scan === rowLines(crtc) - 1) {
      this.scan = 0;
      this.row += rowPitch(crtc);
    } else this.scan = (this.scan + 1) & 0x1f;
    return line;
  }
}

/**
 * The displayed lines from top to bottom. `text`: the row scan counter chooses lines of characters; `start`: the memory
 * address at which the frame begins.
 */
export function scanLines(timing: VgaTiming, text: boolean, start: number): ScanLines {
  const { crtc } = timing;
  const counter = new LineCounter(start, crtc);
  const all = Array.from({ length: displayedLines(crtc) }, () => counter.next(timing));
  const scanCounts = text || rowScanSelects(crtc);
  const times = scans(crtc);
  const repeat = repetition(all, scanCounts ? times : times * rowLines(crtc), scanCounts);
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
  private readonly skew: number;

  constructor(crtc: Uint8Array) {
    const mode = crtc[0x17];
    this.doubleword = (crtc[0x14] & 0x40) !== 0;
    this.byte = (mode & 0x40) !== 0;
    this.wrap = mode & 0x20 ? 15 : 13;
    this.step = crtc[0x14] & 0x20 ? 2 : mode & 0x08 ? 1 : 0;
    // Bits that are clear let a bit of the row scan counter take the place of address bits 13 and 14.
    this.rowScan = ~mode & 3;
    this.skew = displaySkew(crtc);
  }

  /** The plane address of character `column` of a line. */
  at({ address, scan }: ScanLine, column: number): number {
    const counter = (address + ((column + this.skew) >> this.step)) & 0xffff;
    let out = counter;
    if (this.doubleword) out = (counter << 2) | ((counter >> 14) & 3);
    else if (!this.byte) out = (counter << 1) | ((counter >> this.wrap) & 1);
    if (this.rowScan & 1) out = (out & ~0x2000) | ((scan & 1) << 13);
    if (this.rowScan & 2) out = (out & ~0x4000) | ((scan & 2) << 13);
    return out & 0xffff;
  }
}
