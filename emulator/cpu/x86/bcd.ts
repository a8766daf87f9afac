/** Decimal adjustments: 80386 Programmer's Reference Manual, chapter 17, AAA to DAS; undefined flags as the chips leave them. */
import type { X86Core } from './core';
import { raise, VECTOR } from './fault';
import { LEVEL } from './models';
import * as R from './registers';

const AL = R.gpr8(0);
const AH = R.gpr8(4);

function parity(value: number): number {
  let bits = value & 0xff;
  bits ^= bits >> 4;
  bits ^= bits >> 2;
  bits ^= bits >> 1;
  return (bits & 1) === 0 ? R.FLAG.PF : 0;
}

/** SF, ZF, PF of a byte. */
const byteFlags = (value: number): number =>
  (value & 0x80 ? R.FLAG.SF : 0) | ((value & 0xff) === 0 ? R.FLAG.ZF : 0) | parity(value);

export function DAA(core: X86Core): void {
  decimal(core, 1);
}

export function DAS(core: X86Core): void {
  decimal(core, -1);
}

function decimal(core: X86Core, sign: 1 | -1): void {
  const flags = core.getFlags();
  const old = core.get8(AL);
  const oldCarry = (flags & R.FLAG.CF) !== 0;
  const oldAuxiliary = (flags & R.FLAG.AF) !== 0;
  // The 8086's threshold of the upper digit depends on AF (seen on the chip); later ones compare with 99h.
  const limit = core.model.level === LEVEL.I8086 && oldAuxiliary ? 0x9f : 0x99;
  let value = old;
  let out = 0;
  if ((old & 0xf) > 9 || oldAuxiliary) {
    value += sign * 6;
    out |= R.FLAG.AF;
    if (core.model.level > LEVEL.I8086 && (value > 0xff || value < 0)) out |= R.FLAG.CF;
  }
  if (old > limit || oldCarry) {
    value += sign * 0x60;
    out |= R.FLAG.CF;
  }
  const result = value & 0xff;
  const overflow = sign > 0 ? ~old & result & 0x80 : old & ~result & 0x80;
  core.set8(AL, result);
  core.setCondition(out | byteFlags(result) | (overflow !== 0 ? R.FLAG.OF : 0));
}

export function AAA(core: X86Core): void {
  ascii(core, 1);
}

export function AAS(core: X86Core): void {
  ascii(core, -1);
}

function ascii(core: X86Core, sign: 1 | -1): void {
  const old = core.get8(AL);
  const adjust = (old & 0xf) > 9 || (core.getFlags() & R.FLAG.AF) !== 0;
  const sum = adjust ? old + sign * 6 : old;
  const overflow = sign > 0 ? ~old & sum & 0x80 : old & ~sum & 0x80;
  if (adjust) {
    if (core.model.level === LEVEL.I8086) core.set8(AH, core.get8(AH) + sign);
    else core.set16(R.EAX, core.get16(R.EAX) + sign * 0x106);
  }
  core.set8(AL, sum & 0xf);
  core.setCondition(byteFlags(sum & 0xff) | (adjust ? R.FLAG.AF | R.FLAG.CF : 0) | (overflow !== 0 ? R.FLAG.OF : 0));
}

/** `next`: offset of the next instruction, which an 8086 pushes. */
export function AAM(core: X86Core, base: number, next: number): void {
  const value = core.get8(AL);
  if (base === 0) {
    // Undefined by the manual: an 8086 leaves the flags of zero, a 286 those of half of AL (seen on the chips).
    if (core.model.level <= LEVEL.I286) core.setCondition(byteFlags(core.model.level === LEVEL.I8086 ? 0 : value >> 1));
    if (core.model.divideErrorIsTrap) core.set(R.EIP, next);
    raise(VECTOR.DE, 0, 'AAM by zero');
  }
  core.set8(AH, Math.floor(value / base));
  core.set8(AL, value % base);
  core.setCondition(byteFlags(value % base));
}

export function AAD(core: X86Core, base: number): void {
  const low = core.get8(AL);
  const product = (core.get8(AH) * base) & 0xff;
  const sum = low + product;
  const result = sum & 0xff;
  core.set8(AL, result);
  core.set8(AH, 0);
  const carry = sum > 0xff ? R.FLAG.CF : 0;
  const overflow = (result ^ low) & (result ^ product) & 0x80 ? R.FLAG.OF : 0;
  core.setCondition(byteFlags(result) | carry | ((low & 0xf) + (product & 0xf) > 0xf ? R.FLAG.AF : 0) | overflow);
}
