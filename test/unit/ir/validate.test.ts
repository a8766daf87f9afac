import { strict as assert } from 'node:assert';
import { BlockBuilder, constant, type IrBlock, type IrOp, validateBlock } from '../../../emulator/ir/block';
import { parseBlock } from '../../../emulator/ir/text';

const END: IrOp = { op: 'goto', width: 32, sources: [], immediates: [0, 0] };
const op = (part: Partial<IrOp>): IrOp => ({ op: 'mov', width: 32, sources: [constant(1)], immediates: [], ...part });
const A = { kind: 'register', offset: 0 } as const;
const T0 = { kind: 'temp', index: 0 } as const;

function block(ops: readonly IrOp[], labels: readonly number[] = [], temps = 1): IrBlock {
  return { ops: [...ops, END], labels, temps };
}

describe('validator of IR', () => {
  it('finds nothing wrong with a good block', () => {
    const b = new BlockBuilder();
    const start = b.label();
    const on = b.label();
    b.place(start);
    b.emit('insn', 32, undefined, [], [0]);
    b.emit('br_if', 32, undefined, [b.value('add', 32, A, constant(1))], [on]);
    b.emit('repeat', 32, undefined, [], [start]);
    b.place(on);
    b.emit('goto_ind', 32, undefined, [A]);
    assert.deepEqual(validateBlock(b.finish()), []);
  });

  const faults: readonly (readonly [string, IrBlock, RegExp])[] = [
    ['a width that the op has not', block([op({ op: 'rotl', width: 8, dst: A, sources: [A, A] })]), /has no width 8/],
    ['too few sources', block([op({ op: 'add', dst: A })]), /takes 2 sources, not 1/],
    ['too many constant fields', block([op({ dst: A, immediates: [1] })]), /takes 0 constant fields, not 1/],
    ['no destination', block([op({})]), /needs a destination/],
    ['a destination of what gives nothing', block([op({ op: 'store', dst: A, sources: [A, A] })]), /gives nothing/],
    ['a constant as destination', block([op({ dst: constant(1) })]), /can't be written/],
    ['a temporary read before it is written', block([op({ dst: A, sources: [T0] })]), /reads t0 before it is written/],
    ['a temporary that was never made', block([op({ dst: { kind: 'temp', index: 4 } })]), /t4 was never made/],
    ['a label that stands nowhere', block([op({ op: 'br', sources: [], immediates: [0] })], [-1]), /stands nowhere/],
    ['a label that does not exist', block([op({ op: 'br', sources: [], immediates: [3] })]), /stands nowhere/],
    ['a branch backwards', block([op({ dst: A }), op({ op: 'br', sources: [], immediates: [0] })], [0]), /wrong way/],
    ['a repeat forwards', block([op({ op: 'repeat', sources: [], immediates: [0] })], [1]), /wrong way/],
    ['a constant that is negative', block([op({ dst: A, sources: [constant(-1)] })]), /negative/],
    ['no transfer at its end', { ops: [op({ dst: A })], labels: [], temps: 0 }, /does not end in a transfer/],
    ['no op at all', parseBlock(''), /does not end in a transfer/],
    ['a label behind its end', block([op({ dst: A })], [2]), /behind the last op/],
    [
      'a temporary that only one way writes',
      block([op({ op: 'br_if', sources: [A], immediates: [0] }), op({ dst: T0 }), op({ dst: A, sources: [T0] })], [2]),
      /reads t0 before it is written/,
    ],
  ];
  for (const [name, bad, message] of faults) {
    it(`finds ${name}`, () => {
      const found = validateBlock(bad);
      assert.equal(found.length, 1, found.join('; '));
      assert.match(found[0], message);
    });
  }
});
