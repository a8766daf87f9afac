/** Operands for tests of computing ops: interesting and random bit patterns, always the same ones. */
import { type OpName, opRow, type Width } from '../../../emulator/ir/ops';
/** A fixed stream of numbers: Marsaglia's xorshift32. */
export function stream(seed: number): () => number {
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
export function patterns(width: number, next: () => number): readonly bigint[] {
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
export function* operands(op: OpName, width: Width): Generator<readonly bigint[]> {
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
