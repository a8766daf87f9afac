/**
 * Reads the listings of YASM (`yasm -l`). Columns are NASM's, but the text is what the preprocessor made: macros are
 * expanded, and `%line N+STEP FILE` says where the lines behind it stand. A macro's body has the line of its call.
 */
import { type ListedRow, type Listing, UNKNOWN } from './listing';
import { ListingReader, type PhysicalRow, type Places, type RowPlace } from './listing-reader';
import { splitRow } from './nasm-listing';

/** One less than NASM's. */
const TEXT_COLUMN = 39;
const LINE = /^\s*%line\s+(\d+)\+(\d+)\s+(.+?)\s*$/;

/** Largest offset that a repeated row is taken to reach. */
const MOST_OFFSET = 1 << 24;

/** True when the text looks like a YASM listing: its first row places the lines of the first file. */
export function isYasmListing(text: string): boolean {
  const first = splitRow(text.slice(0, 4096).split(/\r?\n/, 1)[0] ?? '', TEXT_COLUMN);
  return first?.text !== undefined && LINE.test(first.text);
}

class YasmPlaces implements Places<PhysicalRow> {
  readonly includes: string[] = [];
  main: string | undefined;
  #file: string | undefined;
  #line = 0;
  #step = 1;

  enter(_row: PhysicalRow, text: string): RowPlace {
    const directive = LINE.exec(text);
    if (directive === null) {
      const place = { file: this.#file, line: this.#line, own: false };
      this.#line += this.#step;
      return place;
    }
    const [, line = '1', step = '1', file = ''] = directive;
    this.main ??= file;
    this.#file = file === this.main ? undefined : file;
    this.#line = Number(line);
    this.#step = Number(step);
    if (this.#file !== undefined) this.includes.push(this.#file);
    return { file: this.#file, line: this.#line, own: false };
  }
}

/**
 * Releases of YASM list the displacements of relative jumps two too low, and `<rept>` does not say how often.
 * @param end offset of what follows
 */
function corrected(row: ListedRow, text: string, end: number): ListedRow {
  const repeated = /<rept>/.test(text);
  const length = repeated ? Math.max(row.bytes.length, end - row.offset) : row.bytes.length;
  const jumps = /\b(?:j[a-z]+|loop[a-z]*|call)\b/i.test(text.slice(TEXT_COLUMN));
  if (!repeated && !jumps) return row;
  const bytes = Array.from({ length }, (_, index) => (jumps && index > 0 ? UNKNOWN : (row.bytes[index] ?? UNKNOWN)));
  return { ...row, bytes };
}

/** Reads a listing. What is not understood is left out; the bytes tell later whether it fits the image. */
export function parseYasmListing(text: string): Listing {
  const places = new YasmPlaces();
  const reader = new ListingReader<PhysicalRow>(places);
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const row = splitRow(line, TEXT_COLUMN);
    if (row !== undefined) reader.add(row, index + 1);
  }
  const read = reader.result();
  const sections = read.sections.map((section) => ({
    ...section,
    rows: section.rows.map((row, index, rows) =>
      corrected(row, lines[row.listingLine - 1] ?? '', Math.min(rows[index + 1]?.offset ?? section.end, MOST_OFFSET)),
    ),
  }));
  const { main } = places;
  return { ...read, sections, includes: [...new Set(places.includes)], ...(main === undefined ? {} : { main }) };
}
