/** The CPU and its ways to memory, for everything that is written in TypeScript (helpers, delivery, views). */
import { ASKED } from '../../memory/access';
import type { AccessSize, AddressSpace } from '../../bus/address-space';
import { getCount, putCount } from '../../memory/counts';
import type { GuestMemory } from '../../memory/guest-memory';
import {
  CPU_BASE,
  FRAMES,
  RUN_DEPTH,
  RUN_REPEATING,
  RUN_SCRATCH,
  RUN_SHADOW,
  RUN_SHADOW_COUNT,
} from '../../memory/layout';
import { RegisterFile } from '../../memory/register-file';
import { SoftTlb } from '../../memory/tlb';
import { DebugRegisters } from './debug-registers';
import { Contexts } from './contexts';
import { DescriptorCache } from './descriptors';
import { LinearSpace, USER_TABLE } from './linear-space';
import { crossesPage } from './mappings';
import { Memos, RUN_GUARDED, RUN_INTERRUPTED, RUN_LINE, RUN_TABLES } from './memos';
import { raise, VECTOR } from './fault';
import type { CpuModel } from './models';
import * as R from './registers';
import { WHOLE, X86State } from './state';
import { TableNumbers } from './table-numbers';

/** What the CPU needs of the machine around it. */
export interface CpuBoard {
  readonly memory: GuestMemory;
  readonly ports: AddressSpace;
  /** The count at which the instruction being executed began; between runs the present one. */
  readonly count: number;
  /** Whether a maskable interrupt is asked for. */
  readonly interruptLine: boolean;
  /** Virtual time at the instruction being executed, ns. */
  time(): number;
  /** Ends the present run of the engine before the next instruction: the boundary must be looked at. */
  breakOff(): void;
  /** Translated code is void: modes or breakpoint registers changed what it means. */
  flushCode(): void;
  /** Whether the board's firmware lies at a physical address. */
  isFirmware(physical: number): boolean;
}

/** What RUN_SHADOW says: behind STI; behind MOV SS, which holds back debug traps, too. */
export const SHADOW = { NONE: 0, INTERRUPTS: 1, TRAPS: 2 } as const;

/** Most values of a stack frame: an interrupt of virtual 8086 mode with an error code has ten. */
const FRAME_VALUES = 10;
/** The last byte of its page: more than one byte from there on never lie in one. */
const NOWHERE = 0xfff;

export class X86Core extends X86State {
  readonly registers: RegisterFile;
  readonly tlb: SoftTlb;
  readonly space: LinearSpace;
  readonly debug: DebugRegisters;
  readonly memory: GuestMemory;
  /** EIP of the present instruction while it has moved EIP on already (INT), else undefined. Only for people. */
  began: number | undefined;
  private readonly i32: Int32Array;
  /** Values that a transfer pushes or has read from a stack. */
  readonly frame = new Int32Array(FRAME_VALUES);
  readonly contexts: Contexts;
  private readonly tables: TableNumbers;
  readonly descriptors: DescriptorCache;
  readonly memos: Memos;
  /** Does a routine (folder routines) by its number: 1 if it is done, 0 if it has changed nothing. */
  routine: (number: number, a: number, b: number) => number = () => 0;

  constructor(
    model: CpuModel,
    readonly board: CpuBoard,
  ) {
    super(model, board.memory.view);
    this.memory = board.memory;
    this.i32 = board.memory.i32;
    this.contexts = new Contexts(this, () => {
      this.forgetMemos();
      board.flushCode();
    });
    this.descriptors = new DescriptorCache(model);
    this.memos = new Memos(this);
    this.tables = new TableNumbers(this.slots);
    this.registers = new RegisterFile(R.X86_REGISTERS, this.view, this.base);
    this.tlb = new SoftTlb(board.memory, this.base);
    this.space = new LinearSpace(this);
    this.debug = new DebugRegisters(this);
    board.memory.onRemap = () => this.remapped();
    board.memory.onRevoke = (all) => {
      this.noteGuards();
      if (all) this.tlb.flush();
      else this.tlb.flushWrites();
    };
  }

  /* ------------------------------------------------------------------------------ contexts */

  /** Finds the execution context that translated code depends on, after anything in it changed. */
  updateContext(): void {
    for (let s = R.ES; s <= R.GS; s++) this.contexts.segmentChanged(s);
    this.debug.refresh();
    this.forgetMemos();
    this.contexts.mayHaveChanged();
  }

  /** Physical addresses lead elsewhere than before. */
  private remapped(): void {
    this.space.changed();
    // Memos name contexts.
    this.forgetMemos();
    this.contexts.mayHaveChanged();
    this.board.breakOff();
  }

  /** Tells routines whether accesses may have to be told of, or address lines are forced. */
  noteGuards(): void {
    const { memory } = this;
    const isGuarded = memory.isWatched || this.debug.guardsAny || memory.addressMask !== 0xffff_ffff;
    this.slots[RUN_GUARDED >>> 2] = isGuarded ? 1 : 0;
  }

  /** Descriptors are found elsewhere than before: a register of GDT, IDT, LDT or task was loaded. */
  tablesChanged(): void {
    this.slots[RUN_TABLES >>> 2] = this.tables.present();
  }

  /** No memo is good any more. */
  private forgetMemos(): void {
    this.tables.forget();
    this.tablesChanged();
  }

  /* ------------------------------------------------------------------------------ memory */

  /** Whether accesses of the program have a user's rights; those to descriptor tables and task states never have. */
  get isUser(): boolean {
    return this.cpl === 3;
  }

  /**
   * Reads 1, 2 or 4 bytes at a linear address; devices may act. `user`: with a user's rights.
   * @throws CpuFault #PF
   */
  readLinear(address: number, size: AccessSize, user = false): number {
    const host = this.tlb.toRead(user ? USER_TABLE : 0, address, size);
    if (host !== 0) return this.memory.valueAt(host, size);
    const physical = this.beginRead(address >>> 0, size, user);
    return this.space.read(physical, 0, size);
  }

  /** The same for a write. @throws CpuFault #PF, nothing being written */
  writeLinear(address: number, size: AccessSize, value: number, user = false): void {
    const host = this.tlb.toWrite(user ? USER_TABLE : 0, address, size);
    if (host !== 0) {
      this.memory.setValueAt(host, size, value);
      return;
    }
    const linear = address >>> 0;
    const physical = this.space.accessAll(linear, size, true, user);
    this.space.write(physical, 0, size, value);
    this.endWrite(linear, size, user);
  }

  /** Before what is read slowly: gives its place for `space.read`. The next access may go straight to memory. */
  private beginRead(linear: number, size: number, user: boolean): number {
    const physical = this.space.accessAll(linear, size, false, user);
    this.grant(linear, size, user);
    this.debug.note(linear, size, false);
    return physical;
  }

  private endWrite(linear: number, size: number, user: boolean): void {
    this.debug.note(linear, size, true);
    this.grant(linear, size, user);
  }

  private grant(linear: number, size: number, user: boolean): void {
    if (!crossesPage(linear, size) && !this.debug.guards(linear)) this.space.grant(user ? USER_TABLE : 0, linear);
  }

  /** The interpreter's slow load: fills the TLB, leaves the value in the scratch slot. @throws CpuFault #PF */
  slowLoad(address: number, size: number): number {
    const physical = this.beginRead(address >>> 0, size, this.isUser);
    const at = this.base + RUN_SCRATCH;
    if (size <= 4) this.view.setUint32(at, this.space.read(physical, 0, size as AccessSize), true);
    else for (let i = 0; i < size; i += 4) this.view.setUint32(at + i, this.space.read(physical, i, 4), true);
    return 0;
  }

  /** The interpreter's slow store of the value in the scratch slot. @throws CpuFault #PF, nothing being written */
  slowStore(address: number, size: number): number {
    const linear = address >>> 0;
    const user = this.isUser;
    const at = this.base + RUN_SCRATCH;
    const told = size <= 4 ? this.tlb.toTell(user ? USER_TABLE : 0, address, size) : 0;
    if (told !== 0) {
      this.memory.put(told, size as AccessSize, this.view.getUint32(at, true));
      if (this.memory.besidesCode(told, size)) this.grant(linear, size, user);
      return 0;
    }
    const physical = this.space.accessAll(linear, size, true, user);
    if (size <= 4) this.space.write(physical, 0, size as AccessSize, this.view.getUint32(at, true));
    else for (let i = 0; i < size; i += 4) this.space.write(physical, i, 4, this.view.getUint32(at + i, true));
    this.endWrite(linear, size, user);
    return 0;
  }

  /**
   * Compiled code asks for an access (ASKED) that the soft TLB does not grant it. Says whether it may go straight to memory
   * all the same, by the addend of the page's entry; else it is the interpreter's.
   */
  admit(address: number, what: number): number {
    const host = this.admitted(address, what & ASKED.BYTES, (what & ASKED.WRITE) !== 0);
    return host !== 0 && ((what & ASKED.IN_PLACE) === 0 || host === FRAMES + (address >>> 0)) ? 1 : 0;
  }

  /** Where the bytes lie in wasm memory; 0 when they are the interpreter's. */
  private admitted(address: number, size: number, write: boolean): number {
    const linear = address >>> 0;
    const table = this.isUser ? USER_TABLE : 0;
    if (write) {
      const told = this.tlb.toTell(table, address, size);
      if (told !== 0) {
        const beside = this.memory.besidesCode(told, size);
        if (!beside && !this.space.isQuietWrite(told, size)) return 0;
        this.memory.touch(told, size);
        if (beside) this.grant(linear, size, this.isUser);
        return told;
      }
    }
    if (crossesPage(linear, size) || this.debug.guards(linear)) return 0;
    return this.space.admit(table, linear, size, write);
  }

  /** Gives a helper's result to the interpreter. */
  setResult(value: number): void {
    this.view.setUint32(this.base + RUN_SCRATCH, value, true);
  }

  /** @throws CpuFault when `size` bytes at `offset` can't be read (written) through segment `s`. */
  checkSegment(s: number, offset: number, size: number, write: boolean): void {
    const low = this.seg(s, write ? R.SEG_WRITE_LOW : R.SEG_READ_LOW);
    const bytes = this.segSize(s, write ? R.SEG_WRITE_SIZE : R.SEG_READ_SIZE);
    if (((offset - low) >>> 0) + size > bytes) {
      const name = R.SEGMENT_NAMES[s] ?? 'segment';
      raise(
        s === R.SS ? VECTOR.SS : VECTOR.GP,
        0,
        `${name}:${hex(offset)} is outside of the segment's limit or can't be ${write ? 'written' : 'read'}`,
      );
    }
  }

  /** Whether a write would be possible, with the effects on the tables that it has. @throws CpuFault #PF */
  probeWrite(address: number, size: number, user: boolean): void {
    this.space.accessAll(address >>> 0, size, true, user);
  }

  /** Reads through a segment register, checked. On an 8086 offsets wrap inside the datum. */
  readSegment(s: number, offset: number, size: AccessSize): number {
    if (this.model.wrapsOffsets && size === 2 && offset === 0xffff) {
      return this.readSegment(s, 0xffff, 1) | (this.readSegment(s, 0, 1) << 8);
    }
    this.checkSegment(s, offset, size, false);
    return this.readLinear((this.seg(s, R.SEG_BASE) + offset) >>> 0, size, this.isUser);
  }

  writeSegment(s: number, offset: number, size: AccessSize, value: number): void {
    if (this.model.wrapsOffsets && size === 2 && offset === 0xffff) {
      this.writeSegment(s, 0xffff, 1, value & 0xff);
      this.writeSegment(s, 0, 1, value >>> 8);
      return;
    }
    this.checkSegment(s, offset, size, true);
    this.writeLinear((this.seg(s, R.SEG_BASE) + offset) >>> 0, size, value, this.isUser);
  }

  /* ------------------------------------------------------------------------------ stack */

  get sp(): number {
    const { slots } = this;
    return (slots[SS_ACCESS] & 0x4000) !== 0 ? slots[ESP] >>> 0 : slots[ESP] & 0xffff;
  }

  set sp(value: number) {
    const { slots } = this;
    slots[ESP] = (slots[SS_ACCESS] & 0x4000) !== 0 ? value : (slots[ESP] & ~0xffff) | (value & 0xffff);
  }

  /** The stack offset `bytes` above the stack pointer, cut to the stack's width. */
  stackOffset(bytes: number): number {
    const { slots } = this;
    return (slots[SS_ACCESS] & 0x4000) !== 0 ? (slots[ESP] + bytes) >>> 0 : (slots[ESP] + bytes) & 0xffff;
  }

  push(value: number, size: 16 | 32): void {
    const offset = this.stackOffset(-(size / 8));
    this.writeSegment(R.SS, offset, (size / 8) as AccessSize, value);
    this.sp = offset;
  }

  /** The stack pointer as a linear address. */
  get stackLinear(): number {
    return (this.slots[SS_BASE] + this.sp) >>> 0;
  }

  /** Reads the stack `bytes` above its top, without popping. */
  peekStack(bytes: number, size: 16 | 32): number {
    return this.readSegment(R.SS, this.stackOffset(bytes), (size / 8) as AccessSize);
  }

  /**
   * Writes the first `count` values of `frame` below the stack pointer, each lower than the one before; checked. The stack
   * pointer stays.
   */
  writeFrame(count: number, size: 16 | 32): void {
    const step = (size >> 3) as 2 | 4;
    const bytes = count * step;
    const host = this.tlb.toWrite(this.isUser ? USER_TABLE : 0, this.openFrame(-bytes, bytes, true), bytes);
    for (let i = 0; i < count; i++) {
      if (host !== 0) this.memory.setValueAt(host + bytes - (i + 1) * step, step, this.frame[i]);
      else this.writeSegment(R.SS, this.stackOffset(-(i + 1) * step), step, this.frame[i] >>> 0);
    }
  }

  /** Reads `count` values from the top of the stack on into `frame`, from the place `first` on, without popping. */
  readFrame(first: number, count: number, size: 16 | 32): void {
    const step = (size >> 3) as 2 | 4;
    const bytes = count * step;
    const host = this.tlb.toRead(this.isUser ? USER_TABLE : 0, this.openFrame(first * step, bytes, false), bytes);
    for (let i = 0; i < count; i++) {
      const at = (first + i) * step;
      this.frame[first + i] = host !== 0 ? this.memory.valueAt(host + i * step, step) : this.peekStack(at, size);
    }
  }

  /** Linear address of bytes of the stack that the segment admits in one piece; else one that the TLB never has. */
  private openFrame(bytes: number, length: number, write: boolean): number {
    const { slots } = this;
    const offset = this.stackOffset(bytes);
    const bounds = write ? SS_WRITE_LOW : SS_READ_LOW;
    const room = slots[bounds + 3] * WHOLE + (slots[bounds + 2] >>> 0);
    const end = (slots[SS_ACCESS] & 0x4000) !== 0 ? WHOLE : 0x1_0000;
    if (offset + length > end || ((offset - slots[bounds]) >>> 0) + length > room) return NOWHERE;
    return (slots[SS_BASE] + offset) >>> 0;
  }

  /* ------------------------------------------------------------------------------ run state */

  /** What the present boundary does not recognise (SHADOW). Between runs. */
  get shadow(): number {
    return getCount(this.i32, CPU_BASE + RUN_SHADOW_COUNT) === this.board.count ? this.get(RUN_SHADOW) : SHADOW.NONE;
  }

  set shadow(kind: number) {
    this.set(RUN_SHADOW, kind);
    putCount(this.i32, CPU_BASE + RUN_SHADOW_COUNT, this.board.count);
  }

  /** The boundary behind the present instruction does not recognise everything; unless the one before it is such a one. */
  holdBack(kind: number): void {
    if (this.shadow !== SHADOW.NONE) return;
    this.set(RUN_SHADOW, kind);
    putCount(this.i32, CPU_BASE + RUN_SHADOW_COUNT, this.board.count + 1);
  }

  /** Ends the engine's run behind the present instruction, which may have let an interrupt or a trap through. */
  lookAtBoundary(): void {
    const system = this.get(R.FLAGS_SYSTEM);
    this.noteLine();
    if ((system & (R.FLAG.TF | R.FLAG.RF)) !== 0 || ((system & R.FLAG.IF) !== 0 && this.board.interruptLine))
      this.board.breakOff();
  }

  /** Tells routines whether an interrupt is asked for: before a run, and whenever that changes in it. */
  noteLine(): void {
    this.slots[RUN_LINE >>> 2] = this.board.interruptLine ? 1 : 0;
  }

  /** The present instruction has entered a handler (INT): it is followed by no single-step trap. Only of this run. */
  get interrupted(): boolean {
    return this.slots[RUN_INTERRUPTED >>> 2] !== 0;
  }

  set interrupted(on: boolean) {
    this.slots[RUN_INTERRUPTED >>> 2] = on ? 1 : 0;
  }

  set repeating(on: boolean) {
    this.set(RUN_REPEATING, on ? 1 : 0);
  }

  get depth(): number {
    return this.get(RUN_DEPTH);
  }

  /**
   * With RF set the next instruction meets no execution breakpoint; RF is clear while it is executed, and behind it
   * (unless it is an IRET that sets it). Says whether RF was set: then one instruction is to be executed, and
   * `endResume` be called.
   */
  beginResume(): boolean {
    const system = this.get(R.FLAGS_SYSTEM);
    if ((system & R.FLAG.RF) === 0) return false;
    this.set(R.FLAGS_SYSTEM, system & ~R.FLAG.RF);
    this.debug.resuming = true;
    return true;
  }

  /** `executed`: the instruction has begun. One that repeats, or has not begun, still has RF before it. */
  endResume(executed: boolean): void {
    this.debug.resuming = false;
    if (!executed || this.get(RUN_REPEATING) !== 0) this.set(R.FLAGS_SYSTEM, this.get(R.FLAGS_SYSTEM) | R.FLAG.RF);
  }

  /** The program counter's linear address. */
  get pc(): number {
    return (this.slots[CS_BASE] + this.slots[EIP]) >>> 0;
  }
}

/** Slots that every transfer asks for, as indices of words; the bytes that a bound admits lie two words behind it. */
const EIP = R.EIP >>> 2;
const ESP = R.ESP >>> 2;
const CS_BASE = R.segment(R.CS, R.SEG_BASE) >>> 2;
const SS_BASE = R.segment(R.SS, R.SEG_BASE) >>> 2;
const SS_READ_LOW = R.segment(R.SS, R.SEG_READ_LOW) >>> 2;
const SS_WRITE_LOW = R.segment(R.SS, R.SEG_WRITE_LOW) >>> 2;
const SS_ACCESS = R.segment(R.SS, R.SEG_ACCESS) >>> 2;

export const hex = (value: number, digits = 4): string =>
  (value >>> 0).toString(16).toUpperCase().padStart(digits, '0');
