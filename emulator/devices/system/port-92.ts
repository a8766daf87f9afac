/**
 * System Control Port A, port 92h on a PC (IBM, "Personal System/2 Hardware Interface Technical Reference", System
 * Control Port A): fast A20 and fast CPU reset.
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister } from '../../bus/chip';
import { Wire } from '../../bus/wire';
import { uint } from '../../state/fields';

const RESET = 0x01;
const A20 = 0x02;

const TABLE = { value: uint(8, 'the port as last written') };

const REGISTERS: readonly ChipRegister<Port92>[] = [
  {
    name: 'Port A',
    width: 8,
    doc: 'System Control Port A',
    bits: [
      { name: 'alternate hot reset', lsb: 0, values: { 1: 'the CPU was reset by this bit' } },
      { name: 'alternate gate A20', lsb: 1, values: { 0: 'leaves A20 to the keyboard controller', 1: 'A20 free' } },
      { name: 'security lock', lsb: 3, values: { 0: 'open', 1: 'the password area of CMOS is locked' } },
      { name: 'watchdog', lsb: 4, access: 'ro', values: { 0: 'not expired' } },
      { name: 'lights', lsb: 6, width: 2, doc: 'the light of the fixed disk: on unless 0', values: { 0: 'off' } },
    ],
    peek: ({ state }) => state.value,
    poke: (port, value) => port.write(0, 1, value & 0xff),
  },
];

const PORTS: readonly PortName[] = [
  { offset: 0, read: 'Port A: A20 gate, reset', write: 'Port A: bit 1 opens the A20 gate, bit 0 resets the CPU' },
];

export class Port92 extends Chip<typeof TABLE> implements BusDevice {
  /** Frees A20. */
  readonly a20 = new Wire('fast A20');
  /** A pulse (true, false) when bit 0 goes from 0 to 1. */
  readonly cpuReset = new Wire('hot reset');

  constructor(id: string) {
    super(id, 'System Control Port A', TABLE);
  }

  protected get registers(): readonly ChipRegister<Port92>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  override reset(): void {
    super.reset();
    this.a20.drive(false);
  }

  read(): number {
    return this.state.value;
  }

  peek(): number {
    return this.state.value;
  }

  write(_offset: number, _size: number, value: number): void {
    const { state } = this;
    const changed = state.value ^ value;
    // Bit 2 is reserved, bit 4 (watchdog) and bit 5 read 0.
    state.value = value & 0xcb;
    if (changed & A20) this.a20.drive((value & A20) !== 0);
    if (changed & value & RESET) {
      this.cpuReset.drive(true);
      this.cpuReset.drive(false);
    }
  }
}
