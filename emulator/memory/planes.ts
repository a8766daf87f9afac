/**
 * Memory of four planes that the CPU does not see as it is: each byte of an access meets all planes at once, through latches
 * and logic, as an EGA's or a VGA's does. The word of 32 bits at an offset holds one byte of each plane, plane 0 lowest;
 * the byte at offset `at` of the CPU's view belongs to the word at `(at & ~3) + row`, by its lane, `at & 3`.
 *
 *     written  set ^ (latch & keep) ^ (data & (take ^ (latch & mix))), in those bits that the lane's mask has
 *     data     the CPU's byte in every plane, rotated to the right; or `spread`: its bit n in all bits of plane n
 *     read     one plane, by the lane; or `compares`: where all planes that `care` has are as in `compare`
 *
 * Every function of latches and data that works on bits singly is of that form. The numbers lie in the machine's wasm
 * memory, so that translated code makes accesses by itself where the soft TLB's tag says so (engine/plane-functions does
 * what `written` and `read` do here; a test holds them against each other).
 */
import { PLANES, PLANES_BYTES } from './layout';

/** Offsets of the numbers in the block, 32 bits each. The last three come a lane. */
export const PLANE_FIELDS = {
  LATCH: 0x00,
  SET: 0x04,
  KEEP: 0x08,
  TAKE: 0x0c,
  MIX: 0x10,
  ROTATE: 0x14,
  SPREAD: 0x18,
  COMPARES: 0x1c,
  COMPARE: 0x20,
  CARE: 0x24,
  MASKS: 0x30,
  ROWS: 0x40,
  SHIFTS: 0x50,
} as const;

export const LANES = 4;
/** From a row of words to the next: each of the four frames of a page of the view lies in another. */
export const ROW_BYTES = 0x1_0000;

/** The same as indices of words. */
const LATCH = PLANE_FIELDS.LATCH >>> 2;
const SET = PLANE_FIELDS.SET >>> 2;
const KEEP = PLANE_FIELDS.KEEP >>> 2;
const TAKE = PLANE_FIELDS.TAKE >>> 2;
const MIX = PLANE_FIELDS.MIX >>> 2;
const ROTATE = PLANE_FIELDS.ROTATE >>> 2;
const SPREAD = PLANE_FIELDS.SPREAD >>> 2;
const COMPARES = PLANE_FIELDS.COMPARES >>> 2;
const COMPARE = PLANE_FIELDS.COMPARE >>> 2;
const CARE = PLANE_FIELDS.CARE >>> 2;
const MASKS = PLANE_FIELDS.MASKS >>> 2;
const ROWS = PLANE_FIELDS.ROWS >>> 2;
const SHIFTS = PLANE_FIELDS.SHIFTS >>> 2;

/** Multiplies a byte into all four, and four bits into the lowest bit of a byte each. */
export const EVERY_BYTE = 0x0101_0101;
export const EVERY_SEVENTH = 0x0020_4081;

/** A byte in every plane. */
export const everyPlane = (value: number): number => Math.imul(value, EVERY_BYTE);
/** Bit n of four in all bits of plane n. */
export const spreadPlanes = (bits: number): number => Math.imul(Math.imul(bits & 15, EVERY_SEVENTH) & EVERY_BYTE, 0xff);

export class Planes {
  private readonly words: Int32Array;

  constructor(memory: WebAssembly.Memory) {
    this.words = new Int32Array(memory.buffer, PLANES, PLANES_BYTES >>> 2);
  }

  /** What the last read found. */
  get latch(): number {
    return this.words[LATCH] >>> 0;
  }

  set latch(value: number) {
    this.words[LATCH] = value;
  }

  setWrite(set: number, keep: number, take: number, mix: number, rotate: number, spread: boolean): void {
    const { words } = this;
    words[SET] = set;
    words[KEEP] = keep;
    words[TAKE] = take;
    words[MIX] = mix;
    words[ROTATE] = rotate;
    words[SPREAD] = spread ? 1 : 0;
  }

  setRead(compares: boolean, compare: number, care: number): void {
    const { words } = this;
    words[COMPARES] = compares ? 1 : 0;
    words[COMPARE] = compare;
    words[CARE] = care;
  }

  /** `mask`: bits that writes may change; `row`: distance of its words; `plane`: the one that is read. */
  setLane(lane: number, mask: number, row: number, plane: number): void {
    const { words } = this;
    words[MASKS + lane] = mask;
    words[ROWS + lane] = row;
    words[SHIFTS + lane] = 8 * plane;
  }

  /** What a word becomes when a byte is written to `lane` of it. */
  written(before: number, value: number, lane: number): number {
    const { words } = this;
    const rotate = words[ROTATE];
    const every = everyPlane(value & 0xff);
    const data = words[SPREAD] !== 0 ? spreadPlanes(value) : (every >>> rotate) | (every << (32 - rotate));
    const latch = words[LATCH];
    const bits = data & (words[TAKE] ^ (latch & words[MIX]));
    const after = words[SET] ^ (latch & words[KEEP]) ^ bits;
    return before ^ ((before ^ after) & words[MASKS + lane]);
  }

  /** The byte that a read of `lane` gives. */
  read(planes: number, lane: number): number {
    const { words } = this;
    if (words[COMPARES] === 0) return (planes >>> words[SHIFTS + lane]) & 0xff;
    const differing = (planes ^ words[COMPARE]) & words[CARE];
    const any = differing | (differing >>> 16);
    return ~(any | (any >>> 8)) & 0xff;
  }
}
