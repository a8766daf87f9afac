import assert from 'node:assert/strict';
import { I8254, PIT_HZ } from '../../../emulator/devices/timer/i8254';
import { Ticks, ticksAt, timeOfTick } from '../../../emulator/time/clock';
import { FakeTime } from './fake-time';

function pit(connected: readonly number[] = [0, 1, 2]) {
  const time = new FakeTime();
  const chip = new I8254('pit', time, time.scheduler);
  const edges: { out: number; level: boolean; tick: number; time: number }[] = [];
  for (const out of connected) {
    chip.out[out].connect((level) => edges.push({ out, level, tick: ticksAt(time.now, PIT_HZ), time: time.now }));
  }
  chip.reset();
  edges.length = 0;
  /** Half a tick after tick `tick`: between two clock pulses, as a CPU's access is in the datasheet's drawings. */
  const at = (tick: number) => time.runTo(timeOfTick(tick, PIT_HZ) + 400);
  const control = (value: number) => chip.write(3, 1, value);
  const word = (counter: number) => chip.read(counter) | (chip.read(counter) << 8);
  /** OUT and the counting element of counter `i`, one entry a tick, from the present tick for `n` ticks. */
  const trace = (i: 0 | 1 | 2, n: number) => {
    const first = ticksAt(time.now, PIT_HZ);
    let text = '';
    for (let k = 0; k < n; k++) {
      at(first + k);
      const value = chip.view().find((row) => row.name === `Counter ${i}`)?.value ?? -1;
      text += `${chip.level(i) ? '^' : '_'}${value.toString(16)} `;
    }
    return text.trim();
  };
  return { chip, time, edges, at, control, word, trace };
}

/** Waveforms as in figures 15 to 20 of the data sheet: `^` is OUT high, `_` low, then the counting element. */
describe('8254', () => {
  it('ticks exactly at 1,193,182 Hz', () => {
    for (const tick of [0, 1, 2, 65535, PIT_HZ - 1, PIT_HZ, PIT_HZ + 1, 123_456_789_012]) {
      const time = timeOfTick(tick, PIT_HZ);
      assert.equal(ticksAt(time, PIT_HZ), tick);
      if (tick > 0) assert.equal(ticksAt(time - 1, PIT_HZ), tick - 1);
      assert.equal(BigInt(tick), (BigInt(time) * BigInt(PIT_HZ)) / 1_000_000_000n);
    }
  });

  it('ticks the same for those who ask again and again, forwards and back', () => {
    const ticks = new Ticks(PIT_HZ);
    for (const tick of [0, 1, 1, 2, 700, PIT_HZ, 123_456_789_012, PIT_HZ, 700, 0]) {
      const time = timeOfTick(tick, PIT_HZ);
      for (const ns of [time, time + 1, time + 500, time + 837, time + 838, time + 839, time + 2, time - 1])
        if (ns >= 0) assert.equal(ticks.at(ns), ticksAt(ns, PIT_HZ), `at ${ns} ns`);
    }
  });

  it('mode 0: OUT rises N + 1 ticks after the count is written', () => {
    const { at, control, chip, trace, edges } = pit();
    at(10);
    control(0x10);
    chip.write(0, 1, 4);
    const before = trace(0, 1);
    assert.equal(before[0], '_');
    at(11);
    assert.equal(trace(0, 7), '_4 _3 _2 _1 ^0 ^ffff ^fffe');
    assert.deepEqual(
      edges.map(({ level, tick, time }) => [level, tick, time]),
      [[true, 15, timeOfTick(15, PIT_HZ)]],
    );
  });

  it('mode 0: GATE holds the count; a new count starts over', () => {
    const { at, control, chip, trace } = pit();
    control(0x10);
    chip.write(0, 1, 3);
    at(1);
    assert.equal(trace(0, 2), '_3 _2');
    chip.setGate(0, false);
    at(3);
    assert.equal(trace(0, 2), '_2 _2');
    chip.setGate(0, true);
    at(5);
    assert.equal(trace(0, 3), '_1 ^0 ^ffff');
    chip.write(0, 1, 2);
    at(8);
    assert.equal(trace(0, 3), '_2 _1 ^0');
  });

  it('mode 0: the first byte of a two-byte count stops counting and lowers OUT', () => {
    const { at, control, chip, trace } = pit();
    control(0x30);
    chip.write(0, 1, 1);
    chip.write(0, 1, 0);
    at(1);
    assert.equal(trace(0, 3), '_1 ^0 ^ffff');
    chip.write(0, 1, 2);
    assert.equal(chip.level(0), false);
    at(4);
    assert.equal(trace(0, 2), '_ffff _ffff');
    chip.write(0, 1, 1);
    at(6);
    assert.equal(trace(0, 2), '_102 _101');
  });

  it('mode 1: a trigger makes a pulse of N ticks and can be repeated', () => {
    const { at, control, chip, trace } = pit();
    chip.setGate(1, false);
    control(0x52);
    chip.write(1, 1, 3);
    at(5);
    assert.equal(chip.level(1), true);
    chip.setGate(1, true);
    chip.setGate(1, false);
    at(6);
    assert.equal(trace(1, 5), '_3 _2 _1 ^0 ^ffff');
    chip.setGate(1, true);
    at(11);
    assert.equal(trace(1, 2), '_3 _2');
    chip.setGate(1, false);
    chip.setGate(1, true);
    chip.write(1, 1, 2);
    at(13);
    assert.equal(trace(1, 4), '_2 _1 ^0 ^ffff');
  });

  it('mode 2: low for one tick in N, reloads, obeys GATE, takes a new count at the end of the cycle', () => {
    const { at, control, chip, trace } = pit();
    control(0x14);
    chip.write(0, 1, 3);
    at(1);
    assert.equal(trace(0, 6), '^3 ^2 _1 ^3 ^2 _1');
    chip.setGate(0, false);
    assert.equal(chip.level(0), true, 'GATE raises OUT at once');
    at(7);
    assert.equal(trace(0, 1), '^1');
    chip.setGate(0, true);
    at(8);
    assert.equal(trace(0, 1), '^3');
    chip.write(0, 1, 5);
    at(9);
    assert.equal(trace(0, 8), '^2 _1 ^5 ^4 ^3 ^2 _1 ^5');
  });

  it('mode 3: a square wave, an odd count a tick longer high than low', () => {
    const even = pit();
    even.control(0x16);
    even.chip.write(0, 1, 4);
    even.at(1);
    assert.equal(even.trace(0, 8), '^4 ^2 _4 _2 ^4 ^2 _4 _2');
    const odd = pit();
    odd.control(0x16);
    odd.chip.write(0, 1, 5);
    odd.at(1);
    assert.equal(odd.trace(0, 10), '^4 ^2 ^0 _4 _2 ^4 ^2 ^0 _4 _2');
    odd.at(11);
    odd.chip.write(0, 1, 4);
    assert.equal(odd.trace(0, 9), '^4 ^2 ^0 _4 _2 ^4 ^2 _4 _2');
  });

  it('mode 4: strobes once, N + 1 ticks after the count, for one tick', () => {
    const { at, control, chip, trace } = pit();
    control(0x18);
    chip.write(0, 1, 3);
    at(1);
    assert.equal(trace(0, 6), '^3 ^2 ^1 _0 ^ffff ^fffe');
    chip.write(0, 1, 2);
    at(7);
    assert.equal(trace(0, 4), '^2 ^1 _0 ^ffff');
  });

  it('mode 5: strobes N ticks after it was loaded by a trigger', () => {
    const { at, control, chip, trace } = pit();
    chip.setGate(2, false);
    control(0x9a);
    chip.write(2, 1, 3);
    at(4);
    assert.equal(chip.level(2), true);
    chip.setGate(2, true);
    at(5);
    assert.equal(trace(2, 5), '^3 ^2 ^1 _0 ^ffff');
  });

  it('counts in BCD', () => {
    const { at, control, chip, trace, word } = pit();
    control(0x31);
    chip.write(0, 1, 0x02);
    chip.write(0, 1, 0x10);
    at(1);
    assert.equal(trace(0, 4), '_1002 _1001 _1000 _999');
    control(0x35);
    chip.write(0, 1, 0);
    chip.write(0, 1, 0);
    at(5);
    assert.equal(word(0), 0, '10000 shows as 0000');
    at(6);
    assert.equal(word(0), 0x9999);
  });

  it('gives the whole of 65536 for 0, and every edge at its exact time', () => {
    const { at, control, chip, edges } = pit();
    control(0x36);
    chip.write(0, 1, 0);
    chip.write(0, 1, 0);
    edges.length = 0;
    at(1 + 65536 * 40);
    assert.equal(edges.length, 80);
    edges.forEach((edge, k) => {
      assert.equal(edge.time, timeOfTick(1 + 32768 * (k + 1), PIT_HZ));
      assert.equal(edge.level, k % 2 === 1);
    });
  });

  it('latches counts and statuses until they are read', () => {
    const { at, control, chip, word } = pit();
    control(0x34);
    assert.equal(statusByte(chip, 0), 0xf4, 'null count until the count is loaded');
    chip.write(0, 1, 0xe8);
    chip.write(0, 1, 0x03);
    at(11);
    assert.equal(statusByte(chip, 0), 0xb4);
    control(0x00);
    at(21);
    control(0x00);
    assert.equal(word(0), 1000 - 10);
    assert.equal(word(0), 1000 - 20);
    // Read-back of status and count: the status comes first.
    control(0xc2);
    assert.deepEqual([chip.read(0), chip.read(0), chip.read(0)], [0xb4, (1000 - 20) & 0xff, (1000 - 20) >> 8]);
    control(0x34);
    assert.equal(chip.state.latched[0], 0);
  });

  it('reads one byte where only one is asked for', () => {
    const { at, control, chip } = pit();
    control(0x24);
    chip.write(0, 1, 0x12);
    at(1);
    assert.equal(chip.read(0), 0x12);
    assert.equal(chip.read(0), 0x12);
    at(2);
    assert.equal(chip.read(0), 0x11);
  });

  it('has no timer for an OUT that nobody hears', () => {
    const { chip, control, time, at } = pit([]);
    control(0x16);
    chip.write(0, 1, 4);
    assert.equal(time.scheduler.deadline, Infinity);
    at(1);
    assert.equal(chip.level(0), true);
    at(3);
    assert.equal(chip.level(0), false);
  });

  it('does the same whether it is looked at every tick or never', () => {
    for (const [ctrl, count] of [
      [0x10, 7],
      [0x14, 5],
      [0x16, 6],
      [0x16, 7],
      [0x18, 9],
    ] as const) {
      const a = pit();
      const b = pit([]);
      for (const p of [a, b]) {
        p.control(ctrl);
        p.chip.write(0, 1, count);
      }
      for (let tick = 1; tick < 60; tick++) {
        a.at(tick);
        b.at(tick);
        a.chip.change(0, () => undefined);
        assert.equal(a.chip.peek(0), b.chip.peek(0), `control ${ctrl} tick ${tick}`);
        assert.equal(a.chip.level(0), b.chip.level(0), `control ${ctrl} tick ${tick}`);
      }
    }
  });

  it('is the same whoever has looked at it before', () => {
    let seed = 7;
    const below = (n: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    for (let turn = 0; turn < 60; turn++) {
      const [seen, fresh] = [pit([0]), pit([0])];
      let tick = 1;
      for (let n = 0; n < 60; n++) {
        tick += 1 + below(below(4) === 0 ? 70_000 : 12);
        const counter = below(3) as 0 | 1 | 2;
        const mode = (1 + below(3)) * 16 + below(12);
        const value = below(3) === 0 ? 1 + below(6) : below(256);
        const act = below(6);
        for (const { at, control, chip } of [seen, fresh]) {
          at(tick);
          // One forgets what it knows of earlier looks.
          if (chip === fresh.chip) chip.load(chip.save());
          if (act === 0) control((counter << 6) | mode);
          else if (act < 3) chip.write(counter, 1, value);
          else if (act === 3) chip.setGate(counter, value % 2 === 0);
          else if (act === 4) control(counter << 6);
          else chip.untilRise(counter);
        }
        const views = [seen, fresh].map(({ chip }) => [chip.view().map((row) => row.value), chip.untilRise(counter)]);
        assert.deepEqual(views[0], views[1]);
        if (act > 3) assert.equal(seen.chip.read(counter), fresh.chip.read(counter));
      }
      assert.deepEqual(seen.edges, fresh.edges);
    }
  });
});

function statusByte(chip: I8254, counter: number): number {
  chip.write(3, 1, 0xe0 | (2 << counter));
  return chip.read(counter);
}
