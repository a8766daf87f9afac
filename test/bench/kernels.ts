/** The kernels of the benchmarks: what there is, and how they become images. The sources are in `kernels/`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../../scripts/lib/root';
import { runTool } from '../support/tools';

/** Something to be measured. */
export interface Guest {
  readonly name: string;
  /** What it is about. */
  readonly group: 'compute' | 'memory' | 'system' | 'devices' | 'code' | 'boot';
  /** What it shows, for the page of figures. */
  readonly title: string;
  /** So many take one to four seconds on QEMU's TCG, so that starting is a small part of it on every emulator. */
  readonly rounds: number;
}

export interface Kernel extends Guest {
  /** File of `kernels/`; a `.real.asm` is a floppy that starts in real mode, all others are Multiboot kernels. */
  readonly source: string;
  readonly defines: Readonly<Record<string, number>>;
  readonly cpu?: string | undefined;
}

/** The source is a C file of the same name unless told. */
const kernel = (
  group: Kernel['group'],
  name: string,
  rounds: number,
  title: string,
  { source = `${name}.c`, defines = {}, cpu }: Partial<Pick<Kernel, 'source' | 'defines' | 'cpu'>> = {},
): Kernel => ({ name, group, title, source, defines, cpu, rounds });

export const KERNELS: readonly Kernel[] = [
  kernel('compute', 'collatz', 240, 'lengths of Collatz sequences'),
  kernel('compute', 'sieve', 1200, 'the sieve of Eratosthenes'),
  kernel('compute', 'sha256', 7500, 'SHA-256 of 4 KiB'),
  kernel('compute', 'quicksort', 480, 'quicksort of 20,000 numbers'),
  kernel('compute', 'fib', 600, 'Fibonacci numbers by recursion'),
  kernel('compute', 'calls', 360, 'trees of calls with four arguments'),
  kernel('compute', 'matmul', 1500, 'products of integer matrices'),
  kernel('compute', 'interp', 1200, 'an interpreter of bytecode with a table of jumps'),
  kernel('compute', 'chase', 18, 'pointers through 4 MiB', { source: 'chase.c', defines: { NODES: 65_536 } }),
  kernel('compute', 'chase-small', 600, 'pointers through 16 KiB', { source: 'chase.c', defines: { NODES: 256 } }),
  kernel('compute', 'timer', 4500, 'a loop, interrupted 1000 times a second', { source: 'timer.asm' }),
  kernel('compute', 'timer-near', 4500, 'the same, with the counter in the page of the code', {
    source: 'timer.asm',
    defines: { NEAR: 1 },
  }),
  kernel('memory', 'memops', 1500, 'REP STOSD, MOVSD and MOVSB over 4 KiB to 1 MiB', { source: 'memops.asm' }),
  kernel('memory', 'memloops', 2700, 'copies and fills as loops'),
  kernel('memory', 'strings', 90_000, 'REPE CMPSB and REPNE SCASB', { source: 'strings.asm' }),
  kernel('memory', 'strloops', 4200, 'strlen, strcpy, strcmp, strchr as loops'),
  kernel('system', 'paging', 60_000, 'mappings that change, with loads of CR3', { source: 'paging.c' }),
  kernel('system', 'invlpg', 30_000, 'the same, with an INVLPG for each page', {
    source: 'paging.c',
    defines: { INVLPG: 1 },
    cpu: '80486',
  }),
  kernel('system', 'ring', 1800, 'INT 80h from privilege 3, IRET', { source: 'ring.asm' }),
  kernel('system', 'real16', 750, 'real mode: two segments, far calls', { source: 'real16.real.asm' }),
  kernel('devices', 'vga-text', 18_000, 'text video memory', { source: 'vga.real.asm', defines: { MODE: 3 } }),
  kernel('devices', 'vga-13h', 18_000, 'mode 13h', { source: 'vga.real.asm', defines: { MODE: 0x13 } }),
  kernel('devices', 'vga-planar', 240, 'mode 12h: latches and write mode 2', {
    source: 'vga.real.asm',
    defines: { MODE: 0x12 },
  }),
  kernel('devices', 'ports', 24_000, 'ports of the 8254 and the 8259', { source: 'ports.asm' }),
  kernel('code', 'smc', 350, 'immediates, jumps and routines that are changed', { source: 'smc.asm' }),
];

/** A file to start. */
export interface GuestImage {
  readonly kind: 'multiboot' | 'floppy';
  readonly path: string;
  /** The least CPU of ours that runs it; unless told an 80386. */
  readonly cpu?: string | undefined;
}

const SOURCES = inRoot('test', 'bench', 'kernels');
const RUNTIME = path.join(SOURCES, 'runtime');
const GCC = [
  ...['-m32', '-march=i386', '-O2', '-std=gnu11', '-ffreestanding', '-fno-pic', '-fno-stack-protector'],
  ...['-fno-asynchronous-unwind-tables', '-fcf-protection=none', '-mgeneral-regs-only', '-Wall', '-Wextra', '-Werror'],
];
const FLOPPY_BYTES = 1_474_560;
const SECTOR = 512;

/** Compiles or assembles one source; gives its object file. */
function object(source: string, name: string, defines: readonly string[], folder: string): string {
  const made = path.join(folder, `${name}.o`);
  if (source.endsWith('.c')) runTool('gcc', [...GCC, `-I${RUNTIME}`, ...defines, '-c', source, '-o', made], folder);
  else runTool('nasm', ['-f', 'elf32', ...defines, '-o', made, source], folder);
  return made;
}

/** A whole floppy with these bytes at its beginning. */
export function floppyWith(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(FLOPPY_BYTES);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += Math.ceil(part.length / SECTOR) * SECTOR;
  }
  return bytes;
}

/**
 * Builds a kernel that works for so many rounds, below `folder`.
 * @throws Error with the messages of the tool that did not take the source, or is not there
 */
export function buildKernel(kernel: Kernel, rounds: number, folder: string): GuestImage {
  const { name, cpu } = kernel;
  const defines = Object.entries(kernel.defines).map(([key, value]) => `-D${key}=${value}`);
  const source = path.join(SOURCES, kernel.source);
  const image = path.join(folder, `${name}-${rounds}`);
  if (kernel.source.endsWith('.real.asm')) {
    runTool('nasm', ['-f', 'bin', `-i${RUNTIME}/`, `-DROUNDS=${rounds}`, ...defines, '-o', image, source], folder);
    writeFileSync(image, floppyWith(readFileSync(image)));
    return { kind: 'floppy', path: image, cpu };
  }
  const objects = [
    object(path.join(RUNTIME, 'start.asm'), 'start', [], folder),
    object(path.join(RUNTIME, 'runtime.c'), 'runtime', [], folder),
    object(source, name, defines, folder),
  ];
  const script = ['-m', 'elf_i386', '-n', '--no-warn-rwx-segments', '-T', path.join(RUNTIME, 'kernel.ld')];
  runTool('ld', [...script, `--defsym=rounds=${rounds}`, '-o', image, ...objects], folder);
  return { kind: 'multiboot', path: image, cpu };
}
