/**
 * A compiled function of a graph notes which nodes it passes, taking branches as a word says that changes in each, and is held
 * against a walk over the graph.
 */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { encodeBlock } from '../../../../emulator/engine/bytecode';
import type { Graph, GraphNode, Target, Terminator } from '../../../../emulator/engine/compiler/graph';
import { constant, type IrOp } from '../../../../emulator/ir/block';
import { EXIT } from '../../../../emulator/ir/exits';
import { CODE, CPU_BASE, RUN_DETAIL, RUN_FUEL } from '../../../../emulator/memory/layout';
import { register } from './op-programs';
import { PROMOTED, RegionHarness } from './region-harness';

/** Where each node leads: nothing, one node, or two, the second when the word says so. */
export type Ways = readonly (readonly number[])[];

const [TRACE, WORD, BIT] = [0, 1, 2].map((i) => register(PROMOTED[i] ?? 0));
const PLACE_BYTES = 64;
const placeOf = (node: number): number => CODE + PLACE_BYTES * node;
const LAST = 0xffff;

const step = (word: number): number => (Math.imul(word, 1103515245) + 12345) >>> 0;
const note = (trace: number, node: number): number => (Math.imul(trace, 31) + node + 1) >>> 0;

export function graphOf(ways: Ways, entries: readonly number[]): Graph {
  const end: Target = { kind: 'interpreter', place: placeOf(ways.length) };
  const to = (node: number | undefined): Target => (node === undefined ? end : { kind: 'node', node });
  const nodes = ways.map(([first, second], id): GraphNode => {
    const ops: readonly IrOp[] = [
      { op: 'insn', width: 32, sources: [], immediates: [id] },
      { op: 'mul', width: 32, dst: TRACE, sources: [TRACE, constant(31)], immediates: [] },
      { op: 'add', width: 32, dst: TRACE, sources: [TRACE, constant(id + 1)], immediates: [] },
      { op: 'mul', width: 32, dst: WORD, sources: [WORD, constant(1103515245)], immediates: [] },
      { op: 'add', width: 32, dst: WORD, sources: [WORD, constant(12345)], immediates: [] },
      { op: 'shru', width: 32, dst: BIT, sources: [WORD, constant(31)], immediates: [] },
    ];
    const terminator: Terminator =
      second === undefined
        ? { kind: 'jump', to: to(first) }
        : { kind: 'branch', condition: BIT, taken: to(second), otherwise: to(first) };
    return {
      id,
      pc: id,
      ops: ops.map((op) => ({ op, place: placeOf(id) })),
      fuel: 1,
      underWay: 0,
      checks: false,
      terminator,
    };
  });
  return { nodes, entries };
}

export class Walker extends RegionHarness {
  constructor() {
    super();
    for (let node = 0; node <= 64; node++) this.setExit(placeOf(node), node);
  }

  /** What the interpreter finds at a node's place: an exit that says which one. */
  private setExit(place: number, node: number): void {
    const ops: readonly IrOp[] = [{ op: 'exit', width: 32, sources: [], immediates: [EXIT.HALT, node] }];
    this.memory.u8.set(encodeBlock({ ops, labels: [], temps: 0 }).bytes, place);
  }

  /**
   * Says what goes otherwise than in the graph, from each entry and with several words and amounts of fuel. `pass`: what
   * is done to the graph before.
   */
  check(ways: Ways, entries: readonly number[] = [0], pass: (graph: Graph) => Graph = (graph) => graph): void {
    this.setExit(placeOf(ways.length), LAST);
    const graph = pass(graphOf(ways, entries));
    this.link(graph);
    const longest = graph.nodes.length;
    for (const [label, entry] of entries.entries()) {
      for (let seed = 1; seed <= 6; seed++) {
        for (const fuel of [0, 7, 200])
          this.checkWay(ways, { label, entry, word: step(seed * 0x1234_5677), fuel }, longest);
      }
    }
    this.setExit(placeOf(ways.length), ways.length);
  }

  private checkWay(
    ways: Ways,
    { label, entry, word, fuel }: { label: number; entry: number; word: number; fuel: number },
    longest: number,
  ): void {
    const { view } = this.memory;
    this.set(TRACE.kind === 'register' ? TRACE.offset : 0, 32, 0n);
    this.set(WORD.kind === 'register' ? WORD.offset : 0, 32, BigInt(word));
    this.enter(label, fuel);
    const passed = fuel - view.getInt32(CPU_BASE + RUN_FUEL, true);
    const stopped = view.getUint32(CPU_BASE + RUN_DETAIL, true);
    let [at, trace, now]: [number | undefined, number, number] = [entry, 0, word];
    for (let i = 0; i < passed && at !== undefined; i++) {
      trace = note(trace, at);
      now = step(now);
      const [first, second]: readonly number[] = ways[at] ?? [];
      at = second !== undefined && now >>> 31 === 1 ? second : first;
    }
    const where = `${JSON.stringify(ways)} from ${entry}, word ${word}, fuel ${fuel}, ${passed} passed`;
    assert.equal(stopped, at ?? LAST, where);
    assert.equal(this.get(TRACE.kind === 'register' ? TRACE.offset : 0, 32), BigInt(trace), where);
    // It stops for want of fuel only: the longest way to the next look at it is as long as the graph at most.
    assert.ok(at === undefined || fuel - passed <= longest, where);
  }
}

/** Graphs of up to 14 nodes with up to four entries. */
export const RANDOM_WAYS: fc.Arbitrary<{ readonly ways: Ways; readonly entries: readonly number[] }> = fc
  .integer({ min: 1, max: 14 })
  .chain((size) => {
    const node = fc.nat(size - 1);
    return fc.record({
      ways: fc.array(fc.array(node, { minLength: 0, maxLength: 2 }), { minLength: size, maxLength: size }),
      entries: fc.uniqueArray(node, { maxLength: 3 }).map((more) => [0, ...more.filter((one) => one !== 0)]),
    });
  });
