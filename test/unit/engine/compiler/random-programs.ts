/**
 * Random blocks of IR as front ends write them: an instruction reads memory, computes into temporaries, writes memory, and
 * then registers and condition codes; some of the writes lie behind a forward branch.
 */
import { KIND, VALUE_A, WIDTHS } from '../../../../emulator/engine/compiler/flags';
import { computingOps, sourceType } from '../../../../emulator/engine/lowering';
import { BlockBuilder, constant, type IrBlock, type Operand } from '../../../../emulator/ir/block';
import { opRow, type OpType, resultType, type Width } from '../../../../emulator/ir/ops';
import { printBlock } from '../../../../emulator/ir/text';
import { FRAMES } from '../../../../emulator/memory/layout';
import { leave, pcOf, register } from './op-programs';
import { FLAGS, PLAIN, PROMOTED, RAM, type RegionHarness } from './region-harness';

const OPS = computingOps().filter(({ op }) => !/^(div|rem)/.test(op));
const CONDITIONS = ['flag_o', 'flag_c', 'flag_z', 'flag_be', 'flag_s', 'flag_p', 'flag_l', 'flag_le'] as const;
const RESULT = register(FLAGS.result);
const CARRIES = register(FLAGS.carries);
const INSTRUCTIONS = 24;
/** A register that holds an address in the lower half of memory: no program changes it. */
const NEAR = 0x1f0;

class Generator {
  private readonly b = new BlockBuilder();
  /** Temporaries of the present instruction, by the type that they hold; a float as its bits. */
  private temps: Record<'i32' | 'i64' | 'v128', Operand[]> = { i32: [], i64: [], v128: [] };

  constructor(private readonly next: () => number) {}

  private below(n: number): number {
    return (this.next() >>> 5) % n;
  }

  private pick<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new Error('Nothing to pick from.');
    return one;
  }

  private pool(type: OpType): Operand[] {
    return this.temps[type === 'f32' ? 'i32' : type === 'f64' ? 'i64' : type];
  }

  private slot(width: number): Operand {
    const offset = this.pick(this.below(3) === 0 ? PLAIN : PROMOTED);
    return register(offset + (width === 8 && this.below(3) === 0 ? 1 : 0));
  }

  private value(type: OpType, width: number): Operand {
    const pool = this.pool(type);
    if (pool.length > 0 && this.below(5) < 3) return this.pick(pool);
    if (type !== 'v128' && this.below(5) === 0) return constant(this.pick([0, 1, 8, 0x7f, 0x80, 0xffff, 0x8000_0000]));
    if (type === 'i32' && this.below(12) === 0) return this.pick([RESULT, CARRIES]);
    return this.slot(width);
  }

  private temp(type: OpType): Operand {
    const temp = this.b.temp();
    this.pool(type).push(temp);
    return temp;
  }

  /** A random op into a temporary, or to a register. */
  private compute(toRegister: boolean): void {
    const { op, width } = this.pick(OPS);
    const row = opRow(op);
    const sources = Array.from({ length: row.sources }, (_, i) => this.value(sourceType(op, width, i), width));
    const type = resultType(row, width) ?? 'i32';
    const narrow = row.result === 'same' && width === 8;
    this.b.emit(op, width, toRegister ? this.slot(narrow ? 8 : 32) : this.temp(type), sources);
  }

  private access(op: 'load' | 'store'): void {
    const width = this.pick<Width>([8, 16, 32, 64, 128]);
    const big = width !== 8 && width !== 128 && this.below(3) === 0;
    const type: OpType = width === 128 ? 'v128' : width === 64 ? 'i64' : 'i32';
    const value = op === 'store' ? this.value(type, width) : undefined;
    const index = this.b.temp();
    // Within a page, wherever that is; or near to others, so that they are looked at together.
    if (this.below(3) === 0) this.b.emit('and', 32, index, [this.slot(32), constant(0xffe0)]);
    else this.b.emit('add', 32, index, [register(NEAR), constant(16 * this.below(8))]);
    const at = big ? (`${op}_be` as const) : op;
    if (value === undefined) this.b.emit(at, width, this.temp(type), [index]);
    else this.b.emit(at, width, undefined, [index, value]);
  }

  /** An instruction that sets the condition codes as x86 ones do. */
  private arithmetic(): void {
    const { b } = this;
    const width = this.pick<Width>([8, 16, 32]);
    const dst = this.slot(width);
    const other = this.value('i32', width);
    const result = b.temp();
    const kind = this.pick(['add', 'sub', 'and', 'inc', 'dec', 'adc', 'sbb', 'cmp', 'dst first'] as const);
    const carry = kind === 'adc' || kind === 'sbb' ? b.temp() : undefined;
    if (carry !== undefined) b.emit('shru', 32, carry, [CARRIES, constant(31)]);
    const adds = kind === 'add' || kind === 'inc' || kind === 'adc';
    if (kind === 'and') {
      b.emit('and', width, result, [dst, other]);
      b.emit('mov', 32, CARRIES, [constant(0)]);
    } else if (kind === 'inc' || kind === 'dec') {
      b.emit(adds ? 'add' : 'sub', width, result, [dst, constant(1)]);
      const fresh = b.temp();
      b.emit(adds ? 'carries_add' : 'carries_sub', width, fresh, [dst, constant(1), result]);
      b.emit('keep_carry', 32, CARRIES, [CARRIES, fresh]);
    } else {
      const sum = carry === undefined ? result : b.temp();
      b.emit(adds ? 'add' : 'sub', width, sum, [dst, other]);
      if (carry !== undefined) b.emit(adds ? 'add' : 'sub', width, result, [sum, carry]);
      if (kind === 'dst first') b.emit('mov', width, dst, [result]);
      b.emit(adds ? 'carries_add' : 'carries_sub', width, CARRIES, [dst, other, result]);
    }
    b.emit(width === 32 ? 'mov' : 'sext', width, RESULT, [result]);
    if (kind !== 'cmp' && kind !== 'dst first') b.emit('mov', width, dst, [result]);
  }

  private condition(): Operand {
    const temp = this.temp('i32');
    this.b.emit(this.pick(CONDITIONS), 32, temp, [RESULT, CARRIES]);
    return temp;
  }

  private instruction(n: number): void {
    const { b } = this;
    b.emit('insn', 32, undefined, [], [pcOf(n)]);
    b.freeTemps();
    this.temps = { i32: [], i64: [], v128: [] };
    for (let i = this.below(3); i > 0; i--) this.access('load');
    if (this.below(2) === 0) this.condition();
    for (let i = this.below(4); i > 0; i--) this.compute(false);
    if (this.below(3) === 0) this.access('store');
    const skip = this.below(3) === 0 ? b.label() : undefined;
    if (skip !== undefined) {
      b.emit('br_if', 32, undefined, [this.below(2) === 0 ? this.condition() : this.value('i32', 32)], [skip]);
      const before = { i32: [...this.temps.i32], i64: [...this.temps.i64], v128: [...this.temps.v128] };
      this.compute(false);
      this.compute(true);
      if (this.below(2) === 0) this.arithmetic();
      this.temps = before;
      b.place(skip);
    }
    if (this.below(2) === 0) this.arithmetic();
    for (let i = this.below(3); i > 0; i--) this.compute(true);
    // A label must stand before something of its own instruction.
    b.emit('mov', 32, this.slot(32), [this.condition()]);
  }

  program(): IrBlock {
    for (let n = 0; n < INSTRUCTIONS; n++) this.instruction(n);
    return leave(this.b, INSTRUCTIONS);
  }
}

export function randomProgram(next: () => number): { readonly block: IrBlock; readonly text: string } {
  const block = new Generator(next).program();
  return { block, text: printBlock(block) };
}

/** Random registers, with values that are interesting now and then, and random memory. */
export function randomState(engine: RegionHarness, next: () => number): void {
  const edges = [
    0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x7fc0_0001, 0x3f80_0000,
  ];
  for (const offset of [...PLAIN, ...PROMOTED]) {
    for (let at = 0; at < 16; at += 4) {
      const word = next();
      engine.set(offset + at, 32, BigInt((word & 7) === 0 ? (edges[(word >>> 4) % edges.length] ?? 0) : word));
    }
  }
  // Often such that what is near to it lies in two pages.
  engine.set(NEAR, 32, BigInt((next() & 0x100) === 0 ? next() & 0x7fe0 : (next() & 0x7000) | 0xfa0));
  engine.set(FLAGS.result, 64, BigInt(next()));
  engine.set(FLAGS.carries, 64, BigInt((next() & 0xc000_ff09) >>> 0));
  engine.kept = { kind: KIND.VALUE, a: VALUE_A };
  if ((next() & 0x100) === 0) {
    const kind = 1 + ((next() >>> 8) % (Object.values(KIND).length - 1));
    // Of an older carry nothing but which is less is known.
    const mask = kind >= KIND.INC8 ? 0xffff_ffff : 2 ** WIDTHS[(kind - 1) % 3] - 1;
    engine.kept = { kind, a: (next() & mask) >>> 0 };
    engine.set(FLAGS.carries, 64, BigInt((next() & mask) >>> 0));
  }
  for (let at = 0; at < RAM; at += 4) engine.memory.view.setUint32(FRAMES + at, next(), true);
}
