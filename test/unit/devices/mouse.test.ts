/** The PS/2 mouse behind the 8042, by the byte sequences of the manual. */
import assert from 'node:assert/strict';
import { I8042 } from '../../../emulator/devices/input/i8042';
import { Ps2Mouse } from '../../../emulator/devices/input/ps2-mouse';
import { FakeTime } from './fake-time';

const MS = 1_000_000;

/** A controller with a mouse on it, both enabled. */
function setUp() {
  const time = new FakeTime();
  const kbc = new I8042('kbc', time, time.scheduler);
  const mouse = new Ps2Mouse('mouse', time, time.scheduler);
  kbc.auxData.connect((byte) => mouse.receive(byte));
  kbc.auxClock.connect((free) => mouse.setClock(free));
  mouse.data.connect((byte) => kbc.receiveAux(byte));
  let interrupts = 0;
  let level = false;
  kbc.auxIrq.connect((now) => {
    if (now && !level) interrupts++;
    level = now;
  });
  kbc.reset();
  mouse.reset();
  kbc.write(1, 1, 0x60);
  kbc.write(0, 1, 0x47);
  const drain = (ns = 60 * MS): readonly number[] => {
    const bytes: number[] = [];
    const end = time.now + ns;
    while (time.now < end) {
      const status = kbc.read(1);
      if ((status & 0x21) === 0x21) bytes.push(kbc.read(0));
      else time.pass(10_000);
    }
    return bytes;
  };
  const hex = (bytes: readonly number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  /** Sends bytes to the mouse, each behind D4h, and gives all answers. */
  const ask = (...bytes: readonly number[]): string => {
    const answers: number[] = [];
    for (const byte of bytes) {
      kbc.write(1, 1, 0xd4);
      kbc.write(0, 1, byte);
      answers.push(...drain(10 * MS));
    }
    return hex(answers);
  };
  const moved = (dx: number, dy: number, buttons = 0, wheel = 0, ns = 60 * MS): string => {
    mouse.move({ dx, dy, wheel, buttons });
    return hex(drain(ns));
  };
  return { time, kbc, mouse, drain, ask, moved, hex, interrupts: () => interrupts };
}

describe('PS/2 mouse', () => {
  it('answers a reset with its self-test and identity, and then reports nothing', () => {
    const { ask, drain, hex, moved, mouse } = setUp();
    assert.equal(ask(0xff), 'fa');
    assert.match(mouse.notes().join(' '), /Tests itself/);
    assert.equal(hex(drain(400 * MS)), 'aa 00');
    assert.equal(ask(0xf2), 'fa 00');
    assert.equal(ask(0xe9), 'fa 00 02 64', 'stream mode, off, 1:1, 4 counts a millimetre, 100 samples a second');
    assert.equal(moved(5, 5), '');
  });

  it('tells movement in packets of three bytes, upwards positive, with an interrupt for each byte', () => {
    const { ask, moved, interrupts } = setUp();
    assert.equal(ask(0xf4), 'fa');
    const before = interrupts();
    assert.equal(moved(3, -2), '08 03 02');
    assert.equal(interrupts() - before, 3);
    assert.equal(moved(-1, 1), '38 ff ff');
    assert.equal(moved(0, 0, 1), '09 00 00', 'left pressed');
    assert.equal(moved(1, 0, 6), '0e 01 00', 'right and middle');
    assert.equal(moved(0, 0, 0), '08 00 00', 'released');
    assert.equal(moved(0, 0, 0), '', 'nothing new');
  });

  it('loses nothing of a movement that is too long for a packet', () => {
    const { ask, moved } = setUp();
    ask(0xf4);
    assert.equal(moved(600, 0), '08 ff 00 08 ff 00 08 5a 00');
    assert.equal(moved(-300, 0), '18 01 00 18 d3 00');
  });

  it('makes as many packets a second as the sample rate says', () => {
    const { ask, mouse, time, drain } = setUp();
    assert.equal(ask(0xf3, 10, 0xf4), 'fa fa fa');
    let bytes = 0;
    const end = time.now + 1000 * MS;
    while (time.now < end) {
      mouse.move({ dx: 1, dy: 0, wheel: 0, buttons: 0 });
      bytes += drain(5 * MS).length;
    }
    assert.ok(bytes >= 9 * 3 && bytes <= 10 * 3, `${bytes} bytes`);
  });

  it('refuses rates and resolutions that there are not, and commands too', () => {
    const { ask } = setUp();
    assert.equal(ask(0xf3, 50), 'fa fe');
    assert.equal(ask(0xe8, 4), 'fa fe');
    assert.equal(ask(0xe1), 'fe');
    assert.equal(ask(0xe8, 3, 0xe7, 0xe9), 'fa fa fa fa 10 03 64');
    assert.equal(ask(0xf6, 0xe9), 'fa fa 00 02 64');
  });

  it('scales 2:1 in stream mode only', () => {
    const { ask, moved } = setUp();
    ask(0xe7, 0xf4);
    // The manual's table: 0 0, 1 1, 2 1, 3 3, 4 6, 5 9, more: twice as much.
    for (const [counts, told] of [
      [1, '01'],
      [2, '01'],
      [3, '03'],
      [4, '06'],
      [5, '09'],
      [6, '0c'],
    ] as const)
      assert.equal(moved(counts, 0), `08 ${told} 00`, String(counts));
    assert.equal(ask(0xf5, 0xf0), 'fa fa');
    moved(6, 0);
    assert.equal(ask(0xeb), 'fa 08 06 00');
  });

  it('is read in remote mode, and says nothing by itself', () => {
    const { ask, moved } = setUp();
    assert.equal(ask(0xf0), 'fa');
    assert.equal(moved(7, -7, 2), '');
    assert.equal(ask(0xeb), 'fa 0a 07 07');
    assert.equal(ask(0xeb), 'fa 0a 00 00');
    assert.equal(ask(0xe9), 'fa 41 02 64');
  });

  it('echoes in wrap mode', () => {
    const { ask } = setUp();
    assert.equal(ask(0xee, 0x12, 0xf4, 0xec, 0xf2), 'fa 12 f4 fa fa 00');
  });

  it('sends its last answer again', () => {
    const { ask, moved } = setUp();
    ask(0xf4);
    assert.equal(moved(1, 1), '28 01 ff');
    assert.equal(ask(0xfe), '28 01 ff');
  });

  it('has a wheel for who knocks, and five buttons', () => {
    const { ask, moved } = setUp();
    ask(0xf3, 200, 0xf3, 100, 0xf3, 80);
    assert.equal(ask(0xf2, 0xf4), 'fa 03 fa');
    assert.equal(moved(1, 0, 0, 1), '08 01 00 01');
    assert.equal(moved(0, 0, 0, -1), '08 00 00 ff');
    assert.equal(moved(0, 0, 0, 9), '08 00 00 07 08 00 00 02');
    ask(0xf3, 200, 0xf3, 200, 0xf3, 80);
    assert.equal(ask(0xf2, 0xf4), 'fa 04 fa');
    assert.equal(moved(0, 0, 0x18, -1), '08 00 00 3f');
  });

  it('refuses what no mouse can do', () => {
    const { mouse } = setUp();
    assert.throws(() => mouse.move({ dx: 0.5, dy: 0, wheel: 0, buttons: 0 }), /whole counts/);
    assert.throws(() => mouse.move({ dx: 0, dy: 1e9, wheel: 0, buttons: 0 }), /up to 32767/);
    assert.throws(() => mouse.move({ dx: 0, dy: 0, wheel: 0, buttons: 32 }), /five buttons/);
  });
});
