/** The jump cache: where jumps by register find the block of a program counter without asking. The last one of a hash wins. */
import type { GuestMemory } from '../memory/guest-memory';
import { CPU_BASE, JUMP_ENTRIES, JUMP_ENTRY_BYTES, JUMPS } from '../memory/layout';

const [CONTEXT, IP, LINK] = [4, 8, 12];

export class JumpCache {
  constructor(private readonly memory: GuestMemory) {}

  /** Lets jumps find the block at `ip`, and its compiled code. */
  fill(pc: number, context: number, ip: number, link: number): void {
    const at = entryOf(pc);
    const { view } = this.memory;
    view.setUint32(at, pc, true);
    view.setUint32(at + CONTEXT, context, true);
    view.setUint32(at + IP, ip, true);
    view.setUint32(at + LINK, link, true);
  }

  /** The block at `ip` leads to other compiled code. */
  setLink(pc: number, ip: number, link: number): void {
    const at = entryOf(pc);
    if (this.memory.view.getUint32(at + IP, true) === ip) this.memory.view.setUint32(at + LINK, link, true);
  }

  /** Jumps have to ask for the block at `ip`. */
  forget(pc: number, ip: number): void {
    const at = entryOf(pc);
    // A context of 0 is never used, so that such an entry matches nothing.
    if (this.memory.view.getUint32(at + IP, true) === ip) this.memory.view.setUint32(at + CONTEXT, 0, true);
  }

  clear(): void {
    const start = CPU_BASE + JUMPS;
    this.memory.u8.fill(0, start, start + JUMP_ENTRIES * JUMP_ENTRY_BYTES);
  }
}

/** Host address of the entry for a program counter: handlers-flow has the same in wasm. */
const entryOf = (pc: number): number => CPU_BASE + JUMPS + ((pc ^ (pc >>> 12)) & (JUMP_ENTRIES - 1)) * JUMP_ENTRY_BYTES;
