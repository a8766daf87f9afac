/** continue, pause, next, stepIn, stepOut. */
import * as v from 'valibot';
import type { LineAt, RunGoal } from '../../emulator/debug/target';
import { type Handler, type RequestContext, request } from '../dap/requests';
import { int, stepArguments, threadArguments } from './arguments';
import type { Family } from './family';
import type { Program } from './program';
import { type Purpose, THREAD_ID } from './channel';
import type { Session } from './session';

export type Granularity = 'statement' | 'line' | 'instruction';

/**
 * Lines for the target's steps. Where there is no line, each instruction is one of its own, so that a step into code
 * without source (the firmware) stops there instead of running through it.
 */
function lineAt(program: Program, granularity: Granularity): LineAt | undefined {
  const { lines, listings } = program.symbols;
  const table = lines.empty ? listings : lines;
  if (granularity === 'instruction' || table.empty) return undefined;
  return (address) => table.lineRanges(address) ?? [{ start: address, end: address + 1n }];
}

export type StepGoal = Extract<RunGoal, { readonly kind: 'step' }>;

/** A step as the options and the granularity want it. */
export function stepGoal(
  program: Program,
  direction: StepGoal['direction'],
  mode: StepGoal['mode'],
  granularity: Granularity,
): StepGoal {
  const lines = lineAt(program, granularity);
  return {
    kind: 'step',
    direction,
    mode,
    ...(lines === undefined ? {} : { lineAt: lines }),
    ...(program.options.stepIntoInterrupts ? { interrupts: true } : {}),
  };
}

/** Sets the target going once the answer is on its way, for a request by which the client knows that it runs. */
export function start(session: Session, context: RequestContext, goal: RunGoal, purpose: Purpose): void {
  const program = session.stopped();
  context.after(() => session.run.resume(program, goal, purpose));
}

/** The same for a request of which the protocol does not know that it sets the target going: the client is told. */
export function startUntold(session: Session, context: RequestContext, goal: RunGoal, purpose: Purpose): void {
  const program = session.stopped();
  context.after(() => {
    session.event('continued', { threadId: THREAD_ID, allThreadsContinued: true });
    session.run.resume(program, goal, purpose);
  });
}

const pauseArguments = v.object({ threadId: v.optional(int, 1) });

export function executionRequests(session: Session): Family {
  const step = (command: 'next' | 'stepIn' | 'stepOut', mode: StepGoal['mode']): Handler =>
    request(command, 'run', stepArguments, (args, context) => {
      const program = session.stopped();
      session.checkThread(args.threadId);
      start(session, context, stepGoal(program, 'forward', mode, args.granularity), 'step');
      return undefined;
    });
  return {
    capabilities: {},
    handlers: [
      request('continue', 'run', threadArguments, (args, context) => {
        session.checkThread(args.threadId);
        start(session, context, { kind: 'continue', direction: 'forward' }, 'continue');
        return { allThreadsContinued: true };
      }),
      request('pause', 'now', pauseArguments, (args, context) => {
        const program = session.program();
        session.checkThread(args.threadId);
        context.after(() => session.run.pause(program));
        return undefined;
      }),
      step('next', 'over'),
      step('stepIn', 'into'),
      step('stepOut', 'out'),
    ],
  };
}
