/** Moving data: MOV and its kin, stack, exchange, segment registers, I/O ports. */
import { constant, type Operand } from '../../../ir/block';
import type { DecodedOperand } from '../decode';
import { VECTOR } from '../fault';
import { flagsWord, overflowNow, setConditions } from '../flag-words';
import { writableAt } from '../interrupts';
import { POPPED, ROUTINE } from '../memos';
import { LEVEL } from '../models';
import * as R from '../registers';
import { type IntWidth, register, type Translation } from '../translation';
import type { Semantic } from './semantic';

export function need(t: Translation, index: number): DecodedOperand {
  const operand = t.i.operands[index];
  if (operand === undefined) throw new Error(`${t.i.row.mnemonic} needs operand ${index}.`);
  return operand;
}

function needMemory(t: Translation, index: number) {
  const operand = need(t, index);
  if (operand.kind !== 'memory') throw new Error(`${t.i.row.mnemonic} needs a memory operand.`);
  return operand;
}

const mov: Semantic = (t) => t.write(need(t, 0), t.read(need(t, 1)));

/** UMOV: MOV with the rights of a user in the page tables. */
const moveAsUser: Semantic = (t) => {
  const [dst, source] = [need(t, 0), need(t, 1)];
  if (!t.context.paged || (dst.kind !== 'memory' && source.kind !== 'memory')) {
    mov(t);
    return;
  }
  const width = t.width(dst);
  if (source.kind === 'memory') {
    const at = t.linear(source.segment, t.address(source), width / 8, false);
    t.write(dst, t.helperValue('LOAD_AS_USER', at, constant(width / 8)));
  } else if (dst.kind === 'memory') {
    const at = t.linear(dst.segment, t.address(dst), width / 8, true);
    const helper = width === 8 ? 'STORE8_AS_USER' : width === 16 ? 'STORE16_AS_USER' : 'STORE32_AS_USER';
    t.helper(helper, at, t.zext(t.read(source), width));
  }
};

/** MOV from a segment register (and SLDT, STR, SMSW): 16 bits to memory, the operand size to a register. */
function storeSelector(t: Translation, value: Operand): void {
  const dst = need(t, 0);
  if (dst.kind === 'memory') t.store(dst.segment, t.address(dst), 16, value);
  else if (dst.kind === 'register') t.move(t.slice(dst.index, dst.width), dst.width, t.zext(value, 16));
}

/** Loads a segment register; `which`: as the helper takes it. Says whether the context may be another one behind it. */
function putSegment(t: Translation, segment: number, which: Operand, selector: Operand): boolean {
  const { protectedMode, virtual8086 } = t.context;
  const isData = segment !== R.CS && segment !== R.SS;
  if (isData && !protectedMode && t.isFull16(segment)) {
    // What it admits stays the same, and so does the context.
    const put = (field: number, value: Operand) => t.move(register(R.segment(segment, field)), 32, value);
    put(R.SEG_SELECTOR, selector);
    put(R.SEG_BASE, t.b.value('shl', 32, selector, constant(4)));
    return false;
  }
  if (protectedMode && !virtual8086 && isData) t.routine(ROUTINE.LOAD_SEGMENT, 'LOAD_SEGMENT', which, selector);
  else t.helper('LOAD_SEGMENT', which, selector);
  return true;
}

function loadSegment(t: Translation, segment: number, selector: Operand): void {
  const switches = putSegment(t, segment, constant(segment), selector);
  if (segment === R.CS) {
    t.move(register(R.EIP), 32, constant(t.i.next));
    t.gotoEip();
  } else if (switches) t.keepContext();
}

const movToSegment: Semantic = (t) => {
  const dst = need(t, 0);
  if (dst.kind !== 'segment') throw new Error('MOV needs a segment register.');
  if (dst.index === R.CS && t.context.model.level > LEVEL.I8086) {
    t.fault(VECTOR.UD);
    t.ended = true;
    return;
  }
  loadSegment(t, dst.index, t.zext(t.read(need(t, 1)), 16));
};

/** Bit 8 of the helper's segment: LSS holds back no interrupts, as MOV SS does. */
const PLAIN_BOUNDARY = 0x100;

/** LDS and its kin: offset first, then selector. */
const loadPointer =
  (segment: number): Semantic =>
  (t) => {
    const dst = need(t, 0);
    const memory = needMemory(t, 1);
    const width = t.i.operandSize;
    const at = t.address(memory);
    const offset = t.load(memory.segment, at, width);
    const selector = t.load(memory.segment, t.offsetBy(at, width / 8, memory.addressSize), 16);
    const switches = putSegment(t, segment, constant(segment | PLAIN_BOUNDARY), selector);
    t.write(dst, offset);
    if (switches) t.keepContext();
  };

const lea: Semantic = (t) => {
  const memory = needMemory(t, 1);
  const dst = need(t, 0);
  t.write(dst, t.address(memory));
};

const extend =
  (op: 'sext' | 'zext'): Semantic =>
  (t) => {
    const source = need(t, 1);
    t.write(need(t, 0), t.b.value(op, t.width(source), t.read(source)));
  };

const exchange: Semantic = (t) => {
  const [first, second] = [need(t, 0), need(t, 1)];
  const width = t.width(first);
  // The memory operand, if any, is written before any register changes.
  const [a, b] = second.kind === 'memory' ? [second, first] : [first, second];
  const target = t.modify(a);
  const old = t.zext(target.value, width);
  const other = t.zext(t.read(b), width);
  target.write(other);
  t.write(b, old);
};

/** Whether `push` stores SP as it is afterwards: 8086 and 80186. */
const push: Semantic = (t) => {
  const operand = need(t, 0);
  const width = t.i.operandSize;
  if (operand.kind === 'segment') {
    const selector = t.zext(register(R.segment(operand.index, R.SEG_SELECTOR)), 16);
    t.push(selector, width);
    return;
  }
  if (operand.kind === 'register' && operand.index === 4 && t.context.model.pushesNewSp) {
    t.push(t.b.value('sub', 16, register(R.ESP), constant(2)), 16);
    return;
  }
  t.push(t.read(operand), width);
};

const pop: Semantic = (t) => {
  const operand = need(t, 0);
  const width = t.i.operandSize;
  const value = t.load(R.SS, t.stackAt(0), width);
  const sp = t.stackAt(width / 8);
  if (operand.kind === 'segment') {
    const switches = putSegment(t, operand.index, constant(operand.index), t.b.value('zext', 16, value));
    t.setStack(sp);
    if (switches) t.keepContext();
    return;
  }
  if (operand.kind === 'memory') {
    // The address is computed with the stack pointer already raised.
    const address = t.address(operand, sp);
    if (t.keepsProgress) t.setStack(sp);
    t.store(operand.segment, address, width, value);
    if (!t.keepsProgress) t.setStack(sp);
    return;
  }
  t.setStack(sp);
  t.write(operand, value);
};

const pushAll: Semantic = (t) => {
  const width = t.i.operandSize;
  const step = width / 8;
  // Both ends are checked before anything is written (386 manual, PUSHA).
  t.check(R.SS, t.stackAt(-8 * step), step, true);
  for (let n = 0; n < 8; n++) {
    t.store(R.SS, t.stackAt(-step * (n + 1)), width, register(R.gpr(n)));
  }
  t.setStack(t.stackAt(-8 * step));
};

const popAll: Semantic = (t) => {
  const width = t.i.operandSize;
  const step = width / 8;
  const values: Operand[] = [];
  for (let n = 0; n < 8; n++) values.push(t.load(R.SS, t.stackAt(step * n), width));
  t.setStack(t.stackAt(8 * step));
  values.forEach((value, n) => {
    // ESP's slot (the fourth) is thrown away.
    if (n !== 3) t.move(register(R.gpr(7 - n)), width, value);
  });
};

const leave: Semantic = (t) => {
  const width = t.i.operandSize;
  const stack = t.context.stackSize;
  const bp = register(R.EBP);
  const value = t.load(R.SS, stack === 16 ? t.zext(bp, 16) : bp, width);
  const sp = t.b.value('add', stack, bp, constant(width / 8));
  t.setStack(sp);
  t.move(bp, width, value);
};

const translateByte: Semantic = (t) => {
  const size = t.i.addressSize;
  const segment = t.i.segment >= 0 ? t.i.segment : R.DS;
  const al = t.zext(register(R.EAX), 8);
  const offset = t.b.value('add', size, register(R.EBX), al);
  t.move(register(R.EAX), 8, t.load(segment, offset, 8));
};

const convert: Semantic = (t) => {
  const half = (t.i.operandSize / 2) as IntWidth;
  t.move(register(R.EAX), t.i.operandSize, t.b.value('sext', half, register(R.EAX)));
};

const convertDouble: Semantic = (t) => {
  const width = t.i.operandSize;
  const value = t.b.value('sext', width, register(R.EAX));
  t.move(register(R.EDX), width, t.b.value('shrs', 32, value, constant(31)));
};

/** Whether IOPL and the task's bitmap have nothing to say: in real mode, and at the highest privilege. */
const mayUsePorts = ({ protectedMode, virtual8086, cpl }: Translation['context']): boolean =>
  !protectedMode || (cpl === 0 && !virtual8086);

const input: Semantic = (t) => {
  const [dst, port] = [need(t, 0), need(t, 1)];
  const width = t.width(dst);
  const helper = mayUsePorts(t.context) ? 'READ_PORT' : 'IN';
  t.write(dst, t.helperValue(helper, t.zext(t.read(port), port.kind === 'immediate' ? 8 : 16), constant(width / 8)));
};

const output: Semantic = (t) => {
  const [port, source] = [need(t, 0), need(t, 1)];
  const width = t.width(source);
  const address = t.variable(t.zext(t.read(port), port.kind === 'immediate' ? 8 : 16));
  const packed = t.b.value('or', 32, address, constant((width / 8) << 16));
  t.helper(mayUsePorts(t.context) ? 'WRITE_PORT' : 'OUT', packed, t.zext(t.read(source), width));
};

const bound: Semantic = (t) => {
  const width = t.i.operandSize;
  const memory = needMemory(t, 1);
  const at = t.address(memory);
  const low = t.load(memory.segment, at, width);
  const high = t.load(memory.segment, t.offsetBy(at, width / 8, memory.addressSize), width);
  const index = t.read(need(t, 0));
  t.faultIf(t.b.value('lts', width, index, low), VECTOR.BR);
  t.faultIf(t.b.value('lts', width, high, index), VECTOR.BR);
};

export const DATA: Readonly<Record<string, Semantic>> = {
  MOV: mov,
  UMOV: moveAsUser,
  MOVFS: (t) => {
    const source = need(t, 1);
    storeSelector(t, t.read(source));
  },
  MOVTS: movToSegment,
  LES: loadPointer(R.ES),
  LDS: loadPointer(R.DS),
  LSS: loadPointer(R.SS),
  LFS: loadPointer(R.FS),
  LGS: loadPointer(R.GS),
  LEA: lea,
  MOVZX: extend('zext'),
  MOVSX: extend('sext'),
  XCHG: exchange,
  PUSH: push,
  POP: pop,
  PUSHA: pushAll,
  POPA: popAll,
  PUSHF: (t) => {
    const { virtual8086, model } = t.context;
    if (virtual8086) {
      t.push(t.helperValue('PUSH_FLAGS'), t.i.operandSize);
      return;
    }
    const flags = flagsWord(t.b, constant(model.flagsFixed));
    t.push(t.b.value('and', 32, flags, constant(0xffff_ffff - R.FLAG.RF)), t.i.operandSize);
  },
  POPF: (t) => {
    const width = t.i.operandSize;
    const value = t.load(R.SS, t.stackAt(0), width);
    const sp = t.stackAt(width / 8);
    const { protectedMode, cpl, model } = t.context;
    if (cpl === 0) {
      const mask = writableAt(model, protectedMode, 0, 0, width);
      t.routine(ROUTINE.POP_FLAGS, 'POP_FLAGS', value, constant(width | (mask << POPPED.MASK_SHIFT)));
    } else t.helper('POP_FLAGS', value, constant(width));
    t.setStack(sp);
  },
  LEAVE: leave,
  ENTER: (t) => {
    const [bytes, level] = [need(t, 0), need(t, 1)];
    if (bytes.kind !== 'immediate' || level.kind !== 'immediate') throw new Error('ENTER needs constants.');
    t.helper('ENTER', constant(bytes.value | ((level.value & 31) << 16)), constant(t.i.operandSize));
  },
  XLAT: translateByte,
  CBW: convert,
  CWD: convertDouble,
  LAHF: (t) => {
    t.move(register(R.gpr8(4)), 8, flagsWord(t.b, constant(t.context.model.flagsFixed)));
  },
  SAHF: (t) => setConditions(t.b, t.zext(register(R.gpr8(4)), 8), overflowNow(t.b)),
  IN: input,
  OUT: output,
  BOUND: bound,
  SLDT: (t) => storeSelector(t, register(R.segment(R.LDTR, R.SEG_SELECTOR))),
  STR: (t) => storeSelector(t, register(R.segment(R.TR, R.SEG_SELECTOR))),
  SMSW: (t) => storeSelector(t, register(R.CR0)),
};
