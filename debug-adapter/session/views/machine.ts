/** The chips of the board, for the Machine view. */
import * as v from 'valibot';
import { RequestError } from '../../dap/errors';
import { request } from '../../dap/requests';
import { count, nothing, text } from '../arguments';
import type { Family } from '../family';
import { writePlace } from '../place';
import type { Session } from '../session';

const writeChip = v.object({ chip: text, register: text, field: v.optional(text), value: count });

export function machineRequests(session: Session): Family {
  return {
    capabilities: {},
    handlers: [
      request('stepback.machine', 'read', nothing, async () => {
        const { description, devices } = session.program().target;
        return { machine: description.machine, cpu: description.cpu, chips: (await devices?.read()) ?? [] };
      }),
      request('stepback.writeChip', 'write', writeChip, async (args) => {
        const program = session.stopped();
        const chips = (await program.target.devices?.read()) ?? [];
        const register = chips
          .find((chip) => chip.id === args.chip)
          ?.registers.find((item) => item.name === args.register);
        if (register === undefined) throw new RequestError(`There is no chip register ${args.chip}.${args.register}.`);
        const field = register.fields.find((item) => item.name === args.field);
        if (args.field !== undefined && field === undefined) {
          throw new RequestError(`${args.chip}.${args.register} has no field "${args.field}".`);
        }
        const place = {
          kind: 'chip',
          chip: args.chip,
          register: args.register,
          ...(field === undefined ? {} : { field: { name: field.name, lsb: field.lsb, width: field.width } }),
        } as const;
        await writePlace(session, program, place, { value: BigInt(args.value), width: undefined });
        return undefined;
      }),
    ],
  };
}
