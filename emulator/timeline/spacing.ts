/**
 * When the next snapshot is due: so that snapshots cost the same small part of a run, whatever the guest does.
 *
 * With the host's clock that part is measured: what snapshots took, and what it took to notice which pages are written. Without one work is estimated
 * from counts, so that the places of snapshots are the same in every run. Only what is run for the first time counts.
 */
import { PAGE_SIZE } from '../memory/layout';
import type { Processor } from '../system/processor';

/** Says what was executed, and by what. */
type Executed = Readonly<Pick<Processor, 'executedCounts' | 'compiledCounts' | 'bulkCounts'>>;

/** What a snapshot cost. */
export interface SnapshotCost {
  /** Pages that were copied. */
  readonly copied: number;
  /** Pages whose first write since the snapshot before had to be noticed. */
  readonly noted: number;
  /** By the host's clock, ms. */
  readonly took: number;
}

/** Says how much work has been done since some moment, and how much belongs between snapshots. */
interface Measure {
  /** What belongs between them at least. */
  readonly least: number;
  done(): number;
  between(cost: SnapshotCost): number;
}

/** Counts after which it is looked for the first time how much work was done; and at least between two looks. */
const FIRST_LOOK = 200_000;
const LOOK_AGAIN = 20_000;
/** The distance to the last snapshot may become so many times longer from look to look. */
const GROWTH = 4;

/** By the host's clock. */
class ByTime implements Measure {
  /** Of the run's time one part in so many is for snapshots. */
  private static readonly PART = 50;
  /** However little they cost, ms. */
  readonly least = 2;
  /** What a page that is noticed costs: compiled code leaves for it, ms. */
  private static readonly NOTED = 0.004;
  /** What takes longer than that, and so much a page, ms, was something else: collected garbage, a computer that slept. */
  private static readonly MOST = 5;
  private static readonly MOST_A_PAGE = 0.02;
  /** How much the last cost counts, beside those before. */
  private static readonly WEIGHT = 1 / 8;
  /** What snapshots cost of late, ms. */
  private usual: number | undefined;

  constructor(readonly done: () => number) {}

  between({ copied, noted, took }: SnapshotCost): number {
    const { PART, NOTED, MOST, MOST_A_PAGE, WEIGHT } = ByTime;
    const cost = Math.min(took, MOST + MOST_A_PAGE * copied) + NOTED * noted;
    this.usual = this.usual === undefined ? cost : this.usual + WEIGHT * (cost - this.usual);
    return Math.max(this.least, PART * this.usual);
  }
}

/**
 * By counts: one is work of 1 when the interpreter executes it, of compiled code so many are, of string instructions done at once so many.
 */
class ByCounts implements Measure {
  private static readonly COMPILED = 60;
  private static readonly BULK = 200;
  /** Bytes of copied pages allowed for each unit of work, so that copying, and finding out what to copy, stays a few per cent. */
  private static readonly BYTES_PER_WORK = 0.4;
  /** When little is written: a millisecond or two of running. */
  readonly least = 200_000;

  constructor(private readonly executed: Executed) {}

  done(): number {
    const { compiledCounts, bulkCounts, executedCounts } = this.executed;
    const interpreted = executedCounts - compiledCounts - bulkCounts;
    return interpreted + compiledCounts / ByCounts.COMPILED + bulkCounts / ByCounts.BULK;
  }

  between({ copied }: SnapshotCost): number {
    return Math.max(this.least, Math.round((copied * PAGE_SIZE) / ByCounts.BYTES_PER_WORK));
  }
}

export class Spacing {
  private readonly measure: Measure;
  /** Work and counts since the last snapshot, and the work that belongs before the next one. */
  private worked = 0;
  private counts = 0;
  private work: number;
  /** Where to look, counts from the last snapshot on. */
  private look = FIRST_LOOK;

  /** `clock`: the host's, ms. */
  constructor(executed: Executed, clock: (() => number) | undefined) {
    this.measure = clock === undefined ? new ByCounts(executed) : new ByTime(clock);
    this.work = this.measure.least;
  }

  /** A snapshot was taken. */
  begin(cost: SnapshotCost): void {
    this.work = this.measure.between(cost);
    this.again();
  }

  /** The next one is due soon, wherever the last one was. */
  again(): void {
    this.worked = 0;
    this.counts = 0;
    this.look = FIRST_LOOK;
  }

  /** Counts that may be run until it is to be asked whether a snapshot is due. */
  get ahead(): number {
    return Math.max(1, this.look - this.counts);
  }

  /** Work so far; for `ran`. */
  get now(): number {
    return this.measure.done();
  }

  /** So many counts were run for the first time, since the work was `since`. Says whether a snapshot is due. */
  ran(counts: number, since: number): boolean {
    this.worked += this.measure.done() - since;
    this.counts += counts;
    if (this.counts < this.look) return false;
    if (this.worked >= this.work) return true;
    // As if it went on with the same mixture.
    const wanted = (this.counts / Math.max(this.worked, Number.MIN_VALUE)) * this.work;
    this.look = Math.ceil(Math.min(Math.max(wanted, this.counts + LOOK_AGAIN), this.counts * GROWTH));
    return false;
  }
}
