/** gotoTargets and goto: setting the program counter to a line. */
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { int, sourceSchema } from './arguments';
import { resolveGenerated, resolveLine } from './breakpoints/resolve';
import type { Family } from './family';
import { hex } from './program';
import { Handles } from './handles';
import type { Session } from './session';

const gotoTargets = v.object({ source: sourceSchema, line: int, column: v.optional(int) });
const gotoArguments = v.object({ threadId: int, targetId: int });

export function gotoRequests(session: Session): Family {
  const targets = new Handles<bigint>();
  return {
    capabilities: { supportsGotoTargetsRequest: true },
    handlers: [
      request('gotoTargets', 'read', gotoTargets, async (args) => {
        const program = session.program();
        const wanted = session.client.linesStartAt1 ? args.line : args.line + 1;
        const reference = args.source.sourceReference ?? 0;
        const found =
          reference > 0
            ? resolveGenerated(session.generated, reference, wanted)
            : resolveLine(program, args.source.path ?? '', wanted);
        const list = [];
        for (const address of found.addresses) {
          list.push({
            id: targets.create(address),
            label: await program.formatAddress(address),
            line: session.breakpoints.clientLine(found.line ?? wanted),
            instructionPointerReference: hex(address),
          });
        }
        return { targets: list };
      }),
      request('goto', 'write', gotoArguments, async (args, context) => {
        const program = session.stopped();
        session.checkThread(args.threadId);
        const address = targets.get(args.targetId);
        if (address === undefined) throw new RequestError(`There is no goto target ${args.targetId}.`);
        await program.target.execution.jump(address);
        context.after(() => session.run.announce(program, 'goto'));
        return undefined;
      }),
    ],
  };
}
