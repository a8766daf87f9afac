/** Machines for tests, with guests that lie in the repository. */
import { readFileSync } from 'node:fs';
import * as R from '../../emulator/cpu/x86/registers';
import { setCache } from '../../emulator/cpu/x86/segments';
import { inRoot } from '../../scripts/lib/root';
import { MemorySource } from '../../emulator/storage/block-source';
import type { EngineName } from '../../emulator/machines/board';
import { Machine } from '../../emulator/system/machine';

/** The example: prints, then echoes what is typed, halted in between. */
const EXAMPLE = new Uint8Array(readFileSync(inRoot('examples', 'hello-boot', 'boot.bin')));

/** Count at which the example has come to wait for keys: from there on it is halted between the ticks of the timer. */
export const WAITING = 2_922_000;

export const exampleMachine = (cpu = '80386', engine?: EngineName): Machine => machineWith(EXAMPLE, cpu, engine);

/** With a boot sector, or a longer floppy image. */
export const machineWith = (floppy: Uint8Array, cpu = '80386', engine: EngineName = 'compiler'): Machine =>
  new Machine({
    machine: 'pc',
    cpu,
    engine,
    memoryBytes: 1 << 20,
    floppies: [new MemorySource(floppy)],
    disks: [new MemorySource(new Uint8Array(1 << 20))],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });

/** Without media: tests load code, and say where it begins. */
export const bareMachine = (engine: EngineName = 'compiler', memoryBytes = 1 << 20, cpu = '80386'): Machine =>
  new Machine({
    machine: 'pc',
    cpu,
    engine,
    memoryBytes,
    floppies: [],
    disks: [],
    bootOrder: [],
    rtcEpochSeconds: 0,
  });

/** Access bytes of segments of 4 GiB and 32 bits, with granularity and size above. */
const [FLAT_CODE, FLAT_DATA] = [0xc09b, 0xc093];

/** Goes over to protected mode at privilege 0, with flat segments: code is selector 8, data 10h. Registers are set as told. */
export function enterFlat({ processor }: Machine, registers: ReadonlyMap<number, number>): void {
  const { core } = processor.cpu;
  core.set(R.CR0, core.get(R.CR0) | 1);
  setCache(core, R.CS, 8, 0, 0xffff_ffff, FLAT_CODE);
  for (const segment of [R.DS, R.ES, R.SS]) setCache(core, segment, 16, 0, 0xffff_ffff, FLAT_DATA);
  for (const [register, value] of registers) core.set(register, value);
  core.updateContext();
}

/** The bytes of a double word. */
export const word = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
