/** INT 10h beside the vgabios of SeaBIOS. */
import { Stepback } from '../support/stepback';
import { hasTool } from '../support/tools';
import { probeTests } from './probe';
import { call, type Case, dump, picture, type Registers, type Step, store, vgaRegisters } from './script';

const BUFFER = 0x2_0000;
const int10 = (eax: number, rest: Registers = {}): Step =>
  call(0x10, { eax, es: BUFFER >> 4, ds: BUFFER >> 4, ...rest });
/** The data area's fields of the display: 49h to 64h, 84h to 8Ah. SeaBIOS leaves those of a CGA's registers alone. */
const dataArea: readonly Step[] = [dump(0x449, 0x1c), dump(0x484, 7)];

const MODES = [0, 1, 2, 3, 4, 5, 6, 7, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13] as const;
const hex = (n: number) => n.toString(16).padStart(2, '0').toUpperCase();

/** SeaBIOS programs the CRT controller at the ports of the mode before, so that these two are not set whole. */
const MONOCHROME: readonly number[] = [7, 0x0f];
const modeCase = (mode: number): Case => ({
  name: `mode ${hex(mode)}h: registers, data area`,
  steps: MONOCHROME.includes(mode)
    ? [int10(mode), dump(0x449, 0x1a), dump(0x484, 7), int10(0x0f00), int10(3)]
    : [int10(mode), vgaRegisters, ...dataArea, picture, int10(0x0f00)],
});

const GRAPHICS = [4, 6, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13] as const;
const TEXT = [1, 3, 7] as const;

const FONT = 0x3_0000;
const CHARACTERS = [0x20, 0x41, 0x42, 0x48, 0x69, 0x78, 0x79];
const HEIGHTS: Readonly<Record<number, number>> = { 0x0f: 14, 0x10: 14, 0x11: 16, 0x12: 16 };
/** The two firmwares have different glyphs: the same ones for both. */
const ownFont = (mode: number): readonly Step[] => {
  const height = HEIGHTS[mode] ?? 8;
  const line = (character: number, i: number) => (character === 0x20 ? 0 : (character * 7 + i * 37) & 0xff);
  const glyph = (character: number) =>
    store(FONT + character * height, ...Array.from({ length: height }, (_, i) => line(character, i)));
  return [...CHARACTERS.map(glyph), int10(0x1121, { ecx: height, edx: height === 16 ? 30 : 25, es: FONT >> 4 })];
};

/** In CGA modes the filler is a byte of pixels here, as IBM's BIOS has it, and a colour in SeaBIOS: black is both. */
const fill = (mode: number, attribute: number): number => (mode >= 4 && mode <= 6 ? 0 : attribute);

/** Text as every mode shows it: one character, repeated, a teletype with control characters, a scroll in a window. */
const textCase = (mode: number): Case => ({
  name: `mode ${hex(mode)}h: text and scrolling`,
  steps: [
    int10(mode),
    ...(mode < 4 || mode === 7 ? [] : ownFont(mode)),
    int10(0x0200, { edx: 0x0205 }),
    int10(0x0941, { ebx: 0x0003, ecx: 3 }),
    picture,
    int10(0x0200, { edx: 0x0406 }),
    int10(0x0a42, { ebx: 0x0002, ecx: 2 }),
    picture,
    int10(0x0200, { edx: 0x0600 }),
    ...[0x48, 0x69, 0x0d, 0x0a, 0x78, 0x08, 0x79].map((character) => int10(0x0e00 | character, { ebx: 0x0001 })),
    picture,
    int10(0x0300),
    int10(0x0601, { ebx: fill(mode, 0x0200), ecx: 0x0103, edx: 0x0612 }),
    picture,
    int10(0x0702, { ebx: fill(mode, 0x0100), ecx: 0x0000, edx: 0x0720 }),
    picture,
    int10(0x0200, { edx: 0x0200 }),
    int10(0x0800),
    int10(0x0600, { ebx: fill(mode, 0x0300), ecx: 0x0a02, edx: 0x0b08 }),
    picture,
  ],
});

const pixelCase = (mode: number): Case => ({
  name: `mode ${hex(mode)}h: pixels`,
  steps: [
    int10(mode),
    int10(0x0c01, { ecx: 10, edx: 20 }),
    int10(0x0c03, { ecx: 11, edx: 21 }),
    int10(0x0c82, { ecx: 11, edx: 21 }),
    picture,
    int10(0x0d00, { ecx: 10, edx: 20 }),
    int10(0x0d00, { ecx: 11, edx: 21 }),
    int10(0x0d00, { ecx: 12, edx: 20 }),
  ],
});

const text = (value: string): readonly number[] => Array.from(value, (c) => c.charCodeAt(0));
const CURSOR = "the cursor stands above the last line, as in the modes' table";
const OTHERS: readonly Case[] = [
  {
    name: 'bit 7 keeps the picture',
    steps: [int10(3), int10(0x0941, { ebx: 7, ecx: 9 }), int10(0x83), picture, dump(0x487, 1)],
  },
  {
    name: 'cursor shapes',
    differs: [
      ['0E0F', '0D0E'],
      ['010F', '000E'],
      ['090D', '080D'],
      ['0B0F', '0A0E'],
    ].map(([qemu = '', ours = '']) => ({ why: CURSOR, qemu: `1F004F${qemu}`, ours: `1F004F${ours}` })),
    steps: [
      int10(3),
      ...[0x0607, 0x0007, 0x2000, 0x0406, 0x0507, 0x0c0d].flatMap((ecx) => [
        int10(0x0100, { ecx }),
        int10(0x0300),
        vgaRegisters,
      ]),
    ],
  },
  {
    name: 'pages',
    steps: [
      int10(3),
      int10(0x0502),
      ...dataArea,
      int10(0x0200, { ebx: 0x0200, edx: 0x0304 }),
      int10(0x0e41, { ebx: 7 }),
      picture,
      int10(0x0300, { ebx: 0x0200 }),
      vgaRegisters,
    ],
  },
  {
    name: 'strings in all four forms',
    steps: [
      int10(3),
      store(BUFFER, ...text('Hello\r\nworld')),
      store(BUFFER + 0x100, ...[...text('attr')].flatMap((c, i) => [c, i + 1])),
      int10(0x1300, { ebx: 0x001e, ecx: 12, edx: 0x0310 }),
      int10(0x0300),
      int10(0x1301, { ebx: 0x001f, ecx: 12, edx: 0x0510 }),
      int10(0x0300),
      int10(0x1302, { ecx: 4, edx: 0x0810, ebp: 0x100 }),
      int10(0x0300),
      int10(0x1303, { ecx: 4, edx: 0x0910, ebp: 0x100 }),
      int10(0x0300),
      picture,
    ],
  },
  {
    name: 'a teletype at the end of the screen',
    steps: [
      int10(3),
      int10(0x0200, { edx: 0x184f }),
      int10(0x0e58, { ebx: 7 }),
      picture,
      int10(0x0300),
      int10(0x0e0a, { ebx: 7 }),
      picture,
    ],
  },
  {
    name: 'palette registers',
    steps: [
      int10(3),
      int10(0x1000, { ebx: 0x2a03 }),
      int10(0x1001, { ebx: 0x0500 }),
      int10(0x1007, { ebx: 0x0003 }),
      int10(0x1008),
      int10(0x1003, { ebx: 0 }),
      int10(0x1009, { edx: 0x40 }),
      dump(BUFFER + 0x40, 17),
      store(BUFFER + 0x80, ...Array.from({ length: 17 }, (_, i) => 16 - i)),
      int10(0x1002, { edx: 0x80 }),
      vgaRegisters,
      ...dataArea,
    ],
  },
  {
    name: 'the DAC',
    steps: [
      int10(0x13),
      int10(0x1010, { ebx: 5, ecx: 0x1122, edx: 0x3300 }),
      int10(0x1015, { ebx: 5 }),
      store(BUFFER, ...Array.from({ length: 12 }, (_, i) => i * 3)),
      int10(0x1012, { ebx: 100, ecx: 4 }),
      int10(0x1017, { ebx: 99, ecx: 6, edx: 0x40 }),
      dump(BUFFER + 0x40, 18),
      int10(0x101b, { ebx: 0, ecx: 64 }),
      vgaRegisters,
    ],
  },
  {
    name: 'pages of colours',
    steps: [int10(0x12), int10(0x1013, { ebx: 0x0100 }), int10(0x1013, { ebx: 0x0301 }), int10(0x101a), vgaRegisters],
  },
  {
    name: 'CGA palettes',
    steps: [
      int10(4),
      int10(0x0b00, { ebx: 0x0013 }),
      vgaRegisters,
      int10(0x0b00, { ebx: 0x0100 }),
      vgaRegisters,
      int10(0x0b00, { ebx: 0x0101 }),
      vgaRegisters,
    ],
  },
  ...([0x11, 0x12, 0x14, 0x01, 0x02, 0x04] as const).map(
    (al): Case => ({
      name: `AX=11${hex(al)}h: a font of the ROM`,
      steps: [int10(3), int10(0x1100 | al), vgaRegisters, ...dataArea],
    }),
  ),
  {
    name: "AX=1100h, 1110h: a font of one's own",
    steps: [0x1100, 0x1110].flatMap((eax) => [
      int10(3),
      store(BUFFER, ...Array.from({ length: 28 }, (_, i) => i * 9)),
      int10(eax, { ebx: 0x0e00, ecx: 2, edx: 0x41 }),
      vgaRegisters,
      ...dataArea,
    ]),
  },
  { name: 'AX=1103h: block specifier', steps: [int10(3), int10(0x1103, { ebx: 0x0004 }), vgaRegisters] },
  {
    name: 'graphics fonts',
    steps: [
      int10(0x12),
      int10(0x1123, { ebx: 2 }),
      ...dataArea,
      int10(0x1122, { ebx: 3 }),
      ...dataArea,
      int10(0x1124, { ebx: 0, edx: 20 }),
      ...dataArea,
    ],
  },
  {
    name: 'AH=12h: alternate select',
    steps: [
      int10(3),
      int10(0x1200, { ebx: 0x10 }),
      int10(0x1200, { ebx: 0x30 }),
      int10(0x1201, { ebx: 0x30 }),
      int10(0x1202, { ebx: 0x30 }),
      ...[0x31, 0x32, 0x33, 0x34, 0x36].flatMap((ebx) => [int10(0x1201, { ebx }), int10(0x1200, { ebx })]),
      dump(0x487, 3),
    ],
  },
  { name: 'AH=1Ah: display combination', steps: [int10(0x1a00), int10(0x1a01, { ebx: 0x0008 }), int10(0x1a00)] },
  {
    name: 'AH=1Bh: functionality',
    // But for the registers of a CGA, the number of rows (24 in SeaBIOS) and the miscellaneous byte (0 there).
    steps: [3, 0x12].flatMap((mode) => [int10(mode), int10(0x1b00), dump(BUFFER + 4, 0x1c), dump(BUFFER + 0x23, 6)]),
  },
  {
    name: 'AH=1Ch: save and restore the data area',
    steps: [
      int10(3),
      int10(0x0100, { ecx: 0x0304 }),
      int10(0x1c01, { ecx: 2 }),
      int10(0x13),
      int10(0x1c02, { ecx: 2 }),
      ...dataArea,
    ],
  },
  { name: 'no such function', steps: [int10(0x1d00), int10(0x7f00)] },
];

const CASES: readonly Case[] = [
  ...MODES.map(modeCase),
  ...[...GRAPHICS, ...TEXT].map(textCase),
  ...GRAPHICS.map(pixelCase),
  ...OTHERS,
  { name: 'back to text', steps: [int10(3)] },
];

describe('INT 10h beside SeaBIOS', function () {
  this.timeout(300_000);
  let stepback: Stepback;
  before(async function () {
    if (!hasTool('qemu-system-i386') || !hasTool('nasm')) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());
  probeTests(() => stepback, CASES);
});
