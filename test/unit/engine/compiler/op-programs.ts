/** Blocks that compute one op with operands and destinations of every kind, and the state that they run over. */
import { BlockBuilder, constant, type IrBlock, type Operand } from '../../../../emulator/ir/block';
import { sourceType } from '../../../../emulator/engine/lowering';
import { type OpName, opRow, type OpType, resultType, type Width } from '../../../../emulator/ir/ops';
import { LEAVE } from '../harness';
import { operands } from '../operands';
import { FLAGS, PLAIN, PROMOTED, type RegionHarness } from './region-harness';

export const register = (offset: number): Operand => ({ kind: 'register', offset });
const plain = (index: number, part = 0): Operand => register((PLAIN[index] ?? 0) + part);
const promoted = (index: number, part = 0): Operand => register((PROMOTED[index] ?? 0) + part);

/** Where the program counter of instruction `n` is. */
export const pcOf = (n: number): number => 0x1000 + 4 * n;

/** Writes a temporary, or what else, of `type` to `dst`. */
function copy(b: BlockBuilder, type: OpType, dst: Operand, from: Operand): void {
  if (type === 'v128') b.emit('v_or', 128, dst, [from, from]);
  else b.emit('mov', type === 'i64' || type === 'f64' ? 64 : 32, dst, [from]);
}

/** Ends a block with an instruction that is the interpreter's. */
export function leave(b: BlockBuilder, n: number): IrBlock {
  b.emit('insn', 32, undefined, [], [pcOf(n)]);
  b.emit(LEAVE.op, LEAVE.width, undefined, LEAVE.sources, LEAVE.immediates);
  return b.finish();
}

/** Values lie in the first registers of both kinds; results go to the others. */
export function opProgram(op: OpName, width: Width): IrBlock {
  const row = opRow(op);
  const b = new BlockBuilder();
  const result = resultType(row, width) ?? 'i32';
  const types = Array.from({ length: row.sources }, (_, i) => sourceType(op, width, i));
  const indices = types.map((_, i) => i);
  let n = 0;
  const instruction = (dst: Operand | undefined, sources: readonly Operand[], to: Operand) => {
    b.emit('insn', 32, undefined, [], [pcOf(n++)]);
    b.freeTemps();
    const temps = sources.map((source, i) => {
      if (source.kind !== 'temp') return source;
      // A value that a temporary takes from a register.
      const temp = b.temp();
      const type = types[i] ?? 'i32';
      if (type === 'i32' && width < 32 && op !== 'select') b.emit('mov', width, temp, [plain(i)]);
      else copy(b, type, temp, plain(i));
      return temp;
    });
    if (dst === undefined) {
      const temp = b.temp();
      b.emit(op, width, temp, temps);
      copy(b, result, to, temp);
    } else b.emit(op, width, dst, temps);
  };
  const temp: Operand = { kind: 'temp', index: 0 };
  const sets: (readonly Operand[])[] = [
    indices.map((i) => plain(i)),
    indices.map((i) => promoted(i)),
    indices.map(() => temp),
    indices.map((i) => (i === 0 ? promoted(i) : plain(i))),
  ];
  if (types.every((type) => type === 'i32'))
    sets.push(indices.map((i) => (width === 8 ? promoted(i, 1) : promoted(i))));
  const last = types[types.length - 1];
  if (last !== 'v128' && (row.sources > 1 || !op.startsWith('f')))
    sets.push(indices.map((i) => (i === row.sources - 1 ? constant(7) : plain(i))));
  if (types.length > 1 && types[0] !== 'v128' && !/^(div|rem)/.test(op))
    sets.push(indices.map((i) => (i === 0 ? constant(0x3f80_0000) : promoted(i))));
  for (const sources of sets) {
    instruction(plain(3), sources, plain(3));
    b.emit('v_add8', 128, plain(4), [plain(4), plain(3)]);
    instruction(undefined, sources, plain(5));
    b.emit('v_add8', 128, plain(6), [plain(6), plain(5)]);
    instruction(promoted(3), sources, plain(7));
    b.emit('v_xor', 128, plain(8), [plain(8), promoted(3)]);
    if (result === 'i32' && width === 8) instruction(promoted(4, 1), sources, plain(7));
    instruction(undefined, sources, promoted(5));
    b.emit('v_add16', 128, plain(9), [plain(9), promoted(5)]);
    if (result === 'i32' && row.result === 'i32') {
      // As condition codes, a result behind it as guests have it.
      instruction(register(FLAGS.carries), sources, plain(7));
      b.emit('mov', 32, register(FLAGS.result), [plain(3)]);
      b.emit('v_xor', 128, plain(9), [plain(9), register(FLAGS.result)]);
    }
  }
  return leave(b, n);
}

/** Sets the operands of `opProgram`, with garbage elsewhere. */
export function setOperands(engine: RegionHarness, op: OpName, width: Width, values: readonly bigint[]): void {
  const garbage = 0x1357_9bdf_0246_8ace_fdb9_7531_eca8_6420n;
  [...PLAIN, ...PROMOTED].forEach((offset, i) =>
    engine.set(offset, 128, (garbage << BigInt(8 * (i % 4))) & ((1n << 128n) - 1n)),
  );
  engine.set(FLAGS.result, 64, 0x5555_5555_8000_0001n);
  engine.set(FLAGS.carries, 64, 0xaaaa_aaaa_4000_0008n);
  values.forEach((value, i) => {
    const bits = op === 'select' && i === 0 ? 32 : Math.max(width, 8);
    for (const offset of [PLAIN[i], PROMOTED[i]]) {
      engine.set(offset ?? 0, bits, value);
      if (bits === 8) engine.set((offset ?? 0) + 1, bits, value);
    }
  });
}

/** A bounded number of operand combinations, spread over all. */
export function someOperands(op: OpName, width: Width, most: number): readonly (readonly bigint[])[] {
  const all = [...operands(op, width)];
  const step = Math.max(1, Math.floor(all.length / most)) | 1;
  return all.filter((_, i) => i % step === 0);
}
