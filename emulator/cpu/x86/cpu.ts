/** An x86 CPU: front end of the engine, delivery of what interrupts it, and the registers as people see them. */
import { FRAME_HELPER } from '../../ir/exits';
import { constant } from '../../ir/block';
import type { CodePage, CodeRange, FrontEnd, TranslatedBlock } from '../../ir/frontend';
import { CallRecord } from '../../memory/call-record';
import { PAGE_SIZE, RUN_CONTEXT, RUN_REPEATING } from '../../memory/layout';
import type { RegisterRow } from '../../memory/register-file';
import { type CpuBoard, SHADOW, X86Core } from './core';
import { DR6_BS } from './debug-registers';
import { type Decoded, type DecodeMode, decode, type Field, type Instruction, NO_BYTE } from './decode';
import { CpuFault, VECTOR } from './fault';
import { callHelper, enterInterrupt } from './helpers';
import { CALL_KIND, type Delivery, deliverFault } from './interrupts';
import { crossesPage, pageOf } from './mappings';
import { type CpuModel, LEVEL } from './models';
import * as R from './registers';
import { loadReal, loadSegment, setCache } from './segments';
import { semanticOf } from './semantics';
import { setControl } from './system';
import { type Context, Translation } from './translation';

/** Blocks end after this many instructions, so that translating never takes long. */
const MAX_INSTRUCTIONS = 32;
/** So many bytes of zeros (ADD [BX+SI],AL, over and over) are no program. */
const ZEROS = 32;

/** Slots of the control registers, by number; there is no CR1. */
const CONTROL_REGISTERS: readonly number[] = [R.CR0, -1, R.CR2, R.CR3, R.CR4];

/** How many bytes of an instruction were looked at. */
function lengthOf(decoded: Decoded): number {
  if (decoded.ok) return decoded.instruction.length;
  const { fault } = decoded;
  return fault.kind === 'undefined' ? fault.length : fault.kind === 'page' ? fault.index + 1 : 1;
}

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
    core.set(R.CR0, model.cr0Reset);
    core.set(R.EDX, model.resetDx);
    core.set(R.DR + 48, 0xffff0ff0);
    core.set(R.DR + 56, 0x400);
    core.set(RUN_REPEATING, 0);
    core.shadow = SHADOW.NONE;
    this.calls.clear();
    core.memory.setAddressMask(model.addressMask);
    core.space.changed();
    core.updateContext();
  }

  /* ------------------------------------------------------------------------------ translation */

  /** The program counter that blocks are named by: EIP. */
  get pc(): number {
    return this.core.get(R.EIP);
  }

  codePage(page: number): number {
    return this.core.space.codePage(page);
  }

  private decodeMode(linear: number): DecodeMode {
    const { core } = this;
    const physical = core.space.physical(linear);
    return {
      model: this.model,
      codeSize: core.codeSize,
      protectedMode: core.usesDescriptors,
      firmware: physical !== undefined && this.board.isFirmware(physical),
    };
  }

  /** Decodes the instruction at `offset` of the present code segment as the CPU would. Peeks only. */
  decodeAt(offset: number): Decoded {
    const { core } = this;
    const { space, memory } = core;
    // A page is looked up once: most instructions lie in one.
    let page = -1;
    let physicalPage: number | undefined;
    let host = 0;
    const base = core.seg(R.CS, R.SEG_BASE);
    const limit = core.seg(R.CS, R.SEG_LIMIT);
    const narrow = core.codeSize === 16 && this.model.level < 3;
    return decode(offset, this.decodeMode((base + offset) >>> 0), (index) => {
      const at = narrow ? (offset + index) & 0xffff : offset + index;
      if (at > limit) return NO_BYTE.BEYOND_LIMIT;
      const linear = (base + at) >>> 0;
      if (pageOf(linear) !== page) {
        page = pageOf(linear);
        physicalPage = space.codeAt(page);
        host = physicalPage === undefined ? 0 : memory.hostOf(physicalPage);
      }
      if (host !== 0) return memory.u8[host + (linear - page)];
      return physicalPage === undefined ? NO_BYTE.NO_PAGE : memory.peek(physicalPage + (linear - page), 1);
    });
  }

  /** Decodes what lies at a linear address, as if at `offset` of a code segment without a limit. Peeks only. */
  decodeElsewhere(linear: number, offset: number): Decoded {
    const { core } = this;
    const { space } = core;
    return decode(offset, this.decodeMode(linear), (index) => space.peek(linear + index) ?? NO_BYTE.NO_PAGE);
  }

  private context(): Context {
    const { core } = this;
    return {
      id: core.get(RUN_CONTEXT),
      model: this.model,
      codeSize: core.codeSize,
      stackSize: core.stackSize,
      protectedMode: core.protectedMode,
      virtual8086: core.virtual8086,
      cpl: core.cpl,
      csBase: core.seg(R.CS, R.SEG_BASE),
      csLimit: core.seg(R.CS, R.SEG_LIMIT),
      cr0: core.get(R.CR0),
      paged: core.space.isPaged,
      flat: core.contexts.flatSegments,
      full16: core.contexts.full16Segments,
    };
  }

  translate(pc: number, open: ReadonlySet<number>): TranslatedBlock {
    const { core } = this;
    const t = new Translation(this.context());
    const code: CodeRange[] = [];
    const fields: CodeRange[] = [];
    const addresses: number[] = [];
    let pages: readonly CodePage[] = [];
    let inZeros = false;
    let offset = pc;
    const startPage = pageOf(this.linearOf(pc));
    while (!t.ended && addresses.length < MAX_INSTRUCTIONS) {
      const linear = this.linearOf(offset);
      // A block stays in its page but for the last instruction's tail.
      if (addresses.length > 0 && pageOf(linear) !== startPage) break;
      const decoded = this.decodeAt(offset);
      const length = lengthOf(decoded);
      // With paging an instruction across pages is a block of its own, so that both are looked at right before it.
      if (t.context.paged && addresses.length > 0 && crossesPage(linear, length)) break;
      addresses.push(linear);
      const zeros: boolean = this.stopsAtZeros && !inZeros && this.zerosAt(linear);
      inZeros ||= zeros;
      if (zeros || this.breakpoints.has(linear)) t.b.emit('breakpoint', 32, undefined, [], [offset]);
      if (addresses.length === 1 || crossesPage(linear, length))
        pages = this.codePages(this.linearOf(pc), linear, length);
      const unfetched = t.context.paged && pages.some(({ host }) => host === 0);
      const begun = () => {
        if (core.debug.stopsAt(linear)) t.helper('DEBUG_CHECK');
        // What a fetch does besides (an accessed bit, a page fault) it does when the instruction is executed, each time.
        if (unfetched) t.helper('FETCH', constant(linear), constant(length));
      };
      if (!decoded.ok) {
        t.b.emit('insn', 32, undefined, [], [offset]);
        begun();
        t.fault(decoded.fault.kind === 'undefined' ? VECTOR.UD : VECTOR.GP);
        t.ended = true;
        this.note(code, linear, length);
        break;
      }
      const { instruction } = decoded;
      const host = unfetched ? 0 : this.fieldsAt(linear, instruction);
      const placeOf = ({ at }: Field) => (host !== 0 && open.has(host + at) ? host + at : 0);
      t.begin(instruction, placeOf);
      begun();
      semanticOf(instruction.row.mnemonic)(t);
      let noted = 0;
      const used = t.fields.length > 1 ? t.fields.toSorted((a, b) => a.at - b.at) : t.fields;
      for (const field of used) {
        if (host !== 0) fields.push({ host: host + field.at, length: field.bytes });
        if (placeOf(field) === 0) continue;
        this.note(code, linear + noted, field.at - noted);
        noted = field.at + field.bytes;
      }
      this.note(code, linear + noted, length - noted);
      offset = instruction.next;
      if (unfetched) break;
    }
    if (!t.ended) t.goto(offset);
    const kept = code.every(({ host }) => host !== 0) && pages.every(({ host }) => host !== 0);
    return { block: t.b.finish(), code: kept ? code : [], fields, pages, instructions: addresses.length, addresses };
  }

  /** Where an instruction lies in wasm memory, if all of its fields can be found from there; else 0. */
  private fieldsAt(linear: number, { offset, next, length }: Instruction): number {
    const { space, memory } = this.core;
    if (crossesPage(linear, length) || next !== offset + length) return 0;
    const physical = space.physical(linear);
    return physical === undefined ? 0 : memory.hostOf(physical);
  }

  /** The pages of a block up to the end of an instruction; host 0 where fetching from it has effects, or asks a device. */
  private codePages(start: number, linear: number, length: number): readonly CodePage[] {
    const { space } = this.core;
    const first = pageOf(start);
    const all = crossesPage(linear, length) ? [first, (first + PAGE_SIZE) >>> 0] : [first];
    return all.map((page) => ({ linear: page, host: space.codePage(page) }));
  }

  private linearOf(offset: number): number {
    return (this.core.seg(R.CS, R.SEG_BASE) + offset) >>> 0;
  }

  /** Whether so many bytes from a linear address on are memory and zero that no program can mean them. */
  private zerosAt(linear: number): boolean {
    const { memory } = this.core;
    for (let at = linear; at < linear + ZEROS; at++) {
      const physical = this.core.space.physical(at);
      const host = physical === undefined ? 0 : memory.hostOf(physical);
      if (host === 0 || memory.u8[host] !== 0) return false;
    }
    return true;
  }

  /** Adds the bytes at a linear address to the ranges that a block depends on; host 0 stands for those of a device. */
  private note(code: CodeRange[], linear: number, length: number): void {
    for (let at = linear; at < linear + length; ) {
      const run = Math.min(linear + length - at, PAGE_SIZE - (at % PAGE_SIZE));
      const physical = this.core.space.physical(at);
      const host = physical === undefined ? 0 : this.core.memory.hostOf(physical);
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
    return (this.core.get(R.FLAGS_SYSTEM) & R.FLAG.IF) !== 0 && this.core.shadow === SHADOW.NONE;
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
    return this.core.get8(R.DEBUG_PENDING) !== 0 && this.core.shadow !== SHADOW.TRAPS;
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
    const sp = core.stackLinear;
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
    const control = CONTROL_REGISTERS.indexOf(row.offset);
    if (control >= 0) {
      setControl(core, control, number);
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
