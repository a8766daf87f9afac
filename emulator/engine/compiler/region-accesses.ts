/** Accesses to guest memory in a region: inline behind a look at the soft TLB (memory/tlb), else the interpreter's matter. */
import type { IrOp, Operand } from '../../ir/block';
import { opRow } from '../../ir/ops';
import { IN_PLACE_WORD } from '../../memory/in-place';
import {
  CPU_BASE,
  FRAMES,
  IN_PLACE_READ,
  IN_PLACE_WRITE,
  PAGE_MASK,
  PAGE_SIZE,
  TLB_ENTRIES,
} from '../../memory/layout';
import { MARKED, THROUGH_PLANES, TLB_ADDEND, TLB_MAP, TLB_READ, TLB_WRITE } from '../../memory/tlb';
import { BULK_OPS, type BulkOp, elementShift } from '../handler-scope';
import { accessType, swapBytes } from '../handlers-memory';
import type { Emitter } from '../wasm/emitter';
import type { ValueType } from '../wasm/opcodes';
import { ASKED } from '../../memory/access';
import type { Span } from './groups';
import { RegionOperands } from './region-operands';
import { FUEL } from './region-scope';

/** Bytes whose marks are in a word, and in two of them, whichever bit is the first. */
const [WORD_MARKS, LONG_MARKS] = [32 - 7, 64 - 7];
/** So many iterations cost less than a call of what does them at once. */
const FEW_ITERATIONS = 8;

export abstract class RegionAccesses<E extends Emitter> extends RegionOperands<E> {
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

  /** The local for what is added to an address, of a group or of the present access; nothing where memory lies in place. */
  private addendOf(group?: number): number | undefined {
    return this.place.inPlace ? undefined : this.local(`addend${group ?? ''}`, 'i32');
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
    if (this.place.marks && bytes <= LONG_MARKS) this.onlyIfMarked(held, tag, bytes);
    out.emit('br_if', 0);
    if (!this.place.inPlace) this.setAddend(group);
  }

  /** Leaves unless `bytes` bytes at `address` are granted. */
  private check(address: () => void, tag: number, bytes: number): void {
    const { out, place } = this;
    const asks = place.asks && place.inPlace;
    if (!asks) out.emit('i32.const', this.exitHere());
    this.pushRefused(address, tag, bytes);
    if (asks) {
      if (place.marks) this.onlyIfMarked(address, tag, bytes);
      this.open('if', { kind: 'inner' });
      this.pushNotAdmitted(address, tag, bytes);
    }
    this.branch('br_if', 'exit');
    out.emit('drop');
    if (asks) this.close();
    if (!place.inPlace) this.setAddend();
  }

  /**
   * Behind whether an access is refused: still is, unless it is one beside what is marked in its page. That is what `admit` finds first
   * (compiler/admit), without the call.
   */
  private onlyIfMarked(address: () => void, tag: number, bytes: number): void {
    const { out, place } = this;
    this.open('if', { kind: 'inner' }, 'i32');
    this.pushTagAndPage(address, tag, bytes);
    out.emit('i32.const', MARKED);
    out.emit('i32.or');
    out.emit('i32.ne');
    if (place.inPlace) {
      out.emit('local.get', this.local('entry', 'i32'));
      out.emit('i32.load', place.tlb + TLB_ADDEND);
      out.emit('i32.const', FRAMES);
      out.emit('i32.ne');
      out.emit('i32.or');
    }
    this.pushMarks(address, bytes);
    out.emit('i32.or');
    out.emit('else');
    out.emit('i32.const', 0);
    this.close();
  }

  /** Pushes the marks of bytes, 0 for none, in the map of the page whose entry was looked at last. */
  private pushMarks(address: () => void, bytes: number): void {
    const { out, place } = this;
    const wide = bytes > WORD_MARKS;
    out.emit('local.get', this.local('entry', 'i32'));
    out.emit('i32.load', place.tlb + TLB_MAP);
    address();
    out.emit('i32.const', PAGE_MASK);
    out.emit('i32.and');
    out.emit('i32.const', 3);
    out.emit('i32.shr_u');
    out.emit('i32.add');
    out.emit(wide ? 'i64.load' : 'i32.load');
    address();
    out.emit('i32.const', 7);
    out.emit('i32.and');
    // Only the marks of these bytes are left.
    if (wide) {
      out.emit('i64.extend_i32_u');
      out.emit('i64.shr_u');
      out.emit('i64.const', 64 - bytes);
      out.emit('i64.shl');
      out.emit('i64.eqz');
      out.emit('i32.eqz');
    } else {
      out.emit('i32.shr_u');
      out.emit('i32.const', 32 - bytes);
      out.emit('i32.shl');
    }
  }

  /** Pushes the exit's constant, and whether an access that was refused is not granted when it is asked for, either. */
  private pushNotAdmitted(address: () => void, tag: number, bytes: number): void {
    const { out } = this;
    out.emit('i32.const', this.exitHere());
    address();
    out.emit('i32.const', bytes | (tag === TLB_WRITE ? ASKED.WRITE : 0) | (this.place.inPlace ? ASKED.IN_PLACE : 0));
    out.emit('call', this.callees.admit);
    out.emit('i32.eqz');
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

  private pushIsAdded(what: number): void {
    this.out.emit('local.get', this.local('added', 'i32'));
    this.out.emit('i32.const', what);
    this.out.emit('i32.eq');
  }

  /** Pushes whether `bytes` bytes at `address` do not lie in one page that is granted. */
  private pushRefused(address: () => void, tag: number, bytes: number): void {
    const { out } = this;
    if (this.place.inPlace) {
      this.pushDistance(address, tag);
      out.emit('i32.const', PAGE_SIZE - bytes);
      out.emit('i32.gt_u');
    } else {
      this.pushTagAndPage(address, tag, bytes);
      out.emit('i32.ne');
    }
  }

  /** Pushes how far an address lies behind the page that its word in the table of memory/in-place says. */
  private pushDistance(address: () => void, tag: number): void {
    const { out } = this;
    address();
    address();
    out.emit('i32.const', IN_PLACE_WORD.SHIFT);
    out.emit('i32.shr_u');
    out.emit('i32.const', IN_PLACE_WORD.BITS);
    out.emit('i32.and');
    out.emit('i32.load', tag === TLB_READ ? IN_PLACE_READ : IN_PLACE_WRITE);
    out.emit('i32.add');
  }

  /** Pushes the tag of an address's entry in the soft TLB, whose place the local `entry` is, and the page of the last byte. */
  private pushTagAndPage(address: () => void, tag: number, bytes: number): void {
    const { out } = this;
    address();
    out.emit('i32.const', 12 - 5);
    out.emit('i32.shr_u');
    out.emit('i32.const', (TLB_ENTRIES - 1) << 5);
    out.emit('i32.and');
    out.emit('local.tee', this.local('entry', 'i32'));
    out.emit('i32.load', this.place.tlb + tag);
    this.pushLastPage(address, bytes);
  }

  private pushLastPage(address: () => void, bytes: number): void {
    const { out } = this;
    address();
    if (bytes > 1) {
      out.emit('i32.const', bytes - 1);
      out.emit('i32.add');
    }
    out.emit('i32.const', -PAGE_SIZE);
    out.emit('i32.and');
  }

  private setAddend(group?: number): void {
    const { out } = this;
    out.emit('local.get', this.local('entry', 'i32'));
    out.emit('i32.load', this.place.tlb + TLB_ADDEND);
    out.emit('local.set', this.local(`addend${group ?? ''}`, 'i32'));
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
