/** `npm run bench`: figures, printed; nothing is asserted but that all emulators found the same. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { Complaint, runMain } from '../../scripts/lib/main';
import { inRoot } from '../../scripts/lib/root';
import { benchGdb } from './gdb';
import { type Clock, CLOCKS } from './hear';
import { measureKernels } from './kernel-bench';
import { benchmarksPage, kernelTable, plainTable, type Versions } from './kernel-report';
import { BOOTS } from './boots';
import { type Kernel, KERNELS } from './kernels';
import { benchPaths } from './paths';
import { PEERS, versionOf } from './peers';
import { benchScale } from './scale';
import { benchStart } from './start';
import { benchSteps } from './step';
import { benchVideo } from './video';
import { benchWatch } from './watch';

/** What the part `kernels` measures. */
const MEASURED = [...KERNELS, ...BOOTS];
const PAGE = inRoot('docs', 'benchmarks.md');

interface Options {
  readonly only: readonly string[];
  readonly peers: readonly string[];
  readonly turns: number;
  readonly time: Clock;
  readonly write: boolean;
}

interface Part {
  readonly name: string;
  readonly title: string;
  /** Returns whether all was well. */
  readonly run: (options: Options) => Promise<boolean> | boolean;
}

const folder = mkdtempSync(path.join(tmpdir(), 'stepback-bench-'));

/** A guest assembled from its source, with symbols defined. */
function guest(name: string, ...defined: readonly string[]): string {
  const image = path.join(folder, `${[name, ...defined].join(' ')}.img`);
  const source = path.join('test/bench/guests', `${name}.asm`);
  execFileSync('nasm', ['-f', 'bin', ...defined.map((one) => `-D${one}`), '-o', image, source], { stdio: 'inherit' });
  return image;
}

async function kernels({ only, peers, turns, time, write }: Options): Promise<boolean> {
  if (write && only.length < MEASURED.length)
    throw new Complaint('A page with figures has all kernels: leave out --only.');
  const versions: Versions[] = [];
  for (const peer of PEERS.filter(({ id }) => peers.includes(id))) {
    const found = peer.version();
    if ('version' in found) versions.push({ peer, version: found.version });
    else console.log(`${peer.title}: not measured (${found.missing})`);
  }
  const present = versions.map(({ peer }) => peer);
  const gcc = versionOf('gcc', ['-dumpfullversion'], /(\S+)/);
  const compiler = 'version' in gcc ? gcc.version : '';
  const rows = await measureKernels({
    kernels: MEASURED.filter(({ name }) => only.includes(name)),
    peers: present,
    turns,
    clock: time,
    folder,
    say: (line) => console.log(line),
    onTurn: (soFar, done) => {
      console.log(`\n${plainTable(kernelTable(soFar, present))}\n`);
      if (!write || soFar.some(({ wrong }) => wrong)) return;
      // So that a run that is ended before its time leaves the figures that it has.
      writeFileSync(PAGE, benchmarksPage(soFar, versions, { turns: done, clock: time, compiler }));
      console.log(`wrote ${path.relative(inRoot(), PAGE)}`);
    },
  });
  for (const problem of rows.flatMap(({ problems }) => problems)) console.log(`not measured: ${problem}`);
  const right = rows.every(({ wrong }) => !wrong);
  return right;
}

function kernelNamed(name: string): Kernel {
  const found = KERNELS.find((kernel) => kernel.name === name);
  if (found === undefined) throw new Error(`There is no kernel ${name}.`);
  return found;
}

/** For a part that finds nothing wrong. */
const always = async (run: Promise<void> | void): Promise<boolean> => {
  await run;
  return true;
};

const PARTS: readonly Part[] = [
  { name: 'kernels', title: 'Speed of guest code', run: kernels },
  {
    name: 'steps',
    title: 'Steps, with stack trace, scopes and variables answered',
    run: () => always(benchSteps(guest('writer'))),
  },
  {
    name: 'paths',
    title: 'What costs more than a plain instruction',
    run: () => always(benchPaths((how, operations) => guest('paths', `HOW=${how}`, `OPERATIONS=${operations}`))),
  },
  { name: 'watch', title: 'Data breakpoints that are not hit', run: () => always(benchWatch(guest('calls'))) },
  {
    name: 'scale',
    title: 'More instructions, and more memory',
    run: () => always(benchScale(kernelNamed('collatz'), folder)),
  },
  {
    name: 'start',
    title: 'From the start, the least of several runs',
    run: () => always(benchStart(inRoot('examples', 'hello-boot', 'boot.bin'))),
  },
  { name: 'gdb', title: 'Over the GDB remote protocol', run: () => always(benchGdb(guest('calls'))) },
  {
    name: 'video',
    title: 'Writes to video memory',
    run: () => always(benchVideo((how) => guest('video', `HOW=${how}`))),
  },
];

/** Names from a list with commas, of those that there are. */
const namesOf =
  (known: readonly string[]) =>
  (written: string): readonly string[] => {
    const names = written.split(',');
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length > 0)
      throw new InvalidArgumentError(`There is no ${unknown.join(', ')}. Known: ${known.join(', ')}.`);
    return names;
  };

function turnsOf(written: string): number {
  const turns = Number(written);
  if (!Number.isInteger(turns) || turns < 1) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return turns;
}

const LOOK_MS = 1000;

/** Nothing is left behind when a person has enough, or when what has started this is gone: npm does not end its children. */
function endInTime(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, LOOK_MS).unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
}

async function main(): Promise<number> {
  endInTime();
  const names = MEASURED.map(({ name }) => name);
  const ids = PEERS.map(({ id }) => id);
  const program = new Command('npm run bench --')
    .description('Measures the speed of guests and of the debugger. Without PART: all parts.')
    .addArgument(new Argument('[PART]', 'what to measure').choices(PARTS.map(({ name }) => name)))
    .addOption(new Option('--only <names>', 'kernels to run').argParser(namesOf(names)).default(names, 'all'))
    .addOption(new Option('--peers <ids>', 'emulators').argParser(namesOf(ids)).default(ids, ids.join(',')))
    .addOption(new Option('--turns <count>', 'runs of each kernel').argParser(turnsOf).default(5))
    .addOption(
      new Option('--time <clock>', 'of kernels: on the wall, or of processors').choices(CLOCKS).default('wall'),
    )
    .option('--write', 'write docs/benchmarks.md', false)
    .parse();
  const [wanted] = program.processedArgs as readonly (string | undefined)[];
  let right = true;
  for (const { name, title, run } of PARTS) {
    if (wanted !== undefined && wanted !== name) continue;
    console.log(`\n${title}`);
    right = (await run(program.opts<Options>())) && right;
  }
  return right ? 0 : 1;
}

void runMain(main).then(() => process.exit());
