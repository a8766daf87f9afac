/**
 * Our machine as a program: runs a guest as fast as it goes, and passes on what the guest writes to the debug console. In
 * front of DONE it adds what it knows of the time since START, in hexadecimal; behind it what the history is like, and END. Its
 * argument: options as `stepback run` has them, as JSON; `untilScreen` ends the run, too.
 */
import { writeSync } from 'node:fs';
import { buildMachine, openImages } from '../../debug-adapter/host/machine';
import { parseOptions } from '../../debug-adapter/protocol/options';
import { prepareImage } from '../../emulator/system/launch';
import type { MachineListener } from '../../emulator/system/machine';
import { Timeline } from '../../emulator/timeline/timeline';

const STDOUT = 1;
/** Some milliseconds of compiled code, as in a session. */
const SLICE_COUNTS = 20_000_000;
/** Between two looks at the screen. */
const LOOK_COUNTS = 500_000;
/** Steps back that are measured. */
const STEPS = 200;

const options = parseOptions('run', JSON.parse(process.argv[2] ?? ''));
const { plan } = openImages(options);
const machine = buildMachine(options, plan);
prepareImage(machine, plan);

let line = '';
let done = false;
let start = { count: 0, compiled: 0 };

const isDone = (): boolean => done;
const counts = () => ({ count: machine.count, compiled: machine.processor.compiledCounts });

/** Instructions since START, and how many of them ran compiled. */
function tell(): void {
  const { count, compiled } = counts();
  writeSync(
    STDOUT,
    `COUNT ${(count - start.count).toString(16)}\nCOMPILED ${(compiled - start.compiled).toString(16)}\n`,
  );
}

const listener: MachineListener = {
  output(channel, byte) {
    if (channel !== 'debugcon') return;
    line += String.fromCharCode(byte);
    if (!line.endsWith('\n')) return;
    if (line === 'START\n') start = counts();
    if (line === 'DONE\n') tell();
    writeSync(STDOUT, line);
    done ||= line === 'DONE\n';
    line = '';
  },
  note: () => undefined,
};

/** Steps back from here, as the debugger makes them: the 95th of 100, µs; counts between snapshots; bytes of the history. */
function lookBack(past: Timeline): void {
  const { snapshots, stopwatch, count } = past;
  const spacing = Math.round(count / Math.max(1, stopwatch.times));
  const { bytes } = snapshots;
  const times = Array.from({ length: STEPS }, () => {
    const begin = performance.now();
    past.seek(past.count - 1);
    return performance.now() - begin;
  }).toSorted((a, b) => a - b);
  const back = Math.round(1000 * (times[Math.floor(0.95 * STEPS)] ?? 0));
  writeSync(
    STDOUT,
    Object.entries({ BACK: back, SPACING: spacing, HISTORY: bytes })
      .map(([name, value]) => `${name} ${value.toString(16)}\n`)
      .join(''),
  );
}

const timeline =
  options.history > 0
    ? new Timeline(machine, { historyBytes: options.history, clock: () => performance.now() })
    : undefined;
if (timeline === undefined) machine.listener = listener;
else timeline.listen(listener);
const { untilScreen } = options;
const slice = untilScreen === undefined ? SLICE_COUNTS : LOOK_COUNTS;
for (;;) {
  const limits = { count: machine.count + slice, time: Infinity, breakpoints: false };
  const stop = timeline === undefined ? machine.run(limits, false) : timeline.run(limits, false);
  if (isDone()) break;
  if (untilScreen !== undefined && machine.board.display.text().join('\n').includes(untilScreen)) {
    tell();
    writeSync(STDOUT, 'DONE\n');
    break;
  }
  if (stop.kind !== 'dead') continue;
  console.error(stop.reason);
  break;
}
if (timeline !== undefined) lookBack(timeline);
writeSync(STDOUT, 'END\n');
