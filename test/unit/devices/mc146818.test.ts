import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addSeconds, calendarOf } from '../../../emulator/devices/rtc/calendar';
import { Mc146818 } from '../../../emulator/devices/rtc/mc146818';
import { FakeTime } from './fake-time';

const MS = 1_000_000;
const SECOND = 1000 * MS;

function rtc(date = '2024-02-28T23:59:58Z') {
  const time = new FakeTime();
  const chip = new Mc146818('rtc', time, time.scheduler, {
    epochSeconds: Date.parse(date) / 1000,
    nvram: [[0x32, 0x20]],
  });
  const irq: { level: boolean; at: number }[] = [];
  chip.irq.connect((level) => irq.push({ level, at: time.now }));
  chip.reset();
  irq.length = 0;
  const get = (index: number) => {
    chip.write(0, 1, index);
    return chip.read(1);
  };
  const set = (index: number, value: number) => {
    chip.write(0, 1, index);
    chip.write(1, 1, value);
  };
  /** Year, month, day, weekday, hours, minutes, seconds, as the bytes read in hexadecimal. */
  const text = () => [9, 8, 7, 6, 4, 2, 0].map((i) => get(i).toString(16).padStart(2, '0')).join(' ');
  return { chip, time, irq, get, set, text };
}

describe('MC146818A', () => {
  it('starts at the time that it is given and rolls over in BCD, leap days too', () => {
    const { time, text, get } = rtc();
    assert.equal(text(), '24 02 28 04 23 59 58');
    time.pass(2 * SECOND);
    assert.equal(text(), '24 02 29 05 00 00 00');
    time.pass(86_400 * SECOND);
    assert.equal(text(), '24 03 01 06 00 00 00');
    assert.equal(get(0x32), 0x20);
    const year = rtc('1999-12-31T23:59:59Z');
    year.time.pass(SECOND - 1);
    assert.equal(year.text(), '99 12 31 06 23 59 59');
    year.time.pass(1);
    assert.equal(year.text(), '00 01 01 07 00 00 00');
    const common = rtc('2023-02-28T23:59:59Z');
    common.time.pass(SECOND);
    assert.equal(common.text(), '23 03 01 04 00 00 00');
  });

  it('has the calendar of the host for any time from 1970 to 2099', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_102_444_799 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        (start, length) => {
          const end = Math.min(start + length, 4_102_444_799);
          const stepped = calendarOf(start);
          addSeconds(stepped, end - start);
          const date = new Date(end * 1000);
          assert.deepEqual(
            { ...stepped, century: 0 },
            {
              seconds: date.getUTCSeconds(),
              minutes: date.getUTCMinutes(),
              hours: date.getUTCHours(),
              weekday: date.getUTCDay() + 1,
              day: date.getUTCDate(),
              month: date.getUTCMonth() + 1,
              year: date.getUTCFullYear() % 100,
              century: 0,
            },
          );
          assert.equal(calendarOf(end).century, Math.floor(date.getUTCFullYear() / 100));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('counts in binary and in 12 hours', () => {
    const { time, set, text } = rtc();
    set(0x0b, 0x86);
    for (const [index, value] of [
      [0, 59],
      [2, 59],
      [4, 23],
      [6, 7],
      [7, 31],
      [8, 12],
      [9, 99],
    ] as const)
      set(index, value);
    set(0x0b, 0x06);
    time.pass(SECOND);
    assert.equal(text(), '00 01 01 01 00 00 00');
    set(0x0b, 0x80);
    for (const [index, value] of [
      [0, 0x59],
      [2, 0x59],
      [4, 0x11],
    ] as const)
      set(index, value);
    set(0x0b, 0x00);
    time.pass(SECOND);
    assert.equal(text().slice(12), '92 00 00', '11:59:59 AM is followed by 12 PM');
    time.pass(3600 * SECOND);
    assert.equal(text().slice(12), '81 00 00');
    time.pass(11 * 3600 * SECOND);
    assert.equal(text().slice(12), '12 00 00', 'midnight is 12 AM');
  });

  it('sets UIP 2228 us before each update and not while SET stops it', () => {
    const { time, get, set } = rtc();
    const uip = () => get(0x0a) >> 7;
    time.runTo(SECOND - 2_228_001);
    assert.equal(uip(), 0);
    time.pass(1);
    assert.equal(uip(), 1);
    time.runTo(SECOND - 1);
    assert.equal(uip(), 1);
    time.pass(1);
    assert.equal(uip(), 0);
    set(0x0b, 0x82);
    time.runTo(2 * SECOND - 1);
    assert.equal(uip(), 0);
  });

  it('stops with SET, which clears UIE', () => {
    const { time, get, set } = rtc();
    set(0x0b, 0x92);
    assert.equal(get(0x0b), 0x82);
    time.pass(10 * SECOND);
    assert.equal(get(0), 0x58);
    set(0x0b, 0x02);
    time.pass(SECOND);
    assert.equal(get(0), 0x59);
  });

  it('updates half a second after the divider is released', () => {
    const { time, get, set } = rtc();
    set(0x0a, 0x70);
    time.pass(5 * SECOND + 300 * MS);
    set(0x0a, 0x26);
    time.pass(500 * MS - 1);
    assert.equal(get(0), 0x58);
    time.pass(1);
    assert.equal(get(0), 0x59);
    time.pass(SECOND);
    assert.equal(get(0), 0x00);
  });

  it('interrupts at each update until register C is read', () => {
    const { time, irq, get, set } = rtc();
    set(0x0b, 0x12);
    time.runTo(2 * SECOND + 5);
    assert.deepEqual(irq, [{ level: true, at: SECOND }]);
    assert.equal(get(0x0c), 0xf0, 'a period passed and the alarm at 0:00:00 matched as well, without interrupting');
    assert.equal(get(0x0c), 0);
    time.runTo(3 * SECOND);
    assert.deepEqual(irq.slice(1), [
      { level: false, at: 2 * SECOND + 5 },
      { level: true, at: 3 * SECOND },
    ]);
  });

  it('interrupts at the rate in register A, exactly', () => {
    const { time, irq, get, set } = rtc();
    set(0x0a, 0x26);
    set(0x0b, 0x42);
    for (let i = 0; i < 1024; i++) {
      time.runTo(time.scheduler.deadline);
      assert.equal(get(0x0c) & 0xc0, 0xc0);
    }
    assert.equal(time.now, SECOND);
    assert.equal(irq.length, 2048);
    assert.equal(irq[0].at, Math.ceil(SECOND / 1024));
    for (const [rate, hz] of [
      [1, 256],
      [2, 128],
      [3, 8192],
      [15, 2],
    ] as const) {
      set(0x0a, 0x20 | rate);
      get(0x0c);
      assert.equal(time.scheduler.deadline - time.now, Math.ceil(SECOND / hz));
    }
    set(0x0a, 0x20);
    assert.equal(time.scheduler.deadline, Infinity);
  });

  it('wakes at the alarm, with wildcards', () => {
    const { time, irq, get, set } = rtc('2024-06-01T10:20:30Z');
    for (const [index, value] of [
      [1, 0x05],
      [3, 0x21],
      [5, 0x10],
    ] as const)
      set(index, value);
    set(0x0b, 0x22);
    assert.equal(time.scheduler.deadline, 35 * SECOND);
    time.runTo(35 * SECOND);
    assert.equal(irq.length, 1);
    assert.equal(get(0x0c) & 0xa0, 0xa0);
    assert.equal(time.scheduler.deadline, (35 + 86_400) * SECOND);
    set(3, 0xc0);
    set(5, 0xff);
    assert.equal(time.scheduler.deadline, (35 + 60) * SECOND);
    set(1, 0xc0);
    assert.equal(time.scheduler.deadline, 36 * SECOND);
    set(1, 0x61);
    assert.equal(time.scheduler.deadline, Infinity, 'no second reads 61h');
  });

  it('sets the alarm flag without a timer when it does not interrupt', () => {
    const { time, get, set } = rtc('2024-06-01T10:20:30Z');
    for (const [index, value] of [
      [1, 0x00],
      [3, 0x21],
      [5, 0xc0],
    ] as const)
      set(index, value);
    assert.equal(time.scheduler.deadline, Infinity);
    time.runTo(29 * SECOND);
    assert.equal(get(0x0c) & 0x20, 0);
    time.runTo(31 * SECOND);
    assert.equal(get(0x0c), 0x70);
  });

  it('requests at once when a flag is enabled that is set already', () => {
    const { time, irq, set } = rtc();
    time.pass(SECOND);
    set(0x0b, 0x12);
    assert.deepEqual(irq, [{ level: true, at: SECOND }]);
  });

  it('keeps RAM and time at the RESET pin, but no interrupt', () => {
    const { chip, time, irq, get, set } = rtc();
    set(0x0b, 0x72);
    set(0x40, 0x5a);
    time.pass(3 * SECOND);
    chip.resetPin();
    assert.equal(irq.at(-1)?.level, false);
    assert.equal(get(0x0b), 0x02);
    assert.equal(get(0x0c), 0);
    assert.equal(get(0x40), 0x5a);
    assert.equal(get(0), 0x01);
  });

  it('masks NMI by bit 7 of the index port', () => {
    const { chip } = rtc();
    const levels: boolean[] = [];
    chip.nmiMask.connect((level) => levels.push(level));
    chip.write(0, 1, 0x8f);
    chip.write(0, 1, 0x0d);
    assert.deepEqual(levels, [true, false]);
    assert.equal(chip.read(1), 0x80);
  });
});
