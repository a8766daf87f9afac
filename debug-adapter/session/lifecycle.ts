/** cancel, terminate, disconnect. */
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { flag, int, text } from './arguments';
import type { Family } from './family';
import type { Session } from './session';

const cancel = v.object({ requestId: v.optional(int), progressId: v.optional(text) });
const terminate = v.object({ restart: v.optional(flag, false) });
const disconnect = v.object({
  restart: v.optional(flag, false),
  terminateDebuggee: v.optional(flag),
  suspendDebuggee: v.optional(flag),
});

/** @param end ends the session and frees the machine */
export function lifecycleRequests(session: Session, end: () => void): Family {
  return {
    capabilities: { supportsCancelRequest: true, supportsTerminateRequest: true, supportTerminateDebuggee: true },
    handlers: [
      request('cancel', 'now', cancel, (args) => {
        const program = session.launched;
        if (args.progressId !== undefined) {
          if (program === undefined || session.run.progressId !== args.progressId) {
            throw new RequestError(`There is no progress "${args.progressId}".`);
          }
          session.run.pause(program);
          return undefined;
        }
        if (args.requestId === undefined) throw new RequestError('cancel needs "requestId" or "progressId".');
        // A request that has been answered meanwhile is no error (the protocol says so).
        session.connection.cancel(args.requestId);
        return undefined;
      }),
      request('terminate', 'now', terminate, (_, context) => {
        if (session.host.runningMachine === undefined) session.launched?.target.execution.pause();
        context.after(() => session.event('terminated'));
        return undefined;
      }),
      request('disconnect', 'now', disconnect, (args, context) => {
        context.after(end);
        const { runningMachine } = session.host;
        if (args.terminateDebuggee === true) context.after(() => runningMachine?.end());
        return undefined;
      }),
    ],
  };
}
