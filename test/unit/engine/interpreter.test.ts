import { strict as assert } from 'node:assert';
import { encodeBlock, LAYOUTS } from '../../../emulator/engine/bytecode';
import { interpreterModule } from '../../../emulator/engine/interpreter';
import { BlockBuilder, constant, type IrBlock, type Operand } from '../../../emulator/ir/block';
import { EXIT } from '../../../emulator/ir/exits';
import { opRow, type Width } from '../../../emulator/ir/ops';
import { CallRecord } from '../../../emulator/memory/call-record';
import {
  CODE,
  CPU_BASE,
  FRAME_LIMIT,
  JUMP_ENTRIES,
  JUMPS,
  RUN_BREAKPOINTS,
  RUN_DEPTH,
  RUN_REPEATING,
} from '../../../emulator/memory/layout';
import { EngineHarness, HARNESS_CONFIG, LEAVE, SLOT } from './harness';

const register = (offset: number): Operand => ({ kind: 'register', offset });
const A = register(SLOT.A);
const B = register(SLOT.B);
const D = register(SLOT.D);

const leave = (b: BlockBuilder, detail = 7) => b.emit('exit', 32, undefined, [], [EXIT.HALT, detail]);

function block(fill: (b: BlockBuilder) => void): IrBlock {
  const b = new BlockBuilder();
  fill(b);
  leave(b);
  return b.finish();
}

const MEMORY_FORMS = LAYOUTS.map(({ form }) => form).filter(({ op }) => opRow(op).kind === 'memory');
const PATTERN = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeffn;

describe('interpreter: memory ops', () => {
  for (const { op, width, toTemp, constant: last } of MEMORY_FORMS) {
    for (const [place, address] of [
      ['inside a page', 0x2010],
      ['across pages', 0x2fff],
    ] as const) {
      const name = `${op}.${width}${toTemp ? ' to a temporary' : ''}${last ? ', constant' : ''}, ${place}`;
      it(name, () => memoryCase(op, width, toTemp, last, address));
    }
  }

  function memoryCase(op: string, width: Width, toTemp: boolean, last: boolean, address: number): void {
    const engine = new EngineHarness();
    const big = op.endsWith('_be');
    const bytes = width / 8;
    const value = BigInt.asUintN(width, PATTERN);
    const bytesOf = (v: bigint) => {
      const list = Array.from({ length: bytes }, (_, i) => Number((v >> BigInt(8 * i)) & 0xffn));
      return big ? list.toReversed() : list;
    };
    const crosses = (address & 0xfff) + bytes > 0x1000;
    // First through the host, then (the TLB knows the page) straight to memory.
    for (const known of [false, true]) {
      if (known) for (const page of [0x2000, 0x3000]) engine.tlb.fill(0, page, page, true);
      engine.slow.length = 0;
      engine.set(SLOT.A, 128, BigInt(address));
      const label = `${op} known ${known}`;
      if (op.startsWith('load')) {
        engine.memory.load(address, Uint8Array.from(bytesOf(value)));
        engine.set(SLOT.D, 128, 0n);
        const source = last ? constant(address) : A;
        const dst: Operand = toTemp ? { kind: 'temp', index: 0 } : D;
        const ir = block((b) => {
          if (toTemp) b.temp();
          b.emit(op as 'load', width, dst, [source]);
          if (toTemp) b.emit('mov', 32, D, [dst]);
        });
        engine.run(ir);
        assert.equal(engine.get(SLOT.D, toTemp ? 32 : width), value, label);
      } else {
        engine.memory.load(address - 1, new Uint8Array(bytes + 2).fill(0x5a));
        engine.set(SLOT.B, 128, (0x77n << BigInt(width)) | value);
        const source = last ? constant(width === 64 ? BigInt.asUintN(64, value) : value) : B;
        engine.run(block((b) => b.emit(op as 'store', width, undefined, [A, source])));
        const stored = [...engine.memory.readBytes(address - 1, bytes + 2)];
        assert.deepEqual(stored, [0x5a, ...bytesOf(value), 0x5a], label);
      }
      assert.equal(engine.slow.length, known && !crosses ? 0 : 1, `${label}: accesses through the host`);
    }
  }

  it('a page that may only be read is written through the host', () => {
    const engine = new EngineHarness();
    engine.tlb.fill(0, 0x2000, 0x2000, false);
    engine.set(SLOT.A, 32, 0x2000n);
    engine.run(block((b) => b.emit('store', 32, undefined, [A, constant(5)])));
    assert.deepEqual(engine.slow, [{ kind: 'store', address: 0x2000, size: 4 }]);
  });
});

describe('interpreter: bound', () => {
  const cases: readonly (readonly [string, low: number, size: number, at: number, bytes: number, ok: boolean])[] = [
    ['first byte', 0, 0x1_0000, 0, 1, true],
    ['last byte', 0, 0x1_0000, 0xffff, 1, true],
    ['word over the end', 0, 0x1_0000, 0xffff, 2, false],
    ['word at the end', 0, 0x1_0000, 0xfffe, 2, true],
    ['behind the end', 0, 0x1_0000, 0x1_0000, 1, false],
    ['wraps below 0', 0, 0x1_0000, 0xffff_ffff, 2, false],
    ['4 GiB, its last byte', 0, 2 ** 32, 0xffff_ffff, 1, true],
    ['4 GiB, over its end', 0, 2 ** 32, 0xffff_ffff, 2, false],
    ['nothing, at 0', 0, 0, 0, 1, false],
    ['nothing, at the top', 0, 0, 0xffff_ffff, 1, false],
    ['one byte, a word', 0, 1, 0, 2, false],
    ['expand-down, at its low end', 0x1000, 0xf000, 0x1000, 4, true],
    ['expand-down, below', 0x1000, 0xf000, 0xfff, 1, false],
    ['expand-down, over the top', 0x1000, 0xf000, 0xfffe, 4, false],
    ['expand-down 32-bit, over the top', 0x1000, 2 ** 32 - 0x1000, 0xffff_fffe, 4, false],
  ];
  for (const [name, low, size, at, bytes, ok] of cases) {
    it(name, () => {
      const engine = new EngineHarness();
      engine.set(SLOT.BOUNDS, 64, BigInt(low));
      engine.set(SLOT.BOUNDS + 8, 64, BigInt(size));
      engine.set(SLOT.A, 32, BigInt(at));
      const end = engine.run(block((b) => b.emit('bound', 32, undefined, [A], [SLOT.BOUNDS, bytes, 12])));
      assert.deepEqual([end.reason, end.detail], ok ? [EXIT.HALT, 7] : [EXIT.FAULT, 12]);
    });
  }
});

describe('interpreter: limit', () => {
  for (const [at, ok] of [
    [0, true],
    [0xfffe, true],
    [0xffff, false],
    [0xffff_ffff, false],
  ] as const) {
    it(`an offset of ${at.toString(16)}h`, () => {
      const engine = new EngineHarness();
      engine.set(SLOT.A, 32, BigInt(at));
      const end = engine.run(block((b) => b.emit('limit', 32, undefined, [A], [0xfffe, 13])));
      assert.deepEqual([end.reason, end.detail], ok ? [EXIT.HALT, 7] : [EXIT.FAULT, 13]);
    });
  }
});

describe('interpreter: control', () => {
  it('insn sets the program counter and takes fuel, and leaves before an instruction that has none', () => {
    const engine = new EngineHarness();
    const ir = block((b) => {
      b.emit('insn', 32, undefined, [], [0x100]);
      b.emit('mov', 32, A, [constant(1)]);
      b.emit('insn', 32, undefined, [], [0x102]);
      b.emit('mov', 32, A, [constant(2)]);
    });
    for (const [fuel, reason, a, pc, left] of [
      [0, EXIT.FUEL, 0n, 0x100n, 0],
      [1, EXIT.FUEL, 1n, 0x102n, 0],
      [2, EXIT.HALT, 2n, 0x102n, 0],
      [5, EXIT.HALT, 2n, 0x102n, 3],
    ] as const) {
      engine.set(SLOT.A, 32, 0n);
      const end = engine.run(ir, fuel);
      assert.deepEqual([end.reason, engine.get(SLOT.A, 32), engine.get(SLOT.PC, 32), end.fuel], [reason, a, pc, left]);
    }
  });

  it('br and br_if skip, repeat begins again and says so', () => {
    const engine = new EngineHarness();
    const b = new BlockBuilder();
    const start = b.label();
    const skip = b.label();
    const done = b.label();
    b.place(start);
    b.emit('insn', 32, undefined, [], [0x40]);
    b.emit('add', 32, A, [A, constant(1)]);
    b.emit('br_if', 32, undefined, [b.value('eq', 32, A, constant(3))], [done]);
    b.emit('br', 32, undefined, [], [skip]);
    b.emit('mov', 32, B, [constant(99)]);
    b.place(skip);
    b.emit('repeat', 32, undefined, [], [start]);
    b.place(done);
    leave(b);
    const end = engine.run(b.finish(), 10);
    assert.deepEqual([engine.get(SLOT.A, 32), engine.get(SLOT.B, 32), end.fuel], [3n, 0n, 7]);
    assert.equal(engine.get(RUN_REPEATING, 32), 1n);
  });

  it('breakpoint leaves only while breakpoints are obeyed', () => {
    const engine = new EngineHarness();
    const ir = block((b) => b.emit('breakpoint', 32, undefined, [], [0x77]));
    assert.equal(engine.run(ir).reason, EXIT.HALT);
    engine.set(RUN_BREAKPOINTS, 32, 1n);
    assert.equal(engine.run(ir).reason, EXIT.BREAKPOINT);
    assert.equal(engine.get(SLOT.PC, 32), 0x77n);
  });

  it('goto asks for a look-up with its chain cell, and follows the cell once it is filled', () => {
    const engine = new EngineHarness();
    const ir = block((b) => b.emit('goto', 32, undefined, [], [0x1234, 0]));
    const end = engine.run(ir);
    assert.deepEqual([end.reason, engine.get(SLOT.PC, 32)], [EXIT.LOOKUP, 0x1234n]);
    const { offsets } = encodeBlock(ir);
    const second = block((b) => b.emit('goto', 32, undefined, [], [0x1234, CODE + offsets[1]]));
    assert.equal(engine.run(second).reason, EXIT.HALT);
  });

  it('goto_if goes on when its condition is 0', () => {
    const engine = new EngineHarness();
    const ir = block((b) => b.emit('goto_if', 32, undefined, [A], [0x10, 0]));
    assert.equal(engine.run(ir).reason, EXIT.HALT);
    engine.set(SLOT.A, 32, 0x8000n);
    assert.equal(engine.run(ir).reason, EXIT.LOOKUP);
  });

  it('goto_ind finds a block by program counter and context, else asks', () => {
    const engine = new EngineHarness();
    const pc = 0x0045_6789;
    const ir = block((b) => b.emit('goto_ind', 32, undefined, [A]));
    engine.set(SLOT.A, 32, BigInt(pc));
    const entry = CPU_BASE + JUMPS + ((pc ^ (pc >>> 12)) & (JUMP_ENTRIES - 1)) * 16;
    const { view } = engine.memory;
    view.setUint32(entry, pc, true);
    view.setUint32(entry + 8, CODE + encodeBlock(ir).offsets[1], true);
    for (const [context, reason] of [
      [2, EXIT.LOOKUP],
      [1, EXIT.HALT],
    ] as const) {
      view.setUint32(entry + 4, context, true);
      assert.equal(engine.run(ir).reason, reason);
    }
    assert.equal(engine.get(SLOT.PC, 32), BigInt(pc));
  });

  it('same_context goes on in the context of its block, else as goto_ind', () => {
    const engine = new EngineHarness();
    const pc = 0x0045_6789;
    const ir = block((b) => b.emit('same_context', 32, undefined, [], [1, pc]));
    const { view } = engine.memory;
    const run = (context: number) => {
      engine.context = context;
      const { reason, detail } = engine.run(ir);
      return [reason, detail];
    };
    assert.deepEqual(run(1), [EXIT.HALT, 7]);
    assert.deepEqual(run(2), [EXIT.LOOKUP, 0]);
    assert.equal(engine.get(SLOT.PC, 32), BigInt(pc));
    const other = encodeBlock(block((b) => b.emit('exit', 32, undefined, [], [EXIT.HALT, 5]))).bytes;
    engine.memory.u8.set(other, CODE + 0x1000);
    const entry = CPU_BASE + JUMPS + ((pc ^ (pc >>> 12)) & (JUMP_ENTRIES - 1)) * 16;
    view.setUint32(entry, pc, true);
    view.setUint32(entry + 4, 2, true);
    view.setUint32(entry + 8, CODE + 0x1000, true);
    assert.deepEqual(run(2), [EXIT.HALT, 5]);
    assert.deepEqual(run(3), [EXIT.LOOKUP, 0]);
  });

  it('call passes two values, takes a result, and leaves when the helper asks', () => {
    const engine = new EngineHarness();
    engine.set(SLOT.A, 32, 11n);
    engine.helperResult = 0xcafe;
    const ir = block((b) => b.emit('call_value', 32, D, [A, constant(22)], [5]));
    assert.equal(engine.run(ir).reason, EXIT.HALT);
    assert.deepEqual(engine.calls, [{ id: 5, a: 11, b: 22 }]);
    assert.equal(engine.get(SLOT.D, 32), 0xcafen);
    engine.helperLeaves = true;
    assert.equal(engine.run(ir).reason, EXIT.HELPER);
  });
});

describe('interpreter: the call record', () => {
  const push = (b: BlockBuilder) => b.emit('frame_push', 32, undefined, [A, B, constant(0x500)], [0]);
  const pop = (b: BlockBuilder) => b.emit('frame_pop', 32, undefined, [A, B]);

  it('push notes return address, stack pointer, target and count; a matching pop forgets it', () => {
    const engine = new EngineHarness();
    const record = new CallRecord(engine.memory);
    engine.set(SLOT.A, 32, 0x105n);
    engine.set(SLOT.B, 32, 0xfffcn);
    const withInsn = block((b) => {
      b.emit('insn', 32, undefined, [], [0x100]);
      b.emit('insn', 32, undefined, [], [0x102]);
      push(b);
    });
    engine.run(withInsn, 10);
    assert.equal(record.depth, 1);
    assert.deepEqual(record.entry(0), { returnTo: 0x105, sp: 0xfffc, target: 0x500, kind: 0, position: 1 });
    engine.run(block(pop));
    assert.equal(record.depth, 0);
    assert.deepEqual(engine.calls, []);
  });

  it('a pop that does not match asks the host, one of an empty record does nothing', () => {
    const engine = new EngineHarness();
    engine.run(block(pop));
    assert.deepEqual(engine.calls, []);
    engine.run(block(push));
    engine.set(SLOT.B, 32, 4n);
    engine.run(block(pop));
    assert.deepEqual(engine.calls, [{ id: -2, a: 0, b: 4 }]);
  });

  it('a full record asks the host for room', () => {
    const engine = new EngineHarness();
    engine.set(RUN_DEPTH, 32, BigInt(FRAME_LIMIT));
    // The host's answer here makes no room; the entry then lies behind the last, which is the jump cache's first.
    const record = new CallRecord(engine.memory);
    const room = engine.calls;
    engine.run(block((b) => b.emit('insn', 32, undefined, [], [0])));
    assert.equal(room.length, 0);
    record.makeRoom();
    assert.equal(record.depth, FRAME_LIMIT / 2);
    engine.set(RUN_DEPTH, 32, BigInt(FRAME_LIMIT));
    engine.run(block(push));
    assert.deepEqual(room, [{ id: -1, a: 0, b: 0 }]);
  });
});

describe('interpreter: its module', () => {
  const bytes = interpreterModule(HARNESS_CONFIG);

  it('is valid, for V8 and for wabt, and its function and locals have names', async () => {
    assert.ok(WebAssembly.validate(bytes));
    const { default: load } = await import('wabt');
    const wabt = await load();
    const module = wabt.readWasm(bytes, { readDebugNames: true, tail_call: true });
    module.validate();
    const text = module.toText({});
    assert.match(text, /\$interpret/);
    assert.match(text, /local \$address i32/);
    module.destroy();
  });

  it('is made the same twice', () => {
    assert.deepEqual(interpreterModule(HARNESS_CONFIG), bytes);
  });

  it('an opcode that is none is an internal trap', () => {
    const engine = new EngineHarness();
    engine.run({ ops: [LEAVE], labels: [], temps: 0 });
    assert.throws(() => {
      engine.memory.view.setUint16(CODE, LAYOUTS.length, true);
      engine.rerun();
    }, WebAssembly.RuntimeError);
  });
});
