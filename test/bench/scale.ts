/**
 * Whether the cost of an instruction stays what it is: over decades of instructions with the history on, and with more and
 * more memory.
 */
import { buildMachine, openImages } from '../../debug-adapter/host/machine';
import { parseOptions } from '../../debug-adapter/protocol/options';
import { prepareImage } from '../../emulator/system/launch';
import { Timeline } from '../../emulator/timeline/timeline';
import { buildKernel, type Kernel } from './kernels';

const MEMORIES = ['4M', '64M', '512M', '2G'];
/** Counts of the decades: of one memory size all, of the others the first ones. */
const DECADES = [1e7, 1e8, 1e9, 1e10, 1e11];
const FEW = 3;
/** More than are run. */
const ROUNDS = 0x7fff_ffff;
const SLICE = 2_000_000;

/** Prints nanoseconds an instruction in each decade. */
export function benchScale(kernel: Kernel, folder: string): void {
  const image = buildKernel(kernel, ROUNDS, folder);
  for (const memory of MEMORIES) {
    const options = parseOptions('run', { program: image.path, memory });
    const images = openImages(options);
    const machine = buildMachine(options, images.plan);
    prepareImage(machine, images.plan);
    const timeline = new Timeline(machine, { historyBytes: options.history, clock: () => performance.now() });
    const costs: string[] = [];
    for (const end of DECADES.slice(0, memory === '64M' ? DECADES.length : FEW)) {
      const [count, begin] = [timeline.count, performance.now()];
      while (timeline.count < end)
        timeline.run({ count: Math.min(end, timeline.count + SLICE), time: Infinity, breakpoints: false }, false);
      const cost = ((performance.now() - begin) * 1e6) / (timeline.count - count);
      costs.push(`to ${end.toExponential(0).replace('+', '')}: ${cost.toFixed(2)}`);
    }
    images.close();
    const history = `${(timeline.snapshots.bytes / 2 ** 20).toFixed(0)} MiB of history`;
    console.log(`${memory.padEnd(5)} ns an instruction, ${costs.join('  ')}  ${history}`);
  }
}
