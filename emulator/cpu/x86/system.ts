/**
 * System instructions: descriptor tables, machine status, control, debug and test registers, checks of selectors,
 * ENTER. Intel 80386 Programmer's Reference Manual, chapters 4 and 17.
 */
import { type X86Core, hex } from './core';
import { raise, unsupported, VECTOR } from './fault';
import type { HelperState } from './helper-state';
import { LEVEL } from './models';
import * as R from './registers';
import type { makeDescriptor } from './segments';
import {
  dpl,
  findDescriptor,
  isConforming,
  isReadable,
  isSegment,
  isWritableData,
  needDescriptor,
  present,
  selectorError,
  setCache,
  systemType,
} from './segments';

function needLevel0(core: X86Core, what: string): void {
  if (core.cpl !== 0) raise(VECTOR.GP, 0, `${what} at privilege ${core.cpl}`);
}

function setZero(core: X86Core, zero: boolean): void {
  core.setCondition((core.getFlags() & ~R.FLAG.ZF) | (zero ? R.FLAG.ZF : 0));
}

/** Sets CR0 and lets everything follow that depends on it. */
export function setCr0(core: X86Core, value: number): void {
  if ((value & 0x80000000) !== 0) {
    if ((value & R.CR0_PE) === 0) raise(VECTOR.GP, 0, 'paging without protected mode');
    unsupported('paging (CR0.PG)');
  }
  core.set(R.CR0, core.model.level >= LEVEL.I386 ? (value & 0x8000001f) | 0x10 : (value & 0xf) | 0xfff0);
  core.contextMayHaveChanged();
  core.board.breakOff();
}

/** LMSW: may set PE but not clear it. */
function loadMachineStatus(core: X86Core, value: number): void {
  const old = core.get(R.CR0);
  setCr0(core, (old & ~0xe) | (value & 0xf) | (old & R.CR0_PE));
}

/** Descriptors that VERR, VERW, LAR and LSL may see at the present level. */
function visible(core: X86Core, selector: number): ReturnType<typeof findDescriptor> {
  if ((selector & 0xfffc) === 0) return undefined;
  const descriptor = findDescriptor(core, selector);
  if (descriptor === undefined || isConforming(descriptor)) return descriptor;
  return dpl(descriptor) >= Math.max(core.cpl, selector & 3) ? descriptor : undefined;
}

const LAR_TYPES = new Set([1, 2, 3, 4, 5, 9, 11, 12]);
const LSL_TYPES = new Set([1, 2, 3, 9, 11]);

function loadSystemSegment(
  core: X86Core,
  s: number,
  selector: number,
  types: readonly number[],
): ReturnType<typeof makeDescriptor> {
  const error = selectorError(selector);
  const descriptor =
    (selector & 4) !== 0
      ? raise(VECTOR.GP, error, 'the selector must be of the global table')
      : needDescriptor(core, selector, VECTOR.GP);
  if (isSegment(descriptor) || !types.includes(systemType(descriptor))) {
    raise(VECTOR.GP, error, `selector ${hex(selector)} names a descriptor of another type`);
  }
  if (!present(descriptor)) raise(VECTOR.NP, error, `selector ${hex(selector)} is not present`);
  setCache(core, s, selector, descriptor.base, descriptor.limit, descriptor.access);
  return descriptor;
}

/** Which debug registers exist: DR4 and DR5 are DR6 and DR7. */
const debugRegister = (index: number): number => (index === 4 || index === 5 ? index + 2 : index);

export const SYSTEM_HELPERS = {
  /** a = base, b = limit. */
  LOAD_GDT: ({ core }: HelperState, a: number, b: number) => {
    core.set(R.GDTR_BASE, a);
    core.set(R.GDTR_LIMIT, b & 0xffff);
  },
  LOAD_IDT: ({ core }: HelperState, a: number, b: number) => {
    core.set(R.IDTR_BASE, a);
    core.set(R.IDTR_LIMIT, b & 0xffff);
  },
  LOAD_LDT: ({ core }: HelperState, a: number) => {
    const selector = a & 0xffff;
    if ((selector & 0xfffc) === 0) setCache(core, R.LDTR, selector, 0, 0, 0);
    else loadSystemSegment(core, R.LDTR, selector, [2]);
  },
  LOAD_TASK: ({ core }: HelperState, a: number) => {
    const selector = a & 0xffff;
    if ((selector & 0xfffc) === 0) raise(VECTOR.GP, 0, 'LTR of a null selector');
    const descriptor = loadSystemSegment(core, R.TR, selector, [1, 9]);
    // The task becomes busy, in the table and in the cache.
    core.writeLinear((descriptor.address + 5) >>> 0, 1, (descriptor.access & 0xff) | 2);
    core.setSeg(R.TR, R.SEG_ACCESS, descriptor.access | 2);
  },
  LOAD_STATUS: ({ core }: HelperState, a: number) => loadMachineStatus(core, a),
  CLEAR_TASK_SWITCHED: ({ core }: HelperState) => {
    needLevel0(core, 'CLTS');
    core.set(R.CR0, core.get(R.CR0) & ~R.CR0_TS);
    core.contextMayHaveChanged();
  },
  /** a = register number; the set stands in the name. */
  READ_CR: ({ core }: HelperState, a: number) => {
    needLevel0(core, 'MOV from a control register');
    core.setResult(core.get(a === 0 ? R.CR0 : a === 2 ? R.CR2 : R.CR3));
  },
  WRITE_CR: ({ core }: HelperState, a: number, b: number) => {
    needLevel0(core, 'MOV to a control register');
    if (a === 0) setCr0(core, b >>> 0);
    else core.set(a === 2 ? R.CR2 : R.CR3, a === 3 ? b & 0xfffff000 : b);
  },
  READ_DR: ({ core }: HelperState, a: number) => {
    needLevel0(core, 'MOV from a debug register');
    core.debug.access();
    core.setResult(core.get(R.DR + 8 * debugRegister(a)));
  },
  WRITE_DR: ({ core }: HelperState, a: number, b: number) => {
    needLevel0(core, 'MOV to a debug register');
    core.debug.access();
    const index = debugRegister(a);
    core.set(R.DR + 8 * index, index === 7 ? (b | 0x400) >>> 0 : index === 6 ? (b | 0xffff0ff0) >>> 0 : b >>> 0);
    core.debug.refresh();
  },
  READ_TR: ({ core }: HelperState, a: number) => {
    needLevel0(core, 'MOV from a test register');
    core.setResult(core.get(a === 6 ? R.TR6 : R.TR7));
  },
  WRITE_TR: ({ core }: HelperState, a: number, b: number) => {
    needLevel0(core, 'MOV to a test register');
    core.set(a === 6 ? R.TR6 : R.TR7, b >>> 0);
  },
  VERIFY_READ: ({ core }: HelperState, a: number) => {
    const descriptor = visible(core, a & 0xffff);
    setZero(core, descriptor !== undefined && isReadable(descriptor));
  },
  VERIFY_WRITE: ({ core }: HelperState, a: number) => {
    const descriptor = visible(core, a & 0xffff);
    setZero(core, descriptor !== undefined && isWritableData(descriptor));
  },
  /** Result: the access rights; ZF says whether there are any. */
  ACCESS_RIGHTS: ({ core }: HelperState, a: number) => {
    const descriptor = visible(core, a & 0xffff);
    const known = descriptor !== undefined && (isSegment(descriptor) || LAR_TYPES.has(systemType(descriptor)));
    setZero(core, known);
    core.setResult(known ? descriptor.high & 0x00f0ff00 : 0);
  },
  SEGMENT_LIMIT: ({ core }: HelperState, a: number) => {
    const descriptor = visible(core, a & 0xffff);
    const known = descriptor !== undefined && (isSegment(descriptor) || LSL_TYPES.has(systemType(descriptor)));
    setZero(core, known);
    core.setResult(known ? descriptor.limit : 0);
  },
  /** ARPL: a = destination, b = source; result: the destination's new value. */
  ADJUST_RPL: ({ core }: HelperState, a: number, b: number) => {
    const raise3 = (a & 3) < (b & 3);
    setZero(core, raise3);
    core.setResult(raise3 ? (a & 0xfffc) | (b & 3) : a & 0xffff);
  },
  /** ENTER: a = bytes of locals, bits 16-20 the level; b = operand size. */
  ENTER: ({ core }: HelperState, a: number, b: number) => {
    const size = b as 16 | 32;
    const step = size / 8;
    const level = (a >>> 16) & 31;
    const bp = core.getSized(R.EBP, core.stackSize);
    const cut = (value: number) => (core.stackSize === 16 ? value & 0xffff : value >>> 0);
    const words: number[] = [core.getSized(R.EBP, size)];
    for (let i = 1; i < level; i++) words.push(core.readSegment(R.SS, cut(bp - i * step), step as 2 | 4));
    const frame = core.stackOffset(-step);
    if (level > 0) words.push(size === 16 ? frame & 0xffff : frame);
    words.forEach((word, i) => {
      core.writeSegment(R.SS, core.stackOffset(-(i + 1) * step), step as 2 | 4, word);
    });
    const sp = cut(core.stackOffset(-words.length * step) - (a & 0xffff));
    core.setSized(R.EBP, size, frame);
    core.sp = sp;
  },
};
