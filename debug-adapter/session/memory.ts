/** readMemory and writeMemory. */
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { count, flag, int, text } from './arguments';
import { fromBase64, toBase64 } from './base64';
import type { Family } from './family';
import { memoryReference, parseMemoryReference } from './program';
import { tellMemory } from './place';
import type { Session } from './session';

/** Most bytes read at once. */
const MOST_BYTES = 16 * 2 ** 20;

const readMemory = v.object({
  memoryReference: text,
  offset: v.optional(int, 0),
  count: v.pipe(count, v.maxValue(MOST_BYTES, `expected at most ${MOST_BYTES}`)),
});

const writeMemory = v.object({
  memoryReference: text,
  offset: v.optional(int, 0),
  allowPartial: v.optional(flag, false),
  data: text,
});

export function memoryRequests(session: Session): Family {
  return {
    capabilities: { supportsReadMemoryRequest: true, supportsWriteMemoryRequest: true },
    handlers: [
      request(
        'readMemory',
        'read',
        readMemory,
        async (args) => {
          const program = session.stopped();
          const { space, address } = parseMemoryReference(args.memoryReference, program);
          const start = address + BigInt(args.offset);
          const shown = memoryReference(space, start, program.target.description.codeSpace);
          if (start < 0n) return { address: shown, unreadableBytes: args.count };
          const bytes =
            args.count === 0 ? new Uint8Array(0) : await program.target.memory.read(space, start, args.count);
          const unreadable = args.count - bytes.length;
          return { address: shown, data: toBase64(bytes), ...(unreadable > 0 ? { unreadableBytes: unreadable } : {}) };
        },
        { stopBound: true },
      ),
      request('writeMemory', 'write', writeMemory, async (args) => {
        const program = session.stopped();
        const { space, address } = parseMemoryReference(args.memoryReference, program);
        const start = address + BigInt(args.offset);
        if (start < 0n) throw new RequestError('The address is negative.');
        const bytes = fromBase64(args.data);
        const there = await program.target.memory.read(space, start, bytes.length);
        if (there.length < bytes.length && !args.allowPartial) {
          throw new RequestError(`Only ${there.length} of ${bytes.length} bytes are memory; nothing was written.`);
        }
        const written = await program.target.memory.write(space, start, bytes.subarray(0, there.length));
        if (written > 0) tellMemory(session, program, space, start, written);
        return { offset: 0, bytesWritten: written };
      }),
    ],
  };
}
