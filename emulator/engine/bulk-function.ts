/**
 * What the functions of string instructions (engine/string-functions, string-searches) have in common: how many iterations may be
 * done at once, and where in wasm memory their elements lie.
 */
import { IN_PLACE_WORD } from '../memory/in-place';
import {
  CODE_MAPS,
  FRAMES,
  IN_PLACE_READ,
  IN_PLACE_WRITE,
  PAGE_MASK,
  PAGE_SIZE,
  RUN_BULK,
  RUN_ENTERED,
  RUN_REPEATING,
  RUN_TLB,
  TLB_ENTRIES,
} from '../memory/layout';
import { MARKED, TLB_ADDEND, TLB_MAP, TLB_READ, TLB_WRITE } from '../memory/tlb';
import { DIRECT_RUN, type StringRegisters } from './handler-scope';
import { FunctionWriter, type Value } from './wasm/function-writer';
import type { FunctionBody } from './wasm/module';

/** Most iterations in one go, so that their bytes are a small number. */
const MOST = 1 << 24;

/** Kinds of accesses: the tag in the soft TLB, and the table of memory/in-place. */
const READS = { tag: TLB_READ, table: IN_PLACE_READ } as const;
const WRITES = { tag: TLB_WRITE, table: IN_PLACE_WRITE } as const;

/** Offset of an address's word in a table of memory/in-place. */
const wordOf = (f: FunctionWriter, address: Value): Value =>
  f.op('i32.and', f.op('i32.shr_u', address, IN_PLACE_WORD.SHIFT), IN_PLACE_WORD.BITS);

/** The entry of an address in the soft TLB of the present privilege. */
const entryOf = (f: FunctionWriter, address: Value): Value =>
  f.op(
    'i32.add',
    f.op('i32.add', 'cpu', f.word('cpu', RUN_TLB)),
    f.op('i32.and', f.op('i32.shr_u', address, 12 - 5), (TLB_ENTRIES - 1) << 5),
  );

/**
 * (cpu, address, tag, table, bytes) -> where they lie in wasm memory, and how many of them can be reached there in one piece. What
 * lies in place is looked for first: compiled code fills no soft TLB as long as it is granted that.
 */
export function directRun(): FunctionBody {
  const f = new FunctionWriter('direct_run', ['cpu', 'address', 'tag', 'table', 'bytes'], 2);
  f.locals('i32', 'entry', 'found', 'host', 'length', 'next');
  /** The page of an address, where it lies in place: the table has 0 less that. */
  const placed = (address: Value): Value => f.op('i32.sub', 0, f.word(f.op('i32.add', 'table', wordOf(f, address))));
  const end = (): FunctionBody =>
    f.finish('host', f.op('select', 'length', 'bytes', f.op('i32.lt_u', 'length', 'bytes')));
  f.set('next', f.op('i32.and', 'address', -PAGE_SIZE));
  f.set('length', f.op('i32.sub', PAGE_SIZE, f.op('i32.and', 'address', PAGE_MASK)));
  f.if(
    f.op('i32.eq', placed('address'), 'next'),
    () => {
      f.set('host', f.op('i32.add', 'address', FRAMES));
      f.loop((leave) => {
        leave(f.op('i32.ge_u', 'length', 'bytes'));
        f.set('next', f.op('i32.add', 'address', 'length'));
        leave(f.op('i32.ne', placed('next'), 'next'));
        f.set('length', f.op('i32.add', 'length', PAGE_SIZE));
      });
    },
    () => {
      f.set('entry', entryOf(f, 'address'));
      f.set('found', f.word(f.op('i32.add', 'entry', 'tag')));
      f.set('host', f.op('i32.add', 'address', f.word('entry', TLB_ADDEND)));
      f.if(f.op('i32.ne', 'found', 'next'), () => {
        f.if(f.op('i32.ne', 'found', f.op('i32.or', 'next', MARKED)), () => f.return(0, 0));
        // Up to the first byte that is marked, or to the page's end.
        f.set('length', 0);
        f.set('next', f.op('i32.and', 'address', PAGE_MASK));
        f.loop((leave) => {
          leave(f.op('i32.or', f.op('i32.ge_u', 'length', 'bytes'), f.op('i32.ge_u', 'next', PAGE_SIZE)));
          const marks: Value = () =>
            f.do('i32.load8_u', [f.op('i32.add', f.word('entry', TLB_MAP), f.op('i32.shr_u', 'next', 3))]);
          leave(f.op('i32.and', f.op('i32.shr_u', marks, f.op('i32.and', 'next', 7)), 1));
          f.set('length', f.op('i32.add', 'length', 1));
          f.set('next', f.op('i32.add', 'next', 1));
        });
        f.return('host', 'length');
      });
      f.loop((leave) => {
        leave(f.op('i32.ge_u', 'length', 'bytes'));
        f.set('next', f.op('i32.add', 'address', 'length'));
        f.set('entry', entryOf(f, 'next'));
        leave(f.op('i32.ne', f.word(f.op('i32.add', 'entry', 'tag')), 'next'));
        leave(f.op('i32.ne', f.op('i32.add', 'next', f.word('entry', TLB_ADDEND)), f.op('i32.add', 'host', 'length')));
        f.set('length', f.op('i32.add', 'length', PAGE_SIZE));
      });
    },
  );
  return end();
}

/**
 * (cpu, address, from, bytes) -> how many bytes of translated code at an address are those that lie at `from` in wasm memory: writing
 * them would change nothing.
 */
export function sameCode(): FunctionBody {
  const f = new FunctionWriter('same_code', ['cpu', 'address', 'from', 'bytes'], 1);
  f.locals('i32', 'entry', 'host', 'length');
  f.set('entry', entryOf(f, 'address'));
  const marked = f.op('i32.or', f.op('i32.and', 'address', -PAGE_SIZE), MARKED);
  const refused = f.op('i32.ne', f.word('entry', TLB_WRITE), marked);
  f.if(f.op('i32.or', refused, f.op('i32.lt_u', f.word('entry', TLB_MAP), CODE_MAPS)), () => f.return(0));
  f.set('host', f.op('i32.add', 'address', f.word('entry', TLB_ADDEND)));
  const rest = f.op('i32.sub', PAGE_SIZE, f.op('i32.and', 'address', PAGE_MASK));
  f.set('bytes', f.op('select', 'bytes', rest, f.op('i32.lt_u', 'bytes', rest)));
  const byte = (base: string): Value => f.op('i32.load8_u', f.op('i32.add', base, 'length'));
  f.loop((leave) => {
    leave(f.op('i32.eq', 'length', 'bytes'));
    leave(f.op('i32.ne', byte('host'), byte('from')));
    f.set('length', f.op('i32.add', 'length', 1));
  });
  return f.finish('length');
}

export class BulkFunction extends FunctionWriter {
  constructor(
    name: string,
    immediates: readonly string[],
    private readonly registers: StringRegisters,
  ) {
    super(name, ['cpu', 'fuel', 'shift', 'mask', ...immediates], 1);
    this.locals('i32', 'count', 'total', 'source', 'target', 'from', 'to', 'bytes', 'other', 'at', 'address');
    this.locals('i64', 'room', 'inside');
    this.locals('v128', 'vector');
  }

  register(name: keyof StringRegisters): Value {
    return this.word('cpu', this.registers[name]);
  }

  /** Sets `count` to the most iterations that may be; returns when there are none, or they go down. */
  begin(): void {
    this.if(this.op('i32.ne', this.register('step'), 1), () => this.return(0));
    this.set('count', this.op('i32.sub', this.op('i32.and', this.register('counter'), 'mask'), 1));
    this.least('count', 'fuel');
    this.least('count', MOST);
  }

  /** Sets an offset from its register, and limits `count` to what lies in the segment and below the end of offsets. */
  offset(name: 'source' | 'target'): void {
    const long = (value: Value): Value => this.op('i64.extend_i32_u', value);
    const one: Value = () => this.out.emit('i64.const', 1);
    const pair: Value = this.op('i32.add', 'cpu', `${name}_bounds`);
    this.set(name, this.op('i32.and', this.register(name), 'mask'));
    this.set('room', this.op('i64.add', long(this.op('i32.sub', 'mask', name)), one));
    this.set(
      'inside',
      this.op('i64.sub', () => this.do('i64.load', [pair], 8), long(this.op('i32.sub', name, this.word(pair)))),
    );
    this.if(this.op('i64.lt_s', 'inside', 'room'), () => this.set('room', 'inside'));
    this.if(this.op('i64.lt_s', 'room', one), () => this.return(0));
    this.set('room', this.op('i64.shr_u', 'room', long('shift')));
    this.if(this.op('i64.lt_u', 'room', long('count')), () => this.set('count', this.op('i32.wrap_i64', 'room')));
  }

  /** Finds what can be reached in one piece from an offset: `host` its place, `bytes` how much. */
  private run(
    name: 'source' | 'target',
    { tag, table }: typeof READS | typeof WRITES,
    host: string,
    bytes: string,
  ): void {
    this.set('address', this.op('i32.add', this.word(this.op('i32.add', 'cpu', `${name}_base`)), name));
    this.set(bytes, this.op('i32.shl', 'count', 'shift'));
    // Mostly all lies in one page, in place.
    this.set(host, this.op('i32.add', 'address', this.word(wordOf(this, 'address'), table)));
    const last = this.op('i32.sub', this.op('i32.add', host, bytes), 1);
    this.if(
      this.op('i32.lt_u', this.op('i32.or', host, last), PAGE_SIZE),
      () => this.set(host, this.op('i32.add', 'address', FRAMES)),
      () => {
        this.do('call', ['cpu', 'address', tag, table, bytes], DIRECT_RUN);
        this.set(bytes, () => undefined);
        this.set(host, () => undefined);
      },
    );
  }

  /** The same for elements that are read. */
  reads(name: 'source' | 'target', host: string, bytes: string): void {
    this.run(name, READS, host, bytes);
  }

  /** The same for elements that are written. */
  writes(host: string, bytes: string): void {
    this.run('target', WRITES, host, bytes);
  }

  /** Makes `bytes` whole elements. */
  wholeElements(): void {
    this.set('bytes', this.op('i32.shl', this.op('i32.shr_u', 'bytes', 'shift'), 'shift'));
  }

  /**
   * The same, and one less: flags and the register that was read into come from the iteration behind, which must not fault.
   */
  allButOne(leave: (condition: Value) => void): void {
    this.wholeElements();
    leave(this.op('i32.eqz', 'bytes'));
    this.set('bytes', this.op('i32.sub', 'bytes', this.op('i32.shl', 1, 'shift')));
    leave(this.op('i32.eqz', 'bytes'));
  }

  least(name: string, other: Value): void {
    this.set(name, this.op('select', name, other, this.op('i32.lt_u', name, other)));
  }

  /** Moves on by `bytes`. */
  advance(...names: readonly ('source' | 'target')[]): void {
    for (const name of names) this.set(name, this.op('i32.add', name, 'bytes'));
    this.set('at', this.op('i32.shr_u', 'bytes', 'shift'));
    this.set('total', this.op('i32.add', 'total', 'at'));
    this.set('count', this.op('i32.sub', 'count', 'at'));
  }

  /** Writes the registers back, at the address size, and notes what was done. */
  end(...names: readonly ('source' | 'target')[]): FunctionBody {
    const counter = this.op('i32.sub', this.register('counter'), 'total');
    const store = (mnemonic: 'i32.store' | 'i32.store16') => {
      for (const name of names) this.do(mnemonic, ['cpu', name], this.registers[name]);
      this.do(mnemonic, ['cpu', counter], this.registers.counter);
    };
    this.if(this.op('i32.eqz', 'total'), () => this.return(0));
    this.if(
      this.op('i32.eq', 'mask', 0xffff),
      () => store('i32.store16'),
      () => store('i32.store'),
    );
    this.do('i32.store', ['cpu', 1], RUN_REPEATING);
    // They are not among those that compiled code has executed.
    for (const at of [RUN_BULK, RUN_ENTERED]) {
      const before: Value = () => this.do('i64.load', ['cpu'], at);
      this.do('i64.store', ['cpu', this.op('i64.add', before, this.op('i64.extend_i32_u', 'total'))], at);
    }
    return this.finish('total');
  }

  /** The value in every element of 32 bits, and of `vector`. */
  splat(word: string): void {
    const value = this.register('value');
    this.if(
      this.op('i32.eqz', 'shift'),
      () => this.set(word, this.op('i32.mul', this.op('i32.and', value, 0xff), 0x0101_0101)),
      () =>
        this.if(
          this.op('i32.eq', 'shift', 1),
          () => this.set(word, this.op('i32.mul', this.op('i32.and', value, 0xffff), 0x1_0001)),
          () => this.set(word, value),
        ),
    );
    this.set('vector', this.op('i32x4.splat', word));
  }
}
