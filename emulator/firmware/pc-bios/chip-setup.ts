/**
 * What POST writes to the chips, in order, a port and a byte each (the screen is set by INT 10h, the 8042 by code).
 * Sources: Intel 8259A, 8254 and 8237A data sheets, Motorola MC146818A data sheet, IBM PC AT Technical Reference.
 */

export interface PortWrite {
  readonly port: number;
  readonly value: number;
  readonly doc: string;
}

const write = (port: number, value: number, doc: string): PortWrite => ({ port, value, doc });

/** One CMOS register: its index with NMI masked, then its value. */
const cmos = (index: number, value: number, doc: string): PortWrite[] => [
  write(0x70, 0x80 | index, `CMOS ${doc}`),
  write(0x71, value, doc),
];

/** 9600 baud, 8 data bits, no parity, 1 stop bit: what programs that never set a port up rely on. */
const serialPort = (base: number): PortWrite[] => [
  write(base + 3, 0x80, 'UART: divisor latch'),
  write(base, 12, 'divisor 12: 9600 baud'),
  write(base + 1, 0, 'divisor, high byte'),
  write(base + 3, 0x03, '8 data bits, no parity, 1 stop bit'),
];

/** Interrupts that POST leaves enabled: timer, keyboard, cascade, floppy; on the second 8259A pointing device, coprocessor, disk. */
const MASTER_MASK = 0xff & ~((1 << 0) | (1 << 1) | (1 << 2) | (1 << 6));
const SLAVE_MASK = 0xff & ~((1 << 4) | (1 << 5) | (1 << 6));

const WRITES: readonly PortWrite[] = [
  write(0x20, 0x11, 'master 8259A ICW1: edge triggered, cascade, ICW4 follows'),
  write(0x21, 0x08, 'ICW2: IRQ 0-7 are INT 08h-0Fh'),
  write(0x21, 0x04, 'ICW3: a slave on IR2'),
  write(0x21, 0x01, 'ICW4: 8086, normal EOI'),
  write(0xa0, 0x11, 'slave 8259A ICW1'),
  write(0xa1, 0x70, 'ICW2: IRQ 8-15 are INT 70h-77h'),
  write(0xa1, 0x02, 'ICW3: slave number 2'),
  write(0xa1, 0x01, 'ICW4: 8086, normal EOI'),
  write(0x21, MASTER_MASK, 'OCW1: master mask'),
  write(0xa1, SLAVE_MASK, 'OCW1: slave mask'),

  write(0x43, 0x36, '8254 counter 0: low and high byte, mode 3'),
  write(0x40, 0x00, 'counter 0: 65,536, that is 18.2 interrupts a second'),
  write(0x40, 0x00, 'counter 0, high byte'),
  write(0x43, 0x54, '8254 counter 1: low byte, mode 2'),
  write(0x41, 18, 'counter 1: a refresh every 15 us'),
  write(0x43, 0xb6, '8254 counter 2: low and high byte, mode 3'),
  write(0x42, 0x33, 'counter 2: 1,331, a tone of 896 Hz'),
  write(0x42, 0x05, 'counter 2, high byte'),
  write(0x61, 0x00, 'speaker off, parity checks on'),

  write(0x0d, 0x00, 'first 8237A: master clear'),
  write(0xda, 0x00, 'second 8237A: master clear'),
  write(0xd6, 0xc0, 'second 8237A, channel 0: cascade of the first'),
  write(0xd4, 0x00, 'second 8237A, channel 0: unmasked'),

  ...[0x3f8, 0x2f8, 0x3e8, 0x2e8].flatMap((base) => serialPort(base)),

  ...cmos(0x0a, 0x26, 'status register A: 32,768 Hz, periodic rate 1,024 Hz'),
  ...cmos(0x0b, 0x02, 'status register B: 24 hours, BCD, no interrupts'),
  write(0x70, 0x0d, 'NMI on'),
];

/** The writes, ended by a port 0. */
export function chipSetup(): readonly PortWrite[] {
  return [...WRITES, write(0, 0, 'end of the table')];
}
