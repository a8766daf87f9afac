/** readMemory and writeMemory, and what a view of memory asks beyond them. */
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { count, flag, int, text } from './arguments';
import { fromBase64, toBase64 } from './base64';
import type { Family } from './family';
import { locate } from './locate';
import { hex, memoryReference, type Program, parseMemoryReference } from './program';
import { tellMemory } from './place';
import { type Piece, readPieces } from './pieces';
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

const locateArguments = v.object({ expression: text, space: v.optional(text) });

/** Most bytes that a view is given at once. */
const MOST_VIEWED = 64 * 2 ** 10;

const viewMemory = v.object({
  memoryReference: text,
  count: v.pipe(count, v.maxValue(MOST_VIEWED, `expected at most ${MOST_VIEWED}`)),
});

/** What answers at an address, by name; nothing where that is not known. */
async function regionAt(program: Program, space: string, address: bigint): Promise<string | undefined> {
  const regions = await program.target.memory.regions?.(space);
  return regions?.find((region) => address >= region.address && address < region.address + region.length)?.name;
}

/** Ports at which nothing answers read as all ones: they hold nothing to look at. */
async function answering(program: Program, space: string, pieces: readonly Piece[]): Promise<readonly Piece[]> {
  const regions = await program.target.memory.regions?.(space);
  if (regions === undefined) return pieces;
  return pieces.flatMap(({ address, bytes }) =>
    regions.flatMap((region): readonly Piece[] => {
      const from = region.address > address ? region.address : address;
      const end = address + BigInt(bytes.length);
      const to = region.address + region.length < end ? region.address + region.length : end;
      return from < to ? [{ address: from, bytes: bytes.subarray(Number(from - address), Number(to - address)) }] : [];
    }),
  );
}

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
      request(
        'stepback.memory',
        'read',
        viewMemory,
        async (args) => {
          const program = session.stopped();
          const { space, address } = parseMemoryReference(args.memoryReference, program);
          const pieces = await readPieces(program.target, space, address, args.count);
          return {
            pieces: (await answering(program, space, pieces)).map((piece) => ({
              offset: Number(piece.address - address),
              data: toBase64(piece.bytes),
            })),
          };
        },
        { stopBound: true },
      ),
      request(
        'stepback.locate',
        'read',
        locateArguments,
        async (args) => {
          const program = session.stopped();
          const { codeSpace } = program.target.description;
          const wanted = args.space === undefined ? codeSpace : program.environment.space(args.space);
          if (wanted === undefined) throw new RequestError(`This machine has no space "${args.space ?? ''}".`);
          const { space, address, segment } = await locate(program, args.expression, wanted);
          const name = space === codeSpace ? program.describe(address) : undefined;
          const region = await regionAt(program, space, address);
          return {
            space,
            address: hex(address),
            text: space === codeSpace ? await program.formatAddress(address) : hex(address),
            ...(segment === undefined ? {} : { segment: { selector: hex(segment.selector), base: hex(segment.base) } }),
            ...(name === undefined ? {} : { name }),
            ...(region === undefined ? {} : { region }),
          };
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
