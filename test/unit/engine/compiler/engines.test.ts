/** The same IR by the interpreter and as compiled code, over the same memory: every op, operand and destination. */
import { strict as assert } from 'node:assert';
import { computingOps, LOWERING, type RowContext } from '../../../../emulator/engine/lowering';
import { LAYOUTS } from '../../../../emulator/engine/bytecode';
import { BlockBuilder, constant, type Operand } from '../../../../emulator/ir/block';
import { type OpName, opRow, resultType, type Width } from '../../../../emulator/ir/ops';
import { stream } from '../operands';
import { leave, opProgram, pcOf, register, setOperands, someOperands } from './op-programs';
import { randomProgram, randomState } from './random-programs';
import { PLAIN, PROMOTED, RegionHarness } from './region-harness';

const OPS = computingOps();
const OPERANDS = 40;
const RANDOM_PROGRAMS = 120;
const RANDOM_STATES = 4;

/** Runs the programs of an op over some operands; gives what differs, at the first that does. */
function differences(engine: RegionHarness, op: OpName, width: Width, most = OPERANDS): readonly string[] {
  engine.compile(opProgram(op, width));
  for (const values of someOperands(op, width, most)) {
    setOperands(engine, op, width, values);
    const found = engine.compare();
    if (found.length > 0) return [`${op}.${width} ${values.map((value) => value.toString(16)).join(' ')}`, ...found];
  }
  return [];
}

describe('compiled code beside the interpreter: computing ops', function () {
  this.timeout(60_000);
  const engine = new RegionHarness();
  for (const { op, width } of OPS) it(`${op}.${width}`, () => assert.deepEqual(differences(engine, op, width), []));
});

describe('compiled code beside the interpreter: loads and stores', function () {
  this.timeout(60_000);
  const forms = new Set(LAYOUTS.filter(({ form: { op } }) => opRow(op).kind === 'memory').map(({ form }) => form));
  const engine = new RegionHarness();
  const next = stream(77);
  for (const form of new Map([...forms].map((one) => [`${one.op}.${one.width}`, one])).values()) {
    const { op, width } = form;
    for (const inPlace of [false, true]) {
      it(`${op}.${width}, ${inPlace ? 'memory in place' : 'through the soft TLB'}`, () => {
        const type = width === 128 ? 'v128' : width === 64 ? 'i64' : 'i32';
        const addresses: readonly Operand[] = [register(PLAIN[0] ?? 0), register(PROMOTED[0] ?? 0), constant(0x2345)];
        const values: readonly Operand[] = [
          register(PLAIN[1] ?? 0),
          register(PROMOTED[1] ?? 0),
          ...(type === 'v128' ? [] : [constant(0x71)]),
        ];
        const b = new BlockBuilder();
        let n = 0;
        for (const address of addresses) {
          for (const [i, value] of values.entries()) {
            b.emit('insn', 32, undefined, [], [pcOf(n++)]);
            b.freeTemps();
            const at = b.temp();
            b.emit('add', 32, at, [address, constant(16 * i)]);
            if (op.startsWith('store')) {
              b.emit(op, width, undefined, [i === 0 ? address : at, value]);
              continue;
            }
            const temp = b.temp();
            b.emit(op, width, temp, [at]);
            if (type !== 'v128') b.emit('add', width, register(PLAIN[2 + i] ?? 0), [temp, value]);
            else b.emit('v_xor', 128, register(PLAIN[2 + i] ?? 0), [temp, value]);
            b.emit('insn', 32, undefined, [], [pcOf(n++)]);
            b.emit(op, width, register((i === 0 ? PLAIN : PROMOTED)[6] ?? 0), [address]);
          }
        }
        engine.compile(leave(b, n), { inPlace });
        for (const offset of [0, 1, 7, 0x800, 0xfec, 0xff0, 0xff1, 0xff8, 0xffd, 0xffe, 0xfff]) {
          randomState(engine, next);
          for (const registers of [PLAIN, PROMOTED]) engine.set(registers[0] ?? 0, 32, BigInt(0x3000 + offset));
          // What crosses pages is the interpreter's, from the start of its instruction on.
          const whole = offset < 0xfec - 0x20;
          assert.deepEqual(engine.compare({ ram: true, whole }), [], `at ${offset.toString(16)}`);
        }
      });
    }
  }
});

describe('compiled code beside the interpreter: random blocks', function () {
  this.timeout(60_000);
  const engine = new RegionHarness();
  for (const checksEach of [false, true]) {
    it(checksEach ? 'with a look at the fuel before each instruction' : 'of many instructions', () => {
      for (let seed = 1; seed <= RANDOM_PROGRAMS; seed++) {
        const next = stream(seed * 0x9e37);
        const { block, text } = randomProgram(next);
        engine.compile(block, { inPlace: (seed & 1) === 0, checksEach });
        for (let i = 0; i < RANDOM_STATES; i++) {
          randomState(engine, next);
          // Now and then not all pages may be accessed without asking.
          const all = i % 3 !== 2;
          engine.grant(() => all || (next() & 0x300) !== 0);
          const found = engine.compare({ ram: true, whole: all });
          assert.deepEqual(found, [], `seed ${seed}\n${text}`);
        }
      }
    });
  }
});

describe('compiled code beside the interpreter: a wrong row of the lowering table is found', function () {
  this.timeout(60_000);
  const engine = new RegionHarness();
  const rows = LOWERING as { [K in OpName]?: (x: RowContext) => void };

  /** The row with the lowest bit of its result inverted, the sign of a float. */
  const wrong = (op: OpName, row: (x: RowContext) => void) => (x: RowContext) => {
    row(x);
    const type = resultType(opRow(op), x.width) ?? 'i32';
    if (type === 'f32' || type === 'f64') {
      x.out.emit(`${type}.neg`);
      return;
    }
    x.out.emit(`${type}.const`, 1);
    x.out.emit(type === 'v128' ? 'v128.xor' : `${type}.xor`);
  };

  for (const op of new Set(OPS.map((one) => one.op))) {
    it(op, () => {
      const right = rows[op];
      assert.ok(right !== undefined);
      for (const { width } of OPS.filter((one) => one.op === op)) {
        rows[op] = wrong(op, right);
        try {
          assert.notDeepEqual(differences(engine, op, width, 4), [], `${op}.${width}`);
        } finally {
          rows[op] = right;
        }
      }
    });
  }
});
