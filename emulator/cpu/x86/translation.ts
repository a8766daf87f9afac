/** What semantic functions write with: operands, memory, stack and flags of one instruction, as IR. */
import { BlockBuilder, constant, type Operand } from '../../ir/block';
import { EXIT } from '../../ir/exits';
import type { Width } from '../../ir/ops';
import { type DecodedOperand, type Field, fieldsOf, type Instruction, type MemoryOperand } from './decode';
import { VECTOR } from './fault';
import { HELPER_ID, type HelperName } from './helpers';
import type { CpuModel } from './models';
import * as R from './registers';

/** The parts of the execution context that translation depends on. */
export interface Context {
  /** What RUN_CONTEXT says of it. */
  readonly id: number;
  readonly model: CpuModel;
  readonly codeSize: 16 | 32;
  readonly stackSize: 16 | 32;
  readonly protectedMode: boolean;
  readonly virtual8086: boolean;
  readonly cpl: number;
  readonly csBase: number;
  readonly csLimit: number;
  readonly cr0: number;
  /** Accesses go through page tables, so that any of them may fault. */
  readonly paged: boolean;
  /** Bit s: the extent of segment s is FLAT, or FULL16 (see descriptors). */
  readonly flat: number;
  readonly full16: number;
}

export type IntWidth = 8 | 16 | 32;

export const register = (offset: number): Operand => ({ kind: 'register', offset });

const RESULT = register(R.FLAGS_RESULT);
const CARRIES = register(R.FLAGS_CARRIES);

export class Translation {
  readonly b = new BlockBuilder();
  /** The block has its last op. */
  ended = false;
  private current: Instruction | undefined;
  /** Where `repeat` begins the present instruction again. */
  private startLabel = 0;
  /** Fields of the present instruction that are read when it is executed. */
  private readonly open = new Map<Field, Operand>();
  /** Fields of the present instruction that its IR depends on by nothing but `constant`. */
  fields: Field[] = [];

  constructor(readonly context: Context) {}

  get i(): Instruction {
    if (this.current === undefined) throw new Error('No instruction is being translated.');
    return this.current;
  }

  /** Registers are moved on before an access that may fault: see the trait. */
  get keepsProgress(): boolean {
    return this.context.model.faultsKeepProgress && !this.context.protectedMode;
  }

  /**
   * Begins an instruction: everything behind this op belongs to it. `place`: where in wasm memory a field is read when the
   * instruction is executed; 0 for one that stays what it is.
   */
  begin(instruction: Instruction, place: (field: Field) => number): void {
    this.current = instruction;
    this.b.freeTemps();
    this.startLabel = this.b.label();
    this.b.place(this.startLabel);
    this.b.emit('insn', 32, undefined, [], [instruction.offset]);
    if (this.fields.length > 0) this.fields = [];
    if (this.open.size > 0) this.open.clear();
    // An instruction may write over itself: what it is was read before.
    for (const operand of instruction.operands) {
      for (const field of fieldsOf(operand)) {
        const host = place(field);
        if (host === 0) continue;
        const value = this.b.temp();
        this.b.emit('code', (8 * field.bytes) as Width, value, [], [host]);
        this.open.set(field, value);
      }
    }
  }

  /** A constant of the instruction as its field says, cut to `width`. */
  private constant(field: Field | undefined, value: number, width: IntWidth): Operand {
    if (field === undefined) return constant(value);
    if (!this.fields.includes(field)) this.fields.push(field);
    const open = this.open.get(field);
    if (open === undefined || !field.signed) return open ?? constant(value);
    const wide = this.b.value('sext', (8 * field.bytes) as Width, open);
    return width === 32 ? wide : this.b.value('zext', width, wide);
  }

  private isOpen(field: Field | undefined): boolean {
    return field !== undefined && this.open.has(field);
  }

  /* ------------------------------------------------------------------------------ values */

  /** `operand` zero-extended from `width` to 32 bits, in a form that survives writes to its register. */
  zext(operand: Operand, width: IntWidth): Operand {
    if (operand.kind !== 'register') return operand;
    return this.b.value(width === 32 ? 'mov' : 'zext', width, operand);
  }

  /** The register slice of an operand. */
  slice(index: number, width: IntWidth): Operand {
    return register(width === 8 ? R.gpr8(index) : R.gpr(index));
  }

  move(dst: Operand, width: Width, source: Operand): void {
    this.b.emit('mov', width, dst, [source]);
  }

  /* ------------------------------------------------------------------------------ operands */

  width(operand: DecodedOperand): IntWidth {
    switch (operand.kind) {
      case 'register':
      case 'immediate':
        return operand.width;
      case 'memory':
        return operand.width as IntWidth;
      default:
        return 16;
    }
  }

  /** An operand's value, to be read at its width. A register is given as itself: read it before it is written. */
  read(operand: DecodedOperand): Operand {
    switch (operand.kind) {
      case 'register':
        return this.slice(operand.index, operand.width);
      case 'immediate':
        return this.constant(operand.field, operand.value, operand.width);
      case 'memory':
        return this.load(operand.segment, this.address(operand), operand.width as IntWidth);
      case 'segment':
        return register(R.segment(operand.index, R.SEG_SELECTOR));
      default:
        throw new Error(`A ${operand.kind} operand has no value.`);
    }
  }

  /** Writes a register or memory operand. */
  write(operand: DecodedOperand, value: Operand): void {
    if (operand.kind === 'register') this.move(this.slice(operand.index, operand.width), operand.width, value);
    else if (operand.kind === 'memory')
      this.store(operand.segment, this.address(operand), operand.width as IntWidth, value);
    else throw new Error(`A ${operand.kind} operand can't be written.`);
  }

  /** A destination that is read and then written: the address is computed once. */
  modify(operand: DecodedOperand): { value: Operand; write: (value: Operand) => void; isMemory: boolean } {
    if (operand.kind !== 'memory')
      return { value: this.read(operand), write: (value) => this.write(operand, value), isMemory: false };
    const offset = this.address(operand);
    const { segment } = operand;
    const width = operand.width as IntWidth;
    if (this.context.model.wrapsOffsets)
      return {
        value: this.load(segment, offset, width),
        write: (value) => this.store(segment, offset, width, value),
        isMemory: true,
      };
    // What can be written can be read: one check, before either.
    const at = this.linear(segment, offset, width / 8, true);
    // A locked instruction (XCHG always is) reads with the rights of its write.
    if (this.context.paged && (this.i.lock || this.i.row.mnemonic === 'XCHG'))
      this.helper('PROBE_WRITE', at, constant(width / 8));
    return {
      value: this.b.value('load', width, at),
      write: (value) => this.b.emit('store', width, undefined, [at, value]),
      isMemory: true,
    };
  }

  /**
   * The offset that a memory operand names, 32 bits zero-extended. `esp`: what stands for ESP (POP uses its new value).
   */
  address(memory: MemoryOperand, esp?: Operand): Operand {
    const size = memory.addressSize;
    const base = (index: number): Operand => (index === 4 && esp !== undefined ? esp : register(R.gpr(index)));
    let sum: Operand | undefined;
    if (memory.base >= 0) sum = base(memory.base);
    if (memory.index >= 0) {
      let index = base(memory.index);
      if (memory.scale > 1) index = this.b.value('shl', size, index, constant(Math.log2(memory.scale)));
      sum = sum === undefined ? index : this.b.value('add', size, sum, index);
    }
    const displacement = this.constant(memory.field, memory.displacement, size);
    if (sum === undefined) return displacement;
    if (memory.displacement !== 0 || this.isOpen(memory.field)) return this.b.value('add', size, sum, displacement);
    return size === 16 ? this.zext(sum, 16) : sum;
  }

  /** Selector and offset of a far pointer in the instruction. */
  far(operand: Extract<DecodedOperand, { kind: 'far' }>): { selector: Operand; offset: Operand } {
    return {
      offset: this.constant(operand.offsetField, operand.offset, this.i.operandSize),
      selector: this.constant(operand.selectorField, operand.selector, 16),
    };
  }

  /** Where a relative operand leads, cut to the operand size; a number where that is known. */
  relative(operand: DecodedOperand): number | Operand {
    if (operand.kind !== 'relative') throw new Error('A relative operand is needed.');
    const size = this.i.operandSize;
    const distance = this.constant(operand.field, operand.target, size);
    return this.isOpen(operand.field) ? this.b.value('add', size, distance, constant(this.i.next)) : operand.target;
  }

  /** `offset` plus `bytes`, cut to the address size. */
  offsetBy(offset: Operand, bytes: number, size: 16 | 32): Operand {
    return bytes === 0 ? offset : this.b.value('add', size, offset, constant(bytes));
  }

  /* ------------------------------------------------------------------------------ memory */

  private isFlat(segment: number): boolean {
    return (this.context.flat & (1 << segment)) !== 0;
  }

  /** Whether a segment admits all offsets of 16 bits and no others. */
  isFull16(segment: number): boolean {
    return (this.context.full16 & (1 << segment)) !== 0;
  }

  /** Faults unless `bytes` bytes at `offset` may be read (written) through a segment. */
  check(segment: number, offset: Operand, bytes: number, write: boolean): void {
    if (this.isFlat(segment) || this.context.model.wrapsOffsets) return;
    const fault = segment === R.SS ? VECTOR.SS : VECTOR.GP;
    if (this.isFull16(segment)) {
      const last = 0x1_0000 - bytes;
      if (this.b.greatest(offset) > last) this.b.emit('limit', 32, undefined, [offset], [last, fault]);
      return;
    }
    const bounds = R.segment(segment, write ? R.SEG_WRITE_LOW : R.SEG_READ_LOW);
    this.b.emit('bound', 32, undefined, [offset], [bounds, bytes, fault]);
  }

  /** Faults before anything is accessed unless `bytes` bytes at `offset` may be written. */
  probeWrite(segment: number, offset: Operand, bytes: number): void {
    this.check(segment, offset, bytes, true);
    if (this.context.paged) this.helper('PROBE_WRITE', this.linear(segment, offset, bytes, true), constant(bytes));
  }

  /** The linear address of a checked access. */
  linear(segment: number, offset: Operand, bytes: number, write: boolean): Operand {
    if (this.isFlat(segment)) return offset;
    this.check(segment, offset, bytes, write);
    const base = register(R.segment(segment, R.SEG_BASE));
    // A constant must stand last to need no temporary.
    return offset.kind === 'const' ? this.b.value('add', 32, base, offset) : this.b.value('add', 32, offset, base);
  }

  /** Reads memory through a segment; gives a temporary, zero-extended. */
  load(segment: number, offset: Operand, width: IntWidth): Operand {
    if (this.context.model.wrapsOffsets && width === 16) return this.loadWrapping(segment, offset);
    return this.b.value('load', width, this.linear(segment, offset, width / 8, false));
  }

  /** Writes memory through a segment. */
  store(segment: number, offset: Operand, width: IntWidth, value: Operand): void {
    if (this.context.model.wrapsOffsets && width === 16) {
      this.storeWrapping(segment, offset, value);
      return;
    }
    this.b.emit('store', width, undefined, [this.linear(segment, offset, width / 8, true), value]);
  }

  /** On an 8086 the second byte of a word at offset FFFFh is at offset 0. */
  private loadWrapping(segment: number, offset: Operand): Operand {
    const { b } = this;
    const result = b.temp();
    const split = b.label();
    const end = b.label();
    b.emit('br_if', 32, undefined, [b.value('eq', 32, this.variable(offset), constant(0xffff))], [split]);
    b.emit('load', 16, result, [this.linear(segment, offset, 2, false)]);
    b.emit('br', 32, undefined, [], [end]);
    b.place(split);
    const low = b.value('load', 8, this.linear(segment, constant(0xffff), 1, false));
    const high = b.value('load', 8, this.linear(segment, constant(0), 1, false));
    b.emit('or', 32, result, [low, b.value('shl', 32, high, constant(8))]);
    b.place(end);
    b.emit('zext', 16, result, [result]);
    return result;
  }

  private storeWrapping(segment: number, offset: Operand, value: Operand): void {
    const { b } = this;
    const word = this.variable(value);
    const split = b.label();
    const end = b.label();
    b.emit('br_if', 32, undefined, [b.value('eq', 32, this.variable(offset), constant(0xffff))], [split]);
    b.emit('store', 16, undefined, [this.linear(segment, offset, 2, true), word]);
    b.emit('br', 32, undefined, [], [end]);
    b.place(split);
    b.emit('store', 8, undefined, [this.linear(segment, constant(0xffff), 1, true), word]);
    b.emit('store', 8, undefined, [this.linear(segment, constant(0), 1, true), b.value('shru', 16, word, constant(8))]);
    b.place(end);
    b.emit('mov', 32, b.temp(), [constant(0)]);
  }

  /** A constant as a temporary; anything else as it is. */
  variable(operand: Operand): Operand {
    if (operand.kind !== 'const') return operand;
    const temp = this.b.temp();
    this.b.emit('mov', 32, temp, [operand]);
    return temp;
  }

  /* ------------------------------------------------------------------------------ stack */

  /** The stack offset `bytes` from the stack pointer, zero-extended. */
  stackAt(bytes: number): Operand {
    const size = this.context.stackSize;
    const sp = register(R.ESP);
    if (bytes === 0) return size === 16 ? this.zext(sp, 16) : sp;
    return this.b.value('add', size, sp, constant(bytes < 0 ? bytes + 2 ** size : bytes));
  }

  setStack(offset: Operand): void {
    this.move(register(R.ESP), this.context.stackSize, offset);
  }

  push(value: Operand, width: 16 | 32): void {
    const offset = this.stackAt(-(width / 8));
    this.store(R.SS, offset, width, value);
    this.setStack(offset);
  }

  /** The stack pointer as a linear address, after adding `bytes`: for the call record. */
  stackLinear(bytes: number): Operand {
    const offset = this.stackAt(bytes);
    return this.isFlat(R.SS) ? offset : this.b.value('add', 32, offset, register(R.segment(R.SS, R.SEG_BASE)));
  }

  /** A code offset as a linear address. */
  codeLinear(offset: Operand): Operand {
    return this.context.csBase === 0 ? offset : this.b.value('add', 32, offset, constant(this.context.csBase));
  }

  /* ------------------------------------------------------------------------------ flags */

  /** Sign, zero and parity from `value`. */
  setResult(value: Operand, width: IntWidth): void {
    this.b.emit(width === 32 ? 'mov' : 'sext', width, RESULT, [value]);
  }

  flagsAdd(width: IntWidth, a: Operand, b: Operand, result: Operand): void {
    this.b.emit('carries_add', width, CARRIES, [a, b, result]);
    this.setResult(result, width);
  }

  flagsSub(width: IntWidth, a: Operand, b: Operand, result: Operand): void {
    this.b.emit('carries_sub', width, CARRIES, [a, b, result]);
    this.setResult(result, width);
  }

  /** Flags of a logical operation: no carry, no overflow. */
  flagsLogic(width: IntWidth, result: Operand): void {
    this.move(CARRIES, 32, constant(0));
    this.setResult(result, width);
  }

  /** Flags of INC and DEC: all but the carry. */
  flagsKeepCarry(op: 'carries_add' | 'carries_sub', width: IntWidth, a: Operand, result: Operand): void {
    const carries = this.b.value(op, width, a, constant(1), result);
    this.b.emit('keep_carry', 32, CARRIES, [CARRIES, carries]);
    this.setResult(result, width);
  }

  /** The carry flag as 0 or 1. */
  carry(): Operand {
    return this.b.value('shru', 32, CARRIES, constant(31));
  }

  overflow(): Operand {
    return this.b.value('flag_o', 32, RESULT, CARRIES);
  }

  /** Sets carry and overflow (each 0 or 1), leaving the other flags alone. */
  setCarryOverflow(carry: Operand, overflow: Operand): void {
    const { b } = this;
    const kept = b.value('and', 32, CARRIES, constant(0x0000ff09));
    const top = b.value('shl', 32, carry, constant(31));
    const second = b.value('shl', 32, b.value('xor', 32, this.variable(carry), overflow), constant(30));
    b.emit('or', 32, CARRIES, [b.value('or', 32, kept, top), second]);
  }

  /** Sets carry and overflow together with result flags that come from `result`. */
  setShiftFlags(carry: Operand, overflow: Operand, result: Operand, width: IntWidth): void {
    const { b } = this;
    const top = b.value('shl', 32, carry, constant(31));
    const second = b.value('shl', 32, b.value('xor', 32, this.variable(carry), overflow), constant(30));
    b.emit('or', 32, CARRIES, [top, second]);
    this.setResult(result, width);
  }

  /** Condition `code` (the encoding's number) as 0 or not 0; `inverted` means that 0 is true. */
  condition(code: number): { value: Operand; inverted: boolean } {
    const op = (['flag_o', 'flag_c', 'flag_z', 'flag_be', 'flag_s', 'flag_p', 'flag_l', 'flag_le'] as const)[code >> 1];
    if (op === undefined) throw new Error(`There is no condition ${code}.`);
    return { value: this.b.value(op, 32, RESULT, CARRIES), inverted: (code & 1) !== 0 };
  }

  /* ------------------------------------------------------------------------------ leaving */

  helper(name: HelperName, a: Operand = constant(0), b: Operand = constant(0)): void {
    this.b.emit('call', 32, undefined, [this.variable(a), b], [HELPER_ID[name]]);
  }

  /** Does a routine, or calls the helper where that declines. */
  routine(number: number, name: HelperName, a: Operand, b: Operand): void {
    this.b.emit('routine', 32, undefined, [this.variable(a), b], [number, HELPER_ID[name]]);
  }

  helperValue(name: HelperName, a: Operand = constant(0), b: Operand = constant(0)): Operand {
    const result = this.b.temp();
    this.b.emit('call_value', 32, result, [this.variable(a), b], [HELPER_ID[name]]);
    return result;
  }

  fault(vector: number): void {
    this.b.emit('exit', 32, undefined, [], [EXIT.FAULT, vector]);
  }

  /** Faults if `condition` is not 0. */
  faultIf(condition: Operand, vector: number): void {
    const on = this.b.label();
    this.b.emit('br_if', 32, undefined, [this.b.value('eq', 32, condition, constant(0))], [on]);
    this.fault(vector);
    this.b.place(on);
  }

  /** Ends the block at an offset of the same code segment. */
  goto(offset: number): void {
    this.b.emit('goto', 32, undefined, [], [offset, 0]);
    this.ended = true;
  }

  gotoIf(condition: Operand, offset: number): void {
    this.b.emit('goto_if', 32, undefined, [condition], [offset, 0]);
  }

  gotoRegister(offset: Operand): void {
    this.b.emit('goto_ind', 32, undefined, [offset]);
    this.ended = true;
  }

  /** Ends the block behind a helper that has set EIP. */
  gotoEip(): void {
    this.gotoRegister(register(R.EIP));
  }

  /** Behind a helper that may have changed what follows means: it is translated for the context as it was. */
  keepContext(): void {
    this.b.emit('same_context', 32, undefined, [], [this.context.id, this.i.next]);
  }

  exit(reason: number, detail: number): void {
    this.b.emit('exit', 32, undefined, [], [reason, detail]);
    this.ended = true;
  }

  /** Begins the instruction again, as one more iteration. */
  repeatInstruction(): void {
    this.b.emit('repeat', 32, undefined, [], [this.startLabel]);
  }
}
