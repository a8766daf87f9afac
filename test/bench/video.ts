/** Bytes a second that a guest writes to video memory, one by one: plain, and through masks, latches and functions. */
import { readFileSync } from 'node:fs';
import { MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';
import { BuiltInTarget } from '../../emulator/debug/built-in';

const MARK_BYTES = 65_536;
const TURNS = 3;
const SLICE_COUNTS = 1_000_000;
const SECONDS = 1;

/** Bytes a second, with the history recorded. */
function rate(image: string): number {
  const machine = new Machine({
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 1 << 20,
    floppies: [new MemorySource(new Uint8Array(readFileSync(image)))],
    disks: [],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });
  const { timeline } = new BuiltInTarget(machine, {
    historyBytes: 256 << 20,
    clock: () => performance.now(),
    wake: () => undefined,
  });
  const seen = { marks: 0 };
  timeline.listen({
    output: (channel) => {
      if (channel === 'debugcon') seen.marks++;
    },
    note: () => undefined,
  });
  const run = () => timeline.run({ count: machine.count + SLICE_COUNTS, time: Infinity, breakpoints: false }, false);
  do run();
  while (seen.marks < 2);
  const first = seen.marks;
  const start = performance.now();
  do run();
  while (performance.now() - start < SECONDS * 1000 || seen.marks === first);
  return ((seen.marks - first) * MARK_BYTES) / ((performance.now() - start) / 1000);
}

/** What the guest's `HOW` means, in its order. */
const WAYS = [
  'text',
  'mode 13h',
  'planar, by map masks',
  'planar, latches copied',
  'planar, mode 3, with reads',
  'planar, colours of mode 2',
  'chain 4, XOR',
] as const;

/** Prints a row a way of writing. `image` gives the boot sector of each. */
export function benchVideo(image: (how: number) => string): void {
  for (const [how, name] of WAYS.entries()) {
    const rates = Array.from({ length: TURNS }, () => rate(image(how))).toSorted((a, b) => a - b);
    const [low, middle, high] = [0, TURNS >> 1, TURNS - 1].map((n) => ((rates[n] ?? 0) / 1e6).toFixed(1));
    console.log(`${name.padEnd(26)} ${middle} million bytes a second (${low}-${high})`);
  }
}
