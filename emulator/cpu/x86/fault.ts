/** Faults of the CPU: thrown by helpers, delivered by the run loop. Intel 80386 Programmer's Reference Manual, 9.8. */

export const VECTOR = {
  DE: 0,
  DB: 1,
  NMI: 2,
  BP: 3,
  OF: 4,
  BR: 5,
  UD: 6,
  NM: 7,
  DF: 8,
  TS: 10,
  NP: 11,
  SS: 12,
  GP: 13,
  PF: 14,
  MF: 16,
} as const;

export interface ExceptionInfo {
  readonly vector: number;
  readonly mnemonic: string;
  readonly title: string;
  readonly hasErrorCode: boolean;
}

/** Every exception, by vector. */
export const EXCEPTIONS: readonly ExceptionInfo[] = [
  { vector: 0, mnemonic: '#DE', title: 'Divide error', hasErrorCode: false },
  { vector: 1, mnemonic: '#DB', title: 'Debug exception', hasErrorCode: false },
  { vector: 3, mnemonic: '#BP', title: 'Breakpoint', hasErrorCode: false },
  { vector: 4, mnemonic: '#OF', title: 'Overflow', hasErrorCode: false },
  { vector: 5, mnemonic: '#BR', title: 'Bounds check', hasErrorCode: false },
  { vector: 6, mnemonic: '#UD', title: 'Invalid opcode', hasErrorCode: false },
  { vector: 7, mnemonic: '#NM', title: 'Coprocessor not available', hasErrorCode: false },
  { vector: 8, mnemonic: '#DF', title: 'Double fault', hasErrorCode: true },
  { vector: 10, mnemonic: '#TS', title: 'Invalid TSS', hasErrorCode: true },
  { vector: 11, mnemonic: '#NP', title: 'Segment not present', hasErrorCode: true },
  { vector: 12, mnemonic: '#SS', title: 'Stack exception', hasErrorCode: true },
  { vector: 13, mnemonic: '#GP', title: 'General protection', hasErrorCode: true },
  { vector: 14, mnemonic: '#PF', title: 'Page fault', hasErrorCode: true },
  { vector: 16, mnemonic: '#MF', title: 'Coprocessor error', hasErrorCode: false },
];

export const exceptionInfo = (vector: number): ExceptionInfo | undefined =>
  EXCEPTIONS.find((row) => row.vector === vector);

/** A fault of the instruction being executed. Not an Error: it is the guest's, and needs no stack of ours. */
export class CpuFault {
  constructor(
    readonly vector: number,
    /** Error code; pushed in protected mode where the vector has one. */
    readonly error: number = 0,
    /** For people: what was wrong. */
    readonly reason: string = '',
    /** Of a page fault: the linear address, for CR2. */
    readonly address?: number,
  ) {}
}

/** @throws CpuFault always */
export function raise(vector: number, error: number, reason: string): never {
  return throwFault(new CpuFault(vector, error, reason));
}

/** @throws CpuFault the one given, always */
export function throwFault(fault: CpuFault): never {
  // oxlint-disable-next-line typescript/only-throw-error -- the guest's fault, not ours: see CpuFault
  throw fault;
}

/** Something of the architecture that is not built: stops the machine with a sentence instead of going on wrongly. */
export class Unsupported {
  constructor(readonly what: string) {}
}

/** @throws Unsupported always */
export function unsupported(what: string): never {
  // oxlint-disable-next-line typescript/only-throw-error -- caught by the run loop, which stops the machine
  throw new Unsupported(what);
}
