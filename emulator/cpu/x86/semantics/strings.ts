/** String instructions. A repeated one is one count an iteration and can be interrupted between any two. */
import { constant, type Operand } from '../../../ir/block';
import type { OpName } from '../../../ir/ops';
import { RUN_REPEATING } from '../../../memory/layout';
import * as R from '../registers';
import { type IntWidth, register, type Translation } from '../translation';
import type { Semantic } from './semantic';

const STEP = register(R.FLAGS_STEP);

/** The offset in an index register, at the address size, zero-extended. */
const index = (t: Translation, offset: number): Operand => t.zext(register(offset), t.i.addressSize);

const sourceSegment = (t: Translation): number => (t.i.segment >= 0 ? t.i.segment : R.DS);

/**
 * The accesses of one iteration. Index registers move on when all of them are done (`finish`), so that a fault leaves
 * them alone; on a CPU that keeps progress (see the trait) each moves before its access, and the counter with them.
 */
class Iteration {
  private readonly moved: number[] = [];

  constructor(
    private readonly t: Translation,
    private readonly width: IntWidth,
    /** The counter, as the iteration found it; nothing when the instruction is not repeated. */
    private readonly count: Operand | undefined,
  ) {}

  /** Reads what index register `register` names. `taken`: what a CPU that keeps progress has counted down by then. */
  read(segment: number, indexRegister: number, taken = 1): Operand {
    const offset = index(this.t, indexRegister);
    this.move(indexRegister, taken);
    return this.t.load(segment, offset, this.width);
  }

  /** Writes to ES:EDI. */
  write(value: Operand): void {
    const offset = index(this.t, R.EDI);
    this.move(R.EDI, 2);
    this.t.store(R.ES, offset, this.width, value);
  }

  finish(): void {
    const { t } = this;
    if (!t.keepsProgress) this.advance(this.moved);
    if (this.count !== undefined) this.setCounter(1);
  }

  private move(indexRegister: number, taken: number): void {
    if (!this.t.keepsProgress) {
      this.moved.push(indexRegister);
      return;
    }
    this.advance([indexRegister]);
    if (this.count !== undefined) this.setCounter(taken);
  }

  private setCounter(taken: number): void {
    const { t } = this;
    const size = t.i.addressSize;
    if (this.count !== undefined) t.move(register(R.ECX), size, t.b.value('sub', size, this.count, constant(taken)));
  }

  private advance(registers: readonly number[]): void {
    const { t, width } = this;
    const step = width === 8 ? STEP : t.b.value('shl', 32, STEP, constant(width === 16 ? 1 : 2));
    for (const offset of registers) t.b.emit('add', t.i.addressSize, register(offset), [register(offset), step]);
  }
}

/** Offsets of a segment's base, and of the bounds of what may be read (written) through it, for the bulk ops. */
const place = (segment: number, write: boolean): readonly number[] => [
  R.segment(segment, R.SEG_BASE),
  R.segment(segment, write ? R.SEG_WRITE_LOW : R.SEG_READ_LOW),
];

/** What does the iterations that come before the one begun, as far as they only touch plain memory. */
type Bulk = (t: Translation) => { readonly op: OpName; readonly fields: readonly number[] };

const equal = (t: Translation): number => (t.i.repeat === 'repe' ? 1 : 0);

const MOVE: Bulk = (t) => ({
  op: 'bulk_move',
  fields: [...place(sourceSegment(t), false), ...place(R.ES, true)],
});
const FILL: Bulk = () => ({ op: 'bulk_fill', fields: place(R.ES, true) });
const SKIP: Bulk = (t) => ({ op: 'bulk_skip', fields: place(sourceSegment(t), false) });
const COMPARE: Bulk = (t) => ({
  op: 'bulk_compare',
  fields: [...place(sourceSegment(t), false), ...place(R.ES, false), equal(t)],
});
const SCAN: Bulk = (t) => ({ op: 'bulk_scan', fields: [...place(R.ES, false), equal(t)] });

type Body = (t: Translation, width: IntWidth, iteration: Iteration) => void;

/** One iteration, or as many as the counter says. `compares`: the zero flag ends it too; `bulk`: how many go at once. */
const string =
  (body: Body, width: 'byte' | 'operand', compares: boolean, bulk?: Bulk): Semantic =>
  (t) => {
    const { b } = t;
    const bits: IntWidth = width === 'byte' ? 8 : t.i.operandSize;
    if (t.i.repeat === 'none') {
      const iteration = new Iteration(t, bits, undefined);
      body(t, bits, iteration);
      iteration.finish();
      return;
    }
    const size = t.i.addressSize;
    const counter = register(R.ECX);
    const begin = b.label();
    const done = () => {
      t.move(register(RUN_REPEATING), 32, constant(0));
      b.emit('goto', 32, undefined, [], [t.i.next, 0]);
    };
    b.emit('br_if', 32, undefined, [b.value('ne', size, counter, constant(0))], [begin]);
    done();
    b.place(begin);
    if (bulk !== undefined) {
      const { op, fields } = bulk(t);
      b.emit(op, bits, undefined, [], [size === 16 ? 0xffff : -1, ...fields]);
    }
    const iteration = new Iteration(t, bits, t.zext(counter, size));
    body(t, bits, iteration);
    iteration.finish();
    let again = b.value('ne', size, counter, constant(0));
    if (compares) {
      const zero = t.condition(4).value;
      again = b.value('and', 32, again, t.i.repeat === 'repe' ? zero : b.value('xor', 32, zero, constant(1)));
    }
    const end = b.label();
    b.emit('br_if', 32, undefined, [b.value('eq', 32, again, constant(0))], [end]);
    t.repeatInstruction();
    b.place(end);
    done();
    t.ended = true;
  };

const movs: Body = (t, _width, iteration) => iteration.write(iteration.read(sourceSegment(t), R.ESI));

const cmps: Body = (t, width, iteration) => {
  // A CPU that keeps progress is seen to read ES:DI first.
  const early = t.keepsProgress ? iteration.read(R.ES, R.EDI, 0) : undefined;
  const a = iteration.read(sourceSegment(t), R.ESI);
  const other = early ?? iteration.read(R.ES, R.EDI);
  t.flagsSub(width, a, other, t.b.value('sub', width, a, other));
};

const stos: Body = (_t, _width, iteration) => iteration.write(register(R.EAX));

const lods: Body = (t, width, iteration) => {
  t.move(register(R.EAX), width, iteration.read(sourceSegment(t), R.ESI));
};

const scas: Body = (t, width, iteration) => {
  const value = iteration.read(R.ES, R.EDI);
  const al = register(R.EAX);
  t.flagsSub(width, al, value, t.b.value('sub', width, al, value));
};

/** DX, which the task must be allowed to use: that is asked before memory is. */
function allowedPort(t: Translation, width: number): Operand {
  const port = t.zext(register(R.EDX), 16);
  if (t.context.protectedMode) t.helper('CHECK_PORT', port, constant(width / 8));
  return port;
}

const ins: Body = (t, width, iteration) => {
  const port = allowedPort(t, width);
  // The port is not read when the destination can't be written.
  if (!t.keepsProgress) t.probeWrite(R.ES, index(t, R.EDI), width / 8);
  iteration.write(t.helperValue('IN', port, constant(width / 8)));
};

const outs: Body = (t, width, iteration) => {
  const port = t.b.value('or', 32, allowedPort(t, width), constant((width / 8) << 16));
  const value = iteration.read(sourceSegment(t), R.ESI);
  t.helper('OUT', port, value);
};

export const STRINGS: Readonly<Record<string, Semantic>> = {
  MOVSB: string(movs, 'byte', false, MOVE),
  MOVSV: string(movs, 'operand', false, MOVE),
  CMPSB: string(cmps, 'byte', true, COMPARE),
  CMPSV: string(cmps, 'operand', true, COMPARE),
  STOSB: string(stos, 'byte', false, FILL),
  STOSV: string(stos, 'operand', false, FILL),
  LODSB: string(lods, 'byte', false, SKIP),
  LODSV: string(lods, 'operand', false, SKIP),
  SCASB: string(scas, 'byte', true, SCAN),
  SCASV: string(scas, 'operand', true, SCAN),
  INSB: string(ins, 'byte', false),
  INSV: string(ins, 'operand', false),
  OUTSB: string(outs, 'byte', false),
  OUTSV: string(outs, 'operand', false),
  CLD: (t) => t.move(STEP, 32, constant(1)),
  STD: (t) => t.move(STEP, 32, constant(0xffffffff)),
};
