/** Operands of a region's ops: registers in locals or in memory, temporaries, constants; results on their way there. */
import { bitsOf, type IrOp, type Operand } from '../../ir/block';
import { opRow, resultType } from '../../ir/ops';
import { CPU_BASE } from '../../memory/layout';
import { isWord, sourceType } from '../lowering';
import type { Emitter } from '../wasm/emitter';
import type { ValueType, WasmMnemonic } from '../wasm/opcodes';
import { kindOf } from './flags';
import { LOWER } from './halves';
import { RegionFlags } from './region-flags';

export abstract class RegionOperands<E extends Emitter> extends RegionFlags<E> {
  /** Slots of memory that locals have a copy of (compiler/copies). */
  protected abstract readonly copied: ReadonlySet<number>;

  private copyLocal(slot: number): number {
    return this.local(`r${slot}`, 'i32');
  }

  /** Fetches the copies of what lies in memory. */
  protected takeCopies(slots: Iterable<number> = this.copied): void {
    for (const slot of slots) {
      this.absolute('i32.load', CPU_BASE + slot);
      this.out.emit('local.set', this.copyLocal(slot));
    }
  }

  /** Pushes a value as `type`, cut to `width` and zero-extended where that is narrower. */
  protected push(operand: Operand, type: ValueType, width: number): void {
    const { out } = this;
    const narrow = type === 'i32' && width < 32;
    switch (operand.kind) {
      case 'const': {
        const value = narrow ? BigInt.asUintN(width, operand.value) : operand.value;
        out.emit(`${heldAs(type)}.const` as WasmMnemonic, value);
        this.fromBits(type);
        return;
      }
      case 'temp':
        out.emit('local.get', this.temp(operand.index, heldAs(type)));
        this.fromBits(type);
        if (narrow && (this.known.bits.get(operand.index) ?? 32) > width) this.cut(width);
        return;
      case 'register':
        this.pushRegister(operand.offset, type, width);
    }
  }

  /** Makes the bits on the stack a value of `type`, where that is a float. */
  protected fromBits(type: ValueType): void {
    if (type === 'f32') this.out.emit('f32.reinterpret_i32');
    if (type === 'f64') this.out.emit('f64.reinterpret_i64');
  }

  /** The other way round. */
  protected toBits(type: ValueType): void {
    if (type === 'f32') this.out.emit('i32.reinterpret_f32');
    if (type === 'f64') this.out.emit('i64.reinterpret_f64');
  }

  protected cut(width: number): void {
    this.out.emit('i32.const', 2 ** width - 1);
    this.out.emit('i32.and');
  }

  protected pushRegister(offset: number, type: ValueType, width: number): void {
    const { out } = this;
    const narrow = type === 'i32' && width < 32;
    const bytes = narrow ? width / 8 : BYTES[type];
    const within = 8 * (offset & 7);
    const slot = offset & -8;
    const ofLower = within + 8 * bytes <= 16 && this.isHalved(slot);
    if (ofLower) out.emit('local.get', this.registers.get(slot) ?? 0);
    if (ofLower || (within + 8 * bytes <= 32 && this.pushHeld(slot))) {
      if (within > 0) {
        out.emit('i32.const', within);
        out.emit('i32.shr_u');
      }
      if (narrow && !(ofLower && within + width === 16)) this.cut(width);
      this.fromBits(type);
      return;
    }
    if (type === 'i32' && this.copied.has(offset)) {
      out.emit('local.get', this.copyLocal(offset));
      if (narrow) this.cut(width);
      return;
    }
    this.spillOverlapped(offset, bytes);
    this.absolute(
      narrow ? (width === 8 ? 'i32.load8_u' : 'i32.load16_u') : (`${type}.load` as WasmMnemonic),
      CPU_BASE + offset,
    );
  }

  /** Pushes the 32 bits of the slot at `offset` when they are held in locals: says whether they are. */
  protected pushHeld(offset: number): boolean {
    if (offset === this.config.flags.carries) {
      this.pushCarries();
      return true;
    }
    if (this.registers.has(offset)) {
      this.pushWhole(offset);
      return true;
    }
    const local = this.heldIn(offset);
    if (local !== undefined) this.out.emit('local.get', local);
    return local !== undefined;
  }

  protected heldIn(offset: number): number | undefined {
    return offset === this.config.flags.result ? this.resultLocal : this.registers.get(offset);
  }

  /**
   * Brings what is held in locals of the `bytes` bytes at a register's place to memory, for an access that takes more than
   * one of them, or a part and what lies beside it. Gives how to read it again when the access has written.
   */
  protected spillOverlapped(offset: number, bytes: number): () => void {
    const touched = (slot: number) => slot < offset + bytes && offset < slot + 4;
    const { result, carries } = this.config.flags;
    const promoted = [...this.registers.keys()].filter(touched);
    this.spill(promoted);
    const flags = this.usesFlags && (touched(result) || touched(carries));
    if (flags) this.spillFlags();
    return () => {
      this.reload(promoted);
      if (flags) this.loadFlags();
      this.takeCopies([...this.copied].filter(touched));
    };
  }

  protected temp(index: number, type: ValueType): number {
    return this.local(`t${index}${type === 'i32' ? '' : `_${type}`}`, type);
  }

  /** Writes what `compute` pushes to the destination of `op`. */
  protected assign(op: IrOp, compute: () => void): void {
    const { out } = this;
    const { dst } = op;
    const row = opRow(op.op);
    const type = resultType(row, op.width);
    if (dst === undefined || type === undefined) throw new Error(`${op.op} gives nothing.`);
    const narrow = type === 'i32' && row.result === 'same' && op.width < 32;
    if (dst.kind === 'temp') {
      compute();
      this.toBits(type);
      out.emit('local.set', this.temp(dst.index, heldAs(type)));
      this.known.bits.set(dst.index, bitsOf(op));
      return;
    }
    if (dst.kind === 'const') throw new Error("A constant can't be written.");
    const { offset } = dst;
    const bytes = narrow ? op.width / 8 : BYTES[type];
    if (offset === this.config.flags.carries && bytes === 4) {
      compute();
      this.toBits(type);
      this.setCarries();
      return;
    }
    const local = (offset & 7) + bytes <= 4 ? this.heldIn(offset & -8) : undefined;
    if (local === undefined) {
      const reload = this.spillOverlapped(offset, bytes);
      this.storeAbsolute(
        CPU_BASE + offset,
        compute,
        narrow ? (op.width === 8 ? 'i32.store8' : 'i32.store16') : (`${type}.store` as WasmMnemonic),
      );
      reload();
      return;
    }
    if (narrow) this.assignPart(offset, op.width, local, compute);
    else {
      compute();
      this.toBits(type);
      this.setHeld(offset, local);
    }
  }

  private setHeld(slot: number, local: number): void {
    if (this.registers.has(slot)) this.setWhole(slot);
    else this.out.emit('local.set', local);
  }

  /** Writes `width` bits of a slot that is held in `local`, or whose lower half is. */
  private assignPart(offset: number, width: number, local: number, compute: () => void): void {
    const { out } = this;
    const slot = offset & -8;
    const shift = 8 * (offset & 7);
    const inLower = this.isHalved(slot) && shift + width <= 16;
    if (inLower && width === 16) {
      compute();
      out.emit('local.set', local);
      return;
    }
    if (inLower) out.emit('local.get', local);
    else this.pushHeld(slot);
    out.emit('i32.const', ~((2 ** width - 1) << shift) & (inLower ? LOWER : -1));
    out.emit('i32.and');
    compute();
    if (shift > 0) {
      out.emit('i32.const', shift);
      out.emit('i32.shl');
    }
    out.emit('i32.or');
    if (inLower) out.emit('local.set', local);
    else this.setHeld(slot, local);
  }

  protected source(op: IrOp, index: number): void {
    const operand = op.sources[index];
    if (operand === undefined) throw new Error(`${op.op} has no source ${index}.`);
    this.push(operand, sourceType(op.op, op.width, index), isWord(op.op, index) ? 32 : op.width);
  }

  /** Keeps what `carries` is to be made from: of a sum the sum and an operand, of a difference the operands. */
  protected deferCarries(op: IrOp): void {
    const { out } = this;
    const [a, b, result] = op.sources;
    if (a === undefined || b === undefined || result === undefined) throw new Error(`${op.op} needs three operands.`);
    const adds = op.op === 'carries_add';
    this.push(adds ? result : a, 'i32', op.width);
    this.push(adds ? a : b, 'i32', op.width);
    out.emit('local.set', this.local('flags_b', 'i32'));
    out.emit('local.set', this.local('flags_a', 'i32'));
    this.setKind(kindOf(adds ? 'carries_add' : 'carries_sub', op.width, false));
  }

  /** Conditions that need the carry and the result only; says whether `op` is one. */
  protected carryCondition(op: IrOp): boolean {
    const { out } = this;
    const { result, carries } = this.config.flags;
    const isRegister = (operand: Operand | undefined, offset: number) =>
      operand?.kind === 'register' && operand.offset === offset;
    const [first, second] = op.sources;
    const ofFlags = isRegister(first, result) && isRegister(second, carries);
    const shift = op.op === 'shru' && op.width === 32 && second?.kind === 'const' && second.value === 31n;
    if ((shift && isRegister(first, carries)) || (ofFlags && op.op === 'flag_c')) {
      this.assign(op, () => this.pushCarry());
      return true;
    }
    if (!ofFlags || op.op !== 'flag_be') return false;
    this.assign(op, () => {
      this.pushCarry();
      out.emit('local.get', this.resultLocal);
      out.emit('i32.eqz');
      out.emit('i32.or');
    });
    return true;
  }

  /** Whether `keep` makes of `op` the flags of an INC or DEC. */
  protected keepsCarry(op: IrOp, keep: IrOp): boolean {
    const { carries } = this.config.flags;
    const [old, fresh] = keep.sources;
    return (
      keep.op === 'keep_carry' &&
      keep.dst?.kind === 'register' &&
      keep.dst.offset === carries &&
      old?.kind === 'register' &&
      old.offset === carries &&
      fresh?.kind === 'temp' &&
      op.dst?.kind === 'temp' &&
      op.dst.index === fresh.index &&
      op.sources[1]?.kind === 'const' &&
      op.sources[1].value === 1n
    );
  }
}

/** Bytes that a value takes in the register file. */
const BYTES: Readonly<Record<ValueType, number>> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 };

/** The type in which locals hold a value: of a float its bits, so that it may be read as either, as in the register file. */
const heldAs = (type: ValueType): ValueType => (type === 'f32' ? 'i32' : type === 'f64' ? 'i64' : type);
