/**
 * A pass over a node's ops: accesses at fixed distances from each other are looked at together, where the first of them is
 * made. When all bytes of a group lie in one page that is granted, none of them is checked any more; else each is checked by
 * itself, in a second version of the rest of the node.
 *
 * Nothing between two accesses of a group may withdraw a grant: a group ends where something is called. A store that is granted
 * changes no grant: page tables, code and watched bytes are not granted.
 */
import type { IrOp, Operand } from '../../ir/block';
import { opRow } from '../../ir/ops';
import { changesMuch, type PlacedOp, type Reach } from './graph';

/** Most bytes that a group spans: the more, the more often it lies across the end of a page. */
const MOST_BYTES = 128;
/** Accesses that a group has at least, and groups that a node has at most: each makes a second version of what is behind. */
const LEAST = 3;
const MOST_GROUPS = 2;

/** For people: `group 0: 20 bytes from -16, written`. */
export const printReach = (reach: Reach): string =>
  reach.kind === 'other'
    ? `group ${reach.group}`
    : `group ${reach.group}: ${reach.bytes} bytes from ${reach.low}${reach.writes ? ', written' : ''}`;

/** A value as the sum of something unknown, by number, and a distance. */
interface Value {
  readonly root: number;
  readonly distance: number;
}

interface Group {
  readonly first: number;
  /** Distance of the first access, and of the lowest byte and the one behind the highest. */
  readonly at: number;
  low: number;
  end: number;
  writes: boolean;
  readonly others: number[];
}

/** Constants are distances from 0. */
const NOTHING = 0;

/** Follows what temporaries and registers hold through a node. */
class Values {
  private readonly held = new Map<string, Value>();
  private readonly sums = new Map<string, number>();
  private roots = NOTHING;

  private fresh(): Value {
    return { root: ++this.roots, distance: 0 };
  }

  of(operand: Operand): Value {
    if (operand.kind === 'const') return { root: NOTHING, distance: Number(operand.value) | 0 };
    const key = keyOf(operand);
    let value = this.held.get(key);
    if (value === undefined) {
      value = this.fresh();
      this.held.set(key, value);
    }
    return value;
  }

  forget(): void {
    this.held.clear();
  }

  /** What an op leaves in its destination. */
  note(op: IrOp): void {
    const { dst } = op;
    if (dst === undefined || dst.kind === 'const') return;
    // Of wider results and parts of registers nothing is known.
    const whole = (op.width === 32 || opRow(op.op).result === 'i32') && isWhole(dst);
    if (!whole) {
      if (dst.kind === 'temp') this.held.delete(keyOf(dst));
      else for (let slot = dst.offset & -8; slot < dst.offset + 16; slot += 8) this.held.delete(`r${slot}`);
      return;
    }
    this.held.set(keyOf(dst), op.width === 32 ? this.result(op) : this.fresh());
  }

  private result({ op, sources }: IrOp): Value {
    const [a, b] = sources;
    if (a === undefined || !isWhole(a)) return this.fresh();
    if (op === 'mov') return this.of(a);
    if ((op !== 'add' && op !== 'sub') || b === undefined || !isWhole(b)) return this.fresh();
    const [left, right] = [this.of(a), this.of(b)];
    if (op === 'sub')
      return right.root === NOTHING
        ? { root: left.root, distance: (left.distance - right.distance) | 0 }
        : this.fresh();
    return { root: this.sum(left.root, right.root), distance: (left.distance + right.distance) | 0 };
  }

  private sum(a: number, b: number): number {
    if (a === NOTHING || b === NOTHING) return a + b;
    const key = a < b ? `${a},${b}` : `${b},${a}`;
    let root = this.sums.get(key);
    if (root === undefined) {
      root = ++this.roots;
      this.sums.set(key, root);
    }
    return root;
  }
}

const keyOf = (operand: Exclude<Operand, { readonly kind: 'const' }>): string =>
  operand.kind === 'temp' ? `t${operand.index}` : `r${operand.offset}`;

/** Whether an operand is 32 bits that nothing else is a part of. */
const isWhole = (operand: Operand): boolean => operand.kind !== 'register' || (operand.offset & 7) === 0;

/** Says of each access which part it has in a group. */
export function groupChecks(ops: readonly PlacedOp[]): readonly PlacedOp[] {
  const values = new Values();
  const open = new Map<number, Group>();
  const groups: Group[] = [];
  const note = (address: Operand, bytes: number, writes: boolean, index: number) => {
    const { root, distance } = values.of(address);
    const group = open.get(root);
    if (group !== undefined) {
      const low = Math.min(group.low, distance);
      const end = Math.max(group.end, distance + bytes);
      if (end - low <= MOST_BYTES) {
        Object.assign(group, { low, end, writes: group.writes || writes });
        group.others.push(index);
        return;
      }
    }
    const fresh = { first: index, at: distance, low: distance, end: distance + bytes, writes, others: [] };
    groups.push(fresh);
    open.set(root, fresh);
  };
  ops.forEach(({ op }, index) => {
    const [address] = op.sources;
    if (opRow(op.op).kind === 'memory' && address !== undefined && isWhole(address))
      note(address, op.width / 8, op.op.startsWith('store'), index);
    if (changesMuch(op)) {
      open.clear();
      values.forget();
    }
    values.note(op);
  });
  const size = ({ others }: Group) => 1 + others.length;
  const worth = groups.filter((group) => size(group) >= LEAST).toSorted((a, b) => size(b) - size(a));
  if (worth.length === 0) return ops;
  const grouped = [...ops];
  worth.slice(0, MOST_GROUPS).forEach(({ first, at, low, end, writes, others }, group) => {
    grouped[first] = { ...ops[first], reach: { kind: 'first', group, low: low - at, bytes: end - low, writes } };
    for (const index of others) grouped[index] = { ...ops[index], reach: { kind: 'other', group } };
  });
  return grouped;
}
