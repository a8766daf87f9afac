/** What was measured of the kernels as a table: for a terminal, and as docs/benchmarks.md. */
import { cpus, totalmem } from 'node:os';
import { table } from '../../scripts/lib/markdown';
import type { Clock } from './hear';
import type { KernelRow } from './kernel-bench';
import type { Peer } from './peers';
import { geometricMean, median, spread } from './statistics';

/** The peer that all are compared with, ours, and ours without history. */
const BASE = 'tcg';
const OWN = 'stepback';
const BARE = 'bare';
const NOTHING = '-';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const secondsOf = ({ runs }: KernelRow, peer: string): readonly number[] =>
  (runs.get(peer) ?? []).map(({ seconds }) => seconds);

/** Time of one peer in relation to another's, turn by turn; empty when one of them was not measured. */
function ratios(row: KernelRow, peer: string, base: string): readonly number[] {
  const bases = secondsOf(row, base);
  return secondsOf(row, peer).flatMap((seconds, turn) => {
    const other = bases[turn];
    return other === undefined ? [] : [seconds / other];
  });
}

/** Of the medians of all rows that have them. */
function mean(rows: readonly KernelRow[], peer: string, base: string): string {
  const medians = rows
    .map((row) => ratios(row, peer, base))
    .filter((values) => values.length > 0)
    .map(median);
  return medians.length === 0 ? NOTHING : geometricMean(medians).toFixed(2);
}

const withSpread = (values: readonly number[], digits = 2): string =>
  values.length === 0 ? NOTHING : spread(values, digits);

/** Millions of instructions a second of our machine, by its own count. */
function mips(row: KernelRow): string {
  const rates = (row.runs.get(OWN) ?? []).map(({ seconds, values }) => (values.get('COUNT') ?? 0) / seconds / 1e6);
  return rates.length === 0 ? NOTHING : median(rates).toFixed(0);
}

/** Part of the instructions that ran compiled, per cent. */
function compiled(row: KernelRow): string {
  const shares = (row.runs.get(OWN) ?? []).map(
    ({ values }) => (100 * (values.get('COMPILED') ?? 0)) / (values.get('COUNT') ?? 1),
  );
  return shares.length === 0 ? NOTHING : `${median(shares).toFixed(1)} %`;
}

/** What our machine told about its history, in a unit. */
function told(row: KernelRow, name: string, unit: number, digits: number): string {
  const values = (row.runs.get(OWN) ?? []).flatMap(({ values: all }) => {
    const value = all.get(name);
    return value === undefined ? [] : [value / unit];
  });
  return values.length === 0 ? NOTHING : median(values).toFixed(digits);
}

/** A row a kernel, and the geometric mean of the group `compute`. */
export function kernelTable(rows: readonly KernelRow[], peers: readonly Peer[]): Table {
  const compared = peers.filter(({ id }) => id !== BASE);
  const compute = rows.filter(({ kernel }) => kernel.group === 'compute');
  return {
    columns: [
      'kernel',
      'tcg, s',
      'MIPS',
      'compiled',
      ...compared.map(({ id }) => id),
      'history',
      'back, ms',
      'spacing, M',
      'MiB',
    ],
    rows: [
      ...rows.map((row) => [
        row.kernel.name,
        withSpread(secondsOf(row, BASE)),
        mips(row),
        compiled(row),
        ...compared.map(({ id }) => withSpread(ratios(row, id, BASE))),
        withSpread(ratios(row, OWN, BARE)),
        told(row, 'BACK', 1000, 1),
        told(row, 'SPACING', 1e6, 1),
        told(row, 'HISTORY', 2 ** 20, 0),
      ]),
      [
        'compute, geometric mean',
        '',
        '',
        '',
        ...compared.map(({ id }) => mean(compute, id, BASE)),
        mean(compute, OWN, BARE),
        '',
        '',
        '',
      ],
    ],
  };
}

/** For a terminal: columns of the width that they need. */
export function plainTable({ columns, rows }: Table): string {
  const widths = columns.map((_, i) => Math.max(...[columns, ...rows].map((row) => row[i]?.length ?? 0)));
  return [columns, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** How much of the work a peer does, since it is slow. */
const workOf = ({ fewer = 1 }: Peer): string => (fewer === 1 ? 'all' : `one part in ${fewer}, its time scaled`);

export interface Versions {
  readonly peer: Peer;
  readonly version: string;
}

/** docs/benchmarks.md. `compiler`: the version of the one that made the kernels. */
export function benchmarksPage(
  rows: readonly KernelRow[],
  versions: readonly Versions[],
  { turns, clock, compiler }: { readonly turns: number; readonly clock: Clock; readonly compiler: string },
): string {
  const peers = versions.map(({ peer }) => peer);
  const { columns, rows: cells } = kernelTable(rows, peers);
  const [cpu] = cpus();
  return [
    '# Benchmarks',
    '',
    'How fast guests run, beside other emulators. Made by `npm run bench -- kernels --write`; not edited by hand.',
    '',
    `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} of its threads, ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.versions.node}.`,
    `Every figure is the median of ${turns} runs, with the least and the greatest of them in parentheses; the emulators took turns.`,
    '',
    ...table(
      ['', 'emulator', 'version', 'work'],
      versions.map(({ peer, version }) => [peer.id, peer.title, version, workOf(peer)]),
    ),
    '## Kernels',
    '',
    'Columns of emulators: time in relation to QEMU TCG in the same turn; less is faster. *tcg, s*: its seconds. *MIPS*: millions of',
    'instructions a second on Stepback, by its own count, in which an iteration of a repeated string instruction counts as one.',
    '*compiled*: how many of them ran as compiled code. *history*: time with the history for going back in relation to time without',
    'it; *back*: of 200 steps back from the end of that run the 95th of 100; *spacing*: millions of counts between snapshots when they were taken; *MiB*: what the history held. All emulators found the same checksums.',
    `The time of kernels is ${clock === 'wall' ? 'that on the wall' : 'that of the processors, in all threads of the emulator'}; that of boots on the wall, from the start of the process to the prompt.`,
    '',
    ...table(columns, cells),
    ...rows.flatMap(({ problems }) => problems.map((problem) => `- not measured: ${problem}`)),
    '',
    '## What the kernels do',
    '',
    `The sources are in \`test/bench/kernels\`, compiled by gcc ${compiler} with \`-m32 -O2 -march=i386\`.`,
    '',
    ...table(
      ['kernel', 'group', 'what it does'],
      rows.map(({ kernel }) => [kernel.name, kernel.group, kernel.title]),
    ),
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
}
