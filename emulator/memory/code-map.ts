/**
 * Which bytes of guest memory were translated: by lines of 64 bytes everywhere, and byte by byte in frames that are written
 * beside their code. Those have a map in the machine's wasm memory, a bit a byte, so that translated code finds by itself
 * which stores meet code (engine/handlers-memory): a variable beside the code that uses it stays quick. There are so many maps;
 * when all are used the one that was taken first is used again.
 *
 * What is marked may be more than what was translated: `refine` is for the one who finds that nothing was.
 */
import {
  CODE_MAP_COUNT,
  CODE_MAPS,
  FRAMES,
  PAGE_BITS,
  PAGE_MASK,
  PAGE_SIZE,
  WATCH_MAP_BYTES as MAP_BYTES,
} from './layout';

/** Bits of an address in a line. */
export const CODE_LINE_BITS = 6;
const LINE_SIZE = 1 << CODE_LINE_BITS;
/** Lines of a frame, and bytes that hold a bit for each. */
const LINES = PAGE_SIZE >>> CODE_LINE_BITS;
const LINES_BYTES = LINES >>> 3;

export class CodeMap {
  private readonly lines: Uint8Array;
  /** Offsets of the maps of frames in wasm memory; the one that was taken first at first. */
  private readonly maps = new Map<number, number>();

  constructor(
    private readonly u8: Uint8Array,
    frameCount: number,
  ) {
    this.lines = new Uint8Array(frameCount * LINES_BYTES);
  }

  /** Marks bytes at an offset in wasm memory, in one frame. */
  add(frame: number, host: number, length: number): void {
    for (let line = host >>> CODE_LINE_BITS; line <= (host + length - 1) >>> CODE_LINE_BITS; line++) {
      const at = frame * LINES_BYTES + ((line & (LINES - 1)) >>> 3);
      this.lines[at] = this.lines[at] | (1 << (line & 7));
    }
    const map = this.map(frame);
    if (map !== 0) this.mark(map, host & PAGE_MASK, length);
  }

  private mark(map: number, first: number, length: number): void {
    for (let byte = first; byte < first + length; byte++) {
      const at = map + (byte >>> 3);
      this.u8[at] = this.u8[at] | (1 << (byte & 7));
    }
  }

  /** No byte of a line (of a number: its offset in wasm memory, without CODE_LINE_BITS) is marked in the map of its frame. */
  private clear(frame: number, line: number): void {
    const map = this.map(frame);
    const bytes = LINE_SIZE >>> 3;
    if (map !== 0) this.u8.fill(0, map + (line & (LINES - 1)) * bytes, map + ((line & (LINES - 1)) + 1) * bytes);
  }

  /** A line holds no translated code; says whether its frame does. */
  removeLine(line: number): boolean {
    const frame = frameOfLine(line);
    const first = frame * LINES_BYTES;
    const at = first + ((line & (LINES - 1)) >>> 3);
    this.lines[at] = this.lines[at] & ~(1 << (line & 7));
    this.clear(frame, line);
    for (let i = first; i < first + LINES_BYTES; i++) if (this.lines[i] !== 0) return true;
    return false;
  }

  /** Marks just what is added again behind this in a line that holds code. */
  refineLine(line: number): void {
    this.clear(frameOfLine(line), line);
  }

  /** Whether any of `size` bytes at `offset` of a frame is marked. */
  meets(frame: number, offset: number, size: number): boolean {
    const map = this.map(frame);
    if (map !== 0) {
      for (let byte = offset; byte < offset + size; byte++)
        if ((this.u8[map + (byte >>> 3)] & (1 << (byte & 7))) !== 0) return true;
      return false;
    }
    for (let line = offset >>> CODE_LINE_BITS; line <= (offset + size - 1) >>> CODE_LINE_BITS; line++)
      if (this.hasLine(frame, line)) return true;
    return false;
  }

  /** Whether line `line` of a frame holds translated code. */
  hasLine(frame: number, line: number): boolean {
    return (this.lines[frame * LINES_BYTES + (line >>> 3)] & (1 << (line & 7))) !== 0;
  }

  /** Offset in wasm memory of a frame's map, 0 for none. */
  map(frame: number): number {
    return this.maps.size === 0 ? 0 : (this.maps.get(frame) ?? 0);
  }

  /** Gives a frame a map, with all bytes of its lines marked. `taken`: is told of the frame that had it before. */
  open(frame: number, taken: (frame: number) => void): void {
    if (this.maps.has(frame)) return;
    let map = CODE_MAPS + this.maps.size * MAP_BYTES;
    if (this.maps.size === CODE_MAP_COUNT) {
      for (const [first, itsMap] of this.maps) {
        this.maps.delete(first);
        map = itsMap;
        taken(first);
        break;
      }
    }
    this.maps.set(frame, map);
    this.u8.fill(0, map, map + MAP_BYTES);
    for (let line = 0; line < LINES; line++)
      if (this.hasLine(frame, line)) this.mark(map, line << CODE_LINE_BITS, LINE_SIZE);
  }
}

const frameOfLine = (line: number): number => ((line << CODE_LINE_BITS) - FRAMES) >>> PAGE_BITS;
