/**
 * The gate of address line A20 on an AT: A20 is free when the keyboard controller or System Control Port A says so (IBM,
 * "Personal System/2 Hardware Interface Technical Reference", System Control Port A).
 */
import { Chip, type ChipRegister } from '../../bus/chip';
import { Wire } from '../../bus/wire';
import { bool } from '../../state/fields';

const TABLE = {
  keyboard: bool('the keyboard controller frees A20'),
  fast: bool('System Control Port A frees A20'),
};

const REGISTERS: readonly ChipRegister<A20Gate>[] = [
  {
    name: 'A20',
    width: 3,
    doc: 'address line A20 and the two that free it',
    bits: [
      { name: 'A20', lsb: 0, values: { 0: 'forced low', 1: 'free' }, access: 'ro' },
      { name: 'keyboard controller', lsb: 1, values: { 0: 'holds A20', 1: 'frees A20' } },
      { name: 'port A', lsb: 2, values: { 0: 'leaves A20 alone', 1: 'frees A20' } },
    ],
    peek: (gate) => (gate.open ? 1 : 0) | (gate.state.keyboard ? 2 : 0) | (gate.state.fast ? 4 : 0),
    poke: (gate, value) => {
      gate.setKeyboard((value & 2) !== 0);
      gate.setFast((value & 4) !== 0);
    },
  },
];

export class A20Gate extends Chip<typeof TABLE> {
  /** True while A20 is free, false while it is forced low. */
  readonly out = new Wire('A20');

  constructor(id: string) {
    super(id, 'A20 gate', TABLE);
  }

  protected get registers(): readonly ChipRegister<A20Gate>[] {
    return REGISTERS;
  }

  override reset(): void {
    // What comes in on a wire stays as it was: the chip that drives it is reset as well and drives it anew.
    this.fields.reset(this.state, ['keyboard', 'fast']);
    this.out.drive(this.open);
  }

  get open(): boolean {
    return this.state.keyboard || this.state.fast;
  }

  /** The keyboard controller's A20 output. */
  setKeyboard(level: boolean): void {
    this.state.keyboard = level;
    this.out.drive(this.open);
  }

  /** System Control Port A, bit 1. */
  setFast(level: boolean): void {
    this.state.fast = level;
    this.out.drive(this.open);
  }

  override notes(): readonly string[] {
    return [this.open ? 'A20 is free.' : 'A20 is forced low: addresses wrap at 1 MiB.'];
  }
}
