/** What happens to the CPU's accesses to video memory; the pictures beside QEMU's (test/video) hold the arithmetic. */
import { strict as assert } from 'node:assert';
import { VgaBoard } from '../../support/vga-board';

const GRAPHICS = 0xa_0000;
const COLOUR = 0xb_8000;
const MONO = 0xb_0000;

describe('VGA memory', () => {
  it('answers where the memory map says, and nowhere else', () => {
    for (const [map, base, length] of [
      [0, GRAPHICS, 0x2_0000],
      [1, GRAPHICS, 0x1_0000],
      [2, MONO, 0x8000],
      [3, COLOUR, 0x8000],
    ] as const) {
      const board = new VgaBoard(0x12);
      board.indexed(0x3ce, 6, 1 | (map << 2));
      for (const address of [GRAPHICS, 0xa_ffff, MONO, 0xb_7fff, COLOUR, 0xb_ffff]) {
        const inside = address >= base && address < base + length;
        board.poke(address, 0x5a);
        assert.equal(board.fetch(address), inside ? 0x5a : 0xff, `map ${map}, ${address.toString(16)}h`);
      }
    }
  });

  it('does not answer while memory or the whole chip is off', () => {
    for (const [port, value] of [
      [0x3c2, 0x61],
      [0x3c3, 0x00],
    ] as const) {
      const board = new VgaBoard(0x13);
      board.poke(GRAPHICS, 0x11);
      board.out(port, value);
      board.poke(GRAPHICS, 0x22);
      assert.equal(board.fetch(GRAPHICS), 0xff);
      board.out(port, port === 0x3c2 ? 0x63 : 1);
      assert.equal(board.fetch(GRAPHICS), 0x11);
    }
  });

  it('chain 4 uses every fourth address of each plane, as is seen without it', () => {
    const board = new VgaBoard(0x13);
    for (let i = 0; i < 16; i++) board.poke(GRAPHICS + i, 0x40 + i);
    board.indexed(0x3c4, 4, 6);
    for (let i = 0; i < 16; i++) {
      board.indexed(0x3ce, 4, i & 3);
      assert.equal(board.fetch(GRAPHICS + (i & ~3)), 0x40 + i);
    }
  });

  it('odd/even puts characters into plane 0 and attributes into plane 1, at even addresses', () => {
    const board = new VgaBoard(3);
    for (let i = 0; i < 8; i++) board.poke(COLOUR + i, 0x60 + i);
    board.setMode(0x12);
    for (let i = 0; i < 8; i++) {
      board.indexed(0x3ce, 4, i & 1);
      assert.equal(board.fetch(GRAPHICS + (i & ~1)), 0x60 + i);
    }
  });

  it('keeps what every plane holds, however often the CPU’s view changes', () => {
    const board = new VgaBoard(0x12);
    const value = (plane: number, address: number) => (plane * 77 + address * 13 + (address >> 7)) & 0xff;
    for (let plane = 0; plane < 4; plane++) {
      board.indexed(0x3c4, 2, 1 << plane);
      for (let address = 0; address < 0x1_0000; address++) board.poke(GRAPHICS + address, value(plane, address));
    }
    for (const mode of [3, 0x13, 3, 7, 0x13, 0x12] as const) {
      board.setMode(mode);
      // Time for the memory to be laid out as this mode sees it.
      board.time.pass(2_000_000);
      board.fetch(mode === 3 ? COLOUR : mode === 7 ? MONO : GRAPHICS);
    }
    for (let plane = 0; plane < 4; plane++) {
      board.indexed(0x3ce, 4, plane);
      for (let address = 0; address < 0x1_0000; address += 251) {
        assert.equal(board.peek(GRAPHICS + address), value(plane, address), `plane ${plane}, ${address}`);
      }
    }
  });

  it('is reached without asking in mode 13h and text modes, once it is laid out for them', () => {
    for (const [mode, address, plain] of [
      [0x13, GRAPHICS, true],
      [3, COLOUR, true],
      [7, MONO, true],
      [4, COLOUR, true],
      [0x12, GRAPHICS, false],
      [6, COLOUR, false],
    ] as const) {
      const board = new VgaBoard(mode);
      board.poke(address, 1);
      assert.equal(board.memory.mayWriteDirectly(address) === 'yes', plain, `mode ${mode.toString(16)}h`);
      if (!plain) continue;
      board.indexed(0x3ce, 8, 0x0f);
      assert.equal(board.memory.mayWriteDirectly(address), 'no', 'a bit mask has to be asked for');
      board.indexed(0x3ce, 8, 0xff);
      assert.equal(board.memory.mayWriteDirectly(address), 'yes');
      board.indexed(0x3c4, 2, 1);
      assert.equal(board.memory.mayWriteDirectly(address), 'no', 'a map mask, too');
    }
  });

  it('is laid out anew once a millisecond at most: a guest that changes its mind all the time is served all the same', () => {
    const board = new VgaBoard(0x13);
    board.poke(GRAPHICS + 5, 0x11);
    board.setMode(3);
    board.poke(COLOUR, 0x22);
    const { layout } = board.vga.state;
    for (let turn = 0; turn < 10; turn++) {
      board.setMode(0x13);
      assert.equal(board.fetch(GRAPHICS + 5), 0x11);
      board.setMode(3);
      assert.equal(board.fetch(COLOUR), 0x22);
      assert.equal(board.vga.state.layout, layout);
    }
  });

  it('a look has no side effects: latches and layout stay', () => {
    const board = new VgaBoard(0x12);
    board.poke(GRAPHICS, 0xaa);
    board.fetch(GRAPHICS);
    const before = board.vga.save();
    board.peek(GRAPHICS + 1);
    assert.deepEqual(board.vga.save(), before);
    board.time.pass(2_000_000);
    board.setMode(3);
    const { layout } = board.vga.state;
    board.peek(COLOUR);
    assert.equal(board.vga.state.layout, layout);
  });

  it('shows latches at the undocumented index 22h, and the flip-flop at 24h', () => {
    const board = new VgaBoard(0x12);
    board.poke(GRAPHICS, 0xc3);
    board.fetch(GRAPHICS);
    board.indexed(0x3ce, 4, 2);
    board.out(0x3d4, 0x22);
    assert.equal(board.in(0x3d5), 0xc3);
    board.out(0x3d4, 0x24);
    board.in(0x3da);
    assert.equal(board.in(0x3d5), 0);
    board.out(0x3c0, 0x20);
    assert.equal(board.in(0x3d5), 0x80);
  });
});
