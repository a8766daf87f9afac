/** State and registers of the VGA (IBM, "VGA XGA Technical Reference Manual", May 1992, section 2), and how they are shown. */
import type { ChipRegister } from '../../bus/chip';
import type { BitField } from '../../state/bits';
import { bool, bytes, int, list, type StateOf, uint } from '../../state/fields';

/** An indexed register: its name, the bits that it keeps, and their meanings. */
export interface VgaRegister {
  readonly name: string;
  readonly mask: number;
  readonly bits?: readonly BitField[];
}

const row = (name: string, mask: number, bits?: readonly BitField[]): VgaRegister =>
  bits === undefined ? { name, mask } : { name, mask, bits };
const flag = (name: string, lsb: number, off: string, on: string): BitField => ({
  name,
  lsb,
  values: { 0: off, 1: on },
});
/** A number of `width` bits, or a flag whose meaning is a sentence. */
const part = (name: string, lsb: number, width: number, doc: string): BitField => ({ name, lsb, width, doc });
const planes = (name: string, off: string, on: string): readonly BitField[] =>
  [0, 1, 2, 3].map((lsb) => flag(`${name} ${lsb}`, lsb, off, on));

/** Miscellaneous Output. */
export const MISC = { IOAS: 0x01, RAM: 0x02, PAGE: 0x20 } as const;
/** Sequencer Memory Mode (4). */
export const MEMORY_MODE = { SEQUENTIAL: 0x04, CHAIN4: 0x08 } as const;
/** Graphics Mode (Graphics Controller 5). */
export const GRAPHICS_MODE = {
  WRITE: 0x03,
  READ_1: 0x08,
  ODD_EVEN: 0x10,
  INTERLEAVED: 0x20,
  COLORS_256: 0x40,
} as const;

const MISC_BITS: readonly BitField[] = [
  flag('I/O address', 0, '3Bxh', '3Dxh'),
  flag('enable RAM', 1, 'off', 'on'),
  { name: 'clock', lsb: 2, width: 2, values: { 0: '25.175 MHz', 1: '28.322 MHz', 2: 'external', 3: 'external' } },
  flag('odd/even page', 5, 'odd addresses of a plane', 'even addresses of a plane'),
  flag('horizontal sync', 6, 'positive', 'negative'),
  flag('vertical sync', 7, 'positive', 'negative'),
];

/** Sequencer, by index. */
export const SEQUENCER: readonly VgaRegister[] = [
  row('Reset', 0x03, [flag('asynchronous', 0, 'reset', 'run'), flag('synchronous', 1, 'reset', 'run')]),
  row('Clocking Mode', 0x3d, [
    flag('8/9 dots', 0, '9 dots', '8 dots'),
    part('shift load', 2, 1, 'shift registers are loaded every second character'),
    flag('dot clock', 3, 'full', 'half'),
    part('shift 4', 4, 1, 'shift registers are loaded every fourth character'),
    flag('screen off', 5, 'on', 'off'),
  ]),
  row('Map Mask', 0x0f, planes('map', 'not written', 'written')),
  row('Character Map Select', 0x3f, [
    part('map B', 0, 2, 'font of characters with attribute bit 3 clear, low bits'),
    part('map A', 2, 2, 'font of characters with attribute bit 3 set, low bits'),
    part('map B high', 4, 1, 'the high bit of map B: 8 KiB further'),
    part('map A high', 5, 1, 'the high bit of map A: 8 KiB further'),
  ]),
  row('Memory Mode', 0x0e, [
    flag('extended memory', 1, '64 KiB', '256 KiB'),
    flag('odd/even', 2, 'odd/even', 'sequential'),
    flag('chain 4', 3, 'off', 'on'),
  ]),
];

/** CRT Controller, by index. */
export const CRTC: readonly VgaRegister[] = [
  row('Horizontal Total', 0xff),
  row('Horizontal Display-Enable End', 0xff),
  row('Start Horizontal Blanking', 0xff),
  row('End Horizontal Blanking', 0xff, [
    part('end', 0, 5, 'low bits of the character at which blanking ends'),
    part('skew', 5, 2, 'characters by which the picture is late'),
    part('always 1', 7, 1, 'clear, registers 10h and 11h would read as a light pen'),
  ]),
  row('Start Horizontal Retrace Pulse', 0xff),
  row('End Horizontal Retrace', 0xff, [
    part('end', 0, 5, 'low bits of the character at which retrace ends'),
    part('delay', 5, 2, 'characters by which retrace is late'),
    part('blanking end bit 5', 7, 1, 'bit 5 of the character at which blanking ends'),
  ]),
  row('Vertical Total', 0xff),
  row('Overflow', 0xff, [
    part('VT8', 0, 1, 'bit 8 of Vertical Total'),
    part('VDE8', 1, 1, 'bit 8 of Vertical Display-Enable End'),
    part('VRS8', 2, 1, 'bit 8 of Vertical Retrace Start'),
    part('VBS8', 3, 1, 'bit 8 of Start Vertical Blanking'),
    part('LC8', 4, 1, 'bit 8 of Line Compare'),
    part('VT9', 5, 1, 'bit 9 of Vertical Total'),
    part('VDE9', 6, 1, 'bit 9 of Vertical Display-Enable End'),
    part('VRS9', 7, 1, 'bit 9 of Vertical Retrace Start'),
  ]),
  row('Preset Row Scan', 0x7f, [
    part('row scan', 0, 5, 'line of the first row that is shown first'),
    part('byte panning', 5, 2, 'characters by which the picture is shifted to the left'),
  ]),
  row('Maximum Scan Line', 0xff, [
    part('lines a row, less one', 0, 5, 'the last line of a row of characters'),
    part('VBS9', 5, 1, 'bit 9 of Start Vertical Blanking'),
    part('LC9', 6, 1, 'bit 9 of Line Compare'),
    flag('double scan', 7, 'off', 'on'),
  ]),
  row('Cursor Start', 0x3f, [
    part('first line', 0, 5, 'the first line of the cursor'),
    flag('cursor off', 5, 'on', 'off'),
  ]),
  row('Cursor End', 0x7f, [
    part('last line', 0, 5, 'the last line of the cursor'),
    part('skew', 5, 2, 'characters by which the cursor is late'),
  ]),
  row('Start Address High', 0xff),
  row('Start Address Low', 0xff),
  row('Cursor Location High', 0xff),
  row('Cursor Location Low', 0xff),
  row('Vertical Retrace Start', 0xff),
  row('Vertical Retrace End', 0xff, [
    part('end', 0, 4, 'low bits of the line at which vertical retrace ends'),
    flag('clear vertical interrupt', 4, 'cleared', 'armed'),
    flag('vertical interrupt', 5, 'on', 'off'),
    flag('refreshes a line', 6, '3', '5'),
    flag('protect', 7, 'registers 0 to 7 writable', 'registers 0 to 7 protected'),
  ]),
  row('Vertical Display-Enable End', 0xff),
  row('Offset', 0xff),
  row('Underline Location', 0x7f, [
    part('line', 0, 5, 'the line of a row that underlines'),
    part('count by 4', 5, 1, 'the address counts every fourth character'),
    flag('doubleword', 6, 'by Mode Control', 'addresses of doublewords'),
  ]),
  row('Start Vertical Blanking', 0xff),
  row('End Vertical Blanking', 0xff),
  row('CRT Mode Control', 0xef, [
    flag('CMS 0', 0, 'row scan bit 0 for address bit 13', 'address bit 13'),
    flag('select row scan', 1, 'row scan bit 1 for address bit 14', 'address bit 14'),
    flag('horizontal retrace select', 2, 'lines counted singly', 'lines counted in pairs'),
    part('count by 2', 3, 1, 'the address counts every second character'),
    flag('address wrap', 5, 'bit 13 for bit 0 of word addresses', 'bit 15 for bit 0 of word addresses'),
    flag('word/byte', 6, 'word', 'byte'),
    flag('retraces', 7, 'off', 'on'),
  ]),
  row('Line Compare', 0xff),
];

/** Graphics Controller, by index. */
export const GRAPHICS: readonly VgaRegister[] = [
  row('Set/Reset', 0x0f, planes('map', 'zeros', 'ones')),
  row('Enable Set/Reset', 0x0f, planes('map', 'gets the CPU’s data', 'gets Set/Reset')),
  row('Color Compare', 0x0f, planes('map', 'is to be 0', 'is to be 1')),
  row('Data Rotate', 0x1f, [
    part('rotate', 0, 3, 'bits by which the CPU’s data are rotated to the right'),
    { name: 'function', lsb: 3, width: 2, values: { 0: 'replace', 1: 'AND', 2: 'OR', 3: 'XOR' } },
  ]),
  row('Read Map Select', 0x03, [part('map', 0, 2, 'the plane that read mode 0 reads')]),
  row('Graphics Mode', 0x7b, [
    {
      name: 'write mode',
      lsb: 0,
      width: 2,
      values: { 0: '0: the CPU’s data', 1: '1: latches', 2: '2: a colour', 3: '3: Set/Reset through the CPU’s data' },
    },
    flag('read mode', 3, '0: a plane', '1: where the colour is'),
    flag('odd/even', 4, 'off', 'bit 0 of the address selects the plane read'),
    {
      name: 'shift register',
      lsb: 5,
      width: 2,
      values: { 0: 'a bit a plane', 1: 'pairs of bits', 2: '256 colours', 3: '256 colours' },
    },
  ]),
  row('Miscellaneous', 0x0f, [
    flag('graphics', 0, 'text', 'graphics'),
    flag('chain odd/even', 1, 'off', 'bit 0 of the address is replaced'),
    {
      name: 'memory map',
      lsb: 2,
      width: 2,
      values: { 0: 'A0000h, 128 KiB', 1: 'A0000h, 64 KiB', 2: 'B0000h, 32 KiB', 3: 'B8000h, 32 KiB' },
    },
  ]),
  row('Color Don’t Care', 0x0f, planes('map', 'not compared', 'compared')),
  row('Bit Mask', 0xff),
];

const hex2 = (value: number) => value.toString(16).toUpperCase().padStart(2, '0');

/** Attribute Controller, by index. */
export const ATTRIBUTE: readonly VgaRegister[] = [
  ...Array.from({ length: 16 }, (_, i) => row(`Palette ${hex2(i)}h`, 0x3f)),
  row('Attribute Mode Control', 0xef, [
    flag('graphics', 0, 'text', 'graphics'),
    flag('monochrome', 1, 'colour', 'monochrome'),
    flag('line graphics', 2, 'ninth dot blank', 'ninth dot repeated'),
    flag('blink', 3, 'bright background', 'blinking'),
    flag('panning compatibility', 5, 'all is panned', 'only above the split'),
    flag('256 colours', 6, 'off', 'on'),
    flag('P5, P4 select', 7, 'palette', 'Color Select'),
  ]),
  row('Overscan Color', 0xff),
  row('Color Plane Enable', 0x3f, planes('plane', 'off', 'on')),
  row('Horizontal PEL Panning', 0x0f),
  row('Color Select', 0x0f),
];

/** Numbers in the log of changes at most (`vga-raster`). */
export const RASTER_NUMBERS = 2 * 8192;

/** The chip's state. */
export const TABLE = {
  misc: uint(8, 'Miscellaneous Output'),
  feature: uint(8, 'Feature Control'),
  enabled: bool('Video Subsystem Enable', true),
  sequencerIndex: uint(8, 'Sequencer Address'),
  sequencer: bytes(SEQUENCER.length, 'Sequencer registers'),
  crtcIndex: uint(8, 'CRT Controller Address'),
  crtc: bytes(CRTC.length, 'CRT Controller registers'),
  graphicsIndex: uint(8, 'Graphics Controller Address'),
  graphics: bytes(GRAPHICS.length, 'Graphics Controller registers'),
  attributeIndex: uint(6, 'Attribute Controller Address, with the palette address source in bit 5'),
  attributeData: bool('attribute flip-flop: the next write is data'),
  attribute: bytes(ATTRIBUTE.length, 'Attribute Controller registers'),
  pelMask: uint(8, 'PEL Mask', 0xff),
  dacWrite: uint(8, 'DAC entry that is written next'),
  dacRead: uint(8, 'DAC entry that is read next'),
  dacReading: bool('the DAC was last set up for reading'),
  dacPart: uint(2, 'colour part that is next: 0 red, 1 green, 2 blue'),
  dacLatch: bytes(3, 'parts of a colour that is being written'),
  dac: bytes(768, 'colours: red, green, blue of 6 bits each'),
  rasterLog: list(
    RASTER_NUMBERS,
    'changes while the beam draws: virtual time, and register and value before, alternately',
  ),
  rasterFrame: int('the last frame in which lines differ in registers', -2),
  rasterFrames: uint(2, 'frames in a row, up to that one, in which they do'),
  interrupt: bool('vertical interrupt is asked for'),
  latch: uint(32, 'what the last read found in the four planes, plane 0 in the low byte'),
  layout: uint(1, 'how video memory is laid out: 0 for chain 4, 1 for odd/even'),
  layoutUntil: int('before this virtual time the layout stays, ns'),
};

export type VgaState = StateOf<typeof TABLE>;

/** What the rows below see of the chip. */
interface VgaParts {
  readonly state: VgaState;
  readonly inputStatus0: number;
  readonly inputStatus1: number;
}

function group(
  prefix: string,
  rows: readonly VgaRegister[],
  bytes: (vga: VgaParts) => Uint8Array,
): readonly ChipRegister<VgaParts>[] {
  return rows.map(({ name, mask, bits }, index) => ({
    name: `${prefix}${hex2(index)} ${name}`,
    width: 8,
    doc: name,
    ...(bits === undefined ? {} : { bits }),
    peek: (vga) => bytes(vga)[index],
    poke: (vga, value) => {
      bytes(vga)[index] = value & mask;
    },
  }));
}

const DAC_BITS: readonly BitField[] = [
  part('red', 12, 6, '63 is full'),
  part('green', 6, 6, '63 is full'),
  part('blue', 0, 6, '63 is full'),
];

export const REGISTERS: readonly ChipRegister<VgaParts>[] = [
  {
    name: 'Miscellaneous Output',
    width: 8,
    doc: 'clock, addresses, sync',
    bits: MISC_BITS,
    peek: ({ state }) => state.misc,
    poke: ({ state }, value) => {
      state.misc = value & 0xef;
    },
  },
  { name: 'Feature Control', width: 8, doc: 'Feature Control', peek: ({ state }) => state.feature },
  {
    name: 'Video Subsystem Enable',
    width: 1,
    doc: 'whether ports and memory answer',
    bits: [flag('enable', 0, 'off', 'on')],
    peek: ({ state }) => Number(state.enabled),
    poke: ({ state }, value) => {
      state.enabled = (value & 1) !== 0;
    },
  },
  {
    name: 'Input Status 0',
    width: 8,
    doc: 'switch sense, vertical interrupt',
    bits: [
      flag('switch sense', 4, 'monochrome monitor', 'colour monitor'),
      flag('vertical interrupt', 7, 'none', 'asks for an interrupt'),
    ],
    peek: (vga) => vga.inputStatus0,
  },
  {
    name: 'Input Status 1',
    width: 8,
    doc: 'retrace, now',
    bits: [
      { name: 'display off', lsb: 0, values: { 0: 'displaying', 1: 'in a retrace' } },
      { name: 'vertical retrace', lsb: 3, values: { 0: 'no', 1: 'yes' } },
    ],
    peek: (vga) => vga.inputStatus1,
  },
  { name: 'Sequencer Address', width: 8, doc: 'index', peek: ({ state }) => state.sequencerIndex },
  ...group('SR', SEQUENCER, ({ state }) => state.sequencer),
  { name: 'CRTC Address', width: 8, doc: 'index', peek: ({ state }) => state.crtcIndex },
  ...group('CR', CRTC, ({ state }) => state.crtc),
  { name: 'Graphics Address', width: 8, doc: 'index', peek: ({ state }) => state.graphicsIndex },
  ...group('GR', GRAPHICS, ({ state }) => state.graphics),
  ...[0, 1, 2, 3].map(
    (plane): ChipRegister<VgaParts> => ({
      name: `Latch ${plane}`,
      width: 8,
      doc: `what the last read found in plane ${plane}`,
      peek: ({ state }) => (state.latch >>> (8 * plane)) & 0xff,
      poke: ({ state }, value) => {
        state.latch = ((state.latch & ~(0xff << (8 * plane))) | ((value & 0xff) << (8 * plane))) >>> 0;
      },
    }),
  ),
  {
    name: 'Attribute Address',
    width: 7,
    doc: 'index, palette address source, flip-flop',
    bits: [
      part('index', 0, 5, 'the register that is written next'),
      { name: 'PAS', lsb: 5, values: { 0: 'screen off, palette writable', 1: 'screen on' } },
      { name: 'flip-flop', lsb: 6, values: { 0: 'the next write is an index', 1: 'the next write is data' } },
    ],
    peek: ({ state }) => state.attributeIndex | (state.attributeData ? 0x40 : 0),
  },
  ...group('AR', ATTRIBUTE, ({ state }) => state.attribute),
  {
    name: 'PEL Mask',
    width: 8,
    doc: 'which bits of a colour number reach the DAC',
    peek: ({ state }) => state.pelMask,
    poke: ({ state }, value) => {
      state.pelMask = value & 0xff;
    },
  },
  {
    name: 'DAC State',
    width: 2,
    doc: 'what the DAC was last set up for',
    bits: [{ name: 'access', lsb: 0, width: 2, values: { 0: 'writing', 3: 'reading' } }],
    peek: ({ state }) => (state.dacReading ? 3 : 0),
  },
  { name: 'PEL Address Write', width: 8, doc: 'DAC entry written next', peek: ({ state }) => state.dacWrite },
  { name: 'PEL Address Read', width: 8, doc: 'DAC entry read next', peek: ({ state }) => state.dacRead },
  ...Array.from(
    { length: 256 },
    (_, i): ChipRegister<VgaParts> => ({
      name: `DAC ${hex2(i)}h`,
      width: 18,
      doc: 'colour, 6 bits each of red, green, blue',
      bits: DAC_BITS,
      peek: ({ state: { dac } }) => (dac[3 * i] << 12) | (dac[3 * i + 1] << 6) | dac[3 * i + 2],
      poke: ({ state: { dac } }, value) => {
        dac.set([(value >> 12) & 63, (value >> 6) & 63, value & 63], 3 * i);
      },
    }),
  ),
];
