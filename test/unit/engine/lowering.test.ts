import { strict as assert } from 'node:assert';
import { LAYOUTS, layoutOf } from '../../../emulator/engine/bytecode';
import { computingOps, type NanRule, sourceType } from '../../../emulator/engine/lowering';
import { constant, type IrOp, type Operand } from '../../../emulator/ir/block';
import { opRow, resultType } from '../../../emulator/ir/ops';
import { TEMP_BYTES, TEMPS } from '../../../emulator/memory/layout';
import { EngineHarness, LEAVE, SLOT, X86_NAN } from './harness';
import { operands } from './operands';
import { REFERENCE } from './reference';

const BITS = { i32: 32, i64: 64, f32: 32, f64: 64, v128: 128 } as const;
const COMPUTING = new Set(computingOps().map(({ op }) => op));
const SOURCES = [SLOT.A, SLOT.B, SLOT.C] as const;
const TEMP: Operand = { kind: 'temp', index: 3 };

function check(engine: EngineHarness, nan: NanRule, op: IrOp, toTemp: boolean, sources: readonly bigint[]): void {
  const { width } = op;
  const type = resultType(opRow(op.op), width) ?? 'i32';
  const bits = toTemp || opRow(op.op).result !== 'same' || width >= 32 ? BITS[type] : width;
  const garbage = (1n << 128n) - 1n - 0x55n;
  const offset = toTemp ? TEMPS + TEMP_BYTES * 3 : SLOT.D;
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
