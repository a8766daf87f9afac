/**
 * How a control-flow graph becomes nested blocks and loops of WebAssembly.
 *
 * A reducible graph is laid out along its dominator tree: a loop header becomes a `loop`, a node where several ways meet
 * stands behind a `block` that they leave (Norman Ramsey, "Beyond Relooper: recursive translation of unstructured control
 * flow to structured control flow", ICFP 2022). A loop that is entered at several places gets a dispatcher first: a node
 * that all ways to these places lead through, with a number that says which is meant.
 */

/** A graph by node number: where each node leads, without doubles. */
export type Successors = readonly (readonly number[])[];

export interface Structure {
  readonly root: number;
  /** Where each node leads, dispatchers included: their numbers follow those of the graph. */
  readonly successors: Successors;
  /** For each dispatcher, by its number: the places it leads to, in order of their labels. */
  readonly dispatchers: ReadonlyMap<number, readonly number[]>;
  /** Position of each node in reverse postorder. */
  readonly order: readonly number[];
  /** Children in the dominator tree, first in order first. */
  readonly children: readonly (readonly number[])[];
  readonly isLoop: (node: number) => boolean;
  /** Whether more than one way forward leads to a node. */
  readonly isMerge: (node: number) => boolean;
  /** How an edge is taken: straight to its end, or by a dispatcher with a label. */
  readonly route: (from: number, to: number) => { readonly node: number; readonly label?: number };
}

/**
 * @param successors of the graph's nodes
 * @param entries where control comes from outside; several make the root a dispatcher
 * @param returning nodes that lead back to the root's dispatcher (returns to places inside)
 */
export function structure(
  successors: Successors,
  entries: readonly number[],
  returning: ReadonlySet<number>,
): Structure {
  const edges = successors.map((list) => [...new Set(list)]);
  const dispatchers = new Map<number, readonly number[]>();
  const routes = new Map<string, { node: number; label: number }>();
  let root = entries[0] ?? 0;
  if (entries.length > 1) {
    root = edges.length;
    edges.push([...new Set(entries)]);
    dispatchers.set(root, entries);
    for (const node of returning) if (!edges[node].includes(root)) edges[node].push(root);
  }
  const reachable = reach(edges, new Set([root]));
  // What nothing leads to (detours that were threaded) is no way into a loop.
  edges.forEach((list, node) => {
    if (!reachable.has(node)) list.length = 0;
  });
  makeReducible(edges, root, reachable, dispatchers, routes);
  const order = reversePostorder(edges, root);
  const position = new Array<number>(edges.length).fill(-1);
  order.forEach((node, index) => {
    position[node] = index;
  });
  const predecessors = edges.map(() => [] as number[]);
  for (const node of order) for (const next of edges[node]) predecessors[next].push(node);
  const parents = dominators(order, position, predecessors);
  const children = edges.map(() => [] as number[]);
  for (const node of order) if (node !== root) children[parents[node]].push(node);
  return {
    root,
    successors: edges,
    dispatchers,
    order: position,
    children,
    isLoop: (node) => predecessors[node].some((from) => position[from] >= position[node]),
    isMerge: (node) => predecessors[node].filter((from) => position[from] < position[node]).length > 1,
    route: (from, to) => routes.get(`${from}>${to}`) ?? { node: to },
  };
}

/** The nodes that are led to from some, these included. */
export function reach(edges: readonly (readonly number[])[], roots: ReadonlySet<number>): Set<number> {
  const seen = new Set(roots);
  const open = [...roots];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const next of edges[node]) {
      if (!seen.has(next)) {
        seen.add(next);
        open.push(next);
      }
    }
  }
  return seen;
}

function reversePostorder(edges: readonly (readonly number[])[], root: number): number[] {
  const done: number[] = [];
  const seen = new Set([root]);
  const stack: { node: number; next: number }[] = [{ node: root, next: 0 }];
  for (let top = stack[stack.length - 1]; top !== undefined; top = stack[stack.length - 1]) {
    const next = edges[top.node][top.next++];
    if (next === undefined) {
      done.push(top.node);
      stack.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      stack.push({ node: next, next: 0 });
    }
  }
  return done.toReversed();
}

/** Immediate dominators (Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm", 2001). */
function dominators(
  order: readonly number[],
  position: readonly number[],
  predecessors: readonly (readonly number[])[],
): readonly number[] {
  const parent = new Array<number>(position.length).fill(-1);
  const [root] = order;
  parent[root] = root;
  const meet = (a: number, b: number): number => {
    let [x, y] = [a, b];
    while (x !== y) {
      while (position[x] > position[y]) x = parent[x];
      while (position[y] > position[x]) y = parent[y];
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of order.slice(1)) {
      let found = -1;
      for (const from of predecessors[node]) {
        if (parent[from] >= 0) found = found < 0 ? from : meet(from, found);
      }
      if (found !== parent[node]) {
        parent[node] = found;
        changed = true;
      }
    }
  }
  return parent;
}

/** Gives every loop that is entered at several places a dispatcher, from the outer loops to the inner ones. */
function makeReducible(
  edges: number[][],
  root: number,
  region: ReadonlySet<number>,
  dispatchers: Map<number, readonly number[]>,
  routes: Map<string, { node: number; label: number }>,
): void {
  const work: { nodes: ReadonlySet<number>; header: number }[] = [{ nodes: region, header: root }];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    // Without the header's own back edges only the loops inside are left.
    const inside = new Set(item.nodes);
    inside.delete(item.header);
    for (const loop of components(edges, inside)) {
      const entered = [...loop].filter(
        (node) => node === root || edges.some((list, from) => !loop.has(from) && list.includes(node)),
      );
      if (entered.length <= 1) {
        work.push({ nodes: loop, header: entered[0] ?? [...loop][0] ?? root });
        continue;
      }
      const dispatcher = edges.length;
      edges.push([...entered]);
      dispatchers.set(dispatcher, entered);
      edges.forEach((list, from) => {
        if (from === dispatcher) return;
        for (const [label, node] of entered.entries()) {
          const at = list.indexOf(node);
          if (at < 0) continue;
          routes.set(`${from}>${node}`, { node: dispatcher, label });
          list.splice(at, 1);
          if (!list.includes(dispatcher)) list.push(dispatcher);
        }
      });
      work.push({ nodes: new Set([...loop, dispatcher]), header: dispatcher });
    }
  }
}

/** Strongly connected components that are loops (Tarjan 1972), of the nodes in `inside`. */
export function components(
  edges: readonly (readonly number[])[],
  inside: ReadonlySet<number>,
): readonly ReadonlySet<number>[] {
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const onStack = new Set<number>();
  const found: ReadonlySet<number>[] = [];
  const lowOf = (node: number) => low.get(node) ?? 0;
  for (const start of inside) {
    if (index.has(start)) continue;
    const calls: { node: number; next: number }[] = [{ node: start, next: 0 }];
    for (let top = calls[calls.length - 1]; top !== undefined; top = calls[calls.length - 1]) {
      const { node } = top;
      if (top.next === 0) {
        index.set(node, index.size);
        low.set(node, index.get(node) ?? 0);
        stack.push(node);
        onStack.add(node);
      }
      const next = edges[node][top.next++];
      if (next === undefined) {
        calls.pop();
        const caller = calls[calls.length - 1];
        if (caller !== undefined) low.set(caller.node, Math.min(lowOf(caller.node), lowOf(node)));
        if (low.get(node) === index.get(node)) {
          const loop = new Set<number>();
          for (let last = stack.pop(); last !== undefined; last = stack.pop()) {
            onStack.delete(last);
            loop.add(last);
            if (last === node) break;
          }
          if (loop.size > 1 || edges[node].includes(node)) found.push(loop);
        }
      } else if (inside.has(next)) {
        if (!index.has(next)) calls.push({ node: next, next: 0 });
        else if (onStack.has(next)) low.set(node, Math.min(lowOf(node), index.get(next) ?? 0));
      }
    }
  }
  return found;
}
