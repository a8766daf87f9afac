/**
 * The interpreter: one wasm function, generated at start from the op table and the lowering table. It runs bytecode
 * (engine/bytecode) in a `br_table` loop until something makes it leave, and gives the exit reason (ir/exits).
 *
 * It is exact at every instruction: `insn` sets the program counter and takes one of the fuel before anything of the
 * instruction happens. Slow accesses, helpers and faults are calls into the host or exits; fuel is written back before
 * each call and read again after it, since a device may have moved a deadline nearer.
 */
import { EXIT, FRAME_HELPER } from '../ir/exits';
import { opRow, resultType } from '../ir/ops';
import {
  FRAME_LIMIT,
  FRAME_RECORD,
  JUMP_ENTRIES,
  JUMPS,
  RUN_BREAKPOINTS,
  RUN_CONTEXT,
  RUN_DEPTH,
  RUN_DETAIL,
  RUN_FUEL,
  RUN_IP,
  RUN_LIMIT,
  RUN_REPEATING,
  RUN_SCRATCH,
  RUN_TLB,
  TLB_ENTRIES,
} from '../memory/layout';
import { TLB_ADDEND, TLB_READ, TLB_WRITE } from '../memory/tlb';
import { encodedSize, LAYOUTS, type Layout } from './bytecode';
import { isWord, lower, type NanRule, type RowContext, sourceType } from './lowering';
import { BinaryEmitter, type Emitter, TextEmitter } from './wasm/emitter';
import { assembleModule, type FunctionImport } from './wasm/module';
import type { ValueType, WasmMnemonic } from './wasm/opcodes';

/** What the interpreter of a guest architecture needs to know. */
export interface InterpreterConfig {
  /** Byte offset of the program counter's slot; 32 bits wide. */
  readonly pcOffset: number;
  readonly nan: NanRule;
}

const imports = (): readonly FunctionImport[] => {
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
const IMPORT_LOAD = 0;
const IMPORT_STORE = 1;
const IMPORT_HELPER = 2;

/** Locals: parameters first, then scratch. */
const CPU = 0;
const IP = 1;
const FUEL = 2;
const ADDRESS = 3;
const ENTRY = 4;
const VALUE = 5;
const FIRST_ROW_LOCAL = 6;
const ROW_TYPES: readonly ValueType[] = ['i32', 'i64', 'f32', 'f64', 'v128'];

/** Names of the locals, for stacks, profiles and texts. */
const LOCAL_NAMES: readonly string[] = [
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

/** Emits the handlers; one instance makes one module. */
class Generator<E extends Emitter> {
  constructor(
    readonly out: E,
    private readonly config: InterpreterConfig,
  ) {}

  /** Pushes the host address of the slot that the u16 at `ip + at` names. */
  private slot(at: number): void {
    this.out.emit('local.get', CPU);
    this.out.emit('local.get', IP);
    this.out.emit('i32.load16_u', at);
    this.out.emit('i32.add');
  }

  /** Pushes source `index` of `layout`, zero-extended. */
  private source(layout: Layout, index: number): void {
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

  private field(layout: Layout, name: string): void {
    const index = opRow(layout.form.op).immediates.indexOf(name);
    this.out.emit('local.get', IP);
    this.out.emit('i32.load', layout.immediates[index]);
  }

  /** Stores the value on the stack, above the slot address, as the result. */
  private storeResult(layout: Layout): void {
    const { op, width, toTemp } = layout.form;
    const type = resultType(opRow(op), width) ?? 'i32';
    if (type === 'i32' && opRow(op).result === 'same' && !toTemp && width < 32) {
      this.out.emit(width === 8 ? 'i32.store8' : 'i32.store16');
    } else this.out.emit(`${type}.store` as WasmMnemonic);
  }

  /** Stores constant `value` at a run-state offset. */
  private setRun(offset: number, push: () => void): void {
    this.out.emit('local.get', CPU);
    push();
    this.out.emit('i32.store', offset);
  }

  private leave(reason: number, detail?: () => void): void {
    if (detail !== undefined) this.setRun(RUN_DETAIL, detail);
    this.setRun(RUN_FUEL, () => this.out.emit('local.get', FUEL));
    this.setRun(RUN_IP, () => this.out.emit('local.get', IP));
    this.out.emit('i32.const', reason);
    this.out.emit('return');
  }

  private setPc(push: () => void): void {
    this.setRun(this.config.pcOffset, push);
  }

  /** Goes on behind the present op: the end of nearly every handler. `depth`: nesting down to the loop. */
  private next(layout: Layout, depth: number): void {
    this.out.emit('local.get', IP);
    this.out.emit('i32.const', encodedSize(layout));
    this.out.emit('i32.add');
    this.out.emit('local.set', IP);
    this.out.emit('br', depth);
  }

  private rowContext(layout: Layout): RowContext {
    return {
      out: this.out,
      width: layout.form.width,
      nan: this.config.nan,
      source: (index) => this.source(layout, index),
      local: rowLocal,
    };
  }

  /** Calls the host between writing the fuel back and reading it again; leaves when it says so. */
  private callHost(push: () => void, callee: number): void {
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

  /** Pushes 1 when the access at ADDRESS may go straight to memory; sets ENTRY to the TLB entry. */
  private tlbHit(tag: number, size: number): void {
    const { out } = this;
    out.emit('local.get', CPU);
    out.emit('local.get', CPU);
    out.emit('i32.load', RUN_TLB);
    out.emit('i32.add');
    out.emit('local.get', ADDRESS);
    out.emit('i32.const', 12 - 5);
    out.emit('i32.shr_u');
    out.emit('i32.const', (TLB_ENTRIES - 1) << 5);
    out.emit('i32.and');
    out.emit('i32.add');
    out.emit('local.tee', ENTRY);
    out.emit('i32.load', tag);
    out.emit('local.get', ADDRESS);
    if (size > 1) {
      out.emit('i32.const', size - 1);
      out.emit('i32.add');
    }
    out.emit('i32.const', -4096);
    out.emit('i32.and');
    out.emit('i32.eq');
  }

  /** Pushes the offset in wasm memory of a hit. */
  private hostAddress(): void {
    this.out.emit('local.get', ADDRESS);
    this.out.emit('local.get', ENTRY);
    this.out.emit('i32.load', TLB_ADDEND);
    this.out.emit('i32.add');
  }

  private accessType(width: number): { type: ValueType; load: WasmMnemonic; store: WasmMnemonic } {
    switch (width) {
      case 8:
        return { type: 'i32', load: 'i32.load8_u', store: 'i32.store8' };
      case 16:
        return { type: 'i32', load: 'i32.load16_u', store: 'i32.store16' };
      case 32:
        return { type: 'i32', load: 'i32.load', store: 'i32.store' };
      case 64:
        return { type: 'i64', load: 'i64.load', store: 'i64.store' };
      default:
        return { type: 'v128', load: 'v128.load', store: 'v128.store' };
    }
  }

  /** Reverses the bytes of the value on the stack. */
  private swap(width: number): void {
    const { out } = this;
    const value = FIRST_ROW_LOCAL + (width === 64 ? 3 : 0);
    const type = width === 64 ? 'i64' : 'i32';
    out.emit('local.set', value);
    for (let byte = 0; byte < width / 8; byte++) {
      out.emit('local.get', value);
      out.emit(`${type}.const`, 8 * byte);
      out.emit(`${type}.shr_u`);
      out.emit(`${type}.const`, 0xff);
      out.emit(`${type}.and`);
      out.emit(`${type}.const`, width - 8 - 8 * byte);
      out.emit(`${type}.shl`);
      if (byte > 0) out.emit(`${type}.or`);
    }
  }

  private load(layout: Layout, big: boolean): void {
    const { out } = this;
    const { width } = layout.form;
    const access = this.accessType(width);
    this.addressSource(layout);
    this.tlbHit(TLB_READ, width / 8);
    out.open('if');
    this.slot(layout.destination);
    this.hostAddress();
    out.emit(access.load);
    if (big) this.swap(width);
    this.storeResult(layout);
    out.emit('else');
    this.callHost(() => {
      out.emit('local.get', ADDRESS);
      out.emit('i32.const', width / 8);
    }, IMPORT_LOAD);
    this.slot(layout.destination);
    out.emit('local.get', CPU);
    out.emit(access.load, RUN_SCRATCH);
    if (big) this.swap(width);
    this.storeResult(layout);
    out.emit('end');
  }

  private store(layout: Layout, big: boolean): void {
    const { out } = this;
    const { width } = layout.form;
    const access = this.accessType(width);
    const value = () => {
      this.source(layout, 1);
      if (big) this.swap(width);
    };
    this.addressSource(layout);
    this.tlbHit(TLB_WRITE, width / 8);
    out.open('if');
    this.hostAddress();
    value();
    out.emit(access.store);
    out.emit('else');
    out.emit('local.get', CPU);
    value();
    out.emit(access.store, RUN_SCRATCH);
    this.callHost(() => {
      out.emit('local.get', ADDRESS);
      out.emit('i32.const', width / 8);
    }, IMPORT_STORE);
    out.emit('end');
  }

  /** Address operands are 32 bits wide whatever the access is. */
  private addressSource(layout: Layout): void {
    const at = layout.sources[0];
    const constant = layout.form.constant && opRow(layout.form.op).sources === 1;
    if (constant) {
      this.out.emit('local.get', IP);
      this.out.emit('i32.load', at);
    } else {
      this.slot(at);
      this.out.emit('i32.load');
    }
    this.out.emit('local.set', ADDRESS);
  }

  /** Follows a chain cell, or leaves to have it filled. */
  private chain(layout: Layout, depth: number): void {
    const { out } = this;
    this.setPc(() => this.field(layout, 'pc'));
    this.field(layout, 'chain');
    out.emit('local.tee', VALUE);
    out.open('if');
    out.emit('local.get', VALUE);
    out.emit('local.set', IP);
    out.emit('br', depth + 1);
    out.emit('end');
    const cell = layout.immediates[1];
    this.leave(EXIT.LOOKUP, () => {
      out.emit('local.get', IP);
      out.emit('i32.const', cell);
      out.emit('i32.add');
    });
  }

  private jumpByRegister(layout: Layout, depth: number): void {
    const { out } = this;
    this.setPc(() => {
      this.source(layout, 0);
      out.emit('local.tee', VALUE);
    });
    out.emit('local.get', CPU);
    out.emit('local.get', VALUE);
    out.emit('local.get', VALUE);
    out.emit('i32.const', 12);
    out.emit('i32.shr_u');
    out.emit('i32.xor');
    out.emit('i32.const', JUMP_ENTRIES - 1);
    out.emit('i32.and');
    out.emit('i32.const', 4);
    out.emit('i32.shl');
    out.emit('i32.add');
    out.emit('local.tee', ENTRY);
    out.emit('i32.load', JUMPS);
    out.emit('local.get', VALUE);
    out.emit('i32.eq');
    out.emit('local.get', ENTRY);
    out.emit('i32.load', JUMPS + 4);
    out.emit('local.get', CPU);
    out.emit('i32.load', RUN_CONTEXT);
    out.emit('i32.eq');
    out.emit('i32.and');
    out.open('if');
    out.emit('local.get', ENTRY);
    out.emit('i32.load', JUMPS + 8);
    out.emit('local.set', IP);
    out.emit('br', depth + 1);
    out.emit('end');
    this.leave(EXIT.LOOKUP, () => out.emit('i32.const', 0));
  }

  /** Pushes the host address of the call record's entry `back` places below the next free one. */
  private frameEntry(back: number): void {
    this.out.emit('local.get', CPU);
    this.out.emit('local.get', CPU);
    this.out.emit('i32.load', RUN_DEPTH);
    if (back > 0) {
      this.out.emit('i32.const', back);
      this.out.emit('i32.sub');
    }
    this.out.emit('i32.const', 5);
    this.out.emit('i32.shl');
    this.out.emit('i32.add');
    this.out.emit('local.tee', ENTRY);
  }

  private setDepth(change: number): void {
    this.setRun(RUN_DEPTH, () => {
      this.out.emit('local.get', CPU);
      this.out.emit('i32.load', RUN_DEPTH);
      this.out.emit('i32.const', change);
      this.out.emit('i32.add');
    });
  }

  private framePush(layout: Layout): void {
    const { out } = this;
    out.emit('local.get', CPU);
    out.emit('i32.load', RUN_DEPTH);
    out.emit('i32.const', FRAME_LIMIT);
    out.emit('i32.eq');
    out.open('if');
    this.callHost(() => {
      out.emit('i32.const', FRAME_HELPER.OVERFLOW);
      out.emit('i32.const', 0);
      out.emit('i32.const', 0);
    }, IMPORT_HELPER);
    out.emit('end');
    this.frameEntry(0);
    this.source(layout, 0);
    out.emit('i32.store', FRAME_RECORD);
    for (const index of [1, 2]) {
      out.emit('local.get', ENTRY);
      this.source(layout, index);
      out.emit('i32.store', FRAME_RECORD + 4 * index);
    }
    out.emit('local.get', ENTRY);
    out.emit('i32.const', 0);
    out.emit('i32.store', FRAME_RECORD + 12);
    // The fuel of the call itself is taken already; its own position is one earlier.
    out.emit('local.get', ENTRY);
    out.emit('local.get', CPU);
    out.emit('i64.load', RUN_LIMIT);
    out.emit('local.get', FUEL);
    out.emit('i64.extend_i32_u');
    out.emit('i64.sub');
    out.emit('i64.const', 1);
    out.emit('i64.sub');
    out.emit('i64.store', FRAME_RECORD + 16);
    this.setDepth(1);
  }

  private framePop(layout: Layout): void {
    const { out } = this;
    out.emit('local.get', CPU);
    out.emit('i32.load', RUN_DEPTH);
    out.open('if');
    this.frameEntry(1);
    out.emit('i32.load', FRAME_RECORD);
    this.source(layout, 0);
    out.emit('i32.eq');
    out.emit('local.get', ENTRY);
    out.emit('i32.load', FRAME_RECORD + 4);
    this.source(layout, 1);
    out.emit('i32.eq');
    out.emit('i32.and');
    out.open('if');
    this.setDepth(-1);
    out.emit('else');
    this.callHost(() => {
      out.emit('i32.const', FRAME_HELPER.UNMATCHED);
      this.source(layout, 0);
      this.source(layout, 1);
    }, IMPORT_HELPER);
    out.emit('end');
    out.emit('end');
  }

  /** The handler of one opcode. `depth`: nesting from the handler's body down to the loop. */
  handler(layout: Layout, depth: number): void {
    const { out } = this;
    const { op } = layout.form;
    const row = opRow(op);
    switch (op) {
      case 'load':
      case 'load_be':
        this.load(layout, op === 'load_be');
        break;
      case 'store':
      case 'store_be':
        this.store(layout, op === 'store_be');
        break;
      case 'bound': {
        // (a - low) + bytes must be at most size: in 64 bits, so that neither 4 GiB nor nothing is a special case.
        const pair = () => {
          out.emit('local.get', CPU);
          this.field(layout, 'bounds');
          out.emit('i32.add');
        };
        this.source(layout, 0);
        pair();
        out.emit('local.tee', ENTRY);
        out.emit('i32.load');
        out.emit('i32.sub');
        out.emit('i64.extend_i32_u');
        out.emit('local.get', IP);
        out.emit('i64.load32_u', layout.immediates[1]);
        out.emit('i64.add');
        out.emit('local.get', ENTRY);
        out.emit('i64.load', 8);
        out.emit('i64.gt_u');
        out.open('if');
        this.leave(EXIT.FAULT, () => this.field(layout, 'fault'));
        out.emit('end');
        break;
      }
      case 'call':
      case 'call_value':
        this.callHost(() => {
          this.field(layout, 'helper');
          this.source(layout, 0);
          this.source(layout, 1);
        }, IMPORT_HELPER);
        if (op === 'call_value') {
          this.slot(layout.destination);
          out.emit('local.get', CPU);
          out.emit('i32.load', RUN_SCRATCH);
          this.storeResult(layout);
        }
        break;
      case 'frame_push':
        this.framePush(layout);
        break;
      case 'frame_pop':
        this.framePop(layout);
        break;
      case 'insn':
        this.setPc(() => this.field(layout, 'pc'));
        out.emit('local.get', FUEL);
        out.emit('i32.eqz');
        out.open('if');
        this.leave(EXIT.FUEL);
        out.emit('end');
        out.emit('local.get', FUEL);
        out.emit('i32.const', 1);
        out.emit('i32.sub');
        out.emit('local.set', FUEL);
        break;
      case 'breakpoint':
        out.emit('local.get', CPU);
        out.emit('i32.load', RUN_BREAKPOINTS);
        out.open('if');
        this.setPc(() => this.field(layout, 'pc'));
        this.leave(EXIT.BREAKPOINT);
        out.emit('end');
        break;
      case 'br':
        this.branch(layout, depth);
        return;
      case 'br_if':
        this.source(layout, 0);
        out.open('if');
        this.branch(layout, depth + 1);
        out.emit('end');
        break;
      case 'repeat':
        this.setRun(RUN_REPEATING, () => out.emit('i32.const', 1));
        this.branch(layout, depth);
        return;
      case 'goto':
        this.chain(layout, depth);
        return;
      case 'goto_if':
        this.source(layout, 0);
        out.open('if');
        this.chain(layout, depth + 1);
        out.emit('end');
        break;
      case 'goto_ind':
        this.jumpByRegister(layout, depth);
        return;
      case 'exit':
        this.setRun(RUN_DETAIL, () => this.field(layout, 'detail'));
        this.setRun(RUN_FUEL, () => out.emit('local.get', FUEL));
        this.setRun(RUN_IP, () => out.emit('local.get', IP));
        this.field(layout, 'reason');
        out.emit('return');
        return;
      default:
        if (row.result !== 'none') this.slot(layout.destination);
        lower(op, this.rowContext(layout));
        this.storeResult(layout);
    }
    this.next(layout, depth);
  }

  private branch(layout: Layout, depth: number): void {
    this.out.emit('local.get', IP);
    this.field(layout, 'label');
    this.out.emit('i32.add');
    this.out.emit('local.set', IP);
    this.out.emit('br', depth);
  }
}

/** The bytes of the interpreter's module. Exports `interpret(cpu, ip) -> exit reason`. */
export function interpreterModule(
  config: InterpreterConfig,
  memory: { initial: number; maximum: number },
): Uint8Array<ArrayBuffer> {
  const generator = new Generator(new BinaryEmitter(), config);
  const { out } = generator;
  out.emit('local.get', CPU);
  out.emit('i32.load', RUN_FUEL);
  out.emit('local.set', FUEL);
  out.open('loop');
  for (let i = 0; i <= LAYOUTS.length; i++) out.open('block');
  out.emit('local.get', IP);
  out.emit('i32.load16_u', 0);
  out.table(
    LAYOUTS.map((_, index) => index),
    LAYOUTS.length,
  );
  out.emit('end');
  LAYOUTS.forEach((layout, index) => {
    // Around the handler of opcode `index` are the blocks of the later ones, the one of bad opcodes, and the loop.
    generator.handler(layout, LAYOUTS.length - index);
    out.emit('end');
  });
  out.emit('unreachable');
  out.emit('end');
  out.emit('unreachable');
  const rowLocals = ROW_TYPES.flatMap((type) => [type, type, type]);
  return assembleModule(
    imports(),
    [
      {
        name: 'interpret',
        signature: { parameters: ['i32', 'i32'], results: ['i32'] },
        locals: ['i32', 'i32', 'i32', 'i32', ...rowLocals],
        code: out.out.finish(),
        localNames: LOCAL_NAMES,
      },
    ],
    memory,
  );
}

/** The handler of one opcode as text, for people. */
export function handlerText(layout: Layout, config: InterpreterConfig): string {
  const out = new TextEmitter(localName);
  new Generator(out, config).handler(layout, 0);
  return out.text();
}

/** What the interpreter calls; see `imports` for the meaning. */
export interface InterpreterHost {
  readonly load: (address: number, size: number) => number;
  readonly store: (address: number, size: number) => number;
  readonly helper: (id: number, a: number, b: number) => number;
}

export type Interpret = (cpu: number, ip: number) => number;

/** Compiles and instantiates the interpreter over a machine's memory. */
export function createInterpreter(
  config: InterpreterConfig,
  memory: WebAssembly.Memory,
  host: InterpreterHost,
): Interpret {
  const pages = memory.buffer.byteLength / 0x1_0000;
  const module = new WebAssembly.Module(interpreterModule(config, { initial: pages, maximum: pages }));
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    host: { load: host.load, store: host.store, helper: host.helper },
  });
  return instance.exports.interpret as Interpret;
}
