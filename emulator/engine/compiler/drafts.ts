/** Which blocks become a region: what control leads to from a block, as far as it has run. */
import type { BlockCache, CachedBlock } from '../block-cache';
import { buildGraph, type Graph, type GraphOptions, type SourceBlock } from './graph';
import { passes } from './module';
import type { FlagSlots } from './passes';
import type { RegionPlace } from './region-scope';
import { unrollLoops } from './unroll';

/** Most blocks and instructions of a region. */
const MAX_BLOCKS = 96;
const MAX_INSTRUCTIONS = 300;
/** Targets of a jump by register that are remembered. */
const MOST_TARGETS = 64;

/** The blocks of a region with their IR, the one that it begins with first. */
export interface Collection {
  readonly blocks: readonly CachedBlock[];
  readonly sources: readonly SourceBlock[];
  /** Where calls of the region come back to, and where jumps by register have led. */
  readonly returns: ReadonlySet<number>;
  readonly instructions: number;
}

/** What a region is to be made of. */
export interface Draft {
  /** Before the passes. */
  readonly built: Graph;
  readonly blocks: readonly CachedBlock[];
  readonly entries: readonly CachedBlock[];
  readonly instructions: number;
}

export class Drafts {
  /** Where jumps by register have led, by the place of the jump in bytecode. */
  private readonly jumps = new Map<number, Set<number>>();

  /** `codeBase`: what is added to a program counter of the present context to make its linear address. */
  constructor(
    private readonly blocks: BlockCache,
    private readonly options: GraphOptions,
    private readonly flags: FlagSlots,
    private readonly codeBase: () => number,
  ) {}

  /** A jump by register, at `place` in bytecode, has led to a block that was not in the jump cache. */
  noteJump(place: number, pc: number): void {
    const known = this.jumps.get(place);
    if (known === undefined) this.jumps.set(place, new Set([pc]));
    else if (known.size < MOST_TARGETS) known.add(pc);
  }

  /** All bytecode is gone. */
  forget(): void {
    this.jumps.clear();
  }

  /** The passes over the graph of a region, for its place. */
  passes({ asks, inPlace }: RegionPlace): readonly ((graph: Graph) => Graph)[] {
    return passes(this.options, this.flags, asks && !inPlace);
  }

  /** Collects the blocks of the region that begins at `first`: what control leads to directly, as far as it has run. */
  collect(first: CachedBlock): Collection | undefined {
    const base = this.codeBase();
    const chosen = new Map<number, { block: CachedBlock; source: SourceBlock }>();
    const returns = new Set<number>();
    let instructions = 0;
    const open = [first.pc];
    for (let pc = open.shift(); pc !== undefined; pc = open.shift()) {
      if (chosen.has(pc) || chosen.size >= MAX_BLOCKS) continue;
      const block = pc === first.pc ? first : this.blocks.known(pc, first.context);
      if (block === undefined || instructions + block.addresses.length > MAX_INSTRUCTIONS) continue;
      const source = this.blocks.source(block);
      if (source === undefined) continue;
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
    return {
      blocks: all.map(({ block }) => block),
      sources: all.map(({ source }) => source),
      returns,
      instructions,
    };
  }

  /** The draft of blocks that were collected, if it is worth compiling. */
  build({ blocks, sources, returns, instructions }: Collection): Draft | undefined {
    const built = unrollLoops(buildGraph(sources, returns, this.options));
    // A region that would leave at once costs the way in and out.
    if (leavesAtOnce(built)) return undefined;
    const byPc = new Map(blocks.map((block) => [block.pc, block]));
    const entries = built.entries.map((node) => byPc.get(built.nodes[node]?.pc ?? -1));
    return { built, blocks, entries: entries.filter((block) => block !== undefined), instructions };
  }
}

/** Whether the first instruction is the interpreter's. */
function leavesAtOnce({ nodes, entries }: Graph): boolean {
  const { ops, terminator } = nodes[entries[0]];
  return ops.length <= 1 && terminator.kind === 'jump' && terminator.to.kind === 'interpreter';
}
