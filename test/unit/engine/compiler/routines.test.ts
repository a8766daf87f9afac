/** Routines in both engines: done without the host, or by a helper where they decline. */
import { strict as assert } from 'node:assert';
import { buildGraph } from '../../../../emulator/engine/compiler/graph';
import { BlockBuilder, constant, type IrBlock, type Operand } from '../../../../emulator/ir/block';
import { EXIT } from '../../../../emulator/ir/exits';
import type { Routine } from '../../../../emulator/ir/routine';
import { CODE, CPU_BASE, FRAMES } from '../../../../emulator/memory/layout';
import { LEAVE } from '../harness';
import { FLAGS, PLAIN, PROMOTED, RegionHarness } from './region-harness';

const HELPER = 9;
const register = (offset: number): Operand => ({ kind: 'register', offset });
const [FIRST, SECOND] = PROMOTED.map(register);
const CARRIES = register(FLAGS.carries);
const PLACE = FRAMES + 0x100;

/** A routine that declines when its first value is 0. */
function routine(
  name: string,
  usesRegisters: boolean,
  body: (b: BlockBuilder, a: Operand, c: Operand) => void,
): Routine {
  const b = new BlockBuilder();
  const [a, c] = [b.temp(), b.temp()];
  const declined = b.label();
  b.emit('br_if', 32, undefined, [b.value('eq', 32, a, constant(0))], [declined]);
  body(b, a, c);
  b.emit('give', 32, undefined, [constant(1)]);
  b.place(declined);
  b.emit('give', 32, undefined, [constant(0)]);
  return { name, block: b.finish(), usesRegisters };
}

const ROUTINES: readonly Routine[] = [
  routine('sum', true, (b, a, c) => {
    b.emit('add', 32, FIRST, [FIRST, b.value('mul', 32, a, c)]);
    b.emit('or', 32, CARRIES, [CARRIES, constant(8)]);
  }),
  routine('swap', false, (b, a) => {
    const end = b.label();
    const [low, high] = [b.temp(), b.temp()];
    b.emit('peek', 16, low, [constant(PLACE)], [0]);
    b.emit('peek', 64, high, [constant(PLACE)], [8]);
    b.emit('poke', 64, undefined, [constant(PLACE), high], [0]);
    b.emit('br_if', 32, undefined, [b.value('ltu', 32, a, constant(5))], [end]);
    b.emit('poke', 8, undefined, [constant(PLACE), low], [16]);
    b.place(end);
    b.emit('mov', 32, register(PLAIN[0]), [low]);
  }),
];

/** An instruction that adds with flags, one that does the routine, and one that uses what both have left. */
function program(number: number): IrBlock {
  const b = new BlockBuilder();
  b.emit('insn', 32, undefined, [], [0x100]);
  const sum = b.value('add', 32, FIRST, SECOND);
  b.emit('carries_add', 32, CARRIES, [FIRST, SECOND, sum]);
  b.emit('mov', 32, register(FLAGS.result), [sum]);
  b.emit('mov', 32, FIRST, [sum]);
  b.emit('insn', 32, undefined, [], [0x101]);
  b.emit('routine', 32, undefined, [register(PLAIN[2]), constant(3)], [number, HELPER]);
  b.emit('insn', 32, undefined, [], [0x102]);
  b.emit('add', 32, SECOND, [FIRST, CARRIES]);
  b.emit('insn', 32, undefined, [], [0x103]);
  const block = b.finish();
  return { ...block, ops: [...block.ops, LEAVE] };
}

describe('routines', () => {
  ROUTINES.forEach(({ name }, number) => {
    for (const value of [0, 2, 77]) {
      it(`${name} of ${value} is the same in both engines`, () => {
        const engine = new RegionHarness(ROUTINES);
        engine.compile(program(number));
        engine.set(PROMOTED[0], 32, 0xffff_fff0n);
        engine.set(PROMOTED[1], 32, 0x33n);
        engine.set(PLAIN[2], 32, BigInt(value));
        for (let i = 0; i < 24; i++) engine.memory.u8[PLACE + i] = 17 * i;
        assert.deepEqual(engine.compare({ ram: true }), []);
        const asked = value === 0 ? [{ id: HELPER, a: 0, b: 3 }] : [];
        assert.deepEqual(engine.calls, [...asked, ...asked]);
      });
    }
  });

  it('do what their IR says', () => {
    const engine = new RegionHarness(ROUTINES);
    engine.set(PROMOTED[0], 32, 100n);
    const [sum, swap] = ROUTINES.map(({ name }) => engine.routines.get(name));
    assert.ok(sum !== undefined && swap !== undefined);
    assert.equal(sum(0, 5), 0);
    assert.equal(sum(7, 5), 1);
    assert.equal(engine.get(PROMOTED[0], 32), 135n);
    for (let i = 0; i < 24; i++) engine.memory.u8[PLACE + i] = i + 1;
    assert.equal(swap(4, 0), 1);
    assert.deepEqual(
      [...engine.memory.u8.subarray(PLACE, PLACE + 17)],
      [9, 10, 11, 12, 13, 14, 15, 16, ...[9, 10, 11, 12, 13, 14, 15, 16], 17],
    );
    assert.equal(engine.get(PLAIN[0], 32), 0x0201n);
    assert.equal(swap(5, 0), 1);
    assert.equal(engine.memory.u8[PLACE + 16], 9);
  });
});

describe('calls of the host at the end of a block', () => {
  it('the fuel is looked at where it leads', () => {
    const block = (fill: (b: BlockBuilder) => void): IrBlock => {
      const b = new BlockBuilder();
      fill(b);
      return b.finish();
    };
    const first = block((b) => {
      b.emit('insn', 32, undefined, [], [0x100]);
      b.emit('call', 32, undefined, [FIRST, constant(0)], [HELPER]);
      b.emit('goto', 32, undefined, [], [0x102, 0]);
    });
    const second = block((b) => {
      b.emit('insn', 32, undefined, [], [0x102]);
      b.emit('exit', 32, undefined, [], [EXIT.HALT, 0]);
    });
    const places = Uint16Array.from({ length: 8 }, (_, i) => 4 * i);
    const options = { calls: () => true, isPromoted: () => false };
    const { nodes } = buildGraph(
      [
        { pc: 0x100, block: first, ip: CODE, places },
        { pc: 0x102, block: second, ip: CODE + 0x100, places },
      ],
      new Set(),
      options,
    );
    assert.deepEqual(
      nodes.filter(({ checks }) => checks).map(({ pc }) => pc),
      [0x102],
    );
  });

  it('and a change of the context leads elsewhere', () => {
    const b = new BlockBuilder();
    b.emit('insn', 32, undefined, [], [0x100]);
    b.emit('add', 32, FIRST, [FIRST, SECOND]);
    b.emit('call', 32, undefined, [FIRST, constant(0)], [HELPER]);
    b.emit('same_context', 32, undefined, [], [1, 0x101]);
    b.emit('insn', 32, undefined, [], [0x101]);
    b.emit('insn', 32, undefined, [], [0x102]);
    const block = b.finish();
    const engine = new RegionHarness();
    engine.compile({ ...block, ops: [...block.ops, LEAVE] });
    assert.deepEqual(engine.compare(), []);
    engine.context = 2;
    assert.deepEqual(engine.compare({ whole: false }), []);
    assert.equal(engine.memory.view.getUint32(CPU_BASE + 64, true), 0x101);
  });
});
