/** Flags that the 386 manual leaves undefined, by mnemonic (Intel 80386 Programmer's Reference Manual, chapter 17). */
import type { Instruction } from '../../emulator/cpu/x86/decode';
import { FLAG } from '../../emulator/cpu/x86/registers';

const { CF, PF, AF, ZF, SF, OF } = FLAG;
const ALL = CF | PF | AF | ZF | SF | OF;

const UNDEFINED: Readonly<Record<string, number>> = {
  AND: AF,
  OR: AF,
  XOR: AF,
  TEST: AF,
  MUL: SF | ZF | AF | PF,
  IMUL1: SF | ZF | AF | PF,
  IMUL: SF | ZF | AF | PF,
  DIV: ALL,
  IDIV: ALL,
  BSF: ALL & ~ZF,
  BSR: ALL & ~ZF,
  BT: ALL & ~CF,
  BTS: ALL & ~CF,
  BTR: ALL & ~CF,
  BTC: ALL & ~CF,
  AAA: OF | SF | ZF | PF,
  AAS: OF | SF | ZF | PF,
  AAM: OF | AF | CF,
  AAD: OF | AF | CF,
  DAA: OF,
  DAS: OF,
};

/** `count`: of a shift or rotate, masked to five bits. */
export function undefinedFlags(instruction: Instruction, count: number): number {
  const { mnemonic } = instruction.row;
  const operand = instruction.operands[0];
  const width = operand?.kind === 'memory' || operand?.kind === 'register' ? operand.width : 32;
  switch (mnemonic) {
    case 'SHL':
    case 'SAL':
    case 'SHR':
    case 'SAR':
      // The carry is undefined when everything is shifted out (SHL and SHR by more than the width).
      return count === 0 ? 0 : AF | (count > 1 ? OF : 0) | (count >= width && mnemonic !== 'SAR' ? CF : 0);
    case 'ROL':
    case 'ROR':
    case 'RCL':
    case 'RCR':
      return count > 1 ? OF : 0;
    case 'SHLD':
    case 'SHRD':
      return count === 0 ? 0 : count > width ? ALL : AF | (count > 1 ? OF : 0);
    default:
      return UNDEFINED[mnemonic] ?? 0;
  }
}
