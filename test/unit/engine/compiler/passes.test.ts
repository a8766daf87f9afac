/** The passes over a node's ops, as text before and behind each. */
import { strict as assert } from 'node:assert';
import type { GraphOptions, PlacedOp } from '../../../../emulator/engine/compiler/graph';
import { dropDeadWrites, fuseConditions } from '../../../../emulator/engine/compiler/passes';
import { parseBlock, printBlock } from '../../../../emulator/ir/text';
import { NAMES } from './names';
import { FLAGS, PROMOTED } from './region-harness';

const OPTIONS: GraphOptions = {
  calls: (helper) => helper === 1,
  isPromoted: (offset) => PROMOTED.includes(offset) || offset === FLAGS.result || offset === FLAGS.carries,
};

type Pass = (ops: readonly PlacedOp[]) => readonly PlacedOp[];

const lines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

function check(pass: Pass, before: string, behind: string): void {
  const ops = parseBlock(before, NAMES).ops.map((op, place) => ({ op, place }));
  const after = pass(ops);
  assert.equal(lines(printBlock({ ops: after.map(({ op }) => op), labels: [], temps: 0 }, NAMES)), lines(behind));
  // Each stays at its place: exits lead there.
  for (const { op, place } of after) {
    const origin = ops[place]?.op;
    assert.ok(origin !== undefined && origin.dst === op.dst, `place ${place}`);
  }
}

const fuse: Pass = (ops) => fuseConditions(ops, FLAGS);

const SUB = (width: number) => `
  t0 = sub.${width} [a], [b]
  [carries] = carries_sub.${width} [a], [b], t0
  [result] = ${width === 32 ? 'mov' : 'sext'}.${width} t0`;
const ADD = `
  t0 = add.32 [a], [b]
  [carries] = carries_add.32 [a], [b], t0
  [result] = mov.32 t0`;
const AND = `
  t0 = and.32 [a], [b]
  [carries] = mov.32 0x0
  [result] = mov.32 t0`;
const DEC = `
  t0 = sub.32 [a], 0x1
  t1 = carries_sub.32 [a], 0x1, t0
  [carries] = keep_carry.32 [carries], t1
  [result] = mov.32 t0`;
const SBB = `
  t1 = shru.32 [carries], 0x1f
  t2 = sub.32 [a], [b]
  t0 = sub.32 t2, t1
  [carries] = carries_sub.32 [a], [b], t0
  [result] = mov.32 t0`;
const condition = (name: string) => `t9 = ${name}.32 [result], [carries]`;

const CONDITIONS = ['flag_o', 'flag_c', 'flag_z', 'flag_be', 'flag_s', 'flag_p', 'flag_l', 'flag_le'] as const;
const ZERO = 't9 = eq.32 [result], 0x0';
const SIGN = 't9 = lts.32 [result], 0x0';
/** What each condition becomes behind each kind of instruction, in the order of CONDITIONS; '' where it stays. */
const FUSED: readonly (readonly [string, string, readonly string[]])[] = [
  ...[8, 16, 32].map((width) => {
    const compare = (name: string) => `t9 = ${name}.${width} [a], [b]`;
    const row = ['', compare('ltu'), compare('eq'), compare('leu'), SIGN, '', compare('lts'), compare('les')];
    return [`a difference of ${width} bits`, SUB(width), row] as const;
  }),
  ['a sum', ADD, ['', '', ZERO, '', SIGN, '', '', '']],
  [
    'a logical operation',
    AND,
    ['t9 = mov.32 0x0', 't9 = mov.32 0x0', ZERO, ZERO, SIGN, '', SIGN, 't9 = les.32 [result], 0x0'],
  ],
  ['DEC', DEC, ['', '', ZERO, '', '', '', '', '']],
  ['a difference with borrow', SBB, ['', '', ZERO, '', SIGN, '', '', '']],
  ['flags from before the node', '', ['', '', ZERO, '', '', '', '', '']],
];

describe('compiler: conditions become comparisons', () => {
  for (const [what, setter, row] of FUSED) {
    it(`behind ${what}`, () => {
      CONDITIONS.forEach((name, i) => {
        const kept = condition(name);
        check(fuse, `${setter}\n${kept}`, `${setter}\n${row[i] === '' ? kept : (row[i] ?? '')}`);
      });
    });
  }

  const less = condition('flag_l');
  /** Behind CMP, these stand between it and the condition; whether it becomes a comparison. */
  const BETWEEN: readonly (readonly [string, string, boolean])[] = [
    ['a write to something else', '[c] = mov.32 0x5', true],
    ['a write to the first operand', '[a] = mov.32 0x5', false],
    ['a write to a part of the second operand', '[b] = mov.8 0x5', false],
    ['a vector written over an operand', '[+240] = v_or.128 [m], [m]', true],
    ['a vector that ends in an operand', '[+248] = v_or.128 [m], [m]', false],
    ['a helper', 'call.32 0x0, 0x0, #0x1', false],
    ['a store', 'store.32 [c], [a]', true],
    ['a part of the condition codes', '[carries] = mov.8 0x5', false],
  ];
  for (const [what, text, fused] of BETWEEN) {
    it(`${fused ? 'over' : 'not over'} ${what}`, () => {
      const before = `${SUB(32)}\n${text}\n`;
      check(fuse, `${before}${less}`, `${before}${fused ? 't9 = lts.32 [a], [b]' : less}`);
    });
  }

  it('not of operands that were overwritten before the carries were computed', () => {
    const text = `
      t0 = sub.32 [a], [b]
      [a] = mov.32 t0
      [carries] = carries_sub.32 [a], [b], t0
      [result] = mov.32 t0
      ${less}`;
    check(fuse, text, text);
  });
});

describe('compiler: dead writes are dropped', () => {
  const drop =
    (...kept: readonly number[]): Pass =>
    (ops) =>
      dropDeadWrites(ops, (temp) => kept.includes(temp), OPTIONS, FLAGS);

  it('flags that the next instruction sets anew, with what was computed for them', () => {
    check(
      drop(),
      `insn #0x10
       ${SUB(32)}
       insn #0x12
       ${AND}`,
      `insn #0x10
       insn #0x12
       ${AND}`,
    );
  });

  it('not when an instruction between may leave, nor when the setter itself may', () => {
    for (const between of [
      't3 = load.32 [c]\n[c] = mov.32 t3',
      'store.32 [c], 0x1',
      'bound.32 [c], #0x200, #0x4, #0xd',
    ]) {
      const text = `insn #0x10
        ${SUB(32)}
        insn #0x12
        ${between}
        insn #0x14
        ${AND}`;
      check(drop(), text, text);
      const own = `insn #0x10
        ${SUB(32)}
        insn #0x12
        ${between}
        ${AND}`;
      check(drop(), own, own);
    }
  });

  it('not over a helper, which sees every register', () => {
    const text = `insn #0x10
      [a] = mov.32 0x1
      insn #0x12
      call.32 0x0, 0x0, #0x1
      insn #0x14
      [a] = mov.32 0x2`;
    check(drop(), text, text);
  });

  it('not what INC takes the carry from, nor the result that carries are made from', () => {
    const text = `insn #0x10
      ${SUB(32)}
      insn #0x12
      ${DEC}`;
    check(drop(), text, text);
  });

  it('a register written again, but not one in memory, in part, or read as a part of a vector', () => {
    check(drop(), '[a] = mov.32 0x1\n[a] = mov.32 0x2', '[a] = mov.32 0x2');
    check(drop(), '[a] = mov.8 0x1\n[a] = mov.32 0x2', '[a] = mov.32 0x2');
    for (const text of [
      '[m] = mov.32 0x1\n[m] = mov.32 0x2',
      '[a] = mov.32 0x1\n[a] = mov.8 0x2',
      '[a] = mov.32 0x1\n[m] = v_or.128 [+248], [m]\n[a] = mov.32 0x2',
      '[a] = v_or.128 [m], [m]\n[a] = mov.32 0x2',
    ])
      check(drop(), text, text);
  });

  it('temporaries that nothing reads, but for those of following nodes', () => {
    const text = 't0 = add.32 [a], 0x1\nt1 = add.32 t0, 0x1\nt2 = add.32 [b], 0x1\n[c] = mov.32 t2';
    check(drop(), text, 't2 = add.32 [b], 0x1\n[c] = mov.32 t2');
    check(drop(1), text, text);
    check(drop(0), text, 't0 = add.32 [a], 0x1\nt2 = add.32 [b], 0x1\n[c] = mov.32 t2');
    // Written again: it is the later one that is read.
    check(drop(0), 't0 = add.32 [a], 0x1\nt0 = add.32 [b], 0x1', 't0 = add.32 [b], 0x1');
  });

  it('never a load: it may fault', () => {
    check(drop(), 't0 = load.32 [a]', 't0 = load.32 [a]');
  });
});
