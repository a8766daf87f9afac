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
