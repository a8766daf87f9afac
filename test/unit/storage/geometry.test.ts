import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type BlockSource, MemorySource } from '../../../emulator/storage/block-source';
import { diskGeometry, partitionTable } from '../../../emulator/storage/disk-geometry';
import {
  FLOPPY_FORMATS,
  floppyFormat,
  formatByLength,
  geometrySectors,
} from '../../../emulator/storage/floppy-geometry';
import { identifyImage } from '../../../emulator/machines/identify-image';

const has = (tool: string): boolean => {
  try {
    execFileSync('which', [tool], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** A source of zeros with some bytes at its start. */
const sparse = (length: number, start: Uint8Array = new Uint8Array(0)): BlockSource => ({
  length,
  read: (offset, count) => {
    const bytes = new Uint8Array(count);
    if (offset < start.length) bytes.set(start.subarray(offset, Math.min(start.length, offset + count)));
    return bytes;
  },
});

describe('floppy geometry', () => {
  it('has the published sizes', () => {
    // kB (1024 bytes) as printed on the disks: IBM PC and PS/2 formats.
    const published = [160, 180, 320, 360, 640, 720, 1200, 1440, 1680, 1722, 2880];
    assert.deepEqual(
      FLOPPY_FORMATS.map((row) => geometrySectors(row) / 2),
      published,
    );
  });

  it('takes the format of the length, else of the parameter block, else the smallest that holds the bytes', () => {
    for (const row of FLOPPY_FORMATS) assert.equal(floppyFormat(sparse(geometrySectors(row) * 512)), row);
    assert.match(floppyFormat(sparse(512)).name, /^1\.44/);
    assert.match(floppyFormat(sparse(1_474_561)).name, /^1\.68/);
    assert.match(floppyFormat(sparse(2_000_000)).name, /^2\.88/);
    assert.throws(() => floppyFormat(sparse(0)), /empty/);
    assert.throws(() => floppyFormat(sparse(2_949_121)), /too long for a floppy disk/);
  });

  it('has the geometry that QEMU gives to images of these lengths', () => {
    // hw/block/fdc.c of QEMU 7.2, fd_formats: sectors a track, cylinders, heads, in the order in which it looks.
    const rows: readonly [sectorsPerTrack: number, cylinders: number, heads: number][] = [
      ...[18, 20, 21].map((n): [number, number, number] => [n, 80, 2]),
      [21, 82, 2],
      [21, 83, 2],
      ...[22, 23, 24, 36, 39, 40, 44, 48, 9, 10].map((n): [number, number, number] => [n, 80, 2]),
      [10, 82, 2],
      [10, 83, 2],
      ...[13, 14, 15, 18].map((n): [number, number, number] => [n, 80, 2]),
      [18, 82, 2],
      [18, 83, 2],
      ...[20, 9, 11].map((n): [number, number, number] => [n, 80, 2]),
      [9, 40, 2],
      [9, 40, 1],
      [10, 41, 2],
      [10, 42, 2],
      [8, 40, 2],
      [8, 40, 1],
      [9, 80, 1],
    ];
    const seen = new Set<number>();
    for (const [sectorsPerTrack, cylinders, heads] of rows) {
      const geometry = { sectorsPerTrack, cylinders, heads };
      const length = geometrySectors(geometry) * 512;
      if (seen.has(length)) continue;
      seen.add(length);
      const found = floppyFormat(sparse(length));
      assert.deepEqual(
        { sectorsPerTrack: found.sectorsPerTrack, cylinders: found.cylinders, heads: found.heads },
        geometry,
        `${length / 1024} KiB`,
      );
    }
    // QEMU has no 640 kB; it is eight sectors a track on both sides of 80 cylinders, as IBM's 320 kB on 40.
    assert.ok(!seen.has(640 * 1024));
  });

  it('reads parameter blocks as mformat and mkfs.fat write them', function () {
    if (!has('mformat') || !has('mkfs.fat')) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'geometry-'));
    try {
      for (const row of FLOPPY_FORMATS.filter(
        (r) => r.heads === 2 && r.cylinders <= 80 && ![8, 21].includes(r.sectorsPerTrack),
      )) {
        const file = join(folder, 'floppy.img');
        const { cylinders, heads, sectorsPerTrack } = row;
        writeFileSync(file, '');
        execFileSync('mformat', [
          '-C',
          '-i',
          file,
          '-t',
          `${cylinders}`,
          '-h',
          `${heads}`,
          '-s',
          `${sectorsPerTrack}`,
          '::',
        ]);
        const image = readFileSync(file);
        assert.equal(formatByLength(image.length), row);
        // Only the boot sector is left: the block must tell the same.
        assert.equal(floppyFormat(new MemorySource(image.subarray(0, 512))), row, row.name);
        assert.equal(identifyImage(new MemorySource(image)).kind, 'floppy');
      }
      const file = join(folder, 'odd.img');
      writeFileSync(file, '');
      execFileSync('mformat', ['-C', '-i', file, '-t', '82', '-h', '2', '-s', '18', '::']);
      assert.deepEqual(
        { ...floppyFormat(new MemorySource(readFileSync(file))), name: '', drive: 0 },
        { cylinders: 82, heads: 2, sectorsPerTrack: 18, name: '', drive: 0 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('hard disk geometry', () => {
  it('is the one that its partitions were made with', function () {
    if (!has('sfdisk')) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'geometry-'));
    try {
      const file = join(folder, 'disk.img');
      writeFileSync(file, '');
      truncateSync(file, 16 * 63 * 512 * 40);
      // Ends of partitions are written with the usual 255 heads and 63 sectors.
      execFileSync('sfdisk', ['-q', file], {
        input: 'start=63,size=8001,type=6,bootable\nsize=16065,type=83\n',
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const image = readFileSync(file);
      assert.equal(partitionTable(image)?.length, 2);
      assert.deepEqual(diskGeometry(new MemorySource(image)), { cylinders: 2, heads: 255, sectorsPerTrack: 63 });
      assert.equal(identifyImage(new MemorySource(image)).kind, 'disk');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('follows consistent ends of partitions and ignores others', () => {
    const record = (endCylinder: number, endHead: number, endSector: number, start: number, sectors: number) => {
      const bytes = new Uint8Array(512);
      const view = new DataView(bytes.buffer);
      view.setUint8(0x1be + 4, 6);
      view.setUint8(0x1be + 5, endHead);
      view.setUint8(0x1be + 6, endSector | ((endCylinder >> 2) & 0xc0));
      view.setUint8(0x1be + 7, endCylinder & 0xff);
      view.setUint32(0x1be + 8, start, true);
      view.setUint32(0x1be + 12, sectors, true);
      view.setUint16(510, 0xaa55, true);
      return bytes;
    };
    // 20 cylinders of 4 heads and 17 sectors; the partition ends with cylinder 9.
    const small = diskGeometry(sparse(20 * 4 * 17 * 512, record(9, 3, 17, 17, 10 * 68 - 17)));
    assert.deepEqual(small, { cylinders: 20, heads: 4, sectorsPerTrack: 17 });
    const wrong = diskGeometry(sparse(20 * 4 * 17 * 512, record(9, 3, 17, 17, 10 * 68 - 18)));
    assert.deepEqual(wrong, { cylinders: 1, heads: 16, sectorsPerTrack: 63 });
    // Beyond cylinder 1023 the end is clipped.
    const big = diskGeometry(sparse(20e9, record(1023, 254, 63, 63, 16065 * 2000 - 63)));
    assert.deepEqual(big, { cylinders: 1024, heads: 255, sectorsPerTrack: 63 });
  });

  it('else is translated with the heads that 1024 cylinders need', () => {
    const MB = 1024 * 1024;
    const heads = [
      [1, 16],
      [504, 16],
      [505, 32],
      [1008, 32],
      [1009, 64],
      [2017, 128],
      [4033, 255],
      [100_000, 255],
    ] as const;
    for (const [size, expected] of heads) assert.equal(diskGeometry(sparse(size * MB)).heads, expected, `${size} MB`);
    assert.deepEqual(diskGeometry(sparse(512)), { cylinders: 1, heads: 16, sectorsPerTrack: 63 });
    assert.throws(() => diskGeometry(sparse(0)), /empty/);
  });
});

describe('identifyImage', () => {
  const signed = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    bytes[510] = 0x55;
    bytes[511] = 0xaa;
    return bytes;
  };
  const kind = (bytes: Uint8Array) => identifyImage(new MemorySource(bytes)).kind;

  it('tells the kinds apart', () => {
    assert.equal(kind(signed(512)), 'boot-sector');
    assert.equal(kind(signed(5000)), 'floppy');
    assert.equal(kind(signed(4_000_000)), 'disk');
    assert.equal(kind(new Uint8Array(1_474_560)), 'floppy');
    assert.equal(kind(new Uint8Array(512)), 'flat');
    assert.equal(kind(Uint8Array.of(0xeb, 0xfe)), 'flat');
    assert.equal(kind(new Uint8Array(0)), 'unsupported');
    const iso = new Uint8Array(0x8800);
    iso.set([1, 0x43, 0x44, 0x30, 0x30, 0x31], 0x8000);
    assert.match(identifyImage(new MemorySource(iso)).why, /CD-ROM/);
    assert.equal(kind(iso), 'unsupported');
    // A hybrid's partition may begin in the boot record itself, which is no other table's.
    iso.set([0x80, 0, 1, 0, 0x17, 0x3f, 0x20, 0, 0, 0, 0, 0, 0, 8, 0, 0], 446);
    iso.set([0x55, 0xaa], 510);
    assert.equal(kind(iso), 'disk');
  });

  it('takes a boot sector for a medium, though a Multiboot program lies behind it', () => {
    const floppy = signed(1_474_560);
    const words = [0x1badb002, 0x1_0000, -(0x1badb002 + 0x1_0000), 0x8230, 0x8200, 0, 0, 0x8200];
    words.forEach((word, i) => new DataView(floppy.buffer).setInt32(1024 + i * 4, word, true));
    assert.equal(kind(floppy), 'floppy');
    floppy[510] = 0;
    assert.equal(kind(floppy), 'multiboot');
  });

  it('names disk formats that are no raw images, as qemu-img writes them', function () {
    if (!has('qemu-img')) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'identify-'));
    try {
      for (const [format, name] of [
        ['qcow2', /qcow2/],
        ['vmdk', /VMDK/],
        ['vdi', /VDI/],
        ['vhdx', /VHDX/],
        ['vpc', /VHD/],
      ] as const) {
        const file = join(folder, `disk.${format}`);
        execFileSync('qemu-img', ['create', '-q', '-f', format, file, '8M']);
        const { kind, why } = identifyImage(new MemorySource(readFileSync(file)));
        assert.equal(kind, 'unsupported');
        assert.match(why, name);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says something of any bytes and never throws', () => {
    const elf = [0x7f, 0x45, 0x4c, 0x46];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), fc.boolean(), (bytes, withMagic) => {
        const content = withMagic ? Uint8Array.from([...elf, ...bytes]) : bytes;
        const { kind, why } = identifyImage(new MemorySource(content));
        assert.ok(why.endsWith('.'), why);
        if (content.length === 0) assert.equal(kind, 'unsupported');
      }),
      { numRuns: 500 },
    );
  });
});
