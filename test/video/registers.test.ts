/** What the VGA's registers keep of what is written, as QEMU's do. */
import { strict as assert } from 'node:assert';
import { qemuRun } from '../support/qemu-picture';
import { VGA_MODES } from '../support/vga-modes';
import { runToPicture, useVideoGuests, videoMachine } from '../support/video-guest';

/** What is read a value: Sequencer, Graphics Controller, Attribute Controller, DAC, Miscellaneous Output. */
const BYTES_A_VALUE = 5 + 9 + 21 + 10 + 1;
const VALUES = 4;

describe('registers beside QEMU', function () {
  this.timeout(120_000);
  const guests = useVideoGuests('qemu-system-i386');

  it('give back the same bits', async () => {
    const image = guests().build('registers', VGA_MODES[3]);
    const machine = videoMachine(image);
    const ours = runToPicture(machine, machine, (listener) => {
      machine.listener = listener;
    });
    const { said } = await qemuRun(image);
    const bytes = (text: string): readonly string[] => text.match(/[0-9a-f]{2}/g) ?? [];
    assert.equal(bytes(ours).length, VALUES * BYTES_A_VALUE);
    assert.deepEqual(bytes(ours), bytes(said));
  });
});
