/**
 * Segment loads, interrupts and returns that are done by routines, from what was done before, beside the same done by
 * helpers: random ones, learnt once, and done again with something changed that a routine must notice.
 */
import { strict as assert } from 'node:assert';
import { ROUTINE, RUN_EXTENTS, RUN_TABLES } from '../../emulator/cpu/x86/memos';
import * as R from '../../emulator/cpu/x86/registers';
import { X86_ROUTINES } from '../../emulator/cpu/x86/routines';
import { interruptRoutine, realInterruptRoutine } from '../../emulator/cpu/x86/routines/interrupt';
import { popFlagsRoutine } from '../../emulator/cpu/x86/routines/pop-flags';
import { realReturnRoutine, returnRoutine } from '../../emulator/cpu/x86/routines/return';
import { realJumpRoutine, segmentRoutine } from '../../emulator/cpu/x86/routines/segment';
import { RoutineWriter } from '../../emulator/cpu/x86/routines/writer';
import { setCache } from '../../emulator/cpu/x86/segments';
import type { Routine } from '../../emulator/ir/routine';
import { PAGE_SIZE, RUN_CONTEXT, RUN_REPEATING, RUN_TLB } from '../../emulator/memory/layout';
import type { Machine } from '../../emulator/system/machine';
import { RandomCases } from '../bochs/random';
import { Random } from '../lockstep/lockstep';
import type { IsaCase } from './case-file';
import { IsaRunner } from './runner';
import { SYMBOLS } from './world';

const CASES = 3200;
/** Fewest cases of each kind that a routine must have done. */
const DONE = 20;
const ALL = new Set(Array.from({ length: 32 }, (_, vector) => vector));
const ROWS = R.X86_REGISTERS.filter(({ partOf, offset }) => partOf === undefined && !R.LAZY_FLAGS.has(offset));
const RAM = 0x5_8000;
const LEARNT = 1;

/** Bytes that a change may meet: descriptors, gates, the task's stack pointer, stacks, entries of page tables. */
const PLACES: readonly (readonly [symbol: string, first: number, bytes: number])[] = [
  ['gdt', 0, 0x180],
  ['gdt', 8, 0x20],
  ['idt', 0x100, 0x100],
  ['ldtable', 0, 0x18],
  ['tasks', 4, 8],
  ['stack0', 0, 0x20],
  ['stack3', 0, 0x20],
  ['pt0', 0, 0x40],
];

const KINDS = {
  load: (random: Random) => [0x8e, [0xd8, 0xc0, 0xe0, 0xe8][random.below(4)]],
  interrupt: (random: Random) => [0xcd, 0x30 + random.below(12)],
  return: (random: Random) => (random.below(4) === 0 ? [0x66, 0xcf] : [0xcf]),
  /** JMP far of real mode: to one of few selectors. */
  jump: (random: Random) => [0xea, random.below(256), random.below(256), 0, random.below(4) << 4],
  flags: (random: Random) => (random.below(2) === 0 ? [0x66, 0x9d] : [0x9d]),
  /** UD2, or a division by zero: an exception with a handler. */
  fault: (random: Random) => (random.below(2) === 0 ? [0x0f, 0x0b] : [0xcd, 0x35]),
} as const;
type Kind = keyof typeof KINDS;
/** Selectors that a load may well take. */
const SELECTORS = ['data0', 'data3', 'code3', 'conform0', 'small3', 'local3', 'readonly'] as const;
const NAMES = Object.keys(KINDS) as readonly Kind[];

const symbol = (name: string): number => SYMBOLS[name] ?? 0;

interface Change {
  readonly what: string;
  apply(machine: Machine): void;
}

/** Something that may matter to a transfer, but for what says where descriptors lie. */
function randomChange(random: Random): Change | undefined {
  const kind = random.below(11);
  if (kind < 4) return undefined;
  if (kind === 10) return { what: 'call record', apply: ({ processor: { cpu } }) => cpu.calls.push(4, 4, 4, 0, 4) };
  if (kind === 4) {
    const bit = [R.FLAG.IF, R.FLAG.TF, R.FLAG.NT, R.FLAG.IOPL, 0x1000, R.FLAG.DF, R.FLAG.CF, R.FLAG.ZF][
      random.below(8)
    ];
    return {
      what: `EFLAGS bit ${bit}`,
      apply: ({ processor: { cpu } }) => cpu.core.setFlags(cpu.core.getFlags() ^ bit),
    };
  }
  if (kind === 5) {
    const to = [0, 2, 4, 5, 0x102, 0x102, 0x1002, 0xfffc, 0xfffe, 0xffff_fffc, -4, -0x1000][random.below(12)];
    return {
      what: `ESP ${to}`,
      apply: ({ processor: { cpu } }) => cpu.core.set(R.ESP, to < 0 ? cpu.core.get(R.ESP) + to : to),
    };
  }
  const [name, first, bytes] = PLACES[random.below(PLACES.length)];
  const address = symbol(name) + first + random.below(bytes);
  const value = random.next() & (random.below(2) === 0 ? 0xff : 0x7f);
  const flips = random.below(2) === 0 ? 1 << random.below(8) : undefined;
  return {
    what: `${name}+${(address - symbol(name)).toString(16)}`,
    apply: ({ board: { memory } }) =>
      memory.load(address, Uint8Array.of(flips === undefined ? value : memory.peek(address, 1) ^ flips)),
  };
}

/** Lets helpers and routines reach all pages without asking, as far as page tables say so. */
function reachAll({ processor: { cpu } }: Machine): void {
  for (let page = 0; page < RAM; page += PAGE_SIZE)
    for (const table of [0, 1]) for (const write of [false, true]) cpu.core.space.admit(table, page, 1, write);
}

const stateOf = ({ processor: { cpu }, board: { memory } }: Machine): ReadonlyMap<string, string | Buffer> => {
  const found = new Map<string, string | Buffer>(ROWS.map(({ name }) => [name, cpu.readRegister(name).toString(16)]));
  for (const [name, at] of Object.entries({ RUN_CONTEXT, RUN_TLB, RUN_EXTENTS, RUN_REPEATING }))
    found.set(name, cpu.core.get(at).toString(16));
  found.set('interrupted', String(cpu.core.interrupted));
  const calls = cpu.calls.save();
  // What lies behind the record's fields is no part of the state.
  found.set('calls', Buffer.from(calls).toString('hex'));
  return found.set('memory', Buffer.from(memory.readBytes(0, RAM)));
};

function differences(
  a: ReadonlyMap<string, string | Buffer>,
  b: ReadonlyMap<string, string | Buffer>,
): readonly string[] {
  return [...a].flatMap(([name, value]) => {
    const other = b.get(name);
    if (typeof value === 'string') return value === other ? [] : [`${name} ${value} and ${String(other)}`];
    if (other === undefined || typeof other === 'string') return [name];
    if (value.equals(other)) return [];
    const at = value.findIndex((byte, i) => byte !== other[i]);
    return [`[${at.toString(16)}] ${value[at]?.toString(16) ?? ''} and ${other[at]?.toString(16) ?? ''}`];
  });
}

/** What differed, and how many of each kind a routine has done. */
function check(
  runner: IsaRunner,
  most: number,
): { readonly found: readonly string[]; readonly done: Map<Kind, number> } {
  const done = new Map<Kind, number>(NAMES.map((name) => [name, 0]));
  const found: string[] = [];
  let other = LEARNT;
  for (let n = 0; n < CASES && found.length < most; n++) {
    const random = new Random((n * 0x9e37_79b1) | 1);
    const kind = NAMES[random.below(NAMES.length)];
    const code = Uint8Array.from([...KINDS[kind](random), 0xf4]);
    const { one } = new RandomCases(random).next();
    const { world } = one;
    // There helpers do everything.
    if (world === 'virtual8086') continue;
    const change = randomChange(random);
    const catches = kind === 'fault' || random.below(2) === 0 ? new Set<number>() : ALL;
    const before = one.before.filter(({ target }) => target.kind !== 'flag' || !['TF', 'RF'].includes(target.name));
    const tight = kind === 'interrupt' && (world === 'flat' || world === 'paged') && random.below(2) === 0;
    if (kind === 'load') {
      const selector = symbol(SELECTORS[random.below(SELECTORS.length)]) | (random.below(2) === 0 ? 3 : 0);
      before.push({ target: { kind: 'register', name: 'EAX' }, value: selector });
    }
    const two: IsaCase = { ...one, before };
    const machine = runner.prepare(two, code);
    const { processor } = machine;
    const { cpu } = processor;
    let helped = false;
    const right = cpu.helper.bind(cpu);
    cpu.helper = (id, a, b) => {
      helped = true;
      right(id, a, b);
    };
    let routines = 0;
    const routine = cpu.core.routine;
    cpu.core.routine = (number, a, b) => {
      const given = routine(number, a, b);
      routines += given;
      return given;
    };
    // Where the first return has led: its call is in the record for the others.
    let called: { readonly returnTo: number; readonly sp: number } | undefined;
    const run = (tables: number, changed: boolean): ReadonlyMap<string, string | Buffer> => {
      runner.prepare(two, code);
      if (tight) {
        // A stack of 100h bytes.
        setCache(cpu.core, R.SS, symbol('small'), symbol('data'), 0xff, 0x4093);
        cpu.core.set(R.ESP, 0x80);
      }
      cpu.calls.clear();
      if (called !== undefined) cpu.calls.push(called.returnTo, called.sp, 0, 0, 0);
      if (changed) change?.apply(machine);
      cpu.core.updateContext();
      reachAll(machine);
      cpu.core.set(RUN_TABLES, tables);
      machine.catches = { vectors: catches, unmodelled: false };
      helped = false;
      routines = 0;
      const start = machine.count;
      const stop = machine.run({ count: start + 1, time: Infinity, breakpoints: false }, false);
      const state = new Map(stateOf(machine));
      return state.set('stop', `${stop.kind} ${stop.kind === 'exception' ? stop.fault.reason : ''}`);
    };
    try {
      run(LEARNT, false);
      if (kind === 'return') called = { returnTo: cpu.core.pc, sp: cpu.core.stackLinear };
      const byRoutine = run(LEARNT, true);
      if (kind === 'fault' ? routines > 0 : !helped && byRoutine.get('stop') === 'limit ')
        done.set(kind, (done.get(kind) ?? 0) + 1);
      const byHelper = run(++other, true);
      const differs = differences(byHelper, byRoutine);
      if (differs.length > 0)
        found.push(`case ${n}, ${world}, ${kind}, ${change?.what ?? 'nothing changed'}: ${differs.join('; ')}`);
    } finally {
      Reflect.deleteProperty(cpu, 'helper');
      cpu.core.routine = routine;
    }
  }
  return { found, done };
}

type Method = (...parameters: readonly unknown[]) => unknown;

/** Whether anything differs; or a routine reaches for what is no memory. */
function isFound(): boolean {
  try {
    return check(new IsaRunner(), 1).found.length > 0;
  } catch (thrown) {
    if (thrown instanceof Error && /out of bounds/.test(thrown.message)) return true;
    throw thrown;
  }
}

describe('routines', function () {
  this.timeout(120_000);

  it('do what the helpers do', () => {
    const { found, done } = check(new IsaRunner(), 5);
    assert.deepEqual(found, []);
    for (const [kind, count] of done) assert.ok(count >= DONE, `${kind}: ${count} done by routines`);
  });

  // A check of a routine that is left out, one at a time.
  for (const name of ['unchanged', 'within', 'reach', 'setFlags', 'enterContext', 'copyImage', 'lastRecord'] as const)
    it(`are found out without ${name}`, () => {
      const methods = RoutineWriter.prototype as unknown as Record<string, Method>;
      const right = methods[name];
      const routines = X86_ROUTINES as Routine[];
      const all = [...routines];
      methods[name] = function (this: RoutineWriter, ...parameters) {
        // What gives a value gives one, but checks nothing.
        if (name !== 'reach' && name !== 'lastRecord') return undefined;
        const declines = this.declineIf.bind(this);
        this.declineIf = () => undefined;
        const value = right.call(this, ...parameters);
        this.declineIf = declines;
        return value;
      };
      try {
        const made = [
          segmentRoutine(),
          realInterruptRoutine(),
          interruptRoutine(),
          realReturnRoutine(),
          returnRoutine(),
          ...all.slice(ROUTINE.ADMIT, ROUTINE.REAL_JUMP),
          realJumpRoutine(),
          popFlagsRoutine(),
        ].map((routine) => ({ ...routine }));
        routines.splice(0, routines.length, ...made);
        assert.ok(isFound());
      } finally {
        methods[name] = right;
        routines.splice(0, routines.length, ...all);
      }
    });
});
