/**
 * Memory that belongs to a chip, such as a display adapter's: it lies in frames, so that it travels in time page by page
 * as RAM does, and the chip's writes pass the one write path. Where the CPU's view of it is plain, the chip shows it a
 * window and is not asked for each access.
 */
import type { DirtyReader, GuestMemory, Region } from './guest-memory';
import { PAGE_SIZE } from './layout';
import { LANES, Planes, ROW_BYTES } from './planes';

export class ChipMemory {
  /** The live bytes, for reading only. */
  readonly u8: Uint8Array;
  /** The same, four bytes a word, lowest address in the low byte. */
  readonly u32: Uint32Array;
  private readonly host: number;
  /** What the CPU was shown last. */
  private shown: Region | undefined;
  /** How the CPU sees the words of planes; takes effect through `showPlanes`. */
  readonly planes: Planes;

  /** `hole`: see `GuestMemory.reserve`. @throws Error when `length` is not a number of whole pages, or the memory was not told of them */
  constructor(
    private readonly memory: GuestMemory,
    readonly name: string,
    readonly length: number,
    hole?: number,
  ) {
    this.host = memory.reserve(name, length, hole);
    this.u8 = memory.u8.subarray(this.host, this.host + length);
    this.u32 = new Uint32Array(memory.memory.buffer, this.host, length >>> 2);
    this.planes = new Planes(memory.memory);
  }

  /** Writes one byte. */
  write8(offset: number, value: number): void {
    this.memory.touch(this.host + offset, 1);
    this.u8[offset] = value;
  }

  /** Writes the aligned word that `offset` is the first byte of. */
  write32(offset: number, value: number): void {
    this.memory.touch(this.host + offset, 4);
    this.u32[offset >>> 2] = value;
  }

  /** Writes the word of planes at `offset`, of whichever row. The page's frames of all rows count as written. */
  writePlanes(offset: number, value: number): void {
    const { memory, host } = this;
    for (let at = offset % ROW_BYTES; at < LANES * ROW_BYTES; at += ROW_BYTES)
      memory.noteFrame(memory.frameOf(host + at));
    this.write32(offset, value);
  }

  /** Puts a whole page in the place of the one at `offset`. */
  writePage(offset: number, content: Uint8Array): void {
    this.memory.loadFrame(this.memory.frameOf(this.host + offset), content);
  }

  /** Shows the CPU `length` bytes from `offset` on at a physical address: there it reads and writes without asking. */
  show(base: number, length: number, offset: number): void {
    this.place('window', base, length, this.host + offset);
  }

  /** The same through the logic of `planes`, from the first word on; the chip still answers where that can't be. */
  showPlanes(base: number, length: number): void {
    this.place('planes', base, length, this.host);
  }

  /** A chip says it again at each change of a register: the same view stays the same region. */
  private place(kind: Region['kind'], base: number, length: number, host: number): void {
    const { shown, name } = this;
    if (shown?.kind !== kind || shown.base !== base || shown.length !== length || shown.host !== host) {
      this.shown = { name, kind, base, length, host };
    }
    this.memory.setWindow(this.shown);
  }

  /** Shows the CPU nothing: every access asks the chip. */
  hide(): void {
    this.memory.setWindow(undefined);
  }

  /** Whether `reader` knows of writes to this memory. */
  isDirty(reader: DirtyReader): boolean {
    const first = this.memory.frameOf(this.host);
    for (let frame = first; frame < first + this.length / PAGE_SIZE; frame++) {
      if (reader.flags[frame] !== 0) return true;
    }
    return false;
  }
}
