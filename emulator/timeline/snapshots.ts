/** Snapshots in the order of time: which are kept, and how much they hold. */
import { PAGE_SIZE } from '../memory/layout';
import type { MachineState } from '../system/machine-state';
import { type PageMap, sameFrames } from './page-store';

export interface Snapshot {
  readonly count: number;
  readonly state: MachineState;
  readonly pages: PageMap;
  /** Keys of what this snapshot holds by itself, 4 KiB each: frames of memory, blocks of media. */
  readonly own: Set<number>;
  /** Frames that have what they had in the snapshot before, but may have been written in between. */
  readonly same: Set<number>;
  /** How many logged inputs had been applied. */
  readonly inputs: number;
}

/** Of the distance to where the user is, or to the newest moment, a gap between snapshots may be this part. */
const GAP_PART = 16;
/** What a snapshot's state takes beside its pages, roughly, bytes. */
const STATE_BYTES = 16 * 1024;
/** What bookmarks may take beyond the limit, a part of it. */
const BOOKMARKS_PART = 8;

const bytesOf = ({ own }: Snapshot): number => own.size * PAGE_SIZE + STATE_BYTES;

/** Whether nothing was written to frames on the way from a snapshot to the next one. */
export function untouched(before: Snapshot, next: Snapshot, frames: readonly number[]): boolean {
  return sameFrames(before.pages, next.pages, frames) && !frames.some((frame) => next.same.has(frame));
}

export class Snapshots {
  private readonly list: Snapshot[] = [];
  /** Those that are there for a while only, in the order of time; they are not thinned. */
  private readonly bookmarks: Snapshot[] = [];
  private pages = 0;

  /** `limit`: bytes that may be held; the oldest go first when they don't fit. */
  constructor(private readonly limit: number) {}

  get all(): readonly Snapshot[] {
    return this.list;
  }

  get first(): Snapshot | undefined {
    return this.list[0];
  }

  get last(): Snapshot | undefined {
    return this.list[this.list.length - 1];
  }

  /** Bytes held by all of them, roughly. */
  get bytes(): number {
    return this.pages * PAGE_SIZE + this.list.length * STATE_BYTES;
  }

  /** Index of the last snapshot at or before `count`, -1 for none. */
  private indexBefore(count: number): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle].count <= count) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The last snapshot at or before `count`. */
  before(count: number): Snapshot | undefined {
    return this.list[this.indexBefore(count)];
  }

  /** The first snapshot behind `count`. */
  after(count: number): Snapshot | undefined {
    return this.list[this.indexBefore(count) + 1];
  }

  at(count: number): Snapshot | undefined {
    const found = this.before(count);
    return found?.count === count ? found : undefined;
  }

  add(snapshot: Snapshot, isBookmark = false): void {
    this.list.splice(this.indexBefore(snapshot.count) + 1, 0, snapshot);
    this.pages += snapshot.own.size;
    if (isBookmark) this.bookmarks.push(snapshot);
  }

  /** Bytes that bookmarks hold. */
  private get lent(): number {
    return this.bookmarks.reduce((sum, one) => sum + bytesOf(one), 0);
  }

  /** Whether there is room for a bookmark that holds so many pages. */
  hasRoomForBookmark(pages: number): boolean {
    return this.lent + pages * PAGE_SIZE + STATE_BYTES <= this.limit / BOOKMARKS_PART;
  }

  /** Takes the bookmarks behind `count` away. */
  dropBookmarks(count = -1): void {
    while ((this.bookmarks.at(-1)?.count ?? -1) > count) {
      const gone = this.bookmarks.pop();
      const index = gone === undefined ? -1 : this.list.indexOf(gone);
      if (index >= 0) this.drop(index);
    }
  }

  /** Forgets everything behind `count`. */
  truncate(count: number): void {
    while ((this.last?.count ?? -1) > count) {
      const gone = this.list.pop();
      this.pages -= gone?.own.size ?? 0;
    }
  }

  clear(): void {
    this.list.length = 0;
    this.bookmarks.length = 0;
    this.pages = 0;
  }

  /**
   * Drops what is denser than its age allows, seen from the newest moment and from `here`, and then the oldest until
   * the limit holds. The newest two stay.
   */
  thin(here: number): void {
    const newest = this.last?.count ?? 0;
    const { list } = this;
    for (let i = list.length - 3; i > 0; i--) {
      const { count } = list[i];
      const age = Math.min(newest - count, Math.abs(here - count));
      const gap = list[i + 1].count - list[i - 1].count;
      if (gap <= age / GAP_PART && !this.bookmarks.includes(list[i])) this.drop(i);
    }
    while (this.bytes - this.lent > this.limit && this.list.length > 2) this.drop(this.limitVictim(here));
  }

  /** Which goes first when there is not enough room: the oldest, so that the past shortens from its far end. */
  private limitVictim(here: number): number {
    const oldest = this.list[1];
    // The first snapshot is the beginning of known time; it moves up to the next one.
    return oldest !== undefined && oldest.count <= here ? 0 : this.list.length - 2;
  }

  private drop(index: number): void {
    const gone = this.list[index];
    const next = this.list[index + 1];
    this.list.splice(index, 1);
    // The next one now holds alone what the two shared, but for what it has newer versions of.
    for (const frame of gone.same) next?.same.add(frame);
    for (const frame of gone.own) {
      if (next === undefined || next.own.has(frame)) this.pages--;
      else next.own.add(frame);
    }
  }
}
