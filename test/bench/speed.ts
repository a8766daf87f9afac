/**
 * Guest instructions a second: the interpreter, beside QEMU's TCG on the same boot sector in the same run. QEMU does not
 * count instructions without -icount, so both run until the guest has sent the same number of marks; the count is ours.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';

const ROUNDS = 40;
const SLICE = 2_000_000;

export interface Timed {
  readonly name: string;
  /** Wall time from the guest's first mark to its last, s. */
  readonly seconds: number;
}

/** Our interpreter: time and instructions for so many rounds. */
function ours(image: string): Timed & { readonly instructions: number } {
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
    output: () => {
      marks++;
      if (marks === 1) start = now();
      if (marks === ROUNDS + 1) end = now();
    },
    note: () => undefined,
  };
  do machine.run({ count: machine.count + SLICE, time: Infinity, breakpoints: false }, false);
  while (end.count === 0);
  return {
    name: 'Stepback interpreter',
    seconds: (end.time - start.time) / 1000,
    instructions: end.count - start.count,
  };
}

/** QEMU on the same image; rejects when it is not there. */
function qemu(image: string, name: string, args: readonly string[]): Promise<Timed> {
  return new Promise((resolve, reject) => {
    const child = spawn('qemu-system-i386', [
      ...['-display', 'none', '-net', 'none', '-monitor', 'none', '-serial', 'none', '-debugcon', 'stdio'],
      ...['-drive', `file=${image},format=raw,if=floppy,readonly=on`, '-boot', 'a'],
      ...args,
    ]);
    let marks = 0;
    let start = 0;
    const limit = setTimeout(() => child.kill('SIGKILL'), 300_000);
    child.on('error', reject);
    child.stdout.on('data', (data: Buffer) => {
      for (const byte of data) {
        if (byte !== 0x53) continue;
        marks++;
        if (marks === 1) start = performance.now();
        if (marks === ROUNDS + 1) {
          clearTimeout(limit);
          resolve({ name, seconds: (performance.now() - start) / 1000 });
          child.kill('SIGKILL');
        }
      }
    });
    child.on('exit', () => {
      clearTimeout(limit);
      reject(new Error(`${name} ended before the guest did.`));
    });
  });
}

/** Prints a row a runner. `image`: the boot sector with the kernels. */
export async function benchSpeed(image: string): Promise<void> {
  const own = ours(image);
  const peers: Timed[] = [];
  for (const [name, args] of [
    ['QEMU TCG', []],
    ['QEMU TCG -icount shift=0', ['-icount', 'shift=0']],
  ] as const) {
    try {
      peers.push(await qemu(image, name, args));
    } catch (error) {
      console.log(`${name}: not measured (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  for (const { name, seconds } of [own, ...peers]) {
    const mips = own.instructions / seconds / 1e6;
    console.log(
      `${name.padEnd(28)} ${seconds.toFixed(2).padStart(7)} s ${mips.toFixed(0).padStart(6)} MIPS  ${(seconds / own.seconds).toFixed(2)} x our time`,
    );
  }
}
