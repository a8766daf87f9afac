/**
 * What transfers between segments have done, so that routines (folder `routines`) do it again without asking: which
 * descriptors were read, what their bytes were, and which registers they led to.
 *
 * A memo is only ever used for what it was made of: the same context, the same tables (RUN_TABLES), and the same bytes where
 * the descriptors lie, which are read anew each time, by way of the soft TLB. So nothing of it is seen, and no one has to drop memos.
 */
import { MEMOS, RUN_CONTEXT, RUN_GUEST, RUN_TLB } from '../../memory/layout';
import type { Descriptor } from './descriptors';
import * as R from './registers';

/**
 * Words of the run state that routines share with helpers. Of the first bit s says that the extent of segment s is FLAT (see
 * descriptors), bit s + EXTENT_BITS that it is FULL16.
 */
export const RUN_EXTENTS = RUN_GUEST;
export const EXTENT_BITS = 8;
/** A number for what the registers say that lead to descriptors: GDTR, IDTR, LDTR, TR (table-numbers). */
export const RUN_TABLES = RUN_GUEST + 8;
/** 1 when the present run has entered a handler: the instruction is followed by no single-step trap. */
export const RUN_INTERRUPTED = RUN_GUEST + 16;
/** 1 while a maskable interrupt is asked for. */
export const RUN_LINE = RUN_GUEST + 24;
/** The error code of an exception that a routine delivers. */
export const RUN_ERROR_CODE = RUN_GUEST + 32;

/**
 * What routines know of paging: offset in wasm memory of the page directory, 0 where a walk is not theirs; 1 if supervisors may
 * write to read-only pages; 1 while accesses may have to be told of (watched ranges, data breakpoints, A20).
 */
export const RUN_DIRECTORY = RUN_GUEST + 40;
export const RUN_WRITES_ALL = RUN_GUEST + 48;
export const RUN_GUARDED = RUN_GUEST + 56;

/** How an interrupt is named where it is asked for: the vector, and these bits. */
export const INTERRUPT = {
  VECTOR: 0xff,
  /** Without a check of privilege (INT1); asks for no IOPL in virtual 8086 mode (INT3, INTO); has an error code. */
  UNCHECKED: 0x100,
  ANY_IOPL: 0x200,
  HAS_ERROR: 0x400,
  /** From this bit on: kind of the call record's entry. */
  KIND_SHIFT: 12,
} as const;

/** Numbers of the routines. */
export const ROUTINE = {
  LOAD_SEGMENT: 0,
  REAL_INTERRUPT: 1,
  INTERRUPT: 2,
  REAL_RETURN: 3,
  RETURN: 4,
  ADMIT: 5,
  REAL_JUMP: 6,
  POP_FLAGS: 7,
} as const;

/** How POPF is told which flags it may change: that mask above its operand size. */
export const POPPED = { SIZE: 63, MASK_SHIFT: 6 } as const;

/** Bytes of a memo, and how many of each kind there are; a power of two. */
export const MEMO_BYTES = 256;
export const MEMO_COUNT = 256;
export const MEMO_TABLE = {
  SEGMENTS: MEMOS,
  INTERRUPTS: MEMOS + MEMO_COUNT * MEMO_BYTES,
  RETURNS: MEMOS + 2 * MEMO_COUNT * MEMO_BYTES,
} as const;

/**
 * Frames of page tables that were noted last (mappings), by the low bits of the frame: the frame, its use, and 1 if that is its
 * only use. Behind them a byte for some linear pages, by their low bits: not 0 if code may have been fetched from one of them.
 */
export const NEAR_TABLES = MEMOS + 3 * MEMO_COUNT * MEMO_BYTES;
export const NEAR_COUNT = 256;
export const NEAR_BYTES = 16;
export const NEAR = { FRAME: 0, USE: 4, ONLY: 8 } as const;
export const FETCHED = NEAR_TABLES + NEAR_COUNT * NEAR_BYTES;
export const FETCHED_COUNT = 4096;

/** Byte offsets in a memo. Words of descriptors are 64 bits, the others 32. */
export const MEMO = {
  /** What it is found by, with bit 31 set; the context and RUN_TABLES that it was made in. */
  KEY: 0,
  CONTEXT: 4,
  TABLES: 8,
  /** Context, extents of segments and table of the soft TLB behind the transfer. */
  NEXT_CONTEXT: 12,
  NEXT_EXTENTS: 16,
  NEXT_TLB: 20,
  /** Linear addresses and words of the code (data) descriptor, of the stack's (0: it stays), of the gate. */
  CODE: 24,
  STACK: 28,
  CODE_WORDS: 32,
  STACK_WORDS: 40,
  GATE_WORDS: 48,
  GATE: 56,
  /** Linear address of the inner stack's pointer, and the selector that lay behind it; bytes of the pointer. */
  POINTER: 60,
  SELECTOR: 64,
  /** Where execution goes on; of a return: the code segment's limit. */
  OFFSET: 68,
  /** What stays of the system flags; of a return: those that it may change. */
  FLAGS: 72,
  /** Bits that EFLAGS always has set; of a return: those that the system flags can have. */
  FIXED: 76,
  /** Of a return: IOPL. */
  IOPL: 80,
  /** Of the new stack: its pointer's mask, base, lowest and highest offset. */
  STACK_MASK: 84,
  STACK_BASE: 88,
  STACK_LOW: 92,
  STACK_HIGH: 96,
  /** Of the new code segment. */
  CODE_BASE: 100,
  /** Of a return to an outer level: that level. */
  LEVEL: 104,
  /** Whether values on the stack have 32 bits. */
  WIDE: 108,
  /** The blocks of slots of the code (or data) segment and of the stack segment. */
  CODE_IMAGE: 128,
  STACK_IMAGE: 192,
} as const;

/** Words of a segment's block of slots. */
const SEGMENT_WORDS = 16;

/** What a memo is found by; any 32 bits of two numbers. Routines compute the same. */
export const MEMO_MIX = 41;
const placeOf = (table: number, key: number, context: number): number =>
  table + ((key ^ (key >>> 7) ^ (key >>> 13) ^ (context * MEMO_MIX)) & (MEMO_COUNT - 1)) * MEMO_BYTES;

/** Bits that count of a stack's pointer. */
const stackMask = ({ access }: Descriptor): number => ((access & 0x4000) !== 0 ? 0xffff_ffff : 0xffff);

/** What the memos need of their CPU. */
interface RememberingCore {
  readonly memory: { readonly i32: Int32Array };
  readonly slots: Int32Array;
}

/** The stack that an interrupt enters, an inner level's. */
export interface InnerStack {
  readonly descriptor: Descriptor;
  readonly selector: number;
  /** Linear address of its pointer in the task state. */
  readonly pointerAt: number;
  readonly wide: boolean;
}

export class Memos {
  private readonly i32: Int32Array;
  private readonly slots: Int32Array;

  constructor({ memory, slots }: RememberingCore) {
    this.i32 = memory.i32;
    this.slots = slots;
  }

  /** Begins the memo of `key`; gives its place, as an index of words. `context`: the one before. The registers are those behind. */
  private begin(table: number, key: number, context: number): number {
    const { i32, slots } = this;
    const at = placeOf(table, key, context) >>> 2;
    i32[at + (MEMO.KEY >>> 2)] = key | 0x8000_0000;
    i32[at + (MEMO.CONTEXT >>> 2)] = context;
    i32[at + (MEMO.TABLES >>> 2)] = slots[RUN_TABLES >>> 2];
    i32[at + (MEMO.NEXT_CONTEXT >>> 2)] = slots[RUN_CONTEXT >>> 2];
    i32[at + (MEMO.NEXT_EXTENTS >>> 2)] = slots[RUN_EXTENTS >>> 2];
    i32[at + (MEMO.NEXT_TLB >>> 2)] = slots[RUN_TLB >>> 2];
    return at;
  }

  private words(at: number, field: number, { low, high }: Descriptor): void {
    this.i32[at + (field >>> 2)] = low;
    this.i32[at + (field >>> 2) + 1] = high;
  }

  private image(at: number, field: number, s: number): void {
    const from = R.segment(s, 0) >>> 2;
    const to = at + (field >>> 2);
    for (let i = 0; i < SEGMENT_WORDS; i++) this.i32[to + i] = this.slots[from + i];
  }

  private put(at: number, field: number, value: number): void {
    this.i32[at + (field >>> 2)] = value;
  }

  /** The code segment that was entered. */
  private code(at: number, code: Descriptor): void {
    this.put(at, MEMO.CODE, code.address);
    this.words(at, MEMO.CODE_WORDS, code);
    this.image(at, MEMO.CODE_IMAGE, R.CS);
    this.put(at, MEMO.CODE_BASE, code.base);
  }

  /** The stack that was entered, if one was. */
  private stack(at: number, stack: Descriptor | undefined, selector: number): void {
    this.put(at, MEMO.STACK, stack?.address ?? 0);
    if (stack === undefined) return;
    this.words(at, MEMO.STACK_WORDS, stack);
    this.image(at, MEMO.STACK_IMAGE, R.SS);
    this.put(at, MEMO.SELECTOR, selector);
    this.put(at, MEMO.STACK_MASK, stackMask(stack));
    this.put(at, MEMO.STACK_BASE, stack.base);
  }

  /** Segment `s` was loaded from a descriptor that was marked as accessed. */
  segment(s: number, selector: number, descriptor: Descriptor, context: number): void {
    const at = this.begin(MEMO_TABLE.SEGMENTS, selector | (s << 16), context);
    this.put(at, MEMO.CODE, descriptor.address);
    this.words(at, MEMO.CODE_WORDS, descriptor);
    this.image(at, MEMO.CODE_IMAGE, s);
  }

  /** Code was entered in real mode by a selector, CS keeping its limit. */
  realCode(selector: number, context: number): void {
    this.begin(MEMO_TABLE.SEGMENTS, selector | (R.CS << 16), context);
  }

  /**
   * An interrupt, named by `key`, was delivered through a gate of protected mode. `stack`: the inner one that was entered, if
   * it was. `flags`: the system flags that stay.
   */
  interrupt(
    key: number,
    context: number,
    gate: Descriptor,
    code: Descriptor,
    stack: InnerStack | undefined,
    offset: number,
    wide: boolean,
    flags: number,
    fixed: number,
  ): void {
    const at = this.begin(MEMO_TABLE.INTERRUPTS, key, context);
    this.put(at, MEMO.GATE, gate.address);
    this.words(at, MEMO.GATE_WORDS, gate);
    this.code(at, code);
    this.put(at, MEMO.OFFSET, offset);
    this.put(at, MEMO.FLAGS, flags);
    this.put(at, MEMO.FIXED, fixed);
    this.put(at, MEMO.WIDE, wide ? 1 : 0);
    this.stack(at, stack?.descriptor, stack?.selector ?? 0);
    if (stack === undefined) return;
    const { descriptor } = stack;
    const down = (descriptor.access & 4) !== 0;
    this.put(at, MEMO.POINTER, stack.pointerAt);
    this.put(at, MEMO.STACK_LOW, down ? descriptor.limit + 1 : 0);
    this.put(at, MEMO.STACK_HIGH, down ? stackMask(descriptor) : descriptor.limit);
  }

  /** The same through the interrupt table of real mode; `words`: its entry, at `gateAt`. */
  realInterrupt(key: number, context: number, gateAt: number, words: number, fixed: number): void {
    const at = this.begin(MEMO_TABLE.INTERRUPTS, key, context);
    this.put(at, MEMO.GATE, gateAt);
    this.put(at, MEMO.GATE_WORDS, words);
    this.put(at, MEMO.FIXED, fixed);
  }

  /** IRET has returned to code of this level, or with a stack to an outer one. `flags`: those that it may have changed. */
  interruptReturn(
    selector: number,
    context: number,
    code: Descriptor,
    stack: Descriptor | undefined,
    stackSelector: number,
    flags: number,
    system: number,
    iopl: number,
  ): void {
    const at = this.begin(MEMO_TABLE.RETURNS, selector | (32 << 16), context);
    this.code(at, code);
    this.put(at, MEMO.OFFSET, code.limit);
    this.put(at, MEMO.FLAGS, flags);
    this.put(at, MEMO.FIXED, system);
    this.put(at, MEMO.IOPL, iopl);
    this.put(at, MEMO.LEVEL, selector & 3);
    this.stack(at, stack, stackSelector);
  }

  /** The same in real mode, to a segment. */
  realReturn(selector: number, context: number, flags: number, system: number): void {
    const at = this.begin(MEMO_TABLE.RETURNS, selector | (16 << 16), context);
    this.put(at, MEMO.FLAGS, flags);
    this.put(at, MEMO.FIXED, system);
  }
}
