/** Keys, typed text, the pointer and serial bytes for the guest. */
import * as v from 'valibot';
import type { Awaitable, InputCapability } from '../../../emulator/debug/target';
import { RequestError } from '../../dap/errors';
import { request } from '../../dap/requests';
import { flag, int, text } from '../arguments';
import { fromBase64 } from '../base64';
import type { Family } from '../family';
import type { Session } from '../session';

const serialInput = v.object({ port: text, data: text });
const key = v.object({ code: text, pressed: flag });
const mouse = v.object({ dx: int, dy: int, wheel: v.optional(int, 0), buttons: v.optional(int, 0) });
const typeText = v.object({ text });

export function inputRequests(session: Session): Family {
  /** Gives what the target says to an input, with its refusal as an answer. */
  const attempt = async (action: (input: InputCapability) => Awaitable<void>): Promise<undefined> => {
    const { input } = session.program().target;
    if (input === undefined) throw new RequestError('The target takes no input.');
    try {
      await action(input);
    } catch (error) {
      throw new RequestError(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  };
  return {
    capabilities: {},
    handlers: [
      request('stepback.serialInput', 'write', serialInput, (args) => {
        const bytes = fromBase64(args.data);
        return attempt((input) => input.send({ type: 'serial', port: args.port, bytes }));
      }),
      request('stepback.key', 'write', key, (args) =>
        attempt((input) => input.send({ type: 'key', code: args.code, pressed: args.pressed })),
      ),
      request('stepback.mouse', 'write', mouse, (args) => attempt((input) => input.send({ type: 'mouse', ...args }))),
      request('stepback.typeText', 'write', typeText, (args) =>
        attempt((input) => {
          if (input.type === undefined) throw new RequestError('The target has no keyboard to type on.');
          return input.type(args.text);
        }),
      ),
    ],
  };
}
