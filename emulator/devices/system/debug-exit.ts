/**
 * A port by which a guest ends the machine with a code of its own, as QEMU's isa-debug-exit does (QEMU documentation,
 * "isa-debug-exit"): a write of `value` asks for the exit code (value << 1) | 1. Four bytes wide.
 */
import type { AccessSize, BusDevice, PortName } from '../../bus/address-space';
import { Chip, type ChipRegister } from '../../bus/chip';
import { bool, uint } from '../../state/fields';

const TABLE = {
  asked: bool('the guest has asked for an end'),
  value: uint(32, 'the value written last'),
};

const REGISTERS: readonly ChipRegister<DebugExit>[] = [
  { name: 'Value', width: 32, doc: 'the value written last', peek: ({ state }) => state.value },
  { name: 'Asked', width: 1, doc: 'the guest has asked for an end', peek: ({ state }) => (state.asked ? 1 : 0) },
];

export interface DebugExitOptions {
  /** The guest ends the machine; `code` is the process exit code, cut to 8 bits by most hosts. */
  readonly onExit: (code: number) => void;
}

const PORTS: readonly PortName[] = [{ offset: 0, write: 'ends the machine with an exit code' }];

export class DebugExit extends Chip<typeof TABLE> implements BusDevice {
  private readonly onExit: (code: number) => void;

  constructor(id: string, options: DebugExitOptions) {
    super(id, 'debug exit port', TABLE);
    this.onExit = options.onExit;
  }

  protected get registers(): readonly ChipRegister<DebugExit>[] {
    return REGISTERS;
  }

  get portNames(): readonly PortName[] {
    return PORTS;
  }

  read(): number {
    return 0;
  }

  peek(): number {
    return 0;
  }

  write(_offset: number, _size: AccessSize, value: number): void {
    this.state.asked = true;
    this.state.value = value >>> 0;
    this.onExit(value * 2 + 1);
  }
}
