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
import type { BlockCache, CachedBlock } from '../block-cache';
import { Stopwatch } from '../../time/stopwatch';
import type { RegionConfig, RegionPlace } from './region-scope';
import { buildGraph, type Graph, type GraphOptions, type SourceBlock } from './graph';
import { improveGraph, instantiateRegions, regionFunction, type RegionHost } from './module';

/** Most blocks and instructions of a region. */
const MAX_BLOCKS = 96;
const MAX_INSTRUCTIONS = 500;
/** Most instructions compiled in one go, so that nobody waits. */
const BATCH_INSTRUCTIONS = 1500;
/** Targets of a jump by register that are remembered. */
const MOST_TARGETS = 64;
/** A region that has left so often, before that is forgotten, is compiled in another way. */
const MANY_LEAVES = 500;
/** Most regions of a first block that wait for blocks of theirs. */
const MOST_SUSPENDED = 4;
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

/** What a region is to be made of. */
export interface Draft {
  /** As it was built, and behind the passes. */
  readonly built: Graph;
  readonly graph: Graph;
  readonly blocks: readonly CachedBlock[];
  readonly entries: readonly CachedBlock[];
  readonly instructions: number;
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
  /** Where jumps by register have led, by the place of the jump in bytecode. */
  private readonly jumps = new Map<number, Set<number>>();
  /** As the machine was made with. */
  readonly eager: boolean;
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

  /** A block has run often. */
  request(block: CachedBlock): void {
    // One that comes again while it waits is in a loop that may go on for long; code that is patched is other code soon.
    const soon = this.pending.has(block) || this.byBlock.has(block) || this.blocks.isPatched(block);
    this.pending.add(block);
    if (soon || this.pending.size >= PENDING || this.eager) this.compilePending();
  }

  /** Compiles what waits, a bounded part of it: regions of the present context. */
  compilePending(): void {
    if (this.pending.size > 0) this.stopwatch.measure(() => this.compileSome());
  }

  private compileSome(): void {
    const context = this.memory.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
    const drafts: Draft[] = [];
    let instructions = 0;
    for (const block of this.pending) {
      if (block.context !== context) continue;
      this.pending.delete(block);
      if (!this.blocks.has(block) || this.blocks.linkOf(block) !== 0) continue;
      // Inside of a region it is reached by way of the entries; unless it is not: then it comes again.
      if (!this.isRetried(block)) {
        if (drafts.some((draft) => draft.blocks.includes(block))) continue;
        if (this.isInside(block)) {
          this.retried.add(block);
          continue;
        }
      }
      const draft = this.draft(block);
      if (draft === undefined) continue;
      drafts.push(draft);
      instructions += draft.instructions;
      if (instructions >= BATCH_INSTRUCTIONS) break;
    }
    if (drafts.length > 0) this.compile(drafts);
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
      if (!many) continue;
      const moves = region.inPlace && misplaced;
      if (!moves && ((region.inPlace && !marked) || this.asking.has(region.entries[0]))) continue;
      const which = moves ? this.elsewhere : this.asking;
      for (const block of region.blocks) which.add(block);
      this.drop(region);
      this.pending.add(region.entries[0]);
    }
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

  /** A jump by register, at `place` in bytecode, has led to a block that was not in the jump cache. */
  noteJump(place: number, pc: number): void {
    const known = this.jumps.get(place);
    if (known === undefined) this.jumps.set(place, new Set([pc]));
    else if (known.size < MOST_TARGETS) known.add(pc);
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
    this.jumps.clear();
    for (const region of [...this.live.values()]) this.drop(region);
    this.nextSlot = 1;
  }

  /** A block is gone: so are the regions made of it. */
  dropBlock(block: CachedBlock): void {
    this.pending.delete(block);
    const regions = this.byBlock.get(block);
    if (regions === undefined) return;
    for (const region of [...regions]) this.drop(region);
  }

  /** A block may not run for the present: nor may the regions made of it. */
  suspendBlock(block: CachedBlock): void {
    this.pending.delete(block);
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
        this.blocks.setLink(entry, (slot << 16) | label);
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
      if (this.blocks.linkOf(entry) >>> 16 === slot) this.blocks.setLink(entry, 0);
    }
    this.calls.forgetLinks((link) => link >>> 16 === slot);
  }

  /* ------------------------------------------------------------------------------ choosing */

  /** Collects the blocks of the region that begins at `first`: what control leads to directly, as far as it has run. */
  draft(first: CachedBlock): Draft | undefined {
    const base = this.imports.codeBase();
    const chosen = new Map<number, { block: CachedBlock; source: SourceBlock }>();
    const returns = new Set<number>();
    let instructions = 0;
    const open = [first.pc];
    for (let pc = open.shift(); pc !== undefined; pc = open.shift()) {
      if (chosen.has(pc) || chosen.size >= MAX_BLOCKS) continue;
      const block = pc === first.pc ? first : this.blocks.known(pc, first.context);
      if (block === undefined || instructions + block.addresses.length > MAX_INSTRUCTIONS) continue;
      const source = this.blocks.source(block);
      if (source === undefined || source.block.ops[0]?.op !== 'insn') continue;
      chosen.set(pc, { block, source });
      instructions += block.addresses.length;
      for (const op of source.block.ops) {
        if (op.op === 'goto_ind' && !source.block.ops.some((one) => one.op === 'frame_pop')) {
          const place = block.ip + block.places[block.places.length - 1];
          for (const to of this.jumps.get(place) ?? []) {
            returns.add(to);
            open.push(to);
          }
        } else if (op.op === 'goto' || op.op === 'goto_if') open.push((op.immediates[0] ?? 0) >>> 0);
        else if (op.op === 'frame_push' && op.sources[0]?.kind === 'const') {
          const to = (Number(op.sources[0].value) - base) >>> 0;
          returns.add(to);
          open.push(to);
        }
      }
    }
    if (chosen.size === 0) return undefined;
    const all = [...chosen.values()];
    const built = buildGraph(
      all.map(({ source }) => source),
      returns,
      this.options,
    );
    // A region that would leave at once costs the way in and out.
    if (leavesAtOnce(built)) return undefined;
    const graph = improveGraph(built, this.options, this.config.flags);
    const entries = graph.entries.map((node) => chosen.get(graph.nodes[node]?.pc ?? -1)?.block);
    return {
      built,
      graph,
      blocks: all.map(({ block }) => block),
      entries: entries.filter((block) => block !== undefined),
      instructions,
    };
  }

  /* ------------------------------------------------------------------------------ compiling */

  /** Gives `count` slots in a row, and room for one module more: the oldest modules go. */
  private takeSlots(count: number): number {
    if (this.nextSlot + count > REGION_SLOTS) this.nextSlot = 1;
    const first = this.nextSlot;
    const isInTheWay = (module: Module) => module.first < first + count && first < module.first + module.count;
    // Slots are taken in a ring, so that what is in the way is the oldest, too.
    while (this.instances.size >= MOST_MODULES || [...this.instances].some(isInTheWay)) this.dropOldest();
    this.nextSlot += count;
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

  private compile(drafts: readonly Draft[]): void {
    const { memory } = this;
    const first = this.takeSlots(drafts.length);
    const made: Module = { first, count: drafts.length, regions: new Set() };
    this.instances.add(made);
    const epoch = memory.view.getUint32(CPU_BASE + RUN_EPOCH, true);
    const places = drafts.map((draft, index) => this.placeOf(draft, first + index));
    const functions = drafts.map((draft, index) => {
      const name = `r${first + index}_${draft.entries[0]?.pc.toString(16) ?? ''}`;
      return regionFunction(draft.graph, this.config, places[index], name, index);
    });
    instantiateRegions(functions, first, memory.memory, this.config, this.imports);
    this.modules++;
    drafts.forEach((draft, index) => {
      const slot = first + index;
      const size = functions[index]?.code.length ?? 0;
      const region: Region = {
        slot,
        module: made,
        blocks: draft.blocks,
        entries: draft.entries,
        inPlace: places[index].inPlace,
        instructions: draft.instructions,
        bytes: size,
        missing: new Set(),
      };
      this.boundSuspended(region.entries[0]);
      this.live.set(slot, region);
      made.regions.add(region);
      this.compiled++;
      this.compiledInstructions += draft.instructions;
      this.wasmBytes += size;
      for (const block of region.blocks) {
        const set = this.byBlock.get(block) ?? new Set();
        set.add(region);
        this.byBlock.set(block, set);
      }
      memory.view.setUint32(STAMPS + 4 * slot, epoch, true);
      region.entries.forEach((entry, label) => {
        if (this.blocks.linkOf(entry) === 0) this.blocks.setLink(entry, (slot << 16) | label);
      });
    });
  }

  /** What a region of the present context is compiled against, in a slot. */
  placeOf(draft: Draft, slot = this.nextSlot): RegionPlace {
    const { memory, blocks } = this;
    const mapped = memory.view.getUint32(CPU_BASE + RUN_EPOCH, true) !== 0;
    const context = memory.view.getUint32(CPU_BASE + RUN_CONTEXT, true);
    const labels = new Map(draft.entries.map(({ pc }, label) => [pc, label]));
    const inPlace = !mapped && !draft.blocks.some((block) => this.elsewhere.has(block));
    return {
      slot,
      context,
      codeBase: this.imports.codeBase(),
      linkField: blocks.linkField,
      tlb: CPU_BASE + memory.view.getUint32(CPU_BASE + RUN_TLB, true),
      inPlace,
      asks:
        (this.eager && !inPlace) ||
        this.options.checksEach === true ||
        draft.blocks.some((one) => this.asking.has(one)),
      leaves: LEAVES + 4 * slot,
      stamp: mapped ? STAMPS + 4 * slot : 0,
      block: (pc) => blocks.known(pc, context)?.ip,
      entry: (pc) => labels.get(pc) ?? -1,
    };
  }
}

/** Whether the first instruction is the interpreter's. */
function leavesAtOnce({ nodes, entries }: Graph): boolean {
  const { ops, terminator } = nodes[entries[0]];
  return ops.length <= 1 && terminator.kind === 'jump' && terminator.to.kind === 'interpreter';
}
