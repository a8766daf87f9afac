import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadElf, parseElf } from '../../../emulator/loaders/elf';
import { loadFlat } from '../../../emulator/loaders/flat';
import { identifyProgram } from '../../../emulator/loaders/identify';
import { build, canCompile, MB, pcMemory, readelfSegments } from './programs';

const SOURCE = `
  const char text[] = "constant";
  int initialised = 0x12345678;
  int zeros[5000];
  void _start(void) { zeros[0] = initialised + text[0]; for (;;) ; }`;
/** Linked to run 3 GiB up, loaded at 1 MiB, as kernels are. */
const HIGHER_HALF = `
  ENTRY(_start)
  PHDRS { code PT_LOAD; data PT_LOAD; }
  SECTIONS {
    . = 0xC0100000;
    .text : AT(0x100000) { *(.text*) *(.rodata*) } :code
    .data 0xC0200000 : AT(0x200000) { *(.data*) } :data
    .bss : AT(ADDR(.bss) - 0xC0000000) { *(.bss*) } :data
    /DISCARD/ : { *(.note*) *(.comment*) }
  }`;

/** A minimal ELF file: one segment of some bytes. */
function tinyElf(change: (view: DataView) => void = () => undefined): Uint8Array {
  const bytes = new Uint8Array(52 + 32 + 8);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 3, true);
  view.setUint32(24, 0x10_0004, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, 1, true);
  view.setUint32(52, 1, true);
  view.setUint32(56, 84, true);
  view.setUint32(60, 0x10_0000, true);
  view.setUint32(64, 0x10_0000, true);
  view.setUint32(68, 8, true);
  view.setUint32(72, 16, true);
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8], 84);
  change(view);
  return bytes;
}

describe('ELF loader', () => {
  it('reads what readelf reads of a linked program, and puts it where its physical addresses say', function () {
    this.timeout(30_000);
    const program = canCompile() ? build(SOURCE, HIGHER_HALF) : undefined;
    if (program === undefined) this.skip();
    const expected = readelfSegments(program.readelf);
    const parsed = parseElf(program.bytes);
    assert.equal(parsed.entry, expected.entry);
    assert.deepEqual(parsed.segments, expected.segments);
    assert.ok(expected.segments.length >= 2);
    assert.equal(parsed.physicalEntry, parsed.entry - 0xc000_0000);
    const memory = pcMemory(0xaa);
    loadElf(memory, program.bytes);
    for (const { physical, fileOffset, fileBytes, memoryBytes } of parsed.segments) {
      assert.deepEqual(
        memory.readBytes(physical, fileBytes),
        Uint8Array.from(program.bytes.subarray(fileOffset, fileOffset + fileBytes)),
      );
      assert.ok(memory.readBytes(physical + fileBytes, memoryBytes - fileBytes).every((byte) => byte === 0));
      assert.equal(memory.peek(physical + memoryBytes, 1), 0xaa);
    }
    assert.equal(identifyProgram(program.bytes)?.kind, 'elf');
  });

  it('loads, or refuses with a sentence and without touching memory, a file cut at any byte', () => {
    const whole = tinyElf();
    assert.equal(loadElf(pcMemory(), whole).physicalEntry, 0x10_0004);
    for (let length = 0; length < whole.length; length++) {
      const memory = pcMemory(0xaa);
      assert.throws(() => loadElf(memory, whole.subarray(0, length)), /ELF file/, `${length} bytes`);
      assert.ok(memory.readBytes(MB, 64).every((byte) => byte === 0xaa));
    }
  });

  it('names each defect', () => {
    const cases: readonly (readonly [(view: DataView) => void, RegExp])[] = [
      [(v) => v.setUint8(4, 2), /32-bit little-endian/],
      [(v) => v.setUint16(18, 40, true), /for machine 40; only 3/],
      [(v) => v.setUint16(16, 1, true), /type 1, not an executable/],
      [(v) => v.setUint16(44, 0, true), /no program headers/],
      [(v) => v.setUint16(42, 8, true), /have 8 bytes instead of 32/],
      [(v) => v.setUint32(28, 0xffff_fff0, true), /program headers of the ELF file at FFFFFFF0h lie beyond/],
      [(v) => v.setUint32(52, 6, true), /no segment to load/],
      [(v) => v.setUint32(68, 9, true), /beyond the file's end/],
      [(v) => v.setUint32(72, 7, true), /larger in the file/],
      [(v) => v.setUint32(64, 0xffff_fff8, true), /beyond 4 GiB/],
      [(v) => v.setUint32(24, 0x20_0000, true), /entry point 200000h .* none of its segments/],
      [(v) => v.setUint32(72, 0xf000_0000, true), /there is no RAM at 400000h/],
      [(v) => v.setUint32(64, 0xf_0000, true), /there is no RAM at F0000h/],
    ];
    for (const [change, message] of cases) assert.throws(() => loadElf(pcMemory(), tinyElf(change)), message);
  });

  it('refuses segments that lie over each other', () => {
    const bytes = new Uint8Array(52 + 64 + 8);
    bytes.set(tinyElf().subarray(0, 84));
    bytes.set(tinyElf().subarray(52, 84), 84);
    new DataView(bytes.buffer).setUint16(44, 2, true);
    assert.throws(() => parseElf(bytes), /segments .* overlap at 100000h/);
  });

  it('survives any bytes behind a header', () => {
    const memory = pcMemory();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(83), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = tinyElf();
        for (const [at, value] of changes) bytes[at] = value;
        try {
          const { segments } = loadElf(memory, bytes);
          assert.ok(segments.every((s) => s.memoryBytes <= 4 * MB));
        } catch (error) {
          assert.ok(error instanceof Error && error.constructor === Error, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('flat loader', () => {
  it('puts bytes at a far address', () => {
    const memory = pcMemory();
    const program = loadFlat(memory, Uint8Array.of(0xeb, 0xfe), 0x1000, 0x100);
    assert.deepEqual(program, { base: 0x1_0100, length: 2, segment: 0x1000, offset: 0x100 });
    assert.equal(memory.peek(0x1_0100, 2), 0xfeeb);
  });

  it('refuses what is empty or does not fit', () => {
    assert.throws(() => loadFlat(pcMemory(), new Uint8Array(0), 0, 0), /empty/);
    assert.throws(() => loadFlat(pcMemory(), new Uint8Array(0x1_0001), 0x9000, 0), /no RAM at A0000h/);
  });
});
