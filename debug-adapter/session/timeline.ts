/** Positions in time, and what a problem report holds. */
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { count, nothing } from './arguments';
import { startUntold } from './execution';
import type { Family } from './family';
import type { Session } from './session';

const seek = v.object({ position: count });

/** Options whose values name files of the person; a report does not hold them. */
const PATHS: ReadonlySet<string> = new Set([
  'program',
  'floppy',
  'disk',
  'kernel',
  'modules',
  'listing',
  'symbols',
  'trace',
  'serial',
  'debugcon',
  'keys',
]);

export function timelineRequests(session: Session): Family {
  return {
    capabilities: {},
    handlers: [
      request('stepback.timeline', 'read', nothing, async () => {
        const { target } = session.stopped();
        const { position } = target.execution.stop;
        const { range, bytes } = target.reverse ?? { range: { first: position, last: position }, bytes: 0 };
        return { ...range, position, time: await target.time(), bytes };
      }),
      request('stepback.seek', 'run', seek, (args, context) => {
        const range = session.stopped().target.reverse?.range;
        if (range === undefined) throw new RequestError('This target can not go back in time.');
        if (args.position < range.first || args.position > range.last) {
          throw new RequestError(
            `Position ${args.position} is not recorded; it goes from ${range.first} to ${range.last}.`,
          );
        }
        startUntold(session, context, { kind: 'seek', position: args.position }, 'seek');
        return undefined;
      }),
      request('stepback.report', 'read', nothing, async () => {
        const program = session.stopped();
        const { description, execution } = program.target;
        return {
          architecture: description.architecture,
          cpu: description.cpu,
          machine: description.machine,
          options: Object.fromEntries(Object.entries(program.options).filter(([name]) => !PATHS.has(name))),
          position: execution.stop.position,
          digest: await program.target.digest(),
          stop: `${execution.stop.reason} ${execution.stop.text}`.trim(),
          notes: session.recentNotes,
        };
      }),
    ],
  };
}
