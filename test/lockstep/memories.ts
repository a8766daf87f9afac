/** The memories of both sides, by linear addresses. */
import type { GuestMemory } from '../../emulator/memory/guest-memory';
import type { GdbClient } from './gdb-client';

export class Memories {
  /** @param entries page table entries of the first pages, where paging is on */
  constructor(
    private readonly gdb: GdbClient,
    private readonly memory: GuestMemory,
    private readonly entries: Uint32Array | undefined,
  ) {}

  /** The linear addresses of a range with the physical ones, a page at a time. */
  private pieces(
    address: number,
    length: number,
  ): readonly (readonly [start: number, end: number, physical: number])[] {
    const { entries } = this;
    if (entries === undefined) return [[address, address + length, address]];
    const list: (readonly [number, number, number])[] = [];
    for (let start = address; start < address + length; ) {
      const end = Math.min(address + length, (start & ~0xfff) + 0x1000);
      list.push([start, end, (entries[start >>> 12] & ~0xfff) + (start & 0xfff)]);
      start = end;
    }
    return list;
  }

  /** Puts bytes to a linear address on both sides. */
  async load(address: number, bytes: Uint8Array): Promise<void> {
    await this.gdb.writeMemory(address, bytes);
    for (const [start, end, physical] of this.pieces(address, bytes.length))
      this.memory.load(physical, bytes.subarray(start - address, end - address));
  }

  /** What differs first, if anything. */
  async compare(name: string, address: number, length: number): Promise<string | undefined> {
    const theirs = await this.gdb.readMemory(address, length);
    const ours = new Uint8Array(length);
    for (const [start, end, physical] of this.pieces(address, length))
      ours.set(this.memory.readBytes(physical, end - start), start - address);
    const at = theirs.findIndex((byte, i) => byte !== ours[i]);
    return at < 0
      ? undefined
      : `${name} + ${at.toString(16)}: ${ours[at].toString(16)}, QEMU ${theirs[at].toString(16)}`;
  }
}
