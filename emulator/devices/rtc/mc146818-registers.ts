/** State, bytes and bits of the MC146818A (data sheet, figures 12 to 17), and how they are shown. */
import type { ChipRegister } from '../../bus/chip';
import type { BitField } from '../../state/bits';
import { bool, bytes, int, type StateOf, uint } from '../../state/fields';

/** Registers A to D by index. */
export const A = 0x0a;
export const B = 0x0b;
export const C = 0x0c;
export const D = 0x0d;

/** Register A. */
export const UIP = 0x80;
export const DV_RUN = 0x20;
/** DV2 and DV1 both set hold the divider chain at reset. */
export const DV_RESET = 0x60;
/** Register B; PIE, AIE and UIE stand where PF, AF and UF do in register C. */
export const SET = 0x80;
export const PIE = 0x40;
export const AIE = 0x20;
export const UIE = 0x10;
export const DM = 0x04;
export const H24 = 0x02;
/** Register C. */
export const IRQF = 0x80;
export const PF = 0x40;
export const AF = 0x20;
export const UF = 0x10;

const INDEX_BITS: readonly BitField[] = [
  { name: 'index', lsb: 0, width: 7, doc: 'the register or RAM byte that port 71h reaches' },
  { name: 'NMI mask', lsb: 7, values: { 0: 'NMI enabled', 1: 'NMI masked' } },
];

const RATES: Readonly<Record<number, string>> = {
  0: 'none',
  1: '256 Hz',
  2: '128 Hz',
  ...Object.fromEntries(Array.from({ length: 13 }, (_, i) => [i + 3, `${32768 >> (i + 2)} Hz`])),
};

const A_BITS: readonly BitField[] = [
  { name: 'RS', lsb: 0, width: 4, values: RATES, doc: 'rate of periodic interrupt and square wave' },
  {
    name: 'DV',
    lsb: 4,
    width: 3,
    values: { 0: '4.194304 MHz', 1: '1.048576 MHz', 2: '32.768 kHz', 6: 'reset', 7: 'reset' },
    doc: 'divider; the crystal here has 32.768 kHz',
  },
  { name: 'UIP', lsb: 7, access: 'ro', values: { 1: 'update in progress or less than 244 us away' } },
];

const B_BITS: readonly BitField[] = [
  { name: 'DSE', lsb: 0, values: { 1: 'daylight saving (not modelled)' } },
  { name: '24/12', lsb: 1, values: { 0: '12 hours', 1: '24 hours' } },
  { name: 'DM', lsb: 2, values: { 0: 'BCD', 1: 'binary' } },
  { name: 'SQWE', lsb: 3, values: { 1: 'square wave on' } },
  { name: 'UIE', lsb: 4, values: { 1: 'update-ended interrupt on' } },
  { name: 'AIE', lsb: 5, values: { 1: 'alarm interrupt on' } },
  { name: 'PIE', lsb: 6, values: { 1: 'periodic interrupt on' } },
  { name: 'SET', lsb: 7, values: { 0: 'counts', 1: 'updates stopped' } },
];

const C_BITS: readonly BitField[] = [
  { name: 'UF', lsb: 4, values: { 1: 'an update has ended' } },
  { name: 'AF', lsb: 5, values: { 1: 'time and alarm have matched' } },
  { name: 'PF', lsb: 6, values: { 1: 'a period has passed' } },
  { name: 'IRQF', lsb: 7, access: 'ro', values: { 1: 'interrupt requested' } },
];

const D_BITS: readonly BitField[] = [{ name: 'VRT', lsb: 7, access: 'ro', values: { 1: 'RAM and time valid' } }];

const HOUR_BITS: readonly BitField[] = [
  { name: 'hour', lsb: 0, width: 7, doc: 'in BCD or binary, as register B has it' },
  { name: 'PM', lsb: 7, doc: 'in 12-hour mode' },
];

/** The chip's state. */
export const TABLE = {
  index: uint(7, 'index register: the byte that the data port reaches'),
  nmiMasked: bool('index port, bit 7: NMI is masked'),
  ram: bytes(128, 'all bytes; time, calendar and flags as they were at `settled`'),
  settled: int('virtual time that the time bytes and flags stand for, ns'),
  phase: int('virtual time at which the divider chain was last at 0, ns'),
  irq: bool('IRQ asserted'),
};

/** What the rows below see of the chip. */
interface Mc146818Parts {
  readonly state: StateOf<typeof TABLE>;
  write(offset: number, size: number, value: number): void;
  byte(index: number): number;
  setByte(index: number, value: number): void;
  pokeFlags(value: number): void;
}

function plain(name: string, index: number, doc: string, bits?: readonly BitField[]): ChipRegister<Mc146818Parts> {
  return {
    name,
    width: 8,
    doc,
    ...(bits === undefined ? {} : { bits }),
    peek: (rtc) => rtc.byte(index),
    poke: (rtc, value) => rtc.setByte(index, value & 0xff),
  };
}

const hex = (value: number) => value.toString(16).toUpperCase().padStart(2, '0');

export const REGISTERS: readonly ChipRegister<Mc146818Parts>[] = [
  {
    name: 'Index',
    width: 8,
    doc: 'index port as last written',
    bits: INDEX_BITS,
    peek: ({ state }) => state.index | (state.nmiMasked ? 0x80 : 0),
    poke: (rtc, value) => rtc.write(0, 1, value & 0xff),
  },
  plain('Seconds', 0, 'seconds'),
  plain('Seconds Alarm', 1, 'alarm; C0h and above match any second'),
  plain('Minutes', 2, 'minutes'),
  plain('Minutes Alarm', 3, 'alarm; C0h and above match any minute'),
  plain('Hours', 4, 'hours', HOUR_BITS),
  plain('Hours Alarm', 5, 'alarm; C0h and above match any hour'),
  plain('Day of Week', 6, '1 is Sunday'),
  plain('Date of Month', 7, '1 to 31'),
  plain('Month', 8, '1 to 12'),
  plain('Year', 9, '0 to 99'),
  plain('Register A', A, 'divider and rate', A_BITS),
  plain('Register B', B, 'modes and interrupt enables', B_BITS),
  {
    name: 'Register C',
    width: 8,
    doc: 'interrupt flags; the guest clears them by reading',
    bits: C_BITS,
    peek: (rtc) => rtc.byte(C),
    poke: (rtc, value) => rtc.pokeFlags(value),
  },
  { name: 'Register D', width: 8, doc: 'battery', bits: D_BITS, peek: (rtc) => rtc.byte(D) },
  ...Array.from({ length: 114 }, (_, i) => plain(`RAM ${hex(i + 14)}h`, i + 14, 'RAM byte')),
];
