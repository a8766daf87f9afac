/** The call record: which calls and interrupts have happened and not returned. Written by engine ops and by helpers. */
import type { GuestMemory } from './guest-memory';
import { CPU_BASE, FRAME_ENTRY_BYTES, FRAME_LIMIT, FRAME_RECORD, RUN_DEPTH, RUN_FUEL, RUN_LIMIT } from './layout';

export interface CallEntry {
  /** Linear address that control returns to, the stack pointer before the call, the called address. */
  readonly returnTo: number;
  readonly sp: number;
  readonly target: number;
  /** The guest architecture's: 0 is a plain call. */
  readonly kind: number;
  /** Count at which it happened. */
  readonly position: number;
}

/** How far down an unmatched return looks for its call. */
const SEARCH_DEPTH = 64;
/** An unmatched return drops entries whose stack lies at most this far below. */
const UNWIND_BYTES = 0x1_0000;

export class CallRecord {
  private readonly start: number;

  constructor(
    private readonly memory: GuestMemory,
    private readonly cpuBase: number = CPU_BASE,
  ) {
    this.start = cpuBase + FRAME_RECORD;
  }

  get depth(): number {
    return this.memory.view.getInt32(this.cpuBase + RUN_DEPTH, true);
  }

  private setDepth(depth: number): void {
    this.memory.view.setInt32(this.cpuBase + RUN_DEPTH, depth, true);
  }

  clear(): void {
    this.setDepth(0);
  }

  /** Notes a call that the instruction being executed (or the present boundary) makes. */
  push(returnTo: number, sp: number, target: number, kind: number, position: number): void {
    if (this.depth === FRAME_LIMIT) this.makeRoom();
    const { view } = this.memory;
    const at = this.start + this.depth * FRAME_ENTRY_BYTES;
    view.setUint32(at, returnTo, true);
    view.setUint32(at + 4, sp, true);
    view.setUint32(at + 8, target, true);
    view.setUint32(at + 12, kind, true);
    view.setBigInt64(at + 16, BigInt(position), true);
    this.setDepth(this.depth + 1);
  }

  /** The position of an instruction that has taken its fuel. */
  position(): number {
    const { view } = this.memory;
    return Number(view.getBigInt64(this.cpuBase + RUN_LIMIT, true)) - view.getUint32(this.cpuBase + RUN_FUEL, true) - 1;
  }

  /** Forgets the outer half: deeper recursion than the record holds. */
  makeRoom(): void {
    const half = FRAME_LIMIT >> 1;
    this.memory.u8.copyWithin(
      this.start,
      this.start + half * FRAME_ENTRY_BYTES,
      this.start + FRAME_LIMIT * FRAME_ENTRY_BYTES,
    );
    this.setDepth(half);
  }

  /** Notes a return to `target` that leaves the stack pointer at `sp`. */
  pop(target: number, sp: number): void {
    let depth = this.depth;
    const floor = Math.max(0, depth - SEARCH_DEPTH);
    for (let i = depth - 1; i >= floor; i--) {
      const entry = this.entry(i);
      if (entry.returnTo === target && entry.sp === sp) {
        this.setDepth(i);
        return;
      }
    }
    // No such call: whatever lies just below the new stack pointer has been unwound.
    while (depth > 0) {
      const above = (sp - this.entry(depth - 1).sp) >>> 0;
      if (above === 0 || above > UNWIND_BYTES) break;
      depth--;
    }
    this.setDepth(depth);
  }

  /** Entry `index`, 0 the outermost. */
  entry(index: number): CallEntry {
    const { view } = this.memory;
    const at = this.start + index * FRAME_ENTRY_BYTES;
    return {
      returnTo: view.getUint32(at, true),
      sp: view.getUint32(at + 4, true),
      target: view.getUint32(at + 8, true),
      kind: view.getUint32(at + 12, true),
      position: Number(view.getBigInt64(at + 16, true)),
    };
  }

  /** A copy of the live entries, for snapshots. */
  save(): Uint8Array {
    return this.memory.u8.slice(this.start, this.start + this.depth * FRAME_ENTRY_BYTES);
  }

  load(saved: Uint8Array): void {
    this.memory.u8.set(saved, this.start);
    this.setDepth(saved.length / FRAME_ENTRY_BYTES);
  }
}
