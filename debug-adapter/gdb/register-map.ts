/**
 * The registers as GDB numbers them, from the target's register table. GDB wants the registers of its own feature
 * first, under its names and in its order (Debugging with GDB, G.5 "Standard Target Features"); all others follow in
 * a feature of ours.
 */
import type { BitField, DebugTarget, RegisterDescription } from '../../emulator/debug/target';

/** How a value is got. */
export type RegisterSource =
  /** A register of the target as it is. */
  | { readonly kind: 'register'; readonly name: string }
  /**
   * The program counter as a code address. GDB knows no segments: it compares this one with the addresses of
   * breakpoints and disassembles at it.
   */
  | { readonly kind: 'pc' }
  /** GDB's feature has it, this CPU has not. */
  | { readonly kind: 'absent' };

export interface GdbRegister {
  readonly name: string;
  readonly bits: number;
  readonly source: RegisterSource;
  /** GDB's type: `int32`, `data_ptr`, `code_ptr`, `i387_ext`, or the id of `flags`. */
  readonly type: string;
  readonly flags?: readonly BitField[];
  /** Group for `info registers GROUP`. */
  readonly group?: string;
  /** LLDB's names for registers with a role. */
  readonly generic?: 'pc' | 'sp' | 'fp' | 'flags';
  readonly dwarf?: number;
}

export interface GdbFeature {
  readonly name: string;
  readonly registers: readonly GdbRegister[];
}

/** One architecture as GDB and LLDB know it. */
interface GdbArchitecture {
  /** GDB's name for code of so many bits. */
  readonly names: Readonly<Record<number, string>>;
  /** LLDB's triple for code of so many bits. */
  readonly triples: Readonly<Record<number, string>>;
  /** GDB's own feature. */
  readonly core: string;
  /** Names in GDB's order, as `name`, or `gdb=ours`; `-name:bits:type` for one that the CPU has not. */
  readonly registers: readonly string[];
}

const fpu = (names: readonly string[], bits: number, type: string) => names.map((name) => `-${name}:${bits}:${type}`);

/** `i386_validate_tdesc_p` in GDB's i386-tdep.c asks for every one of these. */
const X86: GdbArchitecture = {
  names: { 16: 'i8086', 32: 'i386', 64: 'i386:x86-64' },
  triples: { 16: 'i386-unknown-unknown-code16', 32: 'i386-unknown-unknown', 64: 'x86_64-unknown-unknown' },
  core: 'org.gnu.gdb.i386.core',
  registers: [
    ...['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'eip', 'eflags'],
    ...['cs', 'ss', 'ds', 'es', 'fs', 'gs'],
    ...fpu(['st0', 'st1', 'st2', 'st3', 'st4', 'st5', 'st6', 'st7'], 80, 'i387_ext'),
    ...fpu(['fctrl', 'fstat', 'ftag', 'fiseg', 'fioff', 'foseg', 'fooff', 'fop'], 32, 'int'),
  ],
};

const ARCHITECTURES: Readonly<Record<string, GdbArchitecture>> = { x86: X86 };

const identifier = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_');

const POINTERS: Readonly<Partial<Record<NonNullable<RegisterDescription['role']>, string>>> = {
  pc: 'code_ptr',
  sp: 'data_ptr',
  fp: 'data_ptr',
};

const GENERIC: Readonly<Partial<Record<NonNullable<RegisterDescription['role']>, GdbRegister['generic']>>> = {
  pc: 'pc',
  sp: 'sp',
  fp: 'fp',
  flags: 'flags',
};

const whole = (bits: number): string =>
  bits <= 8 ? 'uint8' : bits <= 16 ? 'uint16' : bits <= 32 ? 'uint32' : 'uint64';

/** GDB has whole bytes; segment registers it wants in 32 bits. */
const room = (bits: number, core: boolean): number => (core ? Math.max(32, bits) : Math.ceil(bits / 8) * 8);

function describe(row: RegisterDescription, name: string, core: boolean): GdbRegister {
  const bits = room(row.width, core);
  const generic = row.role === undefined ? undefined : GENERIC[row.role];
  const pointer = row.role === undefined || !core ? undefined : POINTERS[row.role];
  return {
    name,
    bits,
    source: row.role === 'pc' && core ? { kind: 'pc' } : { kind: 'register', name: row.name },
    type: row.bits === undefined ? (pointer ?? whole(bits)) : `${name}_flags`,
    ...(row.bits === undefined ? {} : { flags: row.bits }),
    ...(core ? {} : { group: 'system' }),
    ...(generic === undefined || !core ? {} : { generic }),
    ...(row.dwarf === undefined || !core ? {} : { dwarf: row.dwarf }),
  };
}

function coreRegister(entry: string, rows: ReadonlyMap<string, RegisterDescription>): GdbRegister {
  if (entry.startsWith('-')) {
    const [name = '', bits = '32', type = 'int'] = entry.slice(1).split(':');
    return { name, bits: Number(bits), source: { kind: 'absent' }, type, group: 'float' };
  }
  const row = rows.get(entry);
  if (row === undefined) return { name: entry, bits: 32, source: { kind: 'absent' }, type: 'int32' };
  return describe(row, entry, true);
}

export interface RegisterMap {
  readonly features: readonly GdbFeature[];
  /** By GDB's number. */
  readonly all: readonly GdbRegister[];
  /** GDB's architecture for the code that the CPU executes now. */
  architecture(bits: number): string | undefined;
  /** LLDB's triple for it. */
  triple(bits: number): string;
}

/** The map of a target. An architecture that GDB has no feature for gets all registers in one of ours. */
export function registerMap({ description }: DebugTarget): RegisterMap {
  const known = ARCHITECTURES[description.architecture];
  const full = description.registers.filter((row) => row.partOf === undefined);
  const rows = new Map(full.map((row) => [identifier(row.name), row]));
  const core = (known?.registers ?? []).map((entry) => coreRegister(entry, rows));
  const taken = new Set(core.map(({ name }) => name));
  const more = full
    .filter((row) => !taken.has(identifier(row.name)))
    .map((row) => describe(row, identifier(row.name), known === undefined));
  const pc = full.find((row) => row.role === 'pc');
  // The offset in the code segment, which the linear program counter hides.
  const offset =
    known === undefined || pc === undefined
      ? []
      : [{ ...describe({ ...pc, width: pc.width }, `${identifier(pc.name)}_offset`, false) }];
  const features: readonly GdbFeature[] = [
    ...(known === undefined ? [] : [{ name: known.core, registers: core }]),
    { name: `org.stepback.${description.architecture}`, registers: [...offset, ...more] },
  ];
  return {
    features,
    all: features.flatMap((feature) => feature.registers),
    architecture: (bits) => known?.names[bits],
    triple: (bits) => known?.triples[bits] ?? `${description.architecture}-unknown-unknown`,
  };
}
