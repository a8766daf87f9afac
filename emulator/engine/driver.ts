/**
 * The loop that stands for tail calls where the host has none: interpreter and regions come back and say who is next, with
 * registers and fuel in memory.
 */
import { CPU_BASE, RUN_FUEL, RUN_IP, RUN_LINK } from '../memory/layout';
import { type InterpreterConfig, regionType } from './handler-scope';
import { emitLabelOf, emitSlotOf } from './link';
import { BinaryEmitter } from './wasm/emitter';
import type { FunctionBody } from './wasm/module';

/** Exit reasons that only the loop sees: a region is next (RUN_LINK), or the interpreter is (RUN_IP). */
export const NEXT = { REGION: 100, INTERPRETER: 101 } as const;

const [CPU, IP, REASON] = [0, 1, 2];

/** interpret(cpu, ip) -> exit reason. `piece`: index of the function that interprets until something else is next. */
export function driver(config: InterpreterConfig, piece: number): FunctionBody {
  const out = new BinaryEmitter();
  const word = (at: number) => {
    out.emit('i32.const', CPU_BASE);
    out.emit('i32.load', at);
  };
  out.open('loop');
  out.emit('local.get', CPU);
  out.emit('local.get', IP);
  out.emit('call', piece);
  out.emit('local.set', REASON);
  out.open('loop');
  out.emit('local.get', REASON);
  out.emit('i32.const', NEXT.REGION);
  out.emit('i32.eq');
  out.open('if');
  word(RUN_LINK);
  emitLabelOf(out);
  word(RUN_FUEL);
  for (const offset of config.promoted) word(offset);
  word(RUN_LINK);
  emitSlotOf(out);
  out.callIndirect('call_indirect', regionType(config));
  out.emit('local.set', REASON);
  out.emit('br', 1);
  out.emit('end');
  out.emit('end');
  out.emit('local.get', REASON);
  out.emit('i32.const', NEXT.INTERPRETER);
  out.emit('i32.eq');
  out.open('if');
  word(RUN_IP);
  out.emit('local.set', IP);
  out.emit('br', 1);
  out.emit('end');
  out.emit('end');
  out.emit('local.get', REASON);
  return {
    name: 'interpret',
    signature: { parameters: ['i32', 'i32'], results: ['i32'] },
    locals: ['i32'],
    code: out.out.finish(),
    localNames: ['cpu', 'ip', 'reason'],
  };
}
