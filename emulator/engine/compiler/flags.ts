/**
 * Condition codes in compiled code. The register `carries` (see ir/ops) is not computed where an instruction sets it, but
 * kept as what it would be computed from: two locals a and b, the result, and a *kind* that says how. Whatever the kind, the
 * carry is `a < b` unsigned, so that what keeps or asks for the carry alone needs not know it. The kind is a local, too, so
 * that ways with different kinds can meet; where it is known, and in most places it is, V8 sees a constant.
 */
import type { OpName, Width } from '../../ir/ops';
import { lower, type NanRule } from '../lowering';
import { BinaryEmitter, type Emitter } from '../wasm/emitter';
import type { FunctionBody } from '../wasm/module';

/** How `carries` follows from a, b and the result. The numbers are those of the wasm local. */
export const KIND = {
  /** It is b; a is then VALUE_A, or equal to b where that is 0. */
  VALUE: 0,
  /** Of a sum: a is the sum, b the first operand. */
  ADD8: 1,
  ADD16: 2,
  ADD32: 3,
  /** Of a difference a - b. */
  SUB8: 4,
  SUB16: 5,
  SUB32: 6,
  /** INC, DEC: overflow and bit 3 are those of adding (subtracting) 1 that gave the result; the carry is an older one. */
  INC8: 7,
  INC16: 8,
  INC32: 9,
  DEC8: 10,
  DEC16: 11,
  DEC32: 12,
} as const;

/** Less than exactly the values that have bit 31 set. */
export const VALUE_A = 0x7fff_ffff;

export const WIDTHS: readonly Width[] = [8, 16, 32];

/** The kind of `carries_add`, `carries_sub` at a width, or of the same with the carry kept. */
export function kindOf(op: 'carries_add' | 'carries_sub', width: Width, keepsCarry: boolean): number {
  const first = op === 'carries_add' ? (keepsCarry ? KIND.INC8 : KIND.ADD8) : keepsCarry ? KIND.DEC8 : KIND.SUB8;
  return first + WIDTHS.indexOf(width);
}

/** Parameters of the function `carries(kind, a, b, result) -> carries`, and its scratch locals. */
const [SELECTOR, A, B, RESULT] = [0, 1, 2, 3] as const;
const SCRATCH = 4;
/** The operand that has been found from others; carries but for the kept one. */
const FOUND = 5;
const VECTOR = 6;

const NO_NAN: NanRule = { propagate: 'none', defaultSign: 0 };

/** The function of a compiled module that computes `carries` where it is wanted: rows of the lowering table, chosen by kind. */
export function carriesFunction(): FunctionBody {
  const out = new BinaryEmitter();
  const kinds = Object.values(KIND).length;
  for (let i = 0; i < kinds; i++) out.open('block');
  out.emit('local.get', SELECTOR);
  out.table(
    Array.from({ length: kinds - 1 }, (_, i) => i),
    kinds - 1,
  );
  for (let kind = 0; kind < kinds; kind++) {
    out.emit('end');
    emitKind(out, kind);
    out.emit('return');
  }
  out.emit('unreachable');
  return {
    name: 'carries',
    signature: { parameters: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] },
    locals: ['i32', 'i32', 'i32'],
    code: out.out.finish(),
    localNames: ['kind', 'a', 'b', 'result', 'scratch', 'found', 'vector'],
  };
}

function emitKind(out: Emitter, kind: number): void {
  if (kind === KIND.VALUE) {
    out.emit('local.get', B);
    return;
  }
  const width = WIDTHS[(kind - 1) % 3] ?? 32;
  const adds = kind < KIND.SUB8 || (kind >= KIND.INC8 && kind < KIND.DEC8);
  const op: OpName = adds ? 'carries_add' : 'carries_sub';
  const get = (local: number) => () => out.emit('local.get', local);
  const one = () => out.emit('i32.const', 1);
  const cut = () => {
    if (width === 32) return;
    out.emit('i32.const', width === 8 ? 0xff : 0xffff);
    out.emit('i32.and');
  };
  const result = () => {
    out.emit('local.get', RESULT);
    cut();
  };
  const row = (sources: readonly (() => void)[], which: OpName = op, at: Width = width) =>
    lower(which, { out, width: at, nan: NO_NAN, source: (index) => sources[index]?.(), local: () => SCRATCH });
  const find = (push: () => void, undo: 'i32.sub' | 'i32.add', by: () => void) => {
    push();
    by();
    out.emit(undo);
    cut();
    out.emit('local.set', FOUND);
  };
  if (kind < KIND.SUB8) {
    find(get(A), 'i32.sub', get(B));
    row([get(B), get(FOUND), get(A)]);
  } else if (kind < KIND.INC8) row([get(A), get(B), result]);
  else {
    find(get(RESULT), adds ? 'i32.sub' : 'i32.add', one);
    row([get(FOUND), one, result]);
    out.emit('local.set', VECTOR);
    const kept = () => {
      out.emit('local.get', A);
      out.emit('local.get', B);
      out.emit('i32.lt_u');
      out.emit('i32.const', 31);
      out.emit('i32.shl');
    };
    row([kept, get(VECTOR)], 'keep_carry', 32);
  }
}
