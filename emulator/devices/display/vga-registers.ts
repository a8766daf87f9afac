/** State and registers of the VGA (IBM, "VGA XGA Technical Reference Manual", May 1992, section 2), and how they are shown. */
import type { ChipRegister } from '../../bus/chip';
import type { BitField } from '../../state/bits';
import { bool, bytes, int, type StateOf, uint } from '../../state/fields';

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
const planes = (name: string): readonly BitField[] => [0, 1, 2, 3].map((lsb) => ({ name: `${name} ${lsb}`, lsb }));

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
  { name: 'odd/even page', lsb: 5 },
  flag('horizontal sync', 6, 'positive', 'negative'),
  flag('vertical sync', 7, 'positive', 'negative'),
];

/** Sequencer, by index. */
export const SEQUENCER: readonly VgaRegister[] = [
  row('Reset', 0x03, [flag('asynchronous', 0, 'reset', 'run'), flag('synchronous', 1, 'reset', 'run')]),
  row('Clocking Mode', 0x3d, [
    flag('8/9 dots', 0, '9 dots', '8 dots'),
    { name: 'shift load', lsb: 2 },
    flag('dot clock', 3, 'full', 'half'),
    { name: 'shift 4', lsb: 4 },
    flag('screen off', 5, 'on', 'off'),
  ]),
  row('Map Mask', 0x0f, planes('map')),
  row('Character Map Select', 0x3f, [
    { name: 'map B', lsb: 0, width: 2 },
    { name: 'map A', lsb: 2, width: 2 },
    { name: 'map B high', lsb: 4 },
    { name: 'map A high', lsb: 5 },
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
    { name: 'end', lsb: 0, width: 5 },
    { name: 'skew', lsb: 5, width: 2 },
    { name: 'always 1', lsb: 7 },
  ]),
  row('Start Horizontal Retrace Pulse', 0xff),
  row('End Horizontal Retrace', 0xff, [
    { name: 'end', lsb: 0, width: 5 },
    { name: 'delay', lsb: 5, width: 2 },
    { name: 'blanking end bit 5', lsb: 7 },
  ]),
  row('Vertical Total', 0xff),
  row('Overflow', 0xff, [
    { name: 'VT8', lsb: 0 },
    { name: 'VDE8', lsb: 1 },
    { name: 'VRS8', lsb: 2 },
    { name: 'VBS8', lsb: 3 },
    { name: 'LC8', lsb: 4 },
    { name: 'VT9', lsb: 5 },
    { name: 'VDE9', lsb: 6 },
    { name: 'VRS9', lsb: 7 },
  ]),
  row('Preset Row Scan', 0x7f, [
    { name: 'row scan', lsb: 0, width: 5 },
    { name: 'byte panning', lsb: 5, width: 2 },
  ]),
  row('Maximum Scan Line', 0xff, [
    { name: 'lines a row, less one', lsb: 0, width: 5 },
    { name: 'VBS9', lsb: 5 },
    { name: 'LC9', lsb: 6 },
    flag('double scan', 7, 'off', 'on'),
  ]),
  row('Cursor Start', 0x3f, [{ name: 'first line', lsb: 0, width: 5 }, flag('cursor off', 5, 'on', 'off')]),
  row('Cursor End', 0x7f, [
    { name: 'last line', lsb: 0, width: 5 },
    { name: 'skew', lsb: 5, width: 2 },
  ]),
  row('Start Address High', 0xff),
  row('Start Address Low', 0xff),
  row('Cursor Location High', 0xff),
  row('Cursor Location Low', 0xff),
  row('Vertical Retrace Start', 0xff),
  row('Vertical Retrace End', 0xff, [
    { name: 'end', lsb: 0, width: 4 },
    flag('clear vertical interrupt', 4, 'cleared', 'armed'),
    flag('vertical interrupt', 5, 'on', 'off'),
    { name: '5 refreshes', lsb: 6 },
    flag('protect', 7, 'registers 0 to 7 writable', 'registers 0 to 7 protected'),
  ]),
  row('Vertical Display-Enable End', 0xff),
  row('Offset', 0xff),
  row('Underline Location', 0x7f, [
    { name: 'line', lsb: 0, width: 5 },
    { name: 'count by 4', lsb: 5 },
    { name: 'doubleword', lsb: 6 },
  ]),
  row('Start Vertical Blanking', 0xff),
  row('End Vertical Blanking', 0xff),
  row('CRT Mode Control', 0xef, [
    { name: 'CMS 0', lsb: 0 },
    { name: 'select row scan', lsb: 1 },
    flag('horizontal retrace select', 2, 'lines counted singly', 'lines counted in pairs'),
    { name: 'count by 2', lsb: 3 },
    { name: 'address wrap', lsb: 5 },
    flag('word/byte', 6, 'word', 'byte'),
    flag('retraces', 7, 'off', 'on'),
  ]),
  row('Line Compare', 0xff),
];

/** Graphics Controller, by index. */
export const GRAPHICS: readonly VgaRegister[] = [
  row('Set/Reset', 0x0f, planes('map')),
  row('Enable Set/Reset', 0x0f, planes('map')),
  row('Color Compare', 0x0f, planes('map')),
  row('Data Rotate', 0x1f, [
    { name: 'rotate', lsb: 0, width: 3 },
    { name: 'function', lsb: 3, width: 2, values: { 0: 'replace', 1: 'AND', 2: 'OR', 3: 'XOR' } },
  ]),
  row('Read Map Select', 0x03),
  row('Graphics Mode', 0x7b, [
    { name: 'write mode', lsb: 0, width: 2 },
    { name: 'read mode', lsb: 3 },
    { name: 'odd/even', lsb: 4 },
    { name: 'shift register', lsb: 5, width: 2 },
  ]),
  row('Miscellaneous', 0x0f, [
    flag('graphics', 0, 'text', 'graphics'),
    { name: 'odd/even', lsb: 1 },
    {
      name: 'memory map',
      lsb: 2,
      width: 2,
      values: { 0: 'A0000h, 128 KiB', 1: 'A0000h, 64 KiB', 2: 'B0000h, 32 KiB', 3: 'B8000h, 32 KiB' },
    },
  ]),
  row('Color Don’t Care', 0x0f, planes('map')),
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
    { name: 'panning compatibility', lsb: 5 },
    flag('256 colours', 6, 'off', 'on'),
    flag('P5, P4 select', 7, 'palette', 'Color Select'),
  ]),
  row('Overscan Color', 0xff),
  row('Color Plane Enable', 0x3f, planes('plane')),
  row('Horizontal PEL Panning', 0x0f),
  row('Color Select', 0x0f),
];

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
  latch: uint(32, 'what the last read found in the four planes, plane 0 in the low byte'),
  layout: uint(1, 'how video memory is laid out: 0 for chain 4, 1 for odd/even'),
  layoutUntil: int('before this virtual time the layout stays, ns'),
};

export type VgaState = StateOf<typeof TABLE>;

/** What the rows below see of the chip. */
interface VgaParts {
  readonly state: VgaState;
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
  { name: 'red', lsb: 12, width: 6 },
  { name: 'green', lsb: 6, width: 6 },
  { name: 'blue', lsb: 0, width: 6 },
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
    name: 'Input Status 1',
    width: 8,
    doc: 'retrace, now',
    bits: [
      { name: 'display off', lsb: 0, values: { 0: 'displaying', 1: 'in a retrace' } },
      { name: 'vertical retrace', lsb: 3 },
    ],
    peek: (vga) => vga.inputStatus1,
  },
  { name: 'Sequencer Address', width: 8, doc: 'index', peek: ({ state }) => state.sequencerIndex },
  ...group('SR', SEQUENCER, ({ state }) => state.sequencer),
  { name: 'CRTC Address', width: 8, doc: 'index', peek: ({ state }) => state.crtcIndex },
  ...group('CR', CRTC, ({ state }) => state.crtc),
  { name: 'Graphics Address', width: 8, doc: 'index', peek: ({ state }) => state.graphicsIndex },
  ...group('GR', GRAPHICS, ({ state }) => state.graphics),
  {
    name: 'Attribute Address',
    width: 7,
    doc: 'index, palette address source, flip-flop',
    bits: [
      { name: 'index', lsb: 0, width: 5 },
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
