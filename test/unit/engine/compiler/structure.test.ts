/** Graphs laid out as structured control flow go the ways that they went. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { structure } from '../../../../emulator/engine/compiler/structure';
import { RANDOM_WAYS, Walker, type Ways } from './graph-walker';

const GRAPHS: readonly (readonly [string, Ways, number])[] = [
  ['one node', [[]], 0],
  ['a loop of one node', [[0]], 0],
  ['a diamond', [[1, 2], [3], [3], []], 0],
  ['nested loops, left from the inner one', [[1], [2], [2, 3], [1, 4], []], 0],
  ['a loop with two ways back', [[1], [2, 3], [1], [1, 4], []], 0],
  ['a loop that a node leads into that nothing leads to', [[1], [2], [1, 3], [], [2]], 0],
  ['a loop that is entered in two places', [[1, 2], [2, 3], [1], []], 1],
  ['a loop that is entered in three places', [[1, 2], [3, 1], [3, 4], [2, 5], [1], []], 1],
  ['a loop entered twice within one entered twice', [[1, 2], [2, 3], [4, 5], [1], [5, 2], [4, 1], []], 2],
  ['two loops entered twice, one behind the other', [[1, 2], [2], [1, 3], [4, 5], [5], [4, 6], []], 2],
];

describe('compiler: structure', function () {
  this.timeout(60_000);
  const walker = new Walker();

  for (const [name, ways, dispatchers] of GRAPHS) {
    it(name, () => {
      const shape = structure(ways, [0], new Set());
      if (dispatchers < 2) assert.equal(shape.dispatchers.size, dispatchers);
      else assert.ok(shape.dispatchers.size >= 1);
      walker.check(ways);
    });
  }

  it('several entries, into loops and beside them', () => {
    for (const [, ways] of GRAPHS) {
      if (ways.length < 2) continue;
      walker.check(ways, [0, ways.length - 1]);
      walker.check(
        ways,
        [0, 1, Math.min(2, ways.length - 1)].filter((node, i, all) => all.indexOf(node) === i),
      );
    }
  });

  it('random graphs', () => {
    fc.assert(
      fc.property(RANDOM_WAYS, ({ ways, entries }) => walker.check(ways, entries)),
      { numRuns: 300, seed: 386 },
    );
  });
});
