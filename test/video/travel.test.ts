/** Video memory in both directions of time: what its pages, its layout and the chip's registers say together. */
import { strict as assert } from 'node:assert';
import type { DisplayFrame } from '../../emulator/bus/display';
import { digestMachine } from '../../emulator/system/machine-state';
import { Timeline } from '../../emulator/timeline/timeline';
import { VGA_MODES } from '../support/vga-modes';
import { runToPicture, useVideoGuests, videoMachine } from '../support/video-guest';

const MOMENTS = 12;

interface Moment {
  readonly count: number;
  readonly digest: string;
  readonly frame: DisplayFrame;
}

describe('video memory and time', function () {
  this.timeout(120_000);
  const guests = useVideoGuests('nasm');

  for (const [guest, mode] of [
    ['chain4', 0x13],
    ['planar', 0x12],
    ['text', 0x03],
    ['raster', 0x13],
  ] as const) {
    it(`${guest}: every moment is the same again, whichever way it is come to`, () => {
      const machine = videoMachine(guests().build(guest, VGA_MODES[mode]));
      const timeline = new Timeline(machine, { historyBytes: 256 << 20 });
      runToPicture(machine, timeline, (listener) => timeline.listen(listener));
      const last = machine.count;
      const moment = (count: number): Moment => {
        timeline.seek(count);
        return { count, digest: digestMachine(machine), frame: machine.board.display.frame() };
      };
      // Forwards first, as it has been; then there and back again.
      const forwards = Array.from({ length: MOMENTS }, (_, n) => moment(Math.floor((last * (n + 1)) / (MOMENTS + 1))));
      for (const step of [5, 7, 11]) {
        for (let n = 0; n < MOMENTS; n++) {
          const expected = forwards[(n * step) % MOMENTS];
          const { digest, frame } = moment(expected.count);
          assert.equal(digest, expected.digest, `count ${expected.count}`);
          assert.deepEqual(frame, expected.frame, `the picture at ${expected.count}`);
        }
      }
    });
  }
});
