/**
 * Accesses of a node at fixed distances from each other are looked at together, where the first of them is made. When all bytes
 * of such a group lie in one page that is granted, none of them is checked any more; else each is checked by itself, in a
 * second version of the rest of the node.
 */
import type { Operand } from '../../ir/block';
import { isOffset, type Short } from './values';

/** Most bytes that a group spans: the more, the more often it lies across the end of a page. */
const MOST_BYTES = 128;
/** Accesses that a group has at least, and groups that a node has at most: each makes a second version of what is behind. */
const LEAST = 3;
export const MOST_GROUPS = 2;

/** An access of a node, by its place among the ops. */
export interface Access {
  readonly index: number;
  /** Of the address: something unknown, by number. The bytes lie at distances from it. */
  readonly root: number;
  readonly low: number;
  /** Behind the last one. */
  readonly end: number;
  /** Where it lies beside others that it may be looked at together with. */
  readonly beside: Beside;
  readonly writes: boolean;
  /** Accesses of different parts of the node have something between them that is called. */
  readonly part: number;
}

/**
 * Accesses of one base lie at fixed distances from each other; those whose addresses are made of 16 bits do as long as these
 * have not wrapped around between them.
 */
export interface Beside {
  readonly base: string;
  readonly low: number;
  /** The 16 bits as they were added, zero-extended, and of what value by number they are the distance `low` behind. */
  readonly offset?: { readonly operand: Operand; readonly half: number };
}

export interface Group {
  /** In their order. */
  readonly accesses: readonly Access[];
  /** Distance of the lowest byte, and of the one behind the highest. */
  readonly low: number;
  readonly end: number;
  readonly writes: boolean;
}

/** What a check of all bytes of a group needs to know where one of its accesses is at hand. */
export interface Span {
  readonly group: number;
  /** The group's bytes begin `low` behind the access's address. */
  readonly low: number;
  readonly bytes: number;
  /** Some of them are written. */
  readonly writes: boolean;
  /** Of 16 bits that must not wrap around: those of the access. */
  readonly offset?: Operand;
}

export function spanOf({ accesses: [first], low, end, writes }: Group, group: number): Span {
  const { low: own, offset } = first.beside;
  const span = { group, low: low - own, bytes: end - low, writes };
  return offset === undefined ? span : { ...span, offset: offset.operand };
}

/** Whether 16 bits are at most `last` where the bytes of a group do not wrap around. */
export function isWithin({ accesses: [{ beside }], low, end }: Group, short: Short, last: number): boolean {
  const { root, distance } = short;
  return isOffset(short) && root === beside.offset?.half && low <= distance && 0x1_0000 - (end - distance) <= last;
}

/** The groups that are worth it, of accesses in their order. Nothing withdraws a grant between those of one group. */
export function groupsOf(accesses: readonly Access[]): readonly Group[] {
  const groups = new Map<string, Group[]>();
  for (const access of accesses) {
    const { writes } = access;
    const { base, low } = access.beside;
    const end = low + access.end - access.low;
    const key = `${access.part} ${base}`;
    const known = groups.get(key) ?? [];
    groups.set(key, known);
    const place = known.findIndex((group) => Math.max(group.end, end) - Math.min(group.low, low) <= MOST_BYTES);
    if (place < 0) {
      known.push({ accesses: [access], low, end, writes });
      continue;
    }
    const group = known[place];
    known[place] = {
      accesses: [...group.accesses, access],
      low: Math.min(group.low, low),
      end: Math.max(group.end, end),
      writes: group.writes || writes,
    };
  }
  // Those of one place need one check anyway.
  const places = (group: Group) =>
    new Set(group.accesses.map(({ beside, low, end }) => `${beside.low} ${end - low}`)).size;
  return [...groups.values()]
    .flat()
    .filter((group) => places(group) >= LEAST)
    .toSorted((a, b) => b.accesses.length - a.accesses.length)
    .slice(0, MOST_GROUPS);
}
