/**
 * Which bits of a port a waiting loop goes by: `in al, dx`, `test al, 8`, `jz` asks for one bit only, and the others may change
 * as they like. Found by following the value through the IR of one time round the loop.
 */
import { HELPER_ID } from '../cpu/x86/helpers';
import type { IrOp, Operand } from '../ir/block';
import { opRow } from '../ir/ops';

/** What a value has of the port's. `exact`: its low eight bits are at their places, and nothing of the port is above them. */
interface Share {
  readonly bits: number;
  readonly exact: boolean;
}

const NOTHING: Share = { bits: 0, exact: false };
const EVERYTHING: Share = { bits: 0xff, exact: true };

class Follower {
  private readonly temps = new Map<number, Share>();
  /** Bytes of registers that the loop has written, with what they have. */
  private readonly written = new Map<number, Share>();
  /** Bytes that were read before the loop had written them. */
  private readonly used = new Set<number>();
  /** Bits that control, or an address, depends on. */
  tested = 0;

  private read(operand: Operand, width: number): Share {
    if (operand.kind === 'const') return NOTHING;
    if (operand.kind === 'temp') return this.temps.get(operand.index) ?? NOTHING;
    let above = 0;
    for (let at = operand.offset; at < operand.offset + width / 8; at++) {
      const share = this.written.get(at);
      if (share === undefined) this.used.add(at);
      else if (at > operand.offset) above |= share.bits;
    }
    const { bits, exact } = this.written.get(operand.offset) ?? NOTHING;
    return { bits: bits | above, exact: exact && above === 0 };
  }

  private write(operand: Operand, width: number, share: Share): void {
    if (operand.kind === 'temp') this.temps.set(operand.index, share);
    if (operand.kind !== 'register') return;
    this.written.set(operand.offset, share);
    for (let at = operand.offset + 1; at < operand.offset + width / 8; at++)
      this.written.set(at, share.exact ? NOTHING : share);
  }

  /** Follows an op; false where that can't be. */
  op({ op, width, dst, sources, immediates }: IrOp): boolean {
    const shares = sources.map((operand) => this.read(operand, width));
    const bits = shares.reduce((all, share) => all | share.bits, 0);
    switch (opRow(op).kind) {
      case 'control':
        if (op === 'insn') this.temps.clear();
        else if (op === 'goto_if') this.tested |= bits;
        else if (op !== 'goto') return false;
        return true;
      case 'guard':
        this.tested |= bits;
        return true;
      case 'memory':
        this.tested |= bits;
        if (op !== 'load' || dst === undefined) return false;
        this.write(dst, width, NOTHING);
        return true;
      case 'call': {
        const reads = immediates[0] === HELPER_ID.READ_PORT || immediates[0] === HELPER_ID.IN;
        if (!reads || dst === undefined || bits !== 0) return false;
        this.write(dst, width, EVERYTHING);
        return true;
      }
      case 'pure':
        if (dst === undefined) return false;
        this.write(dst, opRow(op).result === 'same' ? width : 32, this.computed(op, sources, shares, bits));
        return true;
      default:
        return false;
    }
  }

  private computed(op: IrOp['op'], sources: readonly Operand[], shares: readonly Share[], bits: number): Share {
    if (op === 'mov' || op === 'zext') return shares[0];
    const index = sources.findIndex(({ kind }) => kind === 'const');
    const mask = sources[index];
    const other = shares[1 - index];
    if (op === 'and' && mask?.kind === 'const' && other.exact)
      return { bits: other.bits & Number(mask.value & 0xffn), exact: true };
    return { bits, exact: false };
  }

  /** Whether something of the port's value is left over for the next time round. */
  get carriesOver(): boolean {
    for (const [at, { bits }] of this.written) if (bits !== 0 && this.used.has(at)) return true;
    return false;
  }
}

/**
 * @param ops of one time round a loop, from the only instruction on that reads a port of a byte
 * @returns the bits that decide what the loop does; undefined where that is not known
 */
export function testedBits(ops: readonly IrOp[]): number | undefined {
  const follower = new Follower();
  for (const op of ops) if (!follower.op(op)) return undefined;
  return follower.carriesOver ? undefined : follower.tested;
}
