/**
 * Intel 8042 with the keyboard controller program of an AT with a PS/2 auxiliary port (IBM, "Personal Computer AT
 * Technical Reference", system board, keyboard controller; "Personal System/2 Hardware Interface Technical Reference").
 *
 * Offset 0 is the data port (60h on a PC), offset 1 the command and status port (64h). Commands take no time; a byte to
 * a device takes 1 ms, during which IBF is set. Answers wait until the output buffer is empty.
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister, chipTimer } from '../../bus/chip';
import { ByteLine, Wire } from '../../bus/wire';
import type { TimeSource } from '../../time/clock';
import type { Scheduler, Timer } from '../../time/scheduler';
import {
  A20,
  AUX_DISABLE,
  INT,
  INT2,
  KBD_DISABLE,
  P2_RESET,
  REGISTERS,
  STATUS,
  SYS,
  XLAT,
  TABLE,
} from './i8042-registers';
import { SET2_TO_SET1 } from './scan-codes';

/** Request to send and 12 clocks at 12.5 kHz. */
export const COMMAND_BYTE_NS = 1_000_000;

/** Marks in `answers` and `outgoing`. */
const FROM_AUX = 0x100;
const TIMED_OUT = 0x200;
const TO_AUX = 0x100;

const hex = (value: number) => `${value.toString(16).toUpperCase().padStart(2, '0')}h`;

const PORTS: readonly PortName[] = [
  {
    offset: 0,
    read: 'Output Buffer: data from keyboard, mouse or controller',
    write: 'data for the keyboard or the controller',
  },
  { offset: 1, read: 'Status', write: 'Command of the controller' },
];

export class I8042 extends Chip<typeof TABLE> implements BusDevice {
  /** Output buffer full with a byte that is not the auxiliary device's, while INT is set: IRQ1. */
  readonly keyboardIrq = new Wire('IRQ1');
  /** The same for the auxiliary device, while INT2 is set: IRQ12. */
  readonly auxIrq = new Wire('IRQ12');
  /** Output port, bit 1. */
  readonly a20 = new Wire('A20');
  /** CPU reset: true while output port bit 0 is low; a pulse is true, false. */
  readonly cpuReset = new Wire('RC');
  /** Bytes to the keyboard and to the auxiliary device; an unconnected one times out. */
  readonly keyboardData = new ByteLine('to keyboard');
  readonly auxData = new ByteLine('to auxiliary device');
  /** Clock lines: while false the device may not send. */
  readonly keyboardClock = new Wire('keyboard clock');
  readonly auxClock = new Wire('auxiliary clock');
  private readonly transmit: Timer;

  constructor(
    id: string,
    private readonly clock: TimeSource,
    scheduler: Scheduler,
  ) {
    super(id, '8042 keyboard controller', TABLE);
    this.transmit = chipTimer(scheduler, this, 'transmit', () => this.transmitted());
    this.state.ram[0] = XLAT | KBD_DISABLE;
  }

  protected get registers(): readonly ChipRegister<I8042>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  /** Translation on, keyboard off, no interrupts: the firmware writes the command byte. A20 is on. */
  override reset(): void {
    super.reset();
    this.state.ram[0] = XLAT | KBD_DISABLE;
    this.transmit.cancel();
    this.a20.drive(true);
    this.cpuReset.drive(false);
    this.update();
    this.keyboardClock.drive(this.state.keyboardFree);
    this.auxClock.drive(this.state.auxFree);
  }

  read(offset: number): number {
    const value = this.peek(offset);
    if (offset === 0 && this.state.full) {
      this.state.full = false;
      this.update();
    }
    return value;
  }

  peek(offset: number): number {
    return offset === 0 ? this.state.output : this.status;
  }

  /** The status changes by timers, and by what is written; reading the output register empties it. */
  steadyUntil(offset: number): number {
    return offset === 1 ? Infinity : 0;
  }

  write(offset: number, _size: number, value: number): void {
    const { state } = this;
    state.lastWasCommand = offset !== 0;
    const { expects } = state;
    state.expects = 0;
    if (offset !== 0) this.command(value);
    else if (expects !== 0) this.data(expects, value);
    else {
      // A byte for the keyboard turns its interface on.
      state.ram[0] &= ~KBD_DISABLE;
      this.sendOut(value);
    }
    this.update();
  }

  /** A byte from the keyboard, complete. */
  receiveKeyboard(byte: number): void {
    const { state } = this;
    if (!(state.ram[0] & XLAT)) this.answer(byte);
    else if (byte === 0xf0) state.breaks = true;
    else {
      this.answer(SET2_TO_SET1[byte] | (state.breaks ? 0x80 : 0));
      state.breaks = false;
    }
    this.update();
  }

  /** A byte from the auxiliary device, complete. */
  receiveAux(byte: number): void {
    this.answer(byte | FROM_AUX);
    this.update();
  }

  /** The status register, without side effects. */
  get status(): number {
    const { state } = this;
    return (
      (state.full ? STATUS.OBF : 0) |
      (state.outgoing.length > 0 ? STATUS.IBF : 0) |
      (state.system ? STATUS.SYS : 0) |
      (state.lastWasCommand ? STATUS.CD : 0) |
      STATUS.INH |
      (state.full && state.fromAux ? STATUS.AUXB : 0) |
      (state.full && state.timedOut ? STATUS.TO : 0)
    );
  }

  /** The output port as command D0h reads it. */
  get outputPort(): number {
    const { state } = this;
    return (
      state.port2 |
      0x04 |
      (state.auxFree ? 0x08 : 0) |
      (this.asserts(false) ? 0x10 : 0) |
      (this.asserts(true) ? 0x20 : 0) |
      (state.keyboardFree ? 0x40 : 0) |
      0x80
    );
  }

  setCommandByte(value: number): void {
    this.state.ram[0] = value;
    this.state.system = (value & SYS) !== 0;
    this.update();
  }

  setOutputPort(value: number): void {
    const { state } = this;
    const changed = state.port2 ^ value;
    state.port2 = value & (A20 | P2_RESET);
    if (changed & A20) this.a20.drive((value & A20) !== 0);
    if (changed & P2_RESET) this.cpuReset.drive((value & P2_RESET) === 0);
  }

  override notes(): readonly string[] {
    const { state } = this;
    const notes: string[] = [];
    if (state.expects !== 0) notes.push(`Command ${hex(state.expects)} waits for a byte at the data port.`);
    if (state.full)
      notes.push(`${hex(state.output)} waits in the output buffer; the devices are held off until it is read.`);
    if (state.answers.length > 0) notes.push(`${state.answers.length} more bytes wait behind it.`);
    if (state.outgoing.length > 0) {
      const [byte] = state.outgoing;
      notes.push(`Sends ${hex(byte & 0xff)} to the ${byte & TO_AUX ? 'auxiliary device' : 'keyboard'}.`);
    }
    if (state.ram[0] & KBD_DISABLE) notes.push('The keyboard is disabled.');
    return notes;
  }

  private command(value: number): void {
    const { state } = this;
    if (value >= 0x20 && value < 0x40) this.answer(state.ram[value & 0x1f]);
    else if (value >= 0x60 && value < 0x80) state.expects = value;
    else if (value >= 0xf0) this.pulse(value & 0x0f);
    else {
      switch (value) {
        case 0xa4: // test password: none is stored
          this.answer(0xf1);
          break;
        case 0xa7:
          state.ram[0] |= AUX_DISABLE;
          break;
        case 0xa8:
          state.ram[0] &= ~AUX_DISABLE;
          break;
        case 0xa9: // auxiliary interface test
        case 0xab: // keyboard interface test
          this.answer(0x00);
          break;
        case 0xaa: // self-test
          state.answers = [];
          state.full = false;
          state.breaks = false;
          state.system = true;
          state.ram[0] |= SYS;
          // Its ports come up high, so that a CPU that was reset through them is free again.
          this.setOutputPort(state.port2 | P2_RESET);
          this.answer(0x55);
          break;
        case 0xad:
          state.ram[0] |= KBD_DISABLE;
          break;
        case 0xae:
          state.ram[0] &= ~KBD_DISABLE;
          break;
        case 0xc0: // input port: not locked, colour display, no manufacturing jumper, no more RAM on the board
          this.answer(0xb0);
          break;
        case 0xd0:
          this.answer(this.outputPort);
          break;
        case 0xd1: // write output port
        case 0xd2: // write keyboard output buffer
        case 0xd3: // write auxiliary output buffer
        case 0xd4: // write to auxiliary device
          state.expects = value;
          break;
        case 0xdd: // A20 off
          this.setOutputPort(state.port2 & ~A20);
          break;
        case 0xdf: // A20 on
          this.setOutputPort(state.port2 | A20);
          break;
        case 0xe0: // test inputs: keyboard clock, keyboard data
          this.answer((state.keyboardFree ? 1 : 0) | 2);
          break;
        default: // The program ignores what it does not know.
      }
    }
  }

  private data(command: number, value: number): void {
    switch (command) {
      case 0xd1:
        this.setOutputPort(value);
        break;
      case 0xd2:
        this.answer(value);
        break;
      case 0xd3:
        this.answer(value | FROM_AUX);
        break;
      case 0xd4:
        this.sendOut(value | TO_AUX);
        break;
      case 0x60:
        this.setCommandByte(value);
        break;
      default:
        this.state.ram[command & 0x1f] = value;
    }
  }

  /** Commands F0h to FFh: the output port's low bits that are 0 in the command go low for some 6 us. */
  private pulse(mask: number): void {
    const { port2 } = this.state;
    this.setOutputPort(port2 & (mask | ~0x0f));
    this.setOutputPort(port2);
  }

  private sendOut(byte: number): void {
    const { outgoing } = this.state;
    if (outgoing.length === 16) return;
    outgoing.push(byte);
    if (this.transmit.deadline === Infinity) this.transmit.schedule(this.clock.now + COMMAND_BYTE_NS);
  }

  private transmitted(): void {
    const { outgoing } = this.state;
    const byte = outgoing.shift();
    if (byte === undefined) return;
    if (outgoing.length > 0) this.transmit.schedule(this.clock.now + COMMAND_BYTE_NS);
    const aux = (byte & TO_AUX) !== 0;
    const line = aux ? this.auxData : this.keyboardData;
    if (line.connected) line.send(byte & 0xff);
    else this.answer(0xfe | TIMED_OUT | (aux ? FROM_AUX : 0));
    this.update();
  }

  private answer(byte: number): void {
    if (this.state.answers.length < 16) this.state.answers.push(byte);
  }

  private asserts(aux: boolean): boolean {
    const { state } = this;
    return state.full && state.fromAux === aux && (state.ram[0] & (aux ? INT2 : INT)) !== 0;
  }

  /** Fills the output buffer if it can, and drives interrupts and clock lines by what is so now. */
  private update(): void {
    const { state } = this;
    if (!state.full) {
      // A byte that has been read takes its request away, so that the next one makes an edge.
      this.keyboardIrq.drive(false);
      this.auxIrq.drive(false);
      const next = state.answers.shift();
      if (next !== undefined) {
        state.output = next & 0xff;
        state.fromAux = (next & FROM_AUX) !== 0;
        state.timedOut = (next & TIMED_OUT) !== 0;
        state.full = true;
      }
    }
    this.keyboardIrq.drive(this.asserts(false));
    this.auxIrq.drive(this.asserts(true));
    const free = !state.full && state.outgoing.length === 0;
    const keyboardFree = free && (state.ram[0] & KBD_DISABLE) === 0;
    const auxFree = free && (state.ram[0] & AUX_DISABLE) === 0;
    if (keyboardFree !== state.keyboardFree) {
      state.keyboardFree = keyboardFree;
      this.keyboardClock.drive(keyboardFree);
    }
    if (auxFree !== state.auxFree) {
      state.auxFree = auxFree;
      this.auxClock.drive(auxFree);
    }
  }
}
