/** Handlers of iterations that are done many at once: functions of the module (engine/string-functions) do them. */
import { RUN_BULK, RUN_REPEATING } from '../memory/layout';
import type { Layout } from './bytecode';
import { BULK_FIRST, BULK_OPS, CPU, FUEL, type HandlerScope, VALUE } from './handler-scope';

export type BulkOp = (typeof BULK_OPS)[number];

const SHIFTS: Readonly<Record<number, number>> = { 8: 0, 16: 1, 32: 2 };

/** Takes the fuel of the iterations that were done; behind one the instruction is repeating. */
export function bulk(scope: HandlerScope, layout: Layout, op: BulkOp): void {
  const { out } = scope;
  out.emit('local.get', CPU);
  out.emit('local.get', FUEL);
  out.emit('i32.const', SHIFTS[layout.form.width] ?? 0);
  scope.fields(layout);
  out.emit('call', BULK_FIRST + BULK_OPS.indexOf(op));
  out.emit('local.tee', VALUE);
  out.open('if');
  out.emit('local.get', FUEL);
  out.emit('local.get', VALUE);
  out.emit('i32.sub');
  out.emit('local.set', FUEL);
  scope.setRun64(RUN_BULK, () => {
    out.emit('local.get', CPU);
    out.emit('i64.load', RUN_BULK);
    out.emit('local.get', VALUE);
    out.emit('i64.extend_i32_u');
    out.emit('i64.add');
  });
  scope.setRun(RUN_REPEATING, () => out.emit('i32.const', 1));
  out.emit('end');
}
