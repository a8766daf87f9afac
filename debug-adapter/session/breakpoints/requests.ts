/** setBreakpoints, setFunctionBreakpoints, setInstructionBreakpoints, breakpointLocations. */
import * as v from 'valibot';
import { request } from '../../dap/requests';
import { int, sourceSchema, text } from '../arguments';
import type { Family } from '../family';
import type { Session } from '../session';
import { type BreakpointSpec, sourceKey } from './store';

const conditions = { condition: v.optional(text), hitCondition: v.optional(text), logMessage: v.optional(text) };

const setBreakpoints = v.object({
  source: sourceSchema,
  breakpoints: v.optional(v.array(v.object({ line: int, ...conditions })), []),
});

const setFunctionBreakpoints = v.object({ breakpoints: v.array(v.object({ name: text, ...conditions })) });

const setInstructionBreakpoints = v.object({
  breakpoints: v.array(v.object({ instructionReference: text, offset: v.optional(int, 0), ...conditions })),
});

const breakpointLocations = v.object({ source: sourceSchema, line: int, endLine: v.optional(int) });

export function breakpointRequests(session: Session): Family {
  const { breakpoints } = session;
  const fromClient = (line: number): number => (session.client.linesStartAt1 ? line : line + 1);
  return {
    capabilities: {
      supportsConditionalBreakpoints: true,
      supportsHitConditionalBreakpoints: true,
      supportsLogPoints: true,
      supportsFunctionBreakpoints: true,
      supportsInstructionBreakpoints: true,
      supportsBreakpointLocationsRequest: true,
    },
    handlers: [
      request('setBreakpoints', 'write', setBreakpoints, async (args) => {
        const specs = args.breakpoints.map(
          ({ line, ...rest }): BreakpointSpec => ({
            place: { kind: 'source', source: args.source, line: fromClient(line) },
            ...rest,
          }),
        );
        return { breakpoints: await breakpoints.replace(sourceKey(args.source), specs) };
      }),
      request('setFunctionBreakpoints', 'write', setFunctionBreakpoints, async (args) => {
        const specs = args.breakpoints.map(
          ({ name, ...rest }): BreakpointSpec => ({ place: { kind: 'function', name }, ...rest }),
        );
        return { breakpoints: await breakpoints.replace('functions', specs) };
      }),
      request('setInstructionBreakpoints', 'write', setInstructionBreakpoints, async (args) => {
        const specs = args.breakpoints.map(
          ({ instructionReference, offset, ...rest }): BreakpointSpec => ({
            place: { kind: 'instruction', reference: instructionReference, offset },
            ...rest,
          }),
        );
        return { breakpoints: await breakpoints.replace('instructions', specs) };
      }),
      request('breakpointLocations', 'read', breakpointLocations, (args) => {
        const { symbols } = session.program();
        const first = fromClient(args.line);
        const last = fromClient(args.endLine ?? args.line);
        const reference = args.source.sourceReference ?? 0;
        const path = args.source.path ?? '';
        const lines =
          reference > 0
            ? session.generated.linesWithCode(reference, first, last)
            : (symbols.lines.has(path) ? symbols.lines : symbols.listings).linesWithCode(path, first, last);
        return { breakpoints: lines.map((line) => ({ line: breakpoints.clientLine(line) })) };
      }),
    ],
  };
}
