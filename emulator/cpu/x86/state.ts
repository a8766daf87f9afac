/** The CPU's registers in their slots, and what follows from them: modes and flags. */
import { CPU_BASE, TEMPS } from '../../memory/layout';
import type { CpuModel } from './models';
import * as R from './registers';

export class X86State {
  /** The register slots and the run state, by byte offset >>> 2. */
  readonly slots: Int32Array;
  protected readonly base = CPU_BASE;

  /** `view`: of the machine's wasm memory. */
  constructor(
    readonly model: CpuModel,
    protected readonly view: DataView,
  ) {
    this.slots = new Int32Array(view.buffer, CPU_BASE, TEMPS >>> 2);
  }

  /* ------------------------------------------------------------------------------ slots */

  /** The low 32 bits of the slot at `offset`, a multiple of 4. */
  get(offset: number): number {
    return this.slots[offset >>> 2] >>> 0;
  }

  set(offset: number, value: number): void {
    this.slots[offset >>> 2] = value;
  }

  get64(offset: number): bigint {
    return this.view.getBigUint64(this.base + offset, true);
  }

  set64(offset: number, value: bigint): void {
    this.view.setBigUint64(this.base + offset, value, true);
  }

  get16(offset: number): number {
    return this.view.getUint16(this.base + offset, true);
  }

  set16(offset: number, value: number): void {
    this.view.setUint16(this.base + offset, value, true);
  }

  get8(offset: number): number {
    return this.view.getUint8(this.base + offset);
  }

  set8(offset: number, value: number): void {
    this.view.setUint8(this.base + offset, value);
  }

  /** Low 16 or all 32 bits of a register, by operand size. */
  getSized(offset: number, size: 16 | 32): number {
    return size === 16 ? this.get16(offset) : this.get(offset);
  }

  setSized(offset: number, size: 16 | 32, value: number): void {
    if (size === 16) this.set16(offset, value);
    else this.set(offset, value);
  }

  seg(index: number, field: number): number {
    return this.get(R.segment(index, field));
  }

  setSeg(index: number, field: number, value: number): void {
    this.set(R.segment(index, field), value);
  }

  /** One of the two sizes of what a segment admits, bytes. */
  segSize(index: number, field: typeof R.SEG_READ_SIZE | typeof R.SEG_WRITE_SIZE): number {
    const at = R.segment(index, field) >>> 2;
    return this.slots[at + 1] * WHOLE + (this.slots[at] >>> 0);
  }

  setSegSize(index: number, field: typeof R.SEG_READ_SIZE | typeof R.SEG_WRITE_SIZE, bytes: number): void {
    const at = R.segment(index, field);
    this.set(at, bytes >>> 0);
    this.set(at + 4, bytes === WHOLE ? 1 : 0);
  }

  /* ------------------------------------------------------------------------------ modes */

  get protectedMode(): boolean {
    return (this.slots[CR0] & R.CR0_PE) !== 0;
  }

  get virtual8086(): boolean {
    return (this.slots[SYSTEM] & R.FLAG.VM) !== 0;
  }

  /** Segments work by descriptors. */
  get usesDescriptors(): boolean {
    return (this.slots[CR0] & R.CR0_PE) !== 0 && (this.slots[SYSTEM] & R.FLAG.VM) === 0;
  }

  /**
   * Current privilege level: the DPL of the stack segment. The low bits of CS are it only after a load of CS in
   * protected mode; between MOV CR0 and the far jump they are those of a real-mode segment. 3 in virtual 8086 mode.
   */
  get cpl(): number {
    const { slots } = this;
    return (slots[CR0] & R.CR0_PE) === 0 ? 0 : (slots[SS_ACCESS] >> 5) & 3;
  }

  get iopl(): number {
    return (this.slots[SYSTEM] >> 12) & 3;
  }

  /** Default operand and address size of code: the D bit of CS. */
  get codeSize(): 16 | 32 {
    return (this.slots[CS_ACCESS] & 0x4000) !== 0 ? 32 : 16;
  }

  /** Width of the stack pointer: the B bit of SS. */
  get stackSize(): 16 | 32 {
    return (this.slots[SS_ACCESS] & 0x4000) !== 0 ? 32 : 16;
  }

  /* ------------------------------------------------------------------------------ flags */

  /** EFLAGS as the manual lays it out. */
  getFlags(): number {
    const { slots } = this;
    const result = slots[R.FLAGS_RESULT >>> 2];
    const carries = slots[R.FLAGS_CARRIES >>> 2];
    let parity = (result ^ (carries >>> 8)) & 0xff;
    parity ^= parity >> 4;
    parity ^= parity >> 2;
    parity ^= parity >> 1;
    return (
      (slots[SYSTEM] |
        this.model.flagsFixed |
        (carries < 0 ? R.FLAG.CF : 0) |
        ((parity & 1) === 0 ? R.FLAG.PF : 0) |
        ((carries & 8) !== 0 ? R.FLAG.AF : 0) |
        (result === 0 ? R.FLAG.ZF : 0) |
        ((result ^ (carries << 31)) < 0 ? R.FLAG.SF : 0) |
        (slots[R.FLAGS_STEP >>> 2] < 0 ? R.FLAG.DF : 0) |
        ((carries ^ (carries << 1)) < 0 ? R.FLAG.OF : 0)) >>>
      0
    );
  }

  /** Flags that came with later models: AC, ID. */
  get newFlags(): number {
    return this.model.flagsWritable & NEW_FLAGS;
  }

  /** The flags that are kept apart from the condition codes and DF. */
  get systemFlags(): number {
    return R.SYSTEM_FLAGS & (~NEW_FLAGS | this.newFlags);
  }

  /** Sets all flags, without checks. */
  setFlags(flags: number): void {
    this.set(R.FLAGS_SYSTEM, flags & this.systemFlags);
    this.set(R.FLAGS_STEP, (flags & R.FLAG.DF) !== 0 ? 0xffffffff : 1);
    this.setCondition(flags);
  }

  /** Sets the six condition codes from a flags word. */
  setCondition(flags: number): void {
    const zero = (flags & R.FLAG.ZF) !== 0;
    // Zero needs a zero result (sign +, parity even); else 80000000h when negative, 100h when not: both of even parity.
    const negative = (flags & R.FLAG.SF) !== 0;
    const result = zero ? 0 : negative ? 0x80000000 : 0x100;
    const carry = (flags & R.FLAG.CF) !== 0;
    const overflow = (flags & R.FLAG.OF) !== 0;
    this.set(R.FLAGS_RESULT, result);
    this.set(
      R.FLAGS_CARRIES,
      ((carry ? 0x80000000 : 0) |
        (carry !== overflow ? 0x40000000 : 0) |
        ((flags & R.FLAG.AF) !== 0 ? 8 : 0) |
        ((flags & R.FLAG.PF) !== 0 ? 0 : 0x100) |
        (zero && negative ? 1 : 0)) >>>
        0,
    );
  }
}

/** Slots that every transfer asks for, as indices of words. */
const CR0 = R.CR0 >>> 2;
const SYSTEM = R.FLAGS_SYSTEM >>> 2;
const CS_ACCESS = R.segment(R.CS, R.SEG_ACCESS) >>> 2;
const SS_ACCESS = R.segment(R.SS, R.SEG_ACCESS) >>> 2;

const NEW_FLAGS = R.FLAG.AC | R.FLAG.ID;

/** Bytes that 32 bits can address. */
export const WHOLE = 2 ** 32;
