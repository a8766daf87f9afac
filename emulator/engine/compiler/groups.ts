/**
 * Accesses of a node at fixed distances from each other are looked at together, where the first of them is made. When all bytes
 * of such a group lie in one page that is granted, none of them is checked any more; else each is checked by itself, in a
 * second version of the rest of the node.
 */

/** Most bytes that a group spans: the more, the more often it lies across the end of a page. */
const MOST_BYTES = 128;
/** Accesses that a group has at least, and groups that a node has at most: each makes a second version of what is behind. */
const LEAST = 3;
const MOST_GROUPS = 2;

/** An access of a node, by its place among the ops. */
export interface Access {
  readonly index: number;
  /** Of the address: something unknown, by number. The bytes lie at distances from it. */
  readonly root: number;
  readonly low: number;
  /** Behind the last one. */
  readonly end: number;
  readonly writes: boolean;
  /** Accesses of different parts of the node have something between them that is called. */
  readonly part: number;
}

export interface Group {
  /** In their order. */
  readonly accesses: readonly Access[];
  /** Distance of the lowest byte, and of the one behind the highest. */
  readonly low: number;
  readonly end: number;
  readonly writes: boolean;
}

/** The groups that are worth it, of accesses in their order. Nothing withdraws a grant between those of one group. */
export function groupsOf(accesses: readonly Access[]): readonly Group[] {
  const open = new Map<string, Group>();
  const groups = new Set<Group>();
  for (const access of accesses) {
    const { low, end, writes } = access;
    const key = `${access.part} ${access.root}`;
    const group = open.get(key);
    const both =
      group === undefined
        ? undefined
        : { low: Math.min(group.low, low), end: Math.max(group.end, end), writes: group.writes || writes };
    const joined: Group =
      group === undefined || both === undefined || both.end - both.low > MOST_BYTES
        ? { accesses: [access], low, end, writes }
        : { accesses: [...group.accesses, access], ...both };
    if (group !== undefined && joined.accesses.length > 1) groups.delete(group);
    groups.add(joined);
    open.set(key, joined);
  }
  // Those of one place need one check anyway.
  const places = (group: Group) => new Set(group.accesses.map((access) => `${access.low} ${access.end}`)).size;
  return [...groups]
    .filter((group) => places(group) >= LEAST)
    .toSorted((a, b) => b.accesses.length - a.accesses.length)
    .slice(0, MOST_GROUPS);
}
