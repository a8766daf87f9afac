/** Iterations of repeated compares and scans, many at once: see engine/string-functions. */
import { BulkFunction } from './bulk-function';
import type { StringRegisters } from './handler-scope';
import type { Value } from './wasm/function-writer';
import type { FunctionBody } from './wasm/module';

const VECTOR = 16;
/** Bytes that are compared before it is asked whether the repetition ends in them. */
const STRIDE = 4 * VECTOR;
const LANES = 0xffff;

type Equal = 'i8x16.eq' | 'i16x8.eq' | 'i32x4.eq';

/**
 * Passes over elements of `from` while they are equal to those of `to`, or to the value in every element of `vector`; or while
 * they are not, of the width of `unequal`. Where they are to be equal, so are their bytes.
 */
function passWhile(f: BulkFunction, pair: boolean, unequal: Equal | undefined): void {
  const vector =
    (base: string, at: Value, n: number): Value =>
    () =>
      f.do('v128.load', [f.op('i32.add', base, at)], n * VECTOR);
  const compared = (op: Equal | 'v128.xor', at: Value, n = 0): Value =>
    f.op(op, vector('from', at, n), pair ? vector('to', at, n) : 'vector');
  // What is not zero where the repetition ends.
  const ends = (n: number): Value => compared(unequal ?? 'v128.xor', 'at', n);
  f.loop((done) => {
    done(f.op('i32.lt_u', f.op('i32.sub', 'bytes', 'at'), STRIDE));
    done(f.op('v128.any_true', f.op('v128.or', f.op('v128.or', ends(0), ends(1)), f.op('v128.or', ends(2), ends(3)))));
    f.set('at', f.op('i32.add', 'at', STRIDE));
  });
  f.loop((done) => {
    done(f.op('i32.eq', 'at', 'bytes'));
    // A vector that would reach beyond the end begins before, and bytes that were passed are not looked at again.
    f.set('passed', f.op('i32.sub', VECTOR, f.op('i32.sub', 'bytes', 'at')));
    f.set('passed', f.op('select', 'passed', 0, f.op('i32.gt_s', 'passed', 0)));
    const lanes = f.op('i8x16.bitmask', compared(unequal ?? 'i8x16.eq', f.op('i32.sub', 'at', 'passed')));
    const found = unequal === undefined ? f.op('i32.xor', lanes, LANES) : lanes;
    f.set('found', f.op('i32.shr_u', found, 'passed'));
    f.if('found', () => {
      const element = f.op('i32.shl', -1, 'shift');
      f.set('bytes', f.op('i32.add', 'at', f.op('i32.and', f.op('i32.ctz', 'found'), element)));
      f.out.emit('br', 2);
    });
    f.set('at', f.op('i32.add', 'at', f.op('i32.sub', VECTOR, 'passed')));
  });
}

/** Sets `bytes` to how far it came; `found` to other than 0 when it met an element that ends the repetition. */
function pass(f: BulkFunction, pair: boolean): void {
  f.set('at', 0);
  f.set('found', 0);
  const unequal = (op: Equal) => (): void => passWhile(f, pair, op);
  f.if(
    'equal',
    () => passWhile(f, pair, undefined),
    () =>
      f.if(f.op('i32.eqz', 'shift'), unequal('i8x16.eq'), () =>
        f.if(f.op('i32.eq', 'shift', 1), unequal('i16x8.eq'), unequal('i32x4.eq')),
      ),
  );
}

export function bulkCompare(registers: StringRegisters): FunctionBody {
  const names = ['source_base', 'source_bounds', 'target_base', 'target_bounds', 'equal'];
  const f = new BulkFunction('bulk_compare', names, registers);
  f.locals('i32', 'found', 'passed');
  f.begin();
  f.offset('source');
  f.offset('target');
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.reads('source', 'from', 'bytes');
    f.reads('target', 'to', 'other');
    f.least('bytes', 'other');
    f.allButOne(leave);
    pass(f, true);
    f.advance('source', 'target');
    leave('found');
  });
  return f.end('source', 'target');
}

export function bulkScan(registers: StringRegisters): FunctionBody {
  const f = new BulkFunction('bulk_scan', ['target_base', 'target_bounds', 'equal'], registers);
  f.locals('i32', 'found', 'passed', 'word');
  f.begin();
  f.offset('target');
  f.splat('word');
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.reads('target', 'from', 'bytes');
    f.allButOne(leave);
    pass(f, false);
    f.advance('target');
    leave('found');
  });
  return f.end('target');
}
