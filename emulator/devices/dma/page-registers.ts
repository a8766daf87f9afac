/**
 * DMA page registers of an AT, a 74LS612 (IBM, "Personal Computer AT Technical Reference", DMA page registers): address
 * bits above 16 for each DMA channel. Offsets 0 to 15 stand for ports 80h to 8Fh. Where port 80h is the diagnostic port,
 * map from offset 1 on.
 */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister } from '../../bus/chip';
import { bytes } from '../../state/fields';

const TABLE = { pages: bytes(16, 'page registers') };

/** Offset by DMA channel; the last is the page of memory refresh. */
const CHANNELS: readonly (readonly [name: string, offset: number])[] = [
  ['Channel 0', 7],
  ['Channel 1', 3],
  ['Channel 2', 1],
  ['Channel 3', 2],
  ['Channel 5', 11],
  ['Channel 6', 9],
  ['Channel 7', 10],
  ['Refresh', 15],
];

const REGISTERS: readonly ChipRegister<DmaPageRegisters>[] = CHANNELS.map(([name, offset]) => ({
  name,
  width: 8,
  doc: `page register at offset ${offset}`,
  peek: ({ state }) => state.pages[offset],
  poke: ({ state }, value) => {
    state.pages[offset] = value;
  },
}));

const PORTS: readonly PortName[] = CHANNELS.map(([name, offset]) => {
  const page = `${name}: page, address bits from 16 on`;
  return { offset, read: page, write: page };
});

export class DmaPageRegisters extends Chip<typeof TABLE> implements BusDevice {
  constructor(id: string) {
    super(id, '74LS612 DMA page registers', TABLE);
  }

  protected get registers(): readonly ChipRegister<DmaPageRegisters>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  read(offset: number): number {
    return this.state.pages[offset];
  }

  peek(offset: number): number {
    return this.state.pages[offset];
  }

  write(offset: number, _size: number, value: number): void {
    this.state.pages[offset] = value;
  }
}
