/** Accesses to guest memory in a region: inline behind a look at the soft TLB (memory/tlb), else the interpreter's matter. */
import type { IrOp } from '../../ir/block';
import {
  CPU_BASE,
  FRAMES,
  IN_PLACE_PAGES,
  IN_PLACE_READ,
  IN_PLACE_WRITE,
  PAGE_BITS,
  PAGE_SIZE,
  TLB_ENTRIES,
} from '../../memory/layout';
import { TLB_ADDEND, TLB_READ, TLB_WRITE } from '../../memory/tlb';
import { accessType, swapBytes } from '../handlers-memory';
import type { Emitter } from '../wasm/emitter';
import { RegionOperands } from './region-operands';

/** So many iterations cost less than going to the interpreter and coming back. */
const FEW_ITERATIONS = 24;

export abstract class RegionAccesses<E extends Emitter> extends RegionOperands<E> {
  /** The same where linear addresses are physical ones and memory lies in place: see memory/in-place. */
  protected grantedInPlace(address: () => void, table: number, bytes: number): () => void {
    const { out } = this;
    out.emit('i32.const', this.exitHere());
    address();
    address();
    out.emit('i32.const', PAGE_BITS - 2);
    out.emit('i32.shr_u');
    out.emit('i32.const', (IN_PLACE_PAGES - 1) << 2);
    out.emit('i32.and');
    out.emit('i32.load', table);
    out.emit('i32.sub');
    out.emit('i32.const', PAGE_SIZE - bytes);
    out.emit('i32.gt_u');
    this.branch('br_if', 'exit');
    out.emit('drop');
    return address;
  }

  /** Leaves unless the soft TLB grants the access, now or when it is asked; gives how to push the address in wasm memory. */
  protected granted(op: IrOp, tag: number, bytes: number): () => void {
    const { out, place } = this;
    const entry = this.local('entry', 'i32');
    const operand = op.sources[0];
    const simple =
      operand !== undefined &&
      (operand.kind === 'temp' || (operand.kind === 'register' && this.registers.has(operand.offset)));
    const address = () => {
      if (simple) this.source(op, 0);
      else out.emit('local.get', this.local('address', 'i32'));
    };
    if (!simple) {
      this.source(op, 0);
      out.emit('local.set', this.local('address', 'i32'));
    }
    if (place.inPlace) return this.grantedInPlace(address, tag === TLB_READ ? IN_PLACE_READ : IN_PLACE_WRITE, bytes);
    if (!place.asks) out.emit('i32.const', this.exitHere());
    address();
    out.emit('i32.const', 12 - 5);
    out.emit('i32.shr_u');
    out.emit('i32.const', (TLB_ENTRIES - 1) << 5);
    out.emit('i32.and');
    out.emit('local.tee', entry);
    out.emit('i32.load', place.tlb + tag);
    address();
    if (bytes > 1) {
      out.emit('i32.const', bytes - 1);
      out.emit('i32.add');
    }
    out.emit('i32.const', -PAGE_SIZE);
    out.emit('i32.and');
    out.emit('i32.ne');
    if (place.asks) {
      this.open('if', { kind: 'inner' });
      out.emit('i32.const', this.exitHere());
      address();
      out.emit('i32.const', bytes | (tag === TLB_WRITE ? 0x100 : 0));
      out.emit('call', this.callees.admit);
      out.emit('i32.eqz');
      this.branch('br_if', 'exit');
      out.emit('drop');
      this.close();
    } else {
      this.branch('br_if', 'exit');
      out.emit('drop');
    }
    return () => {
      address();
      out.emit('local.get', entry);
      out.emit('i32.load', place.tlb + TLB_ADDEND);
      out.emit('i32.add');
    };
  }

  protected load(op: IrOp, big: boolean): void {
    const access = accessType(op.width);
    const address = this.granted(op, TLB_READ, op.width / 8);
    this.assign(op, () => {
      address();
      this.out.emit(access.load, this.place.inPlace ? FRAMES : 0);
      if (big) swapBytes(this.out, op.width, this.local(`swap_${access.type}`, access.type));
    });
  }

  protected store(op: IrOp, big: boolean): void {
    const access = accessType(op.width);
    const address = this.granted(op, TLB_WRITE, op.width / 8);
    address();
    this.source(op, 1);
    if (big) swapBytes(this.out, op.width, this.local(`swap_${access.type}`, access.type));
    this.out.emit(access.store, this.place.inPlace ? FRAMES : 0);
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

  /** Many iterations of a string instruction are for the interpreter, which does them at once; a few are done here. */
  protected bulk(op: IrOp): void {
    const { out } = this;
    const { counter } = this.config.strings;
    const local = this.registers.get(counter);
    out.emit('i32.const', this.exitHere());
    if (local === undefined) this.absolute('i32.load', CPU_BASE + counter);
    else out.emit('local.get', local);
    out.emit('i32.const', op.immediates[0] ?? 0);
    out.emit('i32.and');
    out.emit('i32.const', FEW_ITERATIONS);
    out.emit('i32.gt_u');
    this.branch('br_if', 'exit');
    out.emit('drop');
  }
}
