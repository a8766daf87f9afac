/** `stepback run --listen` and `--gdb`: a machine that runs paced, and that editors and GDB attach to and leave. */
import type { BuiltInTarget } from '../../emulator/debug/built-in';
import { ZEROS_EVENT } from '../../emulator/system/machine';
import type { Stop, TargetEvent } from '../../emulator/debug/target';
import { type AttachPort, openAttachPort } from '../host/attach-port';
import { type GdbPort, openGdbPort } from '../host/gdb-port';
import { launcher } from '../host/launch';
import { channelOption } from '../protocol/guest-channels';
import type { OptionName, Options } from '../protocol/options';
import { Console } from './channels';
import { built, EXIT, tellBuild, UsageError } from './exit-codes';
import { printScreen } from './screen-text';
import { writeScreenshot } from './screenshot';

/** Our name among the clients of the machine. */
const WHO = 'stepback';
/** Time between two looks at the screen and the clock, ms. */
const LOOK_MS = 50;
const SERIAL_PORT = 'com1';
/** Options that need a run that nobody touches. */
const NOT_SERVED: readonly OptionName[] = ['maxInstructions', 'trace', 'sound', 'stats'];

/** How it ended: the exit code, and what is to be said about it. */
interface End {
  readonly code: number;
  readonly text?: string;
}

const say = (text: string): void => void process.stderr.write(`stepback: ${text}\n`);

/** Runs by checked options until the guest or a person ends it; gives the exit code. @throws UsageError */
export async function serveRun(options: Options): Promise<number> {
  const refused = NOT_SERVED.find((name) => options[name] !== undefined && options[name] !== false);
  if (refused !== undefined) {
    throw new UsageError(
      `"${refused}" can not be had with --listen or --gdb: who attaches may stop the machine and go back in time.`,
    );
  }
  const problem = (error: Error): void => say(error.message);
  const launched = await built(launcher(problem)(options, new AbortController().signal));
  tellBuild(launched.problems, launched.buildOutput);
  for (const warning of launched.warnings ?? []) say(warning);
  const served = new Served(launched.target, options);
  try {
    await served.open({
      machine: launched,
      get gdbPort() {
        return served.gdbPort;
      },
      end: () => served.end({ code: EXIT.ok }),
    });
    return await served.run();
  } finally {
    served.close();
    await launched.dispose();
  }
}

class Served {
  private readonly console = new Console();
  private attach: AttachPort | undefined;
  private gdb: GdbPort | undefined;
  private gdbClients = 0;
  private serialTail = '';
  private finish: (end: End) => void = () => undefined;
  private readonly ended = new Promise<End>((resolve) => (this.finish = resolve));

  constructor(
    private readonly target: BuiltInTarget,
    private readonly options: Options,
  ) {
    target.listen((event) => this.hear(event));
  }

  /** Opens the ports that were asked for, and says how to attach. @throws UsageError */
  async open(machine: Parameters<typeof openAttachPort>[0]): Promise<void> {
    const problem = (error: Error): void => say(error.message);
    try {
      if (this.options.listen !== undefined) {
        const changed = (text: string): void => {
          say(text);
          this.goOn();
        };
        this.attach = await openAttachPort(machine, this.options.listen, { changed, problem });
        say(
          `editors attach at port ${this.attach.port}: { "type": "stepback", "request": "attach", "port": ${this.attach.port} }`,
        );
      }
      if (this.options.gdb !== undefined) {
        const changed = (text: string, clients: number): void => {
          say(text);
          this.gdbClients = clients;
          this.goOn();
        };
        const kill = (): void => this.end({ code: EXIT.ok });
        this.gdb = await openGdbPort(this.target, this.options.gdb, { changed, kill, problem });
        say(`GDB attaches: gdb -ex 'target remote 127.0.0.1:${this.gdb.port}'`);
      }
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  get gdbPort(): number | undefined {
    return this.gdb?.port;
  }

  end(end: End): void {
    this.finish(end);
  }

  close(): void {
    this.attach?.close();
    this.gdb?.close();
  }

  private get screen(): readonly string[] {
    return this.target.machine.board.display.text();
  }

  /** Whether nobody is attached. */
  private get alone(): boolean {
    return this.attach?.taken !== true && this.gdbClients === 0;
  }

  /** Nobody is left to set a stopped machine going, or to look at a dead one. */
  private goOn(): void {
    const { execution } = this.target;
    if (!this.alone || execution.running) return;
    if (execution.stop.reason === 'dead') this.dead(execution.stop);
    else execution.resume({ kind: 'continue', direction: 'forward' }, WHO);
  }

  private hear(event: TargetEvent): void {
    if (event.type === 'stopped' && this.alone) this.stopped(event.stop);
    if (event.type !== 'output') return;
    if (channelOption(this.options, event.channel)?.kind === 'stdio') this.console.write(event.bytes);
    const { untilSerial } = this.options;
    if (event.channel !== SERIAL_PORT || untilSerial === undefined) return;
    this.serialTail += Buffer.from(event.bytes).toString('latin1');
    if (this.serialTail.includes(untilSerial)) this.end({ code: EXIT.ok });
    this.serialTail = this.serialTail.slice(-untilSerial.length);
  }

  /** A stop that nobody who is attached has to do with. */
  private stopped(stop: Stop): void {
    if (stop.reason === 'dead') this.dead(stop);
    else if (stop.reason === 'exception' || stop.reason === 'internal') {
      this.end({ code: stop.reason === 'internal' ? EXIT.internal : EXIT.deadEnd, text: stop.text });
    }
  }

  private dead({ exitCode, text }: Stop): void {
    this.end(exitCode === undefined ? { code: EXIT.deadEnd, text } : { code: exitCode & 0xff });
  }

  async run(): Promise<number> {
    const { options, target } = this;
    const interrupt = (): void => this.end({ code: EXIT.interrupted, text: 'interrupted.' });
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
    const start = performance.now();
    const looking = setInterval(() => {
      const { timeout, untilScreen } = options;
      if (timeout !== undefined && performance.now() - start >= timeout * 1000) {
        this.end({ code: EXIT.limit, text: `ended after ${timeout} s.` });
      }
      if (untilScreen !== undefined && this.screen.join('\n').includes(untilScreen)) this.end({ code: EXIT.ok });
    }, LOOK_MS);
    try {
      await target.exceptions.set(WHO, [{ id: ZEROS_EVENT }]);
      if (!target.execution.running) target.execution.resume({ kind: 'continue', direction: 'forward' }, WHO);
      const { code, text } = await this.ended;
      target.flushOutput();
      const { display } = target.machine.board;
      if (options.screenText) printScreen(display, (row) => this.console.line(row), say);
      if (options.screenshot !== undefined) await writeScreenshot(options.screenshot, display.frame());
      if (options.digest) {
        this.console.line(`digest: ${target.digest()}`);
        this.console.line(`instructions: ${target.machine.count}`);
      }
      if (text !== undefined) say(text);
      await this.console.drain();
      return code;
    } finally {
      clearInterval(looking);
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    }
  }
}
