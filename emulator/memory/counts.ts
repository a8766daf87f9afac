/** Counts in wasm memory: whole numbers from 0 to 2^53, as i64. In two words, because a BigInt would be allocated each time. */

/** Range of the low word. */
const WORD = 2 ** 32;

/** Writes a count at byte offset `at`, a multiple of 4. */
export function putCount(i32: Int32Array, at: number, count: number): void {
  const high = Math.floor(count / WORD);
  i32[at >>> 2] = count - high * WORD;
  i32[(at >>> 2) + 1] = high;
}

export function getCount(i32: Int32Array, at: number): number {
  return i32[(at >>> 2) + 1] * WORD + (i32[at >>> 2] >>> 0);
}
