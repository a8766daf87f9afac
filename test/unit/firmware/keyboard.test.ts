import assert from 'node:assert/strict';
import { KEY_ACTIONS, TRAPS } from '../../../emulator/firmware/pc-bios/traps';
import { BiosBoard } from './bios-board';

const KEYBOARD = 0x16;
const BREAK = 0x80;

/** Bytes as INT 09h hands them to its trap; gives the last action. */
function scan(board: BiosBoard, ...codes: readonly number[]): number {
  let action = 0;
  for (const code of codes) action = board.helper(TRAPS.key, code);
  return action;
}

/** All words in the buffer, as AH=10h (or 00h) gives them. */
function words(board: BiosBoard, ah = 0x10): number[] {
  const found: number[] = [];
  while (!board.int(KEYBOARD, { AX: (ah | 0x01) << 8 }).zero) {
    board.int(KEYBOARD, { AX: ah << 8 });
    found.push(board.get('AX'));
  }
  return found;
}
const CTRL = 0x1d;
const SHIFT = 0x2a;
const ALT = 0x38;

describe('INT 09h and INT 16h', function () {
  // Every key with every shift.
  this.timeout(60_000);
  it('give the words of the US layout, with every shift', () => {
    // IBM BIOS Interface Technical Reference, INT 16h: scan codes and their characters.
    const cases: readonly (readonly [scan: number, plain: number, shift: number, ctrl: number, alt: number])[] = [
      [0x1e, 0x1e61, 0x1e41, 0x1e01, 0x1e00],
      [0x2c, 0x2c7a, 0x2c5a, 0x2c1a, 0x2c00],
      [0x02, 0x0231, 0x0221, 0, 0x7800],
      [0x03, 0x0332, 0x0340, 0x0300, 0x7900],
      [0x07, 0x0736, 0x075e, 0x071e, 0x7d00],
      [0x0b, 0x0b30, 0x0b29, 0, 0x8100],
      [0x0c, 0x0c2d, 0x0c5f, 0x0c1f, 0x8200],
      [0x0d, 0x0d3d, 0x0d2b, 0, 0x8300],
      [0x1a, 0x1a5b, 0x1a7b, 0x1a1b, 0x1a00],
      [0x01, 0x011b, 0x011b, 0x011b, 0x0100],
      [0x0e, 0x0e08, 0x0e08, 0x0e7f, 0x0e00],
      [0x0f, 0x0f09, 0x0f00, 0x9400, 0xa500],
      [0x1c, 0x1c0d, 0x1c0d, 0x1c0a, 0x1c00],
      [0x39, 0x3920, 0x3920, 0x3920, 0x3920],
      [0x3b, 0x3b00, 0x5400, 0x5e00, 0x6800],
      [0x44, 0x4400, 0x5d00, 0x6700, 0x7100],
      [0x57, 0x8500, 0x8700, 0x8900, 0x8b00],
      [0x58, 0x8600, 0x8800, 0x8a00, 0x8c00],
    ];
    for (const [code, ...expected] of cases) {
      const found = [[], [SHIFT], [CTRL], [ALT]].map((held) => {
        const board = new BiosBoard();
        scan(board, ...held, code, code | BREAK, ...held.map((key) => key | BREAK));
        return words(board)[0] ?? 0;
      });
      assert.deepEqual(found, expected, `scan code ${code.toString(16)}h`);
    }
  });

  it('keep what only AH=10h knows from AH=00h', () => {
    const board = new BiosBoard();
    // F11, grey arrow up, keypad Enter, grey slash, Alt+Esc, a.
    const keys = [0x57, 0xe0, 0x48, 0xe0, 0x1c, 0xe0, 0x35, ALT, 0x01, ALT | BREAK, 0x1e];
    scan(board, ...keys);
    assert.deepEqual(words(board, 0x10), [0x8500, 0x48e0, 0xe00d, 0xe02f, 0x0100, 0x1e61]);
    scan(board, ...keys);
    assert.deepEqual(words(board, 0x00), [0x4800, 0x1c0d, 0x352f, 0x1e61]);
  });

  it('say whether a key waits, to the code that waits', () => {
    const board = new BiosBoard();
    assert.equal(board.helper(TRAPS.keyReady, 0x0000) & 0xff, 0);
    scan(board, 0x57);
    assert.equal(board.helper(TRAPS.keyReady, 0x1000) & 0xff, 1);
    assert.equal(board.helper(TRAPS.keyReady, 0x0000) & 0xff, 0, 'F11 is dropped for AH=00h');
    assert.equal(board.helper(TRAPS.keyReady, 0x1000) & 0xff, 0);
    assert.equal(board.int(KEYBOARD, { AX: 0x0100 }).zero, true);
    assert.equal(board.lastCall.poll, true);
  });

  it('keep the shift state and the locks in the data area', () => {
    const board = new BiosBoard();
    const flags = () => [0x417, 0x418, 0x496].map((at) => board.memory.peek(at, 1));
    scan(board, SHIFT, CTRL);
    assert.deepEqual(flags(), [0x06, 0x01, 0x10]);
    scan(board, 0xe0, CTRL, CTRL | BREAK);
    assert.deepEqual(flags(), [0x06, 0x00, 0x14]);
    scan(board, SHIFT | BREAK, 0xe0, CTRL | BREAK);
    assert.deepEqual(flags(), [0, 0, 0x10]);
    scan(board, 0x3a, 0x3a, 0x3a | BREAK, 0x1e, 0x02, SHIFT, 0x1e, SHIFT | BREAK);
    assert.deepEqual(words(board), [0x1e41, 0x0231, 0x1e61], 'CapsLock changes letters only, once for a held key');
    board.int(KEYBOARD, { AX: 0x0200 });
    assert.equal(board.get('AL'), 0x40);
    scan(board, 0xe0, ALT);
    board.int(KEYBOARD, { AX: 0x1200 });
    assert.equal(board.get('AX'), 0x0848);
  });

  it('turn the keypad to digits, and numbers typed with Alt to characters', () => {
    const board = new BiosBoard();
    scan(board, 0x47, 0x4c, SHIFT, 0x47, SHIFT | BREAK, 0x45, 0x45 | BREAK, 0x47, SHIFT, 0x47, SHIFT | BREAK);
    assert.deepEqual(words(board), [0x4700, 0x4c00, 0x4737, 0x4737, 0x4700]);
    scan(board, ALT, 0x4f, 0x4f | BREAK, 0x4d, 0x4b, ALT | BREAK);
    assert.deepEqual(words(board), [164]);
    // Grey keys bring shifts of their own.
    scan(board, 0xe0, SHIFT, 0xe0, 0x48, 0xe0, 0x48 | BREAK, 0xe0, SHIFT | BREAK);
    assert.deepEqual(words(board), [0x48e0]);
    assert.equal(board.memory.peek(0x417, 1) & 3, 0);
  });

  it('ask INT 09h to act on Break, PrtSc, Pause, SysRq and Ctrl+Alt+Del', () => {
    const board = new BiosBoard();
    scan(board, 0x1e);
    assert.equal(scan(board, CTRL, 0xe0, 0x46), KEY_ACTIONS.breakKey);
    scan(board, 0xe0, 0x46 | BREAK, CTRL | BREAK);
    assert.equal(board.memory.peek(0x471, 1), 0x80);
    assert.deepEqual(words(board), [0]);
    assert.equal(scan(board, 0xe0, SHIFT, 0xe0, 0x37), KEY_ACTIONS.printScreen);
    assert.equal(scan(board, 0xe1, CTRL, 0x45), KEY_ACTIONS.pause);
    assert.equal(scan(board, 0xe1, CTRL | BREAK, 0x45 | BREAK), KEY_ACTIONS.none);
    assert.equal(board.memory.peek(0x418, 1) & 8, 8);
    scan(board, 0x1e);
    assert.equal(board.memory.peek(0x418, 1) & 8, 0, 'any key ends the pause');
    assert.deepEqual(words(board), []);
    assert.equal(scan(board, ALT, 0x54), KEY_ACTIONS.sysRequest);
    assert.equal(scan(board, 0x54 | BREAK), KEY_ACTIONS.sysRequest | 0x100);
    assert.equal(scan(board, CTRL, 0x53), KEY_ACTIONS.reboot);
    assert.equal(board.memory.peek(0x472, 2), 0x1234);
  });

  it('hold fifteen words and no more, and take words from programs', () => {
    const board = new BiosBoard();
    for (let i = 0; i < 20; i++) scan(board, 0x02 + (i % 10));
    assert.equal(words(board).length, 15);
    for (let i = 0; i < 16; i++) board.int(KEYBOARD, { AX: 0x0500, CX: 0x4100 + i });
    assert.equal(board.get('AL'), 1);
    assert.equal(words(board)[14], 0x410e);
  });

  it('set the lights of a real keyboard, one acknowledged byte at a time', () => {
    const board = new BiosBoard();
    const { time, kbc } = board;
    const pump = (): void => {
      for (let i = 0; i < 40; i++) {
        time.pass(1_000_000);
        if ((kbc.read(1) & 1) !== 0) scan(board, kbc.read(0));
      }
    };
    pump();
    board.keyboard.key('CapsLock', true);
    board.keyboard.key('CapsLock', false);
    pump();
    assert.equal(board.keyboard.state.leds, 4);
    assert.equal(board.memory.peek(0x497, 1), 4);
    board.keyboard.key('NumLock', true);
    board.keyboard.key('NumLock', false);
    pump();
    assert.equal(board.keyboard.state.leds, 6);
    assert.deepEqual(words(board), []);
  });
});
