/**
 * One counter of an Intel 8254 as pure functions of clock ticks (Intel, "8254 Programmable Interval Timer", order
 * 231164, section "Mode definitions").
 *
 * Nothing happens tick by tick: a counter is known at one tick (`base`) and projected to any later one. Tick k is the
 * k-th falling edge of CLK; what is written between ticks k and k+1 is loaded into the counting element at k+1.
 */

/** What a counter remembers. */
export interface Counter {
  /** Bits 5-0 of its control word: RW1 RW0 M2 M1 M0 BCD. */
  control: number;
  /** Count register CR. */
  reload: number;
  /** The first byte of a two-byte count, until the second completes it. */
  low: number;
  /** A whole count was written since the control word. */
  written: boolean;
  /** The least significant byte of a two-byte count was written, the other is awaited. */
  half: boolean;
  gate: boolean;
  out: boolean;
  /** Null count: CR was not yet taken into the counting element. */
  nullCount: boolean;
  /** Tick at which CR goes into the counting element; `Infinity` when no load is due. */
  loadAt: number;
  /** The counting element held `value` at tick `base`. */
  base: number;
  /** Counting element as a plain number, 0 to 65536 (modes 2 and 3: the present cycle's remainder). */
  value: number;
  /** Mode 3: the count of the present half cycle is odd, so that its high half is one tick longer. */
  odd: boolean;
  /** Modes 0, 1, 4, 5: terminal count has still to come for this load. */
  live: boolean;
}

/** A counter that remembers nothing yet. */
export const newCounter = (): Counter => ({
  control: 0,
  reload: 0,
  low: 0,
  written: false,
  half: false,
  gate: false,
  out: false,
  nullCount: false,
  loadAt: Infinity,
  base: 0,
  value: 0,
  odd: false,
  live: false,
});

/** A counter as it was when somebody looked last: from there it is projected on, as long as nothing was done to it. */
export class Projection {
  readonly counter = newCounter();
  isGood = false;
}

export const MODE_TITLES: Readonly<Record<number, string>> = {
  0: 'interrupt on terminal count',
  1: 'hardware retriggerable one-shot',
  2: 'rate generator',
  3: 'square wave',
  4: 'software triggered strobe',
  5: 'hardware triggered strobe',
};

/** 0 to 5; the control word's modes 6 and 7 are 2 and 3 (M2 is a don't care there). */
export function modeOf(counter: Counter): number {
  const mode = (counter.control >> 1) & 7;
  return mode > 5 ? mode - 4 : mode;
}

const isBcd = (counter: Counter) => (counter.control & 1) !== 0;
/** Access: 1 least significant byte, 2 most significant byte, 3 both. */
export const accessOf = (control: number) => (control >> 4) & 3;

const modulus = (counter: Counter) => (isBcd(counter) ? 10_000 : 0x1_0000);

/** A 16-bit register as a plain number. */
function decode(counter: Counter, raw: number): number {
  if (!isBcd(counter)) return raw;
  return (raw >> 12) * 1000 + ((raw >> 8) & 15) * 100 + ((raw >> 4) & 15) * 10 + (raw & 15);
}

function encode(counter: Counter, value: number): number {
  if (!isBcd(counter)) return value & 0xffff;
  const v = value % 10_000;
  return (Math.floor(v / 1000) << 12) | ((Math.floor(v / 100) % 10) << 8) | ((Math.floor(v / 10) % 10) << 4) | (v % 10);
}

/** The count in CR; 0 stands for the largest. A count of 1 is illegal in modes 2 and 3: it is seen only after a wrap. */
export function countOf(counter: Counter): number {
  const count = decode(counter, counter.reload) || modulus(counter);
  const mode = modeOf(counter);
  return count === 1 && (mode === 2 || mode === 3) ? count + modulus(counter) : count;
}

/** The counting element as it is read. */
export function elementOf(counter: Counter): number {
  return encode(counter, counter.value);
}

/** Whether CLK decrements the counting element. */
function counts(counter: Counter): boolean {
  if (!counter.written) return false;
  switch (modeOf(counter)) {
    case 0:
      return counter.gate && !counter.half;
    case 1:
    case 5:
      return true;
    default:
      return counter.gate;
  }
}

/** Brings `counter` to tick `tick`, not before its base. */
export function advance(counter: Counter, tick: number): void {
  if (counter.loadAt <= tick) {
    decrement(counter, counter.loadAt - 1);
    load(counter);
  }
  decrement(counter, tick);
}

function load(counter: Counter): void {
  counter.base = counter.loadAt;
  counter.loadAt = Infinity;
  counter.nullCount = false;
  counter.value = countOf(counter);
  switch (modeOf(counter)) {
    case 1:
      counter.out = false;
      counter.live = true;
      break;
    case 2:
      counter.out = true;
      break;
    case 3:
      counter.out = true;
      counter.odd = (counter.value & 1) === 1;
      counter.value -= counter.value & 1;
      break;
    default:
      counter.out = modeOf(counter) !== 0;
      counter.live = true;
  }
}

function decrement(counter: Counter, tick: number): void {
  const ticks = tick - counter.base;
  if (ticks <= 0) return;
  counter.base = tick;
  if (!counts(counter)) return;
  switch (modeOf(counter)) {
    case 2:
      rate(counter, ticks);
      break;
    case 3:
      square(counter, ticks);
      break;
    default:
      once(counter, ticks);
  }
}

/** Modes 0, 1, 4, 5: down to terminal count, then round and round without effect. */
function once(counter: Counter, ticks: number): void {
  const left = counter.value - ticks;
  if (counter.live) {
    const strobe = modeOf(counter) >= 4;
    if (strobe && left === 0) counter.out = false;
    else if (left <= 0) {
      counter.out = true;
      counter.live = false;
    }
  }
  const size = modulus(counter);
  counter.value = left >= 0 ? left : ((left % size) + size) % size;
}

/** `ticks % count`, both whole and not below 0: where 32 bits hold it, in integers, which a host divides far quicker. */
const remainder = (ticks: number, count: number): number =>
  ticks <= 0x7fff_ffff ? (ticks | 0) % (count | 0) : ticks % count;

/** Mode 2: N, N-1, ..., 1 with OUT low at 1, and again, with what CR holds then. */
function rate(counter: Counter, ticks: number): void {
  if (ticks < counter.value) counter.value -= ticks;
  else {
    const count = countOf(counter);
    counter.value = count - remainder(ticks - counter.value, count);
    counter.nullCount = false;
  }
  counter.out = counter.value !== 1;
}

/** Ticks that OUT keeps its level in mode 3: an odd count's high half goes on for one tick at 0. */
function untilToggle(counter: Counter): number {
  return counter.value / 2 + (counter.out && counter.odd ? 1 : 0);
}

/** Mode 3: by two at each tick, OUT toggles and CR is taken at the end of each half cycle. */
function square(counter: Counter, ticks: number): void {
  const rest = untilToggle(counter);
  if (ticks < rest) {
    counter.value -= 2 * ticks;
    return;
  }
  const count = countOf(counter);
  const even = count - (count & 1);
  counter.nullCount = false;
  counter.odd = (count & 1) === 1;
  counter.out = !counter.out;
  let left = remainder(ticks - rest, count);
  const half = even / 2 + (counter.out ? count & 1 : 0);
  if (left >= half) {
    left -= half;
    counter.out = !counter.out;
  }
  counter.value = even - 2 * left;
}

/** The first tick after `counter.base` at which OUT may change if nothing is written and GATE stays; never too late. */
export function nextEdge(counter: Counter): number {
  if (counter.loadAt !== Infinity) return counter.loadAt;
  if (!counts(counter)) return Infinity;
  switch (modeOf(counter)) {
    case 2:
      return counter.base + (counter.value > 1 ? counter.value - 1 : 1);
    case 3:
      return counter.base + untilToggle(counter);
    default:
      return counter.live ? counter.base + Math.max(counter.value, 1) : Infinity;
  }
}

/** Loads and toggles that a rising edge can be away: a load, a high and a low half. */
const MOST_EDGES = 6;

/** The tick at which OUT next goes from low to high, Infinity for never. Moves `counter` on. */
export function nextRise(counter: Counter): number {
  for (let n = 0; n < MOST_EDGES; n++) {
    const edge = nextEdge(counter);
    if (edge === Infinity) return Infinity;
    const before = counter.out;
    advance(counter, edge);
    if (!before && counter.out) return edge;
  }
  return Infinity;
}

/* ------------------------------------------------------------------- what the outside does; first `advance` to now */

/** A control word for this counter. */
export function program(counter: Counter, control: number): void {
  counter.control = control;
  counter.reload = 0;
  counter.written = false;
  counter.half = false;
  counter.nullCount = true;
  counter.loadAt = Infinity;
  counter.live = false;
  counter.out = modeOf(counter) !== 0;
}

/** A byte of a count. */
export function writeCount(counter: Counter, value: number): void {
  const access = accessOf(counter.control);
  const mode = modeOf(counter);
  if (access === 3 && !counter.half) {
    counter.low = value;
    counter.half = true;
    // The first byte of a two-byte count stops mode 0 and lowers OUT at once.
    if (mode === 0) {
      counter.out = false;
      counter.live = false;
    }
    return;
  }
  counter.reload = access === 1 ? value : access === 2 ? value << 8 : counter.low | (value << 8);
  counter.half = false;
  counter.nullCount = true;
  const first = !counter.written;
  counter.written = true;
  if (mode === 0) {
    counter.out = false;
    counter.live = false;
  }
  if (mode === 0 || mode === 4 || (first && (mode === 2 || mode === 3))) counter.loadAt = counter.base + 1;
}

/** The level on GATE; a rising edge is a trigger. */
export function setGate(counter: Counter, level: boolean): void {
  if (counter.gate === level) return;
  counter.gate = level;
  const mode = modeOf(counter);
  if (level) {
    if (counter.written && mode !== 0 && mode !== 4) counter.loadAt = counter.base + 1;
  } else if (mode === 2 || mode === 3) counter.out = true;
}
