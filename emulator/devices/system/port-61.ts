/**
 * System Control Port B, port 61h on a PC (IBM, "Personal Computer AT Technical Reference", system board, port 61h;
 * "Personal System/2 Hardware Interface Technical Reference", System Control Port B): speaker, timer 2 gate, refresh.
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister } from '../../bus/chip';
import { Wire } from '../../bus/wire';
import { uint } from '../../state/fields';
import { type TimeSource, ticksAt, timeOfTick } from '../../time/clock';

const GATE2 = 0x01;
const SPEAKER = 0x02;
const REFRESH = 0x10;
const OUT2 = 0x20;

/** Refresh requests come from timer 1: every 18 ticks of 1,193,182 Hz, 15.09 us. Bit 4 toggles at each. */
const REFRESH_HZ = 1_193_182;
const REFRESH_TICKS = 18;

const TABLE = { control: uint(4, 'bits 3 to 0 as last written') };

const REGISTERS: readonly ChipRegister<Port61>[] = [
  {
    name: 'Port B',
    width: 8,
    doc: 'System Control Port B',
    bits: [
      { name: 'timer 2 gate', lsb: 0, values: { 0: 'timer 2 stopped', 1: 'timer 2 counts' } },
      { name: 'speaker data', lsb: 1, values: { 0: 'speaker silent', 1: 'speaker follows timer 2' } },
      { name: 'parity check off', lsb: 2, values: { 0: 'checked', 1: 'not checked' } },
      { name: 'channel check off', lsb: 3, values: { 0: 'checked', 1: 'not checked' } },
      { name: 'refresh', lsb: 4, access: 'ro', doc: 'toggles at each memory refresh' },
      { name: 'timer 2 output', lsb: 5, access: 'ro', values: { 0: 'low', 1: 'high' } },
      { name: 'channel check', lsb: 6, access: 'ro', values: { 0: 'none', 1: 'an error on the bus' } },
      { name: 'parity check', lsb: 7, access: 'ro', values: { 0: 'none', 1: 'a parity error' } },
    ],
    peek: (port) => port.peek(),
    poke: (port, value) => port.write(0, 1, value),
  },
];

export interface Port61Options {
  /** The level on timer 2's OUT, now. */
  readonly timer2: () => boolean;
  /** Virtual time at which it may next change. */
  readonly timer2Until: () => number;
}

const PORTS: readonly PortName[] = [
  {
    offset: 0,
    read: 'Port B: speaker, gate and output of counter 2, refresh toggle',
    write: 'Port B: speaker, gate of counter 2',
  },
];

export class Port61 extends Chip<typeof TABLE> implements BusDevice {
  /** Timer 2's GATE. */
  readonly gate2 = new Wire('GATE2');
  /** Lets timer 2's output through to the speaker. */
  readonly speaker = new Wire('speaker data');
  private readonly timer2: () => boolean;
  private readonly timer2Until: () => number;

  constructor(
    id: string,
    private readonly clock: TimeSource,
    options: Port61Options,
  ) {
    super(id, 'System Control Port B', TABLE);
    this.timer2 = options.timer2;
    this.timer2Until = options.timer2Until;
  }

  protected get registers(): readonly ChipRegister<Port61>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  override reset(): void {
    super.reset();
    this.gate2.drive(false);
    this.speaker.drive(false);
  }

  /** Whether timer 2's output goes to the speaker. */
  get speakerOn(): boolean {
    return (this.state.control & SPEAKER) !== 0;
  }

  read(): number {
    return this.peek();
  }

  peek(): number {
    const refreshes = Math.floor(ticksAt(this.clock.now, REFRESH_HZ) / REFRESH_TICKS);
    return this.state.control | (refreshes % 2 === 1 ? REFRESH : 0) | (this.timer2() ? OUT2 : 0);
  }

  steadyUntil(_offset: number, bits: number): number {
    const refreshes = Math.floor(ticksAt(this.clock.now, REFRESH_HZ) / REFRESH_TICKS);
    const refresh = bits & REFRESH ? timeOfTick((refreshes + 1) * REFRESH_TICKS, REFRESH_HZ) : Infinity;
    return Math.min(refresh, bits & OUT2 ? this.timer2Until() : Infinity);
  }

  write(_offset: number, _size: number, value: number): void {
    const { state } = this;
    const changed = state.control ^ value;
    state.control = value & 0x0f;
    if (changed & GATE2) this.gate2.drive((value & GATE2) !== 0);
    if (changed & SPEAKER) this.speaker.drive((value & SPEAKER) !== 0);
  }

  override notes(): readonly string[] {
    const { control } = this.state;
    return [(control & 3) === 3 ? 'The speaker follows timer 2.' : 'The speaker is silent.'];
  }
}
