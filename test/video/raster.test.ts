/** Colours that change while the beam draws: of every line the one that the guest gave it, wherever the beam is now. */
import { strict as assert } from 'node:assert';
import { drawFrame } from '../../debug-adapter/cli/screenshot';
import type { Machine } from '../../emulator/system/machine';
import { VGA_MODES, type VgaModeNumber } from '../support/vga-modes';
import { runToPicture, useVideoGuests, videoMachine } from '../support/video-guest';

const LINES = 400;
/** Counts between looks: no part of a frame, which takes 1.4 million. */
const STEP = 311_111;
const LOOKS = 12;

/** What the guest says of line `n`: red, green, blue of 6 bits. */
const expected = (n: number): number[] => [n & 63, 16 * ((n >> 7) & 3), 63 - (n & 63)];

describe('raster effects', function () {
  this.timeout(60_000);
  const guests = useVideoGuests('nasm');

  const start = (mode: VgaModeNumber): Machine => {
    const machine = videoMachine(guests().build('raster', VGA_MODES[mode]));
    runToPicture(machine, machine, (listener) => {
      machine.listener = listener;
    });
    return machine;
  };

  for (const mode of [0x13, 0x0d, 0x03] as const) {
    it(`mode ${mode.toString(16)}h: ${LINES} lines of a colour each`, () => {
      const machine = start(mode);
      for (let look = 0; look < LOOKS; look++) {
        const { width, height, rgb } = drawFrame(machine.board.display.frame());
        assert.equal(height, LINES);
        for (let line = 0; line < LINES; line++) {
          for (const x of [0, width - 1]) {
            const at = (line * width + x) * 3;
            const colour = [...rgb.subarray(at, at + 3)].map((level) => level >> 2);
            assert.deepEqual(colour, expected(line), `line ${line}, look ${look}`);
          }
        }
        machine.run({ count: machine.count + STEP, time: Infinity, breakpoints: false }, false);
      }
      assert.match(machine.board.display.mode, /changed while it is drawn/);
    });
  }
});
