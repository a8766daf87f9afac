/**
 * Iterations of repeated string instructions, many at once, as functions of the interpreter's module. They do what the
 * iterations would, one by one: only through pages that are opened to direct access, inside of segments, and no more than there is
 * fuel for. At least one iteration is left for the instruction itself, which sets flags, meets faults, devices and pages
 * that ask, and ends the repetition.
 *
 * Each takes (cpu, fuel, shift, mask, ...): the element is 1 << shift bytes, `mask` cuts offsets and the counter to the
 * address size; `..._base` and `..._bounds` are offsets of registers: a segment's base, and its bounds as `bound` has
 * them. It gives the number of iterations done.
 */
import { BulkFunction } from './bulk-function';
import { COPY_BYTES, SAME_CODE, type StringRegisters } from './handler-scope';
import { bulkCompare, bulkScan } from './string-searches';
import { FunctionWriter, type Value } from './wasm/function-writer';
import type { FunctionBody } from './wasm/module';

const VECTOR = 16;
/** Bytes that a loop step copies, or fills. */
const STRIDE = 8 * VECTOR;
/** From so many bytes on the host's copy is quicker. Below, the way to it takes longer than a loop. */
const MUCH = 1024;
/**
 * Where the target lies so little above the source, modulo the size of a page, each load of the host's copy waits for the store
 * before (AMD's REP MOVSB is ten times slower then): vectors, eight of which are loaded before the first is stored, are not.
 */
const NEAR = 64;

/** What moves less than a vector: two accesses that may overlap, or one. */
const PIECES = [
  { bytes: 8, load: 'i64.load', store: 'i64.store', type: 'i64' },
  { bytes: 4, load: 'i32.load', store: 'i32.store', type: 'i32' },
  { bytes: 2, load: 'i32.load16_u', store: 'i32.store16', type: 'i32' },
  { bytes: 1, load: 'i32.load8_u', store: 'i32.store8', type: 'i32' },
] as const;

/** Does `one` for the greatest piece that `bytes` bytes, 1 to 15, hold. */
function byPiece(f: FunctionWriter, one: (piece: (typeof PIECES)[number]) => void, index = 0): void {
  const piece = PIECES[index];
  if (index === PIECES.length - 1) one(piece);
  else
    f.if(
      f.op('i32.ge_u', 'bytes', piece.bytes),
      () => one(piece),
      () => byPiece(f, one, index + 1),
    );
}

/** (to, from, bytes): copies at least one byte. The target does not begin inside of the source, unless with it. */
export function copyBytes(): FunctionBody {
  const f = new FunctionWriter('copy_bytes', ['to', 'from', 'bytes'], 0);
  const parts = Array.from({ length: STRIDE / VECTOR }, (_, n) => `part${n}`);
  f.locals('i32', 'end', 'first_i32', 'last_i32');
  f.locals('i64', 'first_i64', 'last_i64');
  f.locals('v128', 'last', ...parts);
  f.if(f.op('i32.ge_u', 'bytes', MUCH), () => {
    const above = f.op('i32.and', f.op('i32.sub', 'to', 'from'), 0xfff);
    f.if(f.op('i32.ge_u', f.op('i32.sub', above, 1), NEAR - 1), () => {
      f.do('memory.copy', ['to', 'from', 'bytes']);
      f.return();
    });
  });
  f.if(f.op('i32.lt_u', 'bytes', VECTOR), () => {
    byPiece(f, ({ bytes, load, store, type }) => {
      const last = (base: string): Value => f.op('i32.sub', f.op('i32.add', base, 'bytes'), bytes);
      f.set(`first_${type}`, f.op(load, 'from'));
      f.set(`last_${type}`, f.op(load, last('from')));
      f.do(store, ['to', `first_${type}`]);
      f.do(store, [last('to'), `last_${type}`]);
    });
    f.return();
  });
  // The last vector is loaded before anything is stored, since it may overlap others.
  f.set('end', f.op('i32.sub', f.op('i32.add', 'to', 'bytes'), VECTOR));
  f.set('last', f.op('v128.load', f.op('i32.sub', f.op('i32.add', 'from', 'bytes'), VECTOR)));
  const copy = (vectors: readonly string[]) => {
    vectors.forEach((vector, n) => f.set(vector, () => f.do('v128.load', ['from'], n * VECTOR)));
    vectors.forEach((vector, n) => f.do('v128.store', ['to', vector], n * VECTOR));
    for (const name of ['from', 'to']) f.set(name, f.op('i32.add', name, vectors.length * VECTOR));
  };
  for (const vectors of [parts, parts.slice(0, 1)])
    f.loop((done) => {
      done(f.op('i32.lt_s', f.op('i32.sub', 'end', 'to'), (vectors.length - 1) * VECTOR + 1));
      copy(vectors);
    });
  f.do('v128.store', ['end', 'last']);
  return f.finish();
}

function bulkMove(registers: StringRegisters): FunctionBody {
  const names = ['source_base', 'source_bounds', 'target_base', 'target_bounds'];
  const f = new BulkFunction('bulk_move', names, registers);
  f.locals('i32', 'length', 'rest', 'same');
  f.begin();
  f.offset('source');
  f.offset('target');
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.reads('source', 'from', 'bytes');
    f.writes('to', 'other');
    // Code that is written again as it is: the iterations are done without a write.
    f.set('same', f.op('i32.eqz', 'other'));
    f.if('same', () => {
      f.do('call', ['cpu', 'address', 'from', 'bytes'], SAME_CODE);
      f.set('other', () => undefined);
    });
    f.least('bytes', 'other');
    f.wholeElements();
    leave(f.op('i32.eqz', 'bytes'));
    // How far the target lies above the source: what is written there is read again when that is less than all.
    f.set('other', f.op('i32.sub', 'to', 'from'));
    const isApart = f.op('i32.ge_u', f.op('i32.sub', 'other', 1), f.op('i32.sub', 'bytes', 1));
    f.if(
      f.op('i32.or', 'same', isApart),
      () => f.if(f.op('i32.eqz', 'same'), () => f.do('call', ['to', 'from', 'bytes'], COPY_BYTES)),
      () => {
        // Elements that overlap themselves are left to the instruction.
        f.do('br_if', [f.op('i32.lt_u', 'other', f.op('i32.shl', 1, 'shift'))], 2);
        f.set('at', 0);
        // A period of the pattern, then twice as much of it, and so on.
        f.loop((done) => {
          done(f.op('i32.eq', 'at', 'bytes'));
          f.set('length', f.op('i32.add', 'other', 'at'));
          f.set('rest', f.op('i32.sub', 'bytes', 'at'));
          f.least('length', 'rest');
          f.do('call', [f.op('i32.add', 'to', 'at'), 'from', 'length'], COPY_BYTES);
          f.set('at', f.op('i32.add', 'at', 'length'));
        });
      },
    );
    f.advance('source', 'target');
  });
  return f.end('source', 'target');
}

/** Writes `word`, which `vector` is made of, to `bytes` bytes at `to`: whole elements. */
function fill(f: BulkFunction): void {
  const vectors = (count: number) =>
    f.loop((done) => {
      done(f.op('i32.lt_s', f.op('i32.sub', 'from', 'to'), (count - 1) * VECTOR + 1));
      for (let n = 0; n < count; n++) f.do('v128.store', ['to', 'vector'], n * VECTOR);
      f.set('to', f.op('i32.add', 'to', count * VECTOR));
    });
  f.if(
    f.op('i32.lt_u', 'bytes', VECTOR),
    () =>
      byPiece(f, ({ bytes, store, type }) => {
        const value = type === 'i64' ? 'long' : 'word';
        f.do(store, ['to', value]);
        f.do(store, [f.op('i32.sub', f.op('i32.add', 'to', 'bytes'), bytes), value]);
      }),
    () => {
      // The last vector overlaps others, by whole elements.
      f.set('from', f.op('i32.sub', f.op('i32.add', 'to', 'bytes'), VECTOR));
      vectors(STRIDE / VECTOR);
      vectors(1);
      f.do('v128.store', ['from', 'vector']);
    },
  );
}

function bulkFill(registers: StringRegisters): FunctionBody {
  const f = new BulkFunction('bulk_fill', ['target_base', 'target_bounds'], registers);
  f.locals('i32', 'word');
  f.locals('i64', 'long');
  f.begin();
  f.offset('target');
  f.splat('word');
  const low = f.op('i64.extend_i32_u', 'word');
  f.set(
    'long',
    f.op(
      'i64.or',
      f.op('i64.shl', low, () => f.out.emit('i64.const', 32)),
      low,
    ),
  );
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.writes('to', 'bytes');
    f.wholeElements();
    leave(f.op('i32.eqz', 'bytes'));
    // Where all bytes of the value are the same the host has the quickest way for many.
    const even = f.op('i32.eq', 'word', f.op('i32.mul', f.op('i32.and', 'word', 0xff), 0x0101_0101));
    f.if(
      f.op('i32.and', even, f.op('i32.ge_u', 'bytes', MUCH)),
      () => f.do('memory.fill', ['to', 'word', 'bytes']),
      () => fill(f),
    );
    f.advance('target');
  });
  return f.end('target');
}

function bulkSkip(registers: StringRegisters): FunctionBody {
  const f = new BulkFunction('bulk_skip', ['source_base', 'source_bounds'], registers);
  f.begin();
  f.offset('source');
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.reads('source', 'from', 'bytes');
    f.allButOne(leave);
    f.advance('source');
  });
  return f.end('source');
}

/** The functions of string instructions, in the order of BULK_OPS. */
export const bulkFunctions = (registers: StringRegisters): readonly FunctionBody[] => [
  bulkMove(registers),
  bulkFill(registers),
  bulkSkip(registers),
  bulkCompare(registers),
  bulkScan(registers),
];
