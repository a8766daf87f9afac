/** State and registers of the 8042 keyboard controller, and how they are shown. */
import type { ChipRegister } from '../../bus/chip';
import type { BitField } from '../../state/bits';
import { bool, bytes, list, type StateOf, uint } from '../../state/fields';

/** Status register. */
export const STATUS = { OBF: 0x01, IBF: 0x02, SYS: 0x04, CD: 0x08, INH: 0x10, AUXB: 0x20, TO: 0x40 } as const;
/** Command byte. */
export const INT = 0x01;
export const INT2 = 0x02;
export const SYS = 0x04;
export const KBD_DISABLE = 0x10;
export const AUX_DISABLE = 0x20;
export const XLAT = 0x40;
/** Output port. */
export const P2_RESET = 0x01;
export const A20 = 0x02;

const STATUS_BITS: readonly BitField[] = [
  { name: 'OBF', lsb: 0, values: { 0: 'output buffer empty', 1: 'output buffer full' } },
  { name: 'IBF', lsb: 1, values: { 0: 'input buffer empty', 1: 'input buffer full' } },
  { name: 'SYS', lsb: 2, values: { 1: 'self-test passed' } },
  { name: 'C/D', lsb: 3, values: { 0: 'last write was data', 1: 'last write was a command' } },
  { name: 'INH', lsb: 4, values: { 0: 'keyboard locked', 1: 'keyboard not locked' } },
  { name: 'AUXB', lsb: 5, values: { 1: 'the byte is from the auxiliary device' } },
  { name: 'TO', lsb: 6, values: { 1: 'time-out' } },
  { name: 'PERR', lsb: 7, values: { 1: 'parity error' } },
];

const COMMAND_BITS: readonly BitField[] = [
  { name: 'INT', lsb: 0, values: { 1: 'interrupt for keyboard bytes' } },
  { name: 'INT2', lsb: 1, values: { 1: 'interrupt for auxiliary bytes' } },
  { name: 'SYS', lsb: 2, values: { 1: 'system flag' } },
  { name: 'KBD', lsb: 4, values: { 0: 'keyboard enabled', 1: 'keyboard disabled' } },
  { name: 'AUX', lsb: 5, values: { 0: 'auxiliary device enabled', 1: 'auxiliary device disabled' } },
  { name: 'XLAT', lsb: 6, values: { 1: 'scan code set 2 is translated to set 1' } },
];

const OUTPUT_PORT_BITS: readonly BitField[] = [
  { name: 'RC', lsb: 0, values: { 0: 'CPU held in reset', 1: 'no reset' } },
  { name: 'A20', lsb: 1, values: { 0: 'A20 forced low', 1: 'A20 free' } },
  { name: 'AUX DATA', lsb: 2, access: 'ro', doc: 'the data line to the auxiliary device as the controller drives it' },
  { name: 'AUX CLK', lsb: 3, access: 'ro', doc: 'the clock line to the auxiliary device as the controller drives it' },
  { name: 'IRQ1', lsb: 4, access: 'ro', values: { 0: 'no keyboard byte', 1: 'keyboard byte in the output buffer' } },
  { name: 'IRQ12', lsb: 5, access: 'ro', values: { 0: 'no auxiliary byte', 1: 'auxiliary byte in the output buffer' } },
  { name: 'KBD CLK', lsb: 6, access: 'ro', doc: 'the clock line to the keyboard as the controller drives it' },
  { name: 'KBD DATA', lsb: 7, access: 'ro', doc: 'the data line to the keyboard as the controller drives it' },
];

/** The chip's state. */
export const TABLE = {
  ram: bytes(32, 'internal RAM; byte 0 is the command byte'),
  output: uint(8, 'output buffer'),
  full: bool('OBF: the output buffer has not been read'),
  fromAux: bool('the byte in the output buffer came from the auxiliary device'),
  timedOut: bool('the byte in the output buffer tells of a time-out'),
  lastWasCommand: bool('the last write was to the command port'),
  system: bool('SYS in the status: self-test passed'),
  port2: uint(2, 'output port: A20 and reset', A20 | P2_RESET),
  expects: uint(8, 'command that waits for a byte at the data port, or 0'),
  breaks: bool('translation: a break prefix was seen'),
  answers: list(16, 'bytes that wait for the output buffer'),
  outgoing: list(16, 'bytes on their way to a device; 100h marks the auxiliary device'),
  keyboardFree: bool('level on the keyboard’s clock line', true),
  auxFree: bool('level on the auxiliary clock line', true),
};

/** What the rows below see of the chip. */
interface I8042Parts {
  readonly state: StateOf<typeof TABLE>;
  readonly status: number;
  readonly outputPort: number;
  setCommandByte(value: number): void;
  setOutputPort(value: number): void;
}

export const REGISTERS: readonly ChipRegister<I8042Parts>[] = [
  { name: 'Output Buffer', width: 8, doc: 'data port, read', peek: ({ state }) => state.output },
  { name: 'Status', width: 8, doc: 'status register', bits: STATUS_BITS, peek: (chip) => chip.status },
  {
    name: 'Command Byte',
    width: 8,
    doc: 'RAM byte 0, written by command 60h',
    bits: COMMAND_BITS,
    peek: ({ state }) => state.ram[0],
    poke: (chip, value) => chip.setCommandByte(value & 0xff),
  },
  {
    name: 'Output Port',
    width: 8,
    doc: 'written by command D1h',
    bits: OUTPUT_PORT_BITS,
    peek: (chip) => chip.outputPort,
    poke: (chip, value) => chip.setOutputPort(value),
  },
  { name: 'Command', width: 8, doc: 'command that waits for a data byte, or 0', peek: ({ state }) => state.expects },
  { name: 'Answers', width: 5, doc: 'bytes behind the output buffer', peek: ({ state }) => state.answers.length },
];
