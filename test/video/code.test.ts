/** Programs that lie in video memory: translated code must be as new as the bytes are. */
import { strict as assert } from 'node:assert';
import { VGA_MODES } from '../support/vga-modes';
import { runToPicture, useVideoGuests, videoMachine } from '../support/video-guest';

describe('code in video memory', function () {
  const guests = useVideoGuests('nasm');

  it('is executed as it stands there, whichever way the CPU sees it', () => {
    const machine = videoMachine(guests().build('code', VGA_MODES[0x12]));
    const said = runToPicture(machine, machine, (listener) => {
      machine.listener = listener;
    });
    assert.equal(said, 'ABABABR');
  });
});
