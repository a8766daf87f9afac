/** A region as text for people: its nodes before and after the passes, where they lead, and its wasm function. */
import { printOp, type RegisterNames } from '../../ir/text';
import {
  CODE,
  CODE_BYTES,
  CPU_BASE,
  FRAMES,
  FRAME_RECORD,
  IN_PLACE_READ,
  IN_PLACE_WRITE,
  JUMPS,
  LEAVES,
  MEMOS,
  REGISTER_BYTES,
  RUN_CARRY_A,
  RUN_COMPILED,
  RUN_DEPTH,
  RUN_DETAIL,
  RUN_ENTERED,
  RUN_EPOCH,
  RUN_EXITS,
  RUN_FUEL,
  RUN_KIND,
  RUN_LEFT,
  RUN_LIMIT,
  RUN_REPEATING,
  STAMPS,
  TLB,
  TLB_BYTES,
  TLB_COUNT,
} from '../../memory/layout';
import type { CachedBlock } from '../block-cache';
import { TextEmitter } from '../wasm/emitter';
import type { RegionEmitter } from './emit';
import { FIRST_REGISTER } from './region-scope';
import { type Graph, type GraphNode, mayLeave, type PlacedOp, type Target, targetsOf } from './graph';
import { Agenda } from './agenda';
import { printReach, printSpan } from './checks';
import { functionNames, regionEmitter } from './module';
import type { Regions } from './regions';

export interface RegionText {
  readonly blocks: readonly CachedBlock[];
  readonly instructions: number;
  /** Nodes that control comes to. */
  readonly nodes: readonly NodeText[];
  /** The function's parameters, then its body. */
  readonly wasm: readonly string[];
}

export interface NodeText {
  /** What it is, and where it leads, in words. */
  readonly title: string;
  readonly built: readonly string[];
  /** Behind the passes. Both are empty where the node is another one once more. */
  readonly improved: readonly string[];
}

/** The region that would begin at a block of the present context now; nothing where none can. Nothing is compiled. */
export function describeRegion(regions: Regions, first: CachedBlock, names: RegisterNames): RegionText | undefined {
  const collection = regions.drafts.collect(first);
  const draft = collection === undefined ? undefined : regions.drafts.build(collection);
  if (draft === undefined) return undefined;
  const parameters = FIRST_REGISTER + regions.config.promoted.length;
  let locals: readonly string[] = [];
  const nameOf = (local: number): string => {
    const name = locals[local] ?? String(local);
    // Registers, and their upper halves, by where they lie.
    return name.replace(/^r(\d+)/, (own, offset) => names.name(Number(offset)) ?? own);
  };
  const functions = functionNames(regions.config);
  const out = new TextEmitter(nameOf, (index) => functions[index] ?? String(index));
  const place = regions.placeFor(draft.blocks)(draft.entries);
  const graph = regions.drafts.passes(place).reduce((improved, pass) => pass(improved), draft.built);
  const agenda = new Agenda();
  const emitter = regionEmitter(agenda, out, graph, regions.config, place);
  locals = emitter.localNames;
  emitter.emit();
  agenda.finish();
  const { built, blocks, instructions } = draft;
  const print = (ops: readonly PlacedOp[]) =>
    ops.map(({ op, reach }) => `${printOp(op, names)}${reach === undefined ? '' : `  ; ${printReach(reach)}`}`);
  return {
    blocks,
    instructions,
    nodes: reached(graph).map((node) => ({
      title: titleOf(node, graph, emitter, regions, names),
      built: print(built.nodes.find(({ id, copyOf }) => id === node.id && copyOf === undefined)?.ops ?? []),
      improved: print(node.copyOf === undefined ? node.ops : []),
    })),
    wasm: [
      `parameters: ${Array.from({ length: parameters }, (_, local) => nameOf(local)).join(' ')}`,
      ...out
        .text()
        .split('\n')
        .map((line) => noted(line, names)),
    ],
  };
}

/** Nodes that the entries lead to, by number. */
function reached(graph: Graph): readonly GraphNode[] {
  const found = new Set(graph.entries);
  for (const id of found) {
    for (const target of targetsOf(graph.nodes[id].terminator)) if (target.kind === 'node') found.add(target.node);
  }
  return graph.nodes.filter(({ id }) => found.has(id));
}

const hex = (value: number): string => `${value.toString(16).toUpperCase()}h`;

function titleOf(
  node: GraphNode,
  graph: Graph,
  emitter: RegionEmitter<TextEmitter>,
  regions: Regions,
  names: RegisterNames,
): string {
  const needed = emitter.fuelNeeded(node.id);
  const isGranted = ({ reach }: PlacedOp) => reach?.kind === 'other' && node.granted?.includes(reach.group) === true;
  const leaves = node.ops
    .filter((placed) => mayLeave(placed.op, regions.options) && !isGranted(placed))
    .map(({ op }) => `${op.op}.${op.width}`);
  return [
    node.copyOf === undefined
      ? `N${node.id} of the block at ${hex(node.pc)}`
      : `N${node.id}, N${node.copyOf} once more`,
    ...(graph.entries.includes(node.id) ? ['entry'] : []),
    ...(needed === undefined ? [] : [`goes on with ${needed} fuel at least`]),
    `takes ${node.fuel}`,
    leadsTo(node, names),
    ...(leaves.length === 0 ? [] : [`side exits at ${leaves.join(', ')}`]),
  ].join('; ');
}

function leadsTo({ terminator }: GraphNode, names: RegisterNames): string {
  const value = (operand: Parameters<typeof printOp>[0]['sources'][number]) =>
    printOp({ op: 'mov', width: 32, sources: [operand], immediates: [] }, names).replace('mov.32 ', '');
  switch (terminator.kind) {
    case 'jump':
      return `leads to ${targetWords(terminator.to)}`;
    case 'branch': {
      const { condition, taken, otherwise } = terminator;
      return `leads to ${targetWords(taken)} if ${value(condition)}, else to ${targetWords(otherwise)}`;
    }
    case 'granted':
      return `leads to ${targetWords(terminator.taken)} if ${printSpan(terminator.span)}, is granted, else to ${targetWords(terminator.otherwise)}`;
    case 'indirect':
      return terminator.returns
        ? `returns to ${value(terminator.target)}, by the call record's link`
        : `jumps to ${value(terminator.target)}, by the jump cache`;
  }
}

function targetWords(target: Target): string {
  switch (target.kind) {
    case 'node':
      return `N${target.node}`;
    case 'block':
      return `the block at ${hex(target.pc)}, by its link`;
    case 'interpreter':
      return target.place === undefined ? 'the interpreter, which executes the instruction' : 'the interpreter';
  }
}

/** Words of the run state. */
const WORDS: ReadonlyMap<number, string> = new Map([
  [RUN_FUEL, 'fuel'],
  [RUN_LIMIT, 'count at which the fuel is used up'],
  [RUN_ENTERED, 'count of entering'],
  [RUN_COMPILED, 'counts executed compiled'],
  [RUN_EXITS, 'exits'],
  [RUN_EPOCH, 'mapping epoch'],
  [RUN_LEFT, 'counter of the region that has left last'],
  [RUN_DETAIL, 'detail of the exit'],
  [RUN_KIND, 'kind of the flags'],
  [RUN_CARRY_A, 'flags_a'],
  [RUN_DEPTH, 'depth of the call record'],
  [RUN_REPEATING, 'repeating'],
]);

/** What lies in parts of the machine's memory: first address, the one behind. */
const PARTS: readonly (readonly [first: number, end: number, name: string])[] = [
  [CPU_BASE + FRAME_RECORD, CPU_BASE + JUMPS, 'call record'],
  [CPU_BASE + JUMPS, CPU_BASE + TLB, 'jump cache'],
  [CPU_BASE + TLB, CPU_BASE + TLB + TLB_COUNT * TLB_BYTES, 'soft TLB'],
  [STAMPS, LEAVES, "region's mapping epoch"],
  [LEAVES, MEMOS, "region's side exits"],
  [IN_PLACE_READ, IN_PLACE_WRITE, 'pages that may be read in place'],
  [IN_PLACE_WRITE, CODE, 'pages that may be written in place'],
  [CODE, CODE + CODE_BYTES, "block's link"],
  [FRAMES, FRAMES + 1, 'guest RAM'],
];

/** A line of wasm with what lies at its memory offset. */
function noted(line: string, names: RegisterNames): string {
  const offset = Number(/ offset=(\d+)$/.exec(line)?.[1] ?? -1);
  const inCpu = offset - CPU_BASE;
  const name =
    inCpu >= 0 && inCpu < REGISTER_BYTES
      ? (names.name(inCpu) ?? `+${inCpu}`)
      : (WORDS.get(inCpu) ?? PARTS.find(([first, end]) => offset >= first && offset < end)?.[2]);
  return name === undefined ? line : `${line}  ;; ${name}`;
}
