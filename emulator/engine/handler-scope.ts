/**
 * What the interpreter's handlers are written with: the locals of its one function, the slots that an op names, ways to go
 * on, to leave and to call the host. Fuel is written back before each call and read again after it, since a device may
 * have moved a deadline nearer.
 */
import { EXIT } from '../ir/exits';
import { opRow, resultType } from '../ir/ops';
import type { Routine } from '../ir/routine';
import { RUN_DETAIL, RUN_FUEL, RUN_IP } from '../memory/layout';
import type { FlagSlots } from './compiler/passes';
import { encodedSize, type Layout } from './bytecode';
import { isWord, type NanRule, type RowContext, sourceType } from './lowering';
import type { Emitter } from './wasm/emitter';
import type { FunctionImport, Signature } from './wasm/module';
import type { ValueType, WasmMnemonic } from './wasm/opcodes';

/** What the interpreter of a guest architecture needs to know. */
export interface InterpreterConfig {
  /** Byte offset of the program counter's slot; 32 bits wide. */
  readonly pcOffset: number;
  readonly nan: NanRule;
  /** Offsets of the 32-bit registers that compiled code has as parameters (compiler/emit). */
  readonly promoted: readonly number[];
  readonly flags: FlagSlots;
  readonly strings: StringRegisters;
  /** Numbered by their order. */
  readonly routines: readonly Routine[];
  /** Whether the host has tail calls; else engine/driver calls what is next. */
  readonly tailCalls: boolean;
}

/** Offsets of the 32-bit registers of string instructions. */
export interface StringRegisters {
  readonly counter: number;
  readonly source: number;
  readonly target: number;
  /** Elements from one to the next: 1, or -1 where they go down. */
  readonly step: number;
  /** What is written, or looked for. */
  readonly value: number;
}

/** Type of the functions of compiled regions: label, fuel, promoted registers. */
export const regionSignature = (promoted: readonly number[]): Signature => ({
  parameters: new Array<ValueType>(promoted.length + 2).fill('i32'),
  results: ['i32'],
});

/** What the function calls in the host. */
export const hostImports = (): readonly FunctionImport[] => {
  const signature = (parameters: number, results: number) => ({
    parameters: new Array<ValueType>(parameters).fill('i32'),
    results: new Array<ValueType>(results).fill('i32'),
  });
  return [
    // (address, size) -> 0: the value lies in the scratch slot; else leave with EXIT.HELPER
    { module: 'host', name: 'load', signature: signature(2, 1) },
    // (address, size), value in the scratch slot -> 0 done, else leave
    { module: 'host', name: 'store', signature: signature(2, 1) },
    // (helper, a, b) -> 0 go on (result in the scratch slot), else leave
    { module: 'host', name: 'helper', signature: signature(3, 1) },
  ];
};
export const IMPORT_LOAD = 0;
export const IMPORT_STORE = 1;
export const IMPORT_HELPER = 2;
/** Functions of the module, numbered behind the imports. */
export const INTERPRET = 3;
export const PLANES_LOAD = 4;
export const PLANES_STORE = 5;
export const DIRECT_RUN = 6;
export const SAME_CODE = 7;
export const COPY_BYTES = 8;
/** The first of those for string instructions, in the order of BULK_OPS. */
export const BULK_FIRST = 9;
export const BULK_OPS = ['bulk_move', 'bulk_fill', 'bulk_skip', 'bulk_compare', 'bulk_scan'] as const;
export type BulkOp = (typeof BULK_OPS)[number];
/** How far the bytes of an element of `width` bits are shifted: their `shift`. */
export const elementShift = (width: number): number => Math.log2(width / 8);
/** Type of the function of a bulk op. */
export const bulkSignature = (op: BulkOp): Signature => ({
  parameters: new Array<ValueType>(BULK_LEADING + opRow(op).immediates.length).fill('i32'),
  results: ['i32'],
});
/** Parameters before the op's immediates: cpu, fuel, shift. */
const BULK_LEADING = 3;
/** A function of a bulk op: the number of iterations done. */
export type BulkFunctions = Readonly<Record<BulkOp, (...parameters: readonly number[]) => number>>;
export const CARRIES = BULK_FIRST + BULK_OPS.length;
/** What regions leave by (engine/leaving). */
export const SETTLE = CARRIES + 1;
const LEAVE = SETTLE + 1;
const LOOK_UP = LEAVE + 1;
/** The one that does any routine by its number; the routines lie behind it. */
export const ANY_ROUTINE = LOOK_UP + 1;
export const FIRST_ROUTINE = ANY_ROUTINE + 1;
/** Type of compiled regions, numbered behind those of the functions. */
export const regionType = ({ routines, tailCalls }: InterpreterConfig): number =>
  FIRST_ROUTINE + routines.length + (tailCalls ? 0 : 1);

/** Locals: parameters first, then scratch. */
export const CPU = 0;
export const IP = 1;
export const FUEL = 2;
export const ADDRESS = 3;
export const ENTRY = 4;
export const VALUE = 5;
export const FIRST_ROW_LOCAL = 6;
export const ROW_TYPES: readonly ValueType[] = ['i32', 'i64', 'f32', 'f64', 'v128'];

/** Names of the locals, for stacks, profiles and texts. */
export const LOCAL_NAMES: readonly string[] = [
  'cpu',
  'ip',
  'fuel',
  'address',
  'entry',
  'value',
  ...ROW_TYPES.flatMap((type) => [0, 1, 2].map((i) => `${type}_${i}`)),
];

/** Index of scratch local `index` of `type`. */
export const rowLocal = (type: ValueType, index: 0 | 1 | 2): number =>
  FIRST_ROW_LOCAL + ROW_TYPES.indexOf(type) * 3 + index;
export const localName = (index: number): string => LOCAL_NAMES[index] ?? String(index);
/** One instance makes the handlers of one module, or the text of one handler. */
export class HandlerScope<E extends Emitter = Emitter> {
  constructor(
    readonly out: E,
    readonly config: InterpreterConfig,
  ) {}

  /** Pushes the host address of the slot that the u16 at `ip + at` names. */
  slot(at: number): void {
    this.out.emit('local.get', CPU);
    this.out.emit('local.get', IP);
    this.out.emit('i32.load16_u', at);
    this.out.emit('i32.add');
  }

  /** Pushes source `index` of `layout`, zero-extended. */
  source(layout: Layout, index: number): void {
    const { op, width, constant } = layout.form;
    const type = sourceType(op, width, index);
    const at = layout.sources[index];
    if (constant && index === opRow(op).sources - 1) {
      this.out.emit('local.get', IP);
      this.out.emit(type === 'i64' ? 'i64.load' : 'i32.load', at);
      return;
    }
    this.slot(at);
    const narrow = type === 'i32' && !isWord(op, index) && width < 32;
    this.out.emit(narrow ? (width === 8 ? 'i32.load8_u' : 'i32.load16_u') : (`${type}.load` as WasmMnemonic));
  }

  field(layout: Layout, name: string): void {
    const index = opRow(layout.form.op).immediates.indexOf(name);
    this.out.emit('local.get', IP);
    this.out.emit('i32.load', layout.immediates[index]);
  }

  /** Pushes all constant fields, in their order. */
  fields(layout: Layout): void {
    for (const at of layout.immediates) {
      this.out.emit('local.get', IP);
      this.out.emit('i32.load', at);
    }
  }

  /** Stores the value on the stack, above the slot address, as the result. */
  storeResult(layout: Layout): void {
    const { op, width, toTemp } = layout.form;
    const type = resultType(opRow(op), width) ?? 'i32';
    if (type === 'i32' && opRow(op).result === 'same' && !toTemp && width < 32) {
      this.out.emit(width === 8 ? 'i32.store8' : 'i32.store16');
    } else this.out.emit(`${type}.store` as WasmMnemonic);
  }

  /** Stores constant `value` at a run-state offset. */
  setRun(offset: number, push: () => void): void {
    this.out.emit('local.get', CPU);
    push();
    this.out.emit('i32.store', offset);
  }

  /** The same for 64 bits. */
  setRun64(offset: number, push: () => void): void {
    this.out.emit('local.get', CPU);
    push();
    this.out.emit('i64.store', offset);
  }

  leave(reason: number, detail?: () => void): void {
    if (detail !== undefined) this.setRun(RUN_DETAIL, detail);
    this.setRun(RUN_FUEL, () => this.out.emit('local.get', FUEL));
    this.setRun(RUN_IP, () => this.out.emit('local.get', IP));
    this.out.emit('i32.const', reason);
    this.out.emit('return');
  }

  setPc(push: () => void): void {
    this.setRun(this.config.pcOffset, push);
  }

  /** Goes on behind the present op: the end of nearly every handler. `depth`: nesting down to the loop. */
  next(layout: Layout, depth: number): void {
    this.out.emit('local.get', IP);
    this.out.emit('i32.const', encodedSize(layout));
    this.out.emit('i32.add');
    this.out.emit('local.set', IP);
    this.out.emit('br', depth);
  }

  rowContext(layout: Layout): RowContext {
    return {
      out: this.out,
      width: layout.form.width,
      nan: this.config.nan,
      source: (index) => this.source(layout, index),
      local: rowLocal,
    };
  }

  /** Calls the host between writing the fuel back and reading it again; leaves when it says so. */
  callHost(push: () => void, callee: number): void {
    this.setRun(RUN_FUEL, () => this.out.emit('local.get', FUEL));
    this.setRun(RUN_IP, () => this.out.emit('local.get', IP));
    push();
    this.out.emit('call', callee);
    this.out.open('if');
    this.out.emit('i32.const', EXIT.HELPER);
    this.out.emit('return');
    this.out.emit('end');
    this.out.emit('local.get', CPU);
    this.out.emit('i32.load', RUN_FUEL);
    this.out.emit('local.set', FUEL);
  }

  branch(layout: Layout, depth: number): void {
    this.out.emit('local.get', IP);
    this.field(layout, 'label');
    this.out.emit('i32.add');
    this.out.emit('local.set', IP);
    this.out.emit('br', depth);
  }
}
