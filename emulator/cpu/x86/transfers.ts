/**
 * Transfers between segments: far jumps, calls and returns, call gates and their change of stacks.
 * Intel 80386 Programmer's Reference Manual, 6.3.3-6.3.4 and the instruction pages of JMP, CALL, RET.
 * Every check comes before the first change, as far as the processor itself does so.
 */
import { type X86Core, hex } from './core';
import { type Descriptor, dpl, is32Bit, isCode, isConforming, isSegment, present, systemType } from './descriptors';
import { raise, unsupported, VECTOR } from './fault';
import { RUN_CONTEXT } from '../../memory/layout';
import * as R from './registers';
import {
  checkStack,
  dropPrivileged,
  findDescriptor,
  loadReal,
  markAccessed,
  needDescriptor,
  putDescriptor,
  selectorError,
} from './segments';

/** @throws CpuFault #GP(0) when `offset` lies beyond the limit of a code segment. */
function checkTarget(offset: number, limit: number): void {
  if (offset > limit)
    raise(VECTOR.GP, 0, `target offset ${hex(offset)} lies beyond the code segment's limit ${hex(limit)}`);
}

/** Goes on in code whose descriptor is checked and marked. */
function enterCode(core: X86Core, selector: number, descriptor: Descriptor, offset: number): void {
  putDescriptor(core, R.CS, selector, descriptor);
  core.set(R.EIP, offset);
}

/** The code segment that a direct JMP or CALL names, with its checks of privilege. */
function checkCode(core: X86Core, selector: number, descriptor: Descriptor): void {
  const error = selectorError(selector);
  if (isConforming(descriptor)) {
    if (dpl(descriptor) > core.cpl) raise(VECTOR.GP, error, `conforming code ${hex(selector)} is less privileged`);
  } else if ((selector & 3) > core.cpl || dpl(descriptor) !== core.cpl) {
    raise(VECTOR.GP, error, `code segment ${hex(selector)} is of privilege ${dpl(descriptor)}, not ${core.cpl}`);
  }
  if (!present(descriptor)) raise(VECTOR.NP, error, `code segment ${hex(selector)} is not present`);
}

function needSelector(core: X86Core, selector: number): Descriptor {
  if ((selector & 0xfffc) === 0) raise(VECTOR.GP, 0, 'a far transfer to a null selector');
  return needDescriptor(core, selector, VECTOR.GP);
}

const GATE = { CALL286: 4, TASK: 5, CALL386: 12 } as const;
const isTss = (type: number) => type === 1 || type === 9;

/** The code segment behind a call gate, checked; `call`: inner levels are allowed. */
function throughGate(
  core: X86Core,
  selector: number,
  gate: Descriptor,
  call: boolean,
): { code: Descriptor; codeSelector: number; offset: number } {
  const error = selectorError(selector);
  if (dpl(gate) < core.cpl || dpl(gate) < (selector & 3))
    raise(VECTOR.GP, error, `call gate ${hex(selector)} is not for privilege ${core.cpl}`);
  if (!present(gate)) raise(VECTOR.NP, error, `call gate ${hex(selector)} is not present`);
  const codeSelector = gate.low >>> 16;
  if ((codeSelector & 0xfffc) === 0) raise(VECTOR.GP, 0, 'a call gate to a null selector');
  const code = needDescriptor(core, codeSelector, VECTOR.GP);
  const codeError = selectorError(codeSelector);
  if (!isCode(code) || dpl(code) > core.cpl)
    raise(VECTOR.GP, codeError, `call gate ${hex(selector)} leads to no code of this or an inner level`);
  if (!call && !isConforming(code) && dpl(code) !== core.cpl)
    raise(VECTOR.GP, codeError, 'a jump through a gate can not change the level');
  if (!present(code)) raise(VECTOR.NP, codeError, `code segment ${hex(codeSelector)} is not present`);
  const wide = systemType(gate) === GATE.CALL386;
  const offset = wide ? ((gate.high & 0xffff0000) | (gate.low & 0xffff)) >>> 0 : gate.low & 0xffff;
  return { code, codeSelector, offset };
}

/** JMP far. */
export function jumpFar(core: X86Core, selector: number, offset: number): void {
  if (core.usesDescriptors) {
    jumpProtected(core, selector, offset);
    core.contexts.mayHaveChanged();
    return;
  }
  checkTarget(offset, core.seg(R.CS, R.SEG_LIMIT));
  const before = core.get(RUN_CONTEXT);
  loadReal(core, R.CS, selector);
  core.set(R.EIP, offset);
  core.contexts.mayHaveChanged();
  if (!core.virtual8086) core.memos.realCode(selector, before);
}

function jumpProtected(core: X86Core, selector: number, offset: number): void {
  const descriptor = needSelector(core, selector);
  if (isCode(descriptor)) {
    checkCode(core, selector, descriptor);
    checkTarget(offset, descriptor.limit);
    markAccessed(core, descriptor);
    enterCode(core, (selector & 0xfffc) | core.cpl, descriptor, offset);
    return;
  }
  const type = isSegment(descriptor) ? -1 : systemType(descriptor);
  if (type === GATE.TASK || isTss(type)) unsupported('a task switch by a far jump');
  if (type !== GATE.CALL286 && type !== GATE.CALL386) {
    raise(VECTOR.GP, selectorError(selector), `a far jump to ${hex(selector)}, which is no code, gate or task`);
  }
  const target = throughGate(core, selector, descriptor, false);
  checkTarget(target.offset, target.code.limit);
  markAccessed(core, target.code);
  enterCode(core, (target.codeSelector & 0xfffc) | core.cpl, target.code, target.offset);
}

/** Where the present task keeps the stack pointer of `level`, a linear address; the selector lies behind it. */
export function stackPlace(core: X86Core, level: number): number {
  const wide = hasWideTask(core);
  const at = wide ? 4 + 8 * level : 2 + 4 * level;
  if (at + (wide ? 5 : 3) > core.seg(R.TR, R.SEG_LIMIT)) {
    raise(
      VECTOR.TS,
      selectorError(core.seg(R.TR, R.SEG_SELECTOR)),
      'the task state segment is too small for its stacks',
    );
  }
  return (core.seg(R.TR, R.SEG_BASE) + at) >>> 0;
}

export const hasWideTask = (core: X86Core): boolean => ((core.seg(R.TR, R.SEG_ACCESS) >> 3) & 1) === 1;

/** The stack pointer that the present task keeps for `level`. */
export function innerPointer(core: X86Core, level: number): number {
  return core.readLinear(stackPlace(core, level), hasWideTask(core) ? 4 : 2);
}

/** The stack's selector, behind it. */
export function innerSelector(core: X86Core, level: number): number {
  return core.readLinear((stackPlace(core, level) + (hasWideTask(core) ? 4 : 2)) >>> 0, 2);
}

const stackMask = (stack: Descriptor): number => (is32Bit(stack) ? 0xffffffff : 0xffff);

/**
 * Whether `slots` more of `size` bits fit on a stack that is not yet in SS; a segment of 4 GiB goes on at its top.
 * @throws CpuFault #SS(selector)
 */
export function needRoom(stack: Descriptor, selector: number, pointer: number, slots: number, size: 16 | 32): void {
  const { access, limit } = stack;
  const mask = stackMask(stack);
  const step = size / 8;
  const low = (access & 4) !== 0 ? limit + 1 : 0;
  const high = (access & 4) !== 0 ? mask >>> 0 : limit;
  const top = (pointer & mask) >>> 0;
  // In one piece inside of the segment, as nearly always.
  if (top - slots * step >= low && top - 1 <= high) return;
  for (let slot = 1; slot <= slots; slot++) {
    const offset = ((pointer - slot * step) & mask) >>> 0;
    if (offset < low || offset + step - 1 > high)
      raise(VECTOR.SS, selectorError(selector), `the stack ${hex(selector)} of the inner level has no room`);
  }
}

/** Pushes the first `count` values of the frame on a stack that is not yet in SS; gives the stack pointer then. */
export function pushInner(core: X86Core, stack: Descriptor, pointer: number, count: number, size: 16 | 32): number {
  const mask = stackMask(stack);
  const step = (size >> 3) as 2 | 4;
  const bytes = count * step;
  const top = (pointer & mask) >>> 0;
  const host = top < bytes ? 0 : core.tlb.toWrite(0, (stack.base + top - bytes) >>> 0, bytes);
  for (let i = 0; i < count; i++) {
    const below = (i + 1) * step;
    if (host !== 0) core.memory.setValueAt(host + bytes - below, step, core.frame[i]);
    else core.writeLinear((stack.base + (((top - below) & mask) >>> 0)) >>> 0, step, core.frame[i] >>> 0);
  }
  return ((pointer & ~mask) | ((top - bytes) & mask)) >>> 0;
}

/** Makes it the present stack; its descriptor is marked. */
export function enterStack(core: X86Core, stack: Descriptor, selector: number, pointer: number): void {
  putDescriptor(core, R.SS, selector, stack);
  if (is32Bit(stack)) core.set(R.ESP, pointer);
  else core.set16(R.ESP, pointer);
}

/** Both slots are written before SP moves, so that a fault leaves the stack as it was. */
function writeReturn(core: X86Core, selector: number, offset: number, width: 16 | 32): void {
  core.frame[0] = selector;
  core.frame[1] = offset;
  core.writeFrame(2, width);
}

/** CALL far; `next` is the return offset. */
export function callFar(core: X86Core, selector: number, offset: number, size: 16 | 32, next: number): void {
  const oldCs = core.seg(R.CS, R.SEG_SELECTOR);
  const bytes = size / 8;
  if (!core.usesDescriptors) {
    checkTarget(offset, core.seg(R.CS, R.SEG_LIMIT));
    core.checkSegment(R.SS, core.stackOffset(-2 * bytes), bytes, true);
    writeReturn(core, oldCs, next, size);
    core.sp = core.stackOffset(-2 * bytes);
    loadReal(core, R.CS, selector);
    core.set(R.EIP, offset);
    core.contexts.mayHaveChanged();
    return;
  }
  const descriptor = needSelector(core, selector);
  if (isCode(descriptor)) {
    checkCode(core, selector, descriptor);
    core.checkSegment(R.SS, core.stackOffset(-2 * bytes), bytes, true);
    checkTarget(offset, descriptor.limit);
    writeReturn(core, oldCs, next, size);
    markAccessed(core, descriptor);
    core.sp = core.stackOffset(-2 * bytes);
    enterCode(core, (selector & 0xfffc) | core.cpl, descriptor, offset);
    core.contexts.mayHaveChanged();
    return;
  }
  const type = isSegment(descriptor) ? -1 : systemType(descriptor);
  if (type === GATE.TASK || isTss(type)) unsupported('a task switch by a far call');
  if (type !== GATE.CALL286 && type !== GATE.CALL386) {
    raise(VECTOR.GP, selectorError(selector), `a far call to ${hex(selector)}, which is no code, gate or task`);
  }
  const target = throughGate(core, selector, descriptor, true);
  const width = type === GATE.CALL386 ? 32 : 16;
  const level = dpl(target.code);
  if (isConforming(target.code) || level === core.cpl) {
    core.checkSegment(R.SS, core.stackOffset(-2 * (width / 8)), width / 8, true);
    checkTarget(target.offset, target.code.limit);
    writeReturn(core, oldCs, next, width);
    markAccessed(core, target.code);
    core.sp = core.stackOffset(-2 * (width / 8));
    enterCode(core, (target.codeSelector & 0xfffc) | core.cpl, target.code, target.offset);
    core.contexts.mayHaveChanged();
    return;
  }
  const pointer = innerPointer(core, level);
  const stackSelector = innerSelector(core, level);
  const stack = checkStack(core, stackSelector, level, VECTOR.TS);
  const count = descriptor.high & 0x1f;
  const step = width / 8;
  needRoom(stack, stackSelector, pointer, 4 + count, width);
  checkTarget(target.offset, target.code.limit);
  const parameters: number[] = [];
  for (let i = count - 1; i >= 0; i--) parameters.push(core.peekStack(i * step, width));
  const { frame } = core;
  frame[0] = core.seg(R.SS, R.SEG_SELECTOR);
  frame[1] = core.get(R.ESP);
  let sp = pushInner(core, stack, pointer, 2, width);
  for (const parameter of parameters) {
    frame[0] = parameter;
    sp = pushInner(core, stack, sp, 1, width);
  }
  frame[0] = oldCs;
  frame[1] = next;
  sp = pushInner(core, stack, sp, 2, width);
  markAccessed(core, stack);
  markAccessed(core, target.code);
  enterStack(core, stack, stackSelector, sp);
  enterCode(core, (target.codeSelector & 0xfffc) | level, target.code, target.offset);
  core.contexts.mayHaveChanged();
}

/** The code segment that a far return names, checked. */
export function checkReturn(core: X86Core, selector: number): Descriptor {
  if ((selector & 0xfffc) === 0) raise(VECTOR.GP, 0, 'a return to a null selector');
  const error = selectorError(selector);
  const level = selector & 3;
  if (level < core.cpl) raise(VECTOR.GP, error, `a return to the inner level ${level}`);
  const code =
    findDescriptor(core, selector) ?? raise(VECTOR.GP, error, `selector ${hex(selector)} is outside of its table`);
  if (!isCode(code)) raise(VECTOR.GP, error, `a return to ${hex(selector)}, which is no code`);
  if (isConforming(code) ? dpl(code) > level : dpl(code) !== level)
    raise(VECTOR.GP, error, `code segment ${hex(selector)} is of another level`);
  if (!present(code)) raise(VECTOR.NP, error, `code segment ${hex(selector)} is not present`);
  return code;
}

/** RET far, releasing `release` bytes of parameters. */
export function returnFar(core: X86Core, size: 16 | 32, release: number): void {
  const step = size / 8;
  core.readFrame(0, 2, size);
  const offset = core.frame[0] >>> 0;
  const selector = core.frame[1] & 0xffff;
  if (!core.usesDescriptors) {
    checkTarget(offset, core.seg(R.CS, R.SEG_LIMIT));
    core.sp = core.stackOffset(2 * step + release);
    loadReal(core, R.CS, selector);
    core.set(R.EIP, offset);
    core.contexts.mayHaveChanged();
    return;
  }
  const code = checkReturn(core, selector);
  checkTarget(offset, code.limit);
  if ((selector & 3) === core.cpl) {
    markAccessed(core, code);
    core.sp = core.stackOffset(2 * step + release);
    enterCode(core, selector, code, offset);
    core.contexts.mayHaveChanged();
    return;
  }
  const newSp = core.peekStack(2 * step + release, size);
  const newSs = core.peekStack(3 * step + release, size) & 0xffff;
  returnOutward(core, selector, code, offset, newSs, newSp, size, release, VECTOR.SS);
  core.contexts.mayHaveChanged();
}

/**
 * The part of RET and IRET to an outer level behind the checks of CS: the outer stack, and what must be dropped. The
 * context is another then.
 * Gives the descriptor of the stack segment. `absent`: the vector for a stack segment that is not present, #SS for RET and #NP for IRET (chapter 17 of the manual).
 */
export function returnOutward(
  core: X86Core,
  selector: number,
  code: Descriptor,
  offset: number,
  newSs: number,
  newSp: number,
  size: 16 | 32,
  release: number,
  absent: number,
): Descriptor {
  const level = selector & 3;
  const stack = checkStack(core, newSs, level, VECTOR.GP, absent);
  markAccessed(core, code);
  markAccessed(core, stack);
  enterCode(core, selector, code, offset);
  putDescriptor(core, R.SS, newSs, stack);
  if (size === 32) core.set(R.ESP, newSp);
  else core.set16(R.ESP, newSp);
  if (release > 0) core.sp = core.stackOffset(release);
  dropPrivileged(core);
  return stack;
}
