/**
 * Damaged, truncated and random files: what starts images and reads symbols answers with a sentence of its own, never
 * with a failure inside, and asks for no more memory or time than the file deserves.
 */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { inRoot } from '../../../scripts/lib/root';
import { readElfSymbols } from '../../../debug-adapter/symbols/elf';
import { loadSymbols } from '../../../debug-adapter/symbols/load';
import { parseNasmListing } from '../../../debug-adapter/symbols/nasm-listing';
import { parseNasmMap } from '../../../debug-adapter/symbols/nasm-map';
import { sectionsOf } from '../../../debug-adapter/cli/inspect/sections';
import { textLines } from '../../../debug-adapter/cli/inspect/report';
import { guidPartitionTable } from '../../../emulator/storage/gpt';
import { isoVolume } from '../../../emulator/storage/iso9660';
import { MemorySource } from '../../../emulator/storage/block-source';
import { type LaunchImages, planLaunch, prepareImage } from '../../../emulator/system/launch';
import { Machine } from '../../../emulator/system/machine';
import { identifyImage } from '../../../emulator/machines/identify-image';

const SEED = 20_261_124;
/** Files of each kind; `IMAGE_FUZZ_RUNS` asks for more. What takes longer is done to a part of them. */
const RUNS = Number(process.env['IMAGE_FUZZ_RUNS'] ?? 250);
const MB = 1 << 20;
/** Longest that one case may take, in milliseconds: a hang shows, a busy machine does not. */
const LONGEST = 5_000;

const EXAMPLE = inRoot('examples', 'hello-boot');
const boot = new Uint8Array(readFileSync(`${EXAMPLE}/boot.bin`));
const listing = readFileSync(`${EXAMPLE}/boot.lst`, 'latin1');
const map = readFileSync(`${EXAMPLE}/boot.map`, 'latin1');

/** An i386 ELF program of one segment, with a section table of symbols. */
function elf(): Uint8Array {
  const bytes = Buffer.alloc(512);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(3, 18);
  bytes.writeUInt32LE(0x10_0000, 24);
  bytes.writeUInt32LE(52, 28);
  bytes.writeUInt32LE(160, 32);
  bytes.writeUInt16LE(32, 42);
  bytes.writeUInt16LE(1, 44);
  bytes.writeUInt16LE(40, 46);
  bytes.writeUInt16LE(3, 48);
  for (const [n, word] of [1, 0, 0x10_0000, 0x10_0000, 512, 1024].entries()) bytes.writeUInt32LE(word, 52 + n * 4);
  // Section 1 holds symbols, section 2 their names.
  for (const [n, word] of [0, 2, 0, 0, 320, 48, 2, 0, 4, 16].entries()) bytes.writeUInt32LE(word, 200 + n * 4);
  for (const [n, word] of [0, 3, 0, 0, 400, 16, 0, 0, 1, 0].entries()) bytes.writeUInt32LE(word, 240 + n * 4);
  for (const [n, word] of [1, 0x10_0000, 4, 0xfff1_0002].entries()) bytes.writeUInt32LE(word, 336 + n * 4);
  bytes.write('\0start\0', 400, 'latin1');
  return bytes;
}

/** A Multiboot kernel that gives its addresses. */
function multiboot(): Uint8Array {
  const bytes = Buffer.alloc(256);
  const flags = 0x1_0003;
  for (const [n, word] of [
    0x1bad_b002,
    flags,
    -(0x1bad_b002 + flags) >>> 0,
    0x10_0000,
    0x10_0000,
    0,
    0x10_4000,
    0x10_0020,
  ].entries()) {
    bytes.writeUInt32LE(word, n * 4);
  }
  return bytes;
}

/** A master boot record with one partition, and some sectors. */
function disk(): Uint8Array {
  const bytes = Buffer.alloc(64 * 512);
  bytes.set(boot.subarray(0, 0x1be));
  bytes.set([0x80, 0, 2, 0, 0x0e, 0, 63, 0, 1, 0, 0, 0, 63, 0, 0, 0], 0x1be);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

/** A FAT12 floppy of 1.44 MB; what follows its first sectors is left out. */
function fat(): Uint8Array {
  const bytes = Buffer.alloc(4 * 512);
  bytes.set(boot);
  bytes.set([0xeb, 0x3c, 0x90], 0);
  bytes.write('MKFS.FAT', 3, 'latin1');
  for (const [at, value] of [[11, 512], [14, 1], [17, 224], [19, 2880], [22, 9], [24, 18], [26, 2]] as const) bytes.writeUInt16LE(value, at); // biome-ignore format: pairs
  bytes.set([1], 13);
  bytes.set([2], 16);
  bytes.set([0xf0], 21);
  bytes.write('FAT12   ', 54, 'latin1');
  return bytes;
}

/** A disk with a GUID partition table of one partition; its checksums are wrong, which is told and nothing else. */
function gpt(): Uint8Array {
  const bytes = Buffer.alloc(40 * 512);
  bytes.set([0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0, 39, 0, 0, 0], 0x1be);
  bytes.set([0x55, 0xaa], 510);
  bytes.write('EFI PART', 512, 'latin1');
  for (const [at, value] of [[8, 0x1_0000], [12, 92], [24, 1], [32, 39], [40, 34], [48, 38], [72, 2], [80, 128], [84, 128]] as const) bytes.writeUInt32LE(value, 512 + at); // biome-ignore format: pairs
  bytes.fill(0x11, 1024, 1024 + 32);
  bytes.writeUInt32LE(34, 1024 + 32);
  bytes.writeUInt32LE(38, 1024 + 40);
  return bytes;
}

/** A CD-ROM with a boot record volume descriptor and a boot catalog. */
function cd(): Uint8Array {
  const bytes = Buffer.alloc(20 * 2048);
  for (const [block, type] of [[16, 1], [17, 0], [18, 255]] as const) {
    bytes.set([type, ...Buffer.from('CD001'), 1], block * 2048);
  } // biome-ignore format: pairs
  bytes.writeUInt32LE(20, 16 * 2048 + 80);
  bytes.write('EL TORITO SPECIFICATION', 17 * 2048 + 7, 'latin1');
  bytes.writeUInt32LE(19, 17 * 2048 + 0x47);
  bytes.set([1], 19 * 2048);
  bytes.set([0x55, 0xaa, 0x88, 0], 19 * 2048 + 30);
  bytes.writeUInt16LE(4, 19 * 2048 + 38);
  return bytes;
}

const offsetIn = (length: number, from: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.nat(Math.min(length - from, 128) - 1).map((at) => from + at) },
    { weight: 1, arbitrary: fc.nat(length - 1) },
  );
const word = fc.oneof(
  fc.constantFrom(0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);

/** A good file with some words changed, and perhaps cut off. @param from where its most telling bytes begin */
const damaged = (good: Uint8Array, from = 0): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      changes: fc.array(fc.tuple(offsetIn(good.length, from), fc.constantFrom(1, 2, 4), word), { maxLength: 4 }),
      length: fc.option(fc.nat(good.length), { freq: 3 }),
    })
    .map(({ changes, length }) => {
      const bytes = good.slice();
      for (const [at, size, value] of changes) {
        for (let n = 0; n < size && at + n < bytes.length; n++) bytes[at + n] = value >>> (8 * n);
      }
      return bytes.subarray(0, length ?? bytes.length);
    });

/** Failures inside are of classes like RangeError; what is said to people is a plain Error with a whole sentence. */
function mustBeClear(error: unknown): void {
  assert.ok(error instanceof Error, String(error));
  assert.equal(error.constructor, Error, error.stack);
  assert.match(error.message, /^.{12,}[.?]$/s, error.stack);
}

function clearOrGood(action: () => void): void {
  const start = performance.now();
  try {
    action();
  } catch (error) {
    mustBeClear(error);
  }
  assert.ok(performance.now() - start < LONGEST, 'it takes too long');
}

const check = <T>(cases: fc.Arbitrary<T>, numRuns: number, action: (one: T) => void): void =>
  fc.assert(fc.property(cases, action), { seed: SEED, numRuns });

/** Builds the machine that was planned, and puts the program into it. */
function start(images: LaunchImages): void {
  const plan = planLaunch(images);
  const machine = new Machine({
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 2 * MB,
    floppies: plan.floppies,
    disks: plan.disks,
    bootOrder: plan.bootOrder,
    rtcEpochSeconds: 0,
  });
  prepareImage(machine, plan);
}

const IMAGES: readonly (readonly [what: string, cases: fc.Arbitrary<Uint8Array>])[] = [
  ['ELF programs', damaged(elf())],
  ['Multiboot kernels', damaged(multiboot())],
  ['disks', damaged(disk())],
  ['boot sectors', damaged(boot)],
  ['FAT volumes', damaged(fat())],
  ['GUID partition tables', damaged(gpt(), 512)],
  ['CD-ROMs', damaged(cd(), 16 * 2048)],
  ['random bytes', fc.uint8Array({ maxLength: 1200 })],
];

describe('hostile files', function () {
  this.timeout(60_000 + 60 * RUNS);

  it('are none when they are whole', () => {
    const good = [elf(), multiboot(), disk(), boot, fat(), gpt(), cd()];
    const kinds = good.map((bytes) => identifyImage(new MemorySource(bytes)).kind);
    assert.deepEqual(kinds, ['elf', 'multiboot', 'disk', 'boot-sector', 'floppy', 'disk', 'unsupported']);
    assert.equal(guidPartitionTable(new MemorySource(gpt()))?.partitions.length, 1);
    assert.equal(isoVolume(new MemorySource(cd()))?.boot?.sectors, 4);
    for (const bytes of [elf(), multiboot(), disk(), boot]) {
      start({ program: { name: 'it', source: new MemorySource(bytes) } });
    }
    assert.deepEqual(
      readElfSymbols(elf()).map(({ name }) => name),
      ['start'],
    );
  });

  it('of other products are refused as media of a drive too', () => {
    const qcow2 = {
      name: 'other.qcow2',
      source: new MemorySource(Uint8Array.from([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3])),
    };
    const program = { name: 'it', source: new MemorySource(boot) };
    for (const images of [{ floppy: qcow2 }, { program, disk: qcow2 }]) {
      assert.throws(
        () => planLaunch(images),
        /^Error: other\.qcow2 can not be put into a drive\. This file is a QEMU qcow2 disk/,
      );
    }
  });

  for (const [what, cases] of IMAGES) {
    it(`${what} are identified and planned`, () => {
      check(cases, RUNS, (bytes) => {
        const file = { name: 'it', source: new MemorySource(bytes) };
        assert.match(identifyImage(file.source).why, /\.$/);
        for (const images of [{ program: file }, { kernel: file }, { program: file, org: 0x1_0000 }]) {
          clearOrGood(() => planLaunch(images));
        }
      });
    });

    it(`${what} are inspected`, async () => {
      for (const bytes of fc.sample(cases, { seed: SEED, numRuns: RUNS })) {
        const begun = performance.now();
        try {
          // oxlint-disable-next-line no-await-in-loop -- one after the other, so that each has its time
          const sections = await sectionsOf('it', new MemorySource(bytes));
          const problems = sections.flatMap((section) => section.problems ?? []);
          assert.ok(textLines(sections).length > 0 && problems.length < 1000);
        } catch (error) {
          mustBeClear(error);
        }
        assert.ok(performance.now() - begun < LONGEST, 'it takes too long');
      }
    });

    it(`${what} are loaded`, () => {
      check(cases, Math.ceil(RUNS / 10), (bytes) => {
        const file = { name: 'it', source: new MemorySource(bytes) };
        clearOrGood(() => start({ program: file }));
      });
    });
  }

  it('ELF files with symbols', () => {
    check(damaged(elf()), RUNS, (bytes) => clearOrGood(() => readElfSymbols(bytes)));
  });

  const junk = fc.oneof(
    fc.constantFrom('<rep FFFFFFFFh>', '<res FFFFFFFFh>', '<bin 7FFFFFFFh>', '[', ']', '(FFFF)', '??', '-', '<9>', '%macro', ' '),
    fc.constantFrom('org 99999999999999999999', 'section .x start=0FFFFFFFFFFFFFFFFFFh vstart=-1', 'x equ 0x1FFFFFFFFFFFFFFFFF'),
    fc.constantFrom(`org 1${'0'.repeat(400)}`, `y: equ 1${'0'.repeat(400)}`, `section .z vstart=9${'9'.repeat(400)} align=0`),
    fc.string({ maxLength: 20 }),
  ); // biome-ignore format: a list
  /** Lines with something put over a part of them, taken out or doubled. */
  const garbled = (text: string): fc.Arbitrary<string> => {
    const lines = text.split('\n');
    return fc
      .array(
        fc.tuple(fc.nat(lines.length - 1), fc.constantFrom(0, 16, 40), junk, fc.constantFrom('over', 'out', 'twice')),
        {
          maxLength: 6,
        },
      )
      .map((changes) => {
        const changed = lines.slice();
        for (const [at, column, what, how] of changes) {
          const line = changed[at] ?? '';
          if (how === 'over') changed[at] = line.slice(0, column).padEnd(column) + what;
          else if (how === 'out') changed.splice(at, 1);
          else changed.splice(at, 0, line);
        }
        return changed.join('\n');
      });
  };

  it('listings and maps', async () => {
    const cases = fc.tuple(garbled(listing), garbled(map));
    for (const [list, places] of fc.sample(cases, { seed: SEED, numRuns: RUNS })) {
      const begun = performance.now();
      const texts = new Map([
        ['/it/boot.lst', list],
        ['/it/boot.map', places],
      ]);
      const found = await loadSymbols(
        {
          read: (path) => Promise.resolve(texts.has(path) ? Buffer.from(texts.get(path) ?? '', 'latin1') : undefined),
          stat: (path) =>
            Promise.resolve(texts.has(path) ? { size: texts.get(path)?.length ?? 0, modified: 0 } : undefined),
          list: () => Promise.resolve(['boot.bin', 'boot.lst', 'boot.map']),
        },
        [{ path: '/it/boot.bin', bytes: boot, loads: [{ offset: 0, length: 512, address: 0x7c00n }] }],
        {},
      );
      for (const told of [...found.warnings, ...found.notes]) assert.match(told, /[.:] ?\d*\.?$/);
      parseNasmMap(places);
      assert.ok(performance.now() - begun < LONGEST, list);
    }
  });

  it('a listing can not ask for more bytes than an image can have', () => {
    const row = (n: number, offset: number): string =>
      `${String(n).padStart(6)} ${offset.toString(16).toUpperCase().padStart(8, '0')} 00<rep FFFFFFFFh>        x: db 0`;
    const rows = Array.from({ length: 12 }, (_, n) => row(n + 1, n));
    const { sections } = parseNasmListing(rows.join('\n'));
    const bytes = sections.flatMap((section) => section.rows).reduce((sum, { bytes: of }) => sum + of.length, 0);
    assert.ok(bytes > 0 && bytes <= 16 * MB + rows.length, String(bytes));
  });
});
