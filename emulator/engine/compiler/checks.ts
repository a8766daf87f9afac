/**
 * A pass over the accesses of a region: each has to be granted (region-grants), but what was granted once needs not be looked at
 * again on the way from there. Accesses are compared by their addresses (compiler/values); of a load and a store to the same
 * place the load asks for both.
 *
 * Nothing between may withdraw a grant: all are forgotten where something is called. A store that is granted changes no grant:
 * page tables, code and watched bytes are not granted.
 */
import type { IrOp, Operand } from '../../ir/block';
import { opRow } from '../../ir/ops';
import { changesMuch, type GraphNode, type PlacedOp, type Reach, targetsOf } from './graph';
import { type Access, type Beside, type Group, groupsOf, isWithin, type Span, spanOf } from './groups';
import { isOffset, isWhole, type Short, type Value, Values } from './values';

/** Bytes that were granted. */
interface Grant {
  readonly root: number;
  readonly low: number;
  readonly end: number;
  writes: boolean;
  /** The access that was checked, when it is one of the node and may ask for writing, too. */
  readonly access: Access | undefined;
}

/** What is known at a place. */
interface Known {
  readonly values: Values;
  readonly grants: readonly Grant[];
}

/** Most grants that are kept from one node to the next. */
const MOST_GRANTS = 24;

/** For people: `group 0: 20 bytes from -16, written`. */
export const printSpan = ({ group, low, bytes, writes, offset }: Span): string =>
  `group ${group}: ${bytes} bytes from ${low}${writes ? ', written' : ''}${offset === undefined ? '' : ', not wrapped'}`;

export function printReach(reach: Reach): string {
  switch (reach.kind) {
    case 'first':
      return printSpan(reach);
    case 'other':
      return `group ${reach.group}`;
    case 'single':
      return `check ${reach.check}${reach.writes ? ', to be written' : ''}`;
    case 'known':
      return reach.check === undefined ? 'granted before' : `granted by check ${reach.check}`;
  }
}

/** Says of the accesses of all nodes which part they have in checks. `mayGroup`: nothing between accesses withdraws a grant. */
export function shareChecks(
  nodes: readonly GraphNode[],
  entries: readonly number[],
  mayGroup = true,
): readonly GraphNode[] {
  const ways = nodes.map(() => 0);
  for (const entry of entries) ways[entry] += 2;
  const successors = nodes.map(({ terminator }) =>
    targetsOf(terminator).flatMap((target) => (target.kind === 'node' ? [target.node] : [])),
  );
  for (const list of successors) for (const next of list) ways[next]++;
  const shared = [...nodes];
  const done = new Set<number>();
  /** A node, and those that only it leads to. */
  const follow = (first: number, from: Known | undefined) => {
    const open: { readonly node: number; readonly known: Known | undefined }[] = [{ node: first, known: from }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node } = next;
      if (done.has(node)) continue;
      done.add(node);
      const { ops, known } = shareInNode(nodes[node].ops, next.known, mayGroup);
      shared[node] = { ...nodes[node], ops };
      for (const further of successors[node]) if (ways[further] === 1) open.push({ node: further, known });
    }
  };
  nodes.forEach((_, id) => {
    if (ways[id] !== 1) follow(id, undefined);
  });
  // Rings that nothing leads into.
  nodes.forEach((_, id) => follow(id, undefined));
  return shared;
}

/** The same for a node alone, with what is known behind it. */
export function shareInNode(
  ops: readonly PlacedOp[],
  before?: Known,
  mayGroup = true,
): { readonly ops: readonly PlacedOp[]; readonly known: Known } {
  const values = before?.values.copy() ?? new Values();
  const earlier = before?.grants.map((grant) => ({ ...grant, access: undefined })) ?? [];
  const { accesses, limits, parts } = accessesOf(ops, values);
  const reaches = new Map<number, Reach>();
  const isKnown = (access: Access) => access.part === 0 && earlier.some((grant) => covers(grant, access));
  const unknown = accesses.filter((access) => !isKnown(access));
  const grouped = new Set<Access>();
  groupsOf(mayGroup ? unknown : []).forEach((found, group) => {
    found.accesses.forEach((member, place) => {
      grouped.add(member);
      reaches.set(member.index, place === 0 ? { kind: 'first', ...spanOf(found, group) } : { kind: 'other', group });
    });
    for (const limit of limits)
      if (limit.index > found.accesses[0].index && keepsLimit(found, limit))
        reaches.set(limit.index, { kind: 'other', group });
  });
  let grants: Grant[] = earlier;
  let part = 0;
  for (const access of accesses) {
    if (access.part !== part) grants = [];
    ({ part } = access);
    const grant = grouped.has(access) ? undefined : grantFor(grants, access);
    if (grant === undefined) {
      const { root, low, end, writes } = access;
      grants.push({ root, low, end, writes, access: grouped.has(access) ? undefined : access });
      continue;
    }
    grant.writes ||= access.writes;
    const check = grant.access?.index;
    if (check !== undefined) reaches.set(check, { kind: 'single', check, writes: grant.writes });
    reaches.set(access.index, check === undefined ? { kind: 'known' } : { kind: 'known', check });
  }
  return {
    ops: ops.map((placed, index) => {
      const reach = reaches.get(index);
      return reach === undefined ? placed : { ...placed, reach };
    }),
    known: { values, grants: part === parts ? grants.slice(-MOST_GRANTS) : [] },
  };
}

const covers = (grant: Grant, { root, low, end, writes }: Access): boolean =>
  grant.root === root && grant.low <= low && end <= grant.end && (grant.writes || !writes);

/** The grant that covers an access, or would if it were asked for writing, too. */
const grantFor = (grants: readonly Grant[], access: Access): Grant | undefined =>
  grants.find((grant) => covers(grant, access)) ??
  grants.find((grant) => grant.access !== undefined && covers({ ...grant, writes: true }, access));

/** An op that looks at 16 bits of an address, by its place. */
export interface Limit {
  readonly index: number;
  readonly short: Short;
  readonly last: number;
  readonly part: number;
}

/** Whether the bytes of a group are within a limit, when they are granted. */
export const keepsLimit = (group: Group, { short, last, part }: Limit): boolean =>
  part === group.accesses[0].part && isWithin(group, short, last);

/**
 * The accesses of a node in their order but for those that have a part in checks already, limits, and the number of the last
 * part. `values`: before it, and then behind it.
 */
export function accessesOf(
  ops: readonly PlacedOp[],
  values: Values,
): { readonly accesses: readonly Access[]; readonly limits: readonly Limit[]; readonly parts: number } {
  const accesses: Access[] = [];
  const limits: Limit[] = [];
  let offsets: readonly Offset[] = [];
  let parts = 0;
  ops.forEach(({ op, reach }, index) => {
    const [address] = op.sources;
    if (address !== undefined && isWhole(address) && reach === undefined) {
      const value = values.of(address);
      if (opRow(op.op).kind === 'memory') {
        const { root, distance: low } = value;
        const writes = op.op.startsWith('store');
        const beside = besideOf(value, offsets);
        accesses.push({ index, root, low, end: low + op.width / 8, beside, writes, part: parts });
      } else if (op.op === 'limit' && value.short !== undefined)
        limits.push({ index, short: value.short, last: op.immediates[0] ?? 0, part: parts });
    }
    if (changesMuch(op)) {
      parts++;
      values.forget();
    }
    values.note(op);
    offsets = op.op === 'insn' ? [] : offsetsBehind(op, offsets, values);
  });
  return { accesses, limits, parts };
}

/** A temporary that holds 16 bits, zero-extended. */
interface Offset {
  readonly operand: Operand & { readonly kind: 'temp' };
  readonly short: Short;
}

function offsetsBehind({ dst }: IrOp, offsets: readonly Offset[], values: Values): readonly Offset[] {
  if (dst?.kind !== 'temp') return offsets;
  const others = offsets.filter(({ operand }) => operand.index !== dst.index);
  const { short } = values.of(dst);
  return short !== undefined && isOffset(short) ? [...others, { operand: dst, short }] : others;
}

function besideOf({ root, distance, short }: Value, offsets: readonly Offset[]): Beside {
  const offset = offsets.find((one) => one.short.root === short?.root && one.short.distance === short.distance);
  if (short === undefined || offset === undefined) return { base: String(root), low: distance };
  const { rest } = short;
  return {
    base: `${short.root} ${rest.root}:${rest.distance}`,
    low: short.distance,
    offset: { operand: offset.operand, half: short.root },
  };
}
