/** Loops in two versions: where their accesses are looked at, and where the versions lead. */
import { strict as assert } from 'node:assert';
import { printReach, printSpan } from '../../../../emulator/engine/compiler/checks';
import { type GraphNode, type Target, targetsOf } from '../../../../emulator/engine/compiler/graph';
import { unrollLoops } from '../../../../emulator/engine/compiler/unroll';
import { versionLoops } from '../../../../emulator/engine/compiler/versions';
import { constant } from '../../../../emulator/ir/block';
import { parseBlock, printOp } from '../../../../emulator/ir/text';
import { NAMES } from './names';

/** Nodes of these texts, and where each may lead: to the first if its condition is true; one place, or none for the end. */
type Nodes = readonly (readonly [text: string, ...to: readonly number[]])[];

const to = (node: number | undefined): Target =>
  node === undefined ? { kind: 'interpreter' } : { kind: 'node', node };

function versionsOf(list: Nodes): readonly GraphNode[] {
  const nodes = list.map(([text, ...ways], id): GraphNode => {
    const ops = parseBlock(text, NAMES).ops.map((op, place) => ({ op, place: 100 * id + place }));
    return {
      id,
      pc: id,
      ops,
      fuel: ops.filter(({ op }) => op.op === 'insn').length,
      underWay: 0,
      checks: false,
      terminator:
        ways.length < 2
          ? { kind: 'jump', to: to(ways[0]) }
          : { kind: 'branch', condition: constant(1), taken: to(ways[0]), otherwise: to(ways[1]) },
    };
  });
  return versionLoops(unrollLoops({ nodes, entries: [0] }));
}

/** A node in a line: how many instructions begin in it, what its accesses and limits rely on, where it leads. */
function told({ id, fuel, ops, terminator, granted = [] }: GraphNode): string {
  const accesses = ops
    .filter(({ op }) => /^(load|store|limit)/.test(op.op))
    .map(({ op, reach }) => `${op.op} ${reach === undefined ? 'alone' : printReach(reach)}`);
  const targets = targetsOf(terminator).map((target) => (target.kind === 'node' ? target.node : 'end'));
  const span = terminator.kind === 'granted' ? [printSpan(terminator.span)] : [];
  return `${id}: ${[fuel, ...granted.map((group) => `behind ${group}`), ...accesses, ...span, targets.join()].join('; ')}`;
}

const STEP = 'insn #0x1004\n[a] = add.32 [a], 0x4';

describe('compiler: loops in two versions', () => {
  it('cut before the first access, whose address is computed for the look', () => {
    const store = `insn #0x1000\n[b] = mov.32 0x1\ninsn #0x1002\nt0 = add.32 [a], 0x8\nstore.32 t0, [b]\n${STEP}`;
    const nodes = versionsOf([[store, 0, 1], ['insn #0x1010']]);
    assert.deepEqual(nodes.map(told), [
      '0: 1; group 2: 16 bytes from 0, written; 6,5',
      '1: 1; end',
      '2: 3; behind 2; store group 2; 3,1',
      '3: 3; behind 2; store group 2; 4,1',
      '4: 3; behind 2; store group 2; 0,1',
      '5: 2; store alone; 0,1',
      '6: 2; behind 2; store group 2; 2,1',
    ]);
    const [head] = nodes;
    assert.deepEqual(
      head.ops.map(({ op, place }) => `${place} ${printOp(op, NAMES)}`),
      ['0 insn #0x1000', '1 [b] = mov.32 0x1', '2 t0 = add.32 [a], 0x8'],
    );
  });

  it('where the first instruction makes it, that is what the look leaves for', () => {
    const [head] = versionsOf([[`insn #0x1000\nt0 = load.32 [a]\n${STEP}`, 0, 1], ['insn #0x1010']]).map((node, id) =>
      id === 0 ? { ...node, terminator: undefined } : node,
    );
    assert.deepEqual({ ops: head.ops, fuel: head.fuel, underWay: head.underWay }, { ops: [], fuel: 0, underWay: 0 });
  });

  it('with two groups cut twice; who fails the second look goes on in the second version there', () => {
    const copy = `insn #0x1000\nt0 = load.32 [a]\n[m] = mov.32 t0\ninsn #0x1002\nstore.32 [b], [m]\n${STEP}\ninsn #0x1008\n[b] = add.32 [b], 0x4`;
    const nodes = versionsOf([[copy, 0, 1], ['insn #0x1010']]);
    assert.deepEqual(nodes.map(told), [
      '0: 0; group 2: 16 bytes from 0; 6,5',
      '1: 1; end',
      '2: 4; behind 2; behind 3; load group 2; store group 3; 3,1',
      '3: 4; behind 2; behind 3; load group 2; store group 3; 4,1',
      '4: 4; behind 2; behind 3; load group 2; store group 3; 0,1',
      '5: 4; load alone; store alone; 0,1',
      '6: 1; behind 2; load group 2; group 3: 16 bytes from 0, written; 8,7',
      '7: 3; store alone; 0,1',
      '8: 3; behind 2; behind 3; store group 3; 2,1',
    ]);
  });

  it('addresses of 16 bits, with their limits', () => {
    const store =
      'insn #0x1000\nt0 = zext.16 [a]\nlimit.32 t0, #0xffff, #0xd\nt1 = add.32 t0, [b]\nstore.8 t1, 0x5\ninsn #0x1002\nt0 = add.16 [a], 0x1\n[a] = mov.16 t0';
    const nodes = versionsOf([[store, 0, 1], ['insn #0x1010']]);
    assert.equal(told(nodes[0]), '0: 0; group 2: 4 bytes from 0, written, not wrapped; 6,5');
    assert.equal(told(nodes[2]), '2: 2; behind 2; limit group 2; store group 2; 3,1');
    assert.equal(told(nodes[5]), '5: 2; limit alone; store alone; 0,1');
  });

  it('of more than one node: the second version has those behind the look once more', () => {
    const nodes = versionsOf([
      ['insn #0x1000', 3, 1],
      ['insn #0x1002\nt0 = load.32 [a]', 2, 3],
      [STEP, 0],
      ['insn #0x1010'],
    ]);
    const copies = nodes.length;
    assert.equal(told(nodes[1]), `1: 0; group 2: 16 bytes from 0; ${copies - 1},${copies - 3}`);
    assert.equal(told(nodes[copies - 3]), `${copies - 3}: 1; load alone; ${copies - 2},3`);
    assert.equal(told(nodes[copies - 2]), `${copies - 2}: 1; 0`);
    assert.equal(told(nodes[copies - 1]), `${copies - 1}: 1; behind 2; load group 2; 2,3`);
  });

  const NOT: readonly (readonly [string, string])[] = [
    ['the address is loaded', 't0 = load.32 [m]\nt1 = load.32 t0'],
    ['a register was changed by the instruction', '[m] = mov.32 [a]\nt0 = load.32 [a]'],
    ['it does not step on', 't0 = load.32 [b]'],
    ['steps are too large', 't0 = shl.32 [a], 0x4\nt1 = load.32 t0'],
  ];
  for (const [why, text] of NOT)
    it(`not where ${why}`, () => {
      const nodes = versionsOf([[`insn #0x1000\n${text}\n${STEP}`, 0, 1], ['insn #0x1010']]);
      assert.ok(nodes.every(({ terminator }) => terminator.kind !== 'granted'));
    });
});
