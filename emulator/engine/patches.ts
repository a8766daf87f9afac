/**
 * Code that is patched in its constants: what there is to know of a place whose blocks were found changed. When constants
 * have changed several times a block is made that reads them from the code as they are when it runs, and that their writes
 * do not suspend.
 */
import type { CodeRange } from '../ir/frontend';

/** What it counts that constants are found changed to something new, or to what they were once; and how much is enough. */
export const CHANGED = 6;
export const RETURNED = 1;
const ENOUGH = 12;

/** What a block is to be made as, from what was there before it. */
export interface Patches {
  /** Fields that are read when it runs: offsets in wasm memory. */
  readonly open: ReadonlySet<number>;
  /** How often its constants have changed since then. */
  readonly changes: number;
}

export const UNPATCHED: Patches = { open: new Set(), changes: 0 };

/** A block that is suspended. */
interface Variant extends Patches {
  readonly code: readonly CodeRange[];
  readonly fields: readonly CodeRange[];
}

/**
 * The fields in which memory differs from what a block was made of; undefined when it differs in anything else.
 * `content`: the bytes of its code.
 */
export function changedFields(u8: Uint8Array, { code, fields }: Variant, content: Uint8Array): Set<number> | undefined {
  const changed = new Set<number>();
  let at = 0;
  for (const { host, length } of code) {
    for (let place = host; place < host + length; place++, at++) {
      if (u8[place] === content[at]) continue;
      const field = fields.find((one) => one.host <= place && place < one.host + one.length);
      if (field === undefined) return undefined;
      changed.add(field.host);
    }
  }
  return changed;
}

/** The fields that a write of `size` bytes at `at` meets; none when it meets other bytes of the code, too. */
export function fieldsWritten({ code, fields }: Variant, at: number, size: number): readonly number[] {
  const met = fields.filter(({ host, length }) => host < at + size && at < host + length);
  const inField = (place: number) => met.some(({ host, length }) => host <= place && place < host + length);
  for (const { host, length } of code) {
    const end = Math.min(host + length, at + size);
    for (let place = Math.max(host, at); place < end; place++) if (!inField(place)) return [];
  }
  return met.map(({ host }) => host);
}

/** What to make where `variant` was, of which the fields `changed` are others now, which counts `weight`. */
export function patchesBehind(variant: Patches, changed: Iterable<number>, weight: number): Patches {
  const changes = variant.changes + weight;
  return changes < ENOUGH
    ? { open: variant.open, changes }
    : { open: new Set([...variant.open, ...changed]), changes: 0 };
}
