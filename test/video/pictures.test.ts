/** The VGA's picture beside QEMU's: the same boot sector, pixel by pixel. The guests set modes through ports alone. */
import { strict as assert } from 'node:assert';
import { drawFrame } from '../../debug-adapter/cli/screenshot';
import type { DisplayFrame } from '../../emulator/bus/display';
import { qemuRun, type RgbPicture } from '../support/qemu-picture';
import { VGA_MODES, type VgaMode } from '../support/vga-modes';
import { runToPicture, useVideoGuests, videoMachine } from '../support/video-guest';

type Changes = Readonly<Partial<Record<Exclude<keyof VgaMode, 'misc'>, Readonly<Record<number, number>>>>>;

/** A mode with some of its registers changed. */
const change = (mode: VgaMode, changes: Changes): VgaMode => {
  const changed = (part: Exclude<keyof VgaMode, 'misc'>) => mode[part].map((value, n) => changes[part]?.[n] ?? value);
  return {
    misc: mode.misc,
    sequencer: changed('sequencer'),
    crtc: changed('crtc'),
    graphics: changed('graphics'),
    attribute: changed('attribute'),
  };
};

/** 320 x 240 in 256 colours, each plane every fourth pixel: mode 13h without chain 4, with the lines of mode 12h. */
const MODE_X: VgaMode = {
  ...change(VGA_MODES[0x13], {
    sequencer: { 4: 6 },
    crtc: {
      ...{ 0x06: 0x0d, 0x07: 0x3e, 0x10: 0xea, 0x11: 0xac, 0x12: 0xdf, 0x14: 0x00, 0x15: 0xe7, 0x16: 0x06, 0x17: 0xe3 },
    },
  }),
  misc: 0xe3,
};

/** The cursor off, no blinking, and no ninth dot repeated: there QEMU is no VGA. */
const PLAIN_TEXT = { crtc: { 0x0a: 0x20 }, attribute: { 0x10: 0x00 } } as const;

/** The registers that hold the last line before a split. */
const lineCompare = ({ crtc }: VgaMode, line: number): Readonly<Record<number, number>> => ({
  0x07: (crtc[0x07] & ~0x10) | (line & 0x100 ? 0x10 : 0),
  0x09: (crtc[0x09] & ~0x40) | (line & 0x200 ? 0x40 : 0),
  0x18: line & 0xff,
});

/** What our machine shows when the guest has said that its picture is there. */
function ourFrame(image: string): DisplayFrame {
  const machine = videoMachine(image);
  runToPicture(machine, machine, (listener) => {
    machine.listener = listener;
  });
  return machine.board.display.frame();
}

/** A frame at another size, each pixel repeated. Colours of 6 bits, because DACs differ in how they fill up 8. */
function pixelsAt(frame: DisplayFrame, { width, height }: RgbPicture): Uint8Array {
  assert.notEqual(frame.kind, 'blank');
  const picture = drawFrame(frame);
  const [x, y] = [width / picture.width, height / picture.height];
  const sizes = `${picture.width} x ${picture.height} beside ${width} x ${height}`;
  assert.ok(Number.isInteger(x) && Number.isInteger(y), sizes);
  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (Math.floor(row / y) * picture.width + Math.floor(column / x)) * 3;
      for (let part = 0; part < 3; part++) rgb[(row * width + column) * 3 + part] = picture.rgb[from + part] >> 2;
    }
  }
  return rgb;
}

function assertSame(frame: DisplayFrame, qemu: RgbPicture): void {
  const ours = pixelsAt(frame, qemu);
  const at = ours.findIndex((value, n) => value !== qemu.rgb[n] >> 2);
  if (at < 0) return;
  const pixel = Math.floor(at / 3);
  const wrong = ours.reduce((sum, value, n) => sum + (value === qemu.rgb[n] >> 2 ? 0 : 1), 0);
  assert.fail(
    `pixel ${pixel % qemu.width}, ${Math.floor(pixel / qemu.width)} differs: ${ours.slice(pixel * 3, pixel * 3 + 3).join(' ')} ` +
      `instead of ${[...qemu.rgb.subarray(pixel * 3, pixel * 3 + 3)].map((v) => v >> 2).join(' ')}; ${wrong} bytes differ`,
  );
}

describe('pictures beside QEMU', function () {
  this.timeout(120_000);
  const guests = useVideoGuests('qemu-system-i386');

  const compare = async (guest: string, mode: VgaMode): Promise<void> => {
    const image = guests().build(guest, mode);
    assertSame(ourFrame(image), (await qemuRun(image)).picture);
  };

  it('mode 13h', () => compare('chain4', VGA_MODES[0x13]));
  for (const number of [0x0d, 0x0e, 0x10, 0x12] as const) {
    it(`mode ${number.toString(16)}h with every way of writing`, () => compare('planar', VGA_MODES[number]));
  }
  it('mode X: 256 colours in four planes, 240 lines', () => compare('planar', MODE_X));
  it('256 colours with byte addresses and another start, half of them below a split', () =>
    compare('planar', change(MODE_X, { crtc: { 0x0c: 0x12, 0x0d: 0x34, ...lineCompare(MODE_X, 301) } })));
  for (const number of [0x0d, 0x12] as const) {
    it(`mode ${number.toString(16)}h on a wider page, from another start, with a split screen`, () => {
      const mode = VGA_MODES[number];
      const crtc = { 0x13: mode.crtc[0x13] + 7, 0x0c: 0x21, 0x0d: 0x43, ...lineCompare(mode, 199) };
      return compare('planar', change(mode, { crtc }));
    });
  }
  it('mode 4: four colours, lines in turn from two banks', () => compare('window', VGA_MODES[4]));
  it('mode 6: two colours', () => compare('window', VGA_MODES[6]));
  it('text of 80 x 25 with two fonts, characters of 9 dots', () =>
    compare('text', change(VGA_MODES[3], { ...PLAIN_TEXT, sequencer: { 3: 0x05 } })));
  it('text of 40 x 25', () => compare('text', change(VGA_MODES[1], { ...PLAIN_TEXT, sequencer: { 1: 0x09 } })));
  it('text of 80 x 50, characters of 8 dots, from another start', () =>
    compare(
      'text',
      change(VGA_MODES[3], {
        ...PLAIN_TEXT,
        sequencer: { 1: 0x01 },
        crtc: { ...PLAIN_TEXT.crtc, 0x09: 0x47, 0x0c: 0x03, 0x0d: 0x21 },
      }),
    ));
});
