/**
 * National Semiconductor NS16550A UART ("PC16550D Universal Asynchronous Receiver/Transmitter with FIFOs", June 1995)
 * on an AT serial adapter: 1.8432 MHz clock, interrupt gated by OUT2.
 *
 * Characters take their time on the line, in virtual time. The far end stops sending while the receiver has no room, as
 * a terminal with flow control does; so overruns come from loopback only. Framing and parity are always right.
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister, chipTimer } from '../../bus/chip';
import { ByteLine, Wire } from '../../bus/wire';
import { durationText } from '../../time/duration';
import { type TimeSource, timeOfTick } from '../../time/clock';
import type { Scheduler, Timer } from '../../time/scheduler';
import { FCR, IER, IIR, LCR, LSR, MCR, MSR, REGISTERS, FIFO_BYTES, LINE_BYTES, TABLE } from './uart16550-registers';

/** XIN, hertz; 16 clocks a bit at divisor 1. */
const UART_HZ = 1_843_200;
const TRIGGERS = [1, 4, 8, 14] as const;
const PORTS: readonly PortName[] = [
  { offset: 0, read: 'RBR, Receiver Buffer; DLL with DLAB set', write: 'THR, Transmitter Holding; DLL with DLAB set' },
  { offset: 1, read: 'IER, Interrupt Enable; DLM with DLAB set', write: 'IER, Interrupt Enable; DLM with DLAB set' },
  { offset: 2, read: 'IIR, Interrupt Identification', write: 'FCR, FIFO Control' },
  { offset: 3, read: 'LCR, Line Control', write: 'LCR, Line Control' },
  { offset: 4, read: 'MCR, Modem Control', write: 'MCR, Modem Control' },
  { offset: 5, read: 'LSR, Line Status' },
  { offset: 6, read: 'MSR, Modem Status' },
  { offset: 7, read: 'SCR, Scratch', write: 'SCR, Scratch' },
];

export class Uart16550 extends Chip<typeof TABLE> implements BusDevice {
  /** INTR, gated by OUT2. */
  readonly irq = new Wire('INTR');
  /** Characters sent, each when its last bit is out. */
  readonly out = new ByteLine('SOUT');
  private readonly transmit: Timer;
  private readonly receiver: Timer;
  private readonly timeout: Timer;

  constructor(
    id: string,
    private readonly clock: TimeSource,
    scheduler: Scheduler,
  ) {
    super(id, '16550A UART', TABLE);
    this.transmit = chipTimer(scheduler, this, 'transmit', (due) => this.sent(due));
    this.receiver = chipTimer(scheduler, this, 'receive', (due) => this.arrived(due));
    this.timeout = chipTimer(scheduler, this, 'timeout', () => {
      this.state.timedOut = this.state.received.length > 0;
      this.update();
    });
  }

  protected get registers(): readonly ChipRegister<Uart16550>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  override reset(): void {
    // What comes in on a wire stays as it was: the chip that drives it is reset as well and drives it anew.
    this.fields.reset(this.state, ['modem']);
    for (const timer of [this.transmit, this.receiver, this.timeout]) timer.cancel();
    this.irq.drive(false);
  }

  /** A character that the far end sends; it comes in after those before it, a character time each. */
  receive(byte: number): void {
    const { state } = this;
    if (state.line.length === LINE_BYTES) return;
    state.line.push(byte & 0xff);
    this.listen(this.clock.now);
  }

  /** Characters that the far end has still to send. */
  get waiting(): number {
    return this.state.line.length;
  }

  /** Characters that the guest has written and that have not left yet, the next one first. */
  get unsent(): readonly number[] {
    const { state } = this;
    return state.busy ? [state.shifting, ...state.toSend] : state.toSend;
  }

  /** The modem inputs: CTS, DSR, RI and DCD as bits 4 to 7. */
  setModem(lines: number): void {
    const before = this.modemLines;
    this.state.modem = lines & 0xf0;
    this.modemChanged(before);
    this.update();
  }

  read(offset: number): number {
    const { state } = this;
    const value = this.peek(offset);
    switch (offset) {
      case 0:
        if (!this.dlab) this.take();
        break;
      case 2:
        if ((value & 0x0f) === IIR.THRE) state.emptied = false;
        break;
      case 5:
        state.lsr &= ~(LSR.OE | LSR.PE | LSR.FE | LSR.BI);
        break;
      case 6:
        state.msr = 0;
        break;
      default:
        return value;
    }
    this.update();
    return value;
  }

  peek(offset: number): number {
    const { state } = this;
    switch (offset) {
      case 0:
        return this.dlab ? state.divisor & 0xff : (state.received[0] ?? state.rbr) & 0xff;
      case 1:
        return this.dlab ? state.divisor >> 8 : state.ier;
      case 2:
        return this.iir;
      case 3:
        return state.lcr;
      case 4:
        return state.mcr;
      case 5:
        return this.lsr;
      case 6:
        return this.modemLines | state.msr;
      default:
        return state.scr;
    }
  }

  /** The status registers, when there is nothing in them that reading clears. */
  steadyUntil(offset: number): number {
    const { state } = this;
    if (offset === 5) return (state.lsr & (LSR.OE | LSR.PE | LSR.FE | LSR.BI)) === 0 ? Infinity : 0;
    if (offset === 6) return state.msr === 0 ? Infinity : 0;
    return offset === 3 || offset === 4 || offset === 7 ? Infinity : 0;
  }

  write(offset: number, _size: number, value: number): void {
    const { state } = this;
    switch (offset) {
      case 0:
        if (this.dlab) this.setDivisor((state.divisor & 0xff00) | value);
        else this.put(value);
        break;
      case 1:
        if (this.dlab) this.setDivisor((state.divisor & 0x00ff) | (value << 8));
        else this.enable(value & 0x0f);
        break;
      case 2:
        this.controlFifos(value);
        break;
      case 3:
        this.controlLine(value);
        break;
      case 4:
        this.controlModem(value & 0x1f);
        break;
      case 7:
        state.scr = value;
        break;
      default: // LSR and MSR are for reading; writes are for factory tests.
        return;
    }
    this.update();
  }

  /** Interrupt Identification Register. */
  get iir(): number {
    const { state } = this;
    return this.source | (state.fcr & FCR.ENABLE ? IIR.FIFOS : 0);
  }

  /** Line Status Register. */
  get lsr(): number {
    const { state } = this;
    const inFifo = state.fcr & FCR.ENABLE && state.received.some((entry) => entry > 0xff);
    return (
      state.lsr |
      (state.received.length > 0 ? LSR.DR : 0) |
      (state.toSend.length === 0 ? LSR.THRE : 0) |
      (state.toSend.length === 0 && !state.busy ? LSR.TEMT : 0) |
      (inFifo ? LSR.FIFO_ERROR : 0)
    );
  }

  /** Bits 7 to 4 of the Modem Status Register: the inputs, or in loopback the outputs. */
  get modemLines(): number {
    const { mcr, modem } = this.state;
    if (!(mcr & MCR.LOOP)) return modem;
    return (
      (mcr & MCR.RTS ? MSR.CTS : 0) |
      (mcr & MCR.DTR ? MSR.DSR : 0) |
      (mcr & MCR.OUT1 ? MSR.RI : 0) |
      (mcr & MCR.OUT2 ? MSR.DCD : 0)
    );
  }

  /** How long a character takes, ns; `Infinity` at divisor 0, when there is no baud clock. */
  get characterNs(): number {
    const { lcr, divisor } = this.state;
    if (divisor === 0) return Infinity;
    const bits = 5 + (lcr & LCR.WLS);
    const stop = lcr & LCR.STB ? (bits === 5 ? 1.5 : 2) : 1;
    return timeOfTick((1 + bits + (lcr & LCR.PEN ? 1 : 0) + stop) * 16 * divisor, UART_HZ);
  }

  setDivisor(value: number): void {
    this.state.divisor = value;
    const { now } = this.clock;
    if (this.state.busy && this.transmit.deadline === Infinity) this.transmit.schedule(now + this.characterNs);
    this.listen(now);
  }

  /** Writes IER as a guest does. */
  enable(value: number): void {
    const { state } = this;
    // Turning ETBEI on with the transmitter empty interrupts at once.
    if (value & IER.ETBEI && !(state.ier & IER.ETBEI) && state.toSend.length === 0) state.emptied = true;
    state.ier = value;
    this.update();
  }

  override notes(): readonly string[] {
    const { state } = this;
    const notes: string[] = [];
    const { divisor } = state;
    if (divisor === 0) notes.push('The divisor is 0: no baud clock, nothing moves.');
    else {
      const baud = Math.round(UART_HZ / 16 / divisor);
      const parity = state.lcr & LCR.PEN ? 'OEMS'[(state.lcr >> 4) & 3] : 'N';
      notes.push(`${baud} baud, ${5 + (state.lcr & LCR.WLS)}${parity}${state.lcr & LCR.STB ? 2 : 1}.`);
    }
    if (state.busy) {
      const left = durationText(this.transmit.deadline - this.clock.now);
      notes.push(`Sends ${hex(state.shifting)}, done in ${left}; ${state.toSend.length} more to send.`);
    }
    if (state.received.length > 0) notes.push(`${state.received.length} received and not yet read.`);
    if (state.line.length > 0) {
      const { deadline } = this.receiver;
      const next = deadline === Infinity ? '' : `; the next arrives in ${durationText(deadline - this.clock.now)}`;
      notes.push(`${state.line.length} more at the far end${next}.`);
    }
    const source = IIR.TITLES[this.source];
    if (this.source === IIR.NONE) return notes;
    notes.push(state.irq ? `Interrupts: ${source}.` : `Would interrupt (${source}), but OUT2 is off.`);
    return notes;
  }

  private get dlab(): boolean {
    return (this.state.lcr & LCR.DLAB) !== 0;
  }

  private get fifos(): boolean {
    return (this.state.fcr & FCR.ENABLE) !== 0;
  }

  private get depth(): number {
    return this.fifos ? FIFO_BYTES : 1;
  }

  private get characterMask(): number {
    return 0xff >> (3 - (this.state.lcr & LCR.WLS));
  }

  /** The interrupt of highest priority that is due and enabled (table "Interrupt control functions"). */
  private get source(): number {
    const { state } = this;
    const { ier } = state;
    if (ier & IER.ELSI && state.lsr & (LSR.OE | LSR.PE | LSR.FE | LSR.BI)) return IIR.LINE_STATUS;
    if (ier & IER.ERBFI) {
      const trigger = this.fifos ? TRIGGERS[state.fcr >> 6] : 1;
      if (state.received.length >= trigger) return IIR.RECEIVED;
      if (this.fifos && state.timedOut) return IIR.TIMEOUT;
    }
    if (ier & IER.ETBEI && state.emptied) return IIR.THRE;
    if (ier & IER.EDSSI && state.msr !== 0) return IIR.MODEM;
    return IIR.NONE;
  }

  private update(): void {
    const { state } = this;
    // In loopback the output pins are inactive, OUT2 as well, so that the gate is closed.
    const irq = this.source !== IIR.NONE && (state.mcr & (MCR.OUT2 | MCR.LOOP)) === MCR.OUT2;
    if (irq === state.irq) return;
    state.irq = irq;
    this.irq.drive(irq);
  }

  /** RBR was read. */
  private take(): void {
    const { state } = this;
    const entry = state.received.shift();
    if (entry === undefined) return;
    state.rbr = entry & 0xff;
    this.reveal();
    state.timedOut = false;
    this.awaitTimeout(this.clock.now);
    this.listen(this.clock.now);
  }

  /** The errors of a character show when it comes to the top of the FIFO. */
  private reveal(): void {
    const { state } = this;
    if (state.received.length === 0) return;
    state.lsr |= state.received[0] >> 8;
    state.received[0] &= 0xff;
  }

  /** THR was written. */
  private put(value: number): void {
    const { state } = this;
    state.emptied = false;
    // A full FIFO drops the character; a full THR is overwritten.
    if (state.toSend.length < this.depth) state.toSend.push(value);
    else if (!this.fifos) state.toSend[0] = value;
    if (!state.busy) this.shift(this.clock.now);
  }

  /** The next character goes into the shift register. */
  private shift(now: number): void {
    const { state } = this;
    const byte = state.toSend.shift();
    if (byte === undefined) return;
    state.shifting = byte & this.characterMask;
    state.busy = true;
    if (state.toSend.length === 0) state.emptied = true;
    this.transmit.schedule(now + this.characterNs);
  }

  private sent(now: number): void {
    const { state } = this;
    state.busy = false;
    const byte = state.shifting;
    this.shift(now);
    if (state.mcr & MCR.LOOP) this.accept(byte, now);
    else if (!(state.lcr & LCR.BREAK)) this.out.send(byte);
    this.update();
  }

  /** Starts the next character of the far end when there is room for it. */
  private listen(now: number): void {
    const { state } = this;
    if (state.line.length === 0 || this.receiver.deadline !== Infinity || state.mcr & MCR.LOOP) return;
    if (state.received.length < this.depth) this.receiver.schedule(now + this.characterNs);
  }

  private arrived(now: number): void {
    const { state } = this;
    if (state.mcr & MCR.LOOP || state.received.length >= this.depth) return;
    const byte = state.line.shift();
    if (byte === undefined) return;
    this.accept(byte & this.characterMask, now);
    this.listen(now);
    this.update();
  }

  /** A character, with errors 8 bits up, is complete in the receiver. */
  private accept(entry: number, now: number): void {
    const { state } = this;
    if (state.received.length < this.depth) {
      state.received.push(entry);
      if (state.received.length === 1) this.reveal();
    } else {
      state.lsr |= LSR.OE;
      // Without FIFOs the new character takes the place of the old one; with them it is lost.
      if (!this.fifos) state.received[0] = entry & 0xff;
    }
    this.awaitTimeout(now);
  }

  /** Four character times without a character and without a read bring the timeout interrupt. */
  private awaitTimeout(now: number): void {
    if (this.fifos && this.state.received.length > 0) this.timeout.schedule(now + 4 * this.characterNs);
    else this.timeout.cancel();
  }

  private controlFifos(value: number): void {
    const { state } = this;
    const toggled = (value ^ state.fcr) & FCR.ENABLE;
    // Bits 7 to 3 are taken only while bit 0 is written as 1.
    state.fcr = value & FCR.ENABLE ? value & (FCR.ENABLE | FCR.DMA | FCR.TRIGGER) : 0;
    if (toggled || (value & FCR.ENABLE && value & FCR.CLEAR_RECEIVER)) {
      state.received = [];
      state.timedOut = false;
      this.timeout.cancel();
    }
    if ((toggled || (value & FCR.ENABLE && value & FCR.CLEAR_TRANSMITTER)) && state.toSend.length > 0) {
      state.toSend = [];
      state.emptied = true;
    }
    this.listen(this.clock.now);
  }

  private controlLine(value: number): void {
    const { state } = this;
    const started = value & ~state.lcr & LCR.BREAK;
    state.lcr = value;
    // A break that comes back in loopback is a zero with a framing error.
    if (started && state.mcr & MCR.LOOP) this.accept((LSR.BI | LSR.FE) << 8, this.clock.now);
  }

  private controlModem(value: number): void {
    const before = this.modemLines;
    this.state.mcr = value;
    this.modemChanged(before);
    this.listen(this.clock.now);
  }

  /** Sets the deltas; RI counts only when it goes away (trailing edge). */
  private modemChanged(before: number): void {
    const now = this.modemLines;
    const changed = before ^ now;
    this.state.msr |= (changed & (MSR.CTS | MSR.DSR | MSR.DCD)) >> 4;
    if (changed & MSR.RI && !(now & MSR.RI)) this.state.msr |= MSR.TERI;
  }
}

const hex = (value: number) => `${value.toString(16).toUpperCase().padStart(2, '0')}h`;
