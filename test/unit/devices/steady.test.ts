/** What chips say of how long a register stays as it is: until then it does, in the bits that were asked for. */
import { strict as assert } from 'node:assert';
import { Port61 } from '../../../emulator/devices/system/port-61';
import { I8254 } from '../../../emulator/devices/timer/i8254';
import { VgaBoard } from '../../support/vga-board';
import { FakeTime } from './fake-time';

const TIMES = 400;
const LOOKS = 8;

/** Asks at many times; a claim is looked at where it is most likely to be wrong: right before its end, and on the way. */
function check(time: FakeTime, bits: number, until: () => number, read: () => number): { readonly least: number } {
  let seed = 77;
  let least = Infinity;
  for (let n = 0; n < TIMES; n++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    time.pass(1 + ((seed >>> 8) % 50_000));
    const now = read() & bits;
    const end = until();
    assert.ok(end > time.now, `steady until ${end} at ${time.now}`);
    if (end === Infinity) continue;
    least = Math.min(least, end - time.now);
    const start = time.now;
    for (let look = 1; look <= LOOKS; look++) {
      const at = look === LOOKS ? end - 1 : start + Math.floor(((end - start) * look) / LOOKS) - 1;
      if (at < time.now) continue;
      time.runTo(at);
      assert.equal(read() & bits, now, `asked at ${start}, steady until ${end}, but not at ${at}`);
    }
  }
  return { least };
}

describe('steady registers', () => {
  for (const mode of [3, 0x12, 0x13] as const) {
    for (const bits of [0x01, 0x08, 0x09]) {
      it(`Input Status 1 in mode ${mode.toString(16)}h, bits ${bits.toString(16)}h`, () => {
        const board = new VgaBoard(mode);
        const { least } = check(
          board.time,
          bits,
          () => board.vga.steadyUntil(0x2a, bits),
          () => board.in(0x3da),
        );
        assert.ok(Number.isFinite(least));
      });
    }
    it(`Input Status 1 in mode ${mode.toString(16)}h: bits that never change are steady for ever`, () => {
      assert.equal(new VgaBoard(mode).vga.steadyUntil(0x2a, 0x06), Infinity);
    });
  }

  for (const bits of [0x10, 0x20, 0x30, 0x03]) {
    it(`port 61h, bits ${bits.toString(16)}h`, () => {
      const time = new FakeTime();
      const pit = new I8254('pit', time, time.scheduler);
      const port = new Port61('port61', time, {
        timer2: () => pit.level(2),
        timer2Until: () => pit.nextChange(2),
      });
      pit.reset();
      pit.setGate(2, true);
      pit.write(3, 1, 0xb6);
      pit.write(2, 1, 0x9b);
      pit.write(2, 1, 0);
      check(
        time,
        bits,
        () => port.steadyUntil(0, bits),
        () => port.read(),
      );
    });
  }
});
