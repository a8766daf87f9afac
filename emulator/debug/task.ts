/** Work of the debugger that takes a while: done in bounded pieces, so that the host stays responsive. */
import { type MachineStop, ZEROS_EVENT } from '../system/machine';
import type { Timeline } from '../timeline/timeline';
import type { Points } from './points';
import { accessText } from './seen-access';
import type { StepTrail } from './step-trail';
import type { Direction, Stop, StopReason } from './target';
import { type Hits, WATCH_EVENT } from './watchpoints';

/** A run with a goal. */
export interface Task {
  /** Does at most about `counts` counts; a halted CPU is not carried beyond `time` (virtual ns). Gives the end, if any. */
  advance(counts: number, time: number): Stop | undefined;
  /** Ends it early where it stands; a task that searches the past says where that is. */
  cancel(): void;
}

export interface TaskContext {
  readonly timeline: Timeline;
  readonly points: Points;
  readonly steps: StepTrail;
}

export function makeStop(timeline: Timeline, reason: StopReason, text = '', more: Partial<Stop> = {}): Stop {
  return { reason, position: timeline.count, hits: [], text, ...more };
}

/** A stop for what watchpoints have hit, nothing where they have not. */
function watchStop(timeline: Timeline, { ids, access }: Hits): Stop | undefined {
  if (access === undefined) return undefined;
  return makeStop(timeline, 'watchpoint', accessText(access), { hits: ids, access });
}

function exceptionStop(timeline: Timeline, exception: Stop['exception'], more: Partial<Stop> = {}): Stop | undefined {
  if (exception === undefined) return undefined;
  return makeStop(timeline, 'exception', exception.detail, { ...more, exception });
}

/** Whether a stop is about the instruction that comes next, so that going on passes over it; else it is about the one before. */
export function isAhead(stop: MachineStop): boolean {
  return stop.kind === 'breakpoint' || stop.kind === 'exception' || (stop.kind === 'event' && stop.id === ZEROS_EVENT);
}

/** What a stop of the machine means to a person; nothing when the run goes on (a condition was false). */
export function settleStop(context: TaskContext, stop: MachineStop, direction: Direction): Stop | undefined {
  const { timeline, points } = context;
  const { watchpoints, exceptions } = points;
  switch (stop.kind) {
    case 'limit':
      return undefined;
    case 'breakpoint': {
      const { pc } = timeline.machine.processor.cpu.core;
      const hits = points.hitsAt(pc, direction);
      const called = exceptionStop(timeline, exceptions.firmware(pc, direction), { hits });
      if (called !== undefined || hits.length === 0) return called;
      return makeStop(timeline, 'breakpoint', '', { hits });
    }
    case 'exception':
      // The instruction has not happened, whatever it had touched.
      watchpoints.forget();
      return exceptionStop(timeline, exceptions.fault(stop.fault, direction));
    case 'event': {
      const hits = watchpoints.take(direction);
      const watched = watchStop(timeline, hits);
      if (stop.id === WATCH_EVENT) return watched;
      const more = hits.access === undefined ? {} : { hits: hits.ids, access: hits.access };
      return exceptionStop(timeline, exceptions.event(stop, direction), more) ?? watched;
    }
    default:
      return makeStop(timeline, 'dead', stop.reason, stop.code === undefined ? {} : { exitCode: stop.code });
  }
}
