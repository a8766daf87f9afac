/** Registers that change while the beam draws: which lines have which, what vertical retrace takes, and what is kept of it. */
import { strict as assert } from 'node:assert';
import type { DisplayFrame } from '../../../emulator/bus/display';
import { RASTER_NUMBERS } from '../../../emulator/devices/display/vga-registers';
import { VgaBoard } from '../../support/vga-board';

const GRAPHICS = 0xa_0000;
/** Mode 12h: 800 dots a line, 525 lines, 25.175 MHz; vertical retrace begins at line 490. */
const LINE_NS = (800 * 1_000_000) / 25_175;
const FRAME_LINES = 525;
const RETRACE_LINE = 490;
const FRAME_NS = FRAME_LINES * LINE_NS;

type Pixels = Extract<DisplayFrame, { kind: 'indexed' }>;

function pixels(board: VgaBoard): Pixels {
  const frame = board.vga.frame();
  return frame.kind === 'indexed' ? frame : assert.fail(`a frame of kind ${frame.kind}`);
}

/** The colours of a line, whatever palette it was drawn with. */
const line = ({ pixels: all, width, palette }: Pixels, y: number): number[] =>
  Array.from(all.subarray(y * width, (y + 1) * width), (index) =>
    palette.subarray(3 * index, 3 * index + 3).reduce((sum, part) => sum * 256 + part, 0),
  );

/** Mode 12h with noise in memory. */
function noisy(): VgaBoard {
  const board = new VgaBoard(0x12);
  for (let plane = 0; plane < 4; plane++) {
    board.indexed(0x3c4, 2, 1 << plane);
    for (let i = 0; i < 0x1_0000; i++) board.poke(GRAPHICS + i, (i * 167 + (i >> 5) * 29 + plane * 31) & 0xff);
  }
  return board;
}

/** Goes to a line of a frame, between two lines' displayed parts. */
const goTo = (board: VgaBoard, frame: number, y: number) => {
  board.time.runTo(Math.ceil(frame * FRAME_NS + (y + 0.9) * LINE_NS));
};

/** Does the same in `count` frames from `first` on: `acts` by line. */
function repeat(board: VgaBoard, first: number, count: number, acts: Readonly<Record<number, () => void>>): void {
  for (let frame = first; frame < first + count; frame++) {
    for (const [y, act] of Object.entries(acts)) {
      goTo(board, frame, Number(y));
      act();
    }
  }
}

describe('VGA registers that change while the beam draws', () => {
  it('panning holds for the lines that begin with it', () => {
    const board = noisy();
    const still = pixels(board);
    repeat(board, 1, 4, { 99: () => board.attribute(0x13, 3), 299: () => board.attribute(0x13, 0) });
    const panned = pixels(board);
    for (const y of [0, 99, 300, 479]) assert.deepEqual(line(panned, y), line(still, y), `line ${y}`);
    for (const y of [100, 299]) assert.deepEqual(line(panned, y).slice(0, -3), line(still, y).slice(3), `line ${y}`);
  });

  it('a mode of the shift registers changes from line to line', () => {
    const board = noisy();
    const sixteen = pixels(board);
    board.indexed(0x3ce, 5, 0x20);
    const pairs = pixels(board);
    repeat(board, 1, 4, { 200: () => board.indexed(0x3ce, 5, 0), 480: () => board.indexed(0x3ce, 5, 0x20) });
    const mixed = pixels(board);
    assert.deepEqual(line(mixed, 200), line(pairs, 200));
    assert.deepEqual(line(mixed, 201), line(sixteen, 201));
  });

  it('above the beam is the frame being drawn, below it the one before', () => {
    const board = noisy();
    const colour = (level: number) => {
      board.out(0x3c8, 0x3f);
      for (let part = 0; part < 3; part++) board.out(0x3c9, level);
    };
    for (let frame = 1; frame < 5; frame++) {
      goTo(board, frame, 100);
      colour(10 * frame);
      goTo(board, frame, 400);
      colour(10 * frame + 5);
    }
    goTo(board, 5, 100);
    colour(50);
    goTo(board, 5, 240);
    const seen = pixels(board);
    const white = (y: number) => {
      const levels = new Set(line(seen, y));
      return [35, 40, 45, 50].filter((level) => levels.has((((level << 2) | (level >> 4)) * 0x1_0101) >>> 0));
    };
    assert.deepEqual([white(50), white(150), white(300), white(450)], [[45], [50], [40], [45]]);
  });

  it('a single change is seen at once on all lines, the cursor and the CPU’s side never count', () => {
    const board = noisy();
    const before = pixels(board);
    goTo(board, 3, 200);
    board.attribute(0x13, 3);
    assert.deepEqual(line(pixels(board), 7).slice(0, -3), line(before, 7).slice(3));
    board.attribute(0x13, 0);
    const { length } = board.vga.state.rasterLog;
    repeat(board, 10, 4, {
      50: () => board.indexed(0x3d4, 0x0f, 7),
      60: () => board.indexed(0x3d4, 0x0f, 9),
      70: () => board.indexed(0x3c4, 2, 1),
      80: () => board.indexed(0x3c4, 2, 2),
      90: () => board.indexed(0x3ce, 8, 1),
      95: () => board.indexed(0x3ce, 8, 2),
    });
    assert.doesNotMatch(board.vga.mode, /while it is drawn/);
    assert.equal(board.vga.state.rasterLog.length, length);
  });

  it('vertical retrace takes the start address', () => {
    const board = noisy();
    const top = pixels(board);
    goTo(board, 3, 100);
    board.indexed(0x3d4, 0x0d, 80);
    goTo(board, 3, RETRACE_LINE - 2);
    assert.deepEqual(line(pixels(board), 0), line(top, 0));
    goTo(board, 3, RETRACE_LINE);
    assert.deepEqual(line(pixels(board), 0), line(top, 1));
    goTo(board, 5, 100);
    board.indexed(0x3d4, 0x0d, 160);
    assert.deepEqual(line(pixels(board), 0), line(top, 1));
    goTo(board, 6, 100);
    assert.deepEqual(line(pixels(board), 0), line(top, 2));
  });

  it('keeps a bounded number of changes, and a saved state draws the same', () => {
    const board = noisy();
    for (let frame = 1; frame < 5; frame++) {
      for (let y = 0; y < 480; y += 2) {
        goTo(board, frame, y);
        for (let n = 0; n < 40; n++) board.out(0x3c6, (y + n) & 0xff);
      }
    }
    assert.ok(board.vga.state.rasterLog.length <= RASTER_NUMBERS);
    const again = noisy();
    again.time.runTo(board.time.now);
    again.vga.load(board.vga.save());
    assert.deepEqual(again.vga.frame(), board.vga.frame());
    assert.match(again.vga.mode, /while it is drawn/);
    again.setMode(0x13);
    assert.doesNotMatch(again.vga.mode, /while it is drawn/, 'a mode that is set begins anew');
  });

  it('more than 256 colours: the frequent ones are right, the others like what they should be', () => {
    const board = new VgaBoard(0x13);
    for (let at = 0; at < 64_000; at++) board.poke(GRAPHICS + at, at % 320 < 256 ? at % 320 : 0);
    const lines = LINE_NS;
    const frameLines = 449;
    for (let frame = 1; frame < 5; frame++) {
      for (let y = 0; y < 400; y++) {
        board.time.runTo(Math.ceil((frame * frameLines + y + 0.9) * lines));
        board.out(0x3c8, 0);
        for (const level of [y & 63, (y >> 2) & 63, 63]) board.out(0x3c9, level);
      }
    }
    const seen = pixels(board);
    for (const y of [1, 57, 200, 399]) {
      const [first] = line(seen, y);
      const wanted = [(y - 1) & 63, ((y - 1) >> 2) & 63, 63].map((level) => (level << 2) | (level >> 4));
      const parts = [first >> 16, (first >> 8) & 0xff, first & 0xff];
      parts.forEach((part, n) => {
        assert.ok(Math.abs(part - wanted[n]) < 48, `line ${y}: ${parts.join(' ')} for ${wanted.join(' ')}`);
      });
    }
  });
});
