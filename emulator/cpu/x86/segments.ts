/**
 * Segment registers and descriptors. Intel 80386 Programmer's Reference Manual, chapters 5.1, 6.3 and 14.
 */
import { type X86Core, hex } from './core';
import { raise, VECTOR } from './fault';
import { LEVEL } from './models';
import * as R from './registers';

/** An eight-byte descriptor, taken apart. */
export interface Descriptor {
  readonly selector: number;
  /** Linear address of the descriptor itself. */
  readonly address: number;
  readonly base: number;
  /** In bytes, scaled by the granularity. */
  readonly limit: number;
  /** Access byte in bits 0-7, flags (AVL, D/B, G) in bits 12-15. */
  readonly access: number;
  /** The two words for gates: offset and selector are taken from these. */
  readonly low: number;
  readonly high: number;
}

export const present = (d: Descriptor): boolean => (d.access & 0x80) !== 0;
export const dpl = (d: Descriptor): number => (d.access >> 5) & 3;
/** Code or data, not a system segment or gate. */
export const isSegment = (d: Descriptor): boolean => (d.access & 0x10) !== 0;
export const isCode = (d: Descriptor): boolean => (d.access & 0x18) === 0x18;
export const isConforming = (d: Descriptor): boolean => (d.access & 0x1c) === 0x1c;
export const isWritableData = (d: Descriptor): boolean => (d.access & 0x1a) === 0x12;
export const isReadable = (d: Descriptor): boolean => isSegment(d) && ((d.access & 8) === 0 || (d.access & 2) !== 0);
export const systemType = (d: Descriptor): number => d.access & 0xf;
export const is32Bit = (d: Descriptor): boolean => (d.access & 0x4000) !== 0;

/** The error code that names a selector. */
export const selectorError = (selector: number): number => selector & 0xfffc;

/** Makes a descriptor of its two halves. On a 286 the upper word is reserved and taken as zero. */
export function makeDescriptor(
  core: X86Core,
  selector: number,
  address: number,
  low: number,
  high: number,
): Descriptor {
  const upper = core.model.level >= LEVEL.I386 ? high : high & 0xffff;
  const raw = (low & 0xffff) | (upper & 0xf0000);
  const limit = (upper & 0x800000) !== 0 ? ((raw << 12) | 0xfff) >>> 0 : raw;
  return {
    selector,
    address,
    base: ((low >>> 16) | ((upper & 0xff) << 16) | (upper & 0xff000000)) >>> 0,
    limit,
    access: ((upper >>> 8) & 0xff) | ((upper >>> 8) & 0xf000),
    low,
    high: upper,
  };
}

/** Reads the descriptor that a selector names; undefined when it lies outside of its table. */
export function findDescriptor(core: X86Core, selector: number): Descriptor | undefined {
  const local = (selector & 4) !== 0;
  if (local && (core.seg(R.LDTR, R.SEG_SELECTOR) & 0xfffc) === 0) return undefined;
  const base = local ? core.seg(R.LDTR, R.SEG_BASE) : core.get(R.GDTR_BASE);
  const limit = local ? core.seg(R.LDTR, R.SEG_LIMIT) : core.get(R.GDTR_LIMIT) & 0xffff;
  const index = selector & 0xfff8;
  if (index + 7 > limit) return undefined;
  const address = (base + index) >>> 0;
  return makeDescriptor(core, selector, address, core.readLinear(address, 4), core.readLinear((address + 4) >>> 0, 4));
}

/** The same, with the fault `vector` and the selector as its error code. */
export function needDescriptor(core: X86Core, selector: number, vector: number): Descriptor {
  const descriptor = findDescriptor(core, selector);
  if (descriptor === undefined) {
    raise(vector, selectorError(selector), `selector ${hex(selector)} is outside of its descriptor table`);
  }
  return descriptor;
}

/** Sets the accessed bit of a code or data descriptor in memory. */
function markAccessed(core: X86Core, descriptor: Descriptor): void {
  if ((descriptor.access & 1) === 0) {
    core.writeLinear((descriptor.address + 5) >>> 0, 1, (descriptor.access & 0xff) | 1);
  }
}

/** Fills a segment's cache from values, and derives what may be read and written. */
export function setCache(
  core: X86Core,
  s: number,
  selector: number,
  base: number,
  limit: number,
  access: number,
): void {
  core.setSeg(s, R.SEG_SELECTOR, selector);
  core.setSeg(s, R.SEG_BASE, base);
  core.setSeg(s, R.SEG_LIMIT, limit);
  core.setSeg(s, R.SEG_ACCESS, access);
  const code = (access & 0x18) === 0x18;
  const data = (access & 0x18) === 0x10;
  const usable = (access & 0x90) === 0x90;
  const expandDown = data && (access & 4) !== 0;
  const end = (access & 0x4000) !== 0 ? 2 ** 32 : 0x1_0000;
  const low = expandDown ? limit + 1 : 0;
  const size = expandDown ? Math.max(0, end - low) : limit + 1;
  const readable = usable && (data || (code && (access & 2) !== 0));
  const writable = usable && data && (access & 2) !== 0;
  core.setSeg(s, R.SEG_READ_LOW, low);
  core.setSegSize(s, R.SEG_READ_SIZE, readable ? size : 0);
  core.setSeg(s, R.SEG_WRITE_LOW, low);
  core.setSegSize(s, R.SEG_WRITE_SIZE, writable ? size : 0);
}

/** Loads a segment register as real mode does: base from the selector, the limit stays (unreal mode). */
export function loadReal(core: X86Core, s: number, selector: number): void {
  if (core.virtual8086) {
    setCache(core, s, selector, selector * 16, 0xffff, 0xf3);
    return;
  }
  if (s === R.CS) {
    // A far jump in real mode makes CS writable and readable again; its limit stays.
    setCache(core, s, selector, selector * 16, core.seg(s, R.SEG_LIMIT), 0x93 | (core.seg(s, R.SEG_ACCESS) & 0xf000));
    return;
  }
  core.setSeg(s, R.SEG_SELECTOR, selector);
  core.setSeg(s, R.SEG_BASE, selector * 16);
}

/** What a data segment register takes; raises what a MOV to it would. Does not change anything. */
function checkData(core: X86Core, s: number, selector: number): Descriptor | undefined {
  if (s === R.SS) return checkStack(core, selector, core.cpl, VECTOR.GP);
  if ((selector & 0xfffc) === 0) return undefined;
  const descriptor = needDescriptor(core, selector, VECTOR.GP);
  const error = selectorError(selector);
  if (!isReadable(descriptor)) raise(VECTOR.GP, error, `selector ${hex(selector)} names no readable segment`);
  if (!isConforming(descriptor)) {
    const privilege = Math.max(core.cpl, selector & 3);
    if (privilege > dpl(descriptor)) {
      raise(
        VECTOR.GP,
        error,
        `selector ${hex(selector)}: its segment is of privilege ${dpl(descriptor)}, ${privilege} asked`,
      );
    }
  }
  if (!present(descriptor)) raise(VECTOR.NP, error, `selector ${hex(selector)}: its segment is not present`);
  return descriptor;
}

/**
 * The descriptor of a stack segment for `privilege`. `vector`: #GP for MOV SS, #TS for a switch of stacks; `absent`: of a
 * segment that is not present.
 */
export function checkStack(
  core: X86Core,
  selector: number,
  privilege: number,
  vector: number,
  absent: number = VECTOR.SS,
): Descriptor {
  const error = selectorError(selector);
  if (error === 0) raise(vector, 0, 'SS can not take a null selector');
  const descriptor = needDescriptor(core, selector, vector);
  if ((selector & 3) !== privilege || dpl(descriptor) !== privilege) {
    raise(vector, error, `stack selector ${hex(selector)} is not of privilege ${privilege}`);
  }
  if (!isWritableData(descriptor)) raise(vector, error, `selector ${hex(selector)} names no writable data segment`);
  if (!present(descriptor)) raise(absent, error, `selector ${hex(selector)}: the stack segment is not present`);
  return descriptor;
}

/** Puts a checked descriptor into a segment register and marks it accessed. */
export function loadChecked(core: X86Core, s: number, selector: number, descriptor: Descriptor): void {
  markAccessed(core, descriptor);
  setCache(core, s, selector, descriptor.base, descriptor.limit, descriptor.access | 1);
}

/** Makes a data segment register unusable, keeping the (null) selector. */
export function loadNull(core: X86Core, s: number, selector: number): void {
  setCache(core, s, selector, 0, 0, 0);
}

/** MOV, POP, LDS ... to a segment register other than CS, with all checks. */
export function loadSegment(core: X86Core, s: number, selector: number): void {
  if (!core.usesDescriptors) loadReal(core, s, selector);
  else {
    const descriptor = checkData(core, s, selector);
    if (descriptor === undefined) loadNull(core, s, selector);
    else loadChecked(core, s, selector, descriptor);
  }
  core.contextMayHaveChanged();
}

/**
 * After a return to an outer level: data segments that it may not use become null (RET, IRET).
 */
export function dropPrivileged(core: X86Core): void {
  for (const s of [R.ES, R.DS, R.FS, R.GS]) {
    const access = core.seg(s, R.SEG_ACCESS);
    const conforming = (access & 0x1c) === 0x1c;
    if ((access & 0x10) !== 0 && !conforming && ((access >> 5) & 3) < core.cpl) loadNull(core, s, 0);
  }
}
