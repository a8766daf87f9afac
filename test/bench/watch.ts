/**
 * What a data breakpoint costs: the same calling loop without one, and with bytes watched that are never touched, in the
 * stack's own page. In turns, so that what else the computer does meets all of them; ratios of medians.
 */
import { readFileSync } from 'node:fs';
import { BuiltInTarget } from '../../emulator/debug/built-in';
import type { WatchedRange, WatchpointRequest } from '../../emulator/debug/target';
import { MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';
import { median } from './statistics';

const TURNS = 7;
const COUNTS = 20_000_000;
/** The loop has begun by then. */
const WARM = 5_000_000;

const watch = (id: number, address: bigint, length: number, access: WatchedRange['access']): WatchpointRequest => ({
  id,
  space: 'linear',
  address,
  length,
  access,
});

/** The stack is at 6700h to 67FFh; the page is 6000h to 6FFFh. */
const CASES: Readonly<Record<string, readonly WatchpointRequest[]>> = {
  'nothing watched': [],
  'written, a far word of the stack page': [watch(1, 0x6100n, 2, 'write')],
  'written, the word above the stack': [watch(1, 0x6800n, 2, 'write')],
  'read or written, the word above the stack': [watch(1, 0x6800n, 2, 'access')],
  'eight ranges, one of 64 KiB elsewhere': [
    watch(1, 0x6800n, 2, 'access'),
    watch(2, 0x6900n, 1, 'write'),
    watch(3, 0x6a01n, 4, 'read'),
    watch(4, 0x6100n, 100, 'change'),
    watch(5, 0x6000n, 1, 'write'),
    watch(6, 0x500n, 8, 'access'),
    watch(7, 0xb8000n, 4000, 'write'),
    watch(8, 0x20000n, 0x10000, 'access'),
  ],
};

/** Prints the ratio of each case to the first one. `image`: the boot sector with the calls. */
export function benchWatch(image: string): void {
  const machine = new Machine({
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 1 << 20,
    floppies: [new MemorySource(new Uint8Array(readFileSync(image)))],
    disks: [],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });
  const target = new BuiltInTarget(machine, {
    historyBytes: 256 << 20,
    clock: () => performance.now(),
    wake: () => undefined,
  });
  const run = (counts: number): number => {
    const start = performance.now();
    const end = machine.count + counts;
    while (machine.count < end) target.timeline.run({ count: end, time: Infinity, breakpoints: true }, false);
    return performance.now() - start;
  };
  run(WARM);
  const times = new Map<string, number[]>(Object.keys(CASES).map((name) => [name, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, requests] of Object.entries(CASES)) {
      void target.watchpoints.set('bench', requests);
      times.get(name)?.push(run(COUNTS));
    }
  }
  const plain = median(times.get('nothing watched') ?? []);
  for (const [name, values] of times) {
    const middle = median(values);
    console.log(
      `${name.padEnd(44)} ${(COUNTS / middle / 1000).toFixed(0).padStart(4)} MIPS  ${(middle / plain).toFixed(2)} times`,
    );
  }
}
