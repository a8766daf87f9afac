/** Runs the probe on the built-in firmware and on SeaBIOS in QEMU. */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Stepback } from '../support/stepback';
import { runTool } from '../support/tools';
import { answersOf, type Case, scriptOf } from './script';

const GUESTS = path.join(__dirname, '..', 'guests', 'firmware');
const CODE_BYTES = 8 * 512;
const SCRIPT_BYTES = 54 * 512;
const FLOPPY_BYTES = 1_474_560;
const PATIENCE_MS = 60_000;

/** What is in the machine beside the probe's floppy in drive A. */
export interface Drives {
  /** Paths of images in drive B and of the first hard disk. */
  readonly floppyB?: string;
  readonly disk?: string;
}

function image(stepback: Stepback, cases: readonly Case[]): string {
  const code = stepback.file('probe.bin');
  runTool('nasm', ['-f', 'bin', '-o', code, 'probe.asm'], GUESTS);
  const script = scriptOf(cases);
  assert.ok(script.length <= SCRIPT_BYTES, `${script.length} bytes of script are too many for the probe`);
  const bytes = Buffer.alloc(FLOPPY_BYTES);
  readFileSync(code).copy(bytes);
  bytes.set(script, CODE_BYTES);
  const file = stepback.file('probe.img');
  writeFileSync(file, bytes);
  return file;
}

function runQemu(file: string, { floppyB, disk }: Drives): string {
  const result = spawnSync(
    'qemu-system-i386',
    [
      ...['-display', 'none', '-net', 'none', '-monitor', 'none', '-m', '32', '-boot', 'a', '-no-reboot'],
      ...['-rtc', 'base=2024-01-01T00:00:00', '-debugcon', 'stdio', '-global', 'isa-debugcon.iobase=0xe9'],
      ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=4', '-serial', 'null', '-serial', 'null'],
      ...['-drive', `file=${file},format=raw,if=floppy,index=0,snapshot=on`],
      ...(floppyB === undefined ? [] : ['-drive', `file=${floppyB},format=raw,if=floppy,index=1,snapshot=on`]),
      ...(disk === undefined ? [] : ['-drive', `file=${disk},format=raw,if=ide,index=0,snapshot=on`]),
    ],
    { encoding: 'latin1', timeout: PATIENCE_MS, maxBuffer: 1 << 26 },
  );
  // What it had said when its time was over shows where it hangs.
  if (result.error !== undefined && result.stdout === '') throw result.error;
  return result.stdout;
}

async function runOurs(stepback: Stepback, file: string, { floppyB, disk }: Drives): Promise<string> {
  const run = await stepback.run(
    [
      ...['run', file, '--debugcon', 'stdio', '--max-instructions', '4e8'],
      ...(floppyB === undefined ? [] : ['--floppy', floppyB]),
      ...(disk === undefined ? [] : ['--disk', disk]),
    ],
    { patience: PATIENCE_MS },
  );
  return run.stdout;
}

/** The answers of both, by case: QEMU's with the known differences put in. */
async function probe(
  stepback: Stepback,
  cases: readonly Case[],
  drives: Drives = {},
): Promise<
  readonly { readonly name: string; readonly ours: readonly string[]; readonly expected: readonly string[] }[]
> {
  const file = image(stepback, cases);
  const ours = answersOf(cases, await runOurs(stepback, file, drives));
  const qemu = answersOf(cases, runQemu(file, drives));
  return cases.map(({ name, differs = [] }, i) => {
    let text = (qemu[i] ?? []).join('\n');
    for (const row of differs) {
      assert.ok(text.includes(row.qemu), `"${name}": QEMU does not say "${row.qemu}" (${row.why}), but\n${text}`);
      text = text.replaceAll(row.qemu, row.ours);
    }
    return { name, ours: ours[i] ?? [], expected: text.split('\n') };
  });
}

/** Mocha tests of all cases: one run of each machine, then a test a case. */
export function probeTests(
  getStepback: () => Stepback,
  cases: readonly Case[],
  drives: (stepback: Stepback) => Drives = () => ({}),
): void {
  let results: Awaited<ReturnType<typeof probe>>;
  before(async () => {
    const stepback = getStepback();
    results = await probe(stepback, cases, drives(stepback));
  });
  cases.forEach(({ name }, i) => {
    it(name, () => {
      const result = results[i];
      assert.deepEqual(result?.ours, result?.expected === undefined ? undefined : [...result.expected]);
    });
  });
}
