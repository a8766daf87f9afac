/**
 * Motorola MC146818A Real-Time Clock plus RAM (Motorola, "MC146818A Advance Information", ADI856R2), with 128 bytes as
 * on later AT boards.
 *
 * Offset 0 is the index register (bit 7 masks NMI, as an AT's port 70h does), offset 1 the data register. The time base
 * is virtual time at 32,768 Hz; the calendar is computed when somebody looks. Not modelled: the daylight saving bit
 * (DSE) is kept but has no effect, SQW has no pin.
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister, chipTimer } from '../../bus/chip';
import { Wire } from '../../bus/wire';
import { durationText } from '../../time/duration';
import { type TimeSource, ticksAt, timeOfTick } from '../../time/clock';
import type { Scheduler, Timer } from '../../time/scheduler';
import { addSeconds, type Calendar, calendarOf } from './calendar';
import {
  A,
  AIE,
  AF,
  B,
  C,
  D,
  DM,
  DV_RESET,
  DV_RUN,
  H24,
  IRQF,
  PF,
  PIE,
  REGISTERS,
  SET,
  UF,
  UIE,
  UIP,
  TABLE,
} from './mc146818-registers';

const SECOND = 1_000_000_000;
const CRYSTAL_HZ = 32_768;
/** UIP rises 244 us before an update cycle, which takes 1984 us; the new time is there at its end (table 3). */
const UIP_NS = 244_000 + 1_984_000;
/** The first update follows half a second after the divider is released (section "Divider control"). */
const HALF_SECOND = SECOND / 2;

const TIME_BYTES = [0, 2, 4, 6, 7, 8, 9] as const;
const TIME_KEYS = ['seconds', 'minutes', 'hours', 'weekday', 'day', 'month', 'year'] as const;

export interface Mc146818Options {
  /** The time at virtual time 0: seconds since 1970-01-01 00:00 in the zone that the guest expects. */
  readonly epochSeconds: number;
  /** Contents of RAM bytes 0Eh to 7Fh at power-on, by index; others are 0. */
  readonly nvram?: readonly (readonly [index: number, value: number])[];
}

const PORTS: readonly PortName[] = [
  { offset: 0, write: 'Index of a register or CMOS byte; bit 7 masks the NMI' },
  { offset: 1, read: 'the register or CMOS byte at the index', write: 'the register or CMOS byte at the index' },
];

export class Mc146818 extends Chip<typeof TABLE> implements BusDevice {
  /** Interrupt request: true is asserted (the pin itself is active low). */
  readonly irq = new Wire('IRQ');
  /** True while bit 7 of the index port masks NMI. */
  readonly nmiMask = new Wire('NMI mask');
  private readonly timer: Timer;
  private readonly epochSeconds: number;
  private readonly nvram: readonly (readonly [index: number, value: number])[];

  constructor(
    id: string,
    private readonly clock: TimeSource,
    scheduler: Scheduler,
    options: Mc146818Options,
  ) {
    super(id, 'MC146818A real-time clock', TABLE);
    this.epochSeconds = options.epochSeconds;
    this.nvram = Object.freeze((options.nvram ?? []).map(([index, value]) => Object.freeze([index, value] as const)));
    this.timer = chipTimer(scheduler, this, 'irq', () => this.update());
    this.powerOn();
  }

  protected get registers(): readonly ChipRegister<Mc146818>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  /** Power-on with a battery that has kept the time and the RAM: the time is the base plus virtual time. */
  override reset(): void {
    super.reset();
    this.powerOn();
    this.timer.cancel();
    this.irq.drive(false);
    this.nmiMask.drive(false);
  }

  /** The RESET pin: interrupts off, flags cleared; time and RAM stay (section "RESET"). */
  resetPin(): void {
    this.settle();
    this.state.ram[B] &= ~(PIE | AIE | UIE | 0x08);
    this.state.ram[C] = 0;
    this.arrange();
  }

  /** The index register can't be read. */
  read(offset: number): number {
    if (offset === 0) return 0xff;
    const value = this.peek(offset);
    if (this.state.index === C) {
      this.settle();
      this.state.ram[C] = 0;
      this.arrange();
    }
    return value;
  }

  peek(offset: number): number {
    return offset === 0 ? 0xff : this.byte(this.state.index);
  }

  write(offset: number, _size: number, value: number): void {
    const { state } = this;
    if (offset === 1) {
      this.setByte(state.index, value);
      return;
    }
    state.index = value & 0x7f;
    state.nmiMasked = (value & 0x80) !== 0;
    this.nmiMask.drive(state.nmiMasked);
  }

  /** Byte `index` as it reads now, without side effects. */
  byte(index: number): number {
    if (index === A) return this.state.ram[A] | (this.updating() ? UIP : 0);
    return this.project(index <= C)[index];
  }

  /** Writes byte `index` as the data port does. */
  setByte(index: number, value: number): void {
    const { ram } = this.state;
    this.settle();
    switch (index) {
      case A: {
        const was = ram[A];
        ram[A] = value & 0x7f;
        const held = (was & DV_RESET) === DV_RESET;
        if (held && (value & 0x70) === DV_RUN) this.state.phase = this.state.settled - HALF_SECOND;
        break;
      }
      case B:
        // Setting SET clears UIE (section "SET").
        ram[B] = value & SET ? value & ~UIE : value;
        break;
      case C:
      case D:
        break;
      default:
        ram[index] = value;
    }
    this.arrange();
  }

  /** Sets flags of register C, as a debugger's user does. */
  pokeFlags(value: number): void {
    this.settle();
    this.state.ram[C] = value & (PF | AF | UF);
    this.arrange();
  }

  /** Nanoseconds until the IRQ output is next looked at by the chip itself, Infinity for never. */
  get untilInterrupt(): number {
    return this.state.irq ? Infinity : this.timer.deadline - this.clock.now;
  }

  override notes(): readonly string[] {
    const { state } = this;
    const notes: string[] = [];
    const time = this.calendar(this.project(true));
    const two = (value: number) => String(value).padStart(2, '0');
    const text = `${two(time.year)}-${two(time.month)}-${two(time.day)} ${two(time.hours)}:${two(time.minutes)}:${two(time.seconds)}`;
    if (this.ticking()) {
      const next = this.timeOfSecond(this.secondsAt(this.clock.now) + 1) - this.clock.now;
      notes.push(`It is ${text}; next update in ${durationText(next)}.`);
    } else notes.push(`It stands at ${text} (${state.ram[B] & SET ? 'SET' : 'divider'} stops it).`);
    if (state.irq) notes.push('Asserts IRQ until register C is read.');
    else if (this.untilInterrupt !== Infinity) {
      notes.push(`Next interrupt in ${durationText(this.untilInterrupt)}.`);
    }
    if (state.ram[B] & 1) notes.push('DSE is set; daylight saving changes are not modelled.');
    return notes;
  }

  private powerOn(): void {
    const { ram } = this.state;
    ram[A] = DV_RUN | 0x06;
    ram[B] = H24;
    ram[D] = 0x80;
    for (const [index, value] of this.nvram) ram[index] = value;
    this.keepCalendar(ram, calendarOf(this.epochSeconds));
  }

  /** Whether the calendar advances. */
  private ticking(): boolean {
    return (this.state.ram[B] & SET) === 0 && this.dividing();
  }

  /** Whether the divider chain runs on the 32,768 Hz crystal that the chip has here. */
  private dividing(): boolean {
    return (this.state.ram[A] & 0x70) === DV_RUN;
  }

  private updating(): boolean {
    if (!this.ticking()) return false;
    const { now } = this.clock;
    return this.timeOfSecond(this.secondsAt(now) + 1) - now <= UIP_NS;
  }

  /** Update cycles that have ended by `time` since the divider chain was at 0. */
  private secondsAt(time: number): number {
    return Math.floor((time - this.state.phase) / SECOND);
  }

  private timeOfSecond(seconds: number): number {
    return this.state.phase + seconds * SECOND;
  }

  /** Hertz of the periodic interrupt, 0 for none: at 32,768 Hz the two lowest taps are 256 and 128 Hz (table 5). */
  private get periodicHz(): number {
    const rate = this.state.ram[A] & 15;
    if (rate === 0 || !this.dividing()) return 0;
    return rate < 3 ? 512 >> rate : CRYSTAL_HZ >> (rate - 1);
  }

  /** The bytes now; `all` false leaves time and flags as they were settled. */
  private project(all: boolean): Uint8Array {
    const { state } = this;
    if (!all) return state.ram;
    const { now } = this.clock;
    const ram = state.ram.slice();
    if (now <= state.settled) return ram;
    const hz = this.periodicHz;
    if (hz > 0 && ticksAt(now - state.phase, hz) > ticksAt(state.settled - state.phase, hz)) ram[C] |= PF;
    if (this.ticking()) {
      const seconds = this.secondsAt(now) - this.secondsAt(state.settled);
      if (seconds > 0) {
        if (this.secondsToAlarm(ram) <= seconds) ram[C] |= AF;
        const time = this.calendar(ram);
        addSeconds(time, seconds);
        this.keepCalendar(ram, time);
        ram[C] |= UF;
      }
    }
    ram[C] = interruptFlags(ram[B], ram[C]);
    return ram;
  }

  private settle(): void {
    const { state } = this;
    if (this.clock.now <= state.settled) return;
    state.ram.set(this.project(true));
    state.settled = this.clock.now;
  }

  private update(): void {
    this.settle();
    this.arrange();
  }

  /** Drives IRQ by the flags, and waits for the next flag that would assert it. */
  private arrange(): void {
    const { state } = this;
    const { ram } = state;
    ram[C] = interruptFlags(ram[B], ram[C]);
    const irq = (ram[C] & IRQF) !== 0;
    this.timer.schedule(irq ? Infinity : this.nextInterrupt());
    if (irq === state.irq) return;
    state.irq = irq;
    this.irq.drive(irq);
  }

  private nextInterrupt(): number {
    const { ram, phase, settled } = this.state;
    let next = Infinity;
    const hz = this.periodicHz;
    if (ram[B] & PIE && hz > 0) next = phase + timeOfTick(ticksAt(settled - phase, hz) + 1, hz);
    if (!this.ticking()) return next;
    const second = this.secondsAt(settled);
    if (ram[B] & UIE) next = Math.min(next, this.timeOfSecond(second + 1));
    if (ram[B] & AIE) next = Math.min(next, this.timeOfSecond(second + this.secondsToAlarm(ram)));
    return next;
  }

  /** Update cycles until time and alarm bytes match, at least 1; `Infinity` when they never do. */
  private secondsToAlarm(ram: Uint8Array): number {
    const start = this.calendar(ram);
    const first = start.hours * 3600 + start.minutes * 60 + start.seconds + 1;
    // Alarm bytes of C0h to FFh match any value (section "Time, calendar and alarm locations").
    const any = (alarm: number) => alarm >= 0xc0;
    const hit = (alarm: number, raw: number) => any(alarm) || alarm === raw;
    let second = first;
    while (second < first + 86_400) {
      const ofDay = second % 86_400;
      if (!hit(ram[5], this.encodeHours(ram[B], Math.floor(ofDay / 3600)))) second += 3600 - (ofDay % 3600);
      else if (!hit(ram[3], encode(ram[B], Math.floor(ofDay / 60) % 60))) second += 60 - (ofDay % 60);
      else if (!hit(ram[1], encode(ram[B], ofDay % 60))) second++;
      else return second - first + 1;
    }
    return Infinity;
  }

  private calendar(ram: Uint8Array): Calendar {
    const value = (index: number) => decode(ram[B], ram[index]);
    const hours = decode(ram[B], ram[4] & 0x7f);
    return {
      seconds: value(0),
      minutes: value(2),
      hours: ram[B] & H24 ? value(4) : (hours % 12) + (ram[4] & 0x80 ? 12 : 0),
      weekday: value(6),
      day: value(7),
      month: value(8),
      year: value(9),
    };
  }

  /** Writes back what has changed, so that bytes out of range stay as the guest wrote them until they count on. */
  private keepCalendar(ram: Uint8Array, time: Calendar): void {
    const was = this.calendar(ram);
    TIME_KEYS.forEach((key, i) => {
      if (time[key] === was[key]) return;
      ram[TIME_BYTES[i]] = key === 'hours' ? this.encodeHours(ram[B], time.hours) : encode(ram[B], time[key]);
    });
  }

  private encodeHours(b: number, hours: number): number {
    if (b & H24) return encode(b, hours);
    return encode(b, hours % 12 || 12) | (hours >= 12 ? 0x80 : 0);
  }
}

/** Register C with IRQF as the enabled flags have it. */
function interruptFlags(b: number, c: number): number {
  const flags = c & (PF | AF | UF);
  return flags & b ? flags | IRQF : flags;
}

/** A byte's value by DM: binary, or two BCD digits. */
function decode(b: number, raw: number): number {
  return b & DM ? raw : (raw >> 4) * 10 + (raw & 15);
}

function encode(b: number, value: number): number {
  return b & DM ? value & 0xff : (Math.floor((value % 100) / 10) << 4) | (value % 10);
}
