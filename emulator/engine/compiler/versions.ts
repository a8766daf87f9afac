/**
 * A pass over a region's graph, behind compiler/unroll: a loop that was written several times gets a second version, the loop
 * as it was. Where its first copy makes an access that others, in any of the copies, lie beside (compiler/groups), all of them
 * are looked at together. The copies go on without checks; when some are not granted, the second version goes on, where each
 * access is checked by itself, and leads back to the beginning.
 */
import type { Operand } from '../../ir/block';
import { opRow } from '../../ir/ops';
import { accessesOf, keepsLimit, type Limit } from './checks';
import { type Graph, type GraphNode, type PlacedOp, type Target, targetsOf, type UnrolledLoop } from './graph';
import { type Access, type Group, groupsOf, MOST_GROUPS, spanOf } from './groups';
import { withTargets } from './unroll';
import { Values } from './values';

export function versionLoops(graph: Graph): readonly GraphNode[] {
  const nodes = [...graph.nodes];
  for (const loop of graph.unrolled ?? []) {
    const seen = look(nodes, loop.header, graph.entries);
    const cuts = cutsOf(nodes, loop, seen);
    if (cuts.length > 0) new Versions(nodes, loop, seen).write(cuts);
  }
  return nodes;
}

/** A node that only one way leads to from the loop's header. */
interface Seen {
  /** The nodes on the way, this one the last. */
  readonly way: readonly number[];
  readonly accesses: readonly Access[];
  readonly limits: readonly Limit[];
}

/** Where a group is looked at: before an instruction of the first copy. */
interface Cut {
  readonly node: number;
  /** Of its `insn` op. */
  readonly index: number;
  readonly group: Group;
  readonly address: Operand;
  /** What computes the address from registers. */
  readonly ops: readonly PlacedOp[];
}

/** Follows the ways from a loop's header as far as each is the only one. */
function look(nodes: readonly GraphNode[], header: number, entries: readonly number[]): ReadonlyMap<number, Seen> {
  const successors = nodes.map(({ terminator }) =>
    targetsOf(terminator).flatMap((target) => (target.kind === 'node' ? [target.node] : [])),
  );
  const ways = nodes.map(() => 0);
  for (const node of [...entries, ...successors.flat()]) ways[node]++;
  const seen = new Map<number, Seen>();
  const open = [{ way: [header], values: new Values() }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { way, values } = next;
    const node = way[way.length - 1];
    const { accesses, limits, parts } = accessesOf(nodes[node].ops, values);
    if (parts > 0) continue;
    seen.set(node, { way, accesses, limits });
    for (const further of successors[node].toReversed())
      if (ways[further] === 1 && further !== header) open.push({ way: [...way, further], values: values.copy() });
  }
  return seen;
}

/** The groups of a loop's accesses that can be looked at in its first copy, in the order of these places. */
function cutsOf(
  nodes: readonly GraphNode[],
  { nodes: loop }: UnrolledLoop,
  seen: ReadonlyMap<number, Seen>,
): readonly Cut[] {
  const ways = new Map<Access, readonly number[]>();
  for (const { way, accesses } of seen.values()) for (const access of accesses) ways.set(access, way);
  const wayTo = (access: Access) => ways.get(access) ?? [];
  const cuts = groupsOf([...ways.keys()]).flatMap((group) => {
    const [first] = group.accesses;
    const node = wayTo(first).at(-1) ?? -1;
    const isBehind = group.accesses.every((access) => wayTo(access).includes(node));
    const cut = isBehind && loop.includes(node) ? cutAt(nodes[node], group) : undefined;
    return cut === undefined ? [] : [cut];
  });
  const order = [...seen.keys()];
  return cuts.toSorted((a, b) => order.indexOf(a.node) - order.indexOf(b.node) || a.index - b.index);
}

/** How the first access of a group, in a node, can be looked at before its instruction. */
function cutAt({ id, ops }: GraphNode, group: Group): Cut | undefined {
  const { index: at, beside } = group.accesses[0];
  const [address] = ops[at].op.sources;
  const index = ops.findLastIndex(({ op }, place) => place < at && op.op === 'insn');
  const between = ops.slice(index + 1, at);
  if (address === undefined || index < 0 || between.some(({ op }) => op.dst?.kind === 'register')) return undefined;
  const needed = new Set<number>();
  const need = (operand: Operand | undefined) => {
    if (operand?.kind === 'temp') needed.add(operand.index);
  };
  need(address);
  need(beside.offset?.operand);
  const found: PlacedOp[] = [];
  for (const { op } of between.toReversed()) {
    if (op.dst?.kind !== 'temp' || !needed.delete(op.dst.index)) continue;
    if (opRow(op.op).kind !== 'pure') return undefined;
    op.sources.forEach(need);
    found.push({ op, place: ops[index].place });
  }
  return needed.size > 0 ? undefined : { node: id, index, group, address, ops: found.toReversed() };
}

const fuelOf = (ops: readonly PlacedOp[]): number => ops.filter(({ op }) => op.op === 'insn').length;

class Versions {
  private readonly originals: ReadonlyMap<number, GraphNode>;
  /** The second version's nodes. */
  private readonly plain = new Map<number, number>();
  /** Of a node that was cut the last piece, and where in it that begins. */
  private readonly last = new Map<number, { readonly from: number; readonly id: number }>();

  /** `nodes`: of the whole graph, to be changed. */
  constructor(
    private readonly nodes: GraphNode[],
    private readonly loop: UnrolledLoop,
    private readonly seen: ReadonlyMap<number, Seen>,
  ) {
    this.originals = new Map(loop.nodes.map((id) => [id, nodes[id]]));
  }

  write(cuts: readonly Cut[]): void {
    // No loop that has groups lies in another one; in nodes there may be others.
    const numbered = cuts.map((cut, index) => ({ ...cut, number: MOST_GROUPS + index }));
    for (const cut of numbered) this.mark(cut, cut.number);
    for (const cut of numbered) this.cut(cut, cut.number);
  }

  /** Says of a group's accesses, and of limits that they keep within, that they need no check. */
  private mark({ node, index, group }: Cut, number: number): void {
    const { nodes } = this;
    for (const [id, { way, accesses, limits }] of this.seen) {
      if (!way.includes(node)) continue;
      const places = new Set(
        [
          ...accesses.filter((access) => group.accesses.includes(access)),
          ...limits.filter((limit) => keepsLimit(group, limit) && (id !== node || limit.index > index)),
        ].map((one) => one.index),
      );
      const marked = (placed: PlacedOp, place: number): PlacedOp =>
        places.has(place) ? { ...placed, reach: { kind: 'other', group: number } } : placed;
      nodes[id] = { ...nodes[id], ops: nodes[id].ops.map(marked) };
    }
  }

  private cut({ node, index, group, address, ops }: Cut, number: number): void {
    const { nodes, originals } = this;
    const { from, id } = this.last.get(node) ?? { from: 0, id: node };
    const whole = nodes[id];
    const original = originals.get(node) ?? whole;
    const head = whole.ops.slice(0, index - from);
    const otherwise = this.add(node, original.ops.slice(index), (added) => ({
      ...added,
      terminator: withTargets(original.terminator, (target) => this.leadPlain(target)),
      copyOf: node,
    }));
    const taken = this.add(node, whole.ops.slice(index - from), (added) => ({
      ...added,
      terminator: whole.terminator,
      granted: [...(whole.granted ?? []), number],
    }));
    this.last.set(node, { from: index, id: taken });
    nodes[id] = {
      ...whole,
      ops: [...head, ...ops],
      fuel: fuelOf(head),
      // Where nothing is done before, the instruction is what it leaves for.
      underWay: head.length === 0 ? original.ops[index].place : whole.underWay,
      terminator: {
        kind: 'granted',
        address,
        span: spanOf(group, number),
        taken: { kind: 'node', node: taken },
        otherwise: { kind: 'node', node: otherwise },
      },
    };
    for (const [further, { way }] of this.seen)
      if (further !== node && way.includes(node))
        nodes[further] = { ...nodes[further], granted: [...(nodes[further].granted ?? []), number] };
  }

  /** Adds a node with ops of another one, beginning with an instruction; gives its number. */
  private add(of: number, ops: readonly PlacedOp[], finish: (node: GraphNode) => GraphNode): number {
    const { nodes, originals } = this;
    const id = nodes.length;
    const original = originals.get(of) ?? nodes[of];
    const added = { ...original, id, ops, fuel: fuelOf(ops), underWay: 0, checks: false };
    nodes.push(added);
    nodes[id] = finish(added);
    return id;
  }

  /** Where the second version leads where the first copy does. */
  private leadPlain(target: Target): Target {
    const { header, next } = this.loop;
    if (target.kind !== 'node') return target;
    const { node } = target;
    if (node === header || node === next) return { kind: 'node', node: header };
    return this.originals.has(node) ? { kind: 'node', node: this.plainNode(node) } : target;
  }

  private plainNode(of: number): number {
    const known = this.plain.get(of);
    const original = this.originals.get(of);
    if (known !== undefined || original === undefined) return known ?? of;
    const id = this.nodes.length;
    this.plain.set(of, id);
    const added = { ...original, id, copyOf: of };
    this.nodes.push(added);
    this.nodes[id] = {
      ...added,
      terminator: withTargets(original.terminator, (target) => this.leadPlain(target)),
    };
    return id;
  }
}
