/**
 * How long it takes until something happens: programs side by side with an empty one of Node, the least of runs that took turns,
 * since whatever else a computer does makes them longer only.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { DapClient } from '../../debug-adapter/cli/dap-client';

const TURNS = 20;
const COMMAND_LINE = path.join(__dirname, 'stepback.js');

interface Start {
  readonly title: string;
  /** Runs it once; gives ms. */
  readonly run: () => Promise<number>;
}

/** From the start of a process to its end. */
const program = (title: string, ...args: readonly string[]): Start => ({
  title,
  run: () =>
    new Promise((resolve, reject) => {
      const begin = performance.now();
      const child = spawn(process.execPath, args, { stdio: 'ignore' });
      child.on('error', reject);
      child.on('exit', () => resolve(performance.now() - begin));
    }),
});

/** From a launch request to the stop at the first instruction of the image, in a process that runs already. */
const launch = (title: string, image: string): Start => ({
  title,
  async run() {
    const client = new DapClient(process.execPath, [COMMAND_LINE, 'dap']);
    try {
      await client.request('initialize', { adapterID: 'stepback', pathFormat: 'path' });
      const begin = performance.now();
      await client.request('launch', { type: 'stepback', request: 'launch', program: image });
      await client.event('initialized');
      await client.request('configurationDone');
      await client.event('stopped');
      return performance.now() - begin;
    } finally {
      client.close();
    }
  },
});

/** Prints the least times, ms. */
export async function benchStart(image: string): Promise<void> {
  const starts = [
    program('node -e 0', '-e', '0'),
    program('stepback --version', COMMAND_LINE, '--version'),
    program('stepback run, first instruction', COMMAND_LINE, 'run', image, '--max-instructions', '1'),
    launch('launch request to the stop at entry', image),
  ];
  const least = new Map<Start, number>();
  for (let turn = 0; turn < TURNS; turn++) {
    for (const start of starts) least.set(start, Math.min(least.get(start) ?? Infinity, await start.run()));
  }
  for (const start of starts) console.log(`${start.title}: ${least.get(start)?.toFixed(0)} ms`);
}
