/**
 * What temporaries and registers hold along straight-line ops, as far as two of them can be told to hold the same, or values at a
 * fixed distance from each other.
 */
import type { IrOp, Operand } from '../../ir/block';
import { opRow } from '../../ir/ops';

/** A value as the sum of something unknown, by number, and a distance. */
export interface Value {
  readonly root: number;
  readonly distance: number;
}

/** Constants are distances from 0. */
const NOTHING = 0;

/** Follows what temporaries and registers hold through a node. */
export class Values {
  private readonly held = new Map<string, Value>();
  /** Results of pure ops, by what they were computed from. */
  private readonly computed = new Map<string, number>();
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

  copy(): Values {
    const copy = new Values();
    for (const [key, value] of this.held) copy.held.set(key, value);
    for (const [key, root] of this.computed) copy.computed.set(key, root);
    copy.roots = this.roots;
    return copy;
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

  private result(op: IrOp): Value {
    const [a, b] = op.sources;
    if (!op.sources.every(isWhole) || a === undefined || opRow(op.op).kind !== 'pure') return this.fresh();
    if (op.op === 'mov') return this.of(a);
    if (b === undefined || (op.op !== 'add' && op.op !== 'sub')) return this.once(op);
    const [left, right] = [this.of(a), this.of(b)];
    const sign = op.op === 'add' ? 1 : -1;
    if (right.root === NOTHING) return { ...left, distance: (left.distance + sign * right.distance) | 0 };
    if (op.op === 'sub') return this.once(op);
    if (left.root === NOTHING) return { ...right, distance: (left.distance + right.distance) | 0 };
    const [first, second] = left.root < right.root ? [left, right] : [right, left];
    return { root: this.numberOf(`${first.root}+${second.root}`), distance: (left.distance + right.distance) | 0 };
  }

  /** The result of the same op with the same sources is the same. */
  private once({ op, width, sources, immediates }: IrOp): Value {
    const of = sources.map((source) => {
      const { root, distance } = this.of(source);
      return `${root}:${distance}`;
    });
    return { root: this.numberOf(`${op}.${width} ${of.join()} ${immediates.join()}`), distance: 0 };
  }

  private numberOf(key: string): number {
    let root = this.computed.get(key);
    if (root === undefined) {
      root = ++this.roots;
      this.computed.set(key, root);
    }
    return root;
  }
}

const keyOf = (operand: Exclude<Operand, { readonly kind: 'const' }>): string =>
  operand.kind === 'temp' ? `t${operand.index}` : `r${operand.offset}`;

/** Whether an operand is 32 bits that nothing else is a part of. */
export const isWhole = (operand: Operand): boolean => operand.kind !== 'register' || (operand.offset & 7) === 0;
