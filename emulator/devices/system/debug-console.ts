/** The debug console that emulators have at port E9h: a byte written goes out, a read gives E9h, so guests can find it. */
import type { BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister } from '../../bus/chip';
import { ByteLine } from '../../bus/wire';
import { int, uint } from '../../state/fields';

const PRESENT = 0xe9;

const TABLE = {
  last: uint(8, 'the byte written last'),
  count: int('bytes written'),
};

const REGISTERS: readonly ChipRegister<DebugConsole>[] = [
  { name: 'Last', width: 8, doc: 'the byte written last', peek: ({ state }) => state.last },
  { name: 'Count', width: 53, doc: 'bytes written since power-on', peek: ({ state }) => state.count },
];

const PORTS: readonly PortName[] = [
  { offset: 0, read: 'E9h where there is a debug console', write: 'a character for the debug console' },
];

export class DebugConsole extends Chip<typeof TABLE> implements BusDevice {
  readonly out = new ByteLine('debug console');

  constructor(id: string) {
    super(id, 'debug console', TABLE);
  }

  protected get registers(): readonly ChipRegister<DebugConsole>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  read(): number {
    return PRESENT;
  }

  peek(): number {
    return PRESENT;
  }

  write(_offset: number, _size: number, value: number): void {
    this.state.last = value;
    this.state.count++;
    this.out.send(value);
  }
}
