/** Emits wasm function bodies: to bytes for engines, to text for people. The lowering table writes to this face. */
import { type ValueType, VALUE_TYPE_CODES, WASM_OPCODES, type WasmMnemonic, type WasmOpcode } from './opcodes';

export interface Emitter {
  /** One instruction; `immediate` is an index, a memory offset or a constant, as the instruction needs. */
  emit(name: WasmMnemonic, immediate?: number | bigint): void;
  /** Begins a `block`, `loop` or `if` that leaves a value of `result` (or nothing). */
  open(name: 'block' | 'loop' | 'if', result?: ValueType): void;
  /** A call through table 0 of a function of type `type`. */
  callIndirect(name: 'call_indirect' | 'return_call_indirect', type: number): void;
  /** A branch table: depths by index, and the depth for all others. */
  table(depths: readonly number[], otherwise: number): void;
}

/** A growing buffer of bytes with LEB128 numbers. */
export class ByteWriter {
  private buffer = new Uint8Array(1024);
  length = 0;

  byte(value: number): void {
    if (this.length === this.buffer.length) {
      const larger = new Uint8Array(this.buffer.length * 2);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer[this.length++] = value;
  }

  bytes(values: Uint8Array | readonly number[]): void {
    for (const value of values) this.byte(value);
  }

  /** Unsigned LEB128. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** Signed LEB128. */
  signed(value: bigint): void {
    let rest = value;
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  /** Signed LEB128 of 32 bits. */
  signed32(value: number): void {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  /** A name, with its length. Names in our modules are ASCII. */
  text(value: string): void {
    this.unsigned(value.length);
    for (let i = 0; i < value.length; i++) this.byte(value.charCodeAt(i) & 0x7f);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length);
  }
}

export class BinaryEmitter implements Emitter {
  constructor(readonly out: ByteWriter = new ByteWriter()) {}

  emit(name: WasmMnemonic, immediate: number | bigint = 0): void {
    const op: WasmOpcode = WASM_OPCODES[name];
    this.out.byte(op.code);
    if (op.sub !== undefined) this.out.unsigned(op.sub);
    switch (op.immediate) {
      case 'none':
        return;
      case 'index':
      case 'lane':
        this.out.unsigned(Number(immediate));
        return;
      case 'memarg':
        // Alignment 0: bytecode and guest memory promise none.
        this.out.byte(0);
        this.out.unsigned(Number(immediate));
        return;
      case 'memory':
        this.out.byte(0);
        return;
      case 'memories':
        this.out.bytes([0, 0]);
        return;
      case 'i32':
        this.out.signed32(typeof immediate === 'number' ? immediate : Number(BigInt.asIntN(32, immediate)));
        return;
      case 'i64':
        this.out.signed(BigInt.asIntN(64, BigInt(immediate)));
        return;
      case 'f32':
      case 'f64': {
        const bytes = new Uint8Array(op.immediate === 'f32' ? 4 : 8);
        const view = new DataView(bytes.buffer);
        if (op.immediate === 'f32') view.setFloat32(0, Number(immediate), true);
        else view.setFloat64(0, Number(immediate), true);
        this.out.bytes(bytes);
        return;
      }
      case 'v128': {
        let rest = BigInt.asUintN(128, BigInt(immediate));
        for (let i = 0; i < 16; i++) {
          this.out.byte(Number(rest & 0xffn));
          rest >>= 8n;
        }
        return;
      }
      case 'type':
        throw new Error(`${name} is written by callIndirect().`);
      case 'block':
        throw new Error(`${name} begins with open().`);
    }
  }

  open(name: 'block' | 'loop' | 'if', result?: ValueType): void {
    this.out.byte(WASM_OPCODES[name].code);
    this.out.byte(result === undefined ? 0x40 : VALUE_TYPE_CODES[result]);
  }

  callIndirect(name: 'call_indirect' | 'return_call_indirect', type: number): void {
    this.out.byte(WASM_OPCODES[name].code);
    this.out.unsigned(type);
    this.out.byte(0);
  }

  table(depths: readonly number[], otherwise: number): void {
    this.out.byte(0x0e);
    this.out.unsigned(depths.length);
    for (const depth of depths) this.out.unsigned(depth);
    this.out.unsigned(otherwise);
  }
}

/** The same as text, one instruction a line, indented by nesting, in the text format's folded-free form. */
export class TextEmitter implements Emitter {
  private readonly lines: string[] = [];
  private depth = 0;

  /** `names`, `functions`: how to show a local and a function by its index. */
  constructor(
    private readonly names: (local: number) => string = String,
    private readonly functions: (index: number) => string = String,
  ) {}

  emit(name: WasmMnemonic, immediate: number | bigint = 0): void {
    const op: WasmOpcode = WASM_OPCODES[name];
    if (name === 'end' || name === 'else') this.depth--;
    const operand =
      op.immediate === 'none' || op.immediate === 'memory' || op.immediate === 'memories'
        ? ''
        : op.immediate === 'memarg'
          ? ` offset=${immediate}`
          : name.startsWith('local.')
            ? ` ${this.names(Number(immediate))}`
            : name === 'call' || name === 'return_call'
              ? ` ${this.functions(Number(immediate))}`
              : ` ${immediate}`;
    this.line(`${name}${operand}`);
    if (name === 'else') this.depth++;
  }

  open(name: 'block' | 'loop' | 'if', result?: ValueType): void {
    this.line(result === undefined ? name : `${name} (result ${result})`);
    this.depth++;
  }

  callIndirect(name: 'call_indirect' | 'return_call_indirect', type: number): void {
    this.line(`${name} (type ${type})`);
  }

  table(depths: readonly number[], otherwise: number): void {
    this.line(`br_table ${[...depths, otherwise].join(' ')}`);
  }

  private line(text: string): void {
    this.lines.push('  '.repeat(Math.max(0, this.depth)) + text);
  }

  text(): string {
    return this.lines.join('\n');
  }
}
