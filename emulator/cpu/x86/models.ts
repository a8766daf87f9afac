/**
 * CPU models as a table of traits. Differences: Intel 80386 Programmer's Reference Manual, chapters 13-14 and appendix;
 * i486 Microprocessor Programmer's Reference Manual, chapters 4 and 22; Pentium Processor Family Developer's Manual
 * volume 3, chapters 10 and 23; CPUID: Intel AP-485. None has a coprocessor.
 */
import * as R from './registers';

/** Which instructions exist: rows of the opcode map say since when. */
export const LEVEL = { I8086: 0, I186: 1, I286: 2, I386: 3, I486: 4, PENTIUM: 5 } as const;
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
  /** Bits of control registers that a program can set; those of CR0 that always read as ones, and CR0 after reset. */
  readonly cr0Writable: number;
  readonly cr0Fixed: number;
  readonly cr0Reset: number;
  readonly cr3Writable: number;
  /** 0: there is no CR4. */
  readonly cr4Writable: number;
  /** What CPUID tells in leaf 1, where there is one: EAX and EDX. */
  readonly cpuid?: { readonly signature: number; readonly features: number };
}

const ARITHMETIC = 0x0fd5;

const STATUS = R.CR0_PE | R.CR0_MP | R.CR0_EM | R.CR0_TS;
const CR0_486 = STATUS | R.CR0_NE | R.CR0_WP | R.CR0_AM | R.CR0_NW | R.CR0_CD | R.CR0_PG;

/** CPUID's feature bits: page size extension, time stamp counter, RDMSR, machine check, CMPXCHG8B. */
const FEATURE = { PSE: 1 << 3, TSC: 1 << 4, MSR: 1 << 5, MCE: 1 << 7, CX8: 1 << 8 } as const;
/** Family 5, model 2, stepping 5: a Pentium of 100 MHz. */
const PENTIUM_SIGNATURE = 0x0525;

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
    cr0Writable: 0,
    cr0Fixed: 0xfff0,
    cr0Reset: 0xfff0,
    cr3Writable: 0,
    cr4Writable: 0,
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
    cr0Writable: STATUS,
    cr0Fixed: 0xfff0,
    cr0Reset: 0xfff0,
    cr3Writable: 0,
    cr4Writable: 0,
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
    cr0Writable: STATUS | R.CR0_PG,
    cr0Fixed: R.CR0_ET,
    cr0Reset: R.CR0_ET,
    cr3Writable: 0xffff_f000,
    cr4Writable: 0,
  },
  '80486': {
    id: '80486',
    title: 'Intel 80486SX',
    level: LEVEL.I486,
    addressMask: 0xffff_ffff,
    longestInstruction: 15,
    wrapsOffsets: false,
    masksShiftCounts: true,
    pushesNewSp: false,
    divideErrorIsTrap: false,
    repeatNegatesQuotient: false,
    faultsKeepProgress: false,
    flagsFixed: 0x0002,
    flagsWritable: ARITHMETIC | 0x7000 | R.FLAG.AC,
    resetDx: 0x0423,
    hasProtectedMode: true,
    cr0Writable: CR0_486,
    cr0Fixed: R.CR0_ET,
    cr0Reset: R.CR0_ET | R.CR0_NW | R.CR0_CD,
    cr3Writable: 0xffff_f018,
    cr4Writable: 0,
  },
  pentium: {
    id: 'pentium',
    title: 'Intel Pentium, without its FPU',
    level: LEVEL.PENTIUM,
    addressMask: 0xffff_ffff,
    longestInstruction: 15,
    wrapsOffsets: false,
    masksShiftCounts: true,
    pushesNewSp: false,
    divideErrorIsTrap: false,
    repeatNegatesQuotient: false,
    faultsKeepProgress: false,
    flagsFixed: 0x0002,
    flagsWritable: ARITHMETIC | 0x7000 | R.FLAG.AC | R.FLAG.ID,
    resetDx: PENTIUM_SIGNATURE,
    hasProtectedMode: true,
    cr0Writable: CR0_486,
    cr0Fixed: R.CR0_ET,
    cr0Reset: R.CR0_ET | R.CR0_NW | R.CR0_CD,
    cr3Writable: 0xffff_f018,
    cr4Writable: R.CR4_TSD | R.CR4_PSE | R.CR4_MCE,
    cpuid: {
      signature: PENTIUM_SIGNATURE,
      features: FEATURE.PSE | FEATURE.TSC | FEATURE.MSR | FEATURE.MCE | FEATURE.CX8,
    },
  },
} as const satisfies Record<string, CpuModel>;

export type CpuModelId = keyof typeof CPU_MODELS;
