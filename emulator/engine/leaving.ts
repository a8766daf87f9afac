/**
 * Functions by which compiled code leaves for the interpreter. It leaves the condition codes in memory as it kept them
 * (compiler/flags): RUN_KIND, RUN_CARRY_A, and in the places of their registers b and the result. So a way from one region
 * to the next needs no call, and a region's loops nothing to be saved for one. Here `carries` is made of it.
 */
import { CODE, CPU_BASE, RUN_CARRY_A, RUN_COMPILED, RUN_DETAIL, RUN_ENTERED, RUN_EXITS } from '../memory/layout';
import { RUN_FUEL, RUN_IP, RUN_KIND, RUN_LEFT, RUN_LIMIT } from '../memory/layout';
import { EXIT } from '../ir/exits';
import { KIND, VALUE_A } from './compiler/flags';
import { NEXT } from './driver';
import { CARRIES, INTERPRET, type InterpreterConfig, SETTLE } from './handler-scope';
import { FunctionWriter, type Value } from './wasm/function-writer';
import type { FunctionBody } from './wasm/module';

/** Bits of an exit's constant that say how much fuel to give back; the rest is the place in the bytecode, in words. */
export const BACK_BITS = 8;

export const exitConstant = (place: number, back: number): number => (((place - CODE) >>> 2) << BACK_BITS) | back;

/** The functions, as regions import them. */
export interface LeavingFunctions {
  /** Makes the condition codes in memory what the interpreter and the host know. */
  readonly settle: () => void;
  /** (exit constant, where the region's ways out are counted) -> exit reason: goes on in the interpreter. */
  readonly leave: (constant: number, leaves: number) => number;
  /** -> exit reason: to the host, which looks up what the program counter leads to. */
  readonly look_up: () => number;
}

const word = (f: FunctionWriter, at: number): Value => f.word(CPU_BASE, at);
const setWord = (f: FunctionWriter, at: number, value: Value): void => f.do('i32.store', [CPU_BASE, value], at);

export function settle({ flags }: InterpreterConfig): FunctionBody {
  const f = new FunctionWriter('settle', [], 0);
  f.if(word(f, RUN_KIND), () => {
    setWord(f, flags.carries, () =>
      f.do('call', [word(f, RUN_KIND), word(f, RUN_CARRY_A), word(f, flags.carries), word(f, flags.result)], CARRIES),
    );
    setWord(f, RUN_KIND, KIND.VALUE);
    setWord(f, RUN_CARRY_A, VALUE_A);
  });
  return f.finish();
}

/** Adds the counts since the region was entered from the interpreter to those that compiled code has executed; one exit more. */
function account(f: FunctionWriter): void {
  const long =
    (at: number): Value =>
    () =>
      f.do('i64.load', [CPU_BASE], at);
  const setLong = (at: number, value: Value): void => f.do('i64.store', [CPU_BASE, value], at);
  setLong(
    RUN_EXITS,
    f.op('i64.add', long(RUN_EXITS), () => f.out.emit('i64.const', 1)),
  );
  const sinceEntry = f.op(
    'i64.sub',
    f.op('i64.sub', long(RUN_LIMIT), () => f.do('i64.load32_u', [CPU_BASE], RUN_FUEL)),
    long(RUN_ENTERED),
  );
  setLong(RUN_COMPILED, f.op('i64.add', long(RUN_COMPILED), sinceEntry));
}

export function leave({ tailCalls }: InterpreterConfig): FunctionBody {
  const f = new FunctionWriter('leave', ['constant', 'leaves'], 1);
  f.locals('i32', 'back', 'place');
  f.set('back', f.op('i32.and', 'constant', (1 << BACK_BITS) - 1));
  setWord(f, RUN_FUEL, f.op('i32.add', word(f, RUN_FUEL), 'back'));
  account(f);
  const counts = f.op('i32.ne', 'back', 0);
  f.do('i32.store', ['leaves', f.op('i32.add', f.word('leaves'), counts)]);
  setWord(f, RUN_LEFT, f.op('i32.mul', counts, 'leaves'));
  f.do('call', [], SETTLE);
  f.set('place', f.op('i32.add', f.op('i32.shl', f.op('i32.shr_u', 'constant', BACK_BITS), 2), CODE));
  if (tailCalls) {
    f.do('return_call', [CPU_BASE, 'place'], INTERPRET);
    return f.finish();
  }
  setWord(f, RUN_IP, 'place');
  return f.finish(NEXT.INTERPRETER);
}

export function lookUp(): FunctionBody {
  const f = new FunctionWriter('look_up', [], 1);
  account(f);
  f.do('call', [], SETTLE);
  setWord(f, RUN_DETAIL, 0);
  return f.finish(EXIT.LOOKUP);
}
