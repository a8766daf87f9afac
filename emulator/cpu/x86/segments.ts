/**
 * Segment registers and descriptors. Intel 80386 Programmer's Reference Manual, chapters 5.1, 6.3 and 14.
 */
import { type X86Core, hex } from './core';
import {
  type Descriptor,
  dpl,
  isConforming,
  isReadable,
  isWritableData,
  lowestOf,
  present,
  readableOf,
  writableOf,
} from './descriptors';
import { raise, VECTOR } from './fault';
import { RUN_CONTEXT } from '../../memory/layout';
import * as R from './registers';

/** The error code that names a selector. */
export const selectorError = (selector: number): number => selector & 0xfffc;

/** The descriptor at a linear address. */
export function readDescriptor(core: X86Core, address: number): Descriptor {
  const host = core.tlb.toRead(0, address, 8);
  return host !== 0
    ? core.descriptors.of(address, core.memory.valueAt(host, 4), core.memory.valueAt(host + 4, 4))
    : core.descriptors.of(address, core.readLinear(address, 4), core.readLinear((address + 4) >>> 0, 4));
}

/** Linear address of the descriptor that a selector names; undefined when it lies outside of its table. */
function descriptorAddress(core: X86Core, selector: number): number | undefined {
  const local = (selector & 4) !== 0;
  if (local && (core.seg(R.LDTR, R.SEG_SELECTOR) & 0xfffc) === 0) return undefined;
  const base = local ? core.seg(R.LDTR, R.SEG_BASE) : core.get(R.GDTR_BASE);
  const limit = local ? core.seg(R.LDTR, R.SEG_LIMIT) : core.get(R.GDTR_LIMIT) & 0xffff;
  const index = selector & 0xfff8;
  return index + 7 > limit ? undefined : (base + index) >>> 0;
}

/** Reads the descriptor that a selector names; undefined when it lies outside of its table. @throws CpuFault #PF */
export function findDescriptor(core: X86Core, selector: number): Descriptor | undefined {
  const address = descriptorAddress(core, selector);
  return address === undefined ? undefined : readDescriptor(core, address);
}

/** The same without any effect; undefined too where no page holds it. */
export function peekDescriptor(core: X86Core, selector: number): Descriptor | undefined {
  const address = descriptorAddress(core, selector);
  if (address === undefined) return undefined;
  const bytes = core.space.peekBytes(address, 8);
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer);
  return core.descriptors.of(address, view.getUint32(0, true), view.getUint32(4, true));
}

/** As `findDescriptor`, with the fault `vector` and the selector as its error code, with the bits `ext` of an outer event. */
export function needDescriptor(core: X86Core, selector: number, vector: number, ext = 0): Descriptor {
  const descriptor = findDescriptor(core, selector);
  if (descriptor === undefined) {
    raise(vector, selectorError(selector) | ext, `selector ${hex(selector)} is outside of its descriptor table`);
  }
  return descriptor;
}

/** Whether a code or data descriptor has its accessed bit set. */
export const isMarked = (descriptor: Descriptor): boolean => (descriptor.access & 1) !== 0;

/** Sets the accessed bit of a code or data descriptor in memory: before registers change, since it may fault. */
export function markAccessed(core: X86Core, descriptor: Descriptor): void {
  if (!isMarked(descriptor)) {
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
  const low = lowestOf(limit, access);
  core.setSeg(s, R.SEG_READ_LOW, low);
  core.setSegSize(s, R.SEG_READ_SIZE, readableOf(limit, access));
  core.setSeg(s, R.SEG_WRITE_LOW, low);
  core.setSegSize(s, R.SEG_WRITE_SIZE, writableOf(limit, access));
  core.contexts.segmentChanged(s);
}

/** Loads a segment register as real mode does: base from the selector, the limit stays (unreal mode). */
export function loadReal(core: X86Core, s: number, selector: number): void {
  if (core.virtual8086) {
    setCache(core, s, selector, selector * 16, 0xffff, 0xf3);
    return;
  }
  if (s === R.CS) {
    // A far jump in real mode makes CS writable and readable again; its limit stays.
    const access = 0x93 | (core.seg(s, R.SEG_ACCESS) & 0xf000);
    if (core.seg(s, R.SEG_ACCESS) !== access) {
      setCache(core, s, selector, selector * 16, core.seg(s, R.SEG_LIMIT), access);
      return;
    }
  }
  core.setSeg(s, R.SEG_SELECTOR, selector);
  core.setSeg(s, R.SEG_BASE, selector * 16);
  core.contexts.segmentChanged(s);
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

/** Puts a checked descriptor that is marked as accessed into a segment register. */
export function putDescriptor(core: X86Core, s: number, selector: number, descriptor: Descriptor): void {
  const { slots } = core;
  const at = R.segment(s, 0) >>> 2;
  const { lowest, readable, writable } = descriptor;
  slots[at] = selector;
  slots[at + (R.SEG_BASE >>> 2)] = descriptor.base;
  slots[at + (R.SEG_READ_LOW >>> 2)] = lowest;
  slots[at + (R.SEG_READ_SIZE >>> 2)] = readable;
  slots[at + (R.SEG_READ_SIZE >>> 2) + 1] = readable > 0xffff_ffff ? 1 : 0;
  slots[at + (R.SEG_WRITE_LOW >>> 2)] = lowest;
  slots[at + (R.SEG_WRITE_SIZE >>> 2)] = writable;
  slots[at + (R.SEG_WRITE_SIZE >>> 2) + 1] = writable > 0xffff_ffff ? 1 : 0;
  slots[at + (R.SEG_LIMIT >>> 2)] = descriptor.limit;
  slots[at + (R.SEG_ACCESS >>> 2)] = descriptor.access | 1;
  core.contexts.setExtent(s, descriptor.extent);
}

/** Makes a data segment register unusable, keeping the (null) selector. */
export function loadNull(core: X86Core, s: number, selector: number): void {
  setCache(core, s, selector, 0, 0, 0);
}

/** MOV, POP, LDS ... to a segment register other than CS, with all checks. */
export function loadSegment(core: X86Core, s: number, selector: number): void {
  if (!core.usesDescriptors) {
    loadReal(core, s, selector);
    core.contexts.mayHaveChanged();
    return;
  }
  const descriptor = checkData(core, s, selector);
  if (descriptor === undefined) {
    loadNull(core, s, selector);
    core.contexts.mayHaveChanged();
    return;
  }
  markAccessed(core, descriptor);
  putDescriptor(core, s, selector, descriptor);
  const before = core.get(RUN_CONTEXT);
  core.contexts.mayHaveChanged();
  if (s !== R.SS && isMarked(descriptor)) core.memos.segment(s, selector, descriptor, before);
}

/**
 * After a return to an outer level: data segments that it may not use become null (RET, IRET).
 */
export function dropPrivileged(core: X86Core): void {
  const { cpl } = core;
  dropAbove(core, R.ES, cpl);
  dropAbove(core, R.DS, cpl);
  dropAbove(core, R.FS, cpl);
  dropAbove(core, R.GS, cpl);
}

function dropAbove(core: X86Core, s: number, cpl: number): void {
  const access = core.seg(s, R.SEG_ACCESS);
  const conforming = (access & 0x1c) === 0x1c;
  if ((access & 0x10) !== 0 && !conforming && ((access >> 5) & 3) < cpl) loadNull(core, s, 0);
}
