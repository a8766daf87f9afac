/**
 * Iterations of repeated string instructions, many at once, as functions of the interpreter's module. They do what the
 * iterations would, one by one: only through pages that the soft TLB opens, inside of segments, and no more than there is
 * fuel for. At least one iteration is left for the instruction itself, which sets flags, meets faults, devices and pages
 * that ask, and ends the repetition.
 *
 * Each takes (cpu, fuel, shift, mask, ...): the element is 1 << shift bytes, `mask` cuts offsets and the counter to the
 * address size; `..._base` and `..._bounds` are offsets of registers: a segment's base, and its bounds as `bound` has
 * them. It gives the number of iterations done.
 */
import { PAGE_MASK, PAGE_SIZE, RUN_TLB, TLB_ENTRIES } from '../memory/layout';
import { MARKED, TLB_ADDEND, TLB_MAP, TLB_READ, TLB_WRITE } from '../memory/tlb';
import { BULK_LIMIT, DIRECT_RUN, type StringRegisters } from './handler-scope';
import { FunctionWriter, type Value } from './wasm/function-writer';
import type { FunctionBody } from './wasm/module';

/** Most iterations in one go, so that their bytes are a small number. */
const MOST = 1 << 24;
/** Bytes that are written or compared by a loop step. */
const VECTOR = 16;
/** Bytes of a pattern that are written one vector after another; the host copies them for the rest. */
const SEED = 256;
/** Bytes that are compared before it is asked whether there was the one that is looked for. */
const STRIDE = 4 * VECTOR;

/** (cpu, address, tag, bytes) -> where they lie in wasm memory, and how many of them can be reached there in one piece. */
export function directRun(): FunctionBody {
  const f = new FunctionWriter('direct_run', ['cpu', 'address', 'tag', 'bytes'], 2);
  f.locals('i32', 'entry', 'found', 'host', 'length', 'next');
  const entryOf = (address: Value): Value =>
    f.op(
      'i32.add',
      f.op('i32.add', 'cpu', f.word('cpu', RUN_TLB)),
      f.op('i32.and', f.op('i32.shr_u', address, 12 - 5), (TLB_ENTRIES - 1) << 5),
    );
  f.set('entry', entryOf('address'));
  f.set('found', f.word(f.op('i32.add', 'entry', 'tag')));
  f.set('next', f.op('i32.and', 'address', -PAGE_SIZE));
  f.if(f.op('i32.ne', 'found', 'next'), () => {
    f.if(f.op('i32.ne', 'found', f.op('i32.or', 'next', MARKED)), () => f.return(0, 0));
    // Up to the first byte that is marked, or to the page's end.
    f.set('host', f.op('i32.and', 'address', PAGE_MASK));
    f.loop((leave) => {
      leave(f.op('i32.or', f.op('i32.ge_u', 'length', 'bytes'), f.op('i32.ge_u', 'host', PAGE_SIZE)));
      const marks: Value = () =>
        f.do('i32.load8_u', [f.op('i32.add', f.word('entry', TLB_MAP), f.op('i32.shr_u', 'host', 3))]);
      leave(f.op('i32.and', f.op('i32.shr_u', marks, f.op('i32.and', 'host', 7)), 1));
      f.set('length', f.op('i32.add', 'length', 1));
      f.set('host', f.op('i32.add', 'host', 1));
    });
    f.return(f.op('i32.add', 'address', f.word('entry', TLB_ADDEND)), 'length');
  });
  f.set('host', f.op('i32.add', 'address', f.word('entry', TLB_ADDEND)));
  f.set('length', f.op('i32.sub', PAGE_SIZE, f.op('i32.and', 'address', PAGE_MASK)));
  f.loop((leave) => {
    leave(f.op('i32.ge_u', 'length', 'bytes'));
    f.set('next', f.op('i32.add', 'address', 'length'));
    f.set('entry', entryOf('next'));
    leave(f.op('i32.ne', f.word(f.op('i32.add', 'entry', 'tag')), 'next'));
    leave(f.op('i32.ne', f.op('i32.add', 'next', f.word('entry', TLB_ADDEND)), f.op('i32.add', 'host', 'length')));
    f.set('length', f.op('i32.add', 'length', PAGE_SIZE));
  });
  return f.finish('host', f.op('select', 'length', 'bytes', f.op('i32.lt_u', 'length', 'bytes')));
}

/** (cpu, count, shift, mask, offset, bounds) -> so many elements from `offset` up lie in the segment, at most `count`. */
export function bulkLimit(): FunctionBody {
  const f = new FunctionWriter('bulk_limit', ['cpu', 'count', 'shift', 'mask', 'offset', 'bounds'], 1);
  f.locals('i64', 'room', 'inside');
  const long = (value: Value): Value => f.op('i64.extend_i32_u', value);
  const pair: Value = f.op('i32.add', 'cpu', 'bounds');
  f.set(
    'room',
    f.op('i64.add', long(f.op('i32.sub', 'mask', 'offset')), () => f.out.emit('i64.const', 1)),
  );
  f.set(
    'inside',
    f.op('i64.sub', () => f.do('i64.load', [pair], 8), long(f.op('i32.sub', 'offset', f.word(pair)))),
  );
  f.if(f.op('i64.lt_s', 'inside', 'room'), () => f.set('room', 'inside'));
  f.if(
    f.op('i64.lt_s', 'room', () => f.out.emit('i64.const', 1)),
    () => f.return(0),
  );
  f.set('room', f.op('i64.shr_u', 'room', long('shift')));
  f.if(f.op('i64.lt_u', 'room', long('count')), () => f.set('count', f.op('i32.wrap_i64', 'room')));
  return f.finish('count');
}

/** What all of them have in common. */
class BulkFunction extends FunctionWriter {
  constructor(
    name: string,
    immediates: readonly string[],
    private readonly registers: StringRegisters,
  ) {
    super(name, ['cpu', 'fuel', 'shift', 'mask', ...immediates], 1);
    this.locals('i32', 'count', 'total', 'source', 'target', 'from', 'to', 'bytes', 'other', 'at');
    this.locals('v128', 'vector');
  }

  register(name: keyof StringRegisters): Value {
    return this.word('cpu', this.registers[name]);
  }

  /** Sets `count` to the most iterations that may be; returns when there are none, or they go down. */
  begin(): void {
    this.if(this.op('i32.ne', this.register('step'), 1), () => this.return(0));
    this.set('count', this.op('i32.sub', this.op('i32.and', this.register('counter'), 'mask'), 1));
    for (const limit of ['fuel', MOST]) this.if(this.op('i32.gt_u', 'count', limit), () => this.set('count', limit));
  }

  /** Sets an offset from its register, and limits `count` to the segment. */
  offset(name: 'source' | 'target'): void {
    this.set(name, this.op('i32.and', this.register(name), 'mask'));
    this.do('call', ['cpu', 'count', 'shift', 'mask', name, `${name}_bounds`], BULK_LIMIT);
    this.set('count', () => undefined);
  }

  /** Finds what can be reached in one piece from an offset: `host` its place, `bytes` how much. */
  run(name: 'source' | 'target', tag: number, host: string, bytes: string): void {
    const base = this.word(this.op('i32.add', 'cpu', `${name}_base`));
    this.do('call', ['cpu', this.op('i32.add', base, name), tag, this.op('i32.shl', 'count', 'shift')], DIRECT_RUN);
    this.set(bytes, () => undefined);
    this.set(host, () => undefined);
  }

  /** Makes `bytes` whole elements. */
  wholeElements(): void {
    this.set('bytes', this.op('i32.shl', this.op('i32.shr_u', 'bytes', 'shift'), 'shift'));
  }

  least(name: string, other: string): void {
    this.if(this.op('i32.lt_u', other, name), () => this.set(name, other));
  }

  /** Moves on by `bytes`. */
  advance(...names: readonly ('source' | 'target')[]): void {
    for (const name of names) this.set(name, this.op('i32.add', name, 'bytes'));
    this.set('at', this.op('i32.shr_u', 'bytes', 'shift'));
    this.set('total', this.op('i32.add', 'total', 'at'));
    this.set('count', this.op('i32.sub', 'count', 'at'));
  }

  /** Writes the registers back, at the address size. */
  end(...names: readonly ('source' | 'target')[]): FunctionBody {
    const counter = this.op('i32.sub', this.register('counter'), 'total');
    const store = (mnemonic: 'i32.store' | 'i32.store16') => {
      for (const name of names) this.do(mnemonic, ['cpu', name], this.registers[name]);
      this.do(mnemonic, ['cpu', counter], this.registers.counter);
    };
    this.if(
      this.op('i32.eq', 'mask', 0xffff),
      () => store('i32.store16'),
      () => store('i32.store'),
    );
    return this.finish('total');
  }

  /** Sets `vector` to the value, in every element. */
  splat(): void {
    const value = this.register('value');
    this.if(
      this.op('i32.eqz', 'shift'),
      () => this.set('vector', this.op('i8x16.splat', value)),
      () =>
        this.if(
          this.op('i32.eq', 'shift', 1),
          () => this.set('vector', this.op('i16x8.splat', value)),
          () => this.set('vector', this.op('i32x4.splat', value)),
        ),
    );
  }

  /** Pushes the element at a place; `shift` says how wide it is. */
  element(place: Value): Value {
    return () => {
      this.push(this.op('i32.eqz', 'shift'));
      this.out.open('if', 'i32');
      this.do('i32.load8_u', [place]);
      this.out.emit('else');
      this.push(this.op('i32.eq', 'shift', 1));
      this.out.open('if', 'i32');
      this.do('i32.load16_u', [place]);
      this.out.emit('else');
      this.do('i32.load', [place]);
      this.out.emit('end');
      this.out.emit('end');
    };
  }
}

function bulkMove(registers: StringRegisters): FunctionBody {
  const names = ['source_base', 'source_bounds', 'target_base', 'target_bounds'];
  const f = new BulkFunction('bulk_move', names, registers);
  f.locals('i32', 'length', 'rest');
  f.begin();
  f.offset('source');
  f.offset('target');
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.run('source', TLB_READ, 'from', 'bytes');
    f.run('target', TLB_WRITE, 'to', 'other');
    f.least('bytes', 'other');
    f.wholeElements();
    leave(f.op('i32.eqz', 'bytes'));
    // How far the target lies above the source: what is written there is read again when that is less than all.
    f.set('other', f.op('i32.sub', 'to', 'from'));
    f.if(
      f.op('i32.ge_u', f.op('i32.sub', 'other', 1), f.op('i32.sub', 'bytes', 1)),
      () => f.do('memory.copy', ['to', 'from', 'bytes']),
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
          f.do('memory.copy', [f.op('i32.add', 'to', 'at'), 'from', 'length']);
          f.set('at', f.op('i32.add', 'at', 'length'));
        });
      },
    );
    f.advance('source', 'target');
  });
  return f.end('source', 'target');
}

function bulkFill(registers: StringRegisters): FunctionBody {
  const f = new BulkFunction('bulk_fill', ['target_base', 'target_bounds'], registers);
  f.locals('i32', 'length', 'rest');
  f.begin();
  f.offset('target');
  f.splat();
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.run('target', TLB_WRITE, 'to', 'bytes');
    f.wholeElements();
    leave(f.op('i32.eqz', 'bytes'));
    const value = f.register('value');
    // Where all bytes of the value are the same the host has the quickest way.
    f.if(
      () => f.do('i8x16.all_true', [f.op('i8x16.eq', 'vector', f.op('i8x16.splat', value))]),
      () => f.do('memory.fill', ['to', value, 'bytes']),
      () => {
        // A piece of the pattern, then twice as much, and so on.
        f.set('from', f.op('i32.add', 'to', 'bytes'));
        f.set('at', 'to');
        f.loop((done) => {
          done(f.op('i32.lt_u', f.op('i32.sub', 'from', 'at'), VECTOR));
          done(f.op('i32.ge_u', f.op('i32.sub', 'at', 'to'), SEED));
          f.do('v128.store', ['at', 'vector']);
          f.set('at', f.op('i32.add', 'at', VECTOR));
        });
        f.loop((done) => {
          f.set('length', f.op('i32.sub', 'at', 'to'));
          f.set('rest', f.op('i32.sub', 'from', 'at'));
          done(f.op('i32.or', f.op('i32.lt_u', 'length', SEED), f.op('i32.eqz', 'rest')));
          f.least('length', 'rest');
          f.do('memory.copy', ['at', 'to', 'length']);
          f.set('at', f.op('i32.add', 'at', 'length'));
        });
        f.loop((done) => {
          done(f.op('i32.ge_u', 'at', 'from'));
          f.if(
            f.op('i32.eq', 'shift', 1),
            () => f.do('i32.store16', ['at', value]),
            () => f.do('i32.store', ['at', value]),
          );
          f.set('at', f.op('i32.add', 'at', f.op('i32.shl', 1, 'shift')));
        });
      },
    );
    f.advance('target');
  });
  return f.end('target');
}

/**
 * Those that read leave one element more: flags and the register that was read into come from the iteration behind, which
 * must not fault.
 */
function leaveOne(f: BulkFunction, leave: (condition: Value) => void): void {
  f.wholeElements();
  leave(f.op('i32.eqz', 'bytes'));
  f.set('bytes', f.op('i32.sub', 'bytes', f.op('i32.shl', 1, 'shift')));
  leave(f.op('i32.eqz', 'bytes'));
}

function bulkSkip(registers: StringRegisters): FunctionBody {
  const f = new BulkFunction('bulk_skip', ['source_base', 'source_bounds'], registers);
  f.begin();
  f.offset('source');
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.run('source', TLB_READ, 'from', 'bytes');
    leaveOne(f, leave);
    f.advance('source');
  });
  return f.end('source');
}

/** Sets `found` where elements of the stride end the repetition. */
function endsIn(f: BulkFunction, eq: 'i8x16.eq' | 'i16x8.eq' | 'i32x4.eq', pair: boolean): void {
  const vector =
    (base: string, n: number): Value =>
    () =>
      f.do('v128.load', [f.op('i32.add', base, 'at')], n * VECTOR);
  const equal = (n: number): Value => f.op(eq, vector('from', n), pair ? vector('to', n) : 'vector');
  const all = (op: 'v128.and' | 'v128.or'): Value =>
    f.op(op, f.op(op, equal(0), equal(1)), f.op(op, equal(2), equal(3)));
  f.if(
    'equal',
    () => f.set('found', f.op('v128.not', all('v128.and'))),
    () => f.set('found', all('v128.or')),
  );
}

/**
 * Passes over elements while they are equal, or are not: what lies at `from` + `at` and, `pair`, at `to` + `at`, or the
 * value. Sets `bytes` to how far it came; `other` to 1 when it met an element that ends the repetition.
 */
function pass(f: BulkFunction, pair: boolean): void {
  const place = (base: string): Value => f.op('i32.add', base, 'at');
  const second = (): Value => (pair ? f.element(place('to')) : 'value');
  f.set('at', 0);
  f.set('other', 0);
  f.out.open('block');
  // Many bytes at once, as long as none of their elements ends the repetition.
  f.loop((done) => {
    done(f.op('i32.lt_u', f.op('i32.sub', 'bytes', 'at'), STRIDE));
    f.if(
      f.op('i32.eqz', 'shift'),
      () => endsIn(f, 'i8x16.eq', pair),
      () =>
        f.if(
          f.op('i32.eq', 'shift', 1),
          () => endsIn(f, 'i16x8.eq', pair),
          () => endsIn(f, 'i32x4.eq', pair),
        ),
    );
    done(f.op('v128.any_true', 'found'));
    f.set('at', f.op('i32.add', 'at', STRIDE));
  });
  f.loop((done) => {
    done(f.op('i32.ge_u', 'at', 'bytes'));
    f.if(f.op('i32.ne', f.op('i32.eq', f.element(place('from')), second()), 'equal'), () => {
      f.set('other', 1);
      f.out.emit('br', 3);
    });
    f.set('at', f.op('i32.add', 'at', f.op('i32.shl', 1, 'shift')));
  });
  f.out.emit('end');
  f.set('bytes', 'at');
}

function bulkCompare(registers: StringRegisters): FunctionBody {
  const names = ['source_base', 'source_bounds', 'target_base', 'target_bounds', 'equal'];
  const f = new BulkFunction('bulk_compare', names, registers);
  f.locals('v128', 'found');
  f.begin();
  f.offset('source');
  f.offset('target');
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.run('source', TLB_READ, 'from', 'bytes');
    f.run('target', TLB_READ, 'to', 'other');
    f.least('bytes', 'other');
    leaveOne(f, leave);
    pass(f, true);
    f.advance('source', 'target');
    leave('other');
  });
  return f.end('source', 'target');
}

function bulkScan(registers: StringRegisters): FunctionBody {
  const f = new BulkFunction('bulk_scan', ['target_base', 'target_bounds', 'equal'], registers);
  f.locals('i32', 'value');
  f.locals('v128', 'found');
  f.begin();
  f.offset('target');
  f.splat();
  // The value at its width.
  const bits: Value = f.op('i32.sub', 32, f.op('i32.shl', 8, 'shift'));
  f.set('value', f.op('i32.shr_u', f.op('i32.shl', f.register('value'), bits), bits));
  f.loop((leave) => {
    leave(f.op('i32.eqz', 'count'));
    f.run('target', TLB_READ, 'from', 'bytes');
    leaveOne(f, leave);
    pass(f, false);
    f.advance('target');
    leave('other');
  });
  return f.end('target');
}

/** The functions of string instructions, in the order of BULK_OPS. */
export const bulkFunctions = (registers: StringRegisters): readonly FunctionBody[] => [
  bulkMove(registers),
  bulkFill(registers),
  bulkSkip(registers),
  bulkCompare(registers),
  bulkScan(registers),
];
