/** stepBack, reverseContinue and the custom Step Back Into. */
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { stepArguments, threadArguments } from './arguments';
import { start, startUntold, stepGoal } from './execution';
import type { Family } from './family';
import type { Session } from './session';

export function reverseRequests(session: Session): Family {
  /** @throws RequestError where the target keeps no history */
  const check = (threadId: number): void => {
    if (session.stopped().target.reverse === undefined) throw new RequestError('This target can not go back in time.');
    session.checkThread(threadId);
  };
  return {
    capabilities: { supportsStepBack: true },
    handlers: [
      request('stepBack', 'run', stepArguments, (args, context) => {
        check(args.threadId);
        // An instruction is taken back alone, wherever that leads; a line with the calls that it made.
        const mode = args.granularity === 'instruction' ? 'into' : 'over';
        start(session, context, stepGoal(session.stopped(), 'backward', mode, args.granularity), 'step');
        return undefined;
      }),
      request('stepback.stepBackInto', 'run', stepArguments, (args, context) => {
        check(args.threadId);
        startUntold(session, context, stepGoal(session.stopped(), 'backward', 'into', args.granularity), 'step');
        return undefined;
      }),
      request('reverseContinue', 'run', threadArguments, (args, context) => {
        check(args.threadId);
        start(session, context, { kind: 'continue', direction: 'backward' }, 'continue');
        return undefined;
      }),
    ],
  };
}
