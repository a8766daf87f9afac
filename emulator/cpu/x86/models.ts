/** CPU models as a table of traits. Differences: Intel 80386 Programmer's Reference Manual, chapters 13-14 and appendix. */

/** Which instructions exist: rows of the opcode map say since when. */
export const LEVEL = { I8086: 0, I186: 1, I286: 2, I386: 3 } as const;
export type Level = (typeof LEVEL)[keyof typeof LEVEL];

export interface CpuModel {
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  /** ANDed to physical addresses, before the A20 gate. */
  readonly addressMask: number;
  /** Longest instruction with its prefixes; a longer one is #GP. */
  readonly longestInstruction: number;
  /** Offsets wrap at 64 KiB inside an operand, without a fault (8086). */
  readonly wrapsOffsets: boolean;
  /** Shift and rotate counts are taken modulo 32 (since the 80186). */
  readonly masksShiftCounts: boolean;
  /** PUSH SP stores the value after the decrement (8086, 80186). */
  readonly pushesNewSp: boolean;
  /** A divide error pushes the address of the next instruction (8086). */
  readonly divideErrorIsTrap: boolean;
  /** A REP prefix before IDIV negates the quotient (8086: the prefix sets the microcode's sign flag). */
  readonly repeatNegatesQuotient: boolean;
  /**
   * A fault in real mode leaves what the instruction had moved on before it: index registers and counter of a string
   * instruction, SP of POP to memory (80286, seen on the chip). Later ones restore everything.
   */
  readonly faultsKeepProgress: boolean;
  /** Bits of FLAGS that always read as ones, and those that can be set in real mode. */
  readonly flagsFixed: number;
  readonly flagsWritable: number;
  /** Value of EDX after reset: component and revision. */
  readonly resetDx: number;
  readonly hasProtectedMode: boolean;
}

const ARITHMETIC = 0x0fd5;

export const CPU_MODELS = {
  '8086': {
    id: '8086',
    title: 'Intel 8086',
    level: LEVEL.I8086,
    addressMask: 0xf_ffff,
    longestInstruction: Infinity,
    wrapsOffsets: true,
    masksShiftCounts: false,
    pushesNewSp: true,
    divideErrorIsTrap: true,
    repeatNegatesQuotient: true,
    faultsKeepProgress: false,
    flagsFixed: 0xf002,
    flagsWritable: ARITHMETIC,
    resetDx: 0,
    hasProtectedMode: false,
  },
  '80286': {
    id: '80286',
    title: 'Intel 80286',
    level: LEVEL.I286,
    addressMask: 0xff_ffff,
    longestInstruction: 10,
    wrapsOffsets: false,
    masksShiftCounts: true,
    pushesNewSp: false,
    divideErrorIsTrap: false,
    repeatNegatesQuotient: false,
    faultsKeepProgress: true,
    flagsFixed: 0x0002,
    flagsWritable: ARITHMETIC,
    resetDx: 0,
    hasProtectedMode: true,
  },
  '80386': {
    id: '80386',
    title: 'Intel 80386DX',
    level: LEVEL.I386,
    addressMask: 0xffff_ffff,
    longestInstruction: 15,
    wrapsOffsets: false,
    masksShiftCounts: true,
    pushesNewSp: false,
    divideErrorIsTrap: false,
    repeatNegatesQuotient: false,
    faultsKeepProgress: false,
    flagsFixed: 0x0002,
    flagsWritable: ARITHMETIC | 0x7000,
    resetDx: 0x0308,
    hasProtectedMode: true,
  },
} as const satisfies Record<string, CpuModel>;

export type CpuModelId = keyof typeof CPU_MODELS;
