/** Accesses to guest memory in a region: inline where they are granted (compiler/region-grants), else the interpreter's matter. */
import type { IrOp, Operand } from '../../ir/block';
import { opRow } from '../../ir/ops';
import { CPU_BASE, FRAMES } from '../../memory/layout';
import { MARKED, THROUGH_PLANES, TLB_READ, TLB_WRITE } from '../../memory/tlb';
import { BULK_OPS, type BulkOp, elementShift } from '../handler-scope';
import { accessType, swapBytes } from '../handlers-memory';
import type { Emitter } from '../wasm/emitter';
import type { ValueType } from '../wasm/opcodes';
import type { Span } from './groups';
import { LONG_MARKS, RegionGrants } from './region-grants';
import { FUEL } from './region-scope';

/** So many iterations cost less than a call of what does them at once. */
const FEW_ITERATIONS = 8;

export abstract class RegionAccesses<E extends Emitter> extends RegionGrants<E> {
  /**
   * Leaves unless an access is granted; gives how to push the address in wasm memory. An access whose group is granted as a
   * whole is granted, and one that relies on a check.
   */
  private granted(op: IrOp, tag: number, bytes: number): () => void {
    const { group, reach, place } = this;
    if (group !== undefined) return this.placed(() => this.source(op, 0), this.addendOf(group));
    if (reach?.kind === 'known' && this.isGranted(reach.check))
      return this.placed(() => this.source(op, 0), this.addendOf());
    const address = this.heldAddress(op);
    const single = reach?.kind === 'single' ? reach : undefined;
    this.check(address, single?.writes === true && !place.asks ? TLB_WRITE : tag, bytes);
    this.known.addend = single?.check;
    return this.placed(address, this.addendOf());
  }

  /** Whether a check still tells where an access lies. What is asked for may be granted for once only. */
  private isGranted(check: number | undefined): boolean {
    const { inPlace, asks } = this.place;
    return !asks && (inPlace || (check !== undefined && check === this.known.addend));
  }

  /** Gives how to push the address of an access, again and again for nothing. */
  private heldAddress(op: IrOp): () => void {
    const { out } = this;
    const own = () => this.source(op, 0);
    if (this.isHeld(op.sources[0])) return own;
    own();
    out.emit('local.set', this.local('address', 'i32'));
    return () => out.emit('local.get', this.local('address', 'i32'));
  }

  private placed(address: () => void, addend: number | undefined): () => void {
    if (addend === undefined) return address;
    return () => {
      address();
      this.out.emit('local.get', addend);
      this.out.emit('i32.add');
    };
  }

  /** Whether an operand can be pushed again and again for nothing. */
  private isHeld(operand: Operand | undefined): boolean {
    if (operand?.kind !== 'register') return operand?.kind === 'temp';
    return this.registers.has(operand.offset) && !this.isHalved(operand.offset);
  }

  /** Branches to the innermost block's end unless a group is granted as a whole, of whose accesses one is at `address`. */
  protected branchApart(address: Operand, { group, low, bytes, writes, offset }: Span): void {
    const { out } = this;
    const pushLowest = (operand: Operand) => {
      this.push(operand, 'i32', 32);
      out.emit('i32.const', low);
      out.emit('i32.add');
    };
    if (offset !== undefined) {
      pushLowest(offset);
      out.emit('i32.const', 0x1_0000 - bytes);
      out.emit('i32.gt_u');
      out.emit('br_if', 0);
    }
    const lowest = this.local('address', 'i32');
    pushLowest(address);
    out.emit('local.set', lowest);
    // Who may write may read.
    const tag = writes ? TLB_WRITE : TLB_READ;
    const held = () => out.emit('local.get', lowest);
    this.pushRefused(held, tag, bytes);
    if (this.place.marks && bytes <= LONG_MARKS) {
      this.open('if', { kind: 'inner' });
      this.pushMarked(held, tag, bytes);
      out.emit('br_if', 1);
      this.close();
    } else out.emit('br_if', 0);
    if (!this.place.inPlace) this.setAddend(group);
  }

  /** Whether the present access is made by `asking`. */
  private get asks(): boolean {
    return this.place.asks && !this.place.inPlace && this.group === undefined;
  }

  /**
   * An access that the soft TLB may not grant: `direct` at what it pushes, when it does or is found to when it is asked; in a
   * page of planes `planes`, behind their functions' parameters; else it leaves. `result`: what both push.
   */
  private asking(
    op: IrOp,
    tag: number,
    direct: (host: () => void) => void,
    planes: () => void,
    result?: ValueType,
  ): void {
    const { out, place } = this;
    const bytes = op.width / 8;
    const address = this.heldAddress(op);
    const entry = () => out.emit('local.get', this.local('entry', 'i32'));
    this.open('block', { kind: 'inner' }, result);
    this.open('block', { kind: 'inner' });
    this.pushTagAndPage(address, tag, bytes);
    // Nothing, or what is added to a tag, in an entry of this page.
    out.emit('i32.xor');
    out.emit('local.tee', this.local('added', 'i32'));
    out.emit('i32.eqz');
    out.emit('br_if', 0);
    if (bytes <= 4) {
      this.pushIsAdded(THROUGH_PLANES);
      this.open('if', { kind: 'inner' });
      address();
      out.emit('i32.const', bytes);
      entry();
      out.emit('i32.const', place.tlb);
      out.emit('i32.add');
      planes();
      // Behind both blocks.
      out.emit('br', 2);
      this.close();
    }
    if (place.marks) {
      this.pushIsAdded(MARKED);
      this.open('if', { kind: 'inner' });
      this.pushMarks(address, bytes);
      out.emit('i32.eqz');
      out.emit('br_if', 1);
      this.close();
    }
    this.pushNotAdmitted(address, tag, bytes);
    this.branch('br_if', 'exit');
    out.emit('drop');
    this.close();
    this.setAddend();
    direct(this.placed(address, this.addendOf()));
    this.close();
  }

  protected load(op: IrOp, big: boolean): void {
    const { out, place, callees } = this;
    const access = accessType(op.width);
    const swap = () => {
      if (big) swapBytes(out, op.width, this.local(`swap_${access.type}`, access.type));
    };
    if (!this.asks) {
      const address = this.granted(op, TLB_READ, op.width / 8);
      this.assign(op, () => {
        address();
        out.emit(access.load, place.inPlace ? FRAMES : 0);
        swap();
      });
      return;
    }
    const direct = (host: () => void) => {
      host();
      out.emit(access.load);
    };
    const planes = () => {
      out.emit('i32.const', 0);
      out.emit('call', callees.planesLoad);
    };
    this.asking(op, TLB_READ, direct, planes, access.type);
    const loaded = this.local(`loaded_${access.type}`, access.type);
    out.emit('local.set', loaded);
    this.assign(op, () => {
      out.emit('local.get', loaded);
      swap();
    });
  }

  protected store(op: IrOp, big: boolean): void {
    const { out, place, callees } = this;
    const access = accessType(op.width);
    const value = () => {
      this.source(op, 1);
      if (big) swapBytes(out, op.width, this.local(`swap_${access.type}`, access.type));
    };
    if (!this.asks) {
      const address = this.granted(op, TLB_WRITE, op.width / 8);
      address();
      value();
      out.emit(access.store, place.inPlace ? FRAMES : 0);
      return;
    }
    const direct = (host: () => void) => {
      host();
      value();
      out.emit(access.store);
    };
    const planes = () => {
      value();
      out.emit('call', callees.planesStore);
    };
    this.asking(op, TLB_WRITE, direct, planes);
  }

  protected bound(op: IrOp): void {
    const { out } = this;
    const [bounds, bytes] = op.immediates;
    out.emit('i32.const', this.exitHere());
    this.source(op, 0);
    this.absolute('i32.load', CPU_BASE + (bounds ?? 0));
    out.emit('i32.sub');
    out.emit('i64.extend_i32_u');
    out.emit('i64.const', bytes ?? 0);
    out.emit('i64.add');
    this.absolute('i64.load', CPU_BASE + (bounds ?? 0) + 8);
    out.emit('i64.gt_u');
    this.branch('br_if', 'exit');
    out.emit('drop');
  }

  protected limit(op: IrOp): void {
    const { out } = this;
    if (this.group !== undefined) return;
    out.emit('i32.const', this.exitHere());
    this.source(op, 0);
    out.emit('i32.const', op.immediates[0] ?? 0);
    out.emit('i32.gt_u');
    this.branch('br_if', 'exit');
    out.emit('drop');
  }

  /**
   * Iterations of a string instruction, many at once, by the function that does them: it looks for registers in memory. Few are
   * quicker one by one.
   */
  protected bulk(op: IrOp, name: BulkOp): void {
    const { out } = this;
    const { counter, source, target, value } = this.config.strings;
    const { immediates } = opRow(name);
    const reads = immediates.includes('source_base') ? [source] : [value];
    const moves = [counter, ...reads, ...(immediates.includes('target_base') ? [target] : [])];
    const done = this.local('bulk', 'i32');
    const [mask] = op.immediates;
    this.pushRegister(counter, 'i32', mask === 0xffff ? 16 : 32);
    out.emit('i32.const', FEW_ITERATIONS);
    out.emit('i32.gt_u');
    this.open('if', { kind: 'inner' });
    this.spill(moves);
    out.emit('i32.const', CPU_BASE);
    out.emit('local.get', FUEL);
    out.emit('i32.const', elementShift(op.width));
    for (const immediate of op.immediates) out.emit('i32.const', immediate);
    out.emit('call', this.callees.bulk + BULK_OPS.indexOf(name));
    out.emit('local.set', done);
    out.emit('local.get', FUEL);
    out.emit('local.get', done);
    out.emit('i32.sub');
    out.emit('local.set', FUEL);
    this.reload(moves.filter((offset) => offset !== value));
    this.close();
  }
}
