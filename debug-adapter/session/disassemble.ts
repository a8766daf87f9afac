/** disassemble: exactly as many rows as were asked for, the program counter always one of them when it is in their range. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import { RequestError } from '../dap/errors';
import { request } from '../dap/requests';
import { nameOf } from '../symbols/paths';
import { count, int, text } from './arguments';
import { Disassembler, type Row } from './disassembly';
import type { Family } from './family';
import { rowText } from './generated-sources';
import { bytesText } from './instruction-text';
import { hex, type Program, parseMemoryReference } from './program';
import type { Session } from './session';

/** Most rows that are made at once. */
const MOST_ROWS = 20_000;

const disassemble = v.object({
  memoryReference: text,
  offset: v.optional(int, 0),
  instructionOffset: v.optional(int, 0),
  instructionCount: v.pipe(count, v.maxValue(MOST_ROWS, `expected at most ${MOST_ROWS}`)),
});

function bytesOf(row: Row): string | undefined {
  if (row.kind === 'unreadable') return undefined;
  return bytesText(row.kind === 'data' ? row.bytes : row.decoded.bytes);
}

function presentRow(program: Program, row: Row, bits: number): DebugProtocol.DisassembledInstruction {
  const symbol = program.symbols.symbols.at(row.address)?.name;
  const bytes = bytesOf(row);
  const line = program.symbols.lines.at(row.address);
  return {
    address: hex(row.address),
    instruction: rowText(program, row, bits),
    ...(bytes === undefined ? {} : { instructionBytes: bytes }),
    ...(symbol === undefined ? {} : { symbol }),
    ...(line === undefined ? {} : { location: { name: nameOf(line.file), path: line.file }, line: line.line }),
    ...(row.kind === 'unreadable' ? { presentationHint: 'invalid' } : {}),
  };
}

/** Rows before address 0. The protocol reads an address without `0x` as decimal, so these stay in order. */
function filler(index: number): DebugProtocol.DisassembledInstruction {
  return { address: String(index), instruction: '??', presentationHint: 'invalid' };
}

/** Negative `instructionOffset`: this many rows before `base`, with fillers where there is nothing. */
async function rowsBefore(
  program: Program,
  disassembler: Disassembler,
  base: bigint,
  wanted: number,
  bits: number,
): Promise<DebugProtocol.DisassembledInstruction[]> {
  const rows = base < 0n ? [] : await disassembler.backward(base, wanted);
  const missing = wanted - rows.length;
  const fillers = Array.from({ length: missing }, (_, index) => filler(index - missing));
  return [...fillers, ...rows.map((row) => presentRow(program, row, bits))];
}

export function disassembleRequests(session: Session): Family {
  return {
    capabilities: { supportsDisassembleRequest: true, supportsSteppingGranularity: true },
    handlers: [
      request(
        'disassemble',
        'read',
        disassemble,
        async (args) => {
          const program = session.stopped();
          await program.text.load();
          const { space, address } = parseMemoryReference(args.memoryReference, program);
          if (space !== program.target.description.codeSpace)
            throw new RequestError(`There is no code in the space "${space}".`);
          const base = address + BigInt(args.offset);
          const { code } = program;
          const { bits } = await code.mode();
          const frames = (await program.target.frames?.read(0, 20))?.frames ?? [];
          const anchors = [
            await program.pc(),
            ...frames.map((frame) => frame.pc),
            ...frames.map((frame) => frame.routine),
          ];
          const disassembler = new Disassembler(code, program.symbols, base < 0n ? anchors : [...anchors, base]);
          const first = args.instructionOffset;
          const last = first + args.instructionCount;
          const before = first < 0 ? await rowsBefore(program, disassembler, base, -first, bits) : [];
          const start = base < 0n ? 0n : base;
          const after = last > 0 ? await disassembler.forward(start, last) : [];
          const shown = after.slice(Math.max(0, first)).map((row) => presentRow(program, row, bits));
          const instructions = [...before, ...shown].slice(0, args.instructionCount);
          return { instructions };
        },
        { stopBound: true },
      ),
    ],
  };
}
