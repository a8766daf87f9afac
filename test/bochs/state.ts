/** The state of a CPU and its memory as both sides have it, and what of it differs. */
import type { X86Cpu } from '../../emulator/cpu/x86/cpu';
import * as R from '../../emulator/cpu/x86/registers';
import { SYMBOLS } from '../isa/world';

/** Bytes of memory that are compared: from address 0 on. */
export const MEMORY = 0x6_0000;

export interface Segment {
  readonly selector: number;
  readonly base: number;
  /** In bytes. */
  readonly limit: number;
  /** Access byte in bits 0-7, flags of the descriptor in bits 12-15. */
  readonly access: number;
}

export interface Table {
  readonly base: number;
  readonly limit: number;
}

export interface State {
  readonly registers: Readonly<Record<RegisterName, number>>;
  readonly segments: Readonly<Record<SegmentName, Segment>>;
  readonly tables: Readonly<Record<TableName, Table>>;
  readonly memory: Uint8Array;
}

export const REGISTERS = [
  ...['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI', 'EIP', 'EFLAGS', 'CR0', 'CR2', 'CR3'],
  ...['DR0', 'DR1', 'DR2', 'DR3', 'DR6', 'DR7'],
] as const;
export type RegisterName = string;
export const SEGMENTS = [...R.SEGMENT_NAMES, 'LDTR', 'TR'] as const;
export type SegmentName = (typeof SEGMENTS)[number];
export const TABLES = ['GDTR', 'IDTR'] as const;
export type TableName = (typeof TABLES)[number];

/** State of our CPU. */
export function stateOf(cpu: X86Cpu): State {
  const read = (name: string) => Number(cpu.readRegister(name));
  const pick = <K extends string, V>(names: readonly K[], of: (name: K) => V): Record<K, V> =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as Record<K, V>;
  return {
    registers: pick(REGISTERS, read),
    segments: pick(SEGMENTS, (name) => ({
      selector: read(name),
      base: read(`${name}.base`),
      limit: read(`${name}.limit`),
      access: read(`${name}.access`),
    })),
    tables: pick(TABLES, (name) => ({ base: read(`${name}.base`), limit: read(`${name}.limit`) })),
    memory: Uint8Array.from(cpu.core.memory.readBytes(0, MEMORY)),
  };
}

/** Bits of registers that both have; others belong to later CPUs than a 386, or to none. */
const MASKS: Readonly<Record<string, number>> = {
  EFLAGS: 0x3_7fd5,
  CR0: 0x8000_000f,
  DR6: 0xe00f,
  // Bit 10 reads as 1 since the 486; LE and GE mean nothing to Bochs.
  DR7: 0xffff_23ff,
};

const PRESENT = 0x80;
const DIRECTORY = SYMBOLS.pd ?? 0;
/** Of an entry of the page directory. */
const ACCESSED = 0x20;
/** Of a page fault's error code. */
const WRITE = 2;
const hex = (value: number): string => (value >>> 0).toString(16);

/** Bits that the manual leaves undefined: of EFLAGS, and of the general registers. */
export interface Undefined {
  readonly flags: number;
  readonly registers: number;
  /**
   * Accessed bits of the page directory: Bochs sets none before the whole walk has succeeded, here and in QEMU an entry is
   * marked when the walk goes on through it ("uses a paging-structure entry", SDM volume 3, 4.8, allows both).
   */
  readonly accessed: boolean;
  /**
   * Where error codes of page faults lie of which one may say write and the other read; a read that came before has marked
   * entries of tables on one side only.
   */
  readonly errorCodes: readonly number[];
}

/** What differs, a line each. */
export function compareStates(ours: State, theirs: State, ignored: Undefined): readonly string[] {
  const found: string[] = [];
  const compare = (name: string, a: number, b: number, mask = 0xffff_ffff) => {
    if (((a ^ b) & mask) !== 0) found.push(`${name} ${hex(a & mask)}, Bochs ${hex(b & mask)}`);
  };
  for (const name of REGISTERS) {
    const general = R.GPR_NAMES.includes(name as (typeof R.GPR_NAMES)[number]);
    const undefinedBits = name === 'EFLAGS' ? ignored.flags : general ? ignored.registers : 0;
    compare(name, ours.registers[name], theirs.registers[name], (MASKS[name] ?? 0xffff_ffff) & ~undefinedBits);
  }
  for (const name of SEGMENTS) {
    const [a, b] = [ours.segments[name], theirs.segments[name]];
    compare(name, a.selector, b.selector);
    // Without a table LDTR's cache means nothing.
    if (name === 'LDTR' && a.selector === 0) continue;
    const usable = (a.access & PRESENT) !== 0;
    if (usable !== ((b.access & PRESENT) !== 0)) found.push(`${name} is ${usable ? '' : 'not '}usable, unlike Bochs's`);
    if (!usable) continue;
    compare(`${name}.base`, a.base, b.base);
    compare(`${name}.limit`, a.limit, b.limit);
    // G says nothing once the limit is in bytes.
    compare(`${name}.access`, a.access, b.access, name === 'LDTR' || name === 'TR' ? 0xff : 0x40ff);
  }
  for (const name of TABLES) {
    compare(`${name}.base`, ours.tables[name].base, theirs.tables[name].base);
    compare(`${name}.limit`, ours.tables[name].limit, theirs.tables[name].limit, 0xffff);
  }
  let differing = 0;
  for (let at = 0; at < MEMORY; at++) {
    const tables = DIRECTORY + (ignored.errorCodes.length > 0 ? 0x3000 : 0x1000);
    const isEntry = ignored.accessed && at >= DIRECTORY && at < tables && at % 4 === 0;
    const isCode = ignored.errorCodes.includes(at);
    if (((ours.memory[at] ^ theirs.memory[at]) & (isEntry ? ~ACCESSED : isCode ? ~WRITE : 0xff)) === 0) continue;
    if (++differing <= 8) found.push(`[${hex(at)}] ${hex(ours.memory[at])}, Bochs ${hex(theirs.memory[at])}`);
  }
  if (differing > 8) found.push(`${differing} bytes of memory in all`);
  return found;
}
