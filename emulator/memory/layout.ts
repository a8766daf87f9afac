/**
 * The one WebAssembly.Memory of a machine, from low to high:
 *
 *     0         guard: never used, so that a zero host address is always wrong
 *     CPU_BASE  one block of CPU_STRIDE bytes a CPU:
 *                 +0        register slots, 8 bytes each (REGISTER_BYTES)
 *                 +RUN      run state of the engine (fuel, exit, scratch)
 *                 +TEMPS    block-local temporaries, TEMP_BYTES each
 *                 +FRAME_RECORD  calls that have not returned
 *                 +JUMPS    jump cache of jumps by register (JUMP_ENTRIES x: i32 program counter, context, bytecode, link)
 *                 +TLB      soft TLBs, one a privilege (see memory/tlb)
 *                 +TLB_FILLS  how many of their entries were filled, i32, and which, u16 each
 *     WATCH_MAPS  which bytes of a page are watched, a bit each (WATCH_MAP_COUNT x WATCH_MAP_BYTES)
 *     CODE_MAPS  which bytes of a page were translated, the same way (CODE_MAP_COUNT; see memory/code-map)
 *     PLANES    what a memory of planes does with accesses (PLANES_BYTES; see memory/planes)
 *     STAMPS    in which mapping epoch each compiled region is valid (4 x REGION_SLOTS)
 *     LEAVES    how often each of them left for the interpreter in the midst of a block
 *     MEMOS     what the guest architecture's routines remember (MEMO_BYTES)
 *     FRAME_FLAGS  what is to be asked before a frame is written, a byte a frame (memory/guest-memory)
 *     IN_PLACE_READ, IN_PLACE_WRITE  which pages compiled code may read and write in place, a word a page (memory/in-place)
 *     CODE      bytecode of translated blocks (CODE_BYTES)
 *     FRAMES    guest memory: RAM, video RAM and ROM, in frames of 4 KiB
 *
 * Offsets inside a CPU block are below 64 KiB where bytecode names them, so that an operand is 16 bits.
 */
export const PAGE_BITS = 12;
export const PAGE_SIZE = 1 << PAGE_BITS;
export const PAGE_MASK = PAGE_SIZE - 1;

export const REGISTER_BYTES = 0x800;

/** Run state, offsets from the CPU block's start. */
const RUN = 0x800;
/** Instructions that may still be executed before the engine must look up; i32. */
export const RUN_FUEL = RUN + 0x00;
/** A detail of why the engine came back (ir/exits), i32. */
export const RUN_DETAIL = RUN + 0x10;
/**
 * Place of the counter of the region that has left last in the midst of a block (LEAVES), i32; 0 where that is no matter: a
 * device that answers takes the count back, since no other way of compiling would have helped.
 */
export const RUN_LEFT = RUN + 0x14;
/** Host address of the bytecode to go on with, i32; 0 where a block must be looked up by the program counter. */
export const RUN_IP = RUN + 0x18;
/** 1 while breakpoint ops are obeyed, i32. */
export const RUN_BREAKPOINTS = RUN + 0x20;
/** 1 after an iteration of a repeated instruction that is not its last, i32: guest-visible time, part of the state. */
export const RUN_REPEATING = RUN + 0x28;
/**
 * What the boundary at count RUN_SHADOW_COUNT (i64) does not recognise (behind MOV SS, STI), i32, the guest's numbers: part
 * of the state while that count is the present one.
 */
export const RUN_SHADOW = RUN + 0x30;
export const RUN_SHADOW_COUNT = RUN + 0x38;
/** Where slow accesses leave or find their value, 16 bytes. */
export const RUN_SCRATCH = RUN + 0x40;
/** Identity of the execution context (mode, code segment) that blocks are translated for, i32. */
export const RUN_CONTEXT = RUN + 0x50;
/** Byte offset from the CPU block to the TLB of the present privilege, i32. */
export const RUN_TLB = RUN + 0x58;

/**
 * The mapping epoch, i32: 0 while linear addresses are physical ones; else a number that is never used twice, changed
 * whenever the mapping of a page that code was fetched from may have changed. Translated code of another epoch is looked
 * up again before it is executed.
 */
export const RUN_EPOCH = RUN + 0x70;

/** Count at which the interpreter went over to compiled code, and counts that compiled code has executed; i64, for people. */
export const RUN_ENTERED = RUN + 0x78;
export const RUN_COMPILED = RUN + 0x80;
/** Iterations of string instructions that were done at once, and ways from compiled code to the interpreter; i64, for people. */
export const RUN_BULK = RUN + 0x88;
export const RUN_EXITS = RUN + 0x90;

/** From here on to RUN's end: words that the guest architecture's routines and helpers share; not part of the state. */
export const RUN_GUEST = RUN + 0x98;

/** Without tail calls: the link of the region that is next, i32 (engine/driver). */
export const RUN_LINK = RUN + 0x08;

/**
 * How compiled code left the condition codes in memory (engine/leaving), i32: 0 and VALUE_A (compiler/flags) while no
 * compiled code runs.
 */
export const RUN_KIND = RUN + 0x6c;
export const RUN_CARRY_A = RUN + 0x74;

/** The count at which the fuel will be used up, i64: the present count is this minus the fuel. */
export const RUN_LIMIT = RUN + 0x60;
/** Number of frames of the call record, i32. */
export const RUN_DEPTH = RUN + 0x68;

export const TEMPS = 0xa00;
export const TEMP_COUNT = 192;
/** Room for a vector. */
export const TEMP_BYTES = 16;

/**
 * The call record: calls and interrupts that really happened and have not returned, outermost first. An entry:
 * i32 return address, i32 stack pointer before the call, i32 called address, i32 kind (guest's), i64 count, i32 link of
 * compiled code behind the call, i32 its context.
 */
export const FRAME_RECORD = 0x8000;
export const FRAME_ENTRY_BYTES = 32;
export const FRAME_LIMIT = 1024;

export const JUMPS = 0x1_0000;
export const JUMP_ENTRIES = 4096;
export const JUMP_ENTRY_BYTES = 16;

export const TLB = 0x2_0000;
export const TLB_ENTRIES = 1024;
export const TLB_ENTRY_BYTES = 32;
/** Number of soft TLBs a CPU: supervisor and user. */
export const TLB_COUNT = 2;
export const TLB_BYTES = TLB_ENTRIES * TLB_ENTRY_BYTES;

export const TLB_FILLS = TLB + TLB_COUNT * TLB_BYTES;
const TLB_FILLS_BYTES = 4 + 2 * TLB_COUNT * TLB_ENTRIES;

export const CPU_BASE = 0x1_0000;
const CPU_STRIDE = (TLB_FILLS + TLB_FILLS_BYTES + 15) & ~15;

export const WATCH_MAPS = CPU_BASE + CPU_STRIDE;
/** Pages that are watched in part and still reached directly elsewhere; any further ones are slow as a whole. */
export const WATCH_MAP_COUNT = 256;
/** A bit a byte of the page, and room behind for a word that is read at the last one. */
export const WATCH_MAP_BYTES = PAGE_SIZE / 8 + 4;

export const CODE_MAPS = WATCH_MAPS + WATCH_MAP_COUNT * WATCH_MAP_BYTES;
/** Pages that are written beside their code without asking. */
export const CODE_MAP_COUNT = 256;

export const PLANES = (CODE_MAPS + CODE_MAP_COUNT * WATCH_MAP_BYTES + 15) & ~15;
export const PLANES_BYTES = 0x60;

/** A word for each slot of compiled regions: the mapping epoch in which the region is valid. */
export const STAMPS = (PLANES + PLANES_BYTES + 15) & ~15;
export const REGION_SLOTS = 4096;

/** A word for each: how often it left for the interpreter in the midst of a block. */
export const LEAVES = STAMPS + 4 * REGION_SLOTS;

/** What routines remember. */
export const MEMOS = LEAVES + 4 * REGION_SLOTS;
const MEMO_BYTES = 0x3_2000;

/** A byte for each frame that an address of 32 bits can name. */
export const FRAME_FLAGS = MEMOS + MEMO_BYTES;
export const MOST_FRAMES = 1 << 20;

/** A word for each page of 4 GiB: see memory/in-place. */
export const IN_PLACE_PAGES = 1 << 20;
export const IN_PLACE_READ = (FRAME_FLAGS + MOST_FRAMES + 0xffff) & ~0xffff;
export const IN_PLACE_WRITE = IN_PLACE_READ + 4 * IN_PLACE_PAGES;

export const CODE = IN_PLACE_WRITE + 4 * IN_PLACE_PAGES;
export const CODE_BYTES = 16 * 1024 * 1024;

/** RAM that lies one to one (see GuestMemory) begins here, so that this plus its address is its offset in wasm memory. */
export const FRAMES = (CODE + CODE_BYTES + 0xffff) & ~0xffff;
/** Most guest memory that fits beside the rest in 4 GiB of wasm memory, bytes. */
export const MAX_GUEST_BYTES = 0xffff_0000 - FRAMES;
