/** What QEMU's VGA can't be asked about: panning, preset row scan, blinking, underlining, the vertical interrupt. */
import { strict as assert } from 'node:assert';
import { drawFrame } from '../../../debug-adapter/cli/screenshot';
import type { DisplayFrame } from '../../../emulator/bus/display';
import { VgaBoard } from '../../support/vga-board';
import { VGA_MODES, type VgaModeNumber } from '../../support/vga-modes';

const GRAPHICS = 0xa_0000;
const COLOUR = 0xb_8000;

function pixels(board: VgaBoard): Extract<DisplayFrame, { kind: 'indexed' }> {
  const frame = board.vga.frame();
  return frame.kind === 'indexed' ? frame : assert.fail(`a frame of kind ${frame.kind}`);
}

const row = ({ pixels: all, width }: { pixels: Uint8Array; width: number }, y: number): number[] => [
  ...all.subarray(y * width, (y + 1) * width),
];

/** A mode with noise in memory. */
function noisy(mode: VgaModeNumber): VgaBoard {
  const board = new VgaBoard(mode);
  for (let plane = 0; plane < 4; plane++) {
    if (mode === 0x12) board.indexed(0x3c4, 2, 1 << plane);
    for (let i = 0; i < 0x1_0000; i++) board.poke(GRAPHICS + i, (i * 167 + (i >> 5) * 29 + plane * 31) & 0xff);
  }
  return board;
}

/** Text with a font and characters that differ from place to place. */
function textBoard(): VgaBoard {
  const board = new VgaBoard(3);
  board.loadFont(Array.from({ length: 4096 }, (_, i) => (i * 89 + (i >> 4)) & 0xff));
  for (let i = 0; i < 0x2000; i++) board.poke(COLOUR + i, i & 1 ? (i >> 1) % 0x70 : (i * 7) & 0xff);
  board.indexed(0x3d4, 0x0a, 0x20);
  return board;
}

/** The pixels of a text screen as the command line draws them, a row of palette-true colours each. */
function drawn(board: VgaBoard): { readonly width: number; row(y: number): number[] } {
  const { width, rgb } = drawFrame(board.vga.frame());
  return { width, row: (y) => [...rgb.subarray(y * width * 3, (y + 1) * width * 3)] };
}

describe('VGA pictures', () => {
  it('names every mode in words', () => {
    const names = {
      0x01: 'text, 40 x 25 characters of 9 x 16 dots',
      0x03: 'text, 80 x 25 characters of 9 x 16 dots',
      0x04: 'graphics, 320 x 200, 4 colours',
      0x06: 'graphics, 640 x 200, 2 colours',
      0x07: 'text, 80 x 25 characters of 9 x 16 dots',
      0x0d: 'graphics, 320 x 200, 16 colours',
      0x0e: 'graphics, 640 x 200, 16 colours',
      0x0f: 'graphics, 640 x 350, 4 colours',
      0x10: 'graphics, 640 x 350, 16 colours',
      0x11: 'graphics, 640 x 480, 16 colours',
      0x12: 'graphics, 640 x 480, 16 colours',
      0x13: 'graphics, 320 x 200, 256 colours',
    } as const;
    for (const [mode, name] of Object.entries(names)) {
      assert.equal(new VgaBoard(Number(mode) as VgaModeNumber).vga.mode, name);
    }
    assert.equal(Object.keys(names).length, Object.keys(VGA_MODES).length);
  });

  it('pans by pixels in 16 colours, and by two steps a pixel in 256', () => {
    for (const [mode, setting, shift] of [
      [0x12, 3, 3],
      [0x13, 6, 3],
    ] as const) {
      const board = noisy(mode);
      const still = pixels(board);
      board.attribute(0x13, setting);
      const panned = pixels(board);
      assert.deepEqual(row(panned, 7).slice(0, -shift), row(still, 7).slice(shift));
    }
  });

  it('pans by characters, and does neither below a split when panning compatibility says so', () => {
    const board = noisy(0x12);
    const still = pixels(board);
    board.indexed(0x3d4, 0x08, 0x40);
    board.passFrame();
    assert.deepEqual(row(pixels(board), 9).slice(0, -16), row(still, 9).slice(16));
    board.attribute(0x13, 5);
    board.indexed(0x3d4, 0x07, VGA_MODES[0x12].crtc[7] & ~0x10);
    board.indexed(0x3d4, 0x09, 0);
    board.indexed(0x3d4, 0x18, 99);
    assert.deepEqual(row(pixels(board), 100).slice(0, -21), row(still, 0).slice(21), 'the lower part moves, too');
    board.attribute(0x10, 0x21);
    assert.deepEqual(row(pixels(board), 100), row(still, 0));
    assert.deepEqual(row(pixels(board), 99).slice(0, -21), row(still, 99).slice(21));
  });

  it('scrolls text smoothly: by lines with Preset Row Scan, by dots with panning, the text still readable', () => {
    const board = textBoard();
    const still = drawn(board);
    const [, second] = board.vga.text();
    board.indexed(0x3d4, 0x08, 5);
    const up = drawn(board);
    for (const y of [0, 10, 11, 200]) assert.deepEqual(up.row(y), still.row(y + 5), `line ${y}`);
    assert.equal(board.vga.text()[1], second);
    board.indexed(0x3d4, 0x08, 0);
    // Characters of 9 dots rest at 8; 2 shifts by 3 dots.
    board.attribute(0x13, 2);
    const left = drawn(board);
    assert.deepEqual(left.row(33).slice(0, -9), still.row(33).slice(9));
    assert.match(board.vga.mode, /split or shifted/);
    assert.deepEqual(pixels(board).text, board.vga.text(), 'the pixels come with their text');
  });

  it('splits text, the lower part from the beginning of memory', () => {
    const board = textBoard();
    const first = drawn(board);
    const top = board.vga.text()[0];
    board.indexed(0x3d4, 0x0d, 80);
    board.passFrame();
    // Line 319: bit 8 is set in Overflow as it was, bit 9 is cleared.
    board.indexed(0x3d4, 0x09, 0x0f);
    board.indexed(0x3d4, 0x18, 319 & 0xff);
    const split = drawn(board);
    assert.deepEqual(split.row(0), first.row(16));
    assert.deepEqual(split.row(320), first.row(0));
    assert.equal(board.vga.text()[20], top);
  });

  it('underlines attribute 1 in mode 7, and blinks in graphics when told so', () => {
    const mono = new VgaBoard(7);
    mono.poke(0xb_0000, 0x20);
    mono.poke(0xb_0001, 0x01);
    const text = mono.vga.frame();
    assert.deepEqual([text.kind === 'text' && text.underline, text.kind === 'text' && text.cellHeight], [13, 16]);
    const { rgb, width } = drawFrame(text);
    assert.notDeepEqual(rgb.slice(13 * width * 3, 13 * width * 3 + 3), rgb.slice(0, 3));

    const board = new VgaBoard(0x0f);
    const colours = () => [...pixels(board).palette.slice(12, 15)];
    const bright = colours();
    const frame = 1_000_000_000 / 70;
    board.time.pass(16 * frame);
    const dark = colours();
    assert.notDeepEqual(dark, bright, 'pixels of plane 2 alone are on and off in turn');
    board.time.pass(16 * frame);
    assert.deepEqual(colours(), bright);
  });

  it('has the border of VESA’s Display Monitor Timings for 640 x 480, in the colour of Overscan Color', () => {
    const board = noisy(0x12);
    board.attribute(0x11, 0x24);
    const colour = 0xaa_00_00 | 0x55_00_00;
    assert.deepEqual(pixels(board).border, { left: 8, right: 8, top: 8, bottom: 8, colour });
    // Of a monitor's text 9 dots and 7 lines, of mode 13h in pixels of its own.
    const text = new VgaBoard(3).vga.frame();
    const { left, right, top, bottom } = (text.kind === 'text' ? text.border : undefined) ?? assert.fail('no border');
    assert.deepEqual([left, right, top, bottom], [9, 9, 7, 7]);
    const small = pixels(noisy(0x13)).border ?? assert.fail('no border');
    assert.deepEqual([small.left, small.right, small.top, small.bottom, small.colour], [4, 4, 3.5, 3.5, 0]);
  });

  it('the display and the cursor begin late by their skews', () => {
    const board = noisy(0x12);
    const still = pixels(board);
    board.indexed(0x3d4, 0x11, 0x0c);
    board.indexed(0x3d4, 3, VGA_MODES[0x12].crtc[3] | 0x40);
    assert.deepEqual(row(pixels(board), 9).slice(0, -16), row(still, 9).slice(16));
    const text = textBoard();
    const cell = () => {
      const frame = text.vga.frame();
      return frame.kind === 'text' ? frame.cursor.cell : assert.fail('no text');
    };
    text.indexed(0x3d4, 0x0a, 13);
    text.indexed(0x3d4, 0x0f, 78);
    text.indexed(0x3d4, 0x0b, 0x2e);
    assert.equal(cell(), 79);
    text.indexed(0x3d4, 0x0b, 0x4e);
    assert.equal(cell(), -1, 'it is late by more than the row is long');
    text.indexed(0x3d4, 0x0b, 0x2e);
    const shown = drawn(text);
    text.indexed(0x3d4, 0x08, 1);
    const moved = drawn(text);
    assert.deepEqual(moved.row(12), shown.row(13), 'as pixels it stands where it does as a cell');
  });

  it('characters of 9 dots leave the last dot of 16-colour graphics to pixel 0', () => {
    const board = noisy(0x12);
    const eight = pixels(board);
    board.indexed(0x3c4, 1, 0);
    // Where characters of 9 dots rest.
    board.attribute(0x13, 8);
    const nine = pixels(board);
    assert.equal(nine.width, 720);
    const [a, b] = [row(eight, 5), row(nine, 5)];
    for (const column of [0, 1, 79]) {
      assert.deepEqual(b.slice(9 * column, 9 * column + 9), [...a.slice(8 * column, 8 * column + 8), 0]);
    }
  });

  it('the vertical interrupt comes once a frame, at the beginning of retrace, until it is cleared', () => {
    const board = new VgaBoard(0x13);
    const levels: boolean[] = [];
    board.vga.irq.connect((level) => levels.push(level));
    board.indexed(0x3d4, 0x11, 0x9e & ~0x10);
    board.time.pass(50_000_000);
    assert.deepEqual(levels, [], 'not while it is held cleared');
    board.indexed(0x3d4, 0x11, 0x9e);
    board.time.runTo(board.time.scheduler.deadline - 1);
    assert.equal(board.in(0x3da) & 8, 0);
    board.time.pass(1);
    assert.equal(board.in(0x3da) & 8, 8, 'it is at the beginning of retrace');
    assert.deepEqual([levels, board.in(0x3c2) & 0x80], [[true], 0x80]);
    board.indexed(0x3d4, 0x11, 0x8e);
    assert.deepEqual([levels, board.in(0x3c2) & 0x80], [[true, false], 0]);
    board.indexed(0x3d4, 0x11, 0x9e);
    board.time.pass(1_000_000_000 / 70);
    assert.equal(levels.length, 3);
  });
});
