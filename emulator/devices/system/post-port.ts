/** The diagnostic port of an AT, port 80h (manufacturer's test port): it keeps the last code that was written. */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister } from '../../bus/chip';
import { uint } from '../../state/fields';

const TABLE = { code: uint(8, 'the code written last') };

const REGISTERS: readonly ChipRegister<PostPort>[] = [
  {
    name: 'Code',
    width: 8,
    doc: 'the diagnostic code written last',
    peek: ({ state }) => state.code,
    poke: ({ state }, value) => {
      state.code = value & 0xff;
    },
  },
];

const PORTS: readonly PortName[] = [{ offset: 0, read: 'POST code', write: 'POST code' }];

export class PostPort extends Chip<typeof TABLE> implements BusDevice {
  constructor(id: string) {
    super(id, 'POST code port', TABLE);
  }

  protected get registers(): readonly ChipRegister<PostPort>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  read(): number {
    return this.state.code;
  }

  peek(): number {
    return this.state.code;
  }

  write(_offset: number, _size: number, value: number): void {
    this.state.code = value;
  }
}
