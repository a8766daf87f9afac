/**
 * An address space of devices: port I/O and memory-mapped I/O are both one of these. RAM and ROM are not in here (see
 * memory/physical-memory): only what needs a device to answer.
 */

import type { AccessSize, DeviceSpace } from '../memory/access';

export type { AccessSize };

/** What a guest reaches at an offset of a device, in the datasheet's names; absent where a direction does nothing. */
export interface PortName {
  readonly offset: number;
  readonly read?: string;
  readonly write?: string;
}

/** A device's face on a bus. Offsets count from where the board mapped it. */
export interface BusDevice {
  /** A guest's read: may act (clear a flag, pop a queue). */
  read(offset: number, size: AccessSize): number;
  write(offset: number, size: AccessSize, value: number): void;
  /** What `read` would return, without acting. */
  peek(offset: number, size: AccessSize): number;
  /**
   * Virtual time (ns, or Infinity) until which reads of the byte at `offset`, again and again, give what they give now, in those
   * bits that `bits` has, and change nothing that one now would not have changed, as long as no timer fires and nobody does
   * anything else to the device; absent, or 0, where that is not known.
   */
  steadyUntil?(offset: number, bits: number): number;
  /** For people. */
  readonly portNames?: readonly PortName[];
}

export interface Mapping {
  readonly base: number;
  readonly length: number;
  readonly device: BusDevice;
  /** The offset that the device sees at `base`. */
  readonly offset: number;
  /** The widest access that the device takes; wider ones are split, lowest address first. */
  readonly width: AccessSize;
  /** Shown to people: `pit`, `com1`. */
  readonly name: string;
}

/** A mapping with its device's functions: to load them each time, from devices of many kinds, takes longer than to call them. */
interface Mapped extends Mapping {
  readonly read: BusDevice['read'];
  readonly write: BusDevice['write'];
  /** What is taken from an address to make the device's offset. */
  readonly shift: number;
}

/** An access to something that is not modelled, or that a device does not know. */
export interface UnmodelledAccess {
  readonly space: string;
  readonly kind: 'read' | 'write';
  readonly address: number;
  readonly size: AccessSize;
  readonly value: number;
}

/** Who looks on while devices are accessed. */
export interface AccessObserver {
  /** Before the device is written. */
  writing(address: number, size: AccessSize, value: number): void;
  /** Behind each access. */
  accessed(kind: 'read' | 'write', address: number, size: AccessSize, value: number): void;
}

/** So many addresses have a table of who takes them. */
const FEW = 0x1_0000;

const mask = (size: AccessSize) => (size === 4 ? 0xffffffff : size === 2 ? 0xffff : 0xff);

/** Whether a mapping answers an access as a whole. */
const takes = (mapping: Mapping, address: number, size: AccessSize): boolean =>
  size <= mapping.width && address + size <= mapping.base + mapping.length;

export class AddressSpace implements DeviceSpace {
  private readonly mappings: Mapped[] = [];
  /** Of a space of few addresses: the mapping that takes each. */
  private readonly taken: (Mapped | undefined)[] | undefined;
  /** Called for each access that no mapping takes. Such a read gives all ones, such a write does nothing. */
  onUnmodelled: (access: UnmodelledAccess) => void = () => undefined;

  /** Sees the accesses of the guest while it is set. */
  observer: AccessObserver | undefined;

  /** `size`: the number of addresses, such as 0x10000 for x86 ports. */
  constructor(
    readonly name: string,
    readonly size: number,
  ) {
    this.taken = size <= FEW ? new Array<Mapped | undefined>(size).fill(undefined) : undefined;
  }

  /**
   * Maps `length` addresses from `base` to `device`.
   * @throws Error when they lie outside the space or overlap another mapping.
   */
  map(
    name: string,
    base: number,
    length: number,
    device: BusDevice,
    options: { offset?: number; width?: AccessSize } = {},
  ): void {
    if (base < 0 || length <= 0 || base + length > this.size) {
      throw new Error(`${name}: ${base.toString(16)}h+${length.toString(16)}h lies outside of ${this.name}.`);
    }
    const other = this.mappings.find((m) => base < m.base + m.length && m.base < base + length);
    if (other !== undefined)
      throw new Error(`${name} and ${other.name} overlap in ${this.name} at ${base.toString(16)}h.`);
    const { offset = 0, width = 1 } = options;
    // oxlint-disable-next-line typescript/unbound-method -- called with their device: bound functions take longer
    const { read, write } = device;
    const mapped = { name, base, length, device, offset, width, read, write, shift: base - offset };
    this.mappings.push(mapped);
    this.mappings.sort((a, b) => a.base - b.base);
    this.taken?.fill(mapped, base, base + length);
  }

  /** The mapping that takes `address`, if any. */
  find(address: number): Mapped | undefined {
    if (this.taken !== undefined) return this.taken[address];
    let low = 0;
    let high = this.mappings.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const mapping = this.mappings[middle];
      if (address < mapping.base) high = middle - 1;
      else if (address >= mapping.base + mapping.length) low = middle + 1;
      else return mapping;
    }
    return undefined;
  }

  get isObserved(): boolean {
    return this.observer !== undefined;
  }

  answers(address: number): boolean {
    return this.find(address) !== undefined;
  }

  list(): readonly Mapping[] {
    return this.mappings;
  }

  read(address: number, size: AccessSize): number {
    const mapping = this.find(address);
    // A byte is what most devices take: nothing of it lies elsewhere.
    if (size === 1 && mapping !== undefined && this.observer === undefined)
      return mapping.read.call(mapping.device, address - mapping.shift, 1) & 0xff;
    const value =
      mapping !== undefined && takes(mapping, address, size)
        ? (mapping.read.call(mapping.device, address - mapping.shift, size) & mask(size)) >>> 0
        : this.readParts(true, address, size);
    if (this.observer !== undefined) this.observer.accessed('read', address, size, value);
    return value;
  }

  /** What `read` would give, without side effects; all ones where nothing is. */
  peek(address: number, size: AccessSize): number {
    return this.readBy(false, address, size);
  }

  private readBy(acts: boolean, address: number, size: AccessSize): number {
    const mapping = this.find(address);
    if (mapping === undefined || !takes(mapping, address, size)) return this.readParts(acts, address, size);
    const { device } = mapping;
    const offset = address - mapping.shift;
    return ((acts ? device.read(offset, size) : device.peek(offset, size)) & mask(size)) >>> 0;
  }

  /** What no mapping takes as a whole. */
  private readParts(acts: boolean, address: number, size: AccessSize): number {
    if (size === 1 || this.find(address) === undefined) {
      if (acts) this.onUnmodelled({ space: this.name, kind: 'read', address, size, value: mask(size) });
      return mask(size);
    }
    const half = (size >> 1) as AccessSize;
    const low = this.readBy(acts, address, half);
    const high = this.readBy(acts, (address + half) % this.size, half);
    return (low | (high << (8 * half))) >>> 0;
  }

  write(address: number, size: AccessSize, value: number): void {
    if (this.observer === undefined) {
      this.writeBy(address, size, value);
      return;
    }
    this.observer.writing(address, size, value);
    this.writeBy(address, size, value);
    this.observer?.accessed('write', address, size, value);
  }

  private writeBy(address: number, size: AccessSize, value: number): void {
    const mapping = this.find(address);
    if (size === 1 && mapping !== undefined) {
      mapping.write.call(mapping.device, address - mapping.shift, 1, value & 0xff);
      return;
    }
    if (mapping !== undefined && takes(mapping, address, size)) {
      mapping.write.call(mapping.device, address - mapping.shift, size, (value & mask(size)) >>> 0);
      return;
    }
    if (size === 1 || mapping === undefined) {
      this.onUnmodelled({ space: this.name, kind: 'write', address, size, value: (value & mask(size)) >>> 0 });
      return;
    }
    const half = (size >> 1) as AccessSize;
    this.writeBy(address, half, (value & mask(half)) >>> 0);
    this.writeBy((address + half) % this.size, half, value >>> (8 * half));
  }
}
