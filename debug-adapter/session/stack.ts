/** threads and stackTrace. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import type { Frame } from '../../emulator/debug/target';
import { request } from '../dap/requests';
import { nameOf } from '../symbols/paths';
import { count, int, nothing } from './arguments';
import type { Family } from './family';
import { hex, type Program } from './program';
import { THREAD_ID } from './channel';
import type { Session } from './session';

/** Frames read when the client names no number. */
const ALL_FRAMES = 1000;

const stackTrace = v.object({
  threadId: int,
  startFrame: v.optional(count, 0),
  levels: v.optional(count, 0),
});

/** Kinds of frames whose caller continues behind the instruction that made them. */
const CALLS: ReadonlySet<Frame['kind']> = new Set(['call', 'software-interrupt']);

/** Where a frame is shown: its source, the listing, or a disassembly. */
async function locate(
  session: Session,
  program: Program,
  frame: Frame,
  called: boolean,
): Promise<{ readonly source: DebugProtocol.Source; readonly line: number } | undefined> {
  // The return address may be the next line already; the line shown is the one that called.
  const shownAt = called && frame.pc > 0n ? frame.pc - 1n : frame.pc;
  const row = program.symbols.lines.at(shownAt) ?? program.symbols.listings.at(shownAt);
  if (row !== undefined) return { source: { name: nameOf(row.file), path: row.file }, line: row.line };
  return session.generated.locate(program, frame.pc, frame.routine, called);
}

/** `print+0x3  0000:7C25`, with `INT 10h` in front of what an interrupt called. */
function frameName(program: Program, frame: Frame): string {
  const name = program.describe(frame.pc);
  return [frame.label, name, frame.pcText].filter((part) => part !== undefined).join('  ');
}

async function readFrames(
  program: Program,
  start: number,
  limit: number,
): Promise<{ frames: readonly Frame[]; total: number }> {
  if (program.target.frames !== undefined) return program.target.frames.read(start, limit);
  if (start > 0) return { frames: [], total: 1 };
  const pc = await program.pc();
  const frame: Frame = { pc, pcText: await program.formatAddress(pc), kind: 'entry', routine: pc, sp: 0n, position: 0 };
  return { frames: [frame], total: 1 };
}

async function present(
  session: Session,
  program: Program,
  frame: Frame,
  inner: Frame | undefined,
): Promise<DebugProtocol.StackFrame> {
  const place = await locate(session, program, frame, inner !== undefined && CALLS.has(inner.kind));
  return {
    id: session.frames.create(frame),
    name: frameName(program, frame),
    line: place === undefined ? 0 : session.breakpoints.clientLine(place.line),
    column: place === undefined ? 0 : session.client.columnsStartAt1 ? 1 : 0,
    ...(place === undefined ? {} : { source: place.source }),
    instructionPointerReference: hex(frame.pc),
  };
}

export function stackRequests(session: Session): Family {
  return {
    capabilities: { supportsDelayedStackTraceLoading: true },
    handlers: [
      request('threads', 'read', nothing, () => {
        const description = session.launched?.target.description;
        return { threads: [{ id: THREAD_ID, name: description === undefined ? 'CPU' : `CPU ${description.cpu}` }] };
      }),
      request(
        'stackTrace',
        'read',
        stackTrace,
        async (args) => {
          const program = session.stopped();
          session.checkThread(args.threadId);
          await program.text.load();
          const limit = args.levels === 0 ? ALL_FRAMES : args.levels;
          // One more inwards, since it decides how the first frame asked for is shown.
          const from = Math.max(0, args.startFrame - 1);
          const { frames, total } = await readFrames(program, from, limit + args.startFrame - from);
          const stackFrames: DebugProtocol.StackFrame[] = [];
          for (let index = args.startFrame - from; index < frames.length; index++) {
            const frame = frames[index];
            if (frame !== undefined) stackFrames.push(await present(session, program, frame, frames[index - 1]));
          }
          return { stackFrames, totalFrames: total };
        },
        { stopBound: true },
      ),
    ],
  };
}
