/** State, registers and bits of the NS16550A, and how they are shown. */
import type { ChipRegister } from '../../bus/chip';
import type { BitField } from '../../state/bits';
import { bool, list, type StateOf, uint } from '../../state/fields';

/** Interrupt Enable Register. */
export const IER = { ERBFI: 0x01, ETBEI: 0x02, ELSI: 0x04, EDSSI: 0x08 } as const;
/** FIFO Control Register. */
export const FCR = { ENABLE: 0x01, CLEAR_RECEIVER: 0x02, CLEAR_TRANSMITTER: 0x04, DMA: 0x08, TRIGGER: 0xc0 } as const;
/** Line Control Register. */
export const LCR = { WLS: 0x03, STB: 0x04, PEN: 0x08, BREAK: 0x40, DLAB: 0x80 } as const;
/** Modem Control Register. */
export const MCR = { DTR: 0x01, RTS: 0x02, OUT1: 0x04, OUT2: 0x08, LOOP: 0x10 } as const;
/** Line Status Register. */
export const LSR = {
  DR: 0x01,
  OE: 0x02,
  PE: 0x04,
  FE: 0x08,
  BI: 0x10,
  THRE: 0x20,
  TEMT: 0x40,
  FIFO_ERROR: 0x80,
} as const;
/** Modem Status Register. */
export const MSR = { TERI: 0x04, CTS: 0x10, DSR: 0x20, RI: 0x40, DCD: 0x80 } as const;

const SOURCES: Readonly<Record<number, string>> = {
  0x0: 'modem status',
  0x1: 'no interrupt',
  0x2: 'transmitter holding register empty',
  0x4: 'received data available',
  0x6: 'receiver line status',
  0xc: 'character timeout',
};
/** Interrupt Identification Register, bits 3 to 0. */
export const IIR = {
  MODEM: 0x0,
  NONE: 0x1,
  THRE: 0x2,
  RECEIVED: 0x4,
  LINE_STATUS: 0x6,
  TIMEOUT: 0xc,
  FIFOS: 0xc0,
  TITLES: SOURCES,
} as const;

const IER_BITS: readonly BitField[] = [
  { name: 'ERBFI', lsb: 0, values: { 1: 'received data interrupt on' } },
  { name: 'ETBEI', lsb: 1, values: { 1: 'transmitter empty interrupt on' } },
  { name: 'ELSI', lsb: 2, values: { 1: 'line status interrupt on' } },
  { name: 'EDSSI', lsb: 3, values: { 1: 'modem status interrupt on' } },
];
const IIR_BITS: readonly BitField[] = [
  { name: 'interrupt', lsb: 0, width: 4, values: SOURCES },
  { name: 'FIFOs', lsb: 6, width: 2, values: { 0: 'off', 3: 'on' } },
];
const FCR_BITS: readonly BitField[] = [
  { name: 'enable', lsb: 0, values: { 0: 'FIFOs off', 1: 'FIFOs on' } },
  { name: 'DMA mode', lsb: 3, values: { 0: 'mode 0, one character at a time', 1: 'mode 1, as many as there are' } },
  { name: 'trigger', lsb: 6, width: 2, values: { 0: '1 byte', 1: '4 bytes', 2: '8 bytes', 3: '14 bytes' } },
];
const LCR_BITS: readonly BitField[] = [
  { name: 'WLS', lsb: 0, width: 2, values: { 0: '5 bits', 1: '6 bits', 2: '7 bits', 3: '8 bits' } },
  { name: 'STB', lsb: 2, values: { 0: '1 stop bit', 1: '2 stop bits (1.5 with 5 bits)' } },
  { name: 'PEN', lsb: 3, values: { 0: 'no parity', 1: 'parity' } },
  { name: 'EPS', lsb: 4, values: { 0: 'odd', 1: 'even' } },
  { name: 'stick parity', lsb: 5, values: { 0: 'parity is counted', 1: 'the parity bit is fixed' } },
  { name: 'break', lsb: 6, values: { 1: 'sends a break' } },
  { name: 'DLAB', lsb: 7, values: { 1: 'divisor latch' } },
];
const MCR_BITS: readonly BitField[] = [
  { name: 'DTR', lsb: 0, values: { 0: 'not ready', 1: 'Data Terminal Ready' } },
  { name: 'RTS', lsb: 1, values: { 0: 'no request', 1: 'Request To Send' } },
  { name: 'OUT1', lsb: 2, doc: 'an output that a PC does not connect' },
  { name: 'OUT2', lsb: 3, values: { 0: 'interrupt gated off', 1: 'interrupt gated on' } },
  { name: 'loop', lsb: 4, values: { 1: 'loopback' } },
];
const LSR_BITS: readonly BitField[] = [
  { name: 'DR', lsb: 0, values: { 1: 'data ready' } },
  { name: 'OE', lsb: 1, values: { 1: 'overrun error' } },
  { name: 'PE', lsb: 2, values: { 1: 'parity error' } },
  { name: 'FE', lsb: 3, values: { 1: 'framing error' } },
  { name: 'BI', lsb: 4, values: { 1: 'break' } },
  { name: 'THRE', lsb: 5, values: { 1: 'transmitter holding register empty' } },
  { name: 'TEMT', lsb: 6, values: { 1: 'transmitter empty' } },
  { name: 'FIFO error', lsb: 7, values: { 1: 'an error in the receiver FIFO' } },
];
const MSR_BITS: readonly BitField[] = [
  { name: 'DCTS', lsb: 0, values: { 1: 'CTS has changed' } },
  { name: 'DDSR', lsb: 1, values: { 1: 'DSR has changed' } },
  { name: 'TERI', lsb: 2, values: { 1: 'RI has gone' } },
  { name: 'DDCD', lsb: 3, values: { 1: 'DCD has changed' } },
  { name: 'CTS', lsb: 4, values: { 0: 'hold', 1: 'Clear To Send' } },
  { name: 'DSR', lsb: 5, values: { 0: 'far end not ready', 1: 'Data Set Ready' } },
  { name: 'RI', lsb: 6, values: { 0: 'no ring', 1: 'Ring Indicator' } },
  { name: 'DCD', lsb: 7, values: { 0: 'no carrier', 1: 'Data Carrier Detect' } },
];

export const FIFO_BYTES = 16;

/** Bytes that may wait at the far end. */
export const LINE_BYTES = 65_536;

/** The far end is a terminal that is there and ready. */
const TERMINAL = MSR.CTS | MSR.DSR | MSR.DCD;

/** The chip's state. */
export const TABLE = {
  ier: uint(4, 'Interrupt Enable Register'),
  fcr: uint(8, 'FIFO Control Register: FIFO enable, DMA mode and trigger'),
  lcr: uint(8, 'Line Control Register'),
  mcr: uint(5, 'Modem Control Register'),
  lsr: uint(5, 'Line Status Register: overrun, and break and errors of the character on top'),
  msr: uint(4, 'Modem Status Register: deltas; the lines are `modem`'),
  modem: uint(8, 'modem inputs CTS, DSR, RI, DCD in the places of the Modem Status Register', TERMINAL),
  scr: uint(8, 'Scratch Register'),
  divisor: uint(16, 'Divisor Latch DLM:DLL', 12),
  rbr: uint(8, 'Receiver Buffer Register: the last character read'),
  /** Each entry is a character and, 8 bits up, the errors that came with it. */
  received: list(FIFO_BYTES, 'receiver FIFO, or the one character in RBR'),
  toSend: list(FIFO_BYTES, 'transmitter FIFO, or the one character in THR'),
  shifting: uint(8, 'transmitter shift register'),
  busy: bool('the transmitter shift register is being sent'),
  line: list(LINE_BYTES, 'characters that the far end has still to send'),
  emptied: bool('a transmitter holding register empty interrupt is due'),
  timedOut: bool('a character timeout interrupt is due'),
  irq: bool('level driven on the interrupt wire'),
};

/** What the rows below see of the chip. */
interface Uart16550Parts {
  readonly state: StateOf<typeof TABLE>;
  readonly iir: number;
  readonly lsr: number;
  peek(offset: number): number;
  write(offset: number, size: number, value: number): void;
  enable(value: number): void;
  setDivisor(value: number): void;
}

export const REGISTERS: readonly ChipRegister<Uart16550Parts>[] = [
  {
    name: 'RBR',
    width: 8,
    doc: 'Receiver Buffer Register',
    peek: ({ state }) => (state.received[0] ?? state.rbr) & 0xff,
  },
  { name: 'THR', width: 8, doc: 'Transmitter shift register', peek: ({ state }) => state.shifting },
  {
    name: 'IER',
    width: 8,
    doc: 'Interrupt Enable Register',
    bits: IER_BITS,
    peek: ({ state }) => state.ier,
    poke: (uart, value) => uart.enable(value & 0x0f),
  },
  { name: 'IIR', width: 8, doc: 'Interrupt Identification Register', bits: IIR_BITS, peek: (uart) => uart.iir },
  {
    name: 'FCR',
    width: 8,
    doc: 'FIFO Control Register',
    bits: FCR_BITS,
    peek: ({ state }) => state.fcr,
    poke: (uart, value) => uart.write(2, 1, value & 0xff),
  },
  {
    name: 'LCR',
    width: 8,
    doc: 'Line Control Register',
    bits: LCR_BITS,
    peek: ({ state }) => state.lcr,
    poke: (uart, value) => uart.write(3, 1, value & 0xff),
  },
  {
    name: 'MCR',
    width: 8,
    doc: 'Modem Control Register',
    bits: MCR_BITS,
    peek: ({ state }) => state.mcr,
    poke: (uart, value) => uart.write(4, 1, value & 0xff),
  },
  { name: 'LSR', width: 8, doc: 'Line Status Register', bits: LSR_BITS, peek: (uart) => uart.lsr },
  { name: 'MSR', width: 8, doc: 'Modem Status Register', bits: MSR_BITS, peek: (uart) => uart.peek(6) },
  {
    name: 'SCR',
    width: 8,
    doc: 'Scratch Register',
    peek: ({ state }) => state.scr,
    poke: (uart, value) => uart.write(7, 1, value & 0xff),
  },
  {
    name: 'DL',
    width: 16,
    doc: 'Divisor Latch DLM:DLL; 115200 baud / divisor',
    peek: ({ state }) => state.divisor,
    poke: (uart, value) => uart.setDivisor(value & 0xffff),
  },
  {
    name: 'Receiver FIFO',
    width: 5,
    doc: 'characters received and not read',
    peek: ({ state }) => state.received.length,
  },
  { name: 'Transmitter FIFO', width: 5, doc: 'characters to be sent', peek: ({ state }) => state.toSend.length },
];
