/** Guests for unit tests: a NASM source as a machine with it in the floppy drive, and the addresses of its labels. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EngineName } from '../../emulator/machines/board';
import { type BlockSource, MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';
import { type EngineMode, withEngine } from './engines';

export interface NasmGuest {
  readonly machine: Machine;
  /** Address of a label. @throws Error for one that is not there */
  readonly at: (label: string) => number;
}

export interface GuestMachine {
  readonly memoryBytes?: number;
  readonly cpu?: string;
  readonly engine?: EngineName;
  readonly disks?: readonly BlockSource[];
}

/** Assembles a source that begins at 7C00h. */
export function nasmGuest(
  file: string,
  { memoryBytes = 1 << 20, cpu = '80386', engine = 'compiler', disks = [] }: GuestMachine = {},
): NasmGuest {
  const folder = mkdtempSync(path.join(tmpdir(), 'stepback-guest-'));
  try {
    const [image, map, source] = ['guest.img', 'guest.map', 'guest.asm'].map((name) => path.join(folder, name));
    const text = readFileSync(file, 'utf8');
    execFileSync('sh', ['-c', 'printf "[map symbols %s]\\n" "$0" > "$1"; cat >> "$1"', map, source], { input: text });
    execFileSync('nasm', ['-f', 'bin', '-o', image, source]);
    const labels = new Map(
      [...readFileSync(map, 'utf8').matchAll(/^\s*([0-9A-F]+)\s+[0-9A-F]+\s+(\S+)$/gm)].map(
        ([, address = '', label = '']) => [label, Number.parseInt(address, 16)] as const,
      ),
    );
    const machine = new Machine({
      machine: 'pc',
      cpu,
      engine,
      memoryBytes,
      floppies: [new MemorySource(new Uint8Array(readFileSync(image)))],
      disks,
      bootOrder: ['floppy'],
      rtcEpochSeconds: 0,
    });
    return {
      machine,
      at(label) {
        const address = labels.get(label);
        if (address === undefined) throw new Error(`There is no label ${label} in ${file}.`);
        return address;
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The machine of a guest that has been read from its disk and stands at its label `begin`, in an engine mode. */
export function guestAtBegin(file: string, mode: EngineMode): Machine {
  const { machine, at } = withEngine(mode, (engine) => nasmGuest(file, { engine }));
  machine.processor.setBreakpoints(new Set([at('begin')]));
  const stop = machine.run({ count: 1e9, time: Infinity, breakpoints: true }, false);
  assert.equal(stop.kind, 'breakpoint', JSON.stringify(stop));
  machine.processor.setBreakpoints(new Set());
  return machine;
}
