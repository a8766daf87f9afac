/** Listings and maps that nasm itself writes, against its own map and its own bytes. */
import { strict as assert } from 'node:assert';
import { copyFileSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFiles } from '../../debug-adapter/host/files';
import { loadSymbols, type SymbolChoices } from '../../debug-adapter/symbols/load';
import { UNKNOWN } from '../../debug-adapter/symbols/listing';
import { parseNasmListing } from '../../debug-adapter/symbols/nasm-listing';
import { parseNasmMap } from '../../debug-adapter/symbols/nasm-map';
import type { ImageInfo, ProgramSymbols } from '../../debug-adapter/symbols/program-symbols';
import { hasTool, runTool, withFolder } from '../support/tools';

const SOURCES = path.resolve(__dirname, '../guests/symbols');
const LOAD = 0x7c00;

interface Built {
  readonly folder: string;
  readonly image: string;
  readonly source: string;
  load(choices?: SymbolChoices, loads?: ImageInfo['loads']): Promise<ProgramSymbols>;
  /** Line that carries a `@label` comment, in the main file or the included one. */
  line(label: string): { readonly file: string; readonly line: number };
}

/** Assembles a source, with listing and map. */
function build(
  folder: string,
  name: string,
  options: { listing?: boolean; map?: boolean; output?: string } = {},
): Built {
  const source = path.join(folder, `${name}.asm`);
  copyFileSync(path.join(SOURCES, `${name}.asm`), source);
  if (name === 'everything') copyFileSync(path.join(SOURCES, 'everything.inc'), path.join(folder, 'everything.inc'));
  const image = path.join(folder, options.output ?? `${name}.img`);
  const files = [`-f`, 'bin', `${name}.asm`, '-o', image, ...(options.listing === false ? [] : ['-l', `${name}.lst`])];
  if (options.map === true) {
    const wrapper = `[map all ${name}.map]\n`;
    writeFileSync(path.join(folder, 'map.inc'), wrapper);
    files.push('-P', 'map.inc');
  }
  runTool('nasm', files, folder);
  return {
    folder,
    image,
    source,
    load(choices = {}, loads) {
      const bytes = readFileSync(image);
      return loadSymbols(
        nodeFiles,
        [
          {
            path: image,
            bytes,
            modified: statSync(image).mtimeMs,
            loads: loads ?? [{ offset: 0, length: bytes.length, address: BigInt(LOAD) }],
          },
        ],
        choices,
      );
    },
    line(label) {
      for (const file of [source, path.join(folder, 'everything.inc')]) {
        const index = readFileSync(file, 'utf8')
          .split('\n')
          .findIndex((text) => text.endsWith(`@${label}`));
        if (index >= 0) return { file, line: index + 1 };
      }
      throw new Error(`no line @${label}`);
    },
  };
}

const first = (symbols: ProgramSymbols, place: { file: string; line: number }): string =>
  symbols.lines
    .ranges(place.file, place.line)
    .map((range) => `${range.start.toString(16)}-${range.end.toString(16)}`)
    .join(' ');

describe('NASM listings', function () {
  before(function () {
    if (!hasTool('nasm')) this.skip();
  });

  it("every byte of the listing is the image's, and every byte of the image is listed", () =>
    withFolder((folder) => {
      const built = build(folder, 'everything');
      const image = readFileSync(built.image);
      const listing = parseNasmListing(readFileSync(path.join(folder, 'everything.lst'), 'utf8'));
      assert.deepEqual(
        listing.sections.map((section) => section.name),
        ['.text', '.data', '.moved', '.bss'],
      );
      const text = listing.sections[0];
      assert.ok(text !== undefined);
      const covered = new Uint8Array(text.end);
      let known = 0;
      for (const row of text.rows) {
        row.bytes.forEach((byte, index) => {
          assert.equal(covered[row.offset + index], 0, `byte ${row.offset + index} is listed twice`);
          covered[row.offset + index] = 1;
          if (byte === UNKNOWN) return;
          known++;
          assert.equal(
            image[row.offset + index],
            byte,
            `byte ${row.offset + index}, line ${row.listingLine} of the listing`,
          );
        });
      }
      assert.equal(covered.indexOf(0), -1);
      assert.ok(known > 140);
      assert.equal(listing.org, LOAD);
    }));

  it('symbols are those of the map that nasm writes', () =>
    withFolder(async (folder) => {
      const withMap = build(folder, 'everything', { map: true });
      const map = parseNasmMap(readFileSync(path.join(folder, 'everything.map'), 'utf8'));
      assert.ok(map !== undefined && map.symbols.length >= 15, 'nasm wrote a map');
      assert.deepEqual([map.origin, map.constants.get('COUNT')], [BigInt(LOAD), 5n]);
      renameSync(path.join(folder, 'everything.map'), path.join(folder, 'oracle.txt'));
      const { symbols, warnings } = await withMap.load();
      assert.deepEqual(warnings, []);
      for (const symbol of map.symbols) {
        const expected = `${symbol.name} ${symbol.virtual.toString(16)}`;
        const found = symbols.byName(symbol.name);
        assert.equal(`${symbol.name} ${found?.address.toString(16)}`, expected);
      }
      assert.deepEqual([symbols.byName('COUNT')?.kind, symbols.byName('COUNT')?.address], ['constant', 5n]);
      assert.equal(symbols.byName('msg')?.kind, 'data');
      assert.equal(symbols.byName('start')?.kind, 'code');
    }));

  it('lines: macros at their call, includes in their file, times and data', () =>
    withFolder(async (folder) => {
      const built = build(folder, 'everything');
      const symbols = await built.load();
      const label = (name: string): bigint => symbols.symbols.byName(name)?.address ?? 0n;
      const startOf = (name: string): bigint | undefined => {
        const place = built.line(name);
        return symbols.lines.ranges(place.file, place.line)[0]?.start;
      };
      assert.equal(startOf('inc-first'), BigInt(LOAD));
      assert.equal(startOf('inc-helper'), label('helper'));
      assert.equal(startOf('start'), label('start'));
      assert.equal(startOf('loop'), label('start.loop'));
      assert.equal(startOf('done'), label('start.done'));
      assert.equal(startOf('outer'), label('outer_site'));
      assert.equal(startOf('alone'), label('alone'));
      // A macro invoked twice: two calls, two places, four bytes each.
      const [one, two] = ['first-call', 'second-call'].map((name) => first(symbols, built.line(name)));
      const call = label('start') + 3n;
      assert.equal(one, `${call.toString(16)}-${(call + 4n).toString(16)}`);
      assert.equal(two, `${(call + 4n).toString(16)}-${(call + 8n).toString(16)}`);
      // Nothing belongs to the lines of the macro's definition.
      assert.deepEqual(symbols.lines.linesWithCode(built.line('inc-helper').file, 1, 9), []);
      // The body of %rep has its own lines, twice.
      assert.equal(symbols.lines.ranges(built.source, built.line('rep').line).length, 2);
      // times: one line of three bytes.
      const times = symbols.lines.ranges(built.source, built.line('times').line)[0];
      assert.equal(times === undefined ? 0 : times.end - times.start, 3n);
      // Data has a line but takes no breakpoint.
      const data = symbols.lines.at(label('msg') + 20n);
      assert.deepEqual([data?.line, data?.code], [built.line('msg').line, false]);
      assert.equal(first(symbols, built.line('msg')), '');
      assert.equal(symbols.lines.at(label('words') + 11n)?.line, built.line('words').line);
      assert.equal(symbols.lines.lineWithCode(built.source, built.line('msg').line), built.line('outer').line);
      // Code that is moved has its line where it lies and where it will run.
      assert.deepEqual(first(symbols, built.line('moved')).split(' ').length, 2);
      assert.equal(symbols.lines.at(0x600n)?.line, built.line('moved').line);
    }));

  it('the map alone gives symbols when there is no listing', () =>
    withFolder(async (folder) => {
      const built = build(folder, 'everything', { listing: false, map: true });
      const symbols = await built.load();
      assert.ok(symbols.lines.empty);
      assert.equal(symbols.symbols.byName('start.loop')?.address, symbols.symbols.byName('start.loop')?.address);
      assert.equal(symbols.symbols.byName('moved')?.address, 0x600n);
      assert.match(symbols.notes.join(), /There is no listing/);
    }));

  it("a listing that is not the image's is said and not used", () =>
    withFolder(async (folder) => {
      const built = build(folder, 'sector');
      const bytes = readFileSync(built.image);
      bytes[8] = (bytes[8] ?? 0) ^ 0xff;
      writeFileSync(built.image, bytes);
      const symbols = await built.load();
      assert.ok(symbols.lines.empty);
      assert.equal(symbols.symbols.size, 0);
      assert.match(
        symbols.warnings.join(),
        /sector\.lst is not used: its bytes are not those of sector\.img \(line 7 of the listing\)/,
      );
    }));

  it('a source that was changed is said, with the line', () =>
    withFolder(async (folder) => {
      const built = build(folder, 'sector');
      const text = readFileSync(built.source, 'utf8');
      writeFileSync(built.source, text.replace('mov ah, 0x0e', 'mov ah, 0x0f'));
      const symbols = await built.load();
      assert.match(symbols.warnings.join(), /sector\.asm was changed since sector\.img was built: line 9/);
      assert.ok(!symbols.lines.empty);
    }));

  it('a source that is newer but the same is said as well', () =>
    withFolder(async (folder) => {
      const built = build(folder, 'sector');
      const later = statSync(built.image).mtimeMs / 1000 + 60;
      utimesSync(built.source, later, later);
      assert.match((await built.load()).warnings.join(), /sector\.asm is newer than sector\.img/);
    }));

  it('files that one checkout wrote are not', () =>
    withFolder(async (folder) => {
      const built = build(folder, 'sector');
      const later = statSync(built.image).mtimeMs / 1000 + 1;
      utimesSync(built.source, later, later);
      assert.doesNotMatch((await built.load()).warnings.join(), /newer/);
    }));

  it('the source is found by its text when it has another name', () =>
    withFolder(async (folder) => {
      const built = build(folder, 'sector', { output: 'floppy.img' });
      renameSync(built.source, path.join(folder, 'main.asm'));
      renameSync(path.join(folder, 'sector.lst'), path.join(folder, 'out.lst'));
      const symbols = await built.load();
      assert.deepEqual(symbols.lines.files(), [path.join(folder, 'main.asm')]);
      assert.equal(symbols.lines.at(BigInt(LOAD))?.line, 3);
    }));

  it('without any source the listing itself is shown', () =>
    withFolder(async (folder) => {
      const built = build(folder, 'sector');
      renameSync(built.source, path.join(folder, 'elsewhere.txt'));
      const symbols = await built.load();
      assert.ok(symbols.lines.empty);
      const row = symbols.listings.at(BigInt(LOAD));
      assert.deepEqual([row?.file, row?.line], [path.join(folder, 'sector.lst'), 3]);
    }));

  it('a second stage further back in the image is found by its bytes', () =>
    withFolder(async (folder) => {
      const built = build(folder, 'sector', { output: 'disk.img' });
      const sector = readFileSync(built.image);
      const disk = Buffer.alloc(4096, 0xcc);
      sector.copy(disk, 1024);
      writeFileSync(built.image, disk);
      // Only the first sector is loaded by the firmware; the rest runs where it was assembled for.
      const symbols = await built.load({}, [{ offset: 0, length: 512, address: 0x9000n }]);
      assert.equal(symbols.symbols.byName('start')?.address, BigInt(LOAD));
    }));
});

describe('listings that are none', () => {
  it('are refused when named, and passed over when found', () =>
    withFolder(async (folder) => {
      const image = path.join(folder, 'a.img');
      writeFileSync(path.join(folder, 'b.lst'), 'Groceries\nmilk\n');
      const info = { path: image, bytes: new Uint8Array(512), loads: [{ offset: 0, length: 512, address: 0n }] };
      assert.deepEqual((await loadSymbols(nodeFiles, [info], {})).warnings, []);
      const named = await loadSymbols(nodeFiles, [info], { listing: path.join(folder, 'b.lst') });
      assert.match(named.warnings.join(), /b\.lst is not used: it is no listing of NASM, YASM/);
      const missing = await loadSymbols(nodeFiles, [info], { listing: path.join(folder, 'c.lst') });
      assert.match(missing.warnings.join(), /can't be read/);
    }));
});
