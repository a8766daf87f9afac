/** setExceptionBreakpoints and exceptionInfo. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import type { ExceptionFilter } from '../../emulator/debug/target';
import { RequestError } from '../dap/errors';
import { type Responses, request } from '../dap/requests';
import { int, text } from './arguments';
import type { Family } from './family';
import type { Session } from './session';

const setExceptionBreakpoints = v.object({
  filters: v.array(text),
  filterOptions: v.optional(v.array(v.object({ filterId: text, condition: v.optional(text) })), []),
});

const exceptionInfo = v.object({ threadId: int });

/** The protocol's form of the target's filters. */
export function presentFilters(filters: readonly ExceptionFilter[]): DebugProtocol.ExceptionBreakpointsFilter[] {
  return filters.map(({ id, label, description, default: on, condition }) => ({
    filter: id,
    label,
    description,
    default: on,
    ...(condition === undefined ? {} : { supportsCondition: true, conditionDescription: condition }),
  }));
}

export function exceptionRequests(session: Session): Family {
  return {
    capabilities: {
      supportsExceptionInfoRequest: true,
      supportsExceptionFilterOptions: true,
      exceptionBreakpointFilters: presentFilters(session.host.exceptionFilters ?? []),
    },
    handlers: [
      request('setExceptionBreakpoints', 'write', setExceptionBreakpoints, async (args) => {
        const wanted = [
          ...args.filters.map((id) => ({ id })),
          ...args.filterOptions.map(({ filterId, condition }) => ({ id: filterId, condition })),
        ];
        return { breakpoints: await session.exceptions.replace(wanted) };
      }),
      request(
        'exceptionInfo',
        'read',
        exceptionInfo,
        (args): Responses['exceptionInfo'] => {
          session.stopped();
          session.checkThread(args.threadId);
          const stop = session.run.lastStop?.stop;
          if (stop?.exception !== undefined) {
            const { id, title, detail } = stop.exception;
            return {
              exceptionId: title,
              description: detail,
              breakMode: 'always',
              details: { message: detail, typeName: id },
            };
          }
          if (stop?.reason === 'dead' || stop?.reason === 'internal') {
            const title = stop.reason === 'dead' ? 'The machine has come to its end' : 'Stepback has failed';
            return { exceptionId: title, description: stop.text, breakMode: 'always' };
          }
          throw new RequestError('The machine did not stop because of an exception.');
        },
        { stopBound: true },
      ),
    ],
  };
}
