import assert from 'node:assert/strict';
import { VGA_PORTS } from '../../../emulator/devices/display/vga';
import type { GuestMemory } from '../../../emulator/memory/guest-memory';
import { VgaBoard } from '../../support/vga-board';
import type { VgaModeNumber } from '../../support/vga-modes';

const FONT = Array.from({ length: 4096 }, (_, i) => (i * 7) & 0xff);
const MODE_3 = 3;
const COLOUR_TEXT = 0xb_8000;

function vga(mode?: VgaModeNumber) {
  const board = new VgaBoard(mode);
  const { vga: chip, time, memory } = board;
  board.loadFont(FONT);
  const text = () => {
    const frame = chip.frame();
    return frame.kind === 'text' ? frame : assert.fail(`a frame of kind ${frame.kind}`);
  };
  return {
    board,
    chip,
    time,
    memory,
    out: (port: number, value: number) => board.out(port, value),
    inp: (port: number) => board.in(port),
    indexed: (port: number, index: number, value: number) => board.indexed(port, index, value),
    text,
  };
}

function print(memory: GuestMemory, address: number, text: string, attribute = 0x07) {
  Array.from(text).forEach((c, i) => memory.write(address + 2 * i, 2, c.charCodeAt(0) | (attribute << 8)));
}

describe('VGA', () => {
  it('shows nothing before it is programmed', () => {
    const { chip } = vga();
    assert.equal(chip.frame().kind, 'blank');
    assert.deepEqual(chip.text(), []);
  });

  it('has the text screens of modes 1, 3 and 7', () => {
    for (const [mode, columns, base] of [
      [1, 40, 0xb_8000],
      [3, 80, 0xb_8000],
      [7, 80, 0xb_0000],
    ] as const) {
      const { chip, memory, text } = vga(mode);
      print(memory, base, 'Top left');
      print(memory, base + 2 * (24 * columns + columns - 3), 'end', 0x1f);
      const frame = text();
      assert.deepEqual([frame.columns, frame.rows, frame.cellWidth, frame.cellHeight], [columns, 25, 9, 16]);
      assert.deepEqual(frame.cells.slice(0, 4), Uint8Array.of(0x54, 7, 0x6f, 7));
      assert.deepEqual(frame.cells.slice(-2), Uint8Array.of(0x64, 0x1f));
      assert.equal(chip.text()[0], 'Top left');
      assert.equal(chip.text()[24].trim(), 'end');
      assert.equal(chip.text().length, 25);
      assert.equal(frame.blink, true);
    }
  });

  it('has 43 and 50 rows by the CRT controller’s numbers', () => {
    const { indexed, text } = vga(MODE_3);
    indexed(0x3d4, 0x09, 0x47);
    assert.deepEqual([text().rows, text().cellHeight], [50, 8]);
    assert.deepEqual(text().font.slice(0, 9), Uint8Array.from([...FONT.slice(0, 8), FONT[16]]));
    indexed(0x3d4, 0x11, 0x0e);
    indexed(0x3d4, 0x12, 0x5d);
    assert.equal(text().rows, 43);
    indexed(0x3d4, 0x09, 0xc7);
    assert.equal(text().rows, 21, 'double scan');
  });

  it('scrolls by the start address and wraps with the memory address counter', () => {
    const { board, chip, memory, indexed } = vga(MODE_3);
    print(memory, COLOUR_TEXT + 160, 'second row');
    indexed(0x3d4, 0x0d, 80);
    assert.notEqual(chip.text()[0], 'second row', 'not before vertical retrace');
    board.passFrame();
    assert.equal(chip.text()[0], 'second row');
    print(memory, COLOUR_TEXT, 'wrapped');
    indexed(0x3d4, 0x0c, 0xff);
    indexed(0x3d4, 0x0d, 0xb0);
    board.passFrame();
    assert.equal(chip.text()[1], 'wrapped');
  });

  it('places and hides the cursor', () => {
    const { indexed, text } = vga(MODE_3);
    indexed(0x3d4, 0x0e, 0x01);
    indexed(0x3d4, 0x0f, 0x90);
    assert.deepEqual(text().cursor, { cell: 0x190, start: 13, end: 14 });
    indexed(0x3d4, 0x0a, 0x2d);
    assert.equal(text().cursor.cell, -1);
    indexed(0x3d4, 0x0a, 0x0f);
    assert.equal(text().cursor.cell, -1, 'the end lies before the start');
    indexed(0x3d4, 0x0a, 0x00);
    indexed(0x3d4, 0x0e, 0x10);
    assert.equal(text().cursor.cell, -1, 'below the screen');
  });

  it('takes colours through palette, colour select, mask and DAC', () => {
    const { out, inp, text } = vga(MODE_3);
    const colour = (i: number) => Array.from(text().palette.slice(3 * i, 3 * i + 3));
    assert.deepEqual(colour(0), [0, 0, 0]);
    assert.deepEqual(colour(6), [0xaa, 0x55, 0x00], 'brown');
    assert.deepEqual(colour(15), [0xff, 0xff, 0xff]);
    const attribute = (index: number, value: number) => {
      inp(0x3da);
      out(0x3c0, index);
      out(0x3c0, value);
      out(0x3c0, 0x20);
    };
    attribute(0x01, 0x04);
    assert.deepEqual(colour(1), [0xaa, 0, 0]);
    out(0x3c8, 0x44);
    for (const part of [1, 2, 63]) out(0x3c9, part);
    attribute(0x14, 0x04);
    assert.deepEqual(colour(1), [4, 8, 255]);
    out(0x3c6, 0x3f);
    assert.deepEqual(colour(1), [0xaa, 0, 0]);
    attribute(0x12, 0x0e);
    assert.deepEqual(colour(1), colour(0));
  });

  it('has one attribute port for index and data, and palette writes only with PAS off', () => {
    const { out, inp, chip } = vga(MODE_3);
    inp(0x3da);
    out(0x3c0, 0x20 | 0x11);
    out(0x3c0, 0x2a);
    assert.equal(inp(0x3c1), 0x2a);
    out(0x3c0, 0x20 | 0x01);
    out(0x3c0, 0x2a);
    assert.equal(inp(0x3c1), 0x01);
    out(0x3c0, 0x05);
    assert.equal(chip.frame().kind, 'blank', 'PAS off blanks the screen');
    chip.peek(0x2a);
    out(0x3c0, 0x0c);
    assert.equal(inp(0x3c1), 0x0c, 'a peek at input status 1 leaves the flip-flop alone');
  });

  it('writes and reads the DAC a colour at a time', () => {
    const { out, inp } = vga();
    out(0x3c8, 0xff);
    for (const part of [1, 2, 3, 4, 5]) out(0x3c9, part);
    assert.equal(inp(0x3c7), 0);
    assert.equal(inp(0x3c8), 0, 'the second colour is not complete');
    out(0x3c7, 0xff);
    assert.equal(inp(0x3c7), 3);
    assert.deepEqual(
      [0, 0, 0, 0].map(() => inp(0x3c9)),
      [1, 2, 3, 0],
    );
  });

  it('protects CRT controller registers 0 to 7 but for Line Compare’s bit 8', () => {
    const { indexed, inp, out } = vga(MODE_3);
    indexed(0x3d4, 0x11, 0x8e);
    indexed(0x3d4, 0x00, 0x12);
    assert.equal(inp(0x3d5), 0x5f);
    indexed(0x3d4, 0x07, 0x00);
    assert.equal(inp(0x3d5), 0x0f);
    out(0x3d4, 0x40);
    assert.equal(inp(0x3d5), 0);
  });

  it('moves its CRT controller between 3Bxh and 3Dxh', () => {
    const { out, inp } = vga(MODE_3);
    out(0x3d4, 0x0e);
    assert.equal(inp(0x3b4), 0xff);
    out(0x3c2, 0x66);
    assert.equal(inp(0x3cc), 0x66);
    assert.equal(inp(0x3b4), 0x0e);
    assert.equal(inp(0x3d4), 0xff);
  });

  it('retraces 70 times a second in a 400-line mode, from virtual time', () => {
    const { inp, time } = vga(MODE_3);
    // 900 dots a line, 449 lines, 28.322 MHz; vertical retrace is lines 412 and 413.
    const line = (900 * 1_000_000) / 28_322;
    const frame = line * 449;
    assert.ok(Math.abs(1_000_000_000 / frame - 70.087) < 0.01);
    for (const k of [0, 1, 70, 700_000]) {
      const at = (lines: number) => {
        time.now = Math.ceil(k * frame + lines * line);
        return inp(0x3da) & 9;
      };
      assert.equal(at(0.01), 0);
      assert.equal(at(0.79), 0);
      assert.equal(at(0.82), 1);
      assert.equal(at(399.5), 0);
      assert.equal(at(400.1), 1);
      assert.equal(at(411.99), 1);
      assert.equal(at(412.01), 9);
      assert.equal(at(413.99), 9);
      assert.equal(at(414.01), 1);
    }
  });

  it('reads text in code page 437', () => {
    const { chip, memory } = vga(MODE_3);
    memory.writeBytes(COLOUR_TEXT, Uint8Array.of(0xc9, 7, 0xcd, 7, 0xbb, 7, 0x01, 7, 0xe1, 7, 0xff, 7));
    assert.equal(chip.text()[0], '╔═╗☺ß');
  });

  it('answers nowhere but at its ports', () => {
    const { chip } = vga(MODE_3);
    const own = new Set(VGA_PORTS.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i)));
    for (let offset = 0; offset < 0x30; offset++) {
      if (!own.has(offset)) assert.equal(chip.peek(offset), 0xff, offset.toString(16));
    }
  });
});
