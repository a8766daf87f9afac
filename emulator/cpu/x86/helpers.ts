/**
 * Helpers: what instructions do that is no matter of IR. Called by the interpreter with two values; a result goes to
 * the scratch slot. A helper that faults throws CpuFault; one that changes modes ends the engine's run at the boundary.
 */
import type { AccessSize } from '../../bus/address-space';
import { AAA, AAD, AAM, AAS, DAA, DAS } from './bcd';
import { type X86Core, hex, SHADOW } from './core';
import { raise, VECTOR } from './fault';
import type { HelperState } from './helper-state';
import { CALL_KIND, deliver, type InterruptSource, interruptReturn, mergeFlags, writableFlags } from './interrupts';
import { loadAll } from './load-all';
import { LEVEL } from './models';
import { INTERRUPT, POPPED } from './memos';
import * as R from './registers';
import { loadSegment } from './segments';
import * as system from './system';
import { callFar, jumpFar, returnFar } from './transfers';

type Helper = (state: HelperState, a: number, b: number) => void;

/** Enters an interrupt handler and notes it in the call record. EIP is what it returns to. */
export function enterInterrupt(
  state: HelperState,
  vector: number,
  kind: number,
  position: number,
  source: InterruptSource,
): void {
  const { core, calls } = state;
  const returnTo = core.pc;
  const sp = core.stackLinear;
  deliver(core, vector, source, undefined);
  calls.push(returnTo, sp, core.pc, kind | (vector << 8), position);
}

/** @throws CpuFault #GP(0) unless the port may be used: by IOPL, or by the task's bitmap (386). */
function checkPort(core: X86Core, port: number, size: number): void {
  if (!core.protectedMode || (core.cpl <= core.iopl && !core.virtual8086)) return;
  const tr = core.seg(R.TR, R.SEG_ACCESS);
  const limit = core.seg(R.TR, R.SEG_LIMIT);
  if (core.model.level >= LEVEL.I386 && (tr & 8) !== 0 && limit >= 103) {
    const base = core.seg(R.TR, R.SEG_BASE);
    const at = core.readLinear((base + 102) >>> 0, 2) + (port >> 3);
    if (at + 1 <= limit) {
      const bits = core.readLinear((base + at) >>> 0, 2) >> (port & 7);
      if ((bits & ((1 << size) - 1)) === 0) return;
    }
  }
  raise(VECTOR.GP, 0, `port ${hex(port)}h is not allowed at privilege ${core.cpl}`);
}

/** a = port, b = size in bytes. */
function readPort({ board }: X86Core, a: number, b: number): number {
  return board.ports.read(a & 0xffff, b as AccessSize);
}

/** a = port, bits 16-18: size in bytes; b = value. */
function writePort({ board }: X86Core, a: number, b: number): void {
  board.ports.write(a & 0xffff, ((a >>> 16) & 7) as AccessSize, b >>> 0);
}

const HELPERS = {
  /** The same as IN and OUT where privilege can not forbid them. */
  READ_PORT: ({ core }, a, b) => core.setResult(readPort(core, a, b)),
  WRITE_PORT: ({ core }, a, b) => writePort(core, a, b),
  /** PUSHF's value: not in virtual 8086 mode with IOPL below 3. */
  PUSH_FLAGS: ({ core }) => {
    if (core.virtual8086 && core.iopl < 3) raise(VECTOR.GP, 0, 'PUSHF in virtual 8086 mode with IOPL below 3');
    core.setResult(core.getFlags() & ~(R.FLAG.RF | R.FLAG.VM));
  },
  /** POPF: a = value, b = operand size, and above it what the routine is told. */
  POP_FLAGS: ({ core }, a, b) => {
    if (core.virtual8086 && core.iopl < 3) raise(VECTOR.GP, 0, 'POPF in virtual 8086 mode with IOPL below 3');
    const size = (b & POPPED.SIZE) as 16 | 32;
    const mask = writableFlags(core, size) & ~(core.virtual8086 ? R.FLAG.IOPL : 0);
    mergeFlags(core, a, mask);
    if (size === 32) core.set(R.FLAGS_SYSTEM, core.get(R.FLAGS_SYSTEM) & ~R.FLAG.RF);
    core.lookAtBoundary();
  },
  CLI: ({ core }) => {
    if (core.cpl > core.iopl) raise(VECTOR.GP, 0, `CLI at privilege ${core.cpl} with IOPL ${core.iopl}`);
    core.set(R.FLAGS_SYSTEM, core.get(R.FLAGS_SYSTEM) & ~R.FLAG.IF);
  },
  STI: ({ core }) => {
    if (core.cpl > core.iopl) raise(VECTOR.GP, 0, `STI at privilege ${core.cpl} with IOPL ${core.iopl}`);
    // The instruction behind STI is executed before interrupts are recognised, if they were disabled.
    if ((core.get(R.FLAGS_SYSTEM) & R.FLAG.IF) === 0) core.holdBack(SHADOW.INTERRUPTS);
    core.set(R.FLAGS_SYSTEM, core.get(R.FLAGS_SYSTEM) | R.FLAG.IF);
    core.lookAtBoundary();
  },
  /** Stands before an instruction that an execution breakpoint of the debug registers names. */
  DEBUG_CHECK: ({ core }) => core.debug.check(),
  /** a = segment register (bit 8: the next boundary is one like any other, LSS), b = selector. */
  LOAD_SEGMENT: ({ core }, a, b) => {
    const s = a & 0xff;
    if (s === R.CS) {
      // Only an 8086 has MOV CS and POP CS: execution goes on at the same offset of the new segment.
      core.setSeg(R.CS, R.SEG_SELECTOR, b & 0xffff);
      core.setSeg(R.CS, R.SEG_BASE, (b & 0xffff) * 16);
      core.contexts.segmentChanged(R.CS);
      core.contexts.mayHaveChanged();
      return;
    }
    loadSegment(core, s, b & 0xffff);
    if (a === R.SS) {
      core.holdBack(SHADOW.TRAPS);
      core.lookAtBoundary();
    }
  },
  /** a = selector, b = offset. */
  JUMP_FAR: ({ core }, a, b) => jumpFar(core, a & 0xffff, b >>> 0),
  /** a = selector, bit 16: 32-bit operands, bits 17-20: length of the instruction; b = offset. */
  CALL_FAR: ({ core, calls }, a, b) => {
    const next = nextOffset(core, a >>> 17);
    const returnTo = (core.seg(R.CS, R.SEG_BASE) + next) >>> 0;
    const sp = core.stackLinear;
    callFar(core, a & 0xffff, b >>> 0, (a & 0x10000) !== 0 ? 32 : 16, next);
    calls.push(returnTo, sp, core.pc, CALL_KIND.FAR, core.board.count);
  },
  /** a = operand size, b = bytes of parameters. */
  RETURN_FAR: ({ core, calls }, a, b) => {
    returnFar(core, a as 16 | 32, b);
    calls.pop(core.pc, (core.stackLinear - b) >>> 0);
  },
  INTERRUPT_RETURN: ({ core, calls }, a) => {
    interruptReturn(core, a as 16 | 32);
    calls.pop(core.pc, core.stackLinear);
  },
  /** a = vector, and bits of INTERRUPT; b = offset of the next instruction. */
  INTERRUPT: (state, a, b) => {
    const { core } = state;
    const vector = a & INTERRUPT.VECTOR;
    const isUnchecked = (a & INTERRUPT.UNCHECKED) !== 0;
    if (core.virtual8086 && core.iopl < 3 && !isUnchecked && (a & INTERRUPT.ANY_IOPL) === 0)
      raise(VECTOR.GP, 0, 'INT in virtual 8086 mode with IOPL below 3');
    const at = core.get(R.EIP);
    core.began = at;
    core.set(R.EIP, b);
    try {
      enterInterrupt(state, vector, CALL_KIND.SOFTWARE, core.board.count, isUnchecked ? 'external' : 'software');
    } catch (fault) {
      core.set(R.EIP, at);
      throw fault;
    } finally {
      core.began = undefined;
    }
  },
  /** a = length of the instruction. */
  HALT: ({ core }, a) => {
    if (core.cpl !== 0) raise(VECTOR.GP, 0, `HLT at privilege ${core.cpl}`);
    core.set(R.EIP, nextOffset(core, a));
    core.set8(R.HALTED, 1);
    core.board.breakOff();
  },
  /** a = port, b = size in bytes. */
  CHECK_PORT: ({ core }, a, b) => checkPort(core, a & 0xffff, b),
  /** a = port, b = size in bytes. */
  IN: ({ core }, a, b) => {
    const port = a & 0xffff;
    checkPort(core, port, b);
    core.setResult(readPort(core, port, b));
  },
  /** a = port, bits 16-18: size in bytes; b = value. */
  OUT: ({ core }, a, b) => {
    checkPort(core, a & 0xffff, (a >>> 16) & 7);
    writePort(core, a, b);
  },
  DAA: ({ core }) => DAA(core),
  DAS: ({ core }) => DAS(core),
  AAA: ({ core }) => AAA(core),
  AAS: ({ core }) => AAS(core),
  AAM: ({ core }, a, b) => AAM(core, a, b),
  AAD: ({ core }, a) => AAD(core, a),
  /** Stands before the operands of an instruction of level 0 in code of another level. */
  REFUSE: ({ core }) => raise(VECTOR.GP, 0, `an instruction of level 0 at privilege ${core.cpl}`),
  LOAD_ALL: ({ core }) => loadAll(core),
  ...system.SYSTEM_HELPERS,
} as const satisfies Record<string, Helper>;

/** EIP behind the present instruction of `length` bytes. */
function nextOffset(core: X86Core, length: number): number {
  const next = core.get(R.EIP) + length;
  return core.codeSize === 16 && core.model.level < LEVEL.I386 ? next & 0xffff : next >>> 0;
}

export type HelperName = keyof typeof HELPERS;

const TABLE: readonly Helper[] = Object.values(HELPERS);

/** Numbers of the helpers, in bytecode. */
export const HELPER_ID = Object.fromEntries(Object.keys(HELPERS).map((name, id) => [name, id])) as Readonly<
  Record<HelperName, number>
>;

/** Calls helper `id`. @throws CpuFault, Unsupported */
export function callHelper(state: HelperState, id: number, a: number, b: number): void {
  const helper = TABLE[id];
  if (helper === undefined) throw new Error(`There is no helper ${id}.`);
  helper(state, a, b);
}

/** Helpers that compiled code calls itself, since they are used often. All others are left to the interpreter. */
const CALLED_DIRECTLY: ReadonlySet<number> = new Set(
  (
    [
      'IN',
      'OUT',
      'CLI',
      'STI',
      'PUSH_FLAGS',
      'POP_FLAGS',
      'LOAD_SEGMENT',
      'JUMP_FAR',
      'CALL_FAR',
      'RETURN_FAR',
      'INTERRUPT',
      'INTERRUPT_RETURN',
      'WRITE_CR',
      'LOAD_STATUS',
      'CLEAR_TASK_SWITCHED',
      'LOAD_GDT',
      'LOAD_IDT',
      'LOAD_LDT',
      'LOAD_TASK',
    ] as const
  ).map((name) => HELPER_ID[name]),
);

/**
 * Those that can not fault and know no register but their values: compiled code calls them as functions of their own, without
 * bringing anything to memory.
 */
export const QUICK_HELPERS: readonly number[] = [HELPER_ID.READ_PORT, HELPER_ID.WRITE_PORT];
/** The functions, in the same order; a result is given where there is one. */
export const quickFunctions = (core: X86Core): readonly ((a: number, b: number) => number)[] => [
  (a, b) => readPort(core, a, b),
  (a, b) => {
    writePort(core, a, b);
    return 0;
  },
];

export const isCalledDirectly = (helper: number): boolean =>
  CALLED_DIRECTLY.has(helper) || QUICK_HELPERS.includes(helper);
