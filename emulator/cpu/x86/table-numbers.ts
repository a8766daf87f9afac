/**
 * A number for what the registers of descriptor tables and task say (RUN_TABLES): the same for the same values, so that memos of
 * a guest that goes back and forth between tables, as one between real and protected mode does, stay good.
 */
import * as R from './registers';

const SLOTS = [
  R.GDTR_BASE,
  R.GDTR_LIMIT,
  R.IDTR_BASE,
  R.IDTR_LIMIT,
  ...[R.LDTR, R.TR].flatMap((s) =>
    [R.SEG_SELECTOR, R.SEG_BASE, R.SEG_LIMIT, R.SEG_ACCESS].map((field) => R.segment(s, field)),
  ),
].map((offset) => offset >>> 2);

/** Values that are remembered, by a hash; and words of an entry: the number comes last, 0 where there is none. */
const BITS = 5;
const WORDS = SLOTS.length + 1;

export class TableNumbers {
  private readonly known = new Int32Array((1 << BITS) * WORDS);
  private last = 0;

  constructor(private readonly slots: Int32Array) {}

  /** The number of the present values. */
  present(): number {
    const { known, slots } = this;
    let hash = 0;
    for (let i = 0; i < SLOTS.length; i++) hash = Math.imul(hash ^ slots[SLOTS[i]], 0x9e37_79b1) ^ (hash >>> 15);
    const at = (hash >>> (32 - BITS)) * WORDS;
    let isSame = known[at + SLOTS.length] !== 0;
    for (let i = 0; isSame && i < SLOTS.length; i++) isSame = known[at + i] === slots[SLOTS[i]];
    if (!isSame) {
      for (let i = 0; i < SLOTS.length; i++) known[at + i] = slots[SLOTS[i]];
      known[at + SLOTS.length] = ++this.last;
    }
    return known[at + SLOTS.length];
  }

  /** No number that was given comes again. */
  forget(): void {
    this.known.fill(0);
  }
}
