/**
 * Delivery of interrupts and exceptions, and IRET. Intel 80386 Programmer's Reference Manual, chapter 9 and INT, IRET.
 */
import { RUN_CONTEXT, RUN_DEPTH } from '../../memory/layout';
import { type X86Core, hex } from './core';
import { type Descriptor, dpl, isCode, isConforming, present } from './descriptors';
import { CpuFault, exceptionInfo, raise, unsupported, VECTOR } from './fault';
import { INTERRUPT, type InnerStack, ROUTINE, RUN_ERROR_CODE } from './memos';
import { type CpuModel, LEVEL } from './models';
import * as R from './registers';
import {
  checkStack,
  isMarked,
  loadNull,
  loadReal,
  markAccessed,
  needDescriptor,
  putDescriptor,
  readDescriptor,
  selectorError,
  setCache,
} from './segments';
import {
  checkReturn,
  enterStack,
  hasWideTask,
  innerPointer,
  innerSelector,
  needRoom,
  pushInner,
  returnOutward,
  stackPlace,
} from './transfers';

/** Where an interrupt came from: decides the checks and the error codes. */
export type InterruptSource = 'external' | 'software' | 'exception';

/** Bit 0 of an error code: an event external to the program caused it. */
const EXT = 1;
/** Bit 1: the error code names an entry of the IDT. */
const IDT = 2;

/** Flags that an interrupt clears; and RF is set in the image that a fault pushes. */
const CLEARED = R.FLAG.TF | R.FLAG.NT | R.FLAG.VM | R.FLAG.RF;

/** Types of gates, a bit each: task gates, interrupt and trap gates of the 286 and of the 386. */
const GATE_TYPES = (1 << 5) | (1 << 6) | (1 << 7) | (1 << 14) | (1 << 15);

/** The order in which data segments of virtual 8086 mode are pushed. */
const VIRTUAL_ORDER = [R.GS, R.FS, R.DS, R.ES] as const;

function deliverReal(core: X86Core, vector: number, source: InterruptSource): void {
  const at = vector * 4;
  if (at + 3 > (core.get(R.IDTR_LIMIT) & 0xffff)) {
    raise(VECTOR.GP, 0, `interrupt ${hex(vector, 2)}h lies beyond the limit of the interrupt table`);
  }
  const address = (core.get(R.IDTR_BASE) + at) >>> 0;
  const offset = core.readLinear(address, 2);
  const selector = core.readLinear((address + 2) >>> 0, 2);
  if (!core.model.wrapsOffsets)
    for (let bytes = 2; bytes <= 6; bytes += 2) core.checkSegment(R.SS, core.stackOffset(-bytes), 2, true);
  const { frame } = core;
  frame[0] = core.getFlags();
  frame[1] = core.seg(R.CS, R.SEG_SELECTOR);
  frame[2] = core.get(R.EIP);
  core.writeFrame(3, 16);
  core.sp = core.stackOffset(-6);
  core.set(R.FLAGS_SYSTEM, core.get(R.FLAGS_SYSTEM) & ~(R.FLAG.IF | R.FLAG.TF | R.FLAG.RF | R.FLAG.AC));
  loadReal(core, R.CS, selector);
  core.set(R.EIP, offset);
  const before = core.get(RUN_CONTEXT);
  core.contexts.mayHaveChanged();
  if (vector !== VECTOR.DB)
    core.memos.realInterrupt(
      nameOf(vector, source, false),
      before,
      address,
      offset | (selector << 16),
      core.model.flagsFixed,
    );
}

/** The gate of an interrupt, checked. @throws CpuFault */
function gateOf(core: X86Core, vector: number, source: InterruptSource, ext: number): Descriptor {
  const error = vector * 8 + IDT + ext;
  if (vector * 8 + 7 > (core.get(R.IDTR_LIMIT) & 0xffff))
    raise(VECTOR.GP, error, `interrupt ${hex(vector, 2)}h lies beyond the IDT's limit`);
  const gate = readDescriptor(core, (core.get(R.IDTR_BASE) + vector * 8) >>> 0);
  const type = gate.access & 0x1f;
  if (((GATE_TYPES >>> type) & 1) === 0) raise(VECTOR.GP, error, `entry ${hex(vector, 2)}h of the IDT is no gate`);
  if (source === 'software' && dpl(gate) < core.cpl)
    raise(VECTOR.GP, error, `INT ${hex(vector, 2)}h is not allowed at privilege ${core.cpl}`);
  if (!present(gate)) raise(VECTOR.NP, error, `the gate of interrupt ${hex(vector, 2)}h is not present`);
  if (type === 5) unsupported(`a task switch by interrupt ${hex(vector, 2)}h`);
  return gate;
}

/** The code segment behind a gate, checked. @throws CpuFault */
function handlerOf(core: X86Core, vector: number, selector: number, ext: number): Descriptor {
  if ((selector & 0xfffc) === 0) raise(VECTOR.GP, ext, `the gate of interrupt ${hex(vector, 2)}h has a null selector`);
  const code = needDescriptor(core, selector, VECTOR.GP, ext);
  const error = selectorError(selector) + ext;
  if (!isCode(code) || dpl(code) > core.cpl)
    raise(VECTOR.GP, error, `the gate of interrupt ${hex(vector, 2)}h leads to no code of this or an inner level`);
  if (!present(code)) raise(VECTOR.NP, error, `the handler's segment ${hex(selector)} is not present`);
  if (core.virtual8086 && (isConforming(code) || dpl(code) !== 0))
    raise(VECTOR.GP, error, 'an interrupt of virtual 8086 mode must go to level 0');
  return code;
}

/** Puts what every handler finds on top of its stack into the frame, from place `n` on; gives the place behind. */
function frameReturn(core: X86Core, n: number, errorCode: number | undefined): number {
  const { frame } = core;
  frame[n] = core.getFlags();
  frame[n + 1] = core.seg(R.CS, R.SEG_SELECTOR);
  frame[n + 2] = core.get(R.EIP);
  if (errorCode === undefined) return n + 3;
  frame[n + 3] = errorCode;
  return n + 4;
}

/** Pushes on the present stack. */
function pushSame(
  core: X86Core,
  code: Descriptor,
  offset: number,
  ext: number,
  width: 16 | 32,
  errorCode: number | undefined,
): void {
  const step = width / 8;
  const words = frameReturn(core, 0, errorCode);
  core.checkSegment(R.SS, core.stackOffset(-words * step), step, true);
  if (offset > code.limit) raise(VECTOR.GP, ext, 'the handler lies beyond its segment');
  core.writeFrame(words, width);
  markAccessed(core, code);
  core.sp = core.stackOffset(-words * step);
}

/** Pushes on the stack of an inner level, and enters that. */
function pushInnerLevel(
  core: X86Core,
  code: Descriptor,
  level: number,
  offset: number,
  ext: number,
  width: 16 | 32,
  errorCode: number | undefined,
): InnerStack {
  const { frame } = core;
  const wasVirtual = core.virtual8086;
  const pointerAt = stackPlace(core, level);
  const pointer = innerPointer(core, level);
  const selector = innerSelector(core, level);
  const stack = checkStack(core, selector, level, VECTOR.TS);
  let n = 0;
  if (wasVirtual) for (const s of VIRTUAL_ORDER) frame[n++] = core.seg(s, R.SEG_SELECTOR);
  frame[n++] = core.seg(R.SS, R.SEG_SELECTOR);
  frame[n++] = core.get(R.ESP);
  n = frameReturn(core, n, errorCode);
  needRoom(stack, selector, pointer, n, width);
  if (offset > code.limit) raise(VECTOR.GP, ext, 'the handler lies beyond its segment');
  const sp = pushInner(core, stack, pointer, n, width);
  markAccessed(core, stack);
  markAccessed(core, code);
  core.set(R.FLAGS_SYSTEM, core.get(R.FLAGS_SYSTEM) & ~R.FLAG.VM);
  enterStack(core, stack, selector, sp);
  if (wasVirtual) for (const s of VIRTUAL_ORDER) loadNull(core, s, 0);
  return { descriptor: stack, selector, pointerAt, wide: hasWideTask(core) };
}

function deliverProtected(core: X86Core, vector: number, source: InterruptSource, errorCode: number | undefined): void {
  const ext = source === 'software' ? 0 : EXT;
  const gate = gateOf(core, vector, source, ext);
  const selector = gate.low >>> 16;
  const code = handlerOf(core, vector, selector, ext);
  const wide = (gate.access & 8) !== 0;
  const offset = wide ? ((gate.high & 0xffff0000) | (gate.low & 0xffff)) >>> 0 : gate.low & 0xffff;
  const { cpl } = core;
  const level = isConforming(code) ? cpl : dpl(code);
  const before = core.get(RUN_CONTEXT);
  const wasVirtual = core.virtual8086;
  const width = wide ? 32 : 16;
  let stack: InnerStack | undefined;
  if (level === cpl) pushSame(core, code, offset, ext, width, errorCode);
  else stack = pushInnerLevel(core, code, level, offset, ext, width, errorCode);
  putDescriptor(core, R.CS, (selector & 0xfffc) | level, code);
  core.set(R.EIP, offset);
  const cleared = (gate.access & 1) === 0 ? CLEARED | R.FLAG.IF : CLEARED;
  core.set(R.FLAGS_SYSTEM, core.get(R.FLAGS_SYSTEM) & ~cleared);
  core.contexts.mayHaveChanged();
  // Routines use the stack as supervisors do, know no other form of a task state, and no virtual 8086 mode.
  const isPlain = stack === undefined ? cpl !== 3 : stack.wide && isMarked(stack.descriptor);
  if (wasVirtual || vector === VECTOR.DB || !isPlain || !isMarked(code)) return;
  const name = nameOf(vector, source, errorCode !== undefined);
  core.memos.interrupt(name, before, gate, code, stack, offset, wide, ~cleared, core.model.flagsFixed);
}

/** Kinds of entries in the call record; the vector stands in bits 8-15. */
export const CALL_KIND = { CALL: 0, FAR: 1, SOFTWARE: 2, EXTERNAL: 3, EXCEPTION: 4 } as const;

const KIND_OF: Readonly<Record<InterruptSource, number>> = {
  software: CALL_KIND.SOFTWARE,
  external: CALL_KIND.EXTERNAL,
  exception: CALL_KIND.EXCEPTION,
};

/** How routines and memos name an interrupt. */
const nameOf = (vector: number, source: InterruptSource, hasError: boolean): number =>
  vector | (hasError ? INTERRUPT.HAS_ERROR : 0) | (KIND_OF[source] << INTERRUPT.KIND_SHIFT);

/** Delivers as it was done before, if it was. INT does that itself before it asks for anything. */
function deliverByRoutine(
  core: X86Core,
  vector: number,
  source: InterruptSource,
  errorCode: number | undefined,
): boolean {
  if (source === 'software' || core.virtual8086) return false;
  core.set(RUN_ERROR_CODE, errorCode ?? 0);
  const routine = core.protectedMode ? ROUTINE.INTERRUPT : ROUTINE.REAL_INTERRUPT;
  if (core.routine(routine, nameOf(vector, source, errorCode !== undefined), core.get(R.EIP)) === 0) return false;
  // The entry in the call record is the caller's.
  core.set(RUN_DEPTH, core.depth - 1);
  return true;
}

/**
 * Enters the handler of `vector`. EIP is what is to be pushed. A fault on the way is the caller's to deliver.
 * @throws CpuFault
 */
export function deliver(core: X86Core, vector: number, source: InterruptSource, errorCode: number | undefined): void {
  if (deliverByRoutine(core, vector, source, errorCode)) return;
  if (core.protectedMode) deliverProtected(core, vector, source, errorCode);
  else deliverReal(core, vector, source);
  if (vector === VECTOR.DB) core.debug.entered();
  core.repeating = false;
  core.interrupted = true;
}

const CONTRIBUTORY = new Set<number>([VECTOR.DE, VECTOR.TS, VECTOR.NP, VECTOR.SS, VECTOR.GP]);

/** How the attempts to deliver a fault ended: the vector whose handler was entered, or a shutdown (triple fault). */
export type Delivery =
  | { readonly kind: 'entered'; readonly vector: number }
  | { readonly kind: 'shutdown'; readonly faults: readonly CpuFault[] };

/**
 * Delivers a fault of the instruction at EIP; faults on the way become double faults and in the end a shutdown
 * (Intel 80386 Programmer's Reference Manual, 9.8.8, table 9-3 and 9-4).
 */
export function deliverFault(core: X86Core, first: CpuFault): Delivery {
  const faults: CpuFault[] = [];
  // In real mode a 286 reports every segment overrun as interrupt 13, the stack's too (seen on the chip).
  const overrun = first.vector === VECTOR.SS && !core.protectedMode && core.model.level < LEVEL.I386;
  let fault = overrun ? new CpuFault(VECTOR.GP, 0, first.reason) : first;
  noteAddress(core, fault);
  for (;;) {
    faults.push(fault);
    const hasCode = core.protectedMode && (exceptionInfo(fault.vector)?.hasErrorCode ?? false);
    try {
      // The image of EFLAGS that a fault pushes has RF set, so that an instruction breakpoint does not hit again; that of
      // a debug exception has not (SDM volume 3, 17.3.1.1).
      if (core.model.level >= LEVEL.I386 && core.protectedMode && fault.vector !== VECTOR.DB)
        core.set(R.FLAGS_SYSTEM, core.get(R.FLAGS_SYSTEM) | R.FLAG.RF);
      deliver(core, fault.vector, 'exception', hasCode ? fault.error : undefined);
      return { kind: 'entered', vector: fault.vector };
    } catch (next) {
      if (!(next instanceof CpuFault)) throw next;
      noteAddress(core, next);
      const previous = faults[faults.length - 1];
      if (previous.vector === VECTOR.DF) return { kind: 'shutdown', faults: [...faults, next] };
      const double =
        faults.length > 1 ||
        (CONTRIBUTORY.has(previous.vector) && CONTRIBUTORY.has(next.vector)) ||
        (previous.vector === VECTOR.PF && (next.vector === VECTOR.PF || CONTRIBUTORY.has(next.vector)));
      fault = double ? new CpuFault(VECTOR.DF, 0, `${previous.reason}; then ${next.reason}`) : next;
    }
  }
}

/** A page fault leaves the address in CR2, whatever becomes of it. */
function noteAddress(core: X86Core, fault: CpuFault): void {
  if (fault.address !== undefined) core.set(R.CR2, fault.address);
}

/** Flags that POPF and IRET may change at the present privilege. */
export const writableFlags = ({ model, protectedMode, cpl, iopl }: X86Core, size: 16 | 32): number =>
  writableAt(model, protectedMode, cpl, iopl, size);

/** The same at any: where it is 0 the I/O privilege level is no matter. */
export function writableAt(model: CpuModel, protectedMode: boolean, cpl: number, iopl: number, size: 16 | 32): number {
  let mask = 0xdd5 & ~R.FLAG.IF;
  if (model.level >= LEVEL.I386 || protectedMode) mask |= R.FLAG.NT;
  if (cpl === 0) mask |= R.FLAG.IOPL;
  if (cpl <= iopl) mask |= R.FLAG.IF;
  if (size === 32) mask |= R.FLAG.RF | (model.flagsWritable & (R.FLAG.AC | R.FLAG.ID));
  if (!protectedMode) mask &= model.flagsWritable | R.FLAG.RF;
  return mask;
}

/** Sets the flags that `mask` allows: among them always the condition codes and DF. */
export function mergeFlags(core: X86Core, flags: number, mask: number): void {
  core.setFlags((core.get(R.FLAGS_SYSTEM) & ~mask) | (flags & mask));
}

/** IRET. */
export function interruptReturn(core: X86Core, size: 16 | 32): void {
  const step = size / 8;
  core.set8(R.NMI_BLOCKED, 0);
  if (core.usesDescriptors && (core.get(R.FLAGS_SYSTEM) & R.FLAG.NT) !== 0)
    unsupported('a task switch by IRET with NT set');
  if (core.virtual8086 && core.iopl < 3) raise(VECTOR.GP, 0, 'IRET in virtual 8086 mode with IOPL below 3');
  core.readFrame(0, 3, size);
  const offset = core.frame[0] >>> 0;
  const selector = core.frame[1] & 0xffff;
  const flags = core.frame[2] >>> 0;
  const writable = writableFlags(core, size) & (size === 16 ? 0xffff : 0xffffffff);
  const before = core.get(RUN_CONTEXT);
  if (!core.usesDescriptors) {
    if (offset > core.seg(R.CS, R.SEG_LIMIT))
      raise(VECTOR.GP, 0, `IRET to offset ${hex(offset)} beyond the code segment`);
    core.sp = core.stackOffset(3 * step);
    loadReal(core, R.CS, selector);
    core.set(R.EIP, offset);
    mergeFlags(core, flags, writable & ~(core.virtual8086 ? R.FLAG.IOPL : 0));
    core.contexts.mayHaveChanged();
    if (!core.virtual8086 && size === 16) core.memos.realReturn(selector, before, writable, core.systemFlags);
  } else if (size === 32 && core.cpl === 0 && (flags & R.FLAG.VM) !== 0) {
    toVirtual8086(core, offset, selector, flags);
    core.contexts.mayHaveChanged();
  } else returnProtected(core, offset, selector, flags, writable, size);
  core.lookAtBoundary();
}

/** IRET to code of the same level or an outer one. */
function returnProtected(
  core: X86Core,
  offset: number,
  selector: number,
  flags: number,
  writable: number,
  size: 16 | 32,
): void {
  const code = checkReturn(core, selector);
  if (offset > code.limit) raise(VECTOR.GP, 0, `IRET to offset ${hex(offset)} beyond its code segment`);
  const { cpl, iopl } = core;
  const before = core.get(RUN_CONTEXT);
  let stack: Descriptor | undefined;
  let stackSelector = 0;
  if ((selector & 3) === cpl) {
    markAccessed(core, code);
    core.sp = core.stackOffset((3 * size) / 8);
    putDescriptor(core, R.CS, selector, code);
    core.set(R.EIP, offset);
  } else {
    const { frame } = core;
    core.readFrame(3, 2, size);
    stackSelector = frame[4] & 0xffff;
    stack = returnOutward(core, selector, code, offset, stackSelector, frame[3] >>> 0, size, 0, VECTOR.NP);
  }
  mergeFlags(core, flags, writable);
  core.contexts.mayHaveChanged();
  // Routines use the stack as supervisors do.
  if (size === 16 || cpl === 3 || !isMarked(code) || (stack !== undefined && !isMarked(stack))) return;
  const { memos, systemFlags } = core;
  memos.interruptReturn(selector, before, code, stack, stackSelector, writable, systemFlags, iopl << 12);
}

/** IRET from level 0 to virtual 8086 mode. */
function toVirtual8086(core: X86Core, offset: number, selector: number, flags: number): void {
  const values = [12, 16, 20, 24, 28, 32].map((at) => core.peekStack(at, 32));
  const [esp, ss, es, ds, fs, gs] = values as [number, number, number, number, number, number];
  core.setFlags(flags);
  const selectors: readonly (readonly [number, number])[] = [
    [R.CS, selector],
    [R.SS, ss],
    [R.ES, es],
    [R.DS, ds],
    [R.FS, fs],
    [R.GS, gs],
  ];
  for (const [s, value] of selectors) setCache(core, s, value & 0xffff, (value & 0xffff) * 16, 0xffff, 0xf3);
  core.set(R.ESP, esp);
  core.set(R.EIP, offset & 0xffff);
}
