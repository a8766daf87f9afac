/**
 * Condition codes in compiled code. The register `carries` (see ir/ops) is not computed where an instruction sets it, but
 * kept as what it would be computed from: two operands, the result, and a *kind* that says how. The kind is a wasm local,
 * so that ways with different kinds can meet; where it is known, and in most places it is, V8 sees a constant.
 */
import type { OpName, Width } from '../../ir/ops';
import { lower, type NanRule } from '../lowering';
import type { Emitter } from '../wasm/emitter';
import type { FunctionBody } from '../wasm/module';
import { BinaryEmitter } from '../wasm/emitter';

/** How `carries` follows from operands a and b and from the result. The numbers are those of the wasm local. */
export const KIND = {
  /** It is a. */
  VALUE: 0,
  ADD8: 1,
  ADD16: 2,
  ADD32: 3,
  SUB8: 4,
  SUB16: 5,
  SUB32: 6,
  /** INC, DEC: the carry is bit 31 of a; overflow and bit 3 are those of adding (subtracting) 1. */
  INC8: 7,
  INC16: 8,
  INC32: 9,
  DEC8: 10,
  DEC16: 11,
  DEC32: 12,
} as const;

const WIDTHS: readonly Width[] = [8, 16, 32];

/** The kind of `carries_add`, `carries_sub` at a width, or of the same with the carry kept. */
export function kindOf(op: 'carries_add' | 'carries_sub', width: Width, keepsCarry: boolean): number {
  const first = op === 'carries_add' ? (keepsCarry ? KIND.INC8 : KIND.ADD8) : keepsCarry ? KIND.DEC8 : KIND.SUB8;
  return first + WIDTHS.indexOf(width);
}

/** Whether a's bit 31 is the carry, so that an INC or DEC behind may keep it as it is. */
export const holdsCarry = (kind: number): boolean => kind === KIND.VALUE || kind >= KIND.INC8;

/** Parameters of the function `carries(kind, a, b, result) -> carries`, and its scratch local. */
const [SELECTOR, A, B, RESULT] = [0, 1, 2, 3] as const;
const SCRATCH = 4;

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
    locals: ['i32', 'i32', 'i32', 'i32'],
    code: out.out.finish(),
    localNames: ['kind', 'a', 'b', 'result', 'scratch', 'before', 'vector', 'unused'],
  };
}

/** Local that holds the operand of an INC or DEC, found from its result. */
const BEFORE = 5;
const VECTOR = 6;

function emitKind(out: Emitter, kind: number): void {
  if (kind === KIND.VALUE) {
    out.emit('local.get', A);
    return;
  }
  const width = WIDTHS[(kind - 1) % 3] ?? 32;
  const family = Math.floor((kind - 1) / 3);
  const op: OpName = family % 2 === 0 ? 'carries_add' : 'carries_sub';
  const keeps = family >= 2;
  const cut = () => {
    if (width === 32) return;
    out.emit('i32.const', width === 8 ? 0xff : 0xffff);
    out.emit('i32.and');
  };
  const local = (): number => SCRATCH;
  const source = (index: number): void => {
    if (index === 2) {
      out.emit('local.get', RESULT);
      cut();
    } else if (!keeps) out.emit('local.get', index === 0 ? A : B);
    else if (index === 0) out.emit('local.get', BEFORE);
    else out.emit('i32.const', 1);
  };
  if (keeps) {
    out.emit('local.get', RESULT);
    out.emit('i32.const', 1);
    out.emit(op === 'carries_add' ? 'i32.sub' : 'i32.add');
    cut();
    out.emit('local.set', BEFORE);
  }
  lower(op, { out, width, nan: NO_NAN, source, local });
  if (!keeps) return;
  out.emit('local.set', VECTOR);
  lower('keep_carry', {
    out,
    width: 32,
    nan: NO_NAN,
    source: (index) => out.emit('local.get', index === 0 ? A : VECTOR),
    local,
  });
}
