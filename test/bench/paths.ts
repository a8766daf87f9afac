/** What one thing costs that is more than a plain instruction: here, and in QEMU's TCG on the same boot sector. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MemorySource } from '../../emulator/storage/block-source';
import { Machine } from '../../emulator/system/machine';
import { secondsOfBytes } from './hear';
import { PEERS } from './peers';

/** Counts between two looks at the clock. */
const SLICE_COUNTS = 2_000_000;
/** A measurement takes about so long, s. */
const SECONDS = 0.6;
const TURNS = 3;

/** What the guest's HOW means, and how many of it go between two marks. `bytes` of a string instruction. */
interface Path {
  readonly name: string;
  readonly how: number;
  readonly operations: number;
  readonly bytes?: number;
}

const STRING_BYTES = 0x4000;

const PATHS: readonly Path[] = [
  { how: 4, name: 'INT 80h to level 0, IRET', operations: 20_000 },
  { how: 5, name: 'INT 80h on a level, IRET', operations: 20_000 },
  { how: 0, name: 'INT 80h in real mode, IRET', operations: 20_000 },
  { how: 6, name: 'MOV DS in protected mode', operations: 20_000 },
  { how: 1, name: 'MOV DS in real mode, twice', operations: 20_000 },
  { how: 7, name: 'CALL far, RET far', operations: 20_000 },
  { how: 2, name: 'CALL far, real mode', operations: 20_000 },
  { how: 15, name: 'PUSHF, POPF', operations: 20_000 },
  { how: 16, name: 'STI, NOP, CLI', operations: 20_000 },
  { how: 13, name: '#GP at level 3, IRET', operations: 20_000 },
  { how: 14, name: 'HLT, IRQ 0, EOI, IRET', operations: 2_000 },
  { how: 8, name: 'OUT 80h', operations: 20_000 },
  { how: 9, name: 'IN 61h', operations: 20_000 },
  { how: 19, name: 'load where nothing is', operations: 20_000 },
  { how: 10, name: 'REP MOVSD', operations: 100, bytes: STRING_BYTES },
  { how: 11, name: 'REP STOSD', operations: 100, bytes: STRING_BYTES },
  { how: 18, name: 'REP STOSB', operations: 100, bytes: STRING_BYTES },
  { how: 3, name: 'REP MOVSB in real mode', operations: 100, bytes: STRING_BYTES },
  { how: 17, name: 'REPE CMPSD', operations: 100, bytes: STRING_BYTES },
  { how: 12, name: 'REPNE SCASB', operations: 100, bytes: STRING_BYTES },
];

/** Wall seconds of `rounds` marks. */
function ours(image: string, rounds: number): number {
  const machine = new Machine({
    machine: 'pc',
    cpu: '80386',
    memoryBytes: 32 << 20,
    floppies: [new MemorySource(new Uint8Array(readFileSync(image)))],
    disks: [],
    bootOrder: ['floppy'],
    rtcEpochSeconds: 0,
  });
  const seen = { marks: 0, start: 0, end: 0 };
  machine.listener = {
    output: (channel) => {
      if (channel !== 'debugcon') return;
      seen.marks++;
      if (seen.marks === 1) seen.start = performance.now();
      if (seen.marks === rounds + 1) seen.end = performance.now();
    },
    note: () => undefined,
  };
  do {
    const stop = machine.run({ count: machine.count + SLICE_COUNTS, time: Infinity, breakpoints: false }, false);
    if (stop.kind !== 'limit') throw new Error(`The guest stopped: ${JSON.stringify(stop)}`);
  } while (seen.end === 0);
  return (seen.end - seen.start) / 1000;
}

/** The same of QEMU's TCG. */
function theirs(image: string, rounds: number): Promise<number> {
  const peer = PEERS.find(({ id }) => id === 'tcg');
  if (peer === undefined) throw new Error('TCG is not among the emulators.');
  return secondsOfBytes(peer.command({ kind: 'floppy', path: image }, path.dirname(image)), rounds);
}

const least = (values: readonly number[]): number => Math.min(...values);

/** The least time of an operation in some turns, ns. */
async function cost({ operations }: Path, run: (rounds: number) => number | Promise<number>): Promise<number> {
  let rounds = 4;
  let seconds = await run(rounds);
  while (seconds < SECONDS / 10 && rounds < 1e6) {
    rounds *= 8;
    seconds = await run(rounds);
  }
  rounds = Math.max(4, Math.ceil((rounds * SECONDS) / seconds));
  const turns: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) turns.push(await run(rounds));
  return (least(turns) * 1e9) / (rounds * operations);
}

/**
 * Prints a row a path. `image` gives its boot sector; `only`: the paths whose names have this in them; `beside`: whether
 * QEMU is measured.
 */
export async function benchPaths(
  image: (how: number, operations: number) => string,
  only = '',
  beside = true,
): Promise<void> {
  for (const row of PATHS) {
    const { how, name, operations, bytes } = row;
    if (!name.includes(only)) continue;
    const file = image(how, operations);
    const own = await cost(row, (rounds) => ours(file, rounds));
    const show = (ns: number) =>
      bytes === undefined ? `${ns.toFixed(1).padStart(9)} ns` : `${(bytes / ns).toFixed(2).padStart(7)} GB/s`;
    let text = `${name.padEnd(28)} ${show(own)}`;
    if (beside) {
      try {
        const other = await cost(row, (rounds) => theirs(file, rounds));
        text += `   QEMU TCG ${show(other)}   ${(other / own).toFixed(2)} times as fast`;
      } catch (error) {
        text += `   QEMU: not measured (${error instanceof Error ? error.message : String(error)})`;
      }
    }
    console.log(text);
  }
}
