/** Accesses to the physical address space that no memory answers. */

export type AccessSize = 1 | 2 | 4;

/** What compiled code asks for: so many bytes, and these bits: a write; only memory in place (memory/in-place) will do. */
export const ASKED = { BYTES: 0xff, WRITE: 0x100, IN_PLACE: 0x200 } as const;

/** Who answers where there is no RAM or ROM: the devices' address space (bus/address-space). */
export interface DeviceSpace {
  /** A guest's read: may act. */
  read(address: number, size: AccessSize): number;
  write(address: number, size: AccessSize, value: number): void;
  /** What `read` would give, without acting. */
  peek(address: number, size: AccessSize): number;
  /** Whether a device answers at `address`. */
  answers(address: number): boolean;
  /** Whether each access is to be told to somebody who looks on. */
  readonly isObserved: boolean;
}
