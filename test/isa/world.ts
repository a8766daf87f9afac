/**
 * The worlds in which ISA cases run: descriptor tables, gates, a task state segment and stacks at fixed places, all with
 * names that the cases use. Numbers are hexadecimal in the cases.
 */
import type { X86Core } from '../../emulator/cpu/x86/core';
import * as R from '../../emulator/cpu/x86/registers';
import { findDescriptor, loadReal, setCache } from '../../emulator/cpu/x86/segments';

const PLACE = {
  GDT: 0x1000,
  IDT: 0x1800,
  LDT: 0x2000,
  TSS: 0x2400,
  /** Handlers of interrupts: 16 bytes each, by vector. */
  HANDLERS: 0x3000,
  /** Tops of the stacks of levels 0 and 3, and of a 16-bit one. */
  STACK0: 0x8000,
  STACK3: 0x9000,
  CODE: 0x1_0000,
  DATA: 0x2_0000,
  /** Page directory, and tables of the first 4 MiB, of the pages below, and of those under every kind of directory entry. */
  DIRECTORY: 0x4_0000,
  TABLE0: 0x4_1000,
  TABLE1: 0x4_2000,
  /** Frames of the pages. */
  FRAMES: 0x5_0000,
  /** Linear addresses: page n has the bits n of its entry (P, W, U) set; the same under directory entry 8 + n. */
  PAGES: 0x40_0000,
} as const;

interface DescriptorRow {
  readonly name: string;
  /** Access byte and flags nibble, as the manual lays them out. */
  readonly access: number;
  readonly flags: number;
  readonly base: number;
  /** 20 bits. */
  readonly limit: number;
}

const row = (name: string, access: number, flags: number, base = 0, limit = 0xfffff): DescriptorRow => ({
  name,
  access,
  flags,
  base,
  limit,
});
/** A call gate: `access`, target and number of parameters. */
const gate = (name: string, access: number, selector: number, offset: number, count = 0): DescriptorRow => {
  // The words of a gate in the places of a segment descriptor's: offset low, selector, count, offset high.
  return {
    name,
    access,
    flags: (offset >>> 20) & 0xf,
    base: ((selector | (count << 16)) >>> 0) + (offset & 0xff000000),
    limit: (offset & 0xffff) | (offset & 0xf0000),
  };
};

/** Flags nibble: G = 8, D/B = 4. */
const WIDE = 0xc;
const ROWS: readonly DescriptorRow[] = [
  row('null', 0, 0, 0, 0),
  row('code0', 0x9b, WIDE),
  row('data0', 0x93, WIDE),
  row('code3', 0xfb, WIDE),
  row('data3', 0xf3, WIDE),
  row('data1', 0xb3, WIDE),
  row('conform0', 0x9f, WIDE),
  row('conform3', 0xff, WIDE),
  row('xonly0', 0x99, WIDE),
  row('xonly3', 0xf9, WIDE),
  row('readonly', 0x91, WIDE),
  /** 100h bytes. */
  row('small', 0x93, 4, PLACE.DATA, 0xff),
  row('small3', 0xf3, 4, PLACE.DATA, 0xff),
  row('down', 0x97, 4, PLACE.DATA, 0xfff),
  row('down16', 0x97, 0, PLACE.DATA, 0xfff),
  row('nodata', 0x13, WIDE),
  row('nocode', 0x1b, WIDE),
  row('nodata3', 0x73, WIDE),
  row('code16', 0x9b, 0, PLACE.CODE, 0xffff),
  row('data16', 0x93, 0, PLACE.DATA, 0xffff),
  /** Page granularity, limit 1: 8 KiB. */
  row('pages', 0x93, WIDE, PLACE.DATA, 1),
  row('unaccessed', 0x92, WIDE),
  row('uncode', 0x9a, WIDE),
  row('smallcode', 0x9b, 4, PLACE.CODE, 0x1ff),
  row('tss', 0x8b, 0, PLACE.TSS, 0x67),
  row('freetss', 0x89, 0, PLACE.TSS, 0x67),
  row('notss', 0x09, 0, PLACE.TSS, 0x67),
  row('tss16', 0x81, 0, PLACE.TSS, 0x2b),
  row('ldt', 0x82, 0, PLACE.LDT, 0xff),
  row('noldt', 0x02, 0, PLACE.LDT, 0xff),
  gate('gate0', 0xec, 0x08, 0x4000),
  gate('gate2', 0xec, 0x08, 0x4000, 2),
  gate('gate16', 0xe4, 0x08, 0x4000, 1),
  gate('gatedpl0', 0x8c, 0x08, 0x4000),
  gate('nogate', 0x6c, 0x08, 0x4000),
  gate('gatedata', 0xec, 0x10, 0x4000),
  gate('gatenull', 0xec, 0x00, 0x4000),
  gate('gatecode3', 0xec, 0x18, 0x4000),
  gate('gateconform', 0xec, 0x30, 0x4000),
  gate('taskgate', 0xe5, 0xc0, 0),
];
const LOCAL_ROWS: readonly DescriptorRow[] = [
  row('localnull', 0, 0, 0, 0),
  row('local', 0x93, WIDE),
  row('local3', 0xf3, WIDE),
];

function bytesOf(rows: readonly DescriptorRow[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * 8);
  const view = new DataView(bytes.buffer);
  rows.forEach(({ access, flags, base, limit }, i) => {
    view.setUint32(8 * i, ((base << 16) | (limit & 0xffff)) >>> 0, true);
    const high = (base & 0xff00_0000) | (flags << 20) | (limit & 0xf_0000) | (access << 8) | ((base >>> 16) & 0xff);
    view.setUint32(8 * i + 4, high >>> 0, true);
  });
  return bytes;
}

/** Gates of the IDT beyond the first 32 vectors, which all lead to level 0 by 32-bit interrupt gates. */
const SELECTORS = Object.fromEntries([
  ...ROWS.map(({ name }, i) => [name, 8 * i] as const),
  ...LOCAL_ROWS.map(({ name }, i) => [name, 8 * i + 4] as const),
]);
const sel = (name: string): number => SELECTORS[name] ?? 0;
const INTERRUPTS: Readonly<Record<number, readonly [access: number, selector: number]>> = {
  0x30: [0xee, sel('code0')],
  0x31: [0xef, sel('code0')],
  0x32: [0x8e, sel('code0')],
  0x33: [0xe6, sel('code0')],
  0x34: [0xe7, sel('code0')],
  0x35: [0x6e, sel('code0')],
  0x36: [0xec, sel('code0')],
  0x37: [0xe5, sel('tss')],
  0x38: [0xee, 0],
  0x39: [0xee, sel('conform0')],
  0x3a: [0xee, sel('code3')],
  0x3b: [0xee, sel('data0')],
  0x3c: [0xee, sel('nocode')],
};
const LAST_VECTOR = 0x3f;

function interruptTable(): Uint8Array {
  const bytes = new Uint8Array((LAST_VECTOR + 1) * 8);
  const view = new DataView(bytes.buffer);
  for (let vector = 0; vector <= LAST_VECTOR; vector++) {
    const [access, selector] = INTERRUPTS[vector] ?? [0x8e, sel('code0')];
    const offset = PLACE.HANDLERS + 16 * vector;
    view.setUint32(8 * vector, ((selector << 16) | (offset & 0xffff)) >>> 0, true);
    view.setUint32(8 * vector + 4, ((offset & 0xffff_0000) | (access << 8)) >>> 0, true);
  }
  return bytes;
}

function taskState(): Uint8Array {
  const bytes = new Uint8Array(0x68);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, PLACE.STACK0, true);
  view.setUint32(8, sel('data0'), true);
  view.setUint16(0x66, 0x68, true);
  return bytes;
}

/** Words that the cases may use for numbers. */
export const SYMBOLS: Readonly<Record<string, number>> = {
  ...SELECTORS,
  gdt: PLACE.GDT,
  idt: PLACE.IDT,
  ldtable: PLACE.LDT,
  tasks: PLACE.TSS,
  handler: PLACE.HANDLERS,
  stack0: PLACE.STACK0,
  stack3: PLACE.STACK3,
  code: PLACE.CODE,
  data: PLACE.DATA,
  pd: PLACE.DIRECTORY,
  pt0: PLACE.TABLE0,
  pt1: PLACE.TABLE1,
  frames: PLACE.FRAMES,
  mapped: PLACE.PAGES,
};

export interface World {
  readonly bits: 16 | 32;
  /** Linear address of the case's code. */
  readonly code: number;
  enter(core: X86Core): void;
}

/** Bit of a code or data segment's access byte that a load sets. */
const ACCESSED = 1;

function loadNamed(core: X86Core, s: number, name: string, rpl = 0): void {
  const selector = sel(name) | rpl;
  const found = findDescriptor(core, selector);
  if (found === undefined) throw new Error(`There is no descriptor '${name}'.`);
  setCache(core, s, selector, found.base, found.limit, found.access | (s <= R.GS ? ACCESSED : 0));
}

/** Protected mode with all tables; stack and code as named. */
const protectedWorld = (
  bits: 16 | 32,
  codeSegment: string,
  dataSegment: string,
  level: 0 | 3,
  stack: number,
): World => ({
  bits,
  code: PLACE.CODE,
  enter: (core) => {
    core.memory.load(PLACE.GDT, bytesOf(ROWS));
    core.memory.load(PLACE.LDT, bytesOf(LOCAL_ROWS));
    core.memory.load(PLACE.IDT, interruptTable());
    core.memory.load(PLACE.TSS, taskState());
    core.set(R.GDTR_BASE, PLACE.GDT);
    core.set(R.GDTR_LIMIT, ROWS.length * 8 - 1);
    core.set(R.IDTR_BASE, PLACE.IDT);
    core.set(R.IDTR_LIMIT, (LAST_VECTOR + 1) * 8 - 1);
    core.set(R.CR0, core.get(R.CR0) | R.CR0_PE);
    loadNamed(core, R.LDTR, 'ldt');
    loadNamed(core, R.TR, 'tss');
    loadNamed(core, R.CS, codeSegment, level);
    for (const s of [R.ES, R.SS, R.DS, R.FS, R.GS]) loadNamed(core, s, dataSegment, level);
    core.set(R.ESP, stack);
    core.set(R.EIP, codeSegment === 'code16' ? 0 : PLACE.CODE);
  },
});

/** The segments of virtual 8086 mode, as real mode's; stack, code and tables where `user` and `real` have them. */
const virtualWorld: World = {
  bits: 16,
  code: PLACE.CODE,
  enter: (core) => {
    protectedWorld(16, 'code3', 'data3', 3, 0x1000).enter(core);
    core.setFlags(R.FLAG.VM);
    const segments = [PLACE.DATA >> 4, PLACE.CODE >> 4, 0x500, PLACE.DATA >> 4, PLACE.DATA >> 4, PLACE.DATA >> 4];
    for (const [s, selector] of segments.entries()) setCache(core, s, selector, selector << 4, 0xffff, 0xf3);
    core.set(R.EIP, 0);
  },
};

const realWorld: World = {
  bits: 16,
  code: PLACE.CODE,
  enter: (core) => {
    loadReal(core, R.CS, PLACE.CODE >> 4);
    for (const s of [R.ES, R.DS, R.FS, R.GS]) loadReal(core, s, PLACE.DATA >> 4);
    loadReal(core, R.SS, 0x500);
    core.set(R.ESP, 0x1000);
    core.set(R.EIP, 0);
    // Vector n leads to 0300:16n.
    const table = new Uint8Array(0x400);
    const view = new DataView(table.buffer);
    for (let vector = 0; vector < 256; vector++) view.setUint32(4 * vector, (0x300 << 16) | (16 * vector), true);
    core.memory.load(0, table);
  },
};

/** Entries of the directory behind PAGES' that all lead to its table, with the bits of their number. */
export const RIGHTS_DIRECTORY = 8;
const PAGE_COUNT = 8;
/** Present, writable, user. */
const ALL = 7;

/** Page tables: the first 4 MiB as they are, for everybody; then pages of all kinds. No entry is marked accessed. */
function pageTables(core: X86Core): void {
  const put = (table: number, index: number, entry: number) =>
    core.memory.load(table + 4 * index, Uint8Array.from(Buffer.from(Uint32Array.of(entry).buffer)));
  put(PLACE.DIRECTORY, 0, PLACE.TABLE0 | ALL);
  put(PLACE.DIRECTORY, PLACE.PAGES >>> 22, PLACE.TABLE1 | ALL);
  for (let page = 0; page < 256; page++) put(PLACE.TABLE0, page, (page << 12) | ALL);
  for (let n = 0; n < PAGE_COUNT; n++) {
    put(PLACE.TABLE1, n, (PLACE.FRAMES + 0x1000 * n) | n);
    put(PLACE.DIRECTORY, RIGHTS_DIRECTORY + n, PLACE.TABLE1 | n);
  }
}

const paged = (world: World): World => ({
  ...world,
  enter: (core) => {
    world.enter(core);
    pageTables(core);
    core.set(R.CR3, PLACE.DIRECTORY);
    core.set(R.CR0, core.get(R.CR0) | R.CR0_PG);
    core.space.changed();
  },
});

const flatWorld = protectedWorld(32, 'code0', 'data0', 0, PLACE.STACK0);
const userWorld = protectedWorld(32, 'code3', 'data3', 3, PLACE.STACK3);

export const WORLDS: Readonly<Record<string, World>> = {
  real: realWorld,
  flat: flatWorld,
  user: userWorld,
  paged: paged(flatWorld),
  pageduser: paged(userWorld),
  virtual8086: virtualWorld,
  protected16: protectedWorld(16, 'code16', 'data16', 0, 0x1000),
};
