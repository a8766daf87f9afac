/**
 * Compiled regions: which blocks become one, where they are found, and when they go.
 *
 * A region has a slot in the table of the machine. What leads to it is its *link* (slot and label of an entry), kept in the
 * first op of the entry's block: interpreter and other regions find it there. So a region that is dropped is unlinked by
 * clearing its entries' words; the call record's links are searched.
 */
import type { CallRecord } from '../../memory/call-record';
import type { GuestMemory } from '../../memory/guest-memory';
import { CPU_BASE, LEAVES, REGION_SLOTS, RUN_CONTEXT, RUN_EPOCH, RUN_TLB, STAMPS } from '../../memory/layout';
import { linkTo, slotOf } from '../link';
import type { BlockCache, CachedBlock } from '../block-cache';
import { Stopwatch } from '../../time/stopwatch';
import type { RegionConfig, RegionPlace } from './region-scope';
import { type Collection, Drafts } from './drafts';
import type { GraphOptions } from './graph';
import { instantiateRegions, type RegionHost } from './module';
import { Batch, MOST_REGIONS, type Work } from './batch';

/** A region that has left so often, before that is forgotten, is compiled in another way. */
const MANY_LEAVES = 500;
/** Most regions of a first block that wait for blocks of theirs. */
const MOST_SUSPENDED = 4;
/** A region of so many instructions is collected and drafted in one step. */
const SMALL = 60;
/** Blocks that wait for being compiled before it is begun in the midst of a run. */
const PENDING = 12;
/**
 * Most modules that have regions. Each has an instance that may keep something for every entry of the table it imports, so
 * that their product is what is bounded.
 */
export const MOST_MODULES = Math.floor(4_000_000 / REGION_SLOTS) - 1;

export interface Region {
  readonly slot: number;
  readonly module: Module;
  readonly blocks: readonly CachedBlock[];
  readonly entries: readonly CachedBlock[];
  readonly instructions: number;
  /** Compiled for memory that lies in place. */
  readonly inPlace: boolean;
  /** It asks without looking whether an access lies beside marks: nothing was watched when it was compiled. */
  readonly isBlind: boolean;
  /** Bytes of its wasm function. */
  readonly bytes: number;
  /** Blocks of it that are suspended: while there are any nothing leads to the region. */
  readonly missing: Set<CachedBlock>;
}

export interface CompilerOptions extends RegionConfig {
  /** Whether a helper may be called from compiled code. */
  readonly calls: (helper: number) => boolean;
}

/** What regions are linked with, and made from. */
export interface RegionImports extends RegionHost {
  /** What is added to a program counter of the present context to make its linear address. */
  readonly codeBase: () => number;
  /** How many accesses there were to what does not lie in place, linear addresses being physical ones. */
  readonly elsewhere: () => number;
  /** Whether there may be more of them, of which nobody is told. */
  readonly holdsElsewhere: () => boolean;
  /** Whether pages of planes are among them. */
  readonly holdsPlanes: () => boolean;
  /** How often compiled code has been granted a page that lies in place. */
  readonly grantedInPlace: () => number;
  /** How often a page was granted for writes beside what is marked in it. */
  readonly beside: () => number;
}

/** Regions that were compiled together: a run of slots. */
interface Module {
  readonly first: number;
  readonly count: number;
  readonly regions: Set<Region>;
}

/** What is to become a region next, of blocks that were collected in a mapping epoch. */
interface Begun {
  readonly collection: Collection;
  readonly context: number;
  readonly epoch: number;
  readonly place: (entries: readonly CachedBlock[], slot: number) => RegionPlace;
}

export class Regions {
  /**
   * For tests: every block is compiled before it runs for the first time; `each`: and runs compiled when there is fuel for
   * one instruction only.
   */
  static eager: 'no' | 'blocks' | 'each' = 'no';
  private readonly live = new Map<number, Region>();
  private readonly byBlock = new Map<CachedBlock, Set<Region>>();
  private readonly pending = new Set<CachedBlock>();
  /** What is being compiled. */
  private batch: Batch | undefined;
  /** What comes into it next. */
  private begun: Begun | undefined;
  /** Blocks that were found good and whose regions have to be looked at. */
  private readonly settling: CachedBlock[] = [];
  /** Modules with regions, the oldest first. */
  private readonly instances = new Set<Module>();
  /** Slots are given out in a ring, but for the first: a link is never 0. */
  private nextSlot = 1;
  /** Blocks whose accesses are found not to lie in place. */
  private readonly elsewhere = new WeakSet<CachedBlock>();
  /** Blocks of regions that left often though their accesses may lie anywhere: they ask, instead. */
  private readonly asking = new WeakSet<CachedBlock>();
  /** Blocks inside of regions that ran often in the interpreter all the same. */
  private readonly retried = new WeakSet<CachedBlock>();
  /** As the machine was made with. */
  readonly eager: boolean;
  readonly drafts: Drafts;
  readonly options: GraphOptions;
  /** For statistics. */
  compiled = 0;
  compiledInstructions = 0;
  wasmBytes = 0;
  modules = 0;
  readonly stopwatch = new Stopwatch();
  private elsewhereBefore = 0;
  private grantedBefore = 0;
  /** What the counters of regions said that are gone, or were set back. */
  private earlierLeaves = 0;

  constructor(
    private readonly memory: GuestMemory,
    private readonly blocks: BlockCache,
    private readonly calls: CallRecord,
    readonly config: CompilerOptions,
    private readonly imports: RegionImports,
  ) {
    this.eager = Regions.eager !== 'no';
    const { promoted, flags } = config;
    const held = new Set([...promoted, flags.result, flags.carries]);
    this.options = {
      calls: config.calls,
      isPromoted: (offset) => held.has(offset),
      checksEach: Regions.eager === 'each',
    };
    this.drafts = new Drafts(blocks, this.options, flags, imports.codeBase);
  }

  get count(): number {
    return this.live.size;
  }

  /** Modules that have regions now. */
  get liveModules(): number {
    return this.instances.size;
  }

  /** How often regions left in the midst of a block, since the start; for statistics. */
  get leaves(): number {
    let sum = this.earlierLeaves;
    for (const slot of this.live.keys()) sum += this.leavesOf(slot);
    return sum;
  }

  private leavesOf(slot: number): number {
    return this.memory.view.getUint32(LEAVES + 4 * slot, true);
  }

  private clearLeaves(slot: number): void {
    this.earlierLeaves += this.leavesOf(slot);
    this.memory.view.setUint32(LEAVES + 4 * slot, 0, true);
  }

  /** A block has run often. Says whether it waits for being compiled. */
  request(block: CachedBlock): boolean {
    // One that comes again while it waits is in a loop that may go on for long.
    const again = this.pending.has(block);
    // Code that is patched is other code soon.
    const soon = this.byBlock.has(block) || this.blocks.isPatched(block);
    this.pending.add(block);
    const waits = () => this.pending.has(block) || this.isUnderWay(block);
    if (
      again ||
      soon ||
      this.batch !== undefined ||
      this.begun !== undefined ||
      this.pending.size >= PENDING ||
      this.eager
    )
      this.goOn(() => this.eager || (soon && waits()));
    return waits();
  }

  /** Goes on with what waits, by one step: regions of the present context. */
  compilePending(): void {
    this.goOn(() => this.eager);
  }

  /** Whether there is something to begin with: what waits may be of contexts that are never the present one at such a time. */
  private waitsHere(): boolean {
    const context = this.memory.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
    for (const block of this.pending) if (block.context === context) return true;
    return false;
  }

  /** Does steps as long as it may, one at least. */
  private goOn(may: () => boolean): void {
    if (this.batch === undefined && this.begun === undefined && !this.waitsHere()) return;
    this.stopwatch.measure(() => {
      while (this.step() && may());
    });
  }

  /** Goes on with a region that was drafted or begun, or begins one more, or makes the module. Says whether there was something to do. */
  private step(): boolean {
    const { batch, begun, memory } = this;
    if (batch?.goOn() === true) return true;
    if (begun !== undefined) {
      this.begun = undefined;
      this.take(begun);
      return true;
    }
    const context = memory.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
    if (batch?.isFull !== true && (batch?.context ?? context) === context) {
      const collection = this.nextCollection(context);
      if (collection !== undefined) {
        const epoch = memory.view.getUint32(CPU_BASE + RUN_EPOCH, true);
        const next = { collection, context, epoch, place: this.placeFor(collection.blocks) };
        if (collection.instructions <= SMALL) this.take(next);
        else this.begun = next;
        return true;
      }
    }
    if (batch === undefined) return false;
    this.batch = undefined;
    this.instantiate(batch);
    return true;
  }

  /** Takes what was begun into the batch, unless it is not worth it. */
  private take({ collection, context, epoch, place }: Begun): void {
    const draft = this.drafts.build(collection);
    if (draft === undefined) return;
    this.batch ??= new Batch(this.takeSlots(MOST_REGIONS), context);
    const at = place(draft.entries, this.batch.nextSlot);
    this.batch.add(draft, at, epoch, this.config, this.drafts.passes(at));
  }

  /** A block is not what it was. */
  private forgetUnderWay(block: CachedBlock): void {
    this.pending.delete(block);
    this.batch?.forget(block);
    if (this.begun?.collection.blocks.includes(block) === true) this.begun = undefined;
  }

  private isUnderWay(block: CachedBlock): boolean {
    return this.batch?.holds(block) === true || this.begun?.collection.blocks.includes(block) === true;
  }

  /** What is to be compiled next of a context. */
  private nextCollection(context: number): Collection | undefined {
    for (const block of this.pending) {
      if (block.context !== context) continue;
      this.pending.delete(block);
      if (!this.blocks.has(block) || this.blocks.linkOf(block) !== 0) continue;
      // Inside of a region it is reached by way of the entries; unless it is not: then it comes again.
      if (!this.isRetried(block)) {
        if (this.isUnderWay(block)) continue;
        if (this.isInside(block)) {
          this.retried.add(block);
          continue;
        }
      }
      const collection = this.drafts.collect(block);
      if (collection !== undefined) return collection;
    }
    return undefined;
  }

  /**
   * Regions that leave again and again are compiled anew: because they access what does not lie in place, or what the soft
   * TLB does not grant: pages of planes, what lies beside code; with paging, what no walk was made for yet. `forgets`: what was
   * counted is forgotten, so that leaving now and then comes to nothing.
   */
  review(forgets: boolean): void {
    const misplaced = this.isMisplaced(forgets);
    const marked = this.imports.beside() > 0;
    for (const region of [...this.live.values()]) {
      const many = this.leavesOf(region.slot) >= MANY_LEAVES;
      if (many || forgets) this.clearLeaves(region.slot);
      if (region.isBlind && this.memory.isWatched) {
        this.makeAnew(region);
        continue;
      }
      if (!many) continue;
      const moves = region.inPlace && misplaced;
      if (!moves && ((region.inPlace && !marked) || this.asking.has(region.entries[0]))) continue;
      // Only who asks passes the logic of planes.
      const asks = !moves || this.imports.holdsPlanes();
      for (const block of region.blocks) {
        if (moves) this.elsewhere.add(block);
        if (asks) this.asking.add(block);
      }
      this.makeAnew(region);
    }
  }

  private makeAnew(region: Region): void {
    this.drop(region);
    this.pending.add(region.entries[0]);
  }

  /** Whether regions in place have left often for what does not lie there. */
  private isMisplaced(forgets: boolean): boolean {
    const { imports } = this;
    const told = imports.elsewhere() - this.elsewhereBefore;
    // A page that is written for the first time since a snapshot is left for once, in place as it lies.
    const granted = imports.grantedInPlace() - this.grantedBefore;
    if (forgets) {
      this.elsewhereBefore += told;
      this.grantedBefore += granted;
    }
    let leaves = 0;
    for (const region of this.live.values()) if (region.inPlace) leaves += this.leavesOf(region.slot);
    return told >= MANY_LEAVES || (imports.holdsElsewhere() && leaves - granted >= MANY_LEAVES);
  }

  /** Whether a block belongs to a region that may run. */
  private isInside(block: CachedBlock): boolean {
    for (const { missing } of this.byBlock.get(block) ?? []) if (missing.size === 0) return true;
    return false;
  }

  private isRetried(block: CachedBlock): boolean {
    return this.eager || this.retried.has(block);
  }

  /** Forgets what waits and everything that was compiled. */
  flush(): void {
    this.pending.clear();
    this.batch = undefined;
    this.begun = undefined;
    this.drafts.forget();
    for (const region of [...this.live.values()]) this.drop(region);
    this.nextSlot = 1;
  }

  /** A block is gone: so are the regions made of it. */
  dropBlock(block: CachedBlock): void {
    this.forgetUnderWay(block);
    const regions = this.byBlock.get(block);
    if (regions === undefined) return;
    for (const region of [...regions]) this.drop(region);
  }

  /** A block may not run for the present: nor may the regions made of it. */
  suspendBlock(block: CachedBlock): void {
    this.forgetUnderWay(block);
    for (const region of this.byBlock.get(block) ?? []) {
      if (region.missing.size === 0) {
        this.detach(region);
        for (const entry of region.entries) this.blocks.hasten(entry);
      }
      region.missing.add(block);
    }
  }

  /**
   * A block is good in the present mapping epoch, for the first time or after it was suspended: it leads to a region that is
   * good, too, if there is one. A region is good when fetching from any of its pages gives what it was made from, without an
   * effect. To find that out blocks of it may be linked in again, whose regions are looked at, too.
   */
  settle(block: CachedBlock): void {
    if (!this.byBlock.has(block)) return;
    const { settling } = this;
    settling.push(block);
    if (settling.length > 1) return;
    const epoch = this.memory.view.getUint32(CPU_BASE + RUN_EPOCH, true);
    for (let i = 0; i < settling.length; i++) {
      const one = settling[i];
      // What it led to may not be good any more.
      if (this.blocks.linkOf(one) !== 0) this.blocks.setLink(one, 0);
      for (const region of this.byBlock.get(one) ?? []) this.settleRegion(region, one, epoch);
    }
    settling.length = 0;
  }

  private settleRegion(region: Region, block: CachedBlock, epoch: number): void {
    const { missing, entries, slot } = region;
    const { view } = this.memory;
    const stamp = STAMPS + 4 * slot;
    const wasMissing = missing.size > 0;
    for (const one of missing) {
      if (one !== block && !this.blocks.isGood(one, epoch)) return;
      missing.delete(one);
    }
    if (view.getUint32(stamp, true) !== epoch) {
      if (!entries.includes(block) && !wasMissing) return;
      if (!region.blocks.every((one) => this.blocks.isGood(one, epoch))) return;
      view.setUint32(stamp, epoch, true);
    }
    entries.forEach((entry, label) => {
      if (entry === block || (wasMissing && this.blocks.linkOf(entry) === 0))
        this.blocks.setLink(entry, linkTo(slot, label));
    });
  }

  private drop(region: Region): void {
    this.live.delete(region.slot);
    this.clearLeaves(region.slot);
    for (const block of region.blocks) {
      const set = this.byBlock.get(block);
      set?.delete(region);
      if (set?.size === 0) this.byBlock.delete(block);
    }
    this.detach(region);
    this.imports.table.set(region.slot, null);
    const { module } = region;
    module.regions.delete(region);
    if (module.regions.size === 0) this.instances.delete(module);
    this.wasmBytes -= region.bytes;
  }

  /** Takes away everything that leads to a region. */
  private detach({ entries, slot }: Region): void {
    for (const entry of entries) {
      if (slotOf(this.blocks.linkOf(entry)) === slot) this.blocks.setLink(entry, 0);
    }
    this.calls.forgetLinks((link) => slotOf(link) === slot);
  }

  /* ------------------------------------------------------------------------------ compiling */

  /** Gives `count` slots in a row, and room for one module more: the oldest modules go. */
  private takeSlots(count: number): number {
    if (this.nextSlot + count > REGION_SLOTS) this.nextSlot = 1;
    const first = this.nextSlot;
    const isInTheWay = (module: Module) => module.first < first + count && first < module.first + module.count;
    // Slots are taken in a ring, so that what is in the way is the oldest, too.
    while (this.instances.size >= MOST_MODULES || [...this.instances].some(isInTheWay)) this.dropOldest();
    return first;
  }

  private dropOldest(): void {
    for (const oldest of this.instances) {
      for (const region of [...oldest.regions]) this.drop(region);
      return;
    }
  }

  /** Drops the oldest of too many suspended regions that begin with a block. */
  private boundSuspended(first: CachedBlock): void {
    const suspended = [...(this.byBlock.get(first) ?? [])].filter(
      ({ missing, entries }) => missing.size > 0 && entries[0] === first,
    );
    if (suspended.length >= MOST_SUSPENDED) this.drop(suspended[0]);
  }

  private instantiate({ first, context, works }: Batch): void {
    const { memory } = this;
    this.nextSlot = first + works.length;
    for (const work of works) work.isStale ||= !this.isGoodNow(work, context);
    if (works.every(({ isStale }) => isStale)) return;
    const made: Module = { first, count: works.length, regions: new Set() };
    this.instances.add(made);
    const bodies = works.flatMap(({ body }) => (body === undefined ? [] : [body]));
    instantiateRegions(bodies, first, memory.memory, this.config, this.imports);
    this.modules++;
    const epoch = memory.view.getUint32(CPU_BASE + RUN_EPOCH, true);
    for (const { draft, place, body, isStale } of works) {
      const { slot, inPlace } = place;
      const isBlind = place.asks && !place.marks;
      if (isStale) {
        this.imports.table.set(slot, null);
        continue;
      }
      const { blocks, entries, instructions } = draft;
      const bytes = body?.code.length ?? 0;
      const region: Region = {
        slot,
        module: made,
        blocks,
        entries,
        inPlace,
        isBlind,
        instructions,
        bytes,
        missing: new Set(),
      };
      this.boundSuspended(entries[0]);
      this.live.set(slot, region);
      made.regions.add(region);
      this.compiled++;
      this.compiledInstructions += instructions;
      this.wasmBytes += bytes;
      for (const block of blocks) {
        const set = this.byBlock.get(block) ?? new Set();
        set.add(region);
        this.byBlock.set(block, set);
      }
      memory.view.setUint32(STAMPS + 4 * slot, epoch, true);
      entries.forEach((entry, label) => {
        if (this.blocks.linkOf(entry) === 0) this.blocks.setLink(entry, linkTo(slot, label));
      });
    }
  }

  /** Whether what was drafted in an earlier mapping epoch is good in the present one. */
  private isGoodNow({ draft, epoch }: Work, context: number): boolean {
    const { view } = this.memory;
    const present = view.getUint32(CPU_BASE + RUN_EPOCH, true);
    if (present === epoch) return true;
    if (view.getUint32(CPU_BASE + RUN_CONTEXT, true) !== context) return false;
    return draft.blocks.every((block) => this.blocks.isGood(block, present));
  }

  /** What a region of the present context is compiled against, by its entries and its slot. */
  placeFor(made: readonly CachedBlock[]): (entries: readonly CachedBlock[], slot?: number) => RegionPlace {
    const { memory, blocks } = this;
    const mapped = memory.view.getUint32(CPU_BASE + RUN_EPOCH, true) !== 0;
    const context = memory.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
    const codeBase = this.imports.codeBase();
    const tlb = CPU_BASE + memory.view.getUint32(CPU_BASE + RUN_TLB, true);
    return (entries, slot = this.nextSlot) => {
      const labels = new Map(entries.map(({ pc }, label) => [pc, label]));
      const inPlace = !mapped && !made.some((block) => this.elsewhere.has(block));
      const asks =
        // Tests have some of both.
        (this.eager && !inPlace && slot % 2 === 0) ||
        this.options.checksEach === true ||
        made.some((one) => this.asking.has(one) || one.open.size > 0);
      return {
        slot,
        context,
        codeBase,
        linkField: blocks.linkField,
        tlb,
        inPlace,
        asks,
        marks: asks && (this.eager || memory.isWatched || (inPlace && this.imports.beside() > 0)),
        leaves: LEAVES + 4 * slot,
        stamp: mapped ? STAMPS + 4 * slot : 0,
        block: (pc) => blocks.known(pc, context)?.ip,
        entry: (pc) => labels.get(pc) ?? -1,
      };
    };
  }
}
