/** Exchanges of the 80486 and the Pentium: CMPXCHG, XADD, CMPXCHG8B, and BSWAP. */
import { constant } from '../../../ir/block';
import * as R from '../registers';
import { register, type Translation } from '../translation';
import { need } from './data';
import type { Semantic } from './semantic';

const compareExchange: Semantic = (t) => {
  const { b } = t;
  const [dst, source] = [need(t, 0), need(t, 1)];
  const width = t.width(dst);
  const target = t.modify(dst);
  const old = t.zext(target.value, width);
  const accumulator = t.zext(register(R.EAX), width);
  const equal = b.value('eq', width, accumulator, old);
  // The destination is written in any case: with what it holds when it differs.
  const next = b.value('select', 32, equal, t.zext(t.read(source), width), old);
  if (target.isMemory) target.write(next);
  t.flagsSub(width, accumulator, old, b.value('sub', width, accumulator, old));
  t.move(register(R.EAX), width, b.value('select', 32, equal, accumulator, old));
  if (!target.isMemory) target.write(next);
};

const exchangeAdd: Semantic = (t) => {
  const [dst, source] = [need(t, 0), need(t, 1)];
  const width = t.width(dst);
  const target = t.modify(dst);
  const old = t.zext(target.value, width);
  const addend = t.zext(t.read(source), width);
  const sum = t.b.value('add', width, old, addend);
  if (target.isMemory) target.write(sum);
  t.flagsAdd(width, old, addend, sum);
  t.write(source, old);
  if (!target.isMemory) target.write(sum);
};

const compareExchange8: Semantic = (t) => {
  const { b } = t;
  const memory = need(t, 0);
  if (memory.kind !== 'memory') throw new Error('CMPXCHG8B needs a memory operand.');
  const at = t.address(memory);
  const above = t.offsetBy(at, 4, memory.addressSize);
  // Both halves must be writable before one is written.
  t.helper('PROBE_WRITE', t.linear(memory.segment, at, 8, true), constant(8));
  const low = t.load(memory.segment, at, 32);
  const high = t.load(memory.segment, above, 32);
  const sameLow = b.value('eq', 32, low, register(R.EAX));
  const equal = b.value('and', 32, sameLow, b.value('eq', 32, high, register(R.EDX)));
  t.store(memory.segment, at, 32, b.value('select', 32, equal, register(R.EBX), low));
  t.store(memory.segment, above, 32, b.value('select', 32, equal, register(R.ECX), high));
  // Where they are equal they hold it already.
  t.move(register(R.EAX), 32, low);
  t.move(register(R.EDX), 32, high);
  setZero(t, equal);
};

/** Sets ZF to 0 or 1; all other flags stay. */
function setZero(t: Translation, zero: ReturnType<typeof register>): void {
  t.helper('SET_ZERO', zero);
}

const swapBytes: Semantic = (t) => {
  const { b } = t;
  const operand = need(t, 0);
  // With 16-bit operands the result is undefined; the chips give 0.
  if (t.i.operandSize === 16) t.write(operand, constant(0));
  else {
    const value = t.read(operand);
    const outer = b.value('and', 32, b.value('rotr', 32, value, constant(8)), constant(0xff00_ff00));
    const inner = b.value('and', 32, b.value('rotl', 32, value, constant(8)), constant(0x00ff_00ff));
    t.write(operand, b.value('or', 32, outer, inner));
  }
};

export const ATOMICS: Readonly<Record<string, Semantic>> = {
  CMPXCHG: compareExchange,
  XADD: exchangeAdd,
  CMPXCHG8B: compareExchange8,
  BSWAP: swapBytes,
};
