/** INT 1Ah, time of day. Source: IBM PS/2 and PC BIOS Interface Technical Reference, INT 1Ah; MC146818A data sheet. */
import { BDA_FIELDS } from './layout';
import { type Guest, hex4, linear } from './guest';
import { calledName } from './service-names';

const INDEX = 0x70;
const DATA = 0x71;

/** MC146818A registers, and where the AT keeps the century. */
const RTC = {
  seconds: 0x00,
  secondsAlarm: 0x01,
  minutes: 0x02,
  minutesAlarm: 0x03,
  hours: 0x04,
  hoursAlarm: 0x05,
  day: 0x07,
  month: 0x08,
  year: 0x09,
  a: 0x0a,
  b: 0x0b,
  c: 0x0c,
  century: 0x32,
} as const;

const UPDATE_IN_PROGRESS = 0x80;
/** Register B. */
const SET = 0x80;
const ALARM_ENABLE = 0x20;
const PERIODIC_ENABLE = 0x40;
const DAYLIGHT_SAVING = 0x01;
const SLAVE_MASK = 0xa1;
const RTC_LINE = 1 << 0;
/** The PC's time begins with 1980. */
const FIRST_YEAR = 80;
const TICKS_A_DAY = 0x1800b0;
/** The periodic interrupt comes 1,024 times a second. */
const PERIOD_MICROSECONDS = 976;
const WAIT_OVER = 0x80;
const SECONDS_A_DAY = 86_400;

const fromBcd = (value: number): number => (value >> 4) * 10 + (value & 0x0f);
/** A BCD byte as two digits. */
const digits = (value: number): string => value.toString(16).padStart(2, '0');

export class TimeOfDay {
  constructor(private readonly guest: Guest) {}

  private get(index: number): number {
    this.guest.outb(INDEX, index);
    return this.guest.inb(DATA);
  }

  private set(index: number, value: number): void {
    this.guest.outb(INDEX, index);
    this.guest.outb(DATA, value);
  }

  /** POST: takes the tick count from the clock, and clears what interrupts it holds. */
  start(): void {
    this.get(RTC.c);
    this.setCentury();
    const seconds =
      fromBcd(this.get(RTC.hours)) * 3600 + fromBcd(this.get(RTC.minutes)) * 60 + fromBcd(this.get(RTC.seconds));
    // A clock that was never set may hold anything.
    this.setTicks(Math.floor(((seconds % SECONDS_A_DAY) * TICKS_A_DAY) / SECONDS_A_DAY));
  }

  /** The chip counts years of two digits; a century that was never set follows from them: 1980 to 2079. */
  private setCentury(): void {
    const century = this.get(RTC.century);
    if (century === 0x19 || century === 0x20) return;
    this.set(RTC.century, fromBcd(this.get(RTC.year)) < FIRST_YEAR ? 0x20 : 0x19);
  }

  private setTicks(ticks: number): void {
    this.guest.setBda16(BDA_FIELDS.ticks, ticks & 0xffff);
    this.guest.setBda16(BDA_FIELDS.ticks + 2, ticks >>> 16);
    this.guest.setBda8(BDA_FIELDS.midnight, 0);
  }

  /** INT 1Ah. */
  service(): void {
    const { guest } = this;
    const name = calledName(0x1a, guest.ax);
    const done = this.dispatch(guest.ah);
    if (done === undefined) {
      guest.carry = true;
      guest.call(name, `AX=${hex4(guest.ax)}`, 'not supported');
    } else {
      // A failed call keeps AH: its number.
      if (!guest.carry) guest.ah = 0;
      guest.call(name, done[0], done[1], done[2] ?? false);
    }
  }

  /** Helper trap of IRQ 8: a period of 1/1024 s is over; at the end of the wait bit 7 of the caller's byte is set. */
  waitPeriod(): void {
    const { guest } = this;
    if (guest.bda8(BDA_FIELDS.waitActive) === 0) return;
    const left = guest.bda32(BDA_FIELDS.waitMicroseconds) - PERIOD_MICROSECONDS;
    guest.setBda32(BDA_FIELDS.waitMicroseconds, Math.max(0, left));
    if (left > 0) return;
    const flag = linear(guest.bda16(BDA_FIELDS.waitFlag + 2), guest.bda16(BDA_FIELDS.waitFlag));
    guest.memory.write(flag, 1, guest.memory.read(flag, 1) | WAIT_OVER);
    this.endWait();
  }

  /** INT 15h AH=83h AL=00h: bit 7 of a byte is to be set in so many microseconds; false while another wait goes on. */
  beginWait(flagSegment: number, flagOffset: number, microseconds: number): boolean {
    const { guest } = this;
    if (guest.bda8(BDA_FIELDS.waitActive) !== 0) return false;
    guest.setBda16(BDA_FIELDS.waitFlag, flagOffset);
    guest.setBda16(BDA_FIELDS.waitFlag + 2, flagSegment);
    guest.setBda32(BDA_FIELDS.waitMicroseconds, microseconds);
    guest.setBda8(BDA_FIELDS.waitActive, 1);
    this.allowInterrupt(PERIODIC_ENABLE);
    return true;
  }

  /** Ends that wait: the periodic interrupt goes off. */
  endWait(): void {
    this.guest.setBda8(BDA_FIELDS.waitActive, 0);
    this.set(RTC.b, this.get(RTC.b) & ~PERIODIC_ENABLE);
  }

  /** Lets the clock interrupt for a reason of register B. */
  private allowInterrupt(enable: number): void {
    const { guest } = this;
    this.set(RTC.b, this.get(RTC.b) | enable);
    guest.outb(SLAVE_MASK, guest.inb(SLAVE_MASK) & ~RTC_LINE);
  }

  private dispatch(code: number): readonly [inputs: string, results: string, poll?: boolean] | undefined {
    const { guest } = this;
    switch (code) {
      case 0x00:
        guest.dx = guest.bda16(BDA_FIELDS.ticks);
        guest.cx = guest.bda16(BDA_FIELDS.ticks + 2);
        guest.al = guest.bda8(BDA_FIELDS.midnight);
        guest.setBda8(BDA_FIELDS.midnight, 0);
        return ['ticks', String(guest.cx * 0x1_0000 + guest.dx), true];
      case 0x01:
        this.setTicks(guest.cx * 0x1_0000 + guest.dx);
        return [`set ticks to ${guest.cx * 0x1_0000 + guest.dx}`, 'ok'];
      case 0x02:
        return this.readable('time', () => {
          guest.ch = this.get(RTC.hours);
          guest.cl = this.get(RTC.minutes);
          guest.dh = this.get(RTC.seconds);
          guest.dl = this.get(RTC.b) & DAYLIGHT_SAVING;
          return `${digits(guest.ch)}:${digits(guest.cl)}:${digits(guest.dh)}`;
        });
      case 0x03: {
        const control = this.get(RTC.b);
        this.set(RTC.b, control | SET);
        this.set(RTC.hours, guest.ch);
        this.set(RTC.minutes, guest.cl);
        this.set(RTC.seconds, guest.dh);
        this.set(RTC.b, (control & ~(SET | DAYLIGHT_SAVING)) | (guest.dl & DAYLIGHT_SAVING));
        guest.carry = false;
        return [`set time to ${digits(guest.ch)}:${digits(guest.cl)}:${digits(guest.dh)}`, 'ok'];
      }
      case 0x04:
        return this.readable('date', () => {
          guest.ch = this.get(RTC.century);
          guest.cl = this.get(RTC.year);
          guest.dh = this.get(RTC.month);
          guest.dl = this.get(RTC.day);
          return `${digits(guest.ch)}${digits(guest.cl)}-${digits(guest.dh)}-${digits(guest.dl)}`;
        });
      case 0x05: {
        const control = this.get(RTC.b);
        this.set(RTC.b, control | SET);
        this.set(RTC.century, guest.ch);
        this.set(RTC.year, guest.cl);
        this.set(RTC.month, guest.dh);
        this.set(RTC.day, guest.dl);
        this.set(RTC.b, control & ~SET);
        guest.carry = false;
        return [`set date to ${digits(guest.ch)}${digits(guest.cl)}-${digits(guest.dh)}-${digits(guest.dl)}`, 'ok'];
      }
      case 0x06:
        return this.setAlarm();
      case 0x07:
        this.set(RTC.b, this.get(RTC.b) & ~ALARM_ENABLE);
        guest.carry = false;
        return ['alarm off', 'ok'];
      default:
        return undefined;
    }
  }

  /** Reads the clock unless it is just changing: then CF tells the caller to ask again. */
  private readable(what: string, read: () => string): readonly [string, string] {
    const { guest } = this;
    if ((this.get(RTC.a) & UPDATE_IN_PROGRESS) !== 0) {
      guest.carry = true;
      return [what, 'the clock is being updated'];
    }
    guest.carry = false;
    return [what, read()];
  }

  /** AH=06h: INT 4Ah at CH:CL:DH each day. */
  private setAlarm(): readonly [string, string] {
    const { guest } = this;
    const inputs = `alarm at ${digits(guest.ch)}:${digits(guest.cl)}:${digits(guest.dh)}`;
    const control = this.get(RTC.b);
    if ((control & ALARM_ENABLE) !== 0) {
      guest.carry = true;
      return [inputs, 'an alarm is set already'];
    }
    this.set(RTC.hoursAlarm, guest.ch);
    this.set(RTC.minutesAlarm, guest.cl);
    this.set(RTC.secondsAlarm, guest.dh);
    this.allowInterrupt(ALARM_ENABLE);
    guest.carry = false;
    return [inputs, 'ok'];
  }
}
