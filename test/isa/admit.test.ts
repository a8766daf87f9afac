/**
 * Page walks by the routine beside those by LinearSpace.admit: random accesses, entries that change, code, snapshots and
 * rights in between. Both must leave the same entries, marks and soft TLB, and what the soft TLB grants must be what a walk allows.
 */
import { strict as assert } from 'node:assert';
import type { X86Core } from '../../emulator/cpu/x86/core';
import { CpuFault } from '../../emulator/cpu/x86/fault';
import { ROUTINE } from '../../emulator/cpu/x86/memos';
import { ENTRY, PageWalk, PAGING_32 } from '../../emulator/cpu/x86/paging';
import * as R from '../../emulator/cpu/x86/registers';
import { X86_ROUTINES } from '../../emulator/cpu/x86/routines';
import { admitRoutine } from '../../emulator/cpu/x86/routines/admit';
import { RoutineWriter } from '../../emulator/cpu/x86/routines/writer';
import type { Operand } from '../../emulator/ir/block';
import type { Routine } from '../../emulator/ir/routine';
import {
  CPU_BASE,
  FRAME_FLAGS,
  FRAMES,
  PAGE_SIZE,
  TLB,
  TLB_COUNT,
  TLB_ENTRIES,
  TLB_ENTRY_BYTES,
  TLB_FILLS,
} from '../../emulator/memory/layout';
import { ASKED } from '../../emulator/memory/access';
import { CODE_LINE_BITS } from '../../emulator/memory/code-map';
import { TLB_ADDEND, TLB_READ, TLB_TOLD, TLB_WRITE } from '../../emulator/memory/tlb';
import { Random } from '../lockstep/lockstep';
import type { IsaCase } from './case-file';
import { bareMachine, enterFlat, word } from '../support/machines';
import { IsaRunner } from './runner';
import { SYMBOLS } from './world';

const CASES = 100;
const STEPS = 200;
/** Fewest accesses that the routine must have granted, and writes to tables among them. */
const GRANTED = 700;
const TOLD = 60;
const RAM = 0x6_0000;
const symbol = (name: string): number => SYMBOLS[name] ?? 0;
const TABLES = [symbol('pd'), symbol('pt0'), symbol('pt1')] as const;
/** They lie one behind the other. */
const TABLE_BYTES = TABLES.length * PAGE_SIZE;
const WATCH = { base: 0x8000, length: 4, read: true, write: true, linear: false } as const;
/** The directory maps itself there. */
const SELF = 5;

const caseOf = (world: string, cpu: IsaCase['cpu']): IsaCase => ({
  ...{ name: 'admit', line: 0, world, cpu, asm: [], before: [], after: [], dead: false, steps: 1 },
});

/** What a step may leave in memory and in the machine's own. */
function stateOf({ memory }: X86Core): Buffer {
  const parts = [
    memory.u8.subarray(CPU_BASE + TLB, CPU_BASE + TLB_FILLS + 4 + 2 * TLB_COUNT * TLB_ENTRIES),
    memory.u8.subarray(FRAMES + TABLES[0], FRAMES + TABLES[0] + TABLE_BYTES),
    memory.u8.subarray(FRAME_FLAGS, FRAME_FLAGS + RAM / PAGE_SIZE),
  ];
  return Buffer.concat(parts);
}

function restore({ memory }: X86Core, state: Buffer): void {
  const fills = 4 + 2 * TLB_COUNT * TLB_ENTRIES;
  const first = TLB_FILLS - TLB + fills;
  memory.u8.set(state.subarray(0, first), CPU_BASE + TLB);
  memory.u8.set(state.subarray(first, first + TABLE_BYTES), FRAMES + TABLES[0]);
  memory.u8.set(state.subarray(first + TABLE_BYTES), FRAME_FLAGS);
}

/** Entries of the soft TLB that grant what no walk allows without an effect. */
function* wrongGrants(core: X86Core): Generator<string> {
  const { memory } = core;
  const walk = new PageWalk(memory);
  const root = {
    mode: PAGING_32,
    table: core.get(R.CR3) & ~0xfff,
    writeProtect: (core.get(R.CR0) & R.CR0_WP) !== 0,
  };
  for (let slot = 0; slot < TLB_COUNT * TLB_ENTRIES; slot++) {
    const at = CPU_BASE + TLB + slot * TLB_ENTRY_BYTES;
    const user = slot >= TLB_ENTRIES;
    for (const [tag, write] of [
      [TLB_READ, false],
      [TLB_WRITE, true],
    ] as const) {
      const linear = memory.view.getUint32(at + tag, true);
      if ((linear & 0xfff) !== 0) continue;
      walk.read(root, linear);
      const host = (linear + memory.view.getUint32(at + TLB_ADDEND, true)) >>> 0;
      const allowed = walk.end === 'page' && walk.accessed && walk.allows(write, user) && (!write || walk.dirty);
      const flags = memory.u8[FRAME_FLAGS + memory.frameOf(host)] & 7;
      if (!allowed || memory.hostOf(walk.page) !== host || (write && flags !== 0))
        yield `${user ? 'user' : 'supervisor'} ${write ? 'write' : 'read'} of ${linear.toString(16)}`;
    }
  }
}

/** A page table, or seldom the directory. */
const tableOf = (random: Random): number => TABLES[random.below(12) === 0 ? 0 : 1 + random.below(2)];

/** A random address: of pages of all kinds, and of the tables. */
function addressOf(random: Random): number {
  const offset = random.below(8) === 0 ? 0xffd + random.below(3) : 4 * random.below(1024);
  const kind = random.below(8);
  if (kind < 3) return (tableOf(random) + random.below(2) + 4 * random.below(32)) & (random.below(4) === 0 ? -1 : ~3);
  if (kind === 3) return ((SELF << 22) + (random.below(2) === 0 ? SELF << 12 : 0) + 4 * random.below(32)) >>> 0;
  if (kind === 4) return (PAGE_SIZE * random.below(RAM / PAGE_SIZE) + offset) >>> 0;
  if (kind === 5) return (((8 + random.below(8)) << 22) + PAGE_SIZE * random.below(8) + offset) >>> 0;
  return (symbol('mapped') + PAGE_SIZE * random.below(8) + offset) >>> 0;
}

/** An entry that may lie in a table: of a page of RAM mostly, or of a page table. */
function entryOf(random: Random): number {
  const bits =
    random.below(8) === 0
      ? random.below(256)
      : ENTRY.PRESENT | (random.next() & 0x60) | (random.below(4) === 0 ? random.below(8) : 6);
  const frame = random.below(3) === 0 ? TABLES[random.below(3)] : PAGE_SIZE * random.below(RAM / PAGE_SIZE);
  return random.below(24) === 0 ? random.next() : frame | bits;
}

/** An address in a page that is to be told of writes, if there is one. */
function toldSlot({ memory, isUser }: X86Core, random: Random): number | undefined {
  const first = isUser ? TLB_ENTRIES : 0;
  for (let slot = first; slot < first + 0x60; slot++) {
    const page = memory.view.getUint32(CPU_BASE + TLB + slot * TLB_ENTRY_BYTES + TLB_TOLD, true);
    if ((page & 0xfff) === 0 && random.below(3) === 0)
      return page + random.below(2) * random.below(4) + 4 * random.below(64);
  }
  return undefined;
}

interface Found {
  readonly wrong: readonly string[];
  readonly granted: number;
  readonly told: number;
}

function check(): Found {
  let granted = 0;
  let told = 0;
  const runner = new IsaRunner();
  for (let n = 0; n < CASES; n++) {
    const random = new Random((n * 0x9e37_79b1) | 1);
    const world = random.below(2) === 0 ? 'paged' : 'pageduser';
    const machine = runner.prepare(caseOf(world, '80486'), Uint8Array.of(0xf4));
    const { core } = machine.processor.cpu;
    const { memory } = core;
    memory.setWatches([]);
    const code: number[] = [];
    const reader = memory.addReader();
    const put = (address: number, value: number) =>
      memory.load(
        address,
        Uint8Array.from([0, 8, 16, 24], (shift) => (value >>> shift) & 0xff),
      );
    put(symbol('pd') + 4 * SELF, symbol('pd') | 7);
    const pages = memory.readBytes(TABLES[0], TABLE_BYTES);
    const wrong = (step: number, what: string): Found => ({
      wrong: [`case ${n}, ${world}, step ${step}: ${what}`],
      granted,
      told,
    });
    for (let step = 0; step < STEPS; step++) {
      if (random.below(20) === 0) for (const host of code.splice(0)) memory.removeCodeLine(host >>> CODE_LINE_BITS);
      const kind = random.below(48);
      const other = addressOf(random);
      if (kind === 0) {
        memory.clearReader(reader);
        for (let frame = 0; frame < RAM / PAGE_SIZE; frame++) if (random.below(6) > 0) memory.noteFrame(frame);
        continue;
      }
      if (kind === 1 || kind === 9) {
        core.space.codePage((other & ~0xfff) >>> 0);
        continue;
      }
      if (kind === 2) {
        // Only the helper asks whether the directory holds code, though it marks nothing there.
        const page = PAGE_SIZE * random.below(RAM / PAGE_SIZE);
        if (page === symbol('pd')) continue;
        memory.addCode(FRAMES + page, 8);
        code.push(FRAMES + page);
        continue;
      }
      if (kind === 3) {
        core.set(R.CR0, core.get(R.CR0) ^ R.CR0_WP);
        core.space.registersLoaded();
        continue;
      }
      if (kind === 4 || kind === 8) {
        put(tableOf(random) + 4 * random.below(32), entryOf(random));
        continue;
      }
      if (kind === 5) {
        // What has become of the tables leads nowhere any more.
        memory.load(TABLES[0], pages);
        continue;
      }
      if (kind === 6 || (kind === 7 && (memory.isWatched || !core.space.isPaged))) {
        const what = random.below(3);
        if (what === 0) memory.setWatches(memory.isWatched ? [] : [WATCH]);
        else if (what === 1) {
          core.set(R.CR0, (core.get(R.CR0) ^ R.CR0_PG) >>> 0);
          core.space.registersLoaded();
        }
        continue;
      }
      const write = random.below(2) === 0;
      const size = [1, 2, 4, 4, 8, 16][random.below(6)];
      const what = size | (write ? 0x100 : 0);
      const before = stateOf(core);
      const slot = random.below(2) === 0 ? toldSlot(core, random) : undefined;
      const address = slot ?? other;
      const isTold = write && core.tlb.toTell(core.isUser ? 1 : 0, address, size) !== 0;
      if (!core.space.isPaged) {
        // Whoever asks then has been compiled for it.
        assert.equal(core.routine(ROUTINE.ADMIT, address, what), 0);
        continue;
      }
      const done = core.routine(ROUTINE.ADMIT, address, what);
      const after = stateOf(core);
      if (done === 0 && !after.equals(before)) return wrong(step, 'it declines, and has changed something');
      if (done === 1) {
        granted++;
        if (isTold) told++;
        restore(core, before);
        if (core.admit(address, what) === 0) return wrong(step, 'it grants what is not granted');
        const other = stateOf(core);
        const at = other.findIndex((byte, i) => byte !== after[i]);
        if (at >= 0)
          return wrong(step, `${address.toString(16)}, ${what.toString(16)}: byte ${at.toString(16)} differs`);
        restore(core, after);
      }
      const isDone = done === 1 || core.admit(address, what) === 1;
      const bytes = Uint8Array.from([0, 8, 16, 24], (shift) => (entryOf(random) >>> shift) & 0xff);
      const value = entryOf(random);
      if (write && isDone) {
        // As compiled code does: by the addend of the entry.
        const table = core.isUser ? TLB_ENTRIES : 0;
        const entry = CPU_BASE + TLB + (table + ((address >>> 12) & (TLB_ENTRIES - 1))) * TLB_ENTRY_BYTES;
        const host = (address + memory.view.getUint32(entry + TLB_ADDEND, true)) >>> 0;
        for (let i = 0; i < size; i++)
          memory.u8[host + i] = size === 4 ? (value >>> (8 * i)) & 0xff : (bytes[i & 3] ?? 0);
      } else if (write) {
        try {
          core.writeLinear(address, 4, value, core.isUser);
        } catch (fault) {
          if (!(fault instanceof CpuFault)) throw fault;
        }
      }
      if (step % 4 === 0) for (const grant of wrongGrants(core)) return wrong(step, grant);
    }
    for (const host of code) memory.removeCodeLine(host >>> CODE_LINE_BITS);
  }
  return { wrong: [], granted, told };
}

/** The routine without its `omitted`th check; how many it has. */
function without(omitted: number): { readonly routine: Routine; readonly checks: number } {
  let checks = 0;
  const methods = RoutineWriter.prototype as unknown as Record<string, (condition: Operand) => void>;
  const right = methods.declineIf;
  methods.declineIf = function (this: RoutineWriter, condition) {
    if (checks++ !== omitted) right.call(this, condition);
  };
  try {
    // Written now, not when it is used.
    const routine = { ...admitRoutine() };
    return { routine, checks };
  } finally {
    methods.declineIf = right;
  }
}

/** Does something with machines whose routine lacks a check. */
function whenOmitted(omitted: number, act: () => void): void {
  const routines = X86_ROUTINES as Routine[];
  const all = [...routines];
  routines[ROUTINE.ADMIT] = without(omitted).routine;
  try {
    act();
  } finally {
    routines.splice(0, routines.length, ...all);
  }
}

/** Present, writable, accessed, dirty. */
const MARKED_ENTRY = 0x63;
const [PD, FIRST, TABLE, COLLIDING, PAGES] = [0x4_0000, 0x4_1000, 0x4_2000, 0x14_2000, 0x5_0000];
/** What the second and the third entry of the directory cover. */
const [SECOND, THIRD] = [0x40_0000, 0x80_0000];
const READ_WORD = 4;
const WRITE_WORD = 4 | ASKED.WRITE;

/** A machine with page tables all of whose entries are marked. The frames of two tables have one place among those noted last. */
class Tables {
  private readonly core: X86Core;

  constructor() {
    const machine = bareMachine('interpreter', 4 << 20);
    this.core = machine.processor.cpu.core;
    enterFlat(machine, new Map([[R.CR3, PD]]));
    for (let page = 0; page < 1024; page++) this.put(FIRST, page, PAGE_SIZE * page);
    for (let page = 0; page < 8; page++)
      for (const table of [TABLE, COLLIDING]) this.put(table, page, PAGES + PAGE_SIZE * page);
    [FIRST, TABLE, COLLIDING].forEach((table, index) => this.put(PD, index, table));
    this.core.set(R.CR0, (this.core.get(R.CR0) | R.CR0_PG) >>> 0);
    this.core.space.registersLoaded();
  }

  put(table: number, index: number, address: number): void {
    this.core.memory.load(table + 4 * index, Uint8Array.from(word(address | MARKED_ENTRY)));
  }

  /** What compiled code asks the host for. */
  host(...addresses: readonly number[]): void {
    for (const address of addresses) assert.equal(this.core.admit(address, READ_WORD), 1);
  }

  fetch(address: number): void {
    assert.notEqual(this.core.space.codePage(address), 0);
  }

  routine(address: number, what: number): number {
    return this.core.routine(ROUTINE.ADMIT, address, what);
  }
}

/** What random accesses seldom meet. The check, and what the routine says: 0 when it declines. */
const SELDOM: readonly {
  readonly what: string;
  readonly omitted: number;
  readonly prepare: (tables: Tables) => number;
}[] = [
  {
    what: 'another table has taken the place of the noted one',
    omitted: 4,
    prepare: (tables) => {
      tables.host(SECOND, THIRD);
      tables.put(PD, 2, TABLE);
      return tables.routine(THIRD, READ_WORD);
    },
  },
  {
    what: 'the table was noted for other addresses only',
    omitted: 5,
    prepare: (tables) => {
      tables.put(PD, 2, TABLE);
      tables.host(SECOND);
      return tables.routine(THIRD, READ_WORD);
    },
  },
  {
    what: 'a table is written, and another has taken its place',
    omitted: 14,
    prepare: (tables) => {
      tables.host(SECOND, THIRD, TABLE);
      return tables.routine(TABLE, WRITE_WORD);
    },
  },
  {
    what: 'the entry that is written is one that code was fetched through',
    omitted: 17,
    prepare: (tables) => {
      tables.host(SECOND, TABLE);
      tables.fetch(SECOND);
      return tables.routine(TABLE, WRITE_WORD);
    },
  },
];

describe('page walks by routine', function () {
  this.timeout(240_000);

  it('are those of the helper', () => {
    const { wrong, granted, told } = check();
    assert.deepEqual(wrong, []);
    assert.ok(granted >= GRANTED && told >= TOLD, `${granted} granted, ${told} of them writes to tables`);
  });

  const { checks } = without(-1);
  const seldom = new Set(SELDOM.map(({ omitted }) => omitted));
  for (let omitted = 0; omitted < checks; omitted++) {
    if (seldom.has(omitted)) continue;
    it(`are found out without check ${omitted} of ${checks}`, () =>
      whenOmitted(omitted, () => assert.notDeepEqual(check().wrong, [])));
  }

  for (const { what, omitted, prepare } of SELDOM) {
    it(`are not made where ${what}`, () => assert.equal(prepare(new Tables()), 0));
    it(`would be without check ${omitted}`, () => whenOmitted(omitted, () => assert.equal(prepare(new Tables()), 1)));
  }
});
