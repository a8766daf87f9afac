/** Handlers of the call record (memory/call-record): a frame is pushed by a call and popped by its return. */
import { FRAME_HELPER } from '../ir/exits';
import { FRAME_LIMIT, FRAME_RECORD, RUN_DEPTH, RUN_LIMIT } from '../memory/layout';
import type { Layout } from './bytecode';
import { CPU, ENTRY, FUEL, type HandlerScope, IMPORT_HELPER } from './handler-scope';

/** Pushes the host address of the call record's entry `back` places below the next free one. */
function frameEntry(scope: HandlerScope, back: number): void {
  scope.out.emit('local.get', CPU);
  scope.out.emit('local.get', CPU);
  scope.out.emit('i32.load', RUN_DEPTH);
  if (back > 0) {
    scope.out.emit('i32.const', back);
    scope.out.emit('i32.sub');
  }
  scope.out.emit('i32.const', 5);
  scope.out.emit('i32.shl');
  scope.out.emit('i32.add');
  scope.out.emit('local.tee', ENTRY);
}

function setDepth(scope: HandlerScope, change: number): void {
  scope.setRun(RUN_DEPTH, () => {
    scope.out.emit('local.get', CPU);
    scope.out.emit('i32.load', RUN_DEPTH);
    scope.out.emit('i32.const', change);
    scope.out.emit('i32.add');
  });
}

export function framePush(scope: HandlerScope, layout: Layout): void {
  const { out } = scope;
  out.emit('local.get', CPU);
  out.emit('i32.load', RUN_DEPTH);
  out.emit('i32.const', FRAME_LIMIT);
  out.emit('i32.eq');
  out.open('if');
  scope.callHost(() => {
    out.emit('i32.const', FRAME_HELPER.OVERFLOW);
    out.emit('i32.const', 0);
    out.emit('i32.const', 0);
  }, IMPORT_HELPER);
  out.emit('end');
  frameEntry(scope, 0);
  scope.source(layout, 0);
  out.emit('i32.store', FRAME_RECORD);
  for (const index of [1, 2]) {
    out.emit('local.get', ENTRY);
    scope.source(layout, index);
    out.emit('i32.store', FRAME_RECORD + 4 * index);
  }
  out.emit('local.get', ENTRY);
  scope.field(layout, 'kind');
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
  // No way to compiled code is known behind the call.
  out.emit('local.get', ENTRY);
  out.emit('i64.const', 0);
  out.emit('i64.store', FRAME_RECORD + 24);
  setDepth(scope, 1);
}

export function framePop(scope: HandlerScope, layout: Layout): void {
  const { out } = scope;
  out.emit('local.get', CPU);
  out.emit('i32.load', RUN_DEPTH);
  out.open('if');
  frameEntry(scope, 1);
  out.emit('i32.load', FRAME_RECORD);
  scope.source(layout, 0);
  out.emit('i32.eq');
  out.emit('local.get', ENTRY);
  out.emit('i32.load', FRAME_RECORD + 4);
  scope.source(layout, 1);
  out.emit('i32.eq');
  out.emit('i32.and');
  out.open('if');
  setDepth(scope, -1);
  out.emit('else');
  scope.callHost(() => {
    out.emit('i32.const', FRAME_HELPER.UNMATCHED);
    scope.source(layout, 0);
    scope.source(layout, 1);
  }, IMPORT_HELPER);
  out.emit('end');
  out.emit('end');
}
