/**
 * What temporaries and registers hold along straight-line ops, as far as two of them can be told to hold the same, or values at a
 * fixed distance from each other.
 */
import type { IrOp, Operand } from '../../ir/block';
import { opRow } from '../../ir/ops';

/** A value as the sum of something unknown, by number, and a distance. */
interface Sum {
  readonly root: number;
  readonly distance: number;
}

export interface Value extends Sum {
  /** The same as a sum with 16 bits in it that were zero-extended, as addresses of 16-bit code are. */
  readonly short?: Short;
}

/** 16 bits, themselves a sum that may have wrapped around, and what was added when they were zero-extended. */
export interface Short extends Sum {
  readonly rest: Sum;
}

/** Constants are distances from 0. */
const NOTHING = 0;
const ZERO: Sum = { root: NOTHING, distance: 0 };

/** Follows what temporaries and registers hold through a node. */
export class Values {
  private readonly held = new Map<string, Value>();
  /** The lower 16 bits of those whose others are not known; distances are signed. */
  private readonly halves = new Map<string, Sum>();
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

  /** The lower 16 bits of an operand. */
  private half(operand: Operand): Sum {
    const known = operand.kind === 'const' ? undefined : this.halves.get(keyOf(operand));
    if (known !== undefined) return known;
    const { root, distance } = this.of(operand);
    return { root: root === NOTHING ? NOTHING : this.numberOf(`half ${root}`), distance: signed(distance) };
  }

  forget(): void {
    this.held.clear();
    this.halves.clear();
  }

  copy(): Values {
    const copy = new Values();
    for (const [key, value] of this.held) copy.held.set(key, value);
    for (const [key, half] of this.halves) copy.halves.set(key, half);
    for (const [key, root] of this.computed) copy.computed.set(key, root);
    copy.roots = this.roots;
    return copy;
  }

  /** What an op leaves in its destination. */
  note(op: IrOp): void {
    const { dst } = op;
    if (dst === undefined || dst.kind === 'const') return;
    // Of wider results nothing is known, nor of parts of registers but the lower half.
    const whole = (op.width === 32 || opRow(op.op).result === 'i32') && isWhole(dst);
    if (whole) {
      this.held.set(keyOf(dst), this.result(op));
      this.halves.delete(keyOf(dst));
      return;
    }
    const half = op.width === 16 && isWhole(dst) ? this.halfResult(op) : undefined;
    for (const key of dst.kind === 'temp' ? [keyOf(dst)] : slotsFrom(dst.offset)) {
      this.held.delete(key);
      this.halves.delete(key);
    }
    if (half === undefined) return;
    this.halves.set(keyOf(dst), half);
    // A temporary is the result, zero-extended.
    if (dst.kind === 'temp') this.held.set(keyOf(dst), this.extended(half));
  }

  private result(op: IrOp): Value {
    const [a, b] = op.sources;
    if (!op.sources.every(isWhole) || a === undefined || opRow(op.op).kind !== 'pure') return this.fresh();
    if (op.op === 'zext' && op.width === 16) return this.extended(this.half(a));
    if (op.width !== 32) return this.fresh();
    if (op.op === 'mov') return this.of(a);
    if (b === undefined || !['add', 'sub', 'shl'].includes(op.op)) return this.once(op);
    const [left, right] = [this.of(a), this.of(b)];
    if (op.op === 'add') return this.sum(left, right);
    if (op.op === 'shl') return right.root === NOTHING ? this.shifted(left, right.distance) : this.once(op);
    return right.root === NOTHING ? this.sum(left, { root: NOTHING, distance: -right.distance }) : this.once(op);
  }

  /** What an op of 16 bits leaves. */
  private halfResult({ op, sources }: IrOp): Sum {
    const [a, b] = sources;
    if (!sources.every(isWhole) || a === undefined) return this.fresh();
    if (op === 'mov') return this.half(a);
    if (b === undefined || (op !== 'add' && op !== 'sub')) return this.fresh();
    const [left, right] = [this.half(a), this.half(b)];
    if (op === 'sub' && right.root !== NOTHING) return this.fresh();
    const { root, distance } = this.plus(left, op === 'sub' ? { ...right, distance: -right.distance } : right);
    return { root, distance: signed(distance) };
  }

  /** 16 bits, zero-extended. */
  private extended(half: Sum): Value {
    const { root, distance } = half;
    if (root === NOTHING) return { root, distance: distance & 0xffff };
    return { root: this.numberOf(`zext ${root}:${distance}`), distance: 0, short: { ...half, rest: ZERO } };
  }

  private sum(left: Value, right: Value): Value {
    const sum = this.plus(left, right);
    if ((left.short === undefined) === (right.short === undefined)) return sum;
    const [short, other] = left.short === undefined ? [right.short, left] : [left.short, right];
    return short === undefined ? sum : { ...sum, short: { ...short, rest: this.plus(short.rest, other) } };
  }

  private shifted({ root, distance }: Sum, bits: number): Sum {
    return { root: root === NOTHING ? NOTHING : this.numberOf(`${root}<<${bits & 31}`), distance: distance << bits };
  }

  private plus(left: Sum, right: Sum): Sum {
    const distance = (left.distance + right.distance) | 0;
    if (right.root === NOTHING) return { root: left.root, distance };
    if (left.root === NOTHING) return { root: right.root, distance };
    const [first, second] = left.root < right.root ? [left, right] : [right, left];
    return { root: this.numberOf(`${first.root}+${second.root}`), distance };
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

/** The slots that an op may write which begins to write at a register's place. */
const slotsFrom = (offset: number): readonly string[] => [`r${offset & -8}`, `r${(offset & -8) + 8}`];

/** 16 bits as a number from -8000h to 7FFFh. */
const signed = (half: number): number => (half << 16) >> 16;

/** Whether nothing was added to 16 bits. */
export const isOffset = ({ rest }: Short): boolean => rest.root === NOTHING && rest.distance === 0;

/** Whether an operand is 32 bits that nothing else is a part of. */
export const isWhole = (operand: Operand): boolean => operand.kind !== 'register' || (operand.offset & 7) === 0;
