/** INT 13h beside SeaBIOS: floppy drives of every usual format, and a hard disk. */
import { writeFileSync } from 'node:fs';
import { FLOPPY_FORMATS, geometrySectors } from '../../emulator/storage/floppy-geometry';
import { Stepback } from '../support/stepback';
import { hasTool } from '../support/tools';
import { probeTests } from './probe';
import { call, type Case, dump, store, storeWords } from './script';

const BUFFER = 0x2_0000;
const SECTOR = 512;
const int13 = (eax: number, rest: Parameters<typeof call>[1] = {}) =>
  call(0x13, { eax, es: BUFFER >> 4, ds: BUFFER >> 4, ...rest });

/** Sectors that say which they are. */
function numbered(sectors: number): Buffer {
  const bytes = Buffer.alloc(sectors * SECTOR);
  for (let lba = 0; lba < sectors; lba++) {
    bytes.writeUInt32LE(lba, lba * SECTOR);
    bytes.fill(lba & 0xff, lba * SECTOR + 4, lba * SECTOR + 16);
  }
  return bytes;
}

const chs = (cylinder: number, head: number, sector: number, drive: number) => ({
  ecx: ((cylinder & 0xff) << 8) | ((cylinder >> 2) & 0xc0) | sector,
  edx: (head << 8) | drive,
});

/** Why an error differs. */
const MOVED = 'AL is the number of sectors moved';
const NOT_FOUND = 'a sector that is not there is error 04h, as the controller tells it; SeaBIOS checks before';

/** QEMU's line for a failed call and what is wanted instead, by AX. */
const ax = (why: string, qemu: string, ours: string) => ({ why, qemu: `eax=0000${qemu} `, ours: `eax=0000${ours} ` });

function floppyCases(cylinders: number, heads: number, spt: number): readonly Case[] {
  const drive = 1;
  const last = cylinders - 1;
  const at = (c: number, h: number, s: number) => chs(c, h, s, drive);
  const read = (c: number, h: number, s: number, count = 1) => [int13(0x0200 | count, at(c, h, s)), dump(BUFFER, 8)];
  return [
    { name: 'reset, status', steps: [int13(0, { edx: drive }), int13(0x100, { edx: drive }), dump(0x441, 1)] },
    { name: 'the first sector', steps: read(0, 0, 1) },
    { name: 'the last sector', steps: read(last, heads - 1, spt) },
    { name: 'a whole track', steps: [...read(1, 0, 1, spt), dump(BUFFER + (spt - 1) * SECTOR, 8)] },
    { name: 'no sector 0', steps: read(0, 0, 0), differs: [ax(MOVED, '0101', '0100')] },
    { name: 'no sectors', steps: read(0, 0, 1, 0) },
    { name: 'verify', steps: [int13(0x401, at(0, 0, 1))] },
    {
      name: 'write and read back',
      steps: [store(BUFFER, 1, 2, 3, 4, 5, 6, 7, 8), int13(0x301, at(2, 0, 3)), store(BUFFER, 0, 0), ...read(2, 0, 3)],
    },
    {
      name: 'format',
      steps: [
        store(BUFFER, ...Array.from({ length: spt }, (_, i) => [3, 0, i + 1, 2]).flat()),
        int13(0x500 | spt, at(3, 0, 1)),
      ],
    },
    {
      name: 'a buffer across 64 KiB',
      steps: [int13(0x202, { ...at(0, 0, 1), es: 0x2fe0 }), int13(0x202, { ...at(0, 0, 1), es: 0x2fc0 })],
    },
    { name: 'no such function', steps: [int13(0x7f00, { edx: drive }), dump(0x441, 1)] },
  ];
}

/** Formats that QEMU's drives or SeaBIOS have no row for. */
const UNKNOWN_TO_QEMU = ['640 kB', '1.68 MB', '1.72 MB'];

const DISK_SECTORS = 20 * 16 * 63;
const D = 0x80;
const at = (c: number, h: number, s: number) => chs(c, h, s, D);
const packet = (count: number, lba: number, size = 16) =>
  storeWords(BUFFER, size, count, 0, 0x3000, lba & 0xffff, lba >>> 16, 0, 0);
const DISK: readonly Case[] = [
  { name: 'reset', steps: [int13(0, { edx: D }), dump(0x474, 1), int13(0xd00, { edx: D })] },
  { name: 'parameters', steps: [int13(0x800, { edx: D }), int13(0x1500, { edx: D }), dump(0x475, 1)] },
  {
    name: 'read',
    steps: [int13(0x202, at(3, 4, 5)), dump(BUFFER, 8), dump(BUFFER + SECTOR, 8), dump(0x474, 1)],
  },
  {
    name: 'behind the last cylinder',
    steps: [int13(0x201, at(1000, 0, 1)), dump(0x474, 1), int13(0x100, { edx: D })],
    differs: [
      ax(NOT_FOUND, '0101', '0400'),
      { why: NOT_FOUND, qemu: '\n01\n', ours: '\n04\n' },
      ax(NOT_FOUND, '0100', '0400'),
    ],
  },
  {
    name: 'no such head',
    steps: [int13(0x201, at(0, 16, 1))],
    differs: [ax(NOT_FOUND, '0101', '0400')],
  },
  { name: 'no sector 0', steps: [int13(0x201, at(0, 0, 0))], differs: [ax(MOVED, '0101', '0100')] },
  { name: 'no sectors', steps: [int13(0x200, at(0, 0, 1))] },
  {
    name: 'write and read back',
    steps: [
      store(BUFFER, 9, 8, 7),
      int13(0x301, at(1, 1, 1)),
      store(BUFFER, 0, 0),
      int13(0x201, at(1, 1, 1)),
      dump(BUFFER, 4),
    ],
  },
  {
    name: 'verify, seek, ready, recalibrate, diagnostics',
    steps: [
      int13(0x401, at(1, 1, 1)),
      int13(0xc00, at(1, 1, 1)),
      int13(0x1000, { edx: D }),
      int13(0x1100, { edx: D }),
      int13(0x1400, { edx: D }),
    ],
  },
  { name: 'format', steps: [int13(0x501, at(1, 0, 1))] },
  {
    name: 'functions of floppy drives',
    steps: [int13(0x1600, { edx: D }), int13(0x1700, { edx: D }), int13(0x1800, { edx: D })],
  },
  {
    name: 'no such disk',
    steps: [int13(0x201, chs(0, 0, 1, 0x81)), int13(0x800, { edx: 0x81 }), int13(0, { edx: 0x81 })],
  },
  { name: 'fixed disk table', steps: [dump(0x118, 4)] },
  {
    name: 'EDD: installation check',
    steps: [int13(0x4100, { ebx: 0x55aa, edx: D }), int13(0x4100, { ebx: 0x55aa, edx: 0 })],
  },
  {
    name: 'EDD: read',
    steps: [packet(2, 100), int13(0x4200, { edx: D }), dump(BUFFER, 16), dump(0x3_0000, 8), dump(0x3_0200, 8)],
  },
  {
    name: 'EDD: behind the end',
    steps: [packet(1, DISK_SECTORS), int13(0x4200, { edx: D }), dump(BUFFER, 16)],
    differs: [
      ax(NOT_FOUND, '0100', '0400'),
      { why: 'the packet tells the blocks that were moved', qemu: '1000010000', ours: '1000000000' },
    ],
  },
  {
    name: 'EDD: write',
    steps: [
      packet(1, 7),
      store(0x3_0000, 5, 6, 7),
      int13(0x4300, { edx: D }),
      store(0x3_0000, 0),
      int13(0x4200, { edx: D }),
      dump(0x3_0000, 4),
    ],
  },
  { name: 'EDD: verify, seek', steps: [packet(1, 7), int13(0x4400, { edx: D }), int13(0x4700, { edx: D })] },
  {
    name: 'EDD: lock, eject, change',
    steps: [int13(0x4500, { edx: D }), int13(0x4600, { edx: D }), int13(0x4900, { edx: D })],
  },
  { name: 'EDD: parameters of 26 bytes', steps: [storeWords(BUFFER, 26), int13(0x4800, { edx: D }), dump(BUFFER, 26)] },
  { name: 'EDD: parameters of 30 bytes', steps: [storeWords(BUFFER, 30), int13(0x4800, { edx: D }), dump(BUFFER, 26)] },
  { name: 'EDD: parameters of too few bytes', steps: [storeWords(BUFFER, 20), int13(0x4800, { edx: D })] },
  {
    name: 'EDD: hardware configuration',
    steps: [0x4e00, 0x4e01, 0x4e03, 0x4e04, 0x4e06, 0x4e09].map((eax) => int13(eax, { edx: D })),
  },
];

describe('INT 13h beside SeaBIOS', function () {
  this.timeout(300_000);
  let stepback: Stepback;
  before(async function () {
    if (!hasTool('qemu-system-i386') || !hasTool('nasm')) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());

  for (const format of FLOPPY_FORMATS.filter(({ name }) => !UNKNOWN_TO_QEMU.some((size) => name.startsWith(size)))) {
    describe(`drive B with ${format.name}`, () => {
      const { cylinders, heads, sectorsPerTrack } = format;
      probeTests(
        () => stepback,
        floppyCases(cylinders, heads, sectorsPerTrack),
        () => {
          const floppyB = stepback.file('b.img');
          writeFileSync(floppyB, numbered(geometrySectors(format)));
          return { floppyB };
        },
      );
    });
  }

  describe('a hard disk', () => {
    probeTests(
      () => stepback,
      DISK,
      () => {
        const disk = stepback.file('disk.img');
        writeFileSync(disk, numbered(DISK_SECTORS));
        return { disk };
      },
    );
  });
});
