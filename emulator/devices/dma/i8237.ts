/**
 * Intel 8237A Programmable DMA Controller (Intel, "8237A High Performance Programmable DMA Controller", order 231466):
 * its registers. There is no transfer engine: nothing on this board asks for DMA, disk transfers are the firmware's.
 *
 * Offsets 0 to 15 are A3-A0. The second controller of an AT has its A0 on SA1: map it with `stride` 2.
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister } from '../../bus/chip';
import type { BitField } from '../../state/bits';
import { bool, ints, uint } from '../../state/fields';
import { numberedBits } from '../bit-rows';

const CHANNELS = [0, 1, 2, 3] as const;

const TABLE = {
  baseAddress: ints(4, 'Base Address registers'),
  baseCount: ints(4, 'Base Word Count registers'),
  address: ints(4, 'Current Address registers'),
  count: ints(4, 'Current Word Count registers'),
  mode: ints(4, 'Mode registers, bits 7 to 2'),
  command: uint(8, 'Command register'),
  request: uint(4, 'Request register: software requests'),
  mask: uint(4, 'Mask register: 1 disables a channel', 0x0f),
  reached: uint(4, 'Status bits 3 to 0: channels that reached terminal count'),
  temporary: uint(8, 'Temporary register'),
  high: bool('byte pointer flip-flop: the next byte is the high one'),
};

const COMMAND_BITS: readonly BitField[] = [
  { name: 'memory-to-memory', lsb: 0, values: { 0: 'disabled', 1: 'channel 0 to channel 1' } },
  { name: 'channel 0 address hold', lsb: 1, values: { 0: 'counts', 1: 'held in memory-to-memory transfers' } },
  { name: 'controller', lsb: 2, values: { 0: 'enabled', 1: 'disabled' } },
  { name: 'timing', lsb: 3, values: { 0: 'normal', 1: 'compressed' } },
  { name: 'priority', lsb: 4, values: { 0: 'fixed', 1: 'rotating' } },
  { name: 'write', lsb: 5, values: { 0: 'late', 1: 'extended' } },
  { name: 'DREQ sense', lsb: 6, values: { 0: 'active high', 1: 'active low' } },
  { name: 'DACK sense', lsb: 7, values: { 0: 'active low', 1: 'active high' } },
];
const MODE_BITS: readonly BitField[] = [
  { name: 'transfer', lsb: 2, width: 2, values: { 0: 'verify', 1: 'write to memory', 2: 'read from memory' } },
  { name: 'autoinitialize', lsb: 4, values: { 0: 'masked at the end', 1: 'from the start again' } },
  { name: 'direction', lsb: 5, values: { 0: 'increment', 1: 'decrement' } },
  { name: 'mode', lsb: 6, width: 2, values: { 0: 'demand', 1: 'single', 2: 'block', 3: 'cascade' } },
];
const STATUS_BITS: readonly BitField[] = [
  ...numberedBits('TC', 4, { 1: 'terminal count reached' }),
  ...numberedBits('request ', 4, { 1: 'requested' }).map((bit) => ({ ...bit, lsb: bit.lsb + 4 })),
];

const channelRegisters = CHANNELS.flatMap((i): ChipRegister<I8237>[] => [
  { name: `Base Address ${i}`, width: 16, doc: 'start of the transfer', peek: ({ state }) => state.baseAddress[i] },
  {
    name: `Current Address ${i}`,
    width: 16,
    doc: 'address of the next transfer',
    peek: ({ state }) => state.address[i],
    poke: ({ state }, value) => {
      state.address[i] = value & 0xffff;
    },
  },
  { name: `Base Word Count ${i}`, width: 16, doc: 'transfers, less one', peek: ({ state }) => state.baseCount[i] },
  {
    name: `Current Word Count ${i}`,
    width: 16,
    doc: 'transfers left, less one',
    peek: ({ state }) => state.count[i],
    poke: ({ state }, value) => {
      state.count[i] = value & 0xffff;
    },
  },
  { name: `Mode ${i}`, width: 8, doc: 'Mode register', bits: MODE_BITS, peek: ({ state }) => state.mode[i] },
]);

const REGISTERS: readonly ChipRegister<I8237>[] = [
  {
    name: 'Command',
    width: 8,
    doc: 'Command register',
    bits: COMMAND_BITS,
    peek: ({ state }) => state.command,
    poke: ({ state }, value) => {
      state.command = value & 0xff;
    },
  },
  { name: 'Status', width: 8, doc: 'Status register; reading clears TC', bits: STATUS_BITS, peek: (dma) => dma.status },
  {
    name: 'Mask',
    width: 4,
    doc: 'Mask register',
    bits: numberedBits('mask ', 4, { 0: 'enabled', 1: 'masked' }),
    peek: ({ state }) => state.mask,
    poke: ({ state }, value) => {
      state.mask = value & 0x0f;
    },
  },
  {
    name: 'Request',
    width: 4,
    doc: 'Request register',
    bits: numberedBits('request ', 4, { 1: 'requested by software' }),
    peek: ({ state }) => state.request,
  },
  { name: 'Temporary', width: 8, doc: 'Temporary register', peek: ({ state }) => state.temporary },
  {
    name: 'Flip-flop',
    width: 1,
    doc: 'byte pointer flip-flop',
    bits: [{ name: 'byte', lsb: 0, values: { 0: 'low byte is next', 1: 'high byte is next' } }],
    peek: ({ state }) => (state.high ? 1 : 0),
  },
  ...channelRegisters,
];

/** Mode register, bits 7-6, 5, 4 and 3-2 (Intel 8237A data sheet, "Mode register"). */
const MODES = ['demand', 'single', 'block', 'cascade'] as const;
const CASCADE = 3;
const DOWN = 0x20;
const AUTOINITIALIZE = 0x10;
const TRANSFERS = ['verify', 'write to memory', 'read from memory', 'illegal'] as const;

const hex4 = (value: number): string => `${value.toString(16).toUpperCase().padStart(4, '0')}h`;

export interface I8237Options {
  /** Addresses from one register to the next: 1 for an AT's first controller (ports 00h-0Fh), 2 for the second (C0h-DFh). */
  readonly stride?: 1 | 2;
}

/** By register; ports are `stride` apart. */
const PORTS: readonly PortName[] = [
  ...[0, 1, 2, 3].flatMap((channel) => [
    { offset: 2 * channel, read: `Channel ${channel}: current address`, write: `Channel ${channel}: address` },
    { offset: 2 * channel + 1, read: `Channel ${channel}: current count`, write: `Channel ${channel}: count less 1` },
  ]),
  { offset: 8, read: 'Status', write: 'Command' },
  { offset: 9, write: 'Request' },
  { offset: 10, write: 'Mask of one channel' },
  { offset: 11, write: 'Mode' },
  { offset: 12, write: 'clears the byte pointer' },
  { offset: 13, read: 'Temporary', write: 'master clear' },
  { offset: 14, write: 'clears the mask' },
  { offset: 15, write: 'Mask of all channels' },
];

export class I8237 extends Chip<typeof TABLE> implements BusDevice {
  private readonly stride: 1 | 2;

  constructor(id: string, options: I8237Options = {}) {
    super(id, '8237A DMA controller', TABLE);
    this.stride = options.stride ?? 1;
  }

  protected get registers(): readonly ChipRegister<I8237>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS.map((port) => ({ ...port, offset: port.offset * this.stride }));
  }

  /** Status register: terminal counts and requests. Only software requests there are. */
  get status(): number {
    return this.state.reached | (this.state.request << 4);
  }

  read(offset: number): number {
    const value = this.peek(offset);
    const register = Math.floor(offset / this.stride);
    if (register < 8) this.state.high = !this.state.high;
    else if (register === 8) this.state.reached = 0;
    return value;
  }

  /** Registers that can only be written leave the bus floating. */
  peek(offset: number): number {
    const { state } = this;
    const register = Math.floor(offset / this.stride);
    if (register < 8) {
      const value = (register & 1 ? state.count : state.address)[register >> 1];
      return state.high ? value >> 8 : value & 0xff;
    }
    if (register === 8) return this.status;
    if (register === 13) return state.temporary;
    return 0xff;
  }

  write(offset: number, _size: number, value: number): void {
    const { state } = this;
    const register = Math.floor(offset / this.stride);
    const bit = 1 << (value & 3);
    switch (register) {
      case 8:
        state.command = value;
        break;
      case 9:
        state.request = value & 4 ? state.request | bit : state.request & ~bit;
        break;
      case 10:
        state.mask = value & 4 ? state.mask | bit : state.mask & ~bit;
        break;
      case 11:
        state.mode[value & 3] = value & 0xfc;
        break;
      case 12: // clear byte pointer flip-flop
        state.high = false;
        break;
      case 13: // master clear: as a hardware reset
        this.clear();
        break;
      case 14: // clear mask register
        state.mask = 0;
        break;
      case 15: // write all mask register bits
        state.mask = value & 0x0f;
        break;
      default:
        this.writeChannel(register >> 1, (register & 1) !== 0, value);
    }
  }

  override notes(): readonly string[] {
    const { state } = this;
    const channels = [0, 1, 2, 3].flatMap((i) => {
      const mode = state.mode[i];
      if (mode === 0 && state.baseCount[i] === 0) return [];
      if (mode >> 6 === CASCADE) return [`Channel ${i}: cascade, ${state.mask & (1 << i) ? 'masked' : 'open'}.`];
      const what = `${TRANSFERS[(mode >> 2) & 3]}, ${MODES[mode >> 6]}, address ${hex4(state.address[i])} ${mode & DOWN ? 'down' : 'up'}`;
      const then = mode & AUTOINITIALIZE ? 'then from the start again' : 'then masked';
      return [
        `Channel ${i}: ${what}, ${state.count[i] + 1} to go, ${then}; ${state.mask & (1 << i) ? 'masked' : 'waits for DREQ'}.`,
      ];
    });
    return [...channels, 'Nothing on this board asks for DMA: registers only.'];
  }

  /** Command, status, request, temporary and flip-flop are cleared, the mask is set; addresses and counts stay. */
  private clear(): void {
    const { state } = this;
    state.command = 0;
    state.reached = 0;
    state.request = 0;
    state.temporary = 0;
    state.high = false;
    state.mask = 0x0f;
  }

  /** A byte goes into base and current register at once. */
  private writeChannel(channel: number, isCount: boolean, value: number): void {
    const { state } = this;
    const base = isCount ? state.baseCount : state.baseAddress;
    const current = isCount ? state.count : state.address;
    const place = (old: number) => (state.high ? (old & 0x00ff) | (value << 8) : (old & 0xff00) | value);
    base[channel] = place(base[channel]);
    current[channel] = place(current[channel]);
    state.high = !state.high;
  }
}
