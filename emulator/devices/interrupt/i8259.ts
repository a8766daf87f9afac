/**
 * Intel 8259A Programmable Interrupt Controller (Intel, "8259A Programmable Interrupt Controller", order 231468).
 *
 * Offset 0 is A0 = 0 (ICW1, OCW2, OCW3; reads IRR, ISR or the poll word), offset 1 is A0 = 1 (ICW2-4, OCW1 = IMR).
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister } from '../../bus/chip';
import { Wire } from '../../bus/wire';
import type { StateOf } from '../../state/fields';
import { REGISTERS, TABLE } from './i8259-registers';

const hex = (value: number) => `${value.toString(16).toUpperCase().padStart(2, '0')}h`;

/** ICW1 bits. */
const IC4 = 0x01;
const SNGL = 0x02;
const ADI = 0x04;
const LTIM = 0x08;
/** ICW4 bits. */
const UPM = 0x01;
const AEOI = 0x02;
const SFNM = 0x10;

export interface I8259Options {
  /**
   * A master's cascade lines: the second INTA goes to the slave whose id (ICW3) is `id`, which answers with its vector,
   * or nothing when no slave has that id. Absent on a slave and where there are no slaves.
   */
  readonly cascade?: (id: number) => number | undefined;
}

const PORTS: readonly PortName[] = [
  { offset: 0, read: 'IRR or ISR, by OCW3', write: 'ICW1, OCW2 (20h ends an interrupt) or OCW3' },
  { offset: 1, read: 'IMR, Interrupt Mask', write: 'OCW1, Interrupt Mask; ICW2 to ICW4 behind ICW1' },
];

export class I8259 extends Chip<typeof TABLE> implements BusDevice {
  /** INT, to the CPU or to an IR input of the master. */
  readonly int = new Wire('INT');
  private readonly cascade: ((id: number) => number | undefined) | undefined;

  constructor(id: string, options: I8259Options = {}) {
    super(id, '8259A interrupt controller', TABLE);
    this.cascade = options.cascade;
  }

  protected get registers(): readonly ChipRegister<I8259>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  override reset(): void {
    // What comes in on a wire stays as it was: the chip that drives it is reset as well and drives it anew.
    this.fields.reset(this.state, ['lines']);
    this.int.drive(false);
  }

  /** The level on input IR`ir` (0-7). */
  setLine(ir: number, level: boolean): void {
    const { state } = this;
    const bit = 1 << ir;
    const was = (state.lines & bit) !== 0;
    if (was === level) return;
    if (level) {
      state.lines |= bit;
      state.irr |= bit;
    } else {
      // An input must stay high until the first INTA, or the request is lost (section "Edge and level triggered modes").
      state.lines &= ~bit;
      state.irr &= ~bit;
    }
    this.update();
  }

  read(offset: number): number {
    if (this.state.poll) {
      this.state.poll = false;
      const level = this.pending();
      if (level === undefined) return 0;
      this.accept(level);
      return 0x80 | level;
    }
    return this.peek(offset);
  }

  peek(offset: number): number {
    const { state } = this;
    if (state.poll) {
      const level = this.pending();
      return level === undefined ? 0 : 0x80 | level;
    }
    if (offset === 1) return state.imr;
    return state.readIsr ? state.isr : state.irr;
  }

  steadyUntil(): number {
    return this.state.poll ? 0 : Infinity;
  }

  write(offset: number, _size: number, value: number): void {
    if (offset === 1) this.writeData(value);
    else if (value & 0x10) this.initialize(value);
    else if (value & 0x08) this.operate3(value);
    else this.operate2(value);
    this.update();
  }

  /** Both INTA cycles: the vector that the CPU takes. With no request left it is IR7's, and ISR stays as it is. */
  acknowledge(): number {
    const level = this.pending();
    if (level === undefined) {
      this.update();
      return this.vector(7);
    }
    this.accept(level);
    if (this.isCascaded(level)) return this.cascade?.(level) ?? 0xff;
    return this.vector(level);
  }

  /** A slave's part of the INTA cycles: its vector when the id on the cascade lines is its own. */
  acknowledgeAs(id: number): number | undefined {
    return (this.state.icw3 & 7) === id ? this.acknowledge() : undefined;
  }

  override notes(): readonly string[] {
    const { state } = this;
    if (!state.ready) return [state.next === 0 ? 'Not initialized: waits for ICW1.' : `Waits for ICW${state.next}.`];
    const notes: string[] = [];
    const level = this.pending();
    if (level !== undefined) {
      const what = this.isCascaded(level) ? 'the slave gives the vector' : `vector ${hex(this.vector(level))}`;
      notes.push(`Asks for IR${level} (${what}).`);
    }
    for (let ir = 0; ir < 8; ir++) {
      if (!(state.irr & (1 << ir)) || ir === level) continue;
      if (state.imr & (1 << ir)) notes.push(`IR${ir} is requested but masked.`);
      else notes.push(`IR${ir} is requested and waits for a level of higher priority.`);
    }
    const ends = this.highest(this.endable());
    if (ends !== undefined) notes.push(`A non-specific EOI would end IR${ends}.`);
    if (notes.length === 0) notes.push('No request.');
    return notes;
  }

  /** A user's change of registers, with what follows for INT. */
  change(registers: Partial<Pick<StateOf<typeof TABLE>, 'irr' | 'isr' | 'imr' | 'icw2'>>): void {
    Object.assign(this.state, registers);
    this.update();
  }

  /** Drives INT by what is pending now. */
  private update(): void {
    const level = this.pending() !== undefined;
    if (level === this.state.int) return;
    this.state.int = level;
    this.int.drive(level);
  }

  private initialize(icw1: number): void {
    const { state } = this;
    state.icw1 = icw1;
    state.imr = 0;
    state.isr = 0;
    // The edge sense circuit is reset: an input that is high must fall and rise again. Level mode looks at the levels.
    state.irr = icw1 & LTIM ? state.lines : 0;
    state.lowest = 7;
    state.specialMask = false;
    state.readIsr = false;
    state.poll = false;
    state.rotateOnAutoEoi = false;
    state.icw3 = 7;
    if (!(icw1 & IC4)) state.icw4 = 0;
    state.next = 2;
    state.ready = false;
  }

  private writeData(value: number): void {
    const { state } = this;
    switch (state.next) {
      case 2:
        state.icw2 = value;
        state.next = !(state.icw1 & SNGL) ? 3 : state.icw1 & IC4 ? 4 : 0;
        break;
      case 3:
        state.icw3 = value;
        state.next = state.icw1 & IC4 ? 4 : 0;
        break;
      case 4:
        state.icw4 = value & 0x1f;
        state.next = 0;
        break;
      default:
        state.imr = value;
        return;
    }
    if (state.next === 0) state.ready = true;
  }

  private operate2(value: number): void {
    const { state } = this;
    const level = value & 7;
    switch (value >> 5) {
      case 0b001:
        this.end(this.highest(this.endable()), false);
        break;
      case 0b011:
        this.end(level, false);
        break;
      case 0b101:
        this.end(this.highest(this.endable()), true);
        break;
      case 0b111:
        this.end(level, true);
        break;
      case 0b100:
        state.rotateOnAutoEoi = true;
        break;
      case 0b000:
        state.rotateOnAutoEoi = false;
        break;
      case 0b110:
        state.lowest = level;
        break;
      default: // 010 is "no operation".
    }
  }

  private operate3(value: number): void {
    const { state } = this;
    if (value & 0x40) state.specialMask = (value & 0x20) !== 0;
    if (value & 0x04) state.poll = true;
    else if (value & 0x02) state.readIsr = (value & 0x01) !== 0;
  }

  private end(level: number | undefined, rotate: boolean): void {
    if (level === undefined) return;
    this.state.isr &= ~(1 << level);
    if (rotate) this.state.lowest = level;
  }

  /** In service from here on; INT falls and, if there is more to ask, rises again. */
  private accept(level: number): void {
    const { state } = this;
    const bit = 1 << level;
    if (!(state.icw1 & LTIM)) state.irr &= ~bit;
    if (this.has(AEOI)) {
      if (state.rotateOnAutoEoi) state.lowest = level;
    } else state.isr |= bit;
    if (state.int) {
      state.int = false;
      this.int.drive(false);
    }
    this.update();
  }

  /** The level that INT asks for, if any. */
  private pending(): number | undefined {
    const { state } = this;
    if (!state.ready) return undefined;
    const level = this.highest(state.irr & ~state.imr);
    if (level === undefined) return undefined;
    // In special mask mode the levels that are masked hold nothing back (section "Special mask mode").
    const held = this.highest(state.specialMask ? state.isr & ~state.imr : state.isr);
    if (held === undefined) return level;
    const rank = this.rank(level);
    const limit = this.rank(held);
    // A slave may ask again while it is in service, in special fully nested mode.
    const again = rank === limit && this.has(SFNM) && this.isCascaded(level);
    if (rank < limit || again) return level;
    return undefined;
  }

  /** ISR bits that a non-specific EOI looks at: masked ones are left alone in special mask mode. */
  private endable(): number {
    return this.state.specialMask ? this.state.isr & ~this.state.imr : this.state.isr;
  }

  /** 0 for the highest priority, 7 for the lowest. */
  private rank(level: number): number {
    return (level - this.state.lowest - 1) & 7;
  }

  private highest(levels: number): number | undefined {
    if (levels === 0) return undefined;
    for (let i = 1; i <= 8; i++) {
      const level = (this.state.lowest + i) & 7;
      if (levels & (1 << level)) return level;
    }
    return undefined;
  }

  private has(icw4Bit: number): boolean {
    return (this.state.icw4 & icw4Bit) !== 0;
  }

  /** Whether a slave hangs on `level`: only a chip with cascade lines (a master) reads ICW3 so. */
  private isCascaded(level: number): boolean {
    return !(this.state.icw1 & SNGL) && this.cascade !== undefined && (this.state.icw3 & (1 << level)) !== 0;
  }

  /** The byte on the bus in the second INTA cycle; in MCS-80/85 mode that is the low byte of a CALL's address. */
  private vector(level: number): number {
    const { icw1, icw2 } = this.state;
    if (this.has(UPM)) return (icw2 & 0xf8) | level;
    return icw1 & ADI ? (icw1 & 0xe0) | (level << 2) : (icw1 & 0xc0) | (level << 3);
  }
}
