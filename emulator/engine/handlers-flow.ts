/** Handlers that lead to other blocks: by a chain cell, or by the jump cache. */
import { EXIT } from '../ir/exits';
import { opRow } from '../ir/ops';
import {
  JUMP_ENTRIES,
  JUMPS,
  RUN_CONTEXT,
  RUN_ENTERED,
  RUN_EPOCH,
  RUN_FUEL,
  RUN_LIMIT,
  RUN_LINK,
} from '../memory/layout';
import type { Layout } from './bytecode';
import { emitLabelOf, emitSlotOf } from './link';
import { NEXT } from './driver';
import type { Emitter } from './wasm/emitter';
import { CPU, ENTRY, FUEL, type HandlerScope, IP, regionType, VALUE } from './handler-scope';

/** The beginning of a block: is it still what the program counter leads to, and has it been executed often? */
export function enterBlock(scope: HandlerScope, layout: Layout): void {
  const { out } = scope;
  scope.field(layout, 'epoch');
  out.emit('local.get', CPU);
  out.emit('i32.load', RUN_EPOCH);
  out.emit('i32.ne');
  out.open('if');
  scope.leave(EXIT.LOOKUP, () => out.emit('i32.const', 0));
  out.emit('end');
  enterRegion(scope, layout);
  out.emit('local.get', IP);
  scope.field(layout, 'counter');
  out.emit('i32.const', 1);
  out.emit('i32.sub');
  out.emit('local.tee', VALUE);
  out.emit('i32.store', layout.immediates[opRow(layout.form.op).immediates.indexOf('counter')]);
  out.emit('local.get', VALUE);
  out.emit('i32.eqz');
  out.open('if');
  scope.leave(EXIT.HOT);
  out.emit('end');
}

/** Goes on in the compiled region that the block is an entry of, if there is one. */
function enterRegion(scope: HandlerScope, layout: Layout): void {
  const { out } = scope;
  scope.field(layout, 'region');
  out.emit('local.tee', VALUE);
  out.open('if');
  scope.setRun64(RUN_ENTERED, () => {
    out.emit('local.get', CPU);
    out.emit('i64.load', RUN_LIMIT);
    out.emit('local.get', FUEL);
    out.emit('i64.extend_i32_u');
    out.emit('i64.sub');
  });
  if (!scope.config.tailCalls) {
    scope.setRun(RUN_LINK, () => out.emit('local.get', VALUE));
    scope.setRun(RUN_FUEL, () => out.emit('local.get', FUEL));
    out.emit('i32.const', NEXT.REGION);
    out.emit('return');
    out.emit('end');
    return;
  }
  out.emit('local.get', VALUE);
  emitLabelOf(out);
  out.emit('local.get', FUEL);
  for (const offset of scope.config.promoted) {
    out.emit('local.get', CPU);
    out.emit('i32.load', offset);
  }
  out.emit('local.get', VALUE);
  emitSlotOf(out);
  out.callIndirect('return_call_indirect', regionType(scope.config));
  out.emit('end');
}

/** Follows a chain cell, or leaves to have it filled. */
export function chain(scope: HandlerScope, layout: Layout, depth: number): void {
  const { out } = scope;
  scope.setPc(() => scope.field(layout, 'pc'));
  scope.field(layout, 'chain');
  out.emit('local.tee', VALUE);
  out.open('if');
  out.emit('local.get', VALUE);
  out.emit('local.set', IP);
  out.emit('br', depth + 1);
  out.emit('end');
  const cell = layout.immediates[1];
  scope.leave(EXIT.LOOKUP, () => {
    out.emit('local.get', IP);
    out.emit('i32.const', cell);
    out.emit('i32.add');
  });
}

/** Pushes the byte offset, in the jump cache, of the entry for the program counter in local `pc`: as the block cache fills it. */
export function pushJumpOffset(out: Emitter, pc: number): void {
  out.emit('local.get', pc);
  out.emit('local.get', pc);
  out.emit('i32.const', 12);
  out.emit('i32.shr_u');
  out.emit('i32.xor');
  out.emit('i32.const', JUMP_ENTRIES - 1);
  out.emit('i32.and');
  out.emit('i32.const', 4);
  out.emit('i32.shl');
}

/** Goes on at the program counter that `push` pushes, in the present context: by the jump cache, or leaves to have it filled. */
export function jumpByRegister(scope: HandlerScope, push: () => void, depth: number): void {
  const { out } = scope;
  scope.setPc(() => {
    push();
    out.emit('local.tee', VALUE);
  });
  out.emit('local.get', CPU);
  pushJumpOffset(out, VALUE);
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
  scope.leave(EXIT.LOOKUP, () => out.emit('i32.const', 0));
}
