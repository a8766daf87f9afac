/** The kernels of the benchmarks find the same on our machine's engines as on QEMU, and what can be computed in another way. */
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { buildMachine, openImages } from '../../debug-adapter/host/machine';
import { parseOptions } from '../../debug-adapter/protocol/options';
import { prepareImage } from '../../emulator/system/launch';
import { digestMachine } from '../../emulator/system/machine-state';
import type { MachineStop } from '../../emulator/system/machine';
import { floppyOf } from '../bench/floppy-loader';
import { hear } from '../bench/hear';
import { buildKernel, type GuestImage, type Kernel, KERNELS } from '../bench/kernels';
import { PEERS } from '../bench/peers';
import { hasTool, withFolder } from '../support/tools';

const MOST_COUNTS = 200_000_000;
const PATIENCE_MS = 120_000;
/** Of the rounds that are measured. */
const PART = 1 / 64;

/** Parts of a run after which the engines are compared. */
const LOOKS = [0.1302, 0.3717, 0.5009, 0.7741, 0.9313];

const roundsOf = ({ rounds }: Kernel): number => Math.max(2, Math.round(rounds * PART));

interface Ran {
  readonly said: string;
  readonly stop: MachineStop;
  readonly count: number;
  readonly compiled: number;
  /** Of the machine at each count that was asked for, and in the end. */
  readonly digests: readonly string[];
}

/** Runs an image on our machine until it has said what it has to say. `looks`: counts in rising order. */
function runOurs({ path, cpu }: GuestImage, engine = 'compiler', looks: readonly number[] = []): Ran {
  const options = parseOptions('run', { program: path, cpu, memory: '32M', engine });
  const images = openImages(options);
  const { plan } = images;
  try {
    const machine = buildMachine(options, plan);
    let said = '';
    machine.listener = {
      output: (channel, byte) => {
        if (channel === 'debugcon') said += String.fromCharCode(byte);
      },
      note: () => undefined,
    };
    prepareImage(machine, plan);
    const digests = looks.map((count) => {
      machine.run({ count, time: Infinity, breakpoints: false }, false);
      return digestMachine(machine);
    });
    const stop = machine.run({ count: MOST_COUNTS, time: Infinity, breakpoints: false }, false);
    const { count, processor } = machine;
    return { said, stop, count, compiled: processor.compiledCounts, digests: [...digests, digestMachine(machine)] };
  } finally {
    images.close();
  }
}

function sumOf({ said, stop }: Pick<Ran, 'said' | 'stop'>): number {
  assert.match(said, /^START\nSUM [0-9a-f]{8}\n([A-Z]+ [0-9a-f]{8}\n)*DONE\n$/, JSON.stringify(stop));
  return Number.parseInt(said.slice('START\nSUM '.length), 16);
}

/* ------------------------------------------------------------------ the same, computed in another way */

const mix = (sum: number, value: number): number => (Math.imul(sum, 31) + value) >>> 0;
const nextRandom = (seed: number): number => (Math.imul(seed, 1664525) + 1013904223) >>> 0;
const times = <T>(count: number, start: T, step: (value: T, index: number) => T): T =>
  Array.from({ length: count }).reduce<T>((value, _, index) => step(value, index), start);

function collatzLength(number: number): number {
  let length = 0;
  for (let term = number; term !== 1; length++) term = term % 2 === 1 ? term * 3 + 1 : term / 2;
  return length;
}

const isPrime = (number: number): boolean => {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
};

const count = (from: number, to: number, holds: (number: number) => boolean): number => {
  let found = 0;
  for (let number = from; number < to; number++) if (holds(number)) found++;
  return found;
};

/** By the name of the kernel: the checksum of so many rounds. */
const EXPECTED: Readonly<Record<string, (rounds: number) => number>> = {
  collatz: (rounds) => rounds * times(20_000, 0, (sum, index) => sum + collatzLength(index + 1)),
  sieve: (rounds) => rounds * count(2, 200_000, isPrime),
  sha256: (rounds) =>
    times(rounds, 0, (sum, round) => {
      const message = Uint8Array.from({ length: 4096 }, (_, index) => (index === 0 ? round : index));
      return mix(sum, createHash('sha256').update(message).digest().readUInt32BE());
    }),
  quicksort(rounds) {
    let seed = 1;
    return times(rounds, 0, (sum) => {
      const numbers = Uint32Array.from({ length: 20_000 }, () => (seed = nextRandom(seed)));
      return numbers.toSorted().reduce(mix, sum);
    });
  },
  fib: (rounds) => rounds * times<readonly [number, number]>(24, [0, 1], ([a, b]) => [b, a + b])[0],
  interp(rounds) {
    let seed = 1;
    return times(rounds * 10_000, 0, (sum) => {
      seed = nextRandom(seed);
      return (seed & 0x1_0000) === 0 ? sum : mix(sum, seed);
    });
  },
};

describe('kernels of the benchmarks', function () {
  this.timeout(PATIENCE_MS);
  const qemu = PEERS.find(({ id }) => id === 'tcg');
  const qemuSum = async (image: GuestImage, folder: string): Promise<number | undefined> =>
    qemu === undefined ? undefined : (await hear(qemu.command(image, folder))).values.get('SUM');

  for (const kernel of KERNELS) {
    it(`${kernel.name}: ${kernel.title}`, function () {
      return withFolder(async (folder) => {
        const rounds = roundsOf(kernel);
        const image = buildKernel(kernel, rounds, folder);
        const ran = runOurs(image);
        const sum = sumOf(ran);
        // Loops of computing that are never compiled would show nothing of the compiler.
        if (kernel.group === 'compute') assert.ok(ran.compiled > 0, 'nothing ran compiled');
        const looks = LOOKS.map((part) => Math.round(part * ran.count));
        const [one, other] = ['compiler', 'interpreter'].map((engine) => runOurs(image, engine, looks));
        assert.deepEqual({ ...one, compiled: 0 }, { ...other, compiled: 0 });
        assert.equal(one?.digests.at(-1), ran.digests.at(-1), 'looking at it has changed the run');
        const expected = EXPECTED[kernel.name];
        if (expected !== undefined) assert.equal(sum, expected(rounds) >>> 0);
        if (hasTool('qemu-system-i386')) assert.equal(sum, await qemuSum(image, folder));
        else if (expected === undefined) this.skip();
      });
    });
  }

  it('the boot sector that loads kernels for emulators without a Multiboot loader', () =>
    withFolder((folder) => {
      const kernel = KERNELS.find(({ name }) => name === 'sieve');
      assert.ok(kernel !== undefined);
      const path = floppyOf(buildKernel(kernel, 2, folder), folder);
      assert.equal(sumOf(runOurs({ kind: 'floppy', path })), EXPECTED.sieve(2));
    }));

  it('timers interrupt the loops that are meant to be interrupted', () =>
    withFolder((folder) => {
      for (const kernel of KERNELS.filter(({ source }) => source === 'timer.asm')) {
        const { said } = runOurs(buildKernel(kernel, 4, folder));
        // Four times 200,000 turns of six instructions: 48 ms at 10 ns each.
        assert.match(said, /\nTICKS 000000(2e|2f|30|31)\n/);
      }
    }));
});
