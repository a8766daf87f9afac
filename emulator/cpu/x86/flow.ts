import type { Instruction } from './decode';

/** Control flow by mnemonic: what an instruction does to the program counter. */
export type ControlFlow =
  | 'next'
  | 'jump'
  | 'conditional'
  | 'call'
  | 'return'
  | 'interrupt'
  | 'interrupt-return'
  | 'halt'
  | 'invalid';

export const FLOWS: Readonly<Record<string, ControlFlow>> = {
  JMP: 'jump',
  JMPF: 'jump',
  CALL: 'call',
  CALLF: 'call',
  RET: 'return',
  RETF: 'return',
  IRET: 'interrupt-return',
  INT: 'interrupt',
  INT1: 'interrupt',
  INT3: 'interrupt',
  INTO: 'interrupt',
  LOOP: 'conditional',
  LOOPE: 'conditional',
  LOOPNE: 'conditional',
  HLT: 'halt',
  FIRMWARE: 'next',
};

/** Where an instruction leads whose operand says so. */
export type DirectTarget =
  | { readonly kind: 'near'; readonly offset: number }
  | { readonly kind: 'far'; readonly selector: number; readonly offset: number };

/** The direct target of a jump or call; undefined when there is none, or when registers or memory hold it. */
export function directTarget(instruction: Instruction): DirectTarget | undefined {
  const operand = instruction.operands[0];
  if (operand?.kind === 'relative') return { kind: 'near', offset: operand.target };
  if (operand?.kind === 'far') return operand;
  return undefined;
}
