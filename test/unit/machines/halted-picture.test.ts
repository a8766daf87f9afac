/** What is on the screen of a guest that has set something and halted for good. */
import { strict as assert } from 'node:assert';
import { machineWith } from '../../support/machines';

/** Puts X where the second row lies, makes that the first one by the start address, and halts. */
const GUEST = [
  ...[0xb8, 0x00, 0xb8], // mov ax, 0xb800
  ...[0x8e, 0xc0], // mov es, ax
  ...[0x26, 0xc6, 0x06, 0xa0, 0x00, 0x58], // mov byte [es:160], 'X'
  ...[0xba, 0xd4, 0x03], // mov dx, 0x3d4
  ...[0xb8, 0x0d, 0x50], // mov ax, 0x500d: Start Address Low = 80
  0xef, // out dx, ax
  0xfa, // cli
  0xf4, // hlt
];

describe('the picture of a machine that has stopped for good', () => {
  it('has the start address that no retrace will take any more', () => {
    const sector = new Uint8Array(512);
    sector.set(GUEST);
    sector.set([0x55, 0xaa], 510);
    const machine = machineWith(sector);
    const stop = machine.run({ count: Infinity, time: Infinity, breakpoints: false }, false);
    assert.equal(stop.kind, 'dead');
    assert.equal(machine.board.display.text()[0]?.[0], 'X');
  });
});
