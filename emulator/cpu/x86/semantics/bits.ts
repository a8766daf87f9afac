/** Bit tests and scans (386). */
import { constant, type Operand } from '../../../ir/block';
import type { Translation } from '../translation';
import { need } from './data';
import type { Semantic } from './semantic';

const one = constant(1);

/** BT and its kin: `change` makes the new value from the old one and the bit's mask. */
const bitTest =
  (change?: (t: Translation, value: Operand, mask: Operand) => Operand): Semantic =>
  (t) => {
    const { b } = t;
    const [dst, source] = [need(t, 0), need(t, 1)];
    const width = t.i.operandSize;
    const index = t.zext(t.read(source), t.width(source));
    const place = b.value('and', 32, t.variable(index), constant(width - 1));
    let value: Operand;
    let write: (result: Operand) => void;
    if (dst.kind === 'memory') {
      let offset = t.address(dst);
      if (source.kind === 'register') {
        // A bit offset in a register is signed and reaches beyond the operand: 32 (16) bits a step.
        const signed = b.value('sext', width, index);
        const steps = b.value('shrs', 32, signed, constant(width === 32 ? 5 : 4));
        const bytes = b.value('shl', 32, steps, constant(width === 32 ? 2 : 1));
        offset = b.value('add', dst.addressSize, t.variable(offset), bytes);
      }
      if (t.context.paged && t.i.lock) t.probeWrite(dst.segment, offset, width / 8);
      value = t.load(dst.segment, offset, width);
      write = (result) => t.store(dst.segment, offset, width, result);
    } else {
      value = t.zext(t.read(dst), width);
      write = (result) => t.write(dst, result);
    }
    const carry = b.value('and', 32, b.value('shru', 32, value, place), one);
    if (change !== undefined) {
      const mask = b.value('shl', 32, t.variable(one), place);
      write(change(t, value, mask));
    }
    t.setCarryOverflow(carry, t.overflow());
  };

const scan =
  (forward: boolean): Semantic =>
  (t) => {
    const { b } = t;
    const [dst, source] = [need(t, 0), need(t, 1)];
    const width = t.i.operandSize;
    const value = t.zext(t.read(source), width);
    // ZF says that there was no bit; the destination is then left alone (undefined by the manual).
    t.flagsLogic(32, t.variable(value));
    const end = b.label();
    b.emit('br_if', 32, undefined, [b.value('eq', 32, t.variable(value), constant(0))], [end]);
    const place = forward
      ? b.value('ctz', 32, t.variable(value))
      : b.value('xor', 32, b.value('clz', 32, t.variable(value)), constant(31));
    t.write(dst, place);
    b.place(end);
    b.emit('mov', 32, b.temp(), [constant(0)]);
  };

export const BITS: Readonly<Record<string, Semantic>> = {
  BT: bitTest(),
  BTS: bitTest((t, value, mask) => t.b.value('or', 32, value, mask)),
  BTR: bitTest((t, value, mask) => t.b.value('and', 32, value, t.b.value('xor', 32, mask, constant(0xffffffff)))),
  BTC: bitTest((t, value, mask) => t.b.value('xor', 32, value, mask)),
  BSF: scan(true),
  BSR: scan(false),
};
