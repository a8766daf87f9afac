/** launch, attach, configurationDone, restart. */
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { type RequestContext, request } from '../dap/requests';
import { type Options, OptionsError, parseOptions } from '../protocol/options';
import { loadSymbols } from '../symbols/load';
import { nothing } from './arguments';
import { BuildError, type BuildProblem } from './host';
import { presentFilters } from './exceptions';
import type { Family } from './family';
import { Program } from './program';
import type { Session } from './session';

const launch = v.looseObject({ noDebug: v.optional(v.boolean()) });
const restart = v.object({ arguments: v.optional(v.looseObject({ noDebug: v.optional(v.boolean()) })) });

/** A launch as it was asked for, so that a restart can do it again. */
interface Launch {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly noDebug: boolean;
}

/** Reports of the launch as progress in the client. */
function progress(session: Session, signal: AbortSignal) {
  const progressId = 'launch';
  let started = false;
  return {
    signal,
    report(message: string, fraction?: number): void {
      if (!session.client.progress) return;
      const percentage = fraction === undefined ? {} : { percentage: Math.round(fraction * 100) };
      if (started) session.event('progressUpdate', { progressId, message, ...percentage });
      else
        session.event('progressStart', { progressId, title: 'Stepback', message, cancellable: false, ...percentage });
      started = true;
    },
    end(): void {
      if (started) session.event('progressEnd', { progressId });
    },
  };
}

function checkedOptions(request: 'launch' | 'attach', raw: Readonly<Record<string, unknown>>): Options {
  try {
    return parseOptions(request, raw);
  } catch (error) {
    if (error instanceof OptionsError) throw new RequestError(`launch.json: ${error.message}`, true);
    throw error;
  }
}

/** What the build said, for the Problems view; none clears what was there. */
function tellProblems(session: Session, problems: readonly BuildProblem[]): void {
  session.customEvent('stepback.problems', { problems });
}

/** Starts a machine, reads its symbols, says what is to be said, and makes it the session's program. */
async function start(session: Session, wanted: Launch, signal: AbortSignal): Promise<Program> {
  const options = checkedOptions('launch', wanted.raw);
  const report = progress(session, signal);
  try {
    session.startTrace(options.trace);
    const launched = await session.launchMachine(options, report);
    if (signal.aborted) {
      if (launched.rewind === undefined) await launched.dispose();
      throw new RequestError('The launch was cancelled.');
    }
    if (launched.buildOutput !== undefined) session.output(launched.buildOutput, 'stdout');
    if (launched.problems !== undefined) tellProblems(session, launched.problems);
    report.report('Reading symbols');
    const symbols = await loadSymbols(session.host.files, launched.images, options);
    const program = new Program(launched, options, symbols, wanted.noDebug);
    for (const warning of [...(launched.warnings ?? []), ...symbols.warnings]) session.warn(warning);
    for (const note of symbols.notes) session.output(note);
    // The stop at its beginning is told by who goes on from there.
    if (launched.rewind !== undefined) await session.run.quietly(session.program(), launched.rewind);
    session.setProgram(program);
    await session.remote.serve(program);
    await session.breakpoints.reverify(program);
    await session.exceptions.install(program);
    return program;
  } catch (error) {
    if (error instanceof RequestError) throw error;
    if (error instanceof BuildError) {
      session.output(error.output, 'stderr');
      tellProblems(session, error.problems);
      throw new RequestError(error.message, true);
    }
    session.host.problem?.(error instanceof Error ? error : new Error(String(error)));
    throw new RequestError(error instanceof Error ? error.message : String(error), true);
  } finally {
    report.end();
  }
}

/** Makes the machine that runs already the session's program. */
async function attach(session: Session, raw: Readonly<Record<string, unknown>>): Promise<Program> {
  const { runningMachine } = session.host;
  if (runningMachine === undefined) {
    throw new RequestError(
      'There is no running machine here. Start one with "stepback run IMAGE --listen PORT" and give its "port" in launch.json.',
      true,
    );
  }
  const options = checkedOptions('attach', raw);
  session.startTrace(options.trace);
  const { machine } = runningMachine;
  const symbols = await loadSymbols(session.host.files, machine.images, options);
  const program = new Program(machine, options, symbols, false);
  for (const warning of symbols.warnings) session.warn(warning);
  for (const note of symbols.notes) session.output(note);
  session.setProgram(program);
  await session.breakpoints.reverify(program);
  await session.exceptions.install(program);
  return program;
}

/** Tells what this target offers, where that is less than `initialize` announced, and which filters it has. */
function tellCapabilities(session: Session, program: Program): void {
  const { target } = program;
  const filters = presentFilters(target.exceptions?.filters ?? []);
  const known = presentFilters(session.host.exceptionFilters ?? []);
  const changed = {
    ...(target.reverse === undefined ? { supportsStepBack: false } : {}),
    ...(target.code === undefined ? { supportsDisassembleRequest: false } : {}),
    ...(JSON.stringify(filters) === JSON.stringify(known) ? {} : { exceptionBreakpointFilters: filters }),
  };
  if (Object.keys(changed).length > 0) session.event('capabilities', { capabilities: changed });
}

/** The first stop, or the first run. */
async function begin(session: Session, program: Program): Promise<void> {
  if (session.host.runningMachine !== undefined) {
    // It runs on, or stands where it was found.
    if (!program.target.execution.running) session.run.announce(program, 'found');
    return;
  }
  const { stopOnEntry } = program.options;
  const { entry } = program.launched;
  if (program.noDebug || stopOnEntry === false) {
    session.run.resume(program, { kind: 'continue', direction: 'forward' }, 'continue');
  } else if (stopOnEntry === true && entry !== undefined && (await program.pc()) !== entry) {
    session.run.resume(program, { kind: 'until', direction: 'forward', address: entry }, 'entry');
  } else session.run.announce(program, 'entry');
}

export function launchRequests(session: Session): Family {
  let current: Launch | undefined;
  let configured = false;
  const beginLater = (program: Program, context: RequestContext): void => {
    context.after(() => {
      begin(session, program).catch((error: unknown) => session.host.problem?.(error as Error));
    });
  };
  return {
    capabilities: { supportsConfigurationDoneRequest: true, supportsRestartRequest: true },
    handlers: [
      request('launch', 'write', launch, async ({ noDebug, ...raw }, context) => {
        if (session.launched !== undefined) throw new RequestError('A machine is running already; use "restart".');
        const wanted: Launch = { raw, noDebug: noDebug ?? false };
        const program = await start(session, wanted, context.signal);
        current = wanted;
        context.after(() => {
          tellCapabilities(session, program);
          session.event('initialized');
        });
        return undefined;
      }),
      request('attach', 'write', v.looseObject({}), async (raw, context) => {
        if (session.launched !== undefined) throw new RequestError('The session has its machine already.');
        const program = await attach(session, raw);
        context.after(() => {
          tellCapabilities(session, program);
          session.event('initialized');
        });
        return undefined;
      }),
      request('configurationDone', 'write', nothing, (_, context) => {
        const program = session.program();
        if (configured) throw new RequestError('The configuration was done already.');
        configured = true;
        beginLater(program, context);
        return undefined;
      }),
      request('restart', 'write', restart, async (args, context) => {
        const old = session.program();
        if (session.host.runningMachine !== undefined) {
          // The same images again; the stop at the beginning is told by the machine.
          context.after(() => {
            Promise.resolve(old.target.execution.restart()).catch((error: unknown) =>
              session.host.problem?.(error as Error),
            );
          });
          return undefined;
        }
        const { noDebug, ...raw } = args.arguments ?? { noDebug: current?.noDebug, ...current?.raw };
        const wanted: Launch = { raw, noDebug: noDebug ?? false };
        // The images and listings are read again: they may have been built anew.
        const program = await start(session, wanted, context.signal);
        current = wanted;
        old.text.dispose();
        if (program.target !== old.target) {
          old.target.execution.pause();
          await old.launched.dispose();
        }
        session.invalidate();
        beginLater(program, context);
        return undefined;
      }),
    ],
  };
}
