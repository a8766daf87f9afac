/** dataBreakpointInfo, setDataBreakpoints, and the search for who made the last access to something. */
import * as v from 'valibot';
import type { Watched } from '../../../emulator/debug/target';
import { RequestError } from '../../dap/errors';
import { request, type RequestContext } from '../../dap/requests';
import { count, flag, int, text } from '../arguments';
import { startUntold } from '../execution';
import type { Family } from '../family';
import type { Program } from '../program';
import type { Session } from '../session';
import { placeOfVariable } from '../variables';
import { ACCESS_TYPES, type DataInfo, dataIdOf, dataInfo, dataInfoOf, watchedOf } from './data';
import type { BreakpointSpec } from './store';

const dataBreakpointInfo = v.object({
  name: text,
  variablesReference: v.optional(int),
  frameId: v.optional(int),
  bytes: v.optional(count),
  asAddress: v.optional(flag, false),
});

const accessType = v.picklist(ACCESS_TYPES, 'expected "read", "write" or "readWrite"');

const setDataBreakpoints = v.object({
  breakpoints: v.array(
    v.object({
      dataId: text,
      accessType: v.optional(accessType, 'write'),
      condition: v.optional(text),
      hitCondition: v.optional(text),
    }),
  ),
});

const whoWrote = v.object({
  expression: text,
  bytes: v.optional(count),
  access: v.optional(accessType, 'write'),
});

/** What is named, in the Variables view or by an expression. @throws RequestError where it can't be watched */
async function infoOf(
  session: Session,
  program: Program,
  args: v.InferOutput<typeof dataBreakpointInfo>,
): Promise<DataInfo> {
  const reference = args.variablesReference ?? 0;
  if (reference === 0 || args.asAddress) return dataInfoOf(program, args.name, args.bytes, args.asAddress);
  const place = await placeOfVariable(session, program, reference, args.name);
  if (place === undefined) throw new RequestError(`There is no "${args.name}" here that can be watched.`);
  return dataInfo(program, place, false);
}

/**
 * Runs backwards to before the last access to what `expression` names; gives a sentence for the console.
 * @throws RequestError where that can't be watched, or the target can't go back
 */
export async function searchAccess(
  session: Session,
  context: RequestContext,
  args: v.InferOutput<typeof whoWrote>,
): Promise<string> {
  const program = session.stopped();
  if (program.target.reverse === undefined) throw new RequestError('This target can not go back in time.');
  const { target, description, accessTypes } = await dataInfoOf(program, args.expression, args.bytes, true);
  if (!accessTypes.includes(args.access)) throw new RequestError(`Of ${description} only changes are known.`);
  const watched: Watched = watchedOf(dataIdOf(target), args.access);
  startUntold(session, context, { kind: 'last-access', watched }, 'who');
  return `Going back to the last ${args.access === 'write' ? 'write' : 'access'}: ${description}.`;
}

export function dataBreakpointRequests(session: Session): Family {
  return {
    capabilities: { supportsDataBreakpoints: true, supportsDataBreakpointBytes: true },
    handlers: [
      request(
        'dataBreakpointInfo',
        'read',
        dataBreakpointInfo,
        async (args) => {
          const program = session.stopped();
          try {
            const { target, description, accessTypes } = await infoOf(session, program, args);
            return { dataId: dataIdOf(target), description, accessTypes: [...accessTypes], canPersist: true };
          } catch (error) {
            if (!(error instanceof RequestError)) throw error;
            return { dataId: null, description: error.message };
          }
        },
        { stopBound: true },
      ),
      request('setDataBreakpoints', 'write', setDataBreakpoints, async (args) => {
        const specs = args.breakpoints.map(
          ({ dataId, accessType: access, ...rest }): BreakpointSpec => ({
            place: { kind: 'data', dataId, accessType: access },
            ...rest,
          }),
        );
        return { breakpoints: await session.breakpoints.replace('data', specs) };
      }),
      request('stepback.whoWrote', 'run', whoWrote, async (args, context) => ({
        text: await searchAccess(session, context, args),
      })),
    ],
  };
}
