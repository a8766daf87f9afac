/** `stepback gdb`: a machine for GDB or LLDB, without an editor. */
import type { Command } from 'commander';
import { openGdbPort } from '../host/gdb-port';
import { launcher } from '../host/launch';
import { channelOption } from '../protocol/guest-channels';
import { parsePort } from '../protocol/option-values';
import type { Options } from '../protocol/options';
import type { LaunchedMachine } from '../session/host';
import { Console } from './channels';
import { built, EXIT, tellBuild, UsageError } from './exit-codes';
import { addImage, addOptions, readOptions } from './options';

const EXAMPLES = `
Examples:
  stepback gdb boot.img                then: gdb -ex 'target remote 127.0.0.1:1234'
  stepback gdb boot.img --port 0       any free port
  stepback gdb --kernel kernel.elf --serial stdio

In GDB: "monitor help" lists what else there is; reverse-stepi and reverse-continue go back in time; "kill" ends both.`;

const PORT = '1234';

export function defineGdb(command: Command): void {
  addOptions(addImage(command), [
    'machine',
    'cpu',
    'memory',
    'floppy',
    'disk',
    'kernel',
    'modules',
    'boot',
    'org',
    'serial',
    'debugcon',
    'keys',
    'rtc',
    'history',
  ])
    .option('--port <N>', 'TCP port on this computer; 0 takes any that is free.', PORT)
    .option('--reset', 'Stops at the reset vector instead.', false)
    .addHelpText('after', EXAMPLES)
    .action(async (image: string | undefined, { port, reset, ...raw }: Record<string, unknown>) => {
      const number = parsePort(typeof port === 'string' ? port : '');
      if (number === undefined) throw new UsageError(`--port: expected a port from 0 to 65535, got "${String(port)}".`);
      process.exitCode = await serve(readOptions(image, raw), number, reset === true);
    });
}

/** Shows what the guest sends to the channels that lead to standard output; files are the machine's business. */
function follow({ target }: LaunchedMachine, options: Options, console: Console): void {
  target.listen((event) => {
    if (event.type === 'output' && channelOption(options, event.channel)?.kind === 'stdio') console.write(event.bytes);
  });
}

/** Runs to the image's first instruction. */
async function toEntry({ target, entry }: LaunchedMachine): Promise<void> {
  if (entry === undefined || (await target.code?.pc()) === entry) return;
  await new Promise<void>((resolve) => {
    const listening = target.listen((event) => {
      if (event.type !== 'stopped') return;
      listening.dispose();
      resolve();
    });
    target.execution.resume({ kind: 'until', direction: 'forward', address: entry }, 'stepback');
  });
}

async function serve(options: Options, port: number, reset: boolean): Promise<number> {
  const { program, kernel, floppy, disk } = options;
  if (program === undefined && kernel === undefined && floppy === undefined && disk === undefined) {
    throw new UsageError('There is nothing to debug: name an image, or give --floppy, --disk or --kernel.');
  }
  const say = (text: string): void => void process.stderr.write(`stepback: ${text}\n`);
  const problem = (error: Error): void => say(error.message);
  const launched = await built(launcher(problem)(options, new AbortController().signal));
  tellBuild(launched.problems, launched.buildOutput);
  const console = new Console();
  follow(launched, options, console);
  for (const warning of launched.warnings ?? []) say(warning);
  if (!reset) await toEntry(launched);
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const gdb = await openGdbPort(launched.target, port, { changed: say, kill: end, problem }).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  });
  // The port alone does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  const { code } = launched.target;
  say(`stopped at ${code.format(code.pc())}. In another terminal:`);
  console.line(`gdb -ex 'target remote 127.0.0.1:${gdb.port}'`);
  await ended;
  clearInterval(alive);
  process.off('SIGINT', end);
  process.off('SIGTERM', end);
  gdb.close();
  await launched.dispose();
  await console.drain();
  return EXIT.ok;
}
