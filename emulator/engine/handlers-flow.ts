/** Handlers that lead to other blocks: by a chain cell, or by the jump cache. */
import { EXIT } from '../ir/exits';
import { JUMP_ENTRIES, JUMPS, RUN_CONTEXT } from '../memory/layout';
import type { Layout } from './bytecode';
import { CPU, ENTRY, type HandlerScope, IP, VALUE } from './handler-scope';

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

export function jumpByRegister(scope: HandlerScope, layout: Layout, depth: number): void {
  const { out } = scope;
  scope.setPc(() => {
    scope.source(layout, 0);
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
  scope.leave(EXIT.LOOKUP, () => out.emit('i32.const', 0));
}
