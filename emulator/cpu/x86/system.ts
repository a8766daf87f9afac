/**
 * System instructions: descriptor tables, machine status, control, debug and test registers, checks of selectors,
 * ENTER. Intel 80386 Programmer's Reference Manual, chapters 4 and 17.
 */
import { type X86Core, hex } from './core';
import {
  type Descriptor,
  dpl,
  isConforming,
  isReadable,
  isSegment,
  isWritableData,
  present,
  systemType,
} from './descriptors';
import { raise, VECTOR } from './fault';
import type { AccessSize } from '../../memory/access';
import type { HelperState } from './helper-state';
import { IDENTITY_HELPERS } from './identity';
import * as R from './registers';
import { findDescriptor, needDescriptor, selectorError, setCache } from './segments';

function needLevel0(core: X86Core, what: string): void {
  if (core.cpl !== 0) raise(VECTOR.GP, 0, `${what} at privilege ${core.cpl}`);
}

function setZero(core: X86Core, zero: boolean): void {
  core.setCondition((core.getFlags() & ~R.FLAG.ZF) | (zero ? R.FLAG.ZF : 0));
}

/** What of paging depends on these bits of CR0. */
const PAGING_BITS = R.CR0_PG | R.CR0_WP;

/** Sets CR0 and lets everything follow that depends on it. @throws CpuFault #GP(0) for an impossible combination */
export function setCr0(core: X86Core, value: number): void {
  const { cr0Writable, cr0Fixed } = core.model;
  const next = ((value & cr0Writable) | cr0Fixed) >>> 0;
  if ((next & R.CR0_PG) !== 0 && (next & R.CR0_PE) === 0) raise(VECTOR.GP, 0, 'paging without protected mode');
  if ((next & R.CR0_NW) !== 0 && (next & R.CR0_CD) === 0) raise(VECTOR.GP, 0, 'CR0.NW without CR0.CD');
  const changesPaging = ((core.get(R.CR0) ^ next) & PAGING_BITS) !== 0;
  core.set(R.CR0, next);
  if (changesPaging) core.space.registersLoaded();
  core.contexts.mayHaveChanged();
  if (changesPaging) core.board.breakOff();
}

/** MOV to CR3: the page directory of another address space. */
function setCr3(core: X86Core, value: number): void {
  core.set(R.CR3, (value & core.model.cr3Writable) >>> 0);
  if (core.space.isPaged) core.space.registersLoaded();
}

/** MOV to CR4. @throws CpuFault #GP(0) for bits that the model has not */
function setCr4(core: X86Core, value: number): void {
  if ((value & ~core.model.cr4Writable) !== 0) raise(VECTOR.GP, 0, `CR4 has no bits ${hex(value, 8)}h on this CPU`);
  core.set(R.CR4, value);
  if (core.space.isPaged) core.space.registersLoaded();
}

/** Sets a control register by number. @throws CpuFault #GP(0) */
export function setControl(core: X86Core, index: number, value: number): void {
  if (index === 0) setCr0(core, value);
  else if (index === 2) core.set(R.CR2, value);
  else if (index === 3) setCr3(core, value);
  else setCr4(core, value);
}

/** LMSW: may set PE but not clear it. */
function loadMachineStatus(core: X86Core, value: number): void {
  const old = core.get(R.CR0);
  setCr0(core, (old & ~0xe) | (value & 0xf) | (old & R.CR0_PE));
}

/** Descriptors that VERR, VERW, LAR and LSL may see at the present level. */
function visible(core: X86Core, selector: number): Descriptor | undefined {
  if ((selector & 0xfffc) === 0) return undefined;
  const descriptor = findDescriptor(core, selector);
  if (descriptor === undefined || isConforming(descriptor)) return descriptor;
  return dpl(descriptor) >= Math.max(core.cpl, selector & 3) ? descriptor : undefined;
}

const LAR_TYPES = new Set([1, 2, 3, 4, 5, 9, 11, 12]);
const LSL_TYPES = new Set([1, 2, 3, 9, 11]);

function needSystemSegment(core: X86Core, selector: number, types: readonly number[]): Descriptor {
  const error = selectorError(selector);
  const descriptor =
    (selector & 4) !== 0
      ? raise(VECTOR.GP, error, 'the selector must be of the global table')
      : needDescriptor(core, selector, VECTOR.GP);
  if (isSegment(descriptor) || !types.includes(systemType(descriptor))) {
    raise(VECTOR.GP, error, `selector ${hex(selector)} names a descriptor of another type`);
  }
  if (!present(descriptor)) raise(VECTOR.NP, error, `selector ${hex(selector)} is not present`);
  return descriptor;
}

/** Which debug registers exist: DR4 and DR5 are DR6 and DR7. */
const debugRegister = (index: number): number => (index === 4 || index === 5 ? index + 2 : index);

export const SYSTEM_HELPERS = {
  /** a = base, b = limit. */
  LOAD_GDT: ({ core }: HelperState, a: number, b: number) => {
    core.set(R.GDTR_BASE, a);
    core.set(R.GDTR_LIMIT, b & 0xffff);
    core.tablesChanged();
  },
  LOAD_IDT: ({ core }: HelperState, a: number, b: number) => {
    core.set(R.IDTR_BASE, a);
    core.set(R.IDTR_LIMIT, b & 0xffff);
    core.tablesChanged();
  },
  LOAD_LDT: ({ core }: HelperState, a: number) => {
    const selector = a & 0xffff;
    if ((selector & 0xfffc) === 0) setCache(core, R.LDTR, selector, 0, 0, 0);
    else {
      const descriptor = needSystemSegment(core, selector, [2]);
      setCache(core, R.LDTR, selector, descriptor.base, descriptor.limit, descriptor.access);
    }
    core.tablesChanged();
  },
  LOAD_TASK: ({ core }: HelperState, a: number) => {
    const selector = a & 0xffff;
    if ((selector & 0xfffc) === 0) raise(VECTOR.GP, 0, 'LTR of a null selector');
    const descriptor = needSystemSegment(core, selector, [1, 9]);
    // The task becomes busy, in the table and in the cache.
    core.writeLinear((descriptor.address + 5) >>> 0, 1, (descriptor.access & 0xff) | 2);
    setCache(core, R.TR, selector, descriptor.base, descriptor.limit, descriptor.access | 2);
    core.tablesChanged();
  },
  LOAD_STATUS: ({ core }: HelperState, a: number) => loadMachineStatus(core, a),
  CLEAR_TASK_SWITCHED: ({ core }: HelperState) => {
    needLevel0(core, 'CLTS');
    core.set(R.CR0, core.get(R.CR0) & ~R.CR0_TS);
    core.contexts.mayHaveChanged();
  },
  /** Stands before a write that must be possible before anything else of the instruction happens: a = linear, b = bytes. */
  PROBE_WRITE: ({ core }: HelperState, a: number, b: number) => core.probeWrite(a, b, core.isUser),
  /** Stands first in an instruction whose pages are not known to be fetchable: a = linear, b = bytes. */
  FETCH: ({ core }: HelperState, a: number, b: number) => {
    core.space.accessAll(a >>> 0, b, false, core.isUser);
  },
  /** UMOV: an access with the rights of a user, whoever makes it. a = linear, b = bytes. */
  LOAD_AS_USER: ({ core }: HelperState, a: number, b: number) =>
    core.setResult(core.readLinear(a >>> 0, b as AccessSize, true)),
  /** The same for a write: a = linear, b = value of 32 bits. */
  STORE8_AS_USER: ({ core }: HelperState, a: number, b: number) => core.writeLinear(a >>> 0, 1, b, true),
  STORE16_AS_USER: ({ core }: HelperState, a: number, b: number) => core.writeLinear(a >>> 0, 2, b, true),
  STORE32_AS_USER: ({ core }: HelperState, a: number, b: number) => core.writeLinear(a >>> 0, 4, b, true),
  SET_ZERO: ({ core }: HelperState, a: number) => setZero(core, a !== 0),
  ...IDENTITY_HELPERS,
  /** a = register number; the set stands in the name. */
  READ_CR: ({ core }: HelperState, a: number) => {
    needLevel0(core, 'MOV from a control register');
    core.setResult(core.get(a === 0 ? R.CR0 : a === 2 ? R.CR2 : a === 3 ? R.CR3 : R.CR4));
  },
  WRITE_CR: ({ core }: HelperState, a: number, b: number) => {
    needLevel0(core, 'MOV to a control register');
    setControl(core, a, b >>> 0);
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
    // The place that the stack pointer comes to lie at must be writable (SDM, ENTER).
    if (core.space.isPaged) core.probeWrite(core.seg(R.SS, R.SEG_BASE) + sp, step, core.isUser);
    core.setSized(R.EBP, size, frame);
    core.sp = sp;
  },
};
