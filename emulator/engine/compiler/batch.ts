/**
 * Regions on their way into one module: each is collected, drafted, improved and written in steps, then all of them are
 * instantiated in one more. So nobody who waits for the machine waits for more than one step.
 */
import type { CachedBlock } from '../block-cache';
import type { FunctionBody } from '../wasm/module';
import { Agenda } from './agenda';
import { opsOf, writeRegion } from './module';
import type { RegionConfig, RegionPlace } from './region-scope';
import type { Draft } from './drafts';
import type { Graph } from './graph';

/** Most regions, and instructions after which there are enough. */
export const MOST_REGIONS = 16;
const ENOUGH_INSTRUCTIONS = 150;
/** Ops looked at in a step: a region of some 30 instructions is improved and written at once. */
const STEP_WORK = 1000;

export interface Work {
  readonly draft: Draft;
  readonly place: RegionPlace;
  /** The mapping epoch in which it was drafted. */
  readonly epoch: number;
  /** What makes the function. */
  readonly agenda: Agenda;
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

  /** `passes`: over the draft's graph, one by one. */
  add(
    draft: Draft,
    place: RegionPlace,
    epoch: number,
    config: RegionConfig,
    passes: readonly ((graph: Graph) => Graph)[],
  ): void {
    const agenda = new Agenda();
    const work: Work = { draft, place, epoch, agenda, body: undefined, isStale: false };
    const name = `r${place.slot}_${draft.entries[0]?.pc.toString(16) ?? ''}`;
    const index = this.works.length;
    let graph = draft.built;
    const improve = passes.map((pass) => () => {
      graph = pass(graph);
      agenda.note(opsOf(graph));
    });
    agenda.next(...improve, () =>
      writeRegion(agenda, graph, config, place, name, index, (body) => {
        work.body = body;
      }),
    );
    this.works.push(work);
    this.instructions += draft.instructions;
  }

  /** Takes one that has no function a step further on. Says whether there was one. */
  goOn(): boolean {
    const work = this.works.find(({ body }) => body === undefined);
    work?.agenda.goOn(STEP_WORK);
    return work !== undefined;
  }

  /** A block is not what it was when the regions were drafted. */
  forget(block: CachedBlock): void {
    for (const work of this.works) if (work.draft.blocks.includes(block)) work.isStale = true;
  }
}
