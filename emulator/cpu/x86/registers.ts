/**
 * The x86 register file: one table for IR offsets, debugger scopes, snapshots and help texts.
 * Names and bits: Intel 80386 Programmer's Reference Manual (1986), chapters 2 and 4; dwarf numbers: System V ABI i386.
 */
import type { BitField } from '../../state/bits';
import type { RegisterRow } from '../../memory/register-file';

export const GPR_NAMES = ['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI'] as const;
export const SEGMENT_NAMES = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'] as const;
export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
export const FS = 4;
export const GS = 5;
/** The system segments have descriptor caches too. */
export const LDTR = 6;
export const TR = 7;

export const EAX = 0;
export const ECX = 8;
export const EDX = 16;
export const EBX = 24;
export const ESP = 32;
export const EBP = 40;
export const ESI = 48;
export const EDI = 56;
export const EIP = 64;
/** The flags that are no condition codes and not DF: TF, IF, IOPL, NT, RF, VM, in their places. */
export const FLAGS_SYSTEM = 72;
/** Condition codes as the IR keeps them (see ir/ops): result and carries. */
export const FLAGS_RESULT = 80;
export const FLAGS_CARRIES = 88;
/** DF as a step: 1 (up) or FFFFFFFFh (down). */
export const FLAGS_STEP = 96;
/** The whole of EFLAGS, kept true at stops only (Cpu.flags). */
export const EFLAGS = 104;

/** Slots that are only a way of keeping EFLAGS. */
export const LAZY_FLAGS: ReadonlySet<number> = new Set([FLAGS_RESULT, FLAGS_CARRIES, FLAGS_STEP, FLAGS_SYSTEM]);

/** Byte offset of general register `index`'s slot. */
export const gpr = (index: number): number => index * 8;
/** Byte offset of 8-bit register `index` (AL CL DL BL AH CH DH BH). */
export const gpr8 = (index: number): number => (index < 4 ? index * 8 : (index - 4) * 8 + 1);

const SEGMENTS = 128;
/** Offsets inside a segment's block of eight slots. */
export const SEG_SELECTOR = 0;
export const SEG_BASE = 8;
/** Lowest offset that may be read, and the number of bytes from there on (64 bits: 0 to 4 GiB); the same to write. */
export const SEG_READ_LOW = 16;
export const SEG_READ_SIZE = 24;
export const SEG_WRITE_LOW = 32;
export const SEG_WRITE_SIZE = 40;
/** The limit in bytes, as the descriptor says it (scaled by its granularity). */
export const SEG_LIMIT = 48;
/** Access byte of the descriptor in bits 0-7, its flags (G, D/B, AVL) in bits 12-15. */
export const SEG_ACCESS = 56;

/** Byte offset of a field of segment register `segment` (ES to TR). */
export const segment = (index: number, field: number): number => SEGMENTS + index * 64 + field;

const SYSTEM = SEGMENTS + 8 * 64;
export const GDTR_BASE = SYSTEM;
export const GDTR_LIMIT = SYSTEM + 8;
export const IDTR_BASE = SYSTEM + 16;
export const IDTR_LIMIT = SYSTEM + 24;
export const CR0 = SYSTEM + 32;
export const CR2 = SYSTEM + 40;
export const CR3 = SYSTEM + 48;
export const DR = SYSTEM + 56;
export const TR6 = DR + 64;
export const TR7 = DR + 72;
/** Fields of the CPU that no manual names: whether it is halted, and the NMI latch. */
export const HALTED = DR + 80;
export const NMI_BLOCKED = DR + 88;
/** Data breakpoints that the present instruction has met: bits as in DR6. */
export const DEBUG_PENDING = DR + 96;
export const CR4 = DR + 104;
/** Added to the machine's time in the time stamp counter, 64 bits. */
export const TSC_OFFSET = DR + 112;

export const FLAG = {
  CF: 0x1,
  PF: 0x4,
  AF: 0x10,
  ZF: 0x40,
  SF: 0x80,
  TF: 0x100,
  IF: 0x200,
  DF: 0x400,
  OF: 0x800,
  IOPL: 0x3000,
  NT: 0x4000,
  RF: 0x10000,
  VM: 0x20000,
  AC: 0x40000,
  ID: 0x200000,
} as const;

/** Those that are kept apart from the condition codes and DF. */
export const SYSTEM_FLAGS = FLAG.TF | FLAG.IF | FLAG.IOPL | FLAG.NT | FLAG.RF | FLAG.VM | FLAG.AC | FLAG.ID;

export const CR0_PE = 1;
export const CR0_MP = 2;
export const CR0_EM = 4;
export const CR0_TS = 8;
export const CR0_ET = 0x10;
export const CR0_NE = 0x20;
export const CR0_WP = 0x1_0000;
export const CR0_AM = 0x4_0000;
export const CR0_NW = 0x2000_0000;
export const CR0_CD = 0x4000_0000;
export const CR0_PG = 0x8000_0000;
export const CR4_TSD = 4;
export const CR4_PSE = 0x10;
export const CR4_MCE = 0x40;

const onOff = (set: string, clear: string) => ({ 1: set, 0: clear });

const EFLAGS_BITS: readonly BitField[] = [
  { name: 'CF', lsb: 0, values: onOff('carry', 'no carry'), doc: 'Carry flag' },
  { name: 'PF', lsb: 2, values: onOff('even', 'odd'), doc: 'Parity flag: low byte of the result' },
  { name: 'AF', lsb: 4, values: onOff('carry', 'no carry'), doc: 'Auxiliary carry flag: carry out of bit 3' },
  { name: 'ZF', lsb: 6, values: onOff('zero', 'not zero'), doc: 'Zero flag' },
  { name: 'SF', lsb: 7, values: onOff('negative', 'positive'), doc: 'Sign flag' },
  { name: 'TF', lsb: 8, values: onOff('single step', 'off'), doc: 'Trap flag' },
  { name: 'IF', lsb: 9, values: onOff('enabled', 'disabled'), doc: 'Interrupt enable flag' },
  { name: 'DF', lsb: 10, values: onOff('down', 'up'), doc: 'Direction flag' },
  { name: 'OF', lsb: 11, values: onOff('overflow', 'no overflow'), doc: 'Overflow flag' },
  { name: 'IOPL', lsb: 12, width: 2, doc: 'I/O privilege level' },
  { name: 'NT', lsb: 14, values: onOff('nested', 'not nested'), doc: 'Nested task' },
  { name: 'RF', lsb: 16, values: onOff('resume', 'off'), doc: 'Resume flag: masks debug faults once' },
  { name: 'VM', lsb: 17, values: onOff('virtual 8086', 'off'), doc: 'Virtual 8086 mode' },
  { name: 'AC', lsb: 18, values: onOff('on', 'off'), doc: 'Alignment check (80486)' },
  { name: 'ID', lsb: 21, doc: 'Can be changed where CPUID exists (Pentium)' },
];

const CR0_BITS: readonly BitField[] = [
  { name: 'PE', lsb: 0, values: onOff('protected mode', 'real mode'), doc: 'Protection enable' },
  { name: 'MP', lsb: 1, doc: 'Monitor coprocessor' },
  { name: 'EM', lsb: 2, doc: 'Emulation: coprocessor instructions trap' },
  { name: 'TS', lsb: 3, doc: 'Task switched' },
  { name: 'ET', lsb: 4, doc: 'Extension type: 387 present' },
  { name: 'NE', lsb: 5, doc: 'Numeric error (80486)' },
  {
    name: 'WP',
    lsb: 16,
    values: onOff('supervisors too', 'users only'),
    doc: 'Write protect: whom read-only pages bind',
  },
  { name: 'AM', lsb: 18, doc: 'Alignment mask (80486)' },
  { name: 'NW', lsb: 29, doc: 'Not write-through (80486)' },
  { name: 'CD', lsb: 30, doc: 'Cache disable (80486)' },
  { name: 'PG', lsb: 31, values: onOff('on', 'off'), doc: 'Paging' },
];

const CR3_BITS: readonly BitField[] = [
  { name: 'PWT', lsb: 3, doc: 'Page-level write-through (80486)' },
  { name: 'PCD', lsb: 4, doc: 'Page-level cache disable (80486)' },
  { name: 'directory', lsb: 12, width: 20, doc: 'Page frame of the page directory' },
];

const CR4_BITS: readonly BitField[] = [
  { name: 'TSD', lsb: 2, values: onOff('level 0 only', 'everybody'), doc: 'Time stamp disable: who may read it' },
  { name: 'PSE', lsb: 4, values: onOff('4 MiB pages', 'off'), doc: 'Page size extension' },
  { name: 'MCE', lsb: 6, doc: 'Machine check enable' },
];

const DR6_BITS: readonly BitField[] = [
  ...[0, 1, 2, 3].map((n) => ({ name: `B${n}`, lsb: n, doc: `Breakpoint ${n} was met` })),
  { name: 'BD', lsb: 13, doc: 'Debug register access detected' },
  { name: 'BS', lsb: 14, doc: 'Single step' },
  { name: 'BT', lsb: 15, doc: 'Task switch' },
];

const WHEN = { 0: 'execution', 1: 'writes', 2: 'undefined', 3: 'reads and writes' };
const DR7_BITS: readonly BitField[] = [
  ...[0, 1, 2, 3].flatMap((n) => [
    { name: `L${n}`, lsb: 2 * n, doc: `Local enable of breakpoint ${n}` },
    { name: `G${n}`, lsb: 2 * n + 1, doc: `Global enable of breakpoint ${n}` },
  ]),
  { name: 'GD', lsb: 13, doc: 'Protect debug registers' },
  ...[0, 1, 2, 3].flatMap((n) => [
    { name: `RW${n}`, lsb: 16 + 4 * n, width: 2, values: WHEN, doc: `What breakpoint ${n} waits for` },
    { name: `LEN${n}`, lsb: 18 + 4 * n, width: 2, values: { 0: '1 byte', 1: '2 bytes', 3: '4 bytes' }, doc: 'Length' },
  ]),
];

const ROLES: Readonly<Record<string, RegisterRow['role']>> = { ESP: 'sp', EBP: 'fp' };
const GPR_DWARF = [0, 1, 2, 3, 4, 5, 6, 7];
const SEGMENT_DWARF = [40, 41, 42, 43, 44, 45];
const SEGMENT_DOC = [
  'Extra segment',
  'Code segment',
  'Stack segment',
  'Data segment',
  'Extra segment (386)',
  'Extra segment (386)',
];
const GPR_DOC = [
  'Accumulator',
  'Counter',
  'Data',
  'Base',
  'Stack pointer',
  'Base pointer',
  'Source index',
  'Destination index',
];

const segmentRows = (
  name: string,
  index: number,
  group: string,
  doc: string,
  dwarf?: number,
): readonly RegisterRow[] => {
  const at = (field: number) => segment(index, field);
  const selector: RegisterRow = {
    name,
    width: 16,
    offset: at(SEG_SELECTOR),
    group,
    role: 'segment',
    doc: `${doc}: selector`,
  };
  return [
    dwarf === undefined ? selector : { ...selector, dwarf },
    {
      name: `${name}.base`,
      width: 32,
      offset: at(SEG_BASE),
      group: 'Segment caches',
      doc: `${doc}: linear address of offset 0`,
    },
    { name: `${name}.limit`, width: 32, offset: at(SEG_LIMIT), group: 'Segment caches', doc: `${doc}: limit in bytes` },
    {
      name: `${name}.access`,
      width: 16,
      offset: at(SEG_ACCESS),
      group: 'Segment caches',
      doc: `${doc}: access byte and flags`,
    },
    { name: `${name}.readLow`, width: 32, offset: at(SEG_READ_LOW), group: 'internal', doc: 'lowest readable offset' },
    {
      name: `${name}.readSize`,
      width: 64,
      offset: at(SEG_READ_SIZE),
      group: 'internal',
      doc: 'readable bytes',
    },
    {
      name: `${name}.writeLow`,
      width: 32,
      offset: at(SEG_WRITE_LOW),
      group: 'internal',
      doc: 'lowest writable offset',
    },
    {
      name: `${name}.writeSize`,
      width: 64,
      offset: at(SEG_WRITE_SIZE),
      group: 'internal',
      doc: 'writable bytes',
    },
  ];
};

/** Every register, in the order in which people expect them. */
export const X86_REGISTERS: readonly RegisterRow[] = [
  ...[0, 3, 1, 2, 6, 7, 5, 4].map((n): RegisterRow => {
    const name = GPR_NAMES[n] as string;
    const row: RegisterRow = {
      name,
      width: 32,
      offset: gpr(n),
      group: 'General',
      role: ROLES[name] ?? 'general',
      segment: n === 4 || n === 5 ? 'SS' : 'DS',
      dwarf: GPR_DWARF[n],
      doc: GPR_DOC[n],
    };
    return row;
  }),
  {
    name: 'EIP',
    width: 32,
    offset: EIP,
    group: 'General',
    role: 'pc',
    segment: 'CS',
    dwarf: 8,
    doc: 'Instruction pointer',
  },
  {
    name: 'EFLAGS',
    width: 32,
    offset: EFLAGS,
    group: 'General',
    role: 'flags',
    bits: EFLAGS_BITS,
    dwarf: 9,
    doc: 'Flags',
  },
  ...SEGMENT_NAMES.flatMap((name, n) => segmentRows(name, n, 'Segments', SEGMENT_DOC[n], SEGMENT_DWARF[n])),
  ...segmentRows('LDTR', LDTR, 'System', 'Local descriptor table'),
  ...segmentRows('TR', TR, 'System', 'Task register'),
  { name: 'GDTR.base', width: 32, offset: GDTR_BASE, group: 'System', doc: 'Global descriptor table: linear address' },
  { name: 'GDTR.limit', width: 16, offset: GDTR_LIMIT, group: 'System', doc: 'Global descriptor table: limit' },
  {
    name: 'IDTR.base',
    width: 32,
    offset: IDTR_BASE,
    group: 'System',
    doc: 'Interrupt descriptor table: linear address',
  },
  { name: 'IDTR.limit', width: 16, offset: IDTR_LIMIT, group: 'System', doc: 'Interrupt descriptor table: limit' },
  { name: 'CR0', width: 32, offset: CR0, group: 'Control', role: 'control', bits: CR0_BITS, doc: 'Machine status' },
  { name: 'CR2', width: 32, offset: CR2, group: 'Control', role: 'control', doc: 'Page fault linear address' },
  {
    name: 'CR3',
    width: 32,
    offset: CR3,
    group: 'Control',
    role: 'control',
    bits: CR3_BITS,
    doc: 'Page directory base',
  },
  {
    name: 'CR4',
    width: 32,
    offset: CR4,
    group: 'Control',
    role: 'control',
    bits: CR4_BITS,
    doc: 'Extensions (Pentium)',
  },
  ...[0, 1, 2, 3, 6, 7].map((n): RegisterRow => {
    const row: RegisterRow = {
      name: `DR${n}`,
      width: 32,
      offset: DR + 8 * n,
      group: 'Debug',
      doc: n < 4 ? `Breakpoint ${n} linear address` : n === 6 ? 'Debug status' : 'Debug control',
    };
    return n < 4 ? row : { ...row, bits: n === 6 ? DR6_BITS : DR7_BITS };
  }),
  { name: 'TR6', width: 32, offset: TR6, group: 'Debug', doc: 'TLB test command (386)' },
  { name: 'TR7', width: 32, offset: TR7, group: 'Debug', doc: 'TLB test data (386)' },
  {
    name: 'flags.system',
    width: 32,
    offset: FLAGS_SYSTEM,
    group: 'internal',
    doc: 'flags other than condition codes and DF',
  },
  { name: 'flags.result', width: 32, offset: FLAGS_RESULT, group: 'internal', doc: 'condition codes: result' },
  { name: 'flags.carries', width: 32, offset: FLAGS_CARRIES, group: 'internal', doc: 'condition codes: carries' },
  { name: 'flags.step', width: 32, offset: FLAGS_STEP, group: 'internal', doc: 'DF as a step' },
  { name: 'halted', width: 8, offset: HALTED, group: 'internal', doc: '1 while HLT waits for an interrupt' },
  { name: 'nmiBlocked', width: 8, offset: NMI_BLOCKED, group: 'internal', doc: '1 from an NMI to the next IRET' },
  {
    name: 'debug.pending',
    width: 8,
    offset: DEBUG_PENDING,
    group: 'internal',
    doc: 'data breakpoints met and not yet reported',
  },
  {
    name: 'tsc.offset',
    width: 64,
    offset: TSC_OFFSET,
    group: 'internal',
    doc: "added to the machine's time in the time stamp counter",
  },
  ...GPR_NAMES.map(
    (name, n): RegisterRow => ({
      name: name.slice(1),
      width: 16,
      offset: gpr(n),
      group: 'General',
      partOf: name,
      doc: `low half of ${name}`,
    }),
  ),
  ...['AL', 'CL', 'DL', 'BL', 'AH', 'CH', 'DH', 'BH'].map(
    (name, n): RegisterRow => ({
      name,
      width: 8,
      offset: gpr8(n),
      group: 'General',
      partOf: GPR_NAMES[n & 3] as string,
      doc: `byte of ${GPR_NAMES[n & 3]}`,
    }),
  ),
  { name: 'IP', width: 16, offset: EIP, group: 'General', partOf: 'EIP', doc: 'low half of EIP' },
  { name: 'FLAGS', width: 16, offset: EFLAGS, group: 'General', partOf: 'EFLAGS', doc: 'low half of EFLAGS' },
];

const NAME_BY_OFFSET = new Map(X86_REGISTERS.toReversed().map((row) => [row.offset, row.name]));
const OFFSET_BY_NAME = new Map(X86_REGISTERS.map((row) => [row.name, row.offset]));

/** Register names for the IR's text form. */
export const X86_NAMES = {
  name: (offset: number): string | undefined => NAME_BY_OFFSET.get(offset),
  offset: (name: string): number | undefined => OFFSET_BY_NAME.get(name),
};
