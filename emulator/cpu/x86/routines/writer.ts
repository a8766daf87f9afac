/** What routines are written with: slots, the soft TLB, memos, and what all transfers do with flags and the call record. */
import { BlockBuilder, constant, type IrBlock, type Operand } from '../../../ir/block';
import { PARAMETERS, type Routine } from '../../../ir/routine';
import type { OpName, Width } from '../../../ir/ops';
import {
  CPU_BASE,
  FRAME_ENTRY_BYTES,
  FRAME_LIMIT,
  FRAME_RECORD,
  PAGE_BITS,
  PAGE_MASK,
  RUN_CONTEXT,
  RUN_DEPTH,
  RUN_FUEL,
  RUN_LIMIT,
  RUN_TLB,
  TLB,
  TLB_ENTRIES,
  TLB_ENTRY_BYTES,
} from '../../../memory/layout';
import { TLB_ADDEND, TLB_READ, TLB_WRITE } from '../../../memory/tlb';
import { flagsWord, setFlagsWord } from '../flag-words';
import { MEMO, MEMO_BYTES, MEMO_COUNT, MEMO_MIX, RUN_EXTENTS, RUN_TABLES } from '../memos';
import * as R from '../registers';

/** A value: an operand, or a number as a constant of 32 bits. */
export type Value = Operand | number;

export const slot = (offset: number): Operand => ({ kind: 'register', offset });
const operand = (value: Value): Operand => (typeof value === 'number' ? constant(value >>> 0) : value);

export class RoutineWriter {
  private readonly b = new BlockBuilder();
  private readonly declined = this.b.label();
  readonly a: Operand;
  readonly second: Operand;

  constructor() {
    [this.a, this.second] = PARAMETERS.map(() => this.b.temp()) as [Operand, Operand];
  }

  /** Ends the routine. */
  finish(): IrBlock {
    const { b } = this;
    b.emit('give', 32, undefined, [constant(1)]);
    b.place(this.declined);
    b.emit('give', 32, undefined, [constant(0)]);
    return b.finish();
  }

  /** A value computed from others, in a temporary: it does not change when a slot does. */
  v(op: OpName, ...sources: readonly Value[]): Operand {
    return this.b.value(op, 32, ...sources.map(operand));
  }

  wide(op: OpName, ...sources: readonly Value[]): Operand {
    return this.b.value(op, 64, ...sources.map(operand));
  }

  get(offset: number): Operand {
    return this.v('mov', slot(offset));
  }

  set(offset: number, value: Value, width: Width = 32): void {
    this.b.emit('mov', width, slot(offset), [operand(value)]);
  }

  peek(at: Value, offset: number, width: Width = 32): Operand {
    const to = this.b.temp();
    this.b.emit('peek', width, to, [operand(at)], [offset]);
    return to;
  }

  poke(at: Value, offset: number, value: Value, width: Width = 32): void {
    this.b.emit('poke', width, undefined, [operand(at), operand(value)], [offset]);
  }

  /** Leaves it to the helper if `condition` is not 0: before anything is changed. */
  declineIf(condition: Operand): void {
    this.b.emit('br_if', 32, undefined, [condition], [this.declined]);
  }

  declineUnlessEqual(a: Value, b: Value): void {
    this.declineIf(this.v('ne', a, b));
  }

  /** Does `then` if `condition` is not 0, else `otherwise`. */
  either(condition: Operand, then: () => void, otherwise: () => void): void {
    const { b } = this;
    const taken = b.label();
    const end = b.label();
    b.emit('br_if', 32, undefined, [condition], [taken]);
    otherwise();
    b.emit('br', 32, undefined, [], [end]);
    b.place(taken);
    then();
    b.place(end);
  }

  /** A temporary to be assigned on several ways. */
  variable(value: Value): Operand {
    const temp = this.b.temp();
    this.assign(temp, value);
    return temp;
  }

  assign(to: Operand, value: Value): void {
    this.b.emit('mov', 32, to, [operand(value)]);
  }

  /** Offset in wasm memory, less that of the first table, of the soft TLB's entry for an address. */
  tlbEntry(linear: Value): Operand {
    const places = this.v('shru', linear, PAGE_BITS - Math.log2(TLB_ENTRY_BYTES));
    return this.v('and', places, (TLB_ENTRIES - 1) * TLB_ENTRY_BYTES);
  }

  /** Place in the machine's memory of `bytes` bytes at a linear address that a supervisor may read (write) without asking. */
  reach(linear: Value, bytes: Value, write: boolean): Operand {
    const entry = this.tlbEntry(linear);
    const tag = this.peek(entry, CPU_BASE + TLB + (write ? TLB_WRITE : TLB_READ));
    const last = this.v('sub', this.v('add', linear, bytes), 1);
    this.declineUnlessEqual(tag, this.v('and', last, ~PAGE_MASK));
    return this.v('add', linear, this.peek(entry, CPU_BASE + TLB + TLB_ADDEND));
  }

  /** Declines unless `bytes` bytes at `offset` lie within the bounds (low, size) at a segment's field. */
  within(s: number, field: number, offset: Operand, bytes: Value): void {
    const from = this.v('sub', offset, slot(R.segment(s, field)));
    const end = this.wide('add', this.b.value('extend_u', 32, from), this.b.value('extend_u', 32, operand(bytes)));
    const past = this.b.temp();
    this.b.emit('ltu', 64, past, [slot(R.segment(s, field) + 8), end]);
    this.declineIf(past);
  }

  /** Finds the memo of `key` in the present context; declines when there is none. */
  memo(table: number, key: Operand): Operand {
    const context = this.get(RUN_CONTEXT);
    const shifted = this.v('xor', this.v('shru', key, 7), this.v('shru', key, 13));
    const mixed = this.v('xor', this.v('xor', key, shifted), this.v('mul', context, MEMO_MIX));
    const memo = this.v('add', this.v('mul', this.v('and', mixed, MEMO_COUNT - 1), MEMO_BYTES), table);
    this.declineUnlessEqual(this.peek(memo, MEMO.KEY), this.v('or', key, 0x8000_0000));
    this.declineUnlessEqual(this.peek(memo, MEMO.CONTEXT), context);
    this.declineUnlessEqual(this.peek(memo, MEMO.TABLES), slot(RUN_TABLES));
    return memo;
  }

  /** Declines unless the descriptor whose address and words lie in a memo is what it was. */
  unchanged(memo: Operand, address: number, words: number): void {
    const host = this.reach(this.peek(memo, address), 8, false);
    const differs = this.b.temp();
    this.b.emit('ne', 64, differs, [this.peek(host, 0, 64), this.peek(memo, words, 64)]);
    this.declineIf(differs);
  }

  /** Fills a segment's slots. */
  copyImage(memo: Operand, field: number, s: number): void {
    for (let at = 0; at < 64; at += 16)
      this.poke(0, CPU_BASE + R.segment(s, 0) + at, this.peek(memo, field + at, 128), 128);
  }

  /** Enters the context that a memo says. */
  enterContext(memo: Operand): void {
    this.set(RUN_CONTEXT, this.peek(memo, MEMO.NEXT_CONTEXT));
    this.set(RUN_EXTENTS, this.peek(memo, MEMO.NEXT_EXTENTS));
    this.set(RUN_TLB, this.peek(memo, MEMO.NEXT_TLB));
  }

  /** EFLAGS as the manual lays it out; `fixed`: bits that are always set. */
  flags(fixed: Operand): Operand {
    return flagsWord(this.b, fixed);
  }

  /** Sets DF and the condition codes from EFLAGS. */
  setFlags(flags: Operand): void {
    setFlagsWord(this.b, flags);
  }

  /** Declines when the call record is full. */
  needRoomInRecord(): void {
    this.declineIf(this.v('eq', slot(RUN_DEPTH), FRAME_LIMIT));
  }

  /** Notes a call that the present instruction makes. */
  pushRecord(returnTo: Operand, sp: Operand, target: Operand, kind: Operand): void {
    const entry = this.v('mul', slot(RUN_DEPTH), FRAME_ENTRY_BYTES);
    [returnTo, sp, target, kind].forEach((value, index) => {
      this.poke(entry, CPU_BASE + FRAME_RECORD + 4 * index, value);
    });
    const left = this.b.value('extend_u', 32, slot(RUN_FUEL));
    const count = this.wide('sub', this.wide('sub', slot(RUN_LIMIT), left), 1);
    this.poke(entry, CPU_BASE + FRAME_RECORD + 16, count, 64);
    this.poke(entry, CPU_BASE + FRAME_RECORD + 24, constant(0), 64);
    this.set(RUN_DEPTH, this.v('add', slot(RUN_DEPTH), 1));
  }

  /** Declines unless the last call of the record is the one that returns to `target` with the stack pointer at `sp`. Gives its depth behind. */
  lastRecord(target: Operand, sp: Operand): Operand {
    const depth = this.get(RUN_DEPTH);
    const entry = this.v('mul', depth, FRAME_ENTRY_BYTES);
    const field = (at: number) => this.peek(entry, CPU_BASE + FRAME_RECORD - FRAME_ENTRY_BYTES + at);
    const differs = this.v('or', this.v('xor', field(0), target), this.v('xor', field(4), sp));
    this.declineIf(this.v('or', differs, this.v('eq', depth, 0)));
    return this.v('sub', depth, 1);
  }
}

/** Makes a routine that is written when its block is asked for, which who has the interpreter's module already does not do. */
export const routine = (name: string, usesRegisters: boolean, write: (w: RoutineWriter) => void) => (): Routine => {
  let block: IrBlock | undefined;
  const written = (): IrBlock => {
    const w = new RoutineWriter();
    write(w);
    return w.finish();
  };
  return {
    name,
    usesRegisters,
    get block() {
      block ??= written();
      return block;
    },
  };
};
