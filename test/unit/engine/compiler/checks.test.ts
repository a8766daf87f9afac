/** Which accesses are looked at together, and which rely on others: as text, in order. */
import { strict as assert } from 'node:assert';
import { printReach, shareChecks, shareInNode } from '../../../../emulator/engine/compiler/checks';
import type { GraphNode, PlacedOp, Target, Terminator } from '../../../../emulator/engine/compiler/graph';
import { constant } from '../../../../emulator/ir/block';
import { parseBlock } from '../../../../emulator/ir/text';
import { NAMES } from './names';

const placed = (text: string): readonly PlacedOp[] => parseBlock(text, NAMES).ops.map((op, place) => ({ op, place }));
/** The parts that the accesses have; '' for those that stand alone. */
const partsOf = (ops: readonly PlacedOp[]): readonly string[] =>
  ops
    .filter(({ op }) => /^(load|store)/.test(op.op))
    .map(({ reach }) => (reach === undefined ? '' : printReach(reach)));

describe('compiler: accesses are looked at together', () => {
  const parts = (text: string): readonly string[] => partsOf(shareInNode(placed(text)).ops);

  it('pushes, with what moves the stack pointer between them', () => {
    const push = 't0 = sub.32 [a], 0x4\nstore.32 t0, [b]\n[a] = mov.32 t0\n';
    assert.deepEqual(parts(push.repeat(3)), ['group 0: 12 bytes from -8, written', 'group 0', 'group 0']);
    assert.deepEqual(parts(push.repeat(2)), ['', '']);
  });

  it('loads and stores of any width from one base, by what was added to it', () => {
    assert.deepEqual(
      parts(`
        t0 = add.32 [a], 0x10
        t1 = load.8 t0
        t2 = add.32 t0, [b]
        t3 = load.32 t2
        t4 = sub.32 t0, 0x8
        t5 = load.64 t4
        t6 = add.32 [b], [a]
        t7 = load.16 t6
        t8 = add.32 0xfffffffc, [a]
        store.32 t8, t1
        t9 = add.32 t6, 0x20
        store.128 t9, [+240]`),
      [
        'group 0: 21 bytes from -20, written',
        'group 1: 48 bytes from -16, written',
        'group 0',
        'group 1',
        'group 0',
        'group 1',
      ],
    );
  });

  it('only what was loaded, if nothing is stored', () => {
    const load = (distance: number) => `t1 = add.32 [a], 0x${distance.toString(16)}\nt2 = load.32 t1\n`;
    assert.deepEqual(parts(load(8) + load(0) + load(4)), ['group 0: 12 bytes from -8', 'group 0', 'group 0']);
  });

  it('by turns in two places far from each other; a shifted sum is one, too', () => {
    const load = (place: string, turn: number) =>
      `t0 = add.32 [a], 0x${turn.toString(16)}\nt1 = shl.32 t0, 0x2\nt2 = add.32 t1, ${place}\nt3 = load.32 t2\n`;
    const turn = (n: number) => load('0x1000', n) + load('0x8000', n);
    assert.deepEqual(parts(turn(0) + turn(1) + turn(2)), [
      'group 0: 12 bytes from 0',
      'group 1: 12 bytes from 0',
      'group 0',
      'group 1',
      'group 0',
      'group 1',
    ]);
  });

  const THREE = 't0 = load.32 [a]\nt1 = add.32 [a], 0x4\nt2 = load.32 t1\n';
  /** Behind two accesses and this, the third one stands alone. */
  const BETWEEN: readonly (readonly [string, string])[] = [
    ['a helper', 'call.32 0x0, 0x0, #0x1'],
    ['another value in the base', '[a] = mov.32 [b]'],
    ['a part of the base', '[a] = mov.8 0x5'],
    ['a vector over the base', '[+248] = v_or.128 [m], [m]'],
    ['a narrow sum', '[a] = add.16 [a], 0x4'],
    ['a distance that is too large', '[a] = add.32 [a], 0x100'],
  ];
  for (const [what, between] of BETWEEN)
    it(`not over ${what}`, () => {
      assert.deepEqual(parts(`${THREE}${between}\nt3 = load.32 [a]`), ['', '', '']);
      assert.notDeepEqual(parts(`${THREE}t3 = load.32 [a]`), ['', '', '']);
    });
});

describe('compiler: accesses at addresses of 16 bits are looked at together', () => {
  const wordAt = (sum: string, base: string) =>
    `t0 = ${sum}\nlimit.32 t0, #0xfffe, #0xd\nt1 = add.32 t0, ${base}\nstore.16 t1, 0x1\n`;
  const parts = (text: string): readonly string[] => partsOf(shareInNode(placed(text)).ops);
  const limitsOf = (text: string): readonly string[] =>
    shareInNode(placed(text))
      .ops.filter(({ op }) => op.op === 'limit')
      .map(({ reach }) => (reach === undefined ? '' : printReach(reach)));
  const step = (by: string) => `t2 = add.16 [a], ${by}\n[a] = mov.16 t2\n`;

  it('where they have not wrapped around; their limits are granted with them', () => {
    const text = [
      wordAt('zext.16 [a]', '[b]'),
      step('0x2'),
      wordAt('add.16 [a], 0xfffc', '[b]'),
      wordAt('add.16 [a], 0x10', '[b]'),
    ].join('insn #0x1000\n');
    assert.deepEqual(parts(text), ['group 0: 22 bytes from -2, written, not wrapped', 'group 0', 'group 0']);
    assert.deepEqual(limitsOf(text), ['', 'group 0', 'group 0']);
  });

  it('not those of other bases, nor when the 16 bits were written', () => {
    assert.deepEqual(
      parts(wordAt('zext.16 [a]', '[b]') + wordAt('add.16 [a], 0x2', '[b]') + wordAt('add.16 [a], 0x4', '[m]')),
      ['', '', ''],
    );
    const written = `${wordAt('zext.16 [a]', '[b]')}[a] = mov.16 0x5\n`;
    assert.deepEqual(parts(written + wordAt('zext.16 [a]', '[b]') + wordAt('add.16 [a], 0x2', '[b]')), ['', '', '']);
  });

  it('a limit stays that is less than the end of the group', () => {
    const text = `${wordAt('zext.16 [a]', '[b]') + wordAt('add.16 [a], 0x2', '[b]') + wordAt('add.16 [a], 0x4', '[b]')}t3 = add.16 [a], 0x2\n`;
    assert.deepEqual(limitsOf(`${text}limit.32 t3, #0xfffb, #0xd`), ['', 'group 0', 'group 0', '']);
    assert.deepEqual(limitsOf(`${text}limit.32 t3, #0xfffc, #0xd`), ['', 'group 0', 'group 0', 'group 0']);
  });

  it('one on the check of another at the same 16 bits', () => {
    const text = wordAt('zext.16 [a]', '[b]');
    assert.deepEqual(parts(text.repeat(2)), ['check 3, to be written', 'granted by check 3']);
  });
});

describe('compiler: accesses rely on checks', () => {
  const parts = (text: string): readonly string[] => partsOf(shareInNode(placed(text)).ops);

  it('a store on that of the load from the same place, which asks for both', () => {
    const text = 't0 = load.32 [a]\nt1 = add.32 t0, [b]\nstore.32 [a], t1';
    assert.deepEqual(parts(text), ['check 0, to be written', 'granted by check 0']);
  });

  it('one of bytes inside of others, in whatever way its address was computed', () => {
    const address = (t: number) => `t${t} = shl.32 [b], 0x2\nt${t + 1} = add.32 [a], t${t}\n`;
    assert.deepEqual(parts(`${address(0)}t2 = load.32 t1\n${address(3)}t5 = add.32 t4, 0x2\nt6 = load.16 t5`), [
      'check 2',
      'granted by check 2',
    ]);
    assert.deepEqual(parts('t0 = load.32 0x1000\nt1 = load.8 0x1003'), ['check 0', 'granted by check 0']);
  });

  it('not one that goes beyond, nor one of another base', () => {
    for (const second of ['t1 = load.64 [a]', 't2 = add.32 [a], 0x1\nt1 = load.32 t2', 't1 = load.32 [b]'])
      assert.deepEqual(parts(`t0 = load.32 [a]\n${second}`), ['', '']);
  });

  it('not over what is called', () => {
    assert.deepEqual(parts('t0 = load.32 [a]\ncall.32 0x0, 0x0, #0x1\nt1 = load.32 [a]'), ['', '']);
    assert.deepEqual(parts('t0 = load.32 0x1000\ncall.32 0x0, 0x0, #0x1\nt1 = load.32 0x1000'), ['', '']);
  });

  it('on any of a group', () => {
    const text = `t0 = load.32 [a]
      t1 = add.32 [a], 0x4
      t2 = load.32 t1
      t3 = add.32 [a], 0x8
      store.32 t3, t2
      t4 = load.8 [a]`;
    assert.deepEqual(parts(text), ['group 0: 12 bytes from 0, written', 'group 0', 'group 0', 'group 0']);
  });

  it('many of one place are no group', () => {
    const add = 't0 = load.32 [a]\nt1 = add.32 t0, 0x1\nstore.32 [a], t1\n';
    assert.deepEqual(parts(add.repeat(2)), ['check 0, to be written', ...Array<string>(3).fill('granted by check 0')]);
  });

  describe('from node to node', () => {
    const to = (node: number): Target => ({ kind: 'node', node });
    const jump = (node: number): Terminator => ({ kind: 'jump', to: to(node) });
    const branch = (taken: number, otherwise: number): Terminator => ({
      kind: 'branch',
      condition: constant(1),
      taken: to(taken),
      otherwise: to(otherwise),
    });
    const END: Terminator = { kind: 'jump', to: { kind: 'interpreter' } };
    const nodes = (...list: readonly (readonly [string, Terminator])[]): readonly (readonly string[])[] => {
      const graph = list.map(
        ([text, terminator], id): GraphNode => ({
          id,
          pc: id,
          ops: placed(text),
          fuel: 1,
          underWay: 0,
          checks: false,
          terminator,
        }),
      );
      return shareChecks(graph, [0]).map(({ ops }) => partsOf(ops));
    };
    const LOAD = 't0 = load.32 [a]';

    it('where one way leads on', () => {
      assert.deepEqual(nodes([LOAD, branch(1, 2)], [LOAD, END], [`${LOAD}\nstore.32 [a], t0`, END]), [
        [''],
        ['granted before'],
        ['granted before', ''],
      ]);
    });

    it('not where ways meet, nor round a loop', () => {
      assert.deepEqual(nodes([LOAD, branch(1, 2)], ['', jump(2)], [LOAD, jump(2)]), [[''], [], ['']]);
      assert.deepEqual(nodes([LOAD, jump(0)]), [['']]);
    });

    it('not when the base was changed, or something was called, on the way', () => {
      const behind = (text: string) => nodes([`${LOAD}\n${text}`, jump(1)], ['', jump(2)], [LOAD, END])[2];
      assert.deepEqual(behind('[b] = mov.32 0x1'), ['granted before']);
      for (const text of ['[a] = mov.32 0x1', '[a] = mov.8 0x1', 'call.32 0x0, 0x0, #0x1'])
        assert.deepEqual(behind(text), ['']);
    });
  });
});
