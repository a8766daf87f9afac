/** The function `carries` of compiled code, kind by kind, against plain arithmetic. */
import { strict as assert } from 'node:assert';
import { carriesFunction, KIND, kindOf, VALUE_A } from '../../../../emulator/engine/compiler/flags';
import { assembleModule } from '../../../../emulator/engine/wasm/module';
import { X86_NAN } from '../harness';
import { patterns, stream } from '../operands';
import { REFERENCE } from '../reference';

type Carries = (kind: number, a: number, b: number, result: number) => number;

const WIDTHS = [8, 16, 32] as const;

describe('compiled code: carries by kind', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const bytes = assembleModule([], [carriesFunction()], { memory: { initial: 1, maximum: 1 } });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const carries = instance.exports['carries'] as Carries;
  const u = (value: bigint, width: number): bigint => BigInt.asUintN(width, value);
  const ask = (kind: number, a: bigint, b: bigint, result: bigint): bigint =>
    u(BigInt(carries(kind, Number(a), Number(b), Number(BigInt.asIntN(32, result)))), 32);
  const expected = (op: 'carries_add' | 'carries_sub' | 'keep_carry', width: number, ...of: readonly bigint[]) => {
    const [a = 0n, b = 0n, c = 0n] = of;
    return REFERENCE[op]?.(width, X86_NAN, a, b, c);
  };
  /** A result as it lies in its register: sign-extended, which must not matter. */
  const extended = (value: bigint, width: number): bigint => u(BigInt.asIntN(width, value), 32);
  const isLess = (a: bigint, b: bigint) => (a < b ? 1n : 0n);

  const tested = new Set<number>();

  it('a plain value is b, and its carry is VALUE_A < b', () => {
    tested.add(KIND.VALUE);
    for (const b of patterns(32, stream(5))) {
      assert.equal(ask(KIND.VALUE, BigInt(VALUE_A), b, 0n), b);
      assert.equal(isLess(BigInt(VALUE_A), b), b >> 31n);
    }
  });

  for (const width of WIDTHS) {
    const values = patterns(width, stream(width));

    it(`sums and differences of ${width} bits`, () => {
      const add = kindOf('carries_add', width, false);
      const sub = kindOf('carries_sub', width, false);
      tested.add(add).add(sub);
      for (const a of values) {
        for (const b of values) {
          const sum = u(a + b, width);
          const ofSum = expected('carries_add', width, a, b, sum);
          assert.equal(ask(add, sum, a, extended(sum, width)), ofSum, `${a} + ${b}`);
          assert.equal(isLess(sum, a), (ofSum ?? 0n) >> 31n, `carry of ${a} + ${b}`);
          const difference = u(a - b, width);
          const ofDifference = expected('carries_sub', width, a, b, difference);
          assert.equal(ask(sub, a, b, extended(difference, width)), ofDifference, `${a} - ${b}`);
          assert.equal(isLess(a, b), (ofDifference ?? 0n) >> 31n, `borrow of ${a} - ${b}`);
        }
      }
    });

    it(`INC and DEC of ${width} bits keep the carry of every kind`, () => {
      const inc = kindOf('carries_add', width, true);
      const dec = kindOf('carries_sub', width, true);
      tested.add(inc).add(dec);
      // Pairs as each kind leaves them, with the carry they stand for.
      const kept = [
        [BigInt(VALUE_A), 0x8000_0000n],
        [BigInt(VALUE_A), 0x4000_0008n],
        [0xffn, 0xffn],
        [0n, 1n],
        [0xffff_ffffn, 0xffff_ffffn],
        [0xffff_fffen, 0xffff_ffffn],
      ] as const;
      for (const before of values) {
        for (const [a, b] of kept) {
          const old = isLess(a, b) << 31n;
          for (const [kind, op, result] of [
            [inc, 'carries_add', u(before + 1n, width)],
            [dec, 'carries_sub', u(before - 1n, width)],
          ] as const) {
            const fresh = expected(op, width, before, 1n, result) ?? 0n;
            const wanted = expected('keep_carry', 32, old, fresh);
            assert.equal(ask(kind, a, b, extended(result, width)), wanted, `${op} of ${before}, carry ${old}`);
            assert.equal((wanted ?? 0n) >> 31n, isLess(a, b));
          }
        }
      }
    });
  }

  after(() => {
    assert.deepEqual(tested, new Set(Object.values(KIND)), 'kinds without a test');
  });
});
