/** scopes: one a group of registers, and the chips of the board. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { int } from './arguments';
import type { Family } from './family';
import type { Session } from './session';

const scopes = v.object({ frameId: int });

export function scopeRequests(session: Session): Family {
  return {
    capabilities: {},
    handlers: [
      request(
        'scopes',
        'read',
        scopes,
        (args) => {
          const program = session.stopped();
          if (session.frames.get(args.frameId) === undefined) {
            throw new RequestError(`There is no frame ${args.frameId} at this stop; ask for the stack again.`);
          }
          const groups = new Map<string, number>();
          for (const register of program.target.description.registers) {
            if (register.partOf === undefined) groups.set(register.group, (groups.get(register.group) ?? 0) + 1);
          }
          const list: DebugProtocol.Scope[] = [...groups].map(([group, size], index) => ({
            name: group,
            variablesReference: session.variables.create({ kind: 'group', group }),
            namedVariables: size,
            expensive: false,
            // The protocol allows one scope of registers only.
            ...(index === 0 ? { presentationHint: 'registers' } : {}),
          }));
          if (program.target.devices !== undefined) {
            list.push({
              name: 'Machine',
              variablesReference: session.variables.create({ kind: 'machine' }),
              expensive: true,
            });
          }
          return { scopes: list };
        },
        { stopBound: true },
      ),
    ],
  };
}
