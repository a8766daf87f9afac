/** Finds the sections of a listing in the image, by their bytes. */
import { type ListedSection, type Listing, UNKNOWN } from './listing';
import type { NasmMap } from './nasm-map';

export interface PlacedSection {
  readonly section: ListedSection;
  /** Offset in the file; nothing for what is not in it. */
  readonly fileOffset: number | undefined;
  /** Address of the section's beginning that its code is assembled for. */
  readonly virtual: number;
}

export type Placement =
  | {
      readonly kind: 'placed';
      readonly sections: readonly PlacedSection[];
      readonly knownBytes: number;
      readonly origin: number;
    }
  /** Where the image differs first. */
  | { readonly kind: 'different'; readonly section: ListedSection; readonly listingLine: number };

/** Alignment of sections without `align=` (NASM manual, 8.1.3). */
const DEFAULT_ALIGN = 4;

interface Mismatch {
  readonly listingLine: number;
}

/** Compares a section with the image at an offset; counts the bytes that are known. */
function compare(section: ListedSection, image: Uint8Array, at: number): number | Mismatch {
  let known = 0;
  for (const row of section.rows) {
    for (let index = 0; index < row.bytes.length; index++) {
      const byte = row.bytes[index];
      if (byte === UNKNOWN) continue;
      if (image[at + row.offset + index] !== byte) return { listingLine: row.listingLine };
      known++;
    }
  }
  return known;
}

/** Shortest run of known bytes that is worth looking for. */
const SHORTEST_RUN = 4;

/** The longest run of known bytes of a section. */
function longestRun(
  section: ListedSection,
): { readonly offset: number; readonly bytes: readonly number[] } | undefined {
  let best: { offset: number; bytes: number[] } | undefined;
  for (const row of section.rows) {
    let from = 0;
    for (let index = 0; index <= row.bytes.length; index++) {
      if (index < row.bytes.length && row.bytes[index] !== UNKNOWN) continue;
      // Padding says nothing about a place.
      const bytes = row.bytes.slice(from, index);
      if (bytes.length > (best?.bytes.length ?? SHORTEST_RUN - 1) && new Set(bytes).size > 1) {
        best = { offset: row.offset + from, bytes };
      }
      from = index + 1;
    }
  }
  return best;
}

function search(section: ListedSection, image: Uint8Array): number | undefined {
  const run = longestRun(section);
  const first = run?.bytes[0];
  if (run === undefined || first === undefined) return undefined;
  for (let at = image.indexOf(first, run.offset); at >= 0; at = image.indexOf(first, at + 1)) {
    const fits = run.bytes.every((byte, index) => image[at + index] === byte);
    if (fits && typeof compare(section, image, at - run.offset) === 'number') return at - run.offset;
  }
  return undefined;
}

const alignUp = (value: number, align: number): number => Math.ceil(value / Math.max(1, align)) * Math.max(1, align);

/** Lays the sections out as NASM does, or as the map says, and checks every byte that the listing tells. */
export function placeListing(listing: Listing, image: Uint8Array, map: NasmMap | undefined): Placement {
  const origin = Number(map?.origin ?? listing.org ?? 0);
  const placed: PlacedSection[] = [];
  let next = 0;
  let behind = origin;
  let knownBytes = 0;
  for (const section of listing.sections) {
    const mapped = map?.sections.find((candidate) => candidate.name === section.name);
    if (section.nobits) {
      const virtual = Number(mapped?.vstart ?? section.vstart ?? alignUp(behind, section.align ?? DEFAULT_ALIGN));
      placed.push({ section, fileOffset: undefined, virtual });
      continue;
    }
    const aligned = placed.length === 0 ? 0 : alignUp(next, section.align ?? DEFAULT_ALIGN);
    const guess =
      mapped === undefined
        ? section.start === undefined
          ? aligned
          : section.start - origin
        : Number(mapped.start) - origin;
    let fileOffset: number | undefined = guess;
    let known = compare(section, image, guess);
    if (typeof known !== 'number') {
      fileOffset = search(section, image);
      if (fileOffset === undefined) return { kind: 'different', section, listingLine: known.listingLine };
      known = compare(section, image, fileOffset);
      if (typeof known !== 'number') return { kind: 'different', section, listingLine: known.listingLine };
    }
    knownBytes += known;
    const first = placed.length === 0;
    const virtual = Number(
      mapped?.vstart ?? section.vstart ?? (first ? origin : origin + fileOffset - (placed[0]?.fileOffset ?? 0)),
    );
    placed.push({ section, fileOffset, virtual });
    next = fileOffset + section.end;
    behind = virtual + section.end;
  }
  return { kind: 'placed', sections: placed, knownBytes, origin };
}
