/** Keys, typed text and serial bytes for the guest. */
import * as v from 'valibot';
import type { Input } from '../../../emulator/debug/target';
import { RequestError } from '../../dap/errors';
import { request } from '../../dap/requests';
import { flag, text } from '../arguments';
import { fromBase64 } from '../base64';
import type { Family } from '../family';
import type { Session } from '../session';

const serialInput = v.object({ port: text, data: text });
const key = v.object({ code: text, pressed: flag });
const typeText = v.object({ text });

export function inputRequests(session: Session): Family {
  const send = async (input: Input): Promise<undefined> => {
    const target = session.program().target.input;
    if (target === undefined) throw new RequestError('The target takes no input.');
    try {
      await target.send(input);
    } catch (error) {
      throw new RequestError(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  };
  return {
    capabilities: {},
    handlers: [
      request('stepback.serialInput', 'write', serialInput, (args) =>
        send({ type: 'serial', port: args.port, bytes: fromBase64(args.data) }),
      ),
      request('stepback.key', 'write', key, (args) => send({ type: 'key', code: args.code, pressed: args.pressed })),
      request('stepback.typeText', 'write', typeText, (args) => send({ type: 'text', text: args.text })),
    ],
  };
}
