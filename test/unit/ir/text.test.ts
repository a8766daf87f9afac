import { strict as assert } from 'node:assert';
import { constant, type IrBlock, type IrOp, type Operand } from '../../../emulator/ir/block';
import { OP_NAMES, opRow, resultType } from '../../../emulator/ir/ops';
import { parseBlock, printBlock } from '../../../emulator/ir/text';
import { X86_NAMES } from '../../../emulator/cpu/x86/registers';

const register = (offset: number): Operand => ({ kind: 'register', offset });

/** One op of every kind and width, with all kinds of operands. */
function everyOp(): IrBlock {
  const ops: IrOp[] = [
    { op: 'mov', width: 32, dst: { kind: 'temp', index: 0 }, sources: [constant(0x1234)], immediates: [] },
  ];
  let last = 0;
  for (const op of OP_NAMES) {
    const row = opRow(op);
    for (const width of row.widths) {
      const kinds = [{ kind: 'temp', index: 0 }, register(8), constant(0xffn)] as const;
      const sources = Array.from({ length: row.sources }, (_, i) => kinds[(i + 1) % 3]);
      const immediates = row.immediates.map((name) => (name === 'label' ? 0 : -2));
      ops.push(
        resultType(row, width) === undefined
          ? { op, width, sources, immediates }
          : { op, width, dst: width === 32 ? { kind: 'temp', index: 1 } : register(4), sources, immediates },
      );
      last = ops.length - 1;
    }
  }
  return { ops, labels: [last, 3], temps: 2 };
}

describe('IR as text', () => {
  it('a block with every op and width comes back from its text, with register names and without', () => {
    const block = everyOp();
    assert.deepEqual(parseBlock(printBlock(block)), block);
    const text = printBlock(block, X86_NAMES);
    assert.match(text, /\[ECX\]/);
    assert.deepEqual(parseBlock(text, X86_NAMES), block);
  });

  it('reads comments and empty lines', () => {
    const block = parseBlock('  t0 = mov.32 0x5 ; five\n\nL0:\n  goto #0x10, #0x0\n');
    assert.deepEqual(block.labels, [1]);
    assert.deepEqual(block.ops[1], { op: 'goto', width: 32, sources: [], immediates: [16, 0] });
  });

  const faults: readonly (readonly [string, RegExp])[] = [
    ['  t0 = jump.32 0x1', /IR line 1: there is no op 'jump'/],
    ['  t0 = mov.32 5', /'5' is no operand/],
    ['\n  t0 = mov.32 [NOPE]', /IR line 2: there is no register 'NOPE'/],
    ['  t0 = mov.33 0x1', /IR line 1/],
    ['  = = =', /IR line 1: not an op/],
  ];
  for (const [text, message] of faults) {
    it(`says what is wrong with ${JSON.stringify(text.trim())}`, () => {
      assert.throws(() => parseBlock(text), message);
    });
  }
});
