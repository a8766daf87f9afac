/**
 * Intel 8254 Programmable Interval Timer (Intel, "8254 Programmable Interval Timer", order 231164).
 *
 * Offsets 0 to 2 are the counters, offset 3 is the control word register (write only). The clock is virtual time: the
 * counters are computed when somebody looks, and a timer waits only for edges of an OUT that is connected.
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister, chipTimer } from '../../bus/chip';
import { ByteLine, Wire } from '../../bus/wire';
import type { BitField } from '../../state/bits';
import { ints, type SavedState } from '../../state/fields';
import { durationText } from '../../time/duration';
import { Ticks, type TimeSource, ticksAt, timeOfTick } from '../../time/clock';
import type { Scheduler, Timer } from '../../time/scheduler';
import {
  accessOf,
  advance,
  type Counter,
  countOf,
  elementOf,
  MODE_TITLES,
  modeOf,
  newCounter,
  nextEdge,
  nextRise,
  program,
  Projection,
  setGate,
  writeCount,
} from './i8254-counter';

/** CLK of all three counters on a PC: 14.31818 MHz / 12, in hertz. */
export const PIT_HZ = 1_193_182;

const COUNTERS = [0, 1, 2] as const;
export type CounterIndex = (typeof COUNTERS)[number];

/** One value a counter each. */
const TABLE = {
  control: ints(3, 'control word, bits 5 to 0'),
  reload: ints(3, 'count register CR'),
  low: ints(3, 'first byte of a two-byte count that is being written'),
  written: ints(3, '1: a whole count was written since the control word'),
  half: ints(3, '1: the second byte of a count is awaited'),
  gate: ints(3, 'level on GATE', 1),
  out: ints(3, 'level on OUT'),
  nullCount: ints(3, '1: CR was not yet taken into the counting element', 1),
  loadAt: ints(3, 'tick at which CR goes into the counting element', Infinity),
  base: ints(3, 'tick at which the counting element held `value`'),
  value: ints(3, 'counting element at tick `base`'),
  odd: ints(3, 'mode 3: 1 when the count in use is odd'),
  live: ints(3, '1: terminal count has still to come'),
  driven: ints(3, 'level last driven on OUT, where it is connected'),
  latch: ints(3, 'output latch OL'),
  latched: ints(3, '1: the output latch holds a count'),
  status: ints(3, 'latched status byte'),
  statusLatched: ints(3, '1: the status byte is latched'),
  second: ints(3, '1: the next read gives the most significant byte of a two-byte count'),
};

const CONTROL_BITS: readonly BitField[] = [
  { name: 'BCD', lsb: 0, values: { 0: 'binary', 1: 'BCD' } },
  { name: 'M', lsb: 1, width: 3, values: { ...MODE_TITLES, 6: 'rate generator', 7: 'square wave' } },
  {
    name: 'RW',
    lsb: 4,
    width: 2,
    values: { 1: 'least significant byte', 2: 'most significant byte', 3: 'both bytes' },
  },
  { name: 'NULL COUNT', lsb: 6, values: { 0: 'count loaded', 1: 'count not yet loaded' } },
  { name: 'OUTPUT', lsb: 7, values: { 0: 'OUT low', 1: 'OUT high' } },
];

const hex4 = (value: number) => `${value.toString(16).toUpperCase().padStart(4, '0')}h`;

function registersOf(i: CounterIndex): readonly ChipRegister<I8254>[] {
  return [
    {
      name: `Counter ${i}`,
      width: 16,
      doc: 'counting element CE, now',
      peek: (pit) => elementOf(pit.counter(i)),
    },
    {
      name: `Count ${i}`,
      width: 16,
      doc: 'count register CR: what is loaded next; 0 stands for 65536 (10000 in BCD)',
      peek: (pit) => pit.counter(i).reload,
      poke: (pit, value) => pit.change(i, (counter) => (counter.reload = value & 0xffff)),
    },
    {
      name: `Status ${i}`,
      width: 8,
      doc: 'status byte: control word, null count, OUT',
      bits: CONTROL_BITS,
      peek: (pit) => statusOf(pit.counter(i)),
    },
    {
      name: `Latch ${i}`,
      width: 18,
      doc: 'output latch OL',
      bits: [
        { name: 'count', lsb: 0, width: 16, doc: 'the count that was latched' },
        { name: 'latched', lsb: 16, values: { 1: 'the latch holds a count' } },
        { name: 'byte', lsb: 17, values: { 0: 'first byte is next', 1: 'second byte is next' } },
      ],
      peek: ({ state }) => (state.latch[i] & 0xffff) | (state.latched[i] << 16) | (state.second[i] << 17),
    },
    {
      name: `GATE ${i}`,
      width: 1,
      doc: 'level on the GATE input',
      peek: ({ state }) => state.gate[i],
      poke: (pit, value) => pit.setGate(i, (value & 1) !== 0),
    },
  ];
}

const REGISTERS: readonly ChipRegister<I8254>[] = COUNTERS.flatMap(registersOf);

function statusOf(counter: Counter): number {
  return counter.control | (counter.nullCount ? 0x40 : 0) | (counter.out ? 0x80 : 0);
}

const PORTS: readonly PortName[] = [
  ...[0, 1, 2].map((n) => ({ offset: n, read: `Counter ${n}: count or status`, write: `Counter ${n}: count` })),
  { offset: 3, write: 'Control Word, or Read-Back Command' },
];

/** What counters are worked out in, so that nothing is made when a timer fires. */
const SCRATCH: readonly Counter[] = COUNTERS.map(newCounter);

export class I8254 extends Chip<typeof TABLE> implements BusDevice {
  /** OUT0 to OUT2. Connect them before the first reset: edges are timed only where somebody listens. */
  readonly out: readonly Wire[] = Object.freeze(COUNTERS.map((i) => new Wire(`OUT${i}`)));
  /** Tells the number of a counter that was programmed, or whose GATE has changed. */
  readonly programmed = new ByteLine('counter programmed');
  private readonly timers: readonly Timer[];
  private readonly ticks = new Ticks(PIT_HZ);
  private readonly projections: readonly Projection[] = Object.freeze(COUNTERS.map(() => new Projection()));

  constructor(
    id: string,
    private readonly clock: TimeSource,
    scheduler: Scheduler,
  ) {
    super(id, '8254 timer', TABLE);
    this.timers = Object.freeze(
      COUNTERS.map((i) => chipTimer(scheduler, this, `counter${i}`, (due) => this.settle(i, ticksAt(due, PIT_HZ)))),
    );
  }

  protected get registers(): readonly ChipRegister<I8254>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  override reset(): void {
    // What comes in on a wire stays as it was: the chip that drives it is reset as well and drives it anew.
    this.fields.reset(this.state, ['gate']);
    this.forgetProjections();
    for (const i of COUNTERS) {
      this.timers[i].cancel();
      this.out[i].drive(false);
    }
  }

  override load(saved: SavedState): void {
    super.load(saved);
    this.forgetProjections();
  }

  override setField(name: string, value: number | boolean): void {
    super.setField(name, value);
    this.forgetProjections();
  }

  private forgetProjections(): void {
    for (const projection of this.projections) projection.isGood = false;
  }

  /** The level on input GATE`i`. */
  setGate(i: CounterIndex, level: boolean): void {
    this.change(i, (counter) => setGate(counter, level));
  }

  /** The level on OUT`i` now, for those who look instead of listening. */
  level(i: CounterIndex): boolean {
    return this.counter(i).out;
  }

  read(offset: number): number {
    if (offset === 3) return 0xff;
    const i = offset as CounterIndex;
    const { state } = this;
    if (state.statusLatched[i]) {
      state.statusLatched[i] = 0;
      return state.status[i];
    }
    const value = this.byteOf(i);
    const both = accessOf(state.control[i]) === 3;
    if (!both || state.second[i]) state.latched[i] = 0;
    if (both) state.second[i] ^= 1;
    return value;
  }

  /** The control word register can't be read: the data bus is left floating. */
  peek(offset: number): number {
    if (offset === 3) return 0xff;
    const i = offset as CounterIndex;
    const { state } = this;
    return state.statusLatched[i] ? state.status[i] : this.byteOf(i);
  }

  /** The byte of a count that is read next. */
  private byteOf(i: CounterIndex): number {
    const { state } = this;
    const count = state.latched[i] ? state.latch[i] : elementOf(this.counter(i));
    const access = accessOf(state.control[i]);
    const high = access === 3 ? state.second[i] === 1 : access === 2;
    return high ? count >> 8 : count & 0xff;
  }

  write(offset: number, _size: number, value: number): void {
    if (offset < 3) {
      this.change(offset as CounterIndex, (counter) => writeCount(counter, value));
      return;
    }
    const select = value >> 6;
    if (select === 3) this.readBack(value);
    else if ((value & 0x30) === 0) this.latchCount(select as CounterIndex);
    else {
      const i = select as CounterIndex;
      const { state } = this;
      state.latched[i] = 0;
      state.statusLatched[i] = 0;
      state.second[i] = 0;
      this.change(i, (counter) => program(counter, value & 0x3f));
    }
  }

  override notes(): readonly string[] {
    return COUNTERS.map((i) => {
      const counter = this.counter(i);
      const mode = MODE_TITLES[modeOf(counter)];
      if (!counter.written) return `Counter ${i} waits for a count (${mode}).`;
      const edge = nextEdge(counter);
      const now = `Counter ${i} (${mode}): ${hex4(elementOf(counter))} of ${countOf(counter)}, OUT ${counter.out ? 'high' : 'low'}`;
      if (edge === Infinity) return `${now}; OUT stays.`;
      const ns = timeOfTick(edge, PIT_HZ) - this.clock.now;
      const what = counter.loadAt === Infinity ? 'OUT changes' : 'the count is loaded';
      return `${now}; ${what} in ${durationText(ns)}.`;
    });
  }

  /** Virtual time at which OUT of counter `i` may next change, Infinity for never; not too late. */
  nextChange(i: CounterIndex): number {
    const tick = nextEdge(this.counter(i));
    return tick === Infinity ? Infinity : timeOfTick(tick, PIT_HZ);
  }

  /** Nanoseconds until OUT of counter `i` next rises, Infinity for never. */
  untilRise(i: CounterIndex): number {
    const tick = nextRise(this.bringToNow(this.gather(i, SCRATCH[i])));
    return tick === Infinity ? Infinity : Math.max(0, timeOfTick(tick, PIT_HZ) - this.clock.now);
  }

  /** Counter `i` as it is now: good until the next look at a counter of that number. */
  counter(i: CounterIndex): Counter {
    const projection = this.projections[i];
    const { counter } = projection;
    if (!projection.isGood) this.gather(i, counter);
    projection.isGood = true;
    return this.bringToNow(counter);
  }

  private bringToNow(counter: Counter): Counter {
    advance(counter, Math.max(counter.base, this.ticks.at(this.clock.now)));
    return counter;
  }

  /** Does something to counter `i` at the present tick, and drives what follows. */
  change(i: CounterIndex, action: (counter: Counter) => void): void {
    const counter = this.counter(i);
    action(counter);
    this.keep(i, counter);
    this.programmed.send(i);
  }

  /** The frequency of the wave on OUT of counter `i`, hertz; 0 where it stays or has no regular one. */
  frequency(i: CounterIndex): number {
    const counter = this.gather(i, SCRATCH[i]);
    const mode = modeOf(counter);
    return counter.written && counter.gate && (mode === 2 || mode === 3) ? PIT_HZ / countOf(counter) : 0;
  }

  private settle(i: CounterIndex, tick: number): void {
    const counter = this.gather(i, SCRATCH[i]);
    advance(counter, tick);
    this.projections[i].isGood = false;
    this.keep(i, counter);
  }

  private keep(i: CounterIndex, counter: Counter): void {
    this.scatter(i, counter);
    const out = this.out[i];
    if (!out.connected) return;
    const high = counter.out;
    this.timers[i].schedule(timeOfTick(nextEdge(counter), PIT_HZ));
    const level = high ? 1 : 0;
    if (level === this.state.driven[i]) return;
    this.state.driven[i] = level;
    out.drive(high);
  }

  /** Counter latch command: holds the count until it is read; ignored while one is held. */
  private latchCount(i: CounterIndex): void {
    const { state } = this;
    if (state.latched[i]) return;
    state.latch[i] = elementOf(this.counter(i));
    state.latched[i] = 1;
  }

  /** Read-back command: latches counts (bit 5 clear) and statuses (bit 4 clear) of the counters in bits 3 to 1. */
  private readBack(command: number): void {
    const { state } = this;
    for (const i of COUNTERS) {
      if (!(command & (2 << i))) continue;
      if (!(command & 0x20)) this.latchCount(i);
      if (command & 0x10 || state.statusLatched[i]) continue;
      state.status[i] = statusOf(this.counter(i));
      state.statusLatched[i] = 1;
    }
  }

  private gather(i: CounterIndex, counter: Counter): Counter {
    const { state } = this;
    counter.control = state.control[i];
    counter.reload = state.reload[i];
    counter.low = state.low[i];
    counter.written = state.written[i] === 1;
    counter.half = state.half[i] === 1;
    counter.gate = state.gate[i] === 1;
    counter.out = state.out[i] === 1;
    counter.nullCount = state.nullCount[i] === 1;
    counter.loadAt = state.loadAt[i];
    counter.base = state.base[i];
    counter.value = state.value[i];
    counter.odd = state.odd[i] === 1;
    counter.live = state.live[i] === 1;
    return counter;
  }

  private scatter(i: CounterIndex, counter: Counter): void {
    const { state } = this;
    state.control[i] = counter.control;
    state.reload[i] = counter.reload;
    state.low[i] = counter.low;
    state.written[i] = counter.written ? 1 : 0;
    state.half[i] = counter.half ? 1 : 0;
    state.gate[i] = counter.gate ? 1 : 0;
    state.out[i] = counter.out ? 1 : 0;
    state.nullCount[i] = counter.nullCount ? 1 : 0;
    state.loadAt[i] = counter.loadAt;
    state.base[i] = counter.base;
    state.value[i] = counter.value;
    state.odd[i] = counter.odd ? 1 : 0;
    state.live[i] = counter.live ? 1 : 0;
  }
}
