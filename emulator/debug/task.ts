/** Work of the debugger that takes a while: done in bounded pieces, so that the host stays responsive. */
import { exceptionInfo } from '../cpu/x86/fault';
import type { MachineStop } from '../system/machine';
import type { Timeline } from '../timeline/timeline';
import { cpuFilter, type Points } from './points';
import type { StepTrail } from './step-trail';
import type { Direction, Stop, StopReason } from './target';

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

/**
 * What a stop of the machine means to a person; nothing when the run goes on (a condition was false). `isOwn` says
 * whether a breakpoint without hits is the task's own.
 */
export function settleStop(context: TaskContext, stop: MachineStop, direction: Direction): Stop | undefined {
  const { timeline, points } = context;
  switch (stop.kind) {
    case 'limit':
      return undefined;
    case 'breakpoint': {
      const hits = points.hitsAt(timeline.machine.processor.cpu.core.pc, direction);
      return hits.length === 0 ? undefined : makeStop(timeline, 'breakpoint', '', { hits });
    }
    case 'exception': {
      const info = exceptionInfo(stop.fault.vector);
      const title = info === undefined ? `Exception ${stop.fault.vector}` : `${info.mnemonic} ${info.title}`;
      const detail = stop.fault.reason === '' ? title : `${title}: ${stop.fault.reason}.`;
      return makeStop(timeline, 'exception', detail, {
        exception: { id: cpuFilter(stop.fault.vector), title, detail },
      });
    }
    case 'event': {
      if (stop.id !== 'watchpoint') {
        return makeStop(timeline, 'exception', stop.text, {
          exception: { id: stop.id, title: stop.text, detail: stop.text },
        });
      }
      const hits = points.takeWatchHits(direction);
      return hits.ids.length === 0 ? undefined : makeStop(timeline, 'watchpoint', hits.text, { hits: hits.ids });
    }
    default:
      return makeStop(timeline, 'dead', stop.reason, stop.code === undefined ? {} : { exitCode: stop.code });
  }
}
