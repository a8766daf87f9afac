/**
 * Loads and stores of pages of planes (memory/planes has the logic), as functions of the interpreter's module: a guest that
 * draws through latches and masks does not leave translated code for each byte.
 */
import { PLANES } from '../memory/layout';
import { EVERY_BYTE, EVERY_SEVENTH, PLANE_FIELDS } from '../memory/planes';
import { TLB_ADDEND } from '../memory/tlb';
import { BinaryEmitter } from './wasm/emitter';
import type { FunctionBody } from './wasm/module';

/** Parameters: linear address, bytes (1, 2 or 4), the page's TLB entry, and for a store the value. */
const ADDRESS = 0;
const SIZE = 1;
const ENTRY = 2;
const VALUE = 3;
/** Offset of the access in wasm memory as its view has it, of its word, and the lane's place in a row of numbers. */
const PLACE = 4;
const WORD = 5;
const LANE = 6;
const LATCH = 7;
const DATA = 8;
const NAMES = ['address', 'size', 'entry', 'value', 'place', 'word', 'lane', 'latch', 'data'] as const;

class PlaneFunction {
  readonly out = new BinaryEmitter();

  /** Pushes a number of the block; `lane`: of the present lane. */
  field(name: keyof typeof PLANE_FIELDS, lane = false): void {
    if (lane) this.out.emit('local.get', LANE);
    else this.out.emit('i32.const', 0);
    this.out.emit('i32.load', PLANES + PLANE_FIELDS[name]);
  }

  /** Finds the word of the byte at the address on the stack. */
  find(): void {
    const { out } = this;
    out.emit('local.get', ENTRY);
    out.emit('i32.load', TLB_ADDEND);
    out.emit('i32.add');
    out.emit('local.tee', PLACE);
    out.emit('i32.const', 3);
    out.emit('i32.and');
    out.emit('i32.const', 2);
    out.emit('i32.shl');
    out.emit('local.set', LANE);
    out.emit('local.get', PLACE);
    out.emit('i32.const', -4);
    out.emit('i32.and');
    this.field('ROWS', true);
    out.emit('i32.add');
    out.emit('local.set', WORD);
  }

  /** Sets DATA to the CPU's byte in all planes. */
  data(): void {
    const { out } = this;
    this.field('SPREAD');
    out.open('if');
    out.emit('local.get', VALUE);
    out.emit('i32.const', 15);
    out.emit('i32.and');
    out.emit('i32.const', EVERY_SEVENTH);
    out.emit('i32.mul');
    out.emit('i32.const', EVERY_BYTE);
    out.emit('i32.and');
    out.emit('i32.const', 0xff);
    out.emit('i32.mul');
    out.emit('local.set', DATA);
    out.emit('else');
    out.emit('local.get', VALUE);
    out.emit('i32.const', 0xff);
    out.emit('i32.and');
    out.emit('i32.const', EVERY_BYTE);
    out.emit('i32.mul');
    this.field('ROTATE');
    out.emit('i32.rotr');
    out.emit('local.set', DATA);
    out.emit('end');
  }

  finish(name: string, results: FunctionBody['signature']['results'], parameters: number): FunctionBody {
    const locals = NAMES.length - parameters;
    return {
      name,
      signature: { parameters: new Array<'i32'>(parameters).fill('i32'), results },
      locals: new Array<'i32'>(locals).fill('i32'),
      code: this.out.out.finish(),
      localNames: NAMES,
    };
  }
}

/** Both, as others call them. */
export interface PlaneFunctions {
  readonly planes_load: (address: number, size: number, entry: number, unused: number) => number;
  readonly planes_store: (address: number, size: number, entry: number, value: number) => void;
}

/** (address, size, entry, anything) -> value. From the last byte down; that one's planes stay in the latches. */
export function planesLoad(): FunctionBody {
  const f = new PlaneFunction();
  const { out } = f;
  out.emit('i32.const', 0);
  out.emit('local.set', VALUE);
  out.emit('local.get', SIZE);
  out.emit('local.set', DATA);
  out.open('loop');
  out.emit('local.get', ADDRESS);
  out.emit('local.get', SIZE);
  out.emit('i32.const', 1);
  out.emit('i32.sub');
  out.emit('local.tee', SIZE);
  out.emit('i32.add');
  f.find();
  out.emit('local.get', WORD);
  out.emit('i32.load');
  out.emit('local.set', WORD);
  out.emit('local.get', DATA);
  out.open('if');
  out.emit('i32.const', 0);
  out.emit('local.get', WORD);
  out.emit('i32.store', PLANES + PLANE_FIELDS.LATCH);
  out.emit('i32.const', 0);
  out.emit('local.set', DATA);
  out.emit('end');
  out.emit('local.get', VALUE);
  out.emit('i32.const', 8);
  out.emit('i32.shl');
  f.field('COMPARES');
  out.open('if', 'i32');
  out.emit('local.get', WORD);
  f.field('COMPARE');
  out.emit('i32.xor');
  f.field('CARE');
  out.emit('i32.and');
  out.emit('local.tee', PLACE);
  out.emit('local.get', PLACE);
  out.emit('i32.const', 16);
  out.emit('i32.shr_u');
  out.emit('i32.or');
  out.emit('local.tee', PLACE);
  out.emit('local.get', PLACE);
  out.emit('i32.const', 8);
  out.emit('i32.shr_u');
  out.emit('i32.or');
  out.emit('i32.const', -1);
  out.emit('i32.xor');
  out.emit('else');
  out.emit('local.get', WORD);
  f.field('SHIFTS', true);
  out.emit('i32.shr_u');
  out.emit('end');
  out.emit('i32.const', 0xff);
  out.emit('i32.and');
  out.emit('i32.or');
  out.emit('local.set', VALUE);
  out.emit('local.get', SIZE);
  out.emit('br_if', 0);
  out.emit('end');
  out.emit('local.get', VALUE);
  return f.finish('planes_load', ['i32'], 4);
}

/** (address, size, entry, value). From the first byte up. */
export function planesStore(): FunctionBody {
  const f = new PlaneFunction();
  const { out } = f;
  f.field('LATCH');
  out.emit('local.set', LATCH);
  out.open('loop');
  out.emit('local.get', ADDRESS);
  f.find();
  f.data();
  // before ^ ((before ^ after) & mask)
  out.emit('local.get', WORD);
  out.emit('local.get', WORD);
  out.emit('i32.load');
  out.emit('local.tee', PLACE);
  out.emit('local.get', PLACE);
  f.field('SET');
  out.emit('i32.xor');
  out.emit('local.get', LATCH);
  f.field('KEEP');
  out.emit('i32.and');
  out.emit('i32.xor');
  out.emit('local.get', DATA);
  f.field('TAKE');
  out.emit('local.get', LATCH);
  f.field('MIX');
  out.emit('i32.and');
  out.emit('i32.xor');
  out.emit('i32.and');
  out.emit('i32.xor');
  f.field('MASKS', true);
  out.emit('i32.and');
  out.emit('i32.xor');
  out.emit('i32.store');
  out.emit('local.get', VALUE);
  out.emit('i32.const', 8);
  out.emit('i32.shr_u');
  out.emit('local.set', VALUE);
  out.emit('local.get', ADDRESS);
  out.emit('i32.const', 1);
  out.emit('i32.add');
  out.emit('local.set', ADDRESS);
  out.emit('local.get', SIZE);
  out.emit('i32.const', 1);
  out.emit('i32.sub');
  out.emit('local.tee', SIZE);
  out.emit('br_if', 0);
  out.emit('end');
  return f.finish('planes_store', [], 4);
}
