import { strict as assert } from 'node:assert';
import { LAYOUTS, layoutOf } from '../../../emulator/engine/bytecode';
import { computingOps, type NanRule, sourceType } from '../../../emulator/engine/lowering';
import { constant, type IrOp, type Operand } from '../../../emulator/ir/block';
import { type OpName, opRow, resultType, type Width } from '../../../emulator/ir/ops';
import { TEMPS } from '../../../emulator/memory/layout';
import { EngineHarness, LEAVE, SLOT, X86_NAN } from './harness';
import { REFERENCE } from './reference';

const BITS = { i32: 32, i64: 64, f32: 32, f64: 64, v128: 128 } as const;
const COMPUTING = new Set(computingOps().map(({ op }) => op));
const SOURCES = [SLOT.A, SLOT.B, SLOT.C] as const;
const TEMP: Operand = { kind: 'temp', index: 3 };

/** A fixed stream of numbers: Marsaglia's xorshift32. */
function stream(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

const FLOATS: Readonly<Record<32 | 64, readonly bigint[]>> = {
  32: [
    0n,
    0x8000_0000n,
    0x3f80_0000n,
    0xbf80_0000n,
    1n,
    0x7f7f_ffffn,
    0x7f80_0000n,
    0xff80_0000n,
    0x7fc0_1234n,
    0xff80_0001n,
    0x7fa5_a5a5n,
  ],
  64: [
    0n,
    1n << 63n,
    0x3ff0_0000_0000_0000n,
    0xbff8_0000_0000_0000n,
    1n,
    0x7fef_ffff_ffff_ffffn,
    0x7ff0_0000_0000_0000n,
    0xfff0_0000_0000_0000n,
    0x7ff8_0000_dead_beefn,
    0xfff0_0000_0000_0001n,
    0x7ff4_5678_9abc_def0n,
  ],
};

/** Interesting and random bit patterns of a width. */
function patterns(width: number, next: () => number): readonly bigint[] {
  const all = (1n << BigInt(width)) - 1n;
  const edges = [0n, 1n, 2n, 7n, 8n, 15n, 16n, 31n, all, all - 1n, all >> 1n, (all >> 1n) + 1n, (all >> 1n) - 1n];
  const random = Array.from({ length: 6 }, () => {
    let value = 0n;
    for (let i = 0; i < width; i += 32) value = (value << 32n) | BigInt(next());
    return value & all;
  });
  const floats = width === 32 || width === 64 ? FLOATS[width] : [];
  const lanes = width === 128 ? FLOATS[32].map((x) => x * 0x1_0000_0001_0000_0001_0000_0001n) : [];
  const wide = width === 128 ? FLOATS[64].map((x) => x * 0x1_0000_0000_0000_0001n) : [];
  return [...edges, ...random, ...floats, ...lanes, ...wide];
}

/** Operand combinations that the op's own conditions allow. */
function* operands(op: OpName, width: Width): Generator<readonly bigint[]> {
  const next = stream(op.length * 977 + width);
  const count = opRow(op).sources;
  const first = patterns(op === 'select' ? 32 : width, next);
  const others = patterns(width, next);
  for (const a of first) {
    if (count === 1) yield [a];
    else
      for (const b of others) {
        if (['divu', 'remu', 'divs', 'rems'].includes(op) && b === 0n) continue;
        const least = 1n << BigInt(width - 1);
        if ((op === 'divs' || op === 'rems') && a === least && b === 2n * least - 1n) continue;
        if (count === 2) yield [a, b];
        else if (op === 'select') yield [a, b, others[(next() >>> 3) % others.length]];
        else
          for (const carry of [0n, 1n])
            yield [a, b, BigInt.asUintN(width, op === 'carries_add' ? a + b + carry : a - b - carry)];
      }
  }
}

function check(engine: EngineHarness, nan: NanRule, op: IrOp, toTemp: boolean, sources: readonly bigint[]): void {
  const { width } = op;
  const type = resultType(opRow(op.op), width) ?? 'i32';
  const bits = toTemp || opRow(op.op).result !== 'same' || width >= 32 ? BITS[type] : width;
  const garbage = (1n << 128n) - 1n - 0x55n;
  const offset = toTemp ? TEMPS + 8 * 3 : SLOT.D;
  engine.set(SLOT.D, 128, garbage);
  sources.forEach((value, i) => {
    // What lies above a narrow source must not matter.
    engine.set(SOURCES[i], 128, (garbage << 32n) & ((1n << 128n) - 1n));
    engine.set(
      SOURCES[i],
      Math.max(BITS[sourceType(op.op, width, i)], 32),
      value | (width < 32 && op.op !== 'select' ? 0xabcd_0000n & ~((1n << BigInt(width)) - 1n) : 0n),
    );
  });
  const filled = op.sources.map((source, i) => (source.kind === 'const' ? constant(sources[i]) : source));
  const { reason } = engine.run({ ops: [{ ...op, sources: filled }, LEAVE], labels: [], temps: 4 });
  const text = `${op.op}.${width} ${sources.map((s) => s.toString(16)).join(', ')}`;
  assert.equal(reason, LEAVE.immediates[0], text);
  const reference = REFERENCE[op.op];
  assert.ok(reference !== undefined, `the reference has no ${op.op}`);
  const [a = 0n, b = 0n, c = 0n] = sources;
  const expected = reference(width, nan, a, b, c);
  assert.equal(engine.get(offset, bits).toString(16), expected.toString(16), text);
  if (!toTemp && bits < 128)
    assert.equal(engine.get(SLOT.D, 128) >> BigInt(bits), garbage >> BigInt(bits), `${text} wrote too much`);
}

function checkForm(engine: EngineHarness, nan: NanRule, form: (typeof LAYOUTS)[number]['form']): number {
  const { op, width, toTemp, constant: last } = form;
  const count = opRow(op).sources;
  const sources = SOURCES.slice(0, count).map(
    (offset, i): Operand => (last && i === count - 1 ? constant(0) : { kind: 'register', offset }),
  );
  const dst: Operand = toTemp ? TEMP : { kind: 'register', offset: SLOT.D };
  const ir: IrOp = { op, width, dst, sources, immediates: [] };
  assert.deepEqual(layoutOf(ir).form, form);
  let runs = 0;
  for (const values of operands(op, width)) {
    check(engine, nan, ir, toTemp, values);
    runs++;
  }
  return runs;
}

describe('lowering: every computing op in every width and form, against plain arithmetic', () => {
  const engine = new EngineHarness();
  const forms = LAYOUTS.filter(({ form }) => COMPUTING.has(form.op));

  it('the reference knows every op of the table', () => {
    assert.deepEqual([...COMPUTING].toSorted(), Object.keys(REFERENCE).toSorted());
  });

  for (const op of COMPUTING) {
    it(op, () => {
      const own = forms.filter(({ form }) => form.op === op);
      const runs = own.reduce((sum, { form }) => sum + checkForm(engine, X86_NAN, form), 0);
      assert.ok(runs >= own.length * 19, `${runs} runs of ${own.length} forms`);
    });
  }

  it('gives the default NaN, unsigned, where a guest has such a rule', () => {
    const nan: NanRule = { propagate: 'none', defaultSign: 0 };
    const other = new EngineHarness(nan);
    const floats = forms.filter(({ form }) => /^f(add|sub|mul|div|sqrt|promote|demote)$|^v_f/.test(form.op));
    assert.ok(floats.length >= 16);
    for (const { form } of floats) checkForm(other, nan, form);
  });
});
