/** Finds and reads the symbols of a program: listings, symbol files, maps and ELF files with DWARF lines, named by the person or lying beside the image. */
import { isStale } from '../protocol/stale';
import { readDwarfLines } from './dwarf-lines';
import { readElfSymbols } from './elf';
import { isElf } from './elf-file';
import { type Fas, type FasPlace, isFas, readFas } from './fas';
import { decodeText, type FileAccess } from './files';
import { type LineRow, LineTable } from './line-table';
import type { Listing, SourcePlace } from './listing';
import { LISTING_FORMATS, parseListing } from './listing-formats';
import { type NasmMap, parseNasmMap } from './nasm-map';
import { endingOf, folderOf, nameOf, resolvePath, stemOf } from './paths';
import { placeListing, type PlacedSection } from './place-listing';
import type { ImageInfo, ProgramSymbols } from './program-symbols';
import { findNamed, findSources, type FoundSource } from './source-files';
import { type ProgramSymbol, SymbolTable } from './symbol-table';

/** Files that the person named. */
export interface SymbolChoices {
  readonly listing?: string | undefined;
  readonly symbols?: string | undefined;
  /** A macro's expansion has the lines of its definition instead of the line of its call. */
  readonly stepIntoMacros?: boolean | undefined;
}

/** Files beside an image that may tell its lines. */
const LISTINGS = new Set(['.lst', '.fas']);

/** Listings beside an image that are tried at most. */
const MOST_LISTINGS = 40;
/** Largest listing that is read, in bytes. */
const LARGEST = 64 << 20;
/** Known bytes that must agree for a listing whose name is not the image's. */
const ENOUGH_BYTES = 16;
/** Lowest address to which code that was assembled for it is taken to be moved; below is the PC's own data. */
const LOWEST_COPY = 0x500;

class Collector {
  readonly symbols: ProgramSymbol[] = [];
  readonly lines: LineRow[] = [];
  readonly listings: LineRow[] = [];
  readonly warnings: string[] = [];
  readonly notes: string[] = [];

  constructor(
    readonly files: FileAccess,
    readonly choices: SymbolChoices,
  ) {}

  /** Where a byte of the image's file lies in memory, or nothing when the guest loads it itself. */
  #loaded(image: ImageInfo, offset: number): bigint | undefined {
    const range = image.loads.find((load) => offset >= load.offset && offset < load.offset + load.length);
    return range === undefined ? undefined : range.address + BigInt(offset - range.offset);
  }

  async image(image: ImageInfo): Promise<void> {
    if (isElf(image.bytes)) await this.#elf(image, image.bytes, image.path);
    const folder = folderOf(image.path);
    const names = await this.files.list(folder);
    const map = await this.#map(image, folder);
    const own = new Set<string>();
    const candidates: string[] = [];
    if (this.choices.listing !== undefined) own.add(this.choices.listing);
    else {
      for (const name of names) {
        if (!LISTINGS.has(endingOf(name))) continue;
        const path = resolvePath(folder, name);
        // `boot.lst` and `boot.asm.lst` both speak of `boot.img`.
        if (stemOf(name) === stemOf(image.path) || stemOf(stemOf(name)) === stemOf(image.path)) own.add(path);
        else candidates.push(path);
      }
    }
    let used = 0;
    for (const path of own) if (await this.#listing(image, path, map, true)) used++;
    for (const path of candidates.slice(0, MOST_LISTINGS))
      if (await this.#listing(image, path, undefined, false)) used++;
    if (used === 0 && map !== undefined) this.#mapAlone(image, map);
    await this.#elfBeside(image, folder, names);
  }

  async #bytes(path: string): Promise<Uint8Array | undefined> {
    const stat = await this.files.stat(path);
    return stat === undefined || stat.size > LARGEST ? undefined : this.files.read(path);
  }

  /** Reads a text file. */
  async #text(path: string): Promise<string | undefined> {
    const bytes = await this.#bytes(path);
    return bytes === undefined ? undefined : decodeText(bytes);
  }

  async #map(image: ImageInfo, folder: string): Promise<NasmMap | undefined> {
    const named = this.choices.symbols;
    const path =
      named !== undefined && endingOf(named) === '.map' ? named : resolvePath(folder, `${stemOf(image.path)}.map`);
    const text = await this.#text(path);
    return text === undefined ? undefined : parseNasmMap(text);
  }

  async #listing(image: ImageInfo, path: string, map: NasmMap | undefined, own: boolean): Promise<boolean> {
    const bytes = await this.#bytes(path);
    if (bytes === undefined) {
      if (own) this.warnings.push(`The listing ${path} can't be read.`);
      return false;
    }
    if (isFas(bytes)) return this.#fas(image, path, bytes, own);
    const listing = parseListing(decodeText(bytes));
    if (listing === undefined) {
      if (own) this.warnings.push(`${nameOf(path)} is not used: it is no listing of ${LISTING_FORMATS}.`);
      return false;
    }
    const placement = placeListing(listing, image.bytes, map);
    if (placement.kind === 'different') {
      if (own) {
        const where = `line ${placement.listingLine} of the listing`;
        this.warnings.push(
          `${nameOf(path)} is not used: its bytes are not those of ${nameOf(image.path)} (${where}). Assemble again with -l to get a listing that fits.`,
        );
      }
      return false;
    }
    if (!own && placement.knownBytes < ENOUGH_BYTES) return false;
    const sources = await findSources(
      this.files,
      listing,
      path,
      image.path,
      image.source ?? map?.source ?? listing.main,
    );
    this.#checkSources(image, path, listing, sources);
    let rows = 0;
    for (const placed of placement.sections) rows += this.#section(image, path, placed, placement.origin, sources);
    this.#constants(listing.constants);
    if (map !== undefined) this.#constants(map.constants);
    const main = sources.get(undefined);
    this.notes.push(`Lines of ${main === undefined ? nameOf(path) : nameOf(main.path)} from ${nameOf(path)}: ${rows}.`);
    return true;
  }

  #checkSources(
    image: ImageInfo,
    path: string,
    listing: Listing,
    sources: ReadonlyMap<string | undefined, FoundSource>,
  ): void {
    if (!sources.has(undefined))
      this.notes.push(`The source of ${nameOf(path)} was not found; the listing itself is shown.`);
    this.#checkAges(image, sources.values());
    for (const include of listing.includes) {
      if (!sources.has(include)) this.notes.push(`The included file ${include} was not found.`);
    }
  }

  #checkAges(image: ImageInfo, sources: Iterable<FoundSource>): void {
    for (const source of sources) {
      if (source.changedLine !== undefined) {
        this.warnings.push(
          `${nameOf(source.path)} was changed since ${nameOf(image.path)} was built: line ${source.changedLine} is another. Build again before you trust the lines shown.`,
        );
      } else if (image.modified !== undefined && isStale(image.modified, source.modified)) {
        this.warnings.push(
          `${nameOf(source.path)} is newer than ${nameOf(image.path)}. Build again if you changed it.`,
        );
      }
    }
  }

  /** Rows and labels of one section; gives the number of rows with a source. */
  #section(
    image: ImageInfo,
    listingPath: string,
    placed: PlacedSection,
    origin: number,
    sources: ReadonlyMap<string | undefined, FoundSource>,
  ): number {
    const { section, fileOffset, virtual } = placed;
    const first = image.loads[0];
    const toMemory = (offset: number): bigint => {
      const loaded = fileOffset === undefined ? undefined : this.#loaded(image, fileOffset + offset);
      if (loaded !== undefined) return loaded;
      // Memory behind the image lies as far from it as the program's own addresses say.
      const shift =
        first === undefined || fileOffset !== undefined ? 0n : first.address - BigInt(first.offset) - BigInt(origin);
      return BigInt(virtual + offset) + shift;
    };
    let rows = 0;
    for (const row of section.nobits ? [] : section.rows) {
      const place = this.#shown(row, row.inner);
      const source = sources.get(place.file);
      const starts = new Set([toMemory(row.offset)]);
      // Code that moves itself to where it was assembled for has its lines there too.
      if (virtual >= LOWEST_COPY) starts.add(BigInt(virtual + row.offset));
      for (const start of starts) {
        const range = { start, end: start + BigInt(row.bytes.length), code: row.code };
        if (source !== undefined) this.lines.push({ ...range, file: source.path, line: place.line });
        this.listings.push({ ...range, file: listingPath, line: row.listingLine });
      }
      if (source !== undefined) rows++;
    }
    for (const label of section.labels) {
      // A section with an address of its own is meant to be moved there before it runs.
      const address = section.vstart === undefined ? toMemory(label.offset) : BigInt(virtual + label.offset);
      this.symbols.push({ name: label.name, address, size: 0, kind: label.code ? 'code' : 'data' });
    }
    return rows;
  }

  /** The line that a row is shown at: of a macro's call, or inside of the macro as the person likes. */
  #shown<Place extends SourcePlace>(outer: Place, inner: Place | SourcePlace | undefined): SourcePlace {
    return this.choices.stepIntoMacros === true && inner !== undefined ? inner : outer;
  }

  /** Lines and labels from a symbol file of flat assembler. */
  async #fas(image: ImageInfo, path: string, bytes: Uint8Array, own: boolean): Promise<boolean> {
    let fas: Fas;
    try {
      fas = readFas(bytes);
    } catch (error) {
      if (own)
        this.warnings.push(`${nameOf(path)} is not used: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
    if (fas.length !== image.bytes.length) {
      if (own) {
        this.warnings.push(
          `${nameOf(path)} is not used: it is of an image of ${fas.length} bytes, and ${nameOf(image.path)} has ${image.bytes.length}. Assemble again with -s.`,
        );
      }
      return false;
    }
    const folders = [image.source, path, image.path].flatMap((one) => (one === undefined ? [] : [folderOf(one)]));
    const sources = new Map<string | undefined, FoundSource>();
    const find = async ({ file }: FasPlace): Promise<FoundSource | undefined> => {
      if (!sources.has(file)) {
        const found = await findNamed(this.files, file ?? image.source ?? fas.source, folders);
        if (found === undefined) this.notes.push(`The source ${file ?? fas.source} of ${nameOf(path)} was not found.`);
        else sources.set(file, found);
      }
      return sources.get(file);
    };
    let rows = 0;
    for (const row of fas.rows) {
      const place = this.#shown(row.place, row.inner);
      // oxlint-disable-next-line no-await-in-loop -- asks the file system once for each file
      const source = await find(place);
      if (source === undefined) continue;
      const starts = new Set([this.#loaded(image, row.offset) ?? row.address]);
      if (row.address >= LOWEST_COPY) starts.add(row.address);
      for (const start of starts) {
        const range = { start, end: start + BigInt(row.length), code: row.code };
        this.lines.push({ ...range, file: source.path, line: place.line });
      }
      rows++;
    }
    this.#checkAges(image, sources.values());
    for (const { name, value, size, kind } of fas.symbols) this.symbols.push({ name, address: value, size, kind });
    this.notes.push(`Lines of ${nameOf(image.path)} from ${nameOf(path)}: ${rows}; symbols: ${fas.symbols.length}.`);
    return rows > 0;
  }

  /** Lines from the debug information of an ELF file. */
  async #dwarf(image: ImageInfo, bytes: Uint8Array, path: string): Promise<void> {
    let found = 0;
    try {
      const rows = readDwarfLines(bytes);
      const sources = new Map<string, FoundSource | undefined>();
      for (const { start, end, file, line } of rows) {
        if (!sources.has(file)) {
          // oxlint-disable-next-line no-await-in-loop -- asks the file system once for each file
          sources.set(file, await findNamed(this.files, file, [folderOf(image.path), folderOf(path)]));
        }
        const source = sources.get(file);
        if (source === undefined) continue;
        this.lines.push({ start, end, file: source.path, line, code: true });
        found++;
      }
      const missing = [...sources].flatMap(([file, source]) => (source === undefined ? [nameOf(file)] : []));
      if (missing.length > 0) this.notes.push(`Sources of ${nameOf(path)} that were not found: ${missing.join(', ')}.`);
      if (rows.length > 0) this.notes.push(`Lines of ${nameOf(path)} from its debug information: ${found}.`);
      this.#checkAges(
        image,
        [...sources.values()].filter((source) => source !== undefined),
      );
    } catch (error) {
      this.warnings.push(`${nameOf(path)} gives no lines: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #constants(constants: ReadonlyMap<string, bigint>): void {
    for (const [name, address] of constants) this.symbols.push({ name, address, size: 0, kind: 'constant' });
  }

  #mapAlone(image: ImageInfo, map: NasmMap): void {
    for (const symbol of map.symbols) {
      const moved = symbol.real !== symbol.virtual;
      const loaded = moved ? undefined : this.#loaded(image, Number(symbol.real - map.origin));
      // A map does not tell code from data; the first section holds code as a rule.
      const kind = symbol.section === '.text' ? 'code' : 'data';
      this.symbols.push({ name: symbol.name, address: loaded ?? symbol.virtual, size: 0, kind });
    }
    this.#constants(map.constants);
    this.notes.push(
      `Symbols of ${nameOf(image.path)} from its map: ${map.symbols.length}. There is no listing, so there are no lines.`,
    );
  }

  async #elfBeside(image: ImageInfo, folder: string, names: readonly string[]): Promise<void> {
    const named = this.choices.symbols;
    if (named !== undefined) {
      if (endingOf(named) === '.map') return;
      const bytes = await this.files.read(named);
      if (bytes === undefined) this.warnings.push(`The symbol file ${named} can't be read.`);
      else await this.#elf(image, bytes, named);
      return;
    }
    if (isElf(image.bytes)) return;
    const beside = names.find((name) => stemOf(name) === stemOf(image.path) && endingOf(name) === '.elf');
    if (beside === undefined) return;
    const bytes = await this.files.read(resolvePath(folder, beside));
    if (bytes !== undefined) await this.#elf(image, bytes, resolvePath(folder, beside));
  }

  async #elf(image: ImageInfo, bytes: Uint8Array, path: string): Promise<void> {
    try {
      const symbols = readElfSymbols(bytes);
      this.symbols.push(...symbols);
      this.notes.push(`Symbols of ${nameOf(path)}: ${symbols.length}.`);
    } catch (error) {
      this.warnings.push(`${nameOf(path)}: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    await this.#dwarf(image, bytes, path);
  }
}

/** The symbols of all images together. Never fails: what can't be used is told in the warnings. */
export async function loadSymbols(
  files: FileAccess,
  images: readonly ImageInfo[],
  choices: SymbolChoices,
): Promise<ProgramSymbols> {
  const collector = new Collector(files, choices);
  for (const image of images) await collector.image(image);
  return {
    symbols: new SymbolTable(collector.symbols),
    lines: new LineTable(collector.lines),
    listings: new LineTable(collector.listings),
    warnings: collector.warnings,
    notes: collector.notes,
  };
}
