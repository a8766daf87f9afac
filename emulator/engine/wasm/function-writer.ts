/** Writes the body of one wasm function whose locals have names. */
import { BinaryEmitter } from './emitter';
import type { FunctionBody } from './module';
import type { ValueType, WasmMnemonic } from './opcodes';

/** A value to be pushed: a local by name, a number as i32, or what a function emits. */
export type Value = string | number | (() => void);

export class FunctionWriter {
  readonly out = new BinaryEmitter();
  private readonly names: string[];
  private readonly types: ValueType[] = [];

  /** `parameters`: names of i32 parameters; `results`: how many i32 values it gives. */
  constructor(
    readonly name: string,
    private readonly parameters: readonly string[],
    private readonly results: number,
  ) {
    this.names = [...parameters];
  }

  /** Declares locals. */
  locals(type: ValueType, ...names: readonly string[]): void {
    for (const name of names) {
      this.names.push(name);
      this.types.push(type);
    }
  }

  private index(name: string): number {
    const index = this.names.indexOf(name);
    if (index < 0) throw new Error(`${this.name} has no local ${name}.`);
    return index;
  }

  push(value: Value): void {
    if (typeof value === 'number') this.out.emit('i32.const', value);
    else if (typeof value === 'string') this.out.emit('local.get', this.index(value));
    else value();
  }

  set(name: string, value: Value): void {
    this.push(value);
    this.out.emit('local.set', this.index(name));
  }

  /** An instruction over values; `immediate` as in `Emitter.emit`. */
  do(mnemonic: WasmMnemonic, values: readonly Value[], immediate: number | bigint = 0): void {
    for (const value of values) this.push(value);
    this.out.emit(mnemonic, immediate);
  }

  /** The same as a value. */
  op(mnemonic: WasmMnemonic, ...values: readonly Value[]): Value {
    return () => this.do(mnemonic, values);
  }

  /** A word of memory at `address` plus `offset`. */
  word(address: Value, offset = 0): Value {
    return () => this.do('i32.load', [address], offset);
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.push(condition);
    this.out.open('if');
    then();
    if (otherwise !== undefined) {
      this.out.emit('else');
      otherwise();
    }
    this.out.emit('end');
  }

  /** Repeats `body` until it returns or `leave` is emitted directly in it. */
  loop(body: (leave: (condition: Value) => void) => void): void {
    this.out.open('block');
    this.out.open('loop');
    body((condition) => this.do('br_if', [condition], 1));
    this.out.emit('br', 0);
    this.out.emit('end');
    this.out.emit('end');
  }

  return(...values: readonly Value[]): void {
    for (const value of values) this.push(value);
    this.out.emit('return');
  }

  /** The function, which gives `values` at its end. */
  finish(...values: readonly Value[]): FunctionBody {
    for (const value of values) this.push(value);
    return {
      name: this.name,
      signature: {
        parameters: this.parameters.map((): ValueType => 'i32'),
        results: Array.from({ length: this.results }, (): ValueType => 'i32'),
      },
      locals: this.types,
      code: this.out.out.finish(),
      localNames: this.names,
    };
  }
}
