/** String instructions. A repeated one is one count an iteration and can be interrupted between any two. */
import { constant, type Operand } from '../../../ir/block';
import { RUN_REPEATING } from '../../../memory/layout';
import * as R from '../registers';
import { type IntWidth, register, type Translation } from '../translation';
import type { Semantic } from './semantic';

const STEP = register(R.FLAGS_STEP);

/** The offset in an index register, at the address size, zero-extended. */
const index = (t: Translation, offset: number): Operand => t.zext(register(offset), t.i.addressSize);

function advance(t: Translation, width: IntWidth, ...registers: readonly number[]): void {
  const step = width === 8 ? STEP : t.b.value('shl', 32, STEP, constant(width === 16 ? 1 : 2));
  for (const offset of registers) t.b.emit('add', t.i.addressSize, register(offset), [register(offset), step]);
}

const sourceSegment = (t: Translation): number => (t.i.segment >= 0 ? t.i.segment : R.DS);

type Body = (t: Translation, width: IntWidth) => void;

/**
 * One iteration, or as many as the counter says. `compares`: the zero flag ends it too. The counter and the index
 * registers change only after everything that can fault.
 */
const string =
  (body: Body, width: 'byte' | 'operand', compares: boolean): Semantic =>
  (t) => {
    const { b } = t;
    const bits: IntWidth = width === 'byte' ? 8 : t.i.operandSize;
    if (t.i.repeat === 'none') {
      body(t, bits);
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
    body(t, bits);
    const left = b.value('sub', size, counter, constant(1));
    t.move(counter, size, left);
    let again = b.value('ne', 32, left, constant(0));
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

const movs: Body = (t, width) => {
  const value = t.load(sourceSegment(t), index(t, R.ESI), width);
  t.store(R.ES, index(t, R.EDI), width, value);
  advance(t, width, R.ESI, R.EDI);
};

const cmps: Body = (t, width) => {
  const a = t.load(sourceSegment(t), index(t, R.ESI), width);
  const other = t.load(R.ES, index(t, R.EDI), width);
  t.flagsSub(width, a, other, t.b.value('sub', width, a, other));
  advance(t, width, R.ESI, R.EDI);
};

const stos: Body = (t, width) => {
  t.store(R.ES, index(t, R.EDI), width, register(R.EAX));
  advance(t, width, R.EDI);
};

const lods: Body = (t, width) => {
  const value = t.load(sourceSegment(t), index(t, R.ESI), width);
  t.move(register(R.EAX), width, value);
  advance(t, width, R.ESI);
};

const scas: Body = (t, width) => {
  const value = t.load(R.ES, index(t, R.EDI), width);
  const al = register(R.EAX);
  t.flagsSub(width, al, value, t.b.value('sub', width, al, value));
  advance(t, width, R.EDI);
};

const ins: Body = (t, width) => {
  const port = t.zext(register(R.EDX), 16);
  const value = t.helperValue('IN', port, constant(width / 8));
  t.store(R.ES, index(t, R.EDI), width, value);
  advance(t, width, R.EDI);
};

const outs: Body = (t, width) => {
  const value = t.load(sourceSegment(t), index(t, R.ESI), width);
  const port = t.b.value('or', 32, t.zext(register(R.EDX), 16), constant((width / 8) << 16));
  t.helper('OUT', port, value);
  advance(t, width, R.ESI);
};

export const STRINGS: Readonly<Record<string, Semantic>> = {
  MOVSB: string(movs, 'byte', false),
  MOVSV: string(movs, 'operand', false),
  CMPSB: string(cmps, 'byte', true),
  CMPSV: string(cmps, 'operand', true),
  STOSB: string(stos, 'byte', false),
  STOSV: string(stos, 'operand', false),
  LODSB: string(lods, 'byte', false),
  LODSV: string(lods, 'operand', false),
  SCASB: string(scas, 'byte', true),
  SCASV: string(scas, 'operand', true),
  INSB: string(ins, 'byte', false),
  INSV: string(ins, 'operand', false),
  OUTSB: string(outs, 'byte', false),
  OUTSV: string(outs, 'operand', false),
  CLD: (t) => t.move(STEP, 32, constant(1)),
  STD: (t) => t.move(STEP, 32, constant(0xffffffff)),
};
