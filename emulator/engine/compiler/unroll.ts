/**
 * A pass over a region's graph: small innermost loops are written several times over, each copy leading to the next and the
 * last back to the first. So fuel, which is looked at where a loop begins, and what V8 does there (it looks whether it is to
 * stop, and moves locals to where the loop expects them) come once for several iterations.
 */
import {
  type Graph,
  type GraphNode,
  switchesContext,
  type Target,
  targetsOf,
  type Terminator,
  type UnrolledLoop,
} from './graph';
import { components, reach } from './structure';

/** Most instructions of all copies of a loop, and most copies. */
const MOST_INSTRUCTIONS = 28;
const MOST_COPIES = 4;
/** Most nodes of a loop: with each come ways out. */
const MOST_NODES = 6;

interface Loop {
  readonly header: number;
  readonly nodes: readonly number[];
  /** How often it is to be written. */
  readonly times: number;
}

export function unrollLoops(graph: Graph): Graph {
  const nodes = [...graph.nodes];
  const unrolled: UnrolledLoop[] = [];
  const done = new Set<number>();
  for (const loop of smallLoops(graph)) {
    if (loop.nodes.some((node) => done.has(node))) continue;
    for (const node of loop.nodes) done.add(node);
    unrolled.push(unroll(nodes, loop));
  }
  return { ...graph, nodes, unrolled };
}

/** Loops that are worth it, the smaller first: of two that begin in the same place it is the inner one. */
function smallLoops(graph: Graph): readonly Loop[] {
  const edges = graph.nodes.map(({ terminator }) =>
    targetsOf(terminator).flatMap((target) => (target.kind === 'node' ? [target.node] : [])),
  );
  const entries = new Set(graph.entries);
  const reached = reach(edges, entries);
  const from = edges.map(() => [] as number[]);
  for (const node of reached) for (const next of edges[node]) from[next].push(node);
  const found: Loop[] = [];
  for (const header of reached) {
    for (const latch of from[header]) {
      const nodes = naturalLoop(header, latch, from, entries);
      if (nodes === undefined) continue;
      const inner = new Set(nodes);
      inner.delete(header);
      const times = timesOf(nodes.map((id) => graph.nodes[id]));
      if (times > 1 && components(edges, inner).length === 0) found.push({ header, nodes, times });
    }
  }
  return found.toSorted((a, b) => a.nodes.length - b.nodes.length);
}

/** What leads from a header to one of its predecessors; nothing when that is no loop with one way in, or is too large. */
function naturalLoop(
  header: number,
  latch: number,
  from: readonly (readonly number[])[],
  entries: ReadonlySet<number>,
): readonly number[] | undefined {
  const nodes = [header];
  const open = [latch];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (nodes.includes(node)) continue;
    if (nodes.length === MOST_NODES || entries.has(node)) return undefined;
    nodes.push(node);
    open.push(...from[node]);
  }
  return nodes;
}

/** Appends the copies to `nodes`, and makes the loop lead through them. */
function unroll(nodes: GraphNode[], { header, nodes: loop, times }: Loop): UnrolledLoop {
  const originals = loop.map((id) => nodes[id]);
  const copies = times - 1;
  const first = nodes.length;
  /** The number of a node of the loop in a copy; copy 0 is the loop itself. */
  const inCopy = (id: number, copy: number) => (copy === 0 ? id : first + (copy - 1) * loop.length + loop.indexOf(id));
  for (let copy = copies; copy >= 0; copy--) {
    const next = copy === copies ? 0 : copy + 1;
    const lead = (target: Target): Target => {
      if (target.kind !== 'node' || !loop.includes(target.node)) return target;
      return { kind: 'node', node: target.node === header ? inCopy(header, next) : inCopy(target.node, copy) };
    };
    for (const node of originals) {
      const id = inCopy(node.id, copy);
      const terminator = withTargets(node.terminator, lead);
      nodes[id] = copy === 0 ? { ...node, terminator } : { ...node, id, terminator, copyOf: node.id };
    }
  }
  return { header, nodes: loop, next: inCopy(header, 1) };
}

export function withTargets(terminator: Terminator, lead: (target: Target) => Target): Terminator {
  switch (terminator.kind) {
    case 'jump':
      return { ...terminator, to: lead(terminator.to) };
    case 'branch':
    case 'granted':
      return { ...terminator, taken: lead(terminator.taken), otherwise: lead(terminator.otherwise) };
    case 'indirect':
      return terminator;
  }
}

/** How often a loop is to be written. */
function timesOf(loop: readonly GraphNode[]): number {
  const instructions = loop.reduce((sum, { fuel }) => sum + fuel, 0);
  const may = loop.every(
    (node) => !node.checks && !switchesContext(node) && !node.ops.some(({ op }) => op.op === 'repeat'),
  );
  if (!may || instructions === 0 || loop.length > MOST_NODES) return 1;
  return Math.min(MOST_COPIES, Math.floor(MOST_INSTRUCTIONS / instructions));
}
