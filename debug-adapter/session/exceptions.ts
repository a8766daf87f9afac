/** setExceptionBreakpoints and exceptionInfo. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import type { ExceptionFilter } from '../../emulator/debug/target';
import { RequestError } from '../dap/errors';
import { type Responses, request } from '../dap/requests';
import { int, text } from './arguments';
import type { Family } from './family';
import type { Program } from './program';
import { CLIENT_NAME } from './channel';
import type { Session } from './session';

const setExceptionBreakpoints = v.object({
  filters: v.array(text),
  filterOptions: v.optional(v.array(v.object({ filterId: text })), []),
});

const exceptionInfo = v.object({ threadId: int });

/** The protocol's form of the target's filters. */
export function presentFilters(filters: readonly ExceptionFilter[]): DebugProtocol.ExceptionBreakpointsFilter[] {
  return filters.map(({ id, label, description, default: on }) => ({ filter: id, label, description, default: on }));
}

/** Hands the wanted filters to the target; those that it does not have are left out. */
export async function installFilters(session: Session, program: Program): Promise<void> {
  const { exceptions } = program.target;
  if (exceptions === undefined || program.noDebug) return;
  const known = new Set(exceptions.filters.map((filter) => filter.id));
  await exceptions.set(
    CLIENT_NAME,
    session.exceptionFilters.filter((id) => known.has(id)).map((id) => ({ id })),
  );
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
        const wanted = [...args.filters, ...args.filterOptions.map((option) => option.filterId)];
        const program = session.launched;
        const filters = program?.target.exceptions?.filters ?? session.host.exceptionFilters ?? [];
        session.exceptionFilters = wanted;
        if (program !== undefined) await installFilters(session, program);
        return {
          breakpoints: wanted.map((id) =>
            filters.some((filter) => filter.id === id)
              ? { verified: true }
              : { verified: false, message: `There is no exception filter "${id}".`, reason: 'failed' as const },
          ),
        };
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
