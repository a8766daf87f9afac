/** `stepback run`: runs a machine without an editor, to an end that scripts can wait for. */
import type { Command } from 'commander';
import { BuiltInTarget } from '../../emulator/debug/built-in';
import { SpeakerSound } from '../../emulator/debug/speaker';
import type { SpeakerDrive } from '../../emulator/machines/board';
import { prepareImage } from '../../emulator/system/launch';
import { applyInput } from '../../emulator/system/input';
import { digestMachine } from '../../emulator/system/machine-state';
import { Typist } from '../../emulator/system/typist';
import { Lockstep } from '../../emulator/timeline/lockstep';
import { Timeline } from '../../emulator/timeline/timeline';
import { buildProgram } from '../host/build';
import { buildMachine, openImages } from '../host/machine';
import type { Options } from '../protocol/options';
import { Console, Sink } from './channels';
import { asked, built, EXIT, tellBuild, UsageError } from './exit-codes';
import { InstructionLines } from './instruction-lines';
import { addImage, addOptions, readOptions } from './options';
import { commandLine } from './program';
import { Progress } from './progress';
import { type Feeder, type RunEnd, type Runner, RunLoop, SERIAL_EVENT } from './run-loop';
import { measureTimes, type RunResult, runStats } from './run-stats';
import { printScreen } from './screen-text';
import { writeScreenshot } from './screenshot';
import { SerialInput } from './serial-input';
import { SoundWriter } from './sound-writer';
import { TraceWriter } from './trace-writer';

const EXAMPLES = `
Exit codes:
  the guest's own code ((value << 1) | 1 for a byte written to port F4h), 0 when an --until option was met,
  124 at a time or instruction limit, 2 for bad usage, 4 when the guest came to a dead end (a triple fault, HLT with
  interrupts off), 70 for a fault of Stepback itself

Examples:
  stepback run boot.img --until-screen Hello --screen-text
  stepback run boot.img --serial stdio --until-serial '# ' --timeout 60
  stepback run floppy.img --keys 'dir\\n' --max-instructions 50000000 --screenshot dir.png
  stepback run boot.img --max-instructions 1e7 --digest
  stepback run boot.img --listen 4711 --gdb 1234      runs on while editors and GDB come and go`;

/** The serial port that --serial is about. */
const SERIAL_PORT = 'com1';
/** Wall time after which others (signals, standard input) get a turn, ms. */
const TURN_MS = 20;
/** Instructions shown before a dead end. */
const LAST_LINES = 8;
const LAST_COUNTS = 512;

/** Runs the command line as `stepback run`. */
export const main = (): Promise<void> => commandLine('run', define);

function define(command: Command): void {
  addOptions(addImage(command))
    .addHelpText('after', EXAMPLES)
    .action(async (image: string | undefined, raw: Record<string, unknown>) => {
      process.exitCode = await run(readOptions(image, raw));
    });
}

/** Runs by checked options; gives the exit code. @throws UsageError when an image or a file can't be used */
async function run(options: Options): Promise<number> {
  const { program, kernel, floppy, disk } = options;
  if (program === undefined && kernel === undefined && floppy === undefined && disk === undefined) {
    throw new UsageError('There is nothing to run: name an image, or give --floppy, --disk or --kernel.');
  }
  if (options.listen !== undefined || options.gdb !== undefined) {
    const { serveRun } = await import('./commands');
    return serveRun(options);
  }
  const { options: ready, problems, output } = await built(buildProgram(options, new AbortController().signal));
  tellBuild(problems, output);
  const images = asked(() => openImages(ready));
  try {
    return await new Run(ready, images).run();
  } finally {
    images.close();
  }
}

class Run {
  private readonly console = new Console();
  private readonly target: BuiltInTarget;
  private readonly runner: Runner;
  private readonly lockstep: Lockstep | undefined;
  private readonly serial: Sink;
  private readonly debugcon: Sink;
  private readonly feeders: Feeder[] = [];
  private readonly serialInput: SerialInput | undefined;
  private readonly loop: RunLoop;
  private readonly speaker = new SpeakerSound();
  private readonly sound = new SoundWriter();
  /** The last characters of the serial port, while a text is waited for. */
  private serialTail = '';
  private interrupted = false;

  constructor(
    private readonly options: Options,
    images: ReturnType<typeof openImages>,
  ) {
    const engine = options.engine === 'lockstep' ? 'compiler' : options.engine;
    const machine = asked(() => buildMachine({ ...options, engine }, images.plan));
    const prepared = asked(() => prepareImage(machine, images.plan));
    for (const warning of prepared.warnings) complain(warning);
    this.target = new BuiltInTarget(machine, {
      historyBytes: options.history,
      clock: () => performance.now(),
      wake: () => undefined,
    });
    if (options.stats) measureTimes(this.target);
    machine.catches = { vectors: new Set(), unmodelled: false, zeros: true };
    this.lockstep = options.engine === 'lockstep' ? this.besideInterpreter(images) : undefined;
    const recorded = this.lockstep !== undefined || (options.history > 0 && options.trace === undefined);
    this.runner = recorded
      ? (this.lockstep ?? this.target.timeline)
      : { run: (limits, resume) => machine.run(limits, resume), input: (input) => applyInput(machine, input) };
    this.serial = new Sink(options.serial ?? { kind: 'none' }, this.console);
    this.debugcon = new Sink(options.debugcon ?? { kind: 'none' }, this.console);
    const listener = {
      output: (channel: string, byte: number) => this.output(channel, byte),
      note: () => undefined,
      speaker: (time: number, drive: SpeakerDrive) => this.speaker.drive(time, drive),
    };
    if (recorded) this.target.timeline.listen(listener);
    else machine.listener = listener;
    if (options.keys !== undefined) this.addTypist(options.keys.replaceAll('\\n', '\n'));
    if (options.serial?.kind === 'stdio') {
      this.serialInput = new SerialInput((input) => this.runner.input(input));
      this.feeders.push(this.serialInput);
    }
    this.loop = new RunLoop(machine, this.runner, this.feeders, {
      maxInstructions: options.maxInstructions ?? Infinity,
      untilScreen: options.untilScreen,
    });
  }

  /** A second machine of the same images, which the first one is held against. */
  private besideInterpreter(images: ReturnType<typeof openImages>): Lockstep {
    const { options, target } = this;
    if (options.trace !== undefined) throw new UsageError('--trace and --engine lockstep can not be used together.');
    const machine = asked(() => buildMachine({ ...options, engine: 'interpreter' }, images.plan));
    asked(() => prepareImage(machine, images.plan));
    return new Lockstep(
      target.timeline,
      new Timeline(machine, { historyBytes: options.history, clock: () => performance.now() }),
    );
  }

  private addTypist(text: string): void {
    const typist = new Typist(this.target.machine, (input) => this.runner.input(input));
    asked(() => typist.type(text));
    this.feeders.push(typist);
  }

  private output(channel: string, byte: number): void {
    if (channel === 'debugcon') this.debugcon.put(byte);
    if (channel !== SERIAL_PORT) return;
    this.serial.put(byte);
    const { untilSerial } = this.options;
    if (untilSerial === undefined) return;
    this.serialTail = (this.serialTail + String.fromCharCode(byte)).slice(-untilSerial.length);
    if (this.serialTail === untilSerial) this.target.machine.stopBehind(SERIAL_EVENT, 'The serial port sent the text.');
  }

  async run(): Promise<number> {
    const { options, target } = this;
    const lines = new InstructionLines(target);
    const trace = options.trace === undefined ? undefined : new TraceWriter(options.trace, target, lines);
    // Texts of instructions take long to load, and most runs need none.
    if (trace !== undefined) await lines.load();
    if (trace !== undefined) this.loop.trace = () => trace.note();
    const quiet = options.serial?.kind === 'stdio' || options.debugcon?.kind === 'stdio';
    const progress = new Progress(target.machine, !quiet);
    const interrupt = () => {
      // The second one is for a run that does not heed the first.
      if (this.interrupted) process.exit(EXIT.interrupted);
      this.interrupted = true;
    };
    process.on('SIGINT', interrupt);
    const start = performance.now();
    const first = target.machine.count;
    try {
      const end = await this.toEnd(start, progress);
      progress.end();
      // The guest has ended before its last characters had left: they are no less said.
      if (end.kind === 'dead') for (const byte of target.machine.board.serialUnsent(SERIAL_PORT)) this.serial.put(byte);
      this.flush();
      trace?.close();
      const seconds = (performance.now() - start) / 1000;
      const code = exitCode(end);
      await this.finish({ end, code, seconds, executed: target.machine.count - first });
      if (this.lockstep !== undefined && end.kind !== 'different')
        complain(`both engines did the same at ${this.lockstep.looks} looks.`);
      if (end.kind === 'dead' || end.kind === 'different') await lines.load();
      // Last, because it goes back in time.
      this.report(end, lines);
      await this.console.drain();
      return code;
    } finally {
      process.off('SIGINT', interrupt);
      this.serialInput?.close();
      this.serial.close();
      this.debugcon.close();
    }
  }

  private async toEnd(start: number, progress: Progress): Promise<RunEnd> {
    const { timeout } = this.options;
    let turn = start;
    for (;;) {
      const end = this.loop.slice();
      if (end !== undefined)
        return this.lockstep?.differ() === true ? { kind: 'different', reason: this.lockstep.text } : end;
      const now = performance.now();
      if (timeout !== undefined && now - start >= timeout * 1000) return { kind: 'limit', what: 'timeout' };
      if (now - turn < TURN_MS) continue;
      this.flush();
      progress.show(now - start);
      await new Promise((resolve) => setImmediate(resolve));
      if (this.interrupted) return { kind: 'interrupted' };
      turn = performance.now();
    }
  }

  private flush(): void {
    if (this.options.sound !== undefined) this.sound.add(this.speaker.take(this.target.machine.board.clock.now));
    this.serial.flush();
    this.debugcon.flush();
  }

  /** Says why the run ended, where that is not what was asked for. */
  private report(end: RunEnd, lines: InstructionLines): void {
    switch (end.kind) {
      case 'until':
        return;
      case 'limit':
        complain(
          end.what === 'timeout'
            ? `ended after ${this.options.timeout} s.`
            : `ended at instruction ${this.target.machine.count}.`,
        );
        return;
      case 'interrupted':
        complain('interrupted.');
        return;
      case 'different':
        complain(`${end.reason} Please report this with the image and the command line.`);
        for (const line of [lines.line(), ...(this.lockstep?.found?.lines ?? [])]) process.stderr.write(`  ${line}\n`);
        return;
      case 'dead':
        if (end.code !== undefined) return;
        complain(end.reason);
        for (const line of this.lastLines(lines)) process.stderr.write(`  ${line}\n`);
    }
  }

  /** The instructions executed before a dead end, from the recorded past. */
  private lastLines(lines: InstructionLines): readonly string[] {
    const { timeline } = this.target;
    if (this.runner !== timeline) return [];
    const found: string[] = [];
    const end = timeline.count;
    const last = lines.line();
    timeline.seek(Math.max(timeline.first, end - LAST_COUNTS));
    while (timeline.count < end) {
      const line = lines.line();
      // A repeated instruction, and one that was interrupted, is one line.
      if (line !== found[found.length - 1]) found.push(line);
      if (found.length > LAST_LINES) found.shift();
      timeline.seek(timeline.count + 1);
    }
    return found[found.length - 1] === last ? found : [...found, `${last}  <- here`];
  }

  private async finish(result: RunResult): Promise<void> {
    const { options, target, console } = this;
    const { machine } = target;
    const { display } = machine.board;
    if (options.screenText) printScreen(display, (row) => console.line(row), complain);
    if (options.screenshot !== undefined) await writeScreenshot(options.screenshot, display.frame());
    if (options.sound !== undefined) this.sound.write(options.sound, machine.board.clock.now);
    if (options.digest) {
      console.line(`digest: ${digestMachine(machine)}`);
      console.line(`instructions: ${machine.count}`);
    }
    if (options.stats) console.line(JSON.stringify(runStats(target, options, result)));
  }
}

function exitCode(end: RunEnd): number {
  switch (end.kind) {
    case 'until':
      return EXIT.ok;
    case 'limit':
      return EXIT.limit;
    case 'interrupted':
      return EXIT.interrupted;
    case 'different':
      return EXIT.internal;
    case 'dead':
      return end.code === undefined ? EXIT.deadEnd : end.code & 0xff;
  }
}

/** A word to the person, on standard error. */
function complain(text: string): void {
  process.stderr.write(`stepback: ${text}\n`);
}
