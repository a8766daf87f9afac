/** Machines for tests, with guests that lie in the repository. */
import { readFileSync } from 'node:fs';
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
