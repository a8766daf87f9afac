/** The same state, the same number of steps, here and under Bochs: what differs. */
import type { Instruction } from '../../emulator/cpu/x86/decode';
import type { X86Cpu } from '../../emulator/cpu/x86/cpu';
import { CS, FLAG, SEG_BASE, SS } from '../../emulator/cpu/x86/registers';
import { VECTOR } from '../../emulator/cpu/x86/fault';
import { RUN_REPEATING } from '../../emulator/memory/layout';
import type { Machine } from '../../emulator/system/machine';
import { undefinedFlags } from '../lockstep/undefined-flags';
import type { Bochs } from './bochs';
import { isLater, whyNotCompared } from './differences';
import { compareStates, type State, stateOf, type Undefined } from './state';

export type Outcome =
  | { readonly kind: 'same' }
  | { readonly kind: 'different'; readonly found: readonly string[]; readonly log: readonly string[] }
  /** Bochs can't be asked: why. */
  | { readonly kind: 'left out'; readonly reason: string };

/** Where Bochs stands after a triple fault, which it takes for a reset. */
const wasReset = ({ registers, segments }: State): boolean =>
  registers.EIP === 0xfff0 && segments.CS.base === 0xffff_0000;

/** Instructions of which no manual says what they read first. */
const TWO_READS = /^(L[DEFGS]S|RETF|IRET|BOUND|POPA|CMPS[BV]|LEAVE)$/;
/** Reads that Bochs asks for the rights of the write behind them; here and in QEMU only if the instruction is locked. */
const READ_THEN_WRITE = /^(ADD|OR|ADC|SBB|AND|SUB|XOR|INC|DEC|NOT|NEG|RO[LR]|RC[LR]|S[HA][LR]D?|BT[SRC]|ARPL)$/;

/** Vector of the handler that was entered last. */
const enteredVector = ({ calls }: X86Cpu): number => (calls.entry(calls.depth - 1).kind >>> 8) & 0xff;

/** Physical address of what was pushed last. */
function stackTop({ core }: X86Cpu): number {
  return core.space.physical((core.seg(SS, SEG_BASE) + core.sp) >>> 0) ?? 0;
}

/** What the manual leaves undefined behind an instruction. */
function undefinedBits(instruction: Instruction): Pick<Undefined, 'flags' | 'registers'> {
  const flags = undefinedFlags(instruction, 2);
  // "00FxFF00, where x indicates that the four bits ... are undefined" (386 manual, LAR).
  return { flags, registers: instruction.row.mnemonic === 'LAR' ? 0xf_0000 : 0 };
}

/** Runs `machine` for so many counts, and Bochs from the same state. */
export async function compareRun(machine: Machine, steps: number, bochs: Bochs): Promise<Outcome> {
  const { cpu } = machine.processor;
  machine.catches = { vectors: new Set(), unmodelled: true };
  const before = stateOf(cpu);
  let ignored: Undefined = { flags: 0, registers: 0, accessed: cpu.core.space.isPaged, errorCodes: [] };
  let executed = steps;
  let dead: string | undefined;
  const log: string[] = [];
  for (let n = 0; n < executed && dead === undefined; n++) {
    const decoded = cpu.decodeAt(cpu.pc);
    const at = cpu.pc;
    const bytes = cpu.core.space.peekBytes((cpu.core.seg(CS, SEG_BASE) + at) >>> 0, 16);
    if (isLater(bytes)) return { kind: 'left out', reason: 'an instruction of a later CPU' };
    const name = decoded.ok ? decoded.instruction.row.mnemonic : `(${decoded.fault.kind})`;
    log.push(`${at.toString(16)} ${name} ${Buffer.from(bytes).toString('hex')}`);
    const stop = machine.run({ count: machine.count + 1, time: Infinity, breakpoints: false }, false);
    if (stop.kind === 'dead') dead = stop.reason;
    if (stop.kind === 'event') return { kind: 'left out', reason: stop.text };
    const reason = decoded.ok && !cpu.core.interrupted ? whyNotCompared(decoded.instruction) : undefined;
    if (reason !== undefined) return { kind: 'left out', reason };
    if (decoded.ok && cpu.core.interrupted && enteredVector(cpu) === VECTOR.PF) {
      const { mnemonic } = decoded.instruction.row;
      if (TWO_READS.test(mnemonic)) return { kind: 'left out', reason: `which of two reads ${mnemonic} makes first` };
      if (READ_THEN_WRITE.test(mnemonic)) ignored = { ...ignored, errorCodes: [...ignored.errorCodes, stackTop(cpu)] };
    }
    if (decoded.ok) ignored = { ...ignored, ...undefinedBits(decoded.instruction) };
    // What is undefined may not spread.
    if (ignored.flags !== 0 || ignored.registers !== 0) executed = n + 1;
  }
  if (dead?.startsWith('Triple fault') === false) return { kind: 'left out', reason: dead };
  const theirs = await bochs.run(before, dead === undefined ? executed : executed + 1);
  if (wasReset(theirs) !== (dead !== undefined))
    return { kind: 'different', found: [dead ?? 'a triple fault under Bochs only'], log };
  // RF is there until a repeated instruction has ended; Bochs clears it behind the first iteration.
  if (cpu.core.get(RUN_REPEATING) !== 0) ignored = { ...ignored, flags: ignored.flags | FLAG.RF };
  const found = dead === undefined ? compareStates(stateOf(cpu), theirs, ignored) : [];
  return found.length === 0 ? { kind: 'same' } : { kind: 'different', found, log };
}
