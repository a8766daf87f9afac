/**
 * Guest instructions a second: the interpreter beside other emulators on the same boot sector in the same run, in turns,
 * so that what else the computer does meets all of them. Nobody else counts instructions, so all run until the guest has
 * sent the same number of marks; the count is ours.
 */
import { readFileSync } from 'node:fs';
import { MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';
import { bochs, qemu, type Runner, v86 } from './peers';

const ROUNDS = 40;
const TURNS = 3;
const SLICE = 2_000_000;

/** Our interpreter: seconds and instructions for so many rounds. */
function ours(image: string, rounds: number): { readonly seconds: number; readonly instructions: number } {
  const machine = new Machine({
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 32 * 1024 * 1024,
    floppies: [new MemorySource(new Uint8Array(readFileSync(image)))],
    disks: [],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });
  let marks = 0;
  let start = { time: 0, count: 0 };
  let end = start;
  const now = () => ({ time: performance.now(), count: machine.count });
  machine.listener = {
    output: (channel) => {
      if (channel !== 'debugcon') return;
      marks++;
      if (marks === 1) start = now();
      if (marks === rounds + 1) end = now();
    },
    note: () => undefined,
  };
  do machine.run({ count: machine.count + SLICE, time: Infinity, breakpoints: false }, false);
  while (end.count === 0);
  return { seconds: (end.time - start.time) / 1000, instructions: end.count - start.count };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Prints a row a runner: the median of its turns, and the least and the most. `image`: the boot sector with the kernels. */
export async function benchSpeed(image: string, folder: string): Promise<void> {
  let instructions = 0;
  const runners: readonly (readonly [name: string, run: Runner])[] = [
    [
      'Stepback interpreter',
      (rounds) => {
        const result = ours(image, rounds);
        ({ instructions } = result);
        return Promise.resolve(result.seconds);
      },
    ],
    ['QEMU TCG', qemu(image, [])],
    ['QEMU TCG -icount shift=0', qemu(image, ['-icount', 'shift=0'])],
    ['Bochs (with debugger)', bochs(image, folder)],
    ['v86', v86(image)],
  ];
  const times = new Map<string, number[]>(runners.map(([name]) => [name, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, run] of runners) {
      try {
        times.get(name)?.push(await run(ROUNDS));
      } catch (error) {
        if (turn === 0)
          console.log(`${name}: not measured (${error instanceof Error ? error.message : String(error)})`);
      }
    }
  }
  const own = median(times.get('Stepback interpreter') ?? []);
  for (const [name, seconds] of times) {
    if (seconds.length === 0) continue;
    const middle = median(seconds);
    const mips = (time: number) => (instructions / time / 1e6).toFixed(0);
    const spread = `${mips(Math.max(...seconds))}-${mips(Math.min(...seconds))}`;
    console.log(
      `${name.padEnd(26)} ${middle.toFixed(2).padStart(6)} s ${mips(middle).padStart(5)} MIPS (${spread})  speed ${(own / middle).toFixed(2)} of ours`,
    );
  }
}
