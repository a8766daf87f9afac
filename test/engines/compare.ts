/** Runs a program on the interpreter and compiled, cut at random counts, and says where they first differ. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';
import { digestMachine } from '../../emulator/system/machine-state';
import { Random } from '../lockstep/lockstep';
import { type EngineMode, withEngine } from '../support/engines';
import { type Kind, makeProgram, type Program, sourceOf } from './program';

/** How far a program is run, and how many looks are taken on the way. */
const COUNTS = 60_000;
const LOOKS = 16;

/** The image of a program; undefined when NASM refuses it. */
function assemble(program: Program): Uint8Array | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'engines-'));
  try {
    const [source, image] = [path.join(folder, 'program.asm'), path.join(folder, 'program.img')];
    writeFileSync(source, sourceOf(program));
    execFileSync('nasm', ['-f', 'bin', '-w-all', '-o', image, source], { stdio: 'pipe' });
    const bytes = new Uint8Array(1_474_560);
    bytes.set(readFileSync(image));
    bytes.set([0x55, 0xaa], 510);
    return bytes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function machineOf(image: Uint8Array, mode: EngineMode, kind: Kind): Machine {
  return withEngine(
    mode,
    (engine) =>
      new Machine({
        machine: 'pc',
        cpu: kind === 'paged' ? 'pentium' : '80386',
        engine,
        memoryBytes: 1 << 20,
        floppies: [new MemorySource(image)],
        disks: [],
        bootOrder: ['floppy'],
        rtcEpochSeconds: 0,
      }),
  );
}

/** Runs to a count, whatever stops on the way; gives what stops for good. */
function runTo(machine: Machine, count: number, breakpoints: ReadonlySet<number>): string {
  machine.processor.setBreakpoints(breakpoints);
  let resume = false;
  while (machine.count < count) {
    const stop = machine.run({ count, time: Infinity, breakpoints: true }, resume);
    resume = stop.kind === 'breakpoint';
    if (stop.kind === 'dead') return stop.reason;
  }
  return '';
}

export interface Comparison {
  readonly difference?: string;
  /** Counts that compiled code executed. */
  readonly compiled: number;
  readonly counts: number;
}

/** @throws Error when the program can't be assembled */
export function compare(program: Program, mode: EngineMode): Comparison {
  const image = assemble(program);
  if (image === undefined) throw new Error('The program can not be assembled.');
  const random = new Random(program.seed * 2 + 1);
  const [plain, compiled] = [machineOf(image, 'interpreter', program.kind), machineOf(image, mode, program.kind)];
  const boot = new Set([0x7c00]);
  for (const machine of [plain, compiled]) {
    machine.processor.setBreakpoints(boot);
    machine.run({ count: 1e8, time: Infinity, breakpoints: true }, false);
  }
  const start = plain.count;
  for (let look = 0; look < LOOKS; look++) {
    const count = plain.count + 1 + random.below(Math.floor((2 * COUNTS) / LOOKS));
    // Breakpoints that come and go stop and drop code, and change nothing else.
    const breakpoints = new Set(Array.from({ length: random.below(3) }, () => 0x7d00 + random.below(0x200)));
    const ends = [plain, compiled].map((machine) => runTo(machine, count, breakpoints));
    const [a, b] = [digestMachine(plain), digestMachine(compiled)];
    if (a !== b || ends[0] !== ends[1] || plain.count !== compiled.count) {
      const told = [plain, compiled].map((machine) => `count ${machine.count} ${registersOf(machine)}`);
      return {
        difference: `between counts ${start} and ${count}, look ${look}:\n${told.join('\n')}\n${ends.join(' | ')}`,
        compiled: compiled.processor.compiledCounts,
        counts: compiled.count,
      };
    }
    if (ends[0] !== '') break;
  }
  return { compiled: compiled.processor.compiledCounts, counts: compiled.count - start };
}

function registersOf({ processor }: Machine): string {
  const names = ['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI', 'EIP', 'EFLAGS'];
  return names.map((name) => `${name}=${processor.cpu.readRegister(name).toString(16)}`).join(' ');
}

/** The smallest program, made by leaving pieces out, that still differs. */
function shrink(program: Program, mode: EngineMode): Program {
  let smallest = program;
  const differs = (candidate: Program): boolean => {
    try {
      return compare(candidate, mode).difference !== undefined;
    } catch {
      // A label was left out that others jump to.
      return false;
    }
  };
  for (let size = smallest.pieces.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < smallest.pieces.length; ) {
      const pieces = [...smallest.pieces.slice(0, at), ...smallest.pieces.slice(at + size)];
      const candidate = { ...smallest, pieces };
      if (differs(candidate)) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}

/** Compares the program of a seed; gives what a person needs to look into a difference. */
export function check(seed: number, mode: EngineMode): Comparison {
  const program = makeProgram(seed);
  const found = compare(program, mode);
  if (found.difference === undefined) return found;
  const smallest = shrink(program, mode);
  const { difference } = compare(smallest, mode);
  return { ...found, difference: `seed ${seed}, ${mode}: ${difference ?? ''}\n${smallest.pieces.join('\n')}` };
}
