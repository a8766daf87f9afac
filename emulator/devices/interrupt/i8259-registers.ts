/** State, registers and command words of the 8259A, and how they are shown. */
import type { ChipRegister } from '../../bus/chip';
import type { BitField } from '../../state/bits';
import { numberedBits } from '../bit-rows';
import { bool, type StateOf, uint } from '../../state/fields';

const ICW1_BITS: readonly BitField[] = [
  { name: 'IC4', lsb: 0, values: { 0: 'no ICW4', 1: 'ICW4 needed' } },
  { name: 'SNGL', lsb: 1, values: { 0: 'cascade', 1: 'single' } },
  { name: 'ADI', lsb: 2, values: { 0: 'interval 8', 1: 'interval 4' }, doc: 'call address interval, MCS-80/85 only' },
  { name: 'LTIM', lsb: 3, values: { 0: 'edge triggered', 1: 'level triggered' } },
  { name: 'A7-A5', lsb: 5, width: 3, doc: 'address bits, MCS-80/85 only' },
];
const ICW2_BITS: readonly BitField[] = [
  { name: 'T7-T3', lsb: 3, width: 5, doc: 'interrupt vector, bits 7 to 3' },
  { name: 'A10-A8', lsb: 0, width: 3, doc: 'address bits, MCS-80/85 only' },
];
const ICW4_BITS: readonly BitField[] = [
  { name: 'uPM', lsb: 0, values: { 0: 'MCS-80/85', 1: '8086/8088' } },
  { name: 'AEOI', lsb: 1, values: { 0: 'normal EOI', 1: 'automatic EOI' } },
  { name: 'M/S', lsb: 2, values: { 0: 'slave', 1: 'master' }, doc: 'in buffered mode' },
  { name: 'BUF', lsb: 3, values: { 0: 'non-buffered', 1: 'buffered' } },
  { name: 'SFNM', lsb: 4, values: { 1: 'special fully nested' } },
];

const PRIORITY_BITS: readonly BitField[] = [
  { name: 'lowest', lsb: 0, width: 3, doc: 'the IR level of lowest priority; the next one up is the highest' },
  { name: 'SMM', lsb: 3, values: { 1: 'special mask mode' } },
  { name: 'rotate in AEOI', lsb: 4, values: { 1: 'rotates at each automatic EOI' } },
  { name: 'RIS', lsb: 5, values: { 0: 'reads give IRR', 1: 'reads give ISR' } },
  { name: 'P', lsb: 6, values: { 1: 'the next read is a poll' } },
];

/** The chip's state. */
export const TABLE = {
  lines: uint(8, 'levels of IR0-IR7 as last seen'),
  irr: uint(8, 'Interrupt Request Register: requests latched and not yet acknowledged'),
  isr: uint(8, 'In-Service Register: requests acknowledged and not yet ended'),
  imr: uint(8, 'Interrupt Mask Register (OCW1)'),
  icw1: uint(8, 'Initialization Command Word 1'),
  icw2: uint(8, 'Initialization Command Word 2: vector base'),
  icw3: uint(8, 'Initialization Command Word 3: slaves (master) or own id (slave)'),
  icw4: uint(8, 'Initialization Command Word 4: modes'),
  next: uint(3, 'the ICW that is expected next at A0 = 1 (2, 3, 4), or 0 when initialization is over'),
  ready: bool('an initialization sequence was completed since power-on'),
  lowest: uint(3, 'the IR level of lowest priority; priorities rotate from there', 7),
  specialMask: bool('special mask mode (OCW3)'),
  rotateOnAutoEoi: bool('rotate in automatic EOI mode (OCW2)'),
  readIsr: bool('reads of A0 = 0 give ISR instead of IRR (OCW3)'),
  poll: bool('the next read is a poll (OCW3)'),
  int: bool('the level driven on INT'),
};

/** What the rows below see of the chip. */
interface I8259Parts {
  readonly state: StateOf<typeof TABLE>;
  change(registers: Partial<Pick<StateOf<typeof TABLE>, 'irr' | 'isr' | 'imr' | 'icw2'>>): void;
}

export const REGISTERS: readonly ChipRegister<I8259Parts>[] = [
  {
    name: 'IRR',
    width: 8,
    doc: 'Interrupt Request Register',
    bits: numberedBits('IR', 8, { 1: 'requested' }),
    peek: (pic) => pic.state.irr,
    poke: (pic, value) => pic.change({ irr: value & 0xff }),
  },
  {
    name: 'ISR',
    width: 8,
    doc: 'In-Service Register',
    bits: numberedBits('IS', 8, { 1: 'in service' }),
    peek: (pic) => pic.state.isr,
    poke: (pic, value) => pic.change({ isr: value & 0xff }),
  },
  {
    name: 'IMR',
    width: 8,
    doc: 'Interrupt Mask Register (OCW1)',
    bits: numberedBits('M', 8, { 0: 'enabled', 1: 'masked' }),
    peek: (pic) => pic.state.imr,
    poke: (pic, value) => pic.change({ imr: value & 0xff }),
  },
  {
    name: 'Lines',
    width: 8,
    doc: 'levels on the inputs',
    bits: numberedBits('IR', 8, { 0: 'low', 1: 'high' }),
    peek: (pic) => pic.state.lines,
  },
  { name: 'ICW1', width: 8, doc: 'Initialization Command Word 1', bits: ICW1_BITS, peek: (pic) => pic.state.icw1 },
  {
    name: 'ICW2',
    width: 8,
    doc: 'Initialization Command Word 2: vectors',
    bits: ICW2_BITS,
    peek: (pic) => pic.state.icw2,
    poke: (pic, value) => pic.change({ icw2: value & 0xff }),
  },
  {
    name: 'ICW3',
    width: 8,
    doc: 'Initialization Command Word 3: inputs with slaves (master), own id (slave)',
    bits: numberedBits('S', 8, { 1: 'slave' }),
    peek: (pic) => pic.state.icw3,
  },
  { name: 'ICW4', width: 5, doc: 'Initialization Command Word 4', bits: ICW4_BITS, peek: (pic) => pic.state.icw4 },
  {
    name: 'OCW',
    width: 7,
    doc: 'what OCW2 and OCW3 have set: priorities, special mask, reads',
    bits: PRIORITY_BITS,
    peek: ({ state }) =>
      state.lowest |
      (state.specialMask ? 0x08 : 0) |
      (state.rotateOnAutoEoi ? 0x10 : 0) |
      (state.readIsr ? 0x20 : 0) |
      (state.poll ? 0x40 : 0),
  },
  { name: 'INT', width: 1, doc: 'level on the INT output', peek: (pic) => (pic.state.int ? 1 : 0) },
];
