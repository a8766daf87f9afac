/** An x86 CPU: front end of the engine, delivery of what interrupts it, and the registers as people see them. */
import { FRAME_HELPER } from '../../ir/exits';
import type { CodeRange, FrontEnd, TranslatedBlock } from '../../ir/frontend';
import { CallRecord } from '../../memory/call-record';
import { PAGE_SIZE, RUN_REPEATING } from '../../memory/layout';
import type { RegisterRow } from '../../memory/register-file';
import { type CpuBoard, X86Core } from './core';
import { DR6_BS } from './debug-registers';
import { type Decoded, type DecodeMode, decode } from './decode';
import { CpuFault, VECTOR } from './fault';
import { CALL_KIND, callHelper, enterInterrupt } from './helpers';
import { type Delivery, deliverFault } from './interrupts';
import { type CpuModel, LEVEL } from './models';
import * as R from './registers';
import { loadReal, loadSegment, setCache } from './segments';
import { semanticOf } from './semantics';
import { setCr0 } from './system';
import { type Context, Translation } from './translation';

/** Blocks end after this many instructions, so that translating never takes long. */
const MAX_INSTRUCTIONS = 32;
/** So many bytes of zeros (ADD [BX+SI],AL, over and over) are no program. */
const ZEROS = 32;

export class X86Cpu implements FrontEnd {
  readonly core: X86Core;
  readonly calls: CallRecord;
  /** Linear addresses at which translated code stops for a breakpoint. */
  breakpoints: ReadonlySet<number> = new Set();
  /** Whether code that is nothing but zeros has a breakpoint of its own. */
  stopsAtZeros = false;

  constructor(
    readonly model: CpuModel,
    private readonly board: CpuBoard,
  ) {
    this.core = new X86Core(model, board);
    this.calls = new CallRecord(board.memory);
  }

  /** Power-on or RESET (80386 Programmer's Reference Manual, 10.1). Registers that RESET leaves alone become 0. */
  reset(): void {
    const { core, model } = this;
    for (const row of R.X86_REGISTERS) if (row.partOf === undefined) core.registers.set(row, 0n);
    core.setFlags(0);
    for (const s of [R.ES, R.SS, R.DS, R.FS, R.GS]) setCache(core, s, 0, 0, 0xffff, 0x93);
    if (model.level === 0) {
      setCache(core, R.CS, 0xffff, 0xffff0, 0xffff, 0x93);
      core.set(R.EIP, 0);
    } else {
      setCache(core, R.CS, 0xf000, (0xffff0000 & model.addressMask) >>> 0, 0xffff, 0x93);
      core.set(R.EIP, 0xfff0);
    }
    setCache(core, R.LDTR, 0, 0, 0xffff, 0x82);
    setCache(core, R.TR, 0, 0, 0xffff, 0x83);
    core.set(R.IDTR_LIMIT, 0x3ff);
    core.set(R.GDTR_LIMIT, 0xffff);
    core.set(R.CR0, model.level >= 3 ? 0x10 : 0xfff0);
    core.set(R.EDX, model.resetDx);
    core.set(R.DR + 48, 0xffff0ff0);
    core.set(R.DR + 56, 0x400);
    core.set(RUN_REPEATING, 0);
    core.shadow = false;
    this.calls.clear();
    core.memory.setAddressMask(model.addressMask);
    core.tlb.flush();
    core.updateContext();
  }

  /* ------------------------------------------------------------------------------ translation */

  /** The program counter that blocks are named by: EIP. */
  get pc(): number {
    return this.core.get(R.EIP);
  }

  private decodeMode(linear: number): DecodeMode {
    const { core } = this;
    return {
      model: this.model,
      codeSize: core.codeSize,
      protectedMode: core.usesDescriptors,
      firmware: this.board.isFirmware(core.translate(linear)),
    };
  }

  /** Decodes the instruction at `offset` of the present code segment. Peeks only. */
  decodeAt(offset: number): Decoded {
    const { core } = this;
    const base = core.seg(R.CS, R.SEG_BASE);
    const limit = core.seg(R.CS, R.SEG_LIMIT);
    const narrow = core.codeSize === 16 && this.model.level < 3;
    return decode(offset, this.decodeMode((base + offset) >>> 0), (index) => {
      const at = narrow ? (offset + index) & 0xffff : offset + index;
      if (at > limit) return -1;
      return core.memory.peek(core.translate((base + at) >>> 0), 1);
    });
  }

  /** Decodes what lies at a linear address, as if at `offset` of a code segment without a limit. Peeks only. */
  decodeElsewhere(linear: number, offset: number): Decoded {
    const { core } = this;
    return decode(offset, this.decodeMode(linear), (index) =>
      core.memory.peek(core.translate((linear + index) >>> 0), 1),
    );
  }

  private context(): Context {
    const { core } = this;
    let flat = 0;
    for (let s = R.ES; s <= R.GS; s++) if (core.isFlat(s)) flat |= 1 << s;
    return {
      model: this.model,
      codeSize: core.codeSize,
      stackSize: core.stackSize,
      protectedMode: core.protectedMode,
      virtual8086: core.virtual8086,
      cpl: core.cpl,
      csBase: core.seg(R.CS, R.SEG_BASE),
      csLimit: core.seg(R.CS, R.SEG_LIMIT),
      cr0: core.get(R.CR0),
      flat,
    };
  }

  translate(pc: number): TranslatedBlock {
    const t = new Translation(this.context());
    const code: CodeRange[] = [];
    const addresses: number[] = [];
    let inZeros = false;
    let offset = pc;
    const startPage = this.linearOf(pc) & -PAGE_SIZE;
    while (!t.ended && addresses.length < MAX_INSTRUCTIONS) {
      const linear = this.linearOf(offset);
      // A block stays in its page but for the last instruction's tail.
      if (addresses.length > 0 && (linear & -PAGE_SIZE) !== startPage) break;
      addresses.push(linear);
      const zeros: boolean = this.stopsAtZeros && !inZeros && this.zerosAt(linear);
      inZeros ||= zeros;
      if (zeros || this.breakpoints.has(linear)) t.b.emit('breakpoint', 32, undefined, [], [offset]);
      const decoded = this.decodeAt(offset);
      if (!decoded.ok) {
        t.b.emit('insn', 32, undefined, [], [offset]);
        if (this.core.debug.stopsAt(linear)) t.helper('DEBUG_CHECK');
        const { fault } = decoded;
        t.fault(fault.kind === 'undefined' ? VECTOR.UD : VECTOR.GP);
        t.ended = true;
        this.note(code, linear, fault.kind === 'undefined' ? fault.length : 1);
        break;
      }
      const { instruction } = decoded;
      this.note(code, linear, instruction.length);
      t.begin(instruction);
      if (this.core.debug.stopsAt(linear)) t.helper('DEBUG_CHECK');
      semanticOf(instruction.row.mnemonic)(t);
      offset = instruction.next;
    }
    if (!t.ended) t.goto(offset);
    const tracked = code.every(({ host }) => host !== 0) ? code : [];
    return { block: t.b.finish(), code: tracked, instructions: addresses.length, addresses };
  }

  private linearOf(offset: number): number {
    return (this.core.seg(R.CS, R.SEG_BASE) + offset) >>> 0;
  }

  /** Whether so many bytes from a linear address on are memory and zero that no program can mean them. */
  private zerosAt(linear: number): boolean {
    const { memory } = this.core;
    for (let at = linear; at < linear + ZEROS; at++) {
      const host = memory.hostOf(this.core.translate(at >>> 0));
      if (host === 0 || memory.u8[host] !== 0) return false;
    }
    return true;
  }

  /** Adds the bytes at a linear address to the ranges that a block depends on; host 0 stands for those of a device. */
  private note(code: CodeRange[], linear: number, length: number): void {
    for (let at = linear; at < linear + length; ) {
      const run = Math.min(linear + length - at, PAGE_SIZE - (at % PAGE_SIZE));
      const host = this.core.memory.hostOf(this.core.translate(at >>> 0));
      const last = code[code.length - 1];
      if (host !== 0 && last !== undefined && last.host + last.length === host)
        code[code.length - 1] = { host: last.host, length: last.length + run };
      else code.push({ host, length: run });
      at += run;
    }
  }

  /* ------------------------------------------------------------------------------ what the engine calls */

  helper(id: number, a: number, b: number): void {
    if (id === FRAME_HELPER.OVERFLOW) this.calls.makeRoom();
    else if (id === FRAME_HELPER.UNMATCHED) this.calls.pop(a >>> 0, b >>> 0);
    else callHelper(this, id, a, b);
  }

  /** The fault that an `exit FAULT` names. */
  faultOf(detail: number): CpuFault {
    const reasons: Readonly<Record<number, string>> = {
      [VECTOR.DE]: 'division by zero, or a quotient that does not fit',
      [VECTOR.BR]: 'index outside of its bounds',
      [VECTOR.UD]: 'the bytes are no instruction of this CPU in this mode',
      [VECTOR.NM]: 'a coprocessor instruction with CR0.EM or CR0.TS set',
      [VECTOR.SS]: 'an access through SS outside of its limit or rights',
      [VECTOR.GP]: 'an access or a transfer outside of a segment, or against its rights',
    };
    return new CpuFault(detail, 0, reasons[detail] ?? '');
  }

  /** Whether maskable interrupts are recognised at this boundary. */
  get interruptible(): boolean {
    return (this.core.get(R.FLAGS_SYSTEM) & R.FLAG.IF) !== 0 && !this.core.shadow;
  }

  get halted(): boolean {
    return this.core.get8(R.HALTED) !== 0;
  }

  /** HLT with interrupts off: only NMI or RESET can end it. */
  get deadlyHalt(): boolean {
    return this.halted && (this.core.get(R.FLAGS_SYSTEM) & R.FLAG.IF) === 0;
  }

  /** A trap flag that was set when an instruction began makes it trap behind. */
  get trapFlag(): boolean {
    return (this.core.get(R.FLAGS_SYSTEM) & R.FLAG.TF) !== 0;
  }

  /** Data breakpoints have been met and may be reported at this boundary. */
  get debugTrap(): boolean {
    return this.core.get8(R.DEBUG_PENDING) !== 0 && !this.core.stackShadow;
  }

  /**
   * Delivers the debug trap behind an instruction: of a single step (`stepped`), and of data breakpoints that were met.
   * `position`: the count of this boundary.
   */
  deliverTrap(position: number, stepped: boolean): Delivery {
    const { core } = this;
    core.debug.report(core.get8(R.DEBUG_PENDING) | (stepped ? DR6_BS : 0));
    core.set8(R.DEBUG_PENDING, 0);
    core.set8(R.HALTED, 0);
    const reason = stepped ? 'single step (TF)' : 'a data breakpoint of the debug registers';
    return this.deliverFault(new CpuFault(VECTOR.DB, 0, reason), position);
  }

  /** Delivers a fault of the instruction at EIP and notes it in the call record. */
  deliverFault(fault: CpuFault, position: number): Delivery {
    const { core } = this;
    const returnTo = core.pc;
    const sp = (core.seg(R.SS, R.SEG_BASE) + core.sp) >>> 0;
    const delivery = deliverFault(core, fault);
    if (delivery.kind === 'entered') {
      this.calls.push(returnTo, sp, core.pc, CALL_KIND.EXCEPTION | (delivery.vector << 8), position);
    }
    return delivery;
  }

  /** Enters the handler of an external interrupt. */
  deliverInterrupt(vector: number, position: number): Delivery {
    const { core } = this;
    core.set8(R.HALTED, 0);
    // Between two iterations of a repeated instruction the image of EFLAGS has RF set (SDM volume 3, 17.3.1.1).
    if (core.get(RUN_REPEATING) !== 0 && this.model.level >= LEVEL.I386)
      core.set(R.FLAGS_SYSTEM, core.get(R.FLAGS_SYSTEM) | R.FLAG.RF);
    try {
      enterInterrupt(this, vector, CALL_KIND.EXTERNAL, position, 'external');
      return { kind: 'entered', vector };
    } catch (fault) {
      if (!(fault instanceof CpuFault)) throw fault;
      return this.deliverFault(fault, position);
    }
  }

  /* ------------------------------------------------------------------------------ registers for people */

  /** A register's value; EFLAGS is put together here. @throws Error for an unknown name. */
  readRegister(name: string): bigint {
    const row = this.core.registers.row(name);
    if (row.offset === R.EFLAGS) this.core.set(R.EFLAGS, this.core.getFlags());
    return this.core.registers.get(row);
  }

  /**
   * Sets a register as a person means it: a selector in real mode moves its base, EFLAGS sets all flags.
   * @throws Error when the name is unknown or the change is impossible (a bad selector in protected mode).
   */
  writeRegister(name: string, value: bigint): void {
    const { core } = this;
    const row = core.registers.row(name);
    try {
      this.writeRow(row, value);
    } catch (fault) {
      if (fault instanceof CpuFault)
        throw new Error(`${name} can not be set to 0x${value.toString(16)}: ${fault.reason}.`, { cause: fault });
      throw fault;
    }
    core.updateContext();
  }

  private writeRow(row: RegisterRow, value: bigint): void {
    const { core } = this;
    const number = Number(BigInt.asUintN(row.width, value));
    if (row.offset === R.EFLAGS) {
      core.setFlags(row.width === 16 ? (core.getFlags() & 0xffff0000) | number : number);
      return;
    }
    if (row.name === 'CR0') {
      setCr0(core, number);
      return;
    }
    const s = R.SEGMENT_NAMES.indexOf(row.name as (typeof R.SEGMENT_NAMES)[number]);
    if (s >= 0) {
      if (s !== R.CS) loadSegment(core, s, number);
      else if (!core.usesDescriptors) loadReal(core, s, number);
      else throw new Error('CS can not be set in protected mode; use a jump of the guest.');
      return;
    }
    const cache = /^(\w+)\.(base|limit|access)$/.exec(row.name);
    const index = cache === null ? -1 : [...R.SEGMENT_NAMES, 'LDTR', 'TR'].indexOf(cache[1] ?? '');
    core.registers.set(row, value);
    if (index >= 0) {
      setCache(
        core,
        index,
        core.seg(index, R.SEG_SELECTOR),
        core.seg(index, R.SEG_BASE),
        core.seg(index, R.SEG_LIMIT),
        core.seg(index, R.SEG_ACCESS),
      );
    }
  }
}
