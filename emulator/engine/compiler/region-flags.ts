/** The condition codes of a region, as compiler/flags keeps them, and registers on their way to and from memory. */
import { CPU_BASE, RUN_CARRY_A, RUN_KIND } from '../../memory/layout';
import type { Emitter } from '../wasm/emitter';
import { KIND, VALUE_A } from './flags';
import { RegionScope } from './region-scope';

export abstract class RegionFlags<E extends Emitter> extends RegionScope<E> {
  /** Whether the region has anything to do with condition codes. */
  protected abstract readonly usesFlags: boolean;

  protected get resultLocal(): number {
    return this.local('result', 'i32');
  }

  protected setKind(kind: number): void {
    this.out.emit('i32.const', kind);
    this.out.emit('local.set', this.local('flags_kind', 'i32'));
    this.known.flags = kind;
  }

  /** `carries` becomes the value on the stack. */
  protected setCarries(): void {
    const { out } = this;
    out.emit('local.set', this.local('flags_b', 'i32'));
    out.emit('i32.const', VALUE_A);
    out.emit('local.set', this.local('flags_a', 'i32'));
    this.setKind(KIND.VALUE);
  }

  /** Pushes the carry as 0 or 1: the same for all kinds. */
  protected pushCarry(): void {
    this.out.emit('local.get', this.local('flags_a', 'i32'));
    this.out.emit('local.get', this.local('flags_b', 'i32'));
    this.out.emit('i32.lt_u');
  }

  /** Pushes `carries`, made from what is kept of it. */
  protected pushCarries(): void {
    const { out } = this;
    const b = this.local('flags_b', 'i32');
    const { flags } = this.known;
    if (flags === KIND.VALUE) {
      out.emit('local.get', b);
      return;
    }
    if (flags === undefined) out.emit('local.get', this.local('flags_kind', 'i32'));
    else out.emit('i32.const', flags);
    out.emit('local.get', this.local('flags_a', 'i32'));
    out.emit('local.get', b);
    out.emit('local.get', this.resultLocal);
    out.emit('call', this.callees.carries);
  }

  /** Brings them to memory as the interpreter and the host know them. */
  protected spillFlags(): void {
    const { result, carries } = this.config.flags;
    this.storeAbsolute(CPU_BASE + carries, () => this.pushCarries());
    this.storeAbsolute(CPU_BASE + result, () => this.out.emit('local.get', this.resultLocal));
    this.storeAbsolute(CPU_BASE + RUN_KIND, () => this.out.emit('i32.const', KIND.VALUE));
    this.storeAbsolute(CPU_BASE + RUN_CARRY_A, () => this.out.emit('i32.const', VALUE_A));
  }

  /** Reads them from there. */
  protected loadFlags(): void {
    const { out } = this;
    this.absolute('i32.load', CPU_BASE + this.config.flags.result);
    out.emit('local.set', this.resultLocal);
    this.absolute('i32.load', CPU_BASE + this.config.flags.carries);
    this.setCarries();
  }

  /** Where each local of the condition codes lies between compiled code and compiled code (engine/leaving). */
  private get kept(): readonly (readonly [local: number, at: number])[] {
    const { result, carries } = this.config.flags;
    return [
      [this.local('flags_kind', 'i32'), RUN_KIND],
      [this.local('flags_a', 'i32'), RUN_CARRY_A],
      [this.local('flags_b', 'i32'), carries],
      [this.resultLocal, result],
    ];
  }

  /** Brings them to memory as they are kept. */
  protected keepFlags(): void {
    for (const [local, at] of this.kept) this.storeAbsolute(CPU_BASE + at, () => this.out.emit('local.get', local));
  }

  /** Reads them from there. */
  protected takeFlags(): void {
    for (const [local, at] of this.kept) {
      this.absolute('i32.load', CPU_BASE + at);
      this.out.emit('local.set', local);
    }
    this.known.flags = undefined;
  }

  protected spillPromoted(): void {
    this.spill(this.config.promoted);
  }

  /** Stores those of some registers that are held. */
  protected spill(offsets: readonly number[]): void {
    for (const offset of offsets)
      if (this.registers.has(offset)) this.storeAbsolute(CPU_BASE + offset, () => this.pushWhole(offset));
  }

  /** Takes them back. */
  protected reload(offsets: readonly number[]): void {
    for (const offset of offsets) {
      if (!this.registers.has(offset)) continue;
      this.absolute('i32.load', CPU_BASE + offset);
      this.setWhole(offset);
    }
  }

  /** Brings everything to memory as the interpreter and the host know it. */
  protected spillRegisters(): void {
    this.spillPromoted();
    if (this.usesFlags) this.spillFlags();
    else this.out.emit('call', this.callees.settle);
  }

  /** The same for what leads on to compiled code, or leaves. */
  protected keepRegisters(): void {
    this.spillPromoted();
    if (this.usesFlags) this.keepFlags();
  }

  protected reloadRegisters(): void {
    this.reload(this.config.promoted);
    if (this.usesFlags) this.loadFlags();
  }
}
