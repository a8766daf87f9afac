/** The figures of `stepback run --stats`. */
import type { BuiltInTarget } from '../../emulator/debug/built-in';
import type { Options } from '../protocol/options';
import type { RunEnd } from './run-loop';

export interface RunResult {
  readonly end: RunEnd;
  readonly code: number;
  /** Wall time. */
  readonly seconds: number;
  /** Counts of the run. */
  readonly executed: number;
}

/** Has it measured how long compiling takes, from now on. */
export function measureTimes({ machine }: BuiltInTarget): void {
  machine.processor.regions.stopwatch.now = () => performance.now();
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

export function runStats(target: BuiltInTarget, options: Options, { end, code, seconds, executed }: RunResult) {
  const { machine, timeline } = target;
  const { processor, count } = machine;
  const { blocks, regions, compiledCounts, bulkCounts } = processor;
  const waited = machine.busyWait.skipped;
  const interpreted = count - compiledCounts - bulkCounts - waited;
  const share = (part: number) => round(part / Math.max(count, 1), 4);
  return {
    end: end.kind === 'until' || end.kind === 'limit' ? `${end.kind} ${end.what}` : end.kind,
    exitCode: code,
    machine: options.machine,
    cpu: options.cpu,
    memory: options.memory,
    engine: options.engine,
    instructions: count,
    virtualSeconds: round(machine.board.clock.now / 1e9, 6),
    seconds: round(seconds, 3),
    mips: round(executed / Math.max(seconds, 1e-6) / 1e6, 1),
    compiled: compiledCounts,
    bulk: bulkCounts,
    interpreted,
    waited,
    compiledShare: share(compiledCounts),
    bulkShare: share(bulkCounts),
    interpretedShare: share(interpreted),
    waitedShare: share(waited),
    exits: processor.exits,
    sideExits: regions.leaves,
    translatedBlocks: blocks.translated,
    revivedBlocks: blocks.revived,
    regions: regions.count,
    regionsCompiled: regions.compiled,
    regionsDropped: regions.compiled - regions.count,
    compiledGuestInstructions: regions.compiledInstructions,
    modules: regions.modules,
    wasmBytes: regions.wasmBytes,
    compileSeconds: round(regions.stopwatch.spent / 1000, 3),
    snapshots: timeline.snapshots.all.length,
    snapshotsTaken: timeline.stopwatch.times,
    snapshotSpacing: Math.round(count / timeline.stopwatch.times),
    snapshotSeconds: round(timeline.stopwatch.spent / 1000, 3),
    historyBytes: timeline.snapshots.bytes,
  };
}
