/**
 * Breakpoints of the debug registers DR0 to DR7. Intel 80386 Programmer's Reference Manual, chapter 12; what RF does in
 * images on the stack: Intel SDM volume 3, 17.3.1.1.
 *
 * Pages that hold a data breakpoint get no direct access (core asks `guards` before it fills the TLB), so that every
 * access to them comes through `note`. What was met is kept in a slot until the boundary behind the instruction.
 */
import { PAGE_BITS, RUN_REPEATING } from '../../memory/layout';
import { raise, VECTOR } from './fault';
import * as R from './registers';

/** Bits of DR6: debug register access detected, single step. */
const DR6_BD = 0x2000;
export const DR6_BS = 0x4000;
/** DR7: the debug registers are protected. */
const DR7_GD = 0x2000;
/** Enable bits of the four breakpoints. */
const ENABLES = 0xff;

const KIND = { EXECUTE: 0, WRITE: 1, ACCESS: 3 } as const;

interface Breakpoint {
  readonly bit: number;
  readonly kind: number;
  /** Linear address, aligned to the length; bytes. */
  readonly address: number;
  readonly length: number;
}

/** What the debug registers see of their CPU. */
interface DebuggedCore {
  readonly pc: number;
  readonly tlb: { flush(): void };
  readonly board: { flushCode(): void; breakOff(): void };
  noteGuards(): void;
  get(offset: number): number;
  set(offset: number, value: number): void;
  get8(offset: number): number;
  set8(offset: number, value: number): void;
}

export class DebugRegisters {
  private code: readonly Breakpoint[] = [];
  private data: readonly Breakpoint[] = [];
  /** The registers that the lists were made from. */
  private signature = '';
  /** RF was set when the present instruction began: it meets no execution breakpoint. */
  resuming = false;

  constructor(private readonly core: DebuggedCore) {}

  /** Makes the lists anew if the registers say something else than before. */
  refresh(): void {
    const dr7 = this.core.get(R.DR + 56);
    if ((dr7 & ENABLES) === 0 && this.signature === '') return;
    const enabled = [0, 1, 2, 3].filter((n) => ((dr7 >>> (2 * n)) & 3) !== 0);
    const all = enabled.map((n): Breakpoint => {
      const length = ((dr7 >>> (18 + 4 * n)) & 3) + 1;
      const address = (this.core.get(R.DR + 8 * n) & -length) >>> 0;
      return { bit: 1 << n, kind: (dr7 >>> (16 + 4 * n)) & 3, address, length };
    });
    const signature = all.map(({ bit, kind, address, length }) => `${bit},${kind},${address},${length}`).join(';');
    if (signature === this.signature) return;
    this.signature = signature;
    this.code = all.filter(({ kind }) => kind === KIND.EXECUTE);
    this.data = all.filter(({ kind }) => kind === KIND.WRITE || kind === KIND.ACCESS);
    this.core.noteGuards();
    this.core.tlb.flush();
    this.core.board.flushCode();
  }

  /** Whether an instruction at a linear address has to be looked at before it is executed. */
  stopsAt(linear: number): boolean {
    return this.code.some(({ address }) => address === linear);
  }

  /** Before the instruction at EIP. @throws CpuFault #DB when a breakpoint is met */
  check(): void {
    // A repeated instruction is looked at before its first iteration.
    if (this.resuming || this.core.get(RUN_REPEATING) !== 0) return;
    const { pc } = this.core;
    const met = this.code.filter(({ address }) => address === pc).reduce((bits, { bit }) => bits | bit, 0);
    if (met === 0) return;
    this.report(met);
    raise(VECTOR.DB, 0, `the execution breakpoint at ${pc.toString(16).toUpperCase()}h`);
  }

  /** Whether there are data breakpoints. */
  get guardsAny(): boolean {
    return this.data.length > 0;
  }

  /** Whether a page, by linear address, holds a data breakpoint. */
  guards(linear: number): boolean {
    return this.data.some(({ address }) => address >>> PAGE_BITS === linear >>> PAGE_BITS);
  }

  /** An access has been made. */
  note(linear: number, size: number, write: boolean): void {
    for (const { bit, kind, address, length } of this.data) {
      if (linear >= address + length || address >= linear + size || (kind === KIND.WRITE && !write)) continue;
      this.core.set8(R.DEBUG_PENDING, this.core.get8(R.DEBUG_PENDING) | bit);
      this.core.board.breakOff();
    }
  }

  /** MOV to or from a debug register. @throws CpuFault #DB when they are protected */
  access(): void {
    if ((this.core.get(R.DR + 56) & DR7_GD) === 0) return;
    this.report(DR6_BD);
    raise(VECTOR.DB, 0, 'access to the protected debug registers (DR7.GD)');
  }

  report(bits: number): void {
    this.core.set(R.DR + 48, this.core.get(R.DR + 48) | bits);
  }

  /** The handler of #DB is entered: it may use the debug registers. */
  entered(): void {
    this.core.set(R.DR + 56, this.core.get(R.DR + 56) & ~DR7_GD);
  }
}
