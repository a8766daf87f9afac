/** Runs ISA cases on the machine `pc`: its run loop, its memory, its A20 gate. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exceptionInfo } from '../../emulator/cpu/x86/fault';
import type { X86Core } from '../../emulator/cpu/x86/core';
import type { CpuModelId } from '../../emulator/cpu/x86/models';
import * as R from '../../emulator/cpu/x86/registers';
import { PAGE_SIZE } from '../../emulator/memory/layout';
import { BlockCache } from '../../emulator/engine/block-cache';
import type { Machine, MachineStop } from '../../emulator/system/machine';
import { type EngineMode, withEngine } from '../support/engines';
import { bareMachine } from '../support/machines';
import type { IsaCase, Target } from './case-file';
import { SYMBOLS, WORLDS, type World } from './world';

/** Bytes a case has for its code. */
const SLOT = 512;
const RAM = 0xa_0000;
const ZEROS = new Uint8Array(PAGE_SIZE);
const FLAG_SHIFT: Readonly<Record<string, number>> = {
  CF: 0,
  PF: 2,
  AF: 4,
  ZF: 6,
  SF: 7,
  TF: 8,
  IF: 9,
  DF: 10,
  OF: 11,
  IOPL: 12,
  NT: 14,
  RF: 16,
  VM: 17,
  AC: 18,
  ID: 21,
};
/** Must be as before unless a case says otherwise. */
const KEPT = [...R.GPR_NAMES, ...R.SEGMENT_NAMES] as const;

/** Assembles the code of all cases in one run of NASM. @throws Error with NASM's complaint and the case it is about */
export function assemble(cases: readonly IsaCase[]): readonly Uint8Array[] {
  const symbols = Object.entries(SYMBOLS).map(([name, value]) => `%define ${name} ${value}`);
  const source = cases.map((one, i) => {
    const { bits, code } = worldOf(one);
    // Labels of a case are those of code at its place.
    return [`section s${i} start=${i * SLOT} vstart=${bits === 32 ? code : 0}`, `bits ${bits}`, ...one.asm, 'hlt'].join(
      '\n',
    );
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'isa-'));
  try {
    const file = path.join(folder, 'cases.asm');
    writeFileSync(file, [...symbols, ...source, ''].join('\n'));
    execFileSync('nasm', ['-f', 'bin', '-w-all', '-o', path.join(folder, 'cases.bin'), file], { stdio: 'pipe' });
    const image = readFileSync(path.join(folder, 'cases.bin'));
    return cases.map((_, i) => {
      const bytes = new Uint8Array(SLOT);
      bytes.set(image.subarray(i * SLOT, (i + 1) * SLOT));
      return bytes;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function worldOf({ world, name }: IsaCase): World {
  const found = WORLDS[world];
  if (found === undefined) throw new Error(`The case '${name}' names a world '${world}', which is not known.`);
  return found;
}

/** Grants direct access to all RAM that may have it. */
function fillTlb(core: X86Core): void {
  for (let page = 0; page < RAM; page += PAGE_SIZE) {
    if (core.debug.guards(page)) continue;
    for (const table of [0, 1]) core.tlb.fillPhysical(table, page);
  }
}

export class IsaRunner {
  private readonly machines = new Map<CpuModelId, Machine>();

  constructor(private readonly mode: EngineMode = 'interpreter') {}

  /** Counts that compiled code has executed so far. */
  get compiledCounts(): number {
    return [...this.machines.values()].reduce((sum, { processor }) => sum + processor.compiledCounts, 0);
  }

  private machine(cpu: CpuModelId): Machine {
    BlockCache.validates = true;
    const known = this.machines.get(cpu);
    if (known !== undefined) return known;
    const memoryBytes = 4 * 1024 * 1024;
    const machine = withEngine(this.mode, (engine) => bareMachine(engine, memoryBytes, cpu));
    this.machines.set(cpu, machine);
    return machine;
  }

  /** A machine that stands before a case's first instruction. */
  prepare(one: IsaCase, code: Uint8Array): Machine {
    const machine = this.machine(one.cpu);
    const { cpu } = machine.processor;
    const { core } = cpu;
    machine.powerOn();
    const { memory } = machine.board;
    const first = memory.frameOf(memory.hostOf(0));
    for (let n = 0; n < RAM / PAGE_SIZE; n++) memory.loadFrame(first + n, ZEROS);
    const world = worldOf(one);
    world.enter(core);
    core.memory.load(world.code, code);
    core.updateContext();
    for (const { target, value } of one.before) this.set(machine, target, value);
    core.updateContext();
    return machine;
  }

  /** Where the last case ended: linear address of the next instruction, and the counts that it took. */
  end = { pc: 0, counts: 0 };

  /**
   * Runs a case; gives what is not as it says. `end`: where it is known to end. It is given fuel for more then, so that a
   * block can run compiled as a whole, and a breakpoint there stops it.
   */
  run(one: IsaCase, code: Uint8Array, end?: { readonly pc: number; readonly counts: number }): readonly string[] {
    const machine = this.prepare(one, code);
    const { cpu } = machine.processor;
    const { core } = cpu;
    const start = core.get(R.EIP);
    const before = new Map(KEPT.map((name) => [name, cpu.readRegister(name)]));
    const wantsFault = one.fault !== undefined;
    machine.catches = {
      vectors: new Set(wantsFault ? Array.from({ length: 32 }, (_, v) => v) : []),
      unmodelled: false,
    };
    // The first access to a page leaves compiled code: with all of them known it does what it was compiled for.
    if (this.mode !== 'interpreter' && !core.space.isPaged) fillTlb(core);
    const first = machine.count;
    machine.processor.setBreakpoints(new Set(end === undefined ? [] : [end.pc]));
    const more = end === undefined ? 0 : 64;
    const limits = { count: first + one.steps + more, time: Infinity, breakpoints: end !== undefined };
    const stop = machine.run(limits, false);
    machine.processor.setBreakpoints(new Set());
    this.end = { pc: core.pc, counts: machine.count - first };
    // It was there before, or an interrupt came first: then nothing is known of where it ends.
    if (end !== undefined && this.end.counts !== end.counts) return this.run(one, code);
    const wrong = [...this.outcome(one, stop)];
    const named = new Set<string>();
    for (const { target, value } of one.after) {
      if (target.kind === 'register') named.add(target.name);
      const got = this.get(machine, target);
      if (got !== value) wrong.push(`${label(target)} is ${hex(got)}, not ${hex(value)}`);
    }
    for (const name of KEPT) {
      const got = cpu.readRegister(name);
      if (!named.has(name) && got !== before.get(name)) wrong.push(`${name} has changed to ${got.toString(16)}`);
    }
    if (!named.has('EIP') && !one.dead && (!wantsFault || one.steps === 1)) {
      // The HLT behind a case's code is its last byte that is not zero.
      const length = code.findLastIndex((byte) => byte !== 0);
      const expected = wantsFault ? start : start + length;
      if (core.get(R.EIP) !== expected) wrong.push(`EIP is ${hex(core.get(R.EIP))}, not ${hex(expected)}`);
    }
    return wrong;
  }

  private *outcome(one: IsaCase, stop: MachineStop): Generator<string> {
    const got = stop.kind === 'exception' ? faultName(stop.fault.vector, stop.fault.error) : undefined;
    const why = stop.kind === 'exception' ? ` (${stop.fault.reason})` : '';
    const expected = one.fault === undefined ? undefined : normalFault(one.fault);
    if (got !== expected) yield `${got ?? 'no fault'}${why} instead of ${expected ?? 'none'}`;
    if ((stop.kind === 'dead') !== one.dead) yield stop.kind === 'dead' ? `dead: ${stop.reason}` : 'it is not dead';
  }

  private set(machine: Machine, target: Target, value: number): void {
    const { cpu } = machine.processor;
    if (target.kind === 'memory') {
      const bytes = Uint8Array.from({ length: target.size }, (_, i) => (value >>> (8 * i)) & 0xff);
      machine.board.memory.load(target.address, bytes);
    } else if (target.kind === 'flag') {
      const shift = FLAG_SHIFT[target.name] ?? 0;
      const mask = (target.name === 'IOPL' ? 3 : 1) << shift;
      cpu.core.setFlags((cpu.core.getFlags() & ~mask) | (value << shift));
    } else if (target.name === 'A20') setA20(machine, value !== 0);
    else cpu.writeRegister(target.name, BigInt(value));
  }

  private get(machine: Machine, target: Target): number {
    const { cpu } = machine.processor;
    if (target.kind === 'memory') return machine.board.memory.peek(target.address, target.size);
    if (target.kind === 'register') return Number(cpu.readRegister(target.name));
    const shift = FLAG_SHIFT[target.name] ?? 0;
    return (cpu.core.getFlags() >>> shift) & (target.name === 'IOPL' ? 3 : 1);
  }
}

/** `#GP(18)`: with the error code where the vector has one. */
function faultName(vector: number, error: number): string {
  const info = exceptionInfo(vector);
  const name = info?.mnemonic ?? `interrupt ${hex(vector)}`;
  return info?.hasErrorCode === true ? `${name}(${hex(error)})` : name;
}

function normalFault(text: string): string {
  const match = /^(#[A-Z]+)(?:\((.*)\))?$/.exec(text);
  if (match === null) throw new Error(`'${text}' is no fault.`);
  const [, name = '', error] = match;
  if (error === undefined) return name;
  const parts = error.split(/[+|]/).map((part) => SYMBOLS[part] ?? Number.parseInt(part, 16));
  return `${name}(${hex(parts.reduce((sum, part) => sum + part, 0))})`;
}

const label = (target: Target): string => (target.kind === 'memory' ? `[${hex(target.address)}]` : target.name);
const hex = (value: number): string => (value >>> 0).toString(16).toUpperCase();

/** The two switches of the gate: port 92h, and the output port of the keyboard controller. */
function setA20(machine: Machine, on: boolean): void {
  const { ports } = machine.board;
  ports.write(0x92, 1, on ? 2 : 0);
  ports.write(0x64, 1, 0xd1);
  ports.write(0x60, 1, on ? 0xdf : 0xdd);
}
