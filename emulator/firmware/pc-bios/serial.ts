/** INT 14h, serial ports. Sources: IBM PS/2 and PC BIOS Interface Technical Reference, INT 14h; PC16550D data sheet. */
import { BDA_FIELDS } from './layout';
import { type Guest, hex2 } from './guest';
import { calledName } from './service-names';
import { BAUD_DIVISORS } from './tables';

/** Registers of a 16550A. */
const UART = {
  data: 0,
  interruptEnable: 1,
  divisorHigh: 1,
  lineControl: 3,
  modemControl: 4,
  lineStatus: 5,
  modemStatus: 6,
} as const;
const DLAB = 0x80;
const DATA_READY = 0x01;
const TRANSMITTER_EMPTY = 0x20;
const DTR_RTS = 0x03;
/** AH bit 7: the port did not answer in time. */
const TIMED_OUT = 0x80;
const PORTS = 4;
const ERRORS = 0x1e;
/** AH=04h: none, odd, even, stick odd, stick even, as bits of the line control register. */
const PARITIES: readonly number[] = [0x00, 0x08, 0x18, 0x28, 0x38];
/** AH=04h: the rates of AH=00h, and 19,200 baud. */
const EXTENDED_DIVISORS: readonly number[] = [...BAUD_DIVISORS, 6];
const MODEM_CONTROL = 0x1f;

export class SerialServices {
  constructor(private readonly guest: Guest) {}

  /** Base port of the port that DX names; 0 when there is none. */
  private get base(): number {
    const { dx } = this.guest;
    return dx < PORTS ? this.guest.bda16(BDA_FIELDS.serialPorts + dx * 2) : 0;
  }

  /** Helper trap: AL becomes 1 when the function in AH can be done, or can't be for another reason than time. */
  ready(): void {
    const { guest, base } = this;
    const needed = guest.ah === 1 ? TRANSMITTER_EMPTY : guest.ah === 2 ? DATA_READY : 0;
    guest.al = base === 0 || needed === 0 || (guest.inb(base + UART.lineStatus) & needed) !== 0 ? 1 : 0;
  }

  /** INT 14h; what had to be waited for is there, or has taken too long. */
  service(): void {
    const { guest, base } = this;
    const code = guest.ah;
    const name = calledName(0x14, guest.ax);
    const port = `COM${guest.dx + 1}`;
    if (base === 0) {
      guest.ah = TIMED_OUT;
      guest.call(name, port, 'no such port');
      return;
    }
    switch (code) {
      case 0x00:
        this.initialize(base);
        guest.call(name, `${port}, parameters ${hex2(guest.al)}`, `line status ${hex2(guest.ah)}`);
        return;
      case 0x01: {
        const status = guest.inb(base + UART.lineStatus);
        const ready = (status & TRANSMITTER_EMPTY) !== 0;
        if (ready) guest.outb(base + UART.data, guest.al);
        guest.ah = ready ? status & ~TIMED_OUT : status | TIMED_OUT;
        guest.call(name, `${port}, ${hex2(guest.al)}`, ready ? 'ok' : 'timed out');
        return;
      }
      case 0x02: {
        const status = guest.inb(base + UART.lineStatus);
        const ready = (status & DATA_READY) !== 0;
        if (ready) guest.al = guest.inb(base + UART.data);
        guest.ah = ready ? status & ERRORS : status | TIMED_OUT;
        guest.call(name, port, ready ? hex2(guest.al) : 'timed out', !ready);
        return;
      }
      case 0x03:
        guest.ah = guest.inb(base + UART.lineStatus);
        guest.al = guest.inb(base + UART.modemStatus);
        guest.call(name, port, `line status ${hex2(guest.ah)}, modem status ${hex2(guest.al)}`, true);
        return;
      case 0x04: {
        const wrong = this.extendedInitialize(base);
        if (wrong === undefined) guest.call(name, port, `line status ${hex2(guest.ah)}`);
        else guest.call(name, port, wrong);
        return;
      }
      case 0x05:
        if (guest.al > 1) {
          guest.call(name, port, 'not supported; nothing done');
          return;
        }
        if (guest.al === 1) guest.outb(base + UART.modemControl, guest.bl & MODEM_CONTROL);
        else guest.bl = guest.inb(base + UART.modemControl);
        guest.call(name, port, `modem control ${hex2(guest.bl)} ${guest.al === 1 ? 'set' : 'read'}`);
        this.status(base);
        return;
      default:
        guest.call(name, port, 'not supported; nothing done');
    }
  }

  /** AH and AL become line and modem status. */
  private status(base: number): void {
    this.guest.ah = this.guest.inb(base + UART.lineStatus);
    this.guest.al = this.guest.inb(base + UART.modemStatus);
  }

  /**
   * AH=04h: break in AL, parity in BH, stop bits in BL, word length in CH, baud rate in CL. Gives what is wrong with
   * them, if anything.
   */
  private extendedInitialize(base: number): string | undefined {
    const { guest } = this;
    const { al, bh, bl, ch, cl } = guest;
    const divisor = EXTENDED_DIVISORS[cl];
    const parity = PARITIES[bh];
    if (al > 1 || parity === undefined || bl > 1 || ch > 3 || divisor === undefined) {
      return 'parameters out of range; nothing done';
    }
    this.program(base, divisor, (al << 6) | parity | (bl << 2) | ch);
    this.status(base);
    return undefined;
  }

  /** Programs rate and format; no interrupts, the other side is told that we are ready. */
  private program(base: number, divisor: number, control: number): void {
    const { guest } = this;
    guest.outb(base + UART.lineControl, control | DLAB);
    guest.outb(base + UART.data, divisor & 0xff);
    guest.outb(base + UART.divisorHigh, divisor >> 8);
    guest.outb(base + UART.lineControl, control);
    guest.outb(base + UART.interruptEnable, 0);
    guest.outb(base + UART.modemControl, DTR_RTS);
  }

  /** AL: baud rate in bits 7-5, parity and stop bits and word length as in the line control register. */
  private initialize(base: number): void {
    const { guest } = this;
    this.program(base, BAUD_DIVISORS[guest.al >> 5] ?? 0, guest.al & 0x1f);
    this.status(base);
  }
}
