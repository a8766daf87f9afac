/** INT 11h, 12h, 14h to 17h and 1Ah beside SeaBIOS. */
import { Stepback } from '../support/stepback';
import { hasTool } from '../support/tools';
import { probeTests } from './probe';
import { call, type Case, dump, input, protectedMode, type Registers, store, storeWords, ticks } from './script';

const BUFFER = 0x2_0000;
const int15 = (eax: number, rest: Registers = {}) => call(0x15, { eax, es: BUFFER >> 4, ds: BUFFER >> 4, ...rest });
/** AL behind these is what SeaBIOS happens to have written last. */
const int1a = (eax: number, rest: Registers = {}) =>
  call(0x1a, { eax, ...rest }, ['ebx', 'ecx', 'edx', 'ds', 'es', 'cf']);
/** IBM's BIOS clears AH in these; SeaBIOS leaves it. */
const hook = (eax: number) => call(0x15, { eax }, ['ebx', 'ecx', 'edx', 'cf']);
const int16 = (eax: number, rest: Registers = {}) => call(0x16, { eax, ...rest }, ['eax', 'ecx', 'cf', 'zf']);
const pointing = (al: number, bh = 0, rest: Registers = {}) =>
  call(0x15, { eax: 0xc200 | al, ebx: bh << 8, ...rest }, ['eax', 'ebx', 'ecx', 'edx', 'cf']);
/** Where the handler's address and the flags of the pointing device lie. */
const POINTING_AREA = 0x9_fc22;
const ACPI = 'SeaBIOS keeps the last 128 kB for ACPI tables';
const NO_FPU = 'an 80386 without a coprocessor';
const SMAP = 0x534d4150;

/** Source and target of AH=87h as descriptors. */
const moveTable = (from: number, to: number) =>
  storeWords(
    BUFFER,
    ...Array<number>(8).fill(0),
    ...[0xffff, from & 0xffff, 0x9300 | (from >>> 16), 0],
    ...[0xffff, to & 0xffff, 0x9300 | (to >>> 16), 0],
    ...Array<number>(8).fill(0),
  );

const CASES: readonly Case[] = [
  { name: 'INT 12h', steps: [call(0x12, {})] },
  {
    name: 'INT 15h 24h: A20',
    steps: [0x2403, 0x2402, 0x2401, 0x2402, 0x2400, 0x2402, 0x2404].map((eax) => int15(eax)),
  },
  {
    name: 'INT 15h 87h: a move to extended memory and back',
    steps: [
      moveTable(0x3_0000, 0x20_0000),
      store(0x3_0000, 1, 2, 3, 4),
      int15(0x8700, { ecx: 2 }),
      store(0x3_0000, 0, 0, 0, 0),
      moveTable(0x20_0000, 0x3_0000),
      int15(0x8700, { ecx: 2 }),
      dump(0x3_0000, 4),
    ],
  },
  {
    name: 'INT 15h E801h, 88h: memory sizes',
    steps: [int15(0xe801), int15(0x8800)],
    differs: [
      { why: ACPI, qemu: '000000FE', ours: '00000100' },
      { why: ACPI, qemu: '00007B80', ours: '00007C00' },
    ],
  },
  { name: 'INT 15h E820h', steps: [int15(0xe820, { edx: SMAP, ecx: 20 }), dump(BUFFER, 20)] },
  { name: 'INT 15h E820h with a wrong signature', steps: [int15(0xe820, { edx: 1, ecx: 20 })] },
  { name: 'INT 15h 86h: wait', steps: [int15(0x8600, { edx: 1000 })] },
  {
    name: 'INT 15h 83h: an event wait',
    steps: [int15(0x8300, { ecx: 1 }), int15(0x8300, { ecx: 1 }), int15(0x8301)],
  },
  {
    name: 'INT 15h 83h: the byte is marked when the time is over',
    steps: [
      store(BUFFER, 0x11),
      int15(0x8300, { edx: 50_000 }),
      dump(BUFFER, 1),
      ticks(4),
      dump(BUFFER, 1),
      dump(0x4a0, 1),
    ],
  },
  { name: 'INT 15h C1h: the EBDA', steps: [int15(0xc100)] },
  { name: 'INT 15h 4Fh, 90h, 91h: hooks', steps: [int15(0x4f1e), hook(0x9000), hook(0x9100)] },
  {
    name: 'INT 15h C2h: the pointing device',
    steps: [
      pointing(0x00, 1),
      pointing(0x05, 3),
      pointing(0x01),
      pointing(0x06),
      ...[0, 4, 6, 7].map((bh) => pointing(0x02, bh)),
      ...[0, 3, 4].map((bh) => pointing(0x03, bh)),
      pointing(0x04),
      ...[0, 2, 0, 1, 0, 3].map((bh) => pointing(0x06, bh)),
      pointing(0x08),
      pointing(0x05, 0),
    ],
  },
  {
    name: 'INT 15h C207h: a handler, on and off',
    steps: [
      pointing(0x05, 3),
      dump(POINTING_AREA, 6),
      pointing(0x07, 1, { es: BUFFER >> 4 }),
      dump(POINTING_AREA, 6),
      pointing(0x00, 1),
      pointing(0x06),
      pointing(0x00, 0),
      pointing(0x00, 2),
      pointing(0x06),
      pointing(0x00, 1),
      pointing(0x07, 0),
      dump(POINTING_AREA, 6),
      pointing(0x06),
      pointing(0x00, 1),
    ],
  },
  { name: 'INT 15h 89h: protected mode', steps: [protectedMode(0x50, 0x58), protectedMode(0x20, 0x28), ticks(1)] },
  { name: 'INT 11h: a pointing device', steps: [dump(0x410, 1)], differs: [{ why: NO_FPU, qemu: '27', ours: '25' }] },
  { name: 'INT 15h: no such function', steps: [int15(0x0000), int15(0xd800), int15(0xe802), int15(0xc300)] },
  { name: 'INT 16h 01h, 11h: nothing was typed', steps: [int16(0x0100), int16(0x1100)] },
  {
    name: 'INT 16h 05h: keys stored and read',
    steps: [
      int16(0x0500, { ecx: 0x1e61 }),
      int16(0x0100),
      int16(0x0000),
      int16(0x0500, { ecx: 0xe00d }),
      int16(0x1000),
      int16(0x0500, { ecx: 0xe00d }),
      int16(0x0000),
      int16(0x0500, { ecx: 0x48e0 }),
      int16(0x1000),
      int16(0x0500, { ecx: 0x48e0 }),
      int16(0x0000),
    ],
  },
  { name: 'INT 16h 02h, 12h: shifts', steps: [int16(0x0200), int16(0x1200)] },
  {
    name: 'INT 16h 09h, 0Ah: what there is',
    steps: [int16(0x0900), call(0x16, { eax: 0x0a00 }, ['ebx', 'ecx'])],
    differs: [{ why: 'AX=0300h and 0305h are there; SeaBIOS has no AH=03h', qemu: '00000930', ours: '00000935' }],
  },
  {
    name: 'INT 16h 03h: typematic rate',
    steps: [
      int16(0x0305, { ebx: 0x010b }),
      int16(0x0305, { ebx: 0x0400 }),
      int16(0x0300),
      int16(0x0306),
      int16(0x0100),
    ],
  },
  {
    name: 'INT 14h: initialize, status, send',
    steps: [
      call(0x14, { eax: 0x00e3 }, ['eax']),
      input(0x3fb),
      call(0x14, { eax: 0x0141 }, ['eax']),
      ticks(1),
      call(0x14, { eax: 0x0300 }, ['eax', 'edx']),
    ],
  },
  { name: 'INT 1Ah 02h, 04h: time and date', steps: [int1a(0x0400)] },
  {
    name: 'INT 1Ah 03h, 05h: set time and date',
    steps: [int1a(0x0500, { ecx: 0x2031, edx: 0x1224 }), int1a(0x0400), int1a(0x0500, { ecx: 0x2024, edx: 0x0101 })],
  },
  {
    name: 'INT 1Ah 06h, 07h: alarm',
    steps: [
      int1a(0x0600, { ecx: 0x2359, edx: 0x5900 }),
      int1a(0x0600, { ecx: 0x2359, edx: 0x5900 }),
      int1a(0x0700),
      int1a(0x0600, { ecx: 0x2359, edx: 0x5900 }),
      int1a(0x0700),
    ],
  },
  { name: 'INT 1Ah 01h: set ticks', steps: [int1a(0x0100, { ecx: 1, edx: 2 }), dump(0x46e, 2), dump(0x470, 1)] },
  { name: 'INT 1Ah: no such function', steps: [int1a(0x0800), int1a(0x7f00)] },
  { name: 'data area: keyboard buffer, EBDA, disks', steps: [dump(0x40e, 2), dump(0x480, 4), dump(0x475, 1)] },
];

describe('system services beside SeaBIOS', function () {
  this.timeout(300_000);
  let stepback: Stepback;
  before(async function () {
    if (!hasTool('qemu-system-i386') || !hasTool('nasm')) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());
  probeTests(() => stepback, CASES);
});
