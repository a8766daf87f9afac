/**
 * Regions on their way into one module: each is drafted, improved and written in steps of their own, then all of them are
 * instantiated in one more. So nobody who waits for the machine waits for more than one step.
 */
import type { CachedBlock } from '../block-cache';
import type { FunctionBody } from '../wasm/module';
import { regionFunction } from './module';
import type { RegionConfig, RegionPlace } from './region-scope';
import type { Draft } from './drafts';
import type { Graph } from './graph';

/** Most regions, and instructions after which there are enough. */
export const MOST_REGIONS = 16;
const ENOUGH_INSTRUCTIONS = 150;
/** A region of so many is improved and written at once. */
const SMALL = 60;

export interface Work {
  readonly draft: Draft;
  readonly place: RegionPlace;
  /** The mapping epoch in which it was drafted. */
  readonly epoch: number;
  /** Behind the passes. */
  graph: Graph | undefined;
  body: FunctionBody | undefined;
  /** Something that it was made of has changed meanwhile. */
  isStale: boolean;
}

export class Batch {
  readonly works: Work[] = [];
  private instructions = 0;

  /** `first`: slot of the first region; as many as may come are free behind it. All are of one context. */
  constructor(
    readonly first: number,
    readonly context: number,
  ) {}

  get nextSlot(): number {
    return this.first + this.works.length;
  }

  get isFull(): boolean {
    return this.works.length === MOST_REGIONS || this.instructions >= ENOUGH_INSTRUCTIONS;
  }

  holds(block: CachedBlock): boolean {
    return this.works.some(({ draft }) => draft.blocks.includes(block));
  }

  add(draft: Draft, place: RegionPlace, epoch: number): void {
    this.works.push({ draft, place, epoch, graph: undefined, body: undefined, isStale: false });
    this.instructions += draft.instructions;
  }

  /** Takes one that has no function a step further on: by `improve`, or by writing it. Says whether there was one. */
  goOn(config: RegionConfig, improve: (draft: Draft, place: RegionPlace) => Graph): boolean {
    const index = this.works.findIndex(({ body }) => body === undefined);
    const work = this.works[index];
    if (work === undefined) return false;
    const { draft, place } = work;
    const name = `r${place.slot}_${draft.entries[0]?.pc.toString(16) ?? ''}`;
    const isImproved = work.graph !== undefined;
    work.graph ??= improve(draft, place);
    if (isImproved || draft.instructions <= SMALL) work.body = regionFunction(work.graph, config, place, name, index);
    return true;
  }

  /** A block is not what it was when the regions were drafted. */
  forget(block: CachedBlock): void {
    for (const work of this.works) if (work.draft.blocks.includes(block)) work.isStale = true;
  }
}
