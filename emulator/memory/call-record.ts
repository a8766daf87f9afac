/** The call record: which calls and interrupts have happened and not returned. Written by engine ops and by helpers. */
import type { GuestMemory } from './guest-memory';
import { getCount, putCount } from './counts';
import { CPU_BASE, FRAME_ENTRY_BYTES, FRAME_LIMIT, FRAME_RECORD, RUN_DEPTH } from './layout';

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

/** Byte offsets in an entry (memory/layout), behind the return address. */
const SP = 4;
const TARGET = 8;
const KIND = 12;
const POSITION = 16;
/** Offset in an entry of how compiled code goes on behind the call: a link and its context (engine/compiler), no part of the state. */
const LINK = 24;

/** How far down an unmatched return looks for its call. */
const SEARCH_DEPTH = 64;
/** An unmatched return drops entries whose stack lies at most this far below. */
const UNWIND_BYTES = 0x1_0000;

export class CallRecord {
  private readonly start: number;
  private readonly i32: Int32Array;

  constructor(
    private readonly memory: GuestMemory,
    private readonly cpuBase: number = CPU_BASE,
  ) {
    this.start = cpuBase + FRAME_RECORD;
    this.i32 = memory.i32;
  }

  get depth(): number {
    return this.i32[(this.cpuBase + RUN_DEPTH) >>> 2];
  }

  private setDepth(depth: number): void {
    this.i32[(this.cpuBase + RUN_DEPTH) >>> 2] = depth;
  }

  clear(): void {
    this.setDepth(0);
  }

  /** Notes a call that the instruction being executed (or the present boundary) makes, at count `position`. */
  push(returnTo: number, sp: number, target: number, kind: number, position: number): void {
    if (this.depth === FRAME_LIMIT) this.makeRoom();
    const { i32 } = this;
    const { depth } = this;
    const at = this.at(depth);
    i32[at >>> 2] = returnTo;
    i32[(at + SP) >>> 2] = sp;
    i32[(at + TARGET) >>> 2] = target;
    i32[(at + KIND) >>> 2] = kind;
    putCount(i32, at + POSITION, position);
    i32[(at + LINK) >>> 2] = 0;
    this.setDepth(depth + 1);
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
    const { i32 } = this;
    let depth = this.depth;
    const floor = Math.max(0, depth - SEARCH_DEPTH);
    for (let i = depth - 1; i >= floor; i--) {
      const at = this.at(i);
      if (i32[at >>> 2] === (target | 0) && i32[(at + SP) >>> 2] === (sp | 0)) {
        this.setDepth(i);
        return;
      }
    }
    // No such call: whatever lies just below the new stack pointer has been unwound.
    while (depth > 0) {
      const above = (sp - i32[(this.at(depth - 1) + SP) >>> 2]) >>> 0;
      if (above === 0 || above > UNWIND_BYTES) break;
      depth--;
    }
    this.setDepth(depth);
  }

  /** Offset in wasm memory of entry `index`, 0 the outermost. */
  private at(index: number): number {
    return this.start + index * FRAME_ENTRY_BYTES;
  }

  entry(index: number): CallEntry {
    const { i32 } = this;
    const at = this.at(index);
    return {
      returnTo: i32[at >>> 2] >>> 0,
      sp: i32[(at + SP) >>> 2] >>> 0,
      target: i32[(at + TARGET) >>> 2] >>> 0,
      kind: i32[(at + KIND) >>> 2],
      position: getCount(i32, at + POSITION),
    };
  }

  /** A copy of the live entries, for snapshots. */
  save(): Uint8Array {
    const saved = this.memory.u8.slice(this.start, this.start + this.depth * FRAME_ENTRY_BYTES);
    for (let at = LINK; at < saved.length; at += FRAME_ENTRY_BYTES) saved.fill(0, at, at + 8);
    return saved;
  }

  /** Compiled code is gone: links that lead to it, as `isGone` says, are forgotten. */
  forgetLinks(isGone: (link: number) => boolean): void {
    const { view } = this.memory;
    for (let at = this.start + LINK, i = this.depth; i > 0; i--, at += FRAME_ENTRY_BYTES) {
      const link = view.getUint32(at, true);
      if (link !== 0 && isGone(link)) view.setUint32(at, 0, true);
    }
  }

  load(saved: Uint8Array): void {
    this.memory.u8.set(saved, this.start);
    this.setDepth(saved.length / FRAME_ENTRY_BYTES);
  }
}
