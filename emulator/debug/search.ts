/**
 * Searches of the past for the last moment at which something would have stopped a run.
 *
 * The past is gone through from its end, a segment between two snapshots at a time; each is run forward with everything armed
 * that stops a run. Where that meets many stops, most of them are of no use, since only the last one counts: the rest of the
 * segment is run through once with nothing armed, and bookmarks are left behind that lie closer and closer to its end. Then
 * the windows between them are searched like segments, the last one first. So no count is run through armed more than once, and
 * a search takes no longer the more stops there are.
 */
import type { MachineStop } from '../system/machine';
import { type Snapshot, untouched } from '../timeline/snapshots';
import { isAhead, makeStop, settleStop, type Task, type TaskContext } from './task';
import type { Stop, Watched } from './target';

/** Stops after which the rest of a segment is searched from its end. */
const MANY_STOPS = 64;
/** Counts of the last window of a rest, which is not divided any more; each one before it is so many times longer. */
const WINDOW = 2000;
const GROWTH = 4;

/** What a search is for besides everything that stops a run. */
interface SearchGoal {
  /** The instruction there is about to be executed. */
  readonly address?: number;
  /** An access to this; then nothing else counts. */
  readonly watched?: Watched;
}

interface Found {
  readonly count: number;
  readonly stop: Stop;
}

/** How far a segment has been run through forward, and what was found in it. */
interface Part {
  /** The segment begins here: before it nothing has been searched. */
  readonly start: number;
  found: Found | undefined;
  /** A stop at the present count has been met. */
  resume: boolean;
  /** Stops that may still be met before the rest is divided. */
  stops: number;
}

/** A part whose rest is being searched from its end. */
interface Divided extends Part {
  /** It goes on from here when nothing was found behind. */
  readonly at: number;
  /** Where bookmarks are still to be left. */
  readonly ahead: number[];
}

export class SearchBackTask implements Task {
  private readonly origin: number;
  /** Everything from here to the origin has been searched. */
  private end: number;
  private part: Part | undefined;
  /** Outer ones first, each in the first window of the one before it. */
  private readonly divided: Divided[] = [];
  private readonly frames: readonly number[] | undefined;

  constructor(
    private readonly context: TaskContext,
    private readonly goal: SearchGoal = {},
  ) {
    this.origin = context.timeline.count;
    this.end = this.origin;
    if (goal.address !== undefined) context.points.setTemporary([goal.address]);
    const { watched } = goal;
    if (watched === undefined) return;
    context.points.search(watched);
    this.frames = context.points.watchpoints.framesWritten(watched);
  }

  cancel(): void {
    this.goTo(this.origin);
  }

  private goTo(count: number): void {
    const { points, timeline } = this.context;
    points.setTemporary([]);
    if (this.goal.watched !== undefined) points.search();
    timeline.dropBookmarks(count);
    timeline.seek(count);
    timeline.dropBookmarks();
  }

  /** Part of the past that has been searched, 0 to 1. */
  get fraction(): number {
    const { first } = this.context.timeline;
    return this.origin === first ? 1 : (this.origin - this.end) / (this.origin - first);
  }

  advance(counts: number): Stop | undefined {
    const { timeline } = this.context;
    let left = counts;
    while (left > 0) {
      const start = timeline.count;
      const { part } = this;
      const divided = this.divided.at(-1);
      if (divided !== undefined && divided.ahead.length > 0) this.leaveBookmarks(divided, start + left);
      else if (part === undefined) {
        if (!this.enter()) return this.finish(undefined);
      } else if (this.look(part, start + left)) {
        if (part.found !== undefined) return this.finish(part.found);
        this.end = part.start;
        this.part = undefined;
        timeline.dropBookmarks(this.end);
      }
      left -= Math.max(1, timeline.count - start);
    }
    return undefined;
  }

  /** Goes to where the next segment, window, or rest of a divided part begins. False at the beginning of the past. */
  private enter(): boolean {
    const { timeline } = this.context;
    const snapshot = this.lastTouched();
    const rest = this.divided.at(-1);
    if (rest !== undefined && (snapshot === undefined || snapshot.count <= rest.at)) {
      this.divided.pop();
      this.part = rest;
      timeline.seek(rest.at);
    } else {
      if (snapshot === undefined) return false;
      this.part = { start: snapshot.count, found: undefined, resume: false, stops: MANY_STOPS };
      timeline.seek(snapshot.count);
    }
    return true;
  }

  /**
   * The last snapshot before the end of what is still to be searched. In a search for a write, segments are passed over in
   * which the pages were not written at all.
   */
  private lastTouched(): Snapshot | undefined {
    const { snapshots } = this.context.timeline;
    const rest = this.divided.at(-1)?.at ?? -1;
    for (;;) {
      const snapshot = snapshots.before(this.end - 1);
      const next = snapshots.at(this.end);
      if (snapshot === undefined || snapshot.count <= rest) return snapshot;
      if (next === undefined || this.frames === undefined) return snapshot;
      if (!untouched(snapshot, next, this.frames)) return snapshot;
      this.end = snapshot.count;
    }
  }

  /** Runs on to at most count `until`; says whether the end of the part is reached. */
  private look(part: Part, until: number): boolean {
    const { timeline } = this.context;
    const limit = Math.min(this.end, until);
    const breakpoints = this.goal.watched === undefined;
    const stop = timeline.run({ count: limit, time: Infinity, breakpoints }, part.resume);
    part.resume = isAhead(stop);
    if (stop.kind !== 'limit') {
      part.stops--;
      this.note(part, stop);
    }
    if (timeline.count >= this.end || stop.kind === 'dead') return true;
    if (part.stops <= 0) this.divide(part);
    return false;
  }

  /** The rest of a part, from here on, is to be searched from its end. */
  private divide(part: Part): void {
    const { timeline } = this.context;
    const at = timeline.count;
    const ahead: number[] = [];
    for (let length = WINDOW; this.end - length > at; length *= GROWTH) ahead.unshift(this.end - length);
    if (ahead.length === 0 || !timeline.bookmark()) return;
    this.divided.push({ ...part, stops: Infinity, at, ahead });
    this.part = undefined;
  }

  /** Runs on to at most count `until` with nothing armed, leaving bookmarks. */
  private leaveBookmarks(divided: Divided, until: number): void {
    const { timeline } = this.context;
    const before = timeline.count;
    const [next] = divided.ahead;
    timeline.pass(Math.min(next, until));
    if (timeline.count < next && timeline.count > before) return;
    divided.ahead.shift();
    // Without any it is of no use to divide what lies before them once more.
    if (timeline.bookmark()) divided.stops = MANY_STOPS;
  }

  private note(part: Part, stop: MachineStop): void {
    const { timeline } = this.context;
    const { address } = this.goal;
    const settled = settleStop(this.context, stop, 'backward');
    if (settled?.access !== undefined) {
      // The run has come behind the access; backwards it ends before the instruction that made it.
      this.keep(part, timeline.count - 1, settled);
    } else if (settled !== undefined && settled.reason !== 'dead') this.keep(part, timeline.count, settled);
    else if (stop.kind === 'breakpoint' && timeline.machine.processor.cpu.core.pc === address) {
      this.keep(part, timeline.count, makeStop(timeline, 'goal'));
    }
  }

  private keep(part: Part, count: number, stop: Stop): void {
    if (count >= this.origin) return;
    // A breakpoint at an instruction that makes an access: both are hit.
    const hits = part.found?.count === count ? [...part.found.stop.hits, ...stop.hits] : stop.hits;
    part.found = { count, stop: { ...stop, hits } };
  }

  private finish(found: Found | undefined): Stop {
    const { timeline } = this.context;
    const { watched } = this.goal;
    this.goTo(found?.count ?? (watched === undefined ? timeline.first : this.origin));
    if (found !== undefined) {
      const stop = { ...found.stop, position: timeline.count };
      return watched === undefined ? stop : { ...stop, reason: 'goal', hits: [] };
    }
    return watched === undefined
      ? makeStop(
          timeline,
          'beginning',
          'Nothing on the way back stopped the run: this is the beginning of the recorded time.',
        )
      : makeStop(timeline, 'goal', 'There was no such access in the recorded time before this.');
  }
}
