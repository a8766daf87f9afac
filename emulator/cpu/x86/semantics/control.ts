/** Jumps, calls, returns, interrupts, loops. */
import { constant, type Operand } from '../../../ir/block';
import { EXIT } from '../../../ir/exits';
import type { DecodedOperand } from '../decode';
import { VECTOR } from '../fault';
import { CALL_KIND } from '../interrupts';
import { INTERRUPT, ROUTINE } from '../memos';
import { conditionOf } from '../opcode-map';
import * as R from '../registers';
import { type IntWidth, register, type Translation } from '../translation';
import { need } from './data';
import type { Semantic } from './semantic';

/** Whether a direct target lies beyond the code segment: then going there faults. */
const isBeyond = (t: Translation, target: number): boolean => target > t.context.csLimit;

/** An indirect target, checked against the limit where it can exceed it. */
function indirect(t: Translation, value: Operand, width: IntWidth): Operand {
  const offset = t.zext(value, width);
  const limit = t.context.csLimit;
  if (limit < (width === 16 ? 0xffff : 0xffffffff)) {
    t.faultIf(t.b.value('ltu', 32, t.variable(constant(limit)), offset), VECTOR.GP);
  }
  return offset;
}

const jump: Semantic = (t) => {
  const operand = need(t, 0);
  const to = operand.kind === 'relative' ? t.relative(operand) : t.read(operand);
  if (typeof to !== 'number') t.gotoRegister(indirect(t, to, transferWidth(t, operand)));
  else if (isBeyond(t, to)) endFault(t);
  else t.goto(to);
};

/** How wide an offset is that a near transfer gets from an operand. */
const transferWidth = (t: Translation, operand: DecodedOperand): IntWidth =>
  operand.kind === 'relative' ? t.i.operandSize : t.width(operand);

function endFault(t: Translation): void {
  t.fault(VECTOR.GP);
  t.ended = true;
}

/** Goes to the target if `value` is not 0 (or is 0, `inverted`), else on. */
function branch(t: Translation, value: Operand, inverted: boolean): void {
  const to = t.relative(need(t, 0));
  const { next } = t.i;
  if (typeof to !== 'number') {
    t.gotoIf(inverted ? value : t.b.value('eq', 32, value, constant(0)), next);
    t.gotoRegister(indirect(t, to, t.i.operandSize));
  } else if (isBeyond(t, to)) {
    const test = inverted ? t.b.value('eq', 32, value, constant(0)) : value;
    t.faultIf(test, VECTOR.GP);
    t.goto(next);
  } else if (inverted) {
    t.gotoIf(value, next);
    t.goto(to);
  } else {
    t.gotoIf(value, to);
    t.goto(next);
  }
}

export const conditionalJump: Semantic = (t) => {
  const { value, inverted } = t.condition(conditionOf(t.i.row.mnemonic));
  branch(t, value, inverted);
};

export const setCondition: Semantic = (t) => {
  const { value, inverted } = t.condition(conditionOf(t.i.row.mnemonic));
  t.write(need(t, 0), inverted ? t.b.value('xor', 32, value, constant(1)) : value);
};

const loop =
  (zero: 'any' | 'set' | 'clear'): Semantic =>
  (t) => {
    const size = t.i.addressSize;
    const counter = t.b.value('sub', size, register(R.ECX), constant(1));
    const left = t.b.value('ne', 32, counter, constant(0));
    let again = left;
    if (zero !== 'any') {
      const flag = t.condition(4).value;
      const wanted = zero === 'set' ? flag : t.b.value('xor', 32, flag, constant(1));
      again = t.b.value('and', 32, left, wanted);
    }
    const operand = need(t, 0);
    if (operand.kind !== 'relative') throw new Error('A relative operand is needed.');
    const beyond = isBeyond(t, operand.target);
    if (beyond) t.faultIf(again, VECTOR.GP);
    t.move(register(R.ECX), size, counter);
    if (!beyond) t.gotoIf(again, operand.target);
    t.goto(t.i.next);
  };

const jumpIfCounterZero: Semantic = (t) => {
  const counter = t.zext(register(R.ECX), t.i.addressSize);
  branch(t, counter, true);
};

/** Pushes the next offset and notes the call. ESP changes last: see `mayLeave` of the compiler. */
function callNear(t: Translation, returnTo: Operand, before: Operand, target: Operand): void {
  const width = t.i.operandSize;
  const offset = t.stackAt(-(width / 8));
  t.store(R.SS, offset, width, constant(t.i.next));
  t.b.emit('frame_push', 32, undefined, [returnTo, before, target], [CALL_KIND.CALL]);
  t.setStack(offset);
}

const call: Semantic = (t) => {
  const operand = need(t, 0);
  const { next } = t.i;
  const returnTo = constant((t.context.csBase + next) >>> 0);
  const before = t.stackLinear(0);
  const direct = operand.kind === 'relative' ? t.relative(operand) : undefined;
  if (typeof direct === 'number') {
    if (isBeyond(t, direct)) {
      endFault(t);
      return;
    }
    callNear(t, returnTo, t.zext(before, 32), constant((t.context.csBase + direct) >>> 0));
    t.goto(direct);
    return;
  }
  const to = t.zext(indirect(t, direct ?? t.read(operand), transferWidth(t, operand)), 32);
  callNear(t, returnTo, t.zext(before, 32), t.codeLinear(to));
  t.gotoRegister(to);
};

const ret: Semantic = (t) => {
  const width = t.i.operandSize;
  const operand = t.i.operands[0];
  const release = operand?.kind === 'immediate' ? operand.value : 0;
  const offset = indirect(t, t.load(R.SS, t.stackAt(0), width), width);
  // The record holds the stack pointer before the call's push, which is the one before parameters are released.
  t.b.emit('frame_pop', 32, undefined, [t.variable(t.codeLinear(offset)), t.stackLinear(width / 8)]);
  t.setStack(t.stackAt(width / 8 + release));
  t.gotoRegister(offset);
};

/** The far pointer operand: selector and offset, zero-extended. */
function farPointer(t: Translation): { selector: Operand; offset: Operand } {
  const operand = need(t, 0);
  if (operand.kind === 'far') return t.far(operand);
  if (operand.kind !== 'memory') throw new Error('A far pointer is needed.');
  const at = t.address(operand);
  const offset = t.load(operand.segment, at, t.i.operandSize);
  const selector = t.load(operand.segment, t.offsetBy(at, t.i.operandSize / 8, operand.addressSize), 16);
  return { selector, offset };
}

/** Faults unless an offset lies within the limit of CS, which a load in real mode leaves as it is. */
function needTarget(t: Translation, offset: Operand): void {
  const { csLimit } = t.context;
  if (t.b.greatest(offset) > csLimit) t.b.emit('limit', 32, undefined, [t.variable(offset)], [csLimit | 0, VECTOR.GP]);
}

/** Goes on at an offset that lies within the limit, in the segment of real mode that a selector names. */
function enterReal(t: Translation, selector: Operand, offset: Operand): void {
  needTarget(t, offset);
  loadRealCode(t, selector, offset);
}

function loadRealCode(t: Translation, selector: Operand, offset: Operand): void {
  t.routine(ROUTINE.REAL_JUMP, 'JUMP_FAR', selector, offset);
  t.gotoEip();
}

const realLinear = (t: Translation, selector: Operand, offset: Operand): Operand =>
  t.variable(t.b.value('add', 32, t.b.value('shl', 32, t.variable(selector), constant(4)), offset));

/** CALL far in real mode. */
function callReal(t: Translation, selector: Operand, offset: Operand): void {
  const width = t.i.operandSize;
  const step = width / 8;
  needTarget(t, offset);
  const before = t.zext(t.stackLinear(0), 32);
  const top = t.stackAt(-2 * step);
  t.check(R.SS, top, step, true);
  t.store(R.SS, t.stackAt(-step), width, t.zext(register(R.segment(R.CS, R.SEG_SELECTOR)), 16));
  t.store(R.SS, top, width, constant(t.i.next));
  const returnTo = constant((t.context.csBase + t.i.next) >>> 0);
  t.b.emit('frame_push', 32, undefined, [returnTo, before, realLinear(t, selector, offset)], [CALL_KIND.FAR]);
  t.setStack(top);
  loadRealCode(t, selector, offset);
}

/** RET far in real mode, releasing `release` bytes of parameters. */
function returnReal(t: Translation, release: number): void {
  const width = t.i.operandSize;
  const step = width / 8;
  const offset = t.load(R.SS, t.stackAt(0), width);
  const selector = t.b.value('zext', 16, t.load(R.SS, t.stackAt(step), width));
  needTarget(t, offset);
  t.b.emit('frame_pop', 32, undefined, [realLinear(t, selector, offset), t.stackLinear(2 * step)]);
  t.setStack(t.stackAt(2 * step + release));
  loadRealCode(t, selector, offset);
}

/** An interrupt of the instruction itself; `bits`: those of INTERRUPT. */
function softwareInterrupt(t: Translation, vector: Operand, bits: number): void {
  const name = t.b.value('or', 32, vector, constant(bits | (CALL_KIND.SOFTWARE << INTERRUPT.KIND_SHIFT)));
  const { protectedMode, virtual8086 } = t.context;
  if (virtual8086) t.helper('INTERRUPT', name, constant(t.i.next));
  else t.routine(protectedMode ? ROUTINE.INTERRUPT : ROUTINE.REAL_INTERRUPT, 'INTERRUPT', name, constant(t.i.next));
  t.gotoEip();
}

const interrupt =
  (vector: (t: Translation) => Operand, bits = 0): Semantic =>
  (t) =>
    softwareInterrupt(t, vector(t), bits);

const overflowInterrupt: Semantic = (t) => {
  t.gotoIf(t.b.value('xor', 32, t.overflow(), constant(1)), t.i.next);
  softwareInterrupt(t, constant(VECTOR.OF), INTERRUPT.ANY_IOPL);
};

const interruptReturn: Semantic = (t) => {
  const { protectedMode, virtual8086 } = t.context;
  const size = t.i.operandSize;
  const known = !virtual8086 && size === (protectedMode ? 32 : 16);
  if (known)
    t.routine(protectedMode ? ROUTINE.RETURN : ROUTINE.REAL_RETURN, 'INTERRUPT_RETURN', constant(size), constant(0));
  else t.helper('INTERRUPT_RETURN', constant(size));
  t.gotoEip();
};

export const CONTROL: Readonly<Record<string, Semantic>> = {
  JMP: jump,
  CALL: call,
  RET: ret,
  LOOP: loop('any'),
  LOOPE: loop('set'),
  LOOPNE: loop('clear'),
  JCXZ: jumpIfCounterZero,
  JMPF: (t) => {
    const { selector, offset } = farPointer(t);
    if (t.context.protectedMode) {
      t.helper('JUMP_FAR', selector, offset);
      t.gotoEip();
    } else enterReal(t, selector, offset);
  },
  CALLF: (t) => {
    const { selector, offset } = farPointer(t);
    if (!t.context.protectedMode) {
      callReal(t, selector, offset);
      return;
    }
    const packed = t.b.value('or', 32, selector, constant((t.i.operandSize === 32 ? 0x10000 : 0) | (t.i.length << 17)));
    t.helper('CALL_FAR', packed, offset);
    t.gotoEip();
  },
  RETF: (t) => {
    const operand = t.i.operands[0];
    const release = operand?.kind === 'immediate' ? operand.value : 0;
    if (!t.context.protectedMode) {
      returnReal(t, release);
      return;
    }
    t.helper('RETURN_FAR', constant(t.i.operandSize), constant(release));
    t.gotoEip();
  },
  IRET: interruptReturn,
  INT: interrupt((t) => t.read(need(t, 0))),
  INT1: interrupt(() => constant(VECTOR.DB), INTERRUPT.UNCHECKED),
  INT3: interrupt(() => constant(VECTOR.BP), INTERRUPT.ANY_IOPL),
  INTO: overflowInterrupt,
  HLT: (t) => {
    t.helper('HALT', constant(t.i.length));
    t.gotoEip();
  },
  FIRMWARE: (t) => {
    const operand = need(t, 0);
    t.move(register(R.EIP), 32, constant(t.i.next));
    t.exit(EXIT.FIRMWARE, operand.kind === 'immediate' ? operand.value : 0);
  },
};
