/** Small loops written several times over: which, how they lead on, and that they still go the ways that they went. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { type Graph, targetsOf } from '../../../../emulator/engine/compiler/graph';
import { unrollLoops } from '../../../../emulator/engine/compiler/unroll';
import { graphOf, RANDOM_WAYS, Walker, type Ways } from './graph-walker';

/** Where each node leads, as a walker's graph has it. */
const waysOf = ({ nodes }: Graph): Ways =>
  nodes.map(({ terminator }) => {
    const targets = targetsOf(terminator).map((target) => (target.kind === 'node' ? target.node : -1));
    return terminator.kind === 'branch' ? targets.toReversed() : targets.filter((node) => node >= 0);
  });

/** Each node of these graphs is one instruction. */
const GRAPHS: readonly (readonly [name: string, ways: Ways, unrolled: Ways])[] = [
  ['a loop of one node, four times', [[1, 0], []], [[1, 2], [], [1, 3], [1, 4], [1, 0]]],
  [
    'a loop of two nodes, each copy left in the same place',
    [[1, 2], [0], []],
    [[1, 2], [3], [], [4, 2], [5], [6, 2], [7], [8, 2], [0]],
  ],
  [
    'the inner of two loops that begin in the same place, where both are too large',
    [[1, 0], [2], [3], [4], [5], [6], [0]],
    [[1, 7], [2], [3], [4], [5], [6], [0], [1, 8], [1, 9], [1, 0]],
  ],
];

const NOT: readonly (readonly [name: string, ways: Ways, entries?: readonly number[]])[] = [
  ['a loop that is entered in two places', [[1, 2], [2, 3], [1], []]],
  ['a loop that is entered from outside in its midst', [[1], [0, 2], []], [0, 1]],
  ['a loop with too many nodes', [[1], [2], [3], [4], [5], [6], [0, 7], []]],
];

describe('compiler: unrolled loops', function () {
  this.timeout(60_000);
  const walker = new Walker();

  for (const [name, ways, unrolled] of GRAPHS) {
    it(name, () => {
      assert.deepEqual(waysOf(unrollLoops(graphOf(ways, [0]))), unrolled);
      walker.check(ways, [0], unrollLoops);
    });
  }

  for (const [name, ways, entries = [0]] of NOT) {
    it(`not ${name}`, () => assert.deepEqual(waysOf(unrollLoops(graphOf(ways, entries))), ways));
  }

  it('not where the host is called, fuel is looked at, or an instruction is repeated', () => {
    const graph = graphOf([[1, 0], []], [0]);
    const [first, second] = graph.nodes;
    const [op] = first.ops;
    const others = [
      { ...first, checks: true },
      { ...first, ops: [...first.ops, { ...op, op: { ...op.op, op: 'call' as const } }] },
      { ...first, ops: [...first.ops, { ...op, op: { ...op.op, op: 'repeat' as const } }] },
    ];
    for (const node of others) assert.equal(unrollLoops({ ...graph, nodes: [node, second] }).nodes.length, 2);
  });

  it('random graphs go the ways that they went', () => {
    fc.assert(
      fc.property(RANDOM_WAYS, ({ ways, entries }) => walker.check(ways, entries, unrollLoops)),
      { numRuns: 300, seed: 486 },
    );
  });
});
