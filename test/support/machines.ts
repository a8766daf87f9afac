/** Machines for tests, with guests that lie in the repository. */
import { readFileSync } from 'node:fs';
import { inRoot } from '../../scripts/lib/root';
import { MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';

/** The example: prints, then echoes what is typed, halted in between. */
const EXAMPLE = new Uint8Array(readFileSync(inRoot('examples', 'hello-boot', 'boot.bin')));

/** Count at which the example has come to wait for keys: from there on it is halted between the ticks of the timer. */
export const WAITING = 2_922_000;

export const exampleMachine = (cpu = '80386'): Machine => machineWith(EXAMPLE, cpu);

/** With a boot sector, or a longer floppy image. */
export const machineWith = (floppy: Uint8Array, cpu = '80386'): Machine =>
  new Machine({
    machine: 'pc',
    cpu,
    memoryBytes: 1 << 20,
    floppies: [new MemorySource(floppy)],
    disks: [new MemorySource(new Uint8Array(1 << 20))],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });
