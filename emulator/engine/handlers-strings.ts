/** Handlers of iterations that are done many at once: functions of the module (engine/string-functions) do them. */
import type { Layout } from './bytecode';
import { BULK_FIRST, BULK_OPS, type BulkOp, CPU, elementShift, FUEL, type HandlerScope, VALUE } from './handler-scope';

/** Takes the fuel of the iterations that were done. */
export function bulk(scope: HandlerScope, layout: Layout, op: BulkOp): void {
  const { out } = scope;
  out.emit('local.get', CPU);
  out.emit('local.get', FUEL);
  out.emit('i32.const', elementShift(layout.form.width));
  scope.fields(layout);
  out.emit('call', BULK_FIRST + BULK_OPS.indexOf(op));
  out.emit('local.set', VALUE);
  out.emit('local.get', FUEL);
  out.emit('local.get', VALUE);
  out.emit('i32.sub');
  out.emit('local.set', FUEL);
}
