import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RUN_REPEATING } from '../../../emulator/memory/layout';
import { BuiltInTarget } from '../../../emulator/debug/built-in';
import type { RunGoal, Stop } from '../../../emulator/debug/target';
import { MemorySource } from '../../../emulator/storage/block-source';
import { Machine } from '../../../emulator/system/machine';
import { hasTool } from '../../support/tools';

/** What was at a count of the first run. */
interface Moment {
  readonly count: number;
  readonly pc: number;
  readonly depth: number;
  readonly sp: number;
}

const MORE = 200_000;

describe('steps and searches in time, against a recorded run', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'stepback-travel-'));
  let target: BuiltInTarget;
  let labels: ReadonlyMap<string, number>;
  /** Every instruction of the run from the entry on, a repeated one once. */
  const trace: Moment[] = [];

  const moment = (): Moment => {
    const { cpu } = target.machine.processor;
    return { count: target.machine.count, pc: cpu.core.pc, depth: cpu.calls.depth, sp: cpu.core.sp };
  };

  const run = (goal: RunGoal): Stop => {
    target.execution.resume(goal, 'test');
    while (target.execution.advance(MORE, Infinity));
    return target.execution.stop;
  };
  const step = (direction: 'forward' | 'backward', mode: 'into' | 'over' | 'out'): Stop =>
    run({ kind: 'step', direction, mode });
  const at = (label: string): number => labels.get(label) ?? assert.fail(`no label ${label}`);
  const seek = (count: number): void => {
    target.timeline.seek(count);
    assert.equal(target.machine.count, count);
  };

  before(function () {
    if (!hasTool('nasm')) this.skip();
    const image = path.join(folder, 'travel.img');
    const map = path.join(folder, 'travel.map');
    const source = path.join(folder, 'travel.asm');
    const text = readFileSync(path.join('test/unit/debug', 'travel.asm'), 'utf8');
    execFileSync('sh', ['-c', 'printf "[map symbols %s]\\n" "$0" > "$1"; cat >> "$1"', map, source], { input: text });
    execFileSync('nasm', ['-f', 'bin', '-o', image, source]);
    labels = new Map(
      [...readFileSync(map, 'utf8').matchAll(/^\s*([0-9A-F]+)\s+[0-9A-F]+\s+(\S+)$/gm)].map((m) => [
        m[2],
        Number.parseInt(m[1], 16),
      ]),
    );
    const machine = new Machine({
      machine: 'pc',
      cpu: '80386',
      memoryBytes: 1 << 20,
      floppies: [new MemorySource(new Uint8Array(readFileSync(image)))],
      disks: [],
      bootOrder: ['floppy'],
      rtcEpochSeconds: 0,
    });
    target = new BuiltInTarget(machine, { historyBytes: 64 << 20, wake: () => undefined });
    assert.equal(run({ kind: 'until', direction: 'forward', address: 0x7c00n }).reason, 'goal');
    for (let i = 0; i < 6000; i++) {
      if (target.machine.processor.cpu.core.get(RUN_REPEATING) === 0) trace.push(moment());
      target.timeline.run({ count: target.machine.count + 1, time: Infinity, breakpoints: false }, true);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('goes back into every instruction in the reverse order, a repeated one as a whole', () => {
    const last = trace.length - 1;
    seek(trace[last].count);
    for (let i = last - 1; i >= last - 400; i--) {
      step('backward', 'into');
      assert.deepEqual(moment(), trace[i]);
    }
  });

  it('steps over calls, interrupts, repeats and loops', () => {
    for (const [from, to] of [
      ['again', 'after_near'],
      ['after_near', 'after_far'],
      ['after_rep', 'spin'],
      ['spin', 'after_loop'],
    ]) {
      const begin = trace.find((m) => m.pc === at(from) && m.depth === 0) ?? assert.fail(from);
      seek(begin.count);
      // One instruction lies between after_rep and spin: MOV CX.
      const stop = step('forward', 'over');
      assert.equal(stop.reason, 'step');
      assert.equal(target.machine.processor.cpu.core.pc, at(to), `${from} -> ${to}`);
      assert.equal(moment().sp, begin.sp);
    }
  });

  it('goes back over what a step went over, to exactly where that began', () => {
    for (const label of ['again', 'after_near', 'spin']) {
      const begin = trace.filter((m) => m.pc === at(label) && m.depth === 0).at(2) ?? assert.fail(label);
      seek(begin.count);
      const digest = target.digest();
      step('forward', 'over');
      const back = step('backward', 'over');
      assert.equal(back.reason, 'step');
      assert.equal(target.machine.count, begin.count, label);
      assert.equal(target.digest(), digest);
    }
  });

  it('steps out to behind the call, and back out to the call', () => {
    const inside = trace.filter((m) => m.pc === at('leaf')).at(3) ?? assert.fail('leaf');
    seek(inside.count);
    step('forward', 'out');
    const behind = trace.find((m) => m.count > inside.count && m.depth === inside.depth - 1) ?? assert.fail('behind');
    assert.equal(target.machine.processor.cpu.core.pc, behind.pc);
    seek(inside.count);
    step('backward', 'out');
    const call =
      trace.filter((m) => m.count < inside.count && m.depth === inside.depth - 1).at(-1) ?? assert.fail('call');
    assert.equal(target.machine.count, call.count);
  });

  it('finds the last time a breakpoint was passed, and the time before that', () => {
    const passes = trace.filter((m) => m.pc === at('handler'));
    seek(trace[trace.length - 1].count);
    void target.breakpoints.set('test', [{ id: 7, address: BigInt(at('handler')) }]);
    for (const pass of passes.toReversed().slice(0, 4)) {
      const stop = run({ kind: 'continue', direction: 'backward' });
      assert.equal(stop.reason, 'breakpoint');
      assert.deepEqual(stop.hits, [7]);
      assert.equal(target.machine.count, pass.count);
    }
    const next = run({ kind: 'continue', direction: 'forward' });
    assert.equal(next.position, passes.at(-3)?.count);
    void target.breakpoints.set('test', []);
  });

  it('meets a breakpoint at a repeated instruction once, wherever the run is cut', () => {
    const rep = at('after_rep') - 2;
    const passes = trace.filter((m) => m.pc === rep).slice(0, 4);
    assert.ok(passes.length === 4);
    void target.breakpoints.set('test', [{ id: 8, address: BigInt(rep) }]);
    for (const piece of [7, 11, 100]) {
      seek(trace[0].count);
      for (const pass of passes) {
        target.execution.resume({ kind: 'continue', direction: 'forward' }, 'test');
        while (target.execution.advance(piece, Infinity));
        assert.equal(target.machine.count, pass.count, `pieces of ${piece}`);
      }
    }
    seek(passes[3].count + 20);
    assert.notEqual(target.machine.processor.cpu.core.get(RUN_REPEATING), 0);
    target.timeline.mark();
    for (const pass of passes.toReversed()) {
      assert.equal(run({ kind: 'continue', direction: 'backward' }).position, pass.count);
      target.timeline.mark();
    }
    void target.breakpoints.set('test', []);
  });

  it('finds who wrote a word last', () => {
    seek(trace[trace.length - 1].count);
    void target.watchpoints.set('test', [
      { id: 9, space: 'linear', address: BigInt(at('counter')), length: 2, access: 'write' },
    ]);
    const stop = run({ kind: 'continue', direction: 'backward' });
    assert.deepEqual(stop.hits, [9]);
    void target.watchpoints.set('test', []);
    assert.equal(target.machine.processor.cpu.core.pc, at('after_loop'));
    const last = trace.filter((m) => m.pc === at('after_loop')).at(-1);
    assert.equal(target.machine.count, last?.count);
  });

  it('shows frames that really happened', async () => {
    const inside = trace.filter((m) => m.pc === at('leaf') && m.depth === 2).at(0) ?? assert.fail('leaf');
    seek(inside.count);
    const { frames, total } = await target.frames.read(0, 10);
    assert.equal(total, 3);
    assert.deepEqual(
      frames.map((frame) => frame.kind),
      ['call', 'call', 'entry'],
    );
    assert.equal(frames[2].pc, BigInt(at('after_near')));
  });

  it('stops at an exception before its handler when asked, and says what it is', () => {
    void target.exceptions.set('test', [{ id: 'cpu.6' }]);
    seek(trace[0].count);
    const stop = run({ kind: 'continue', direction: 'forward' });
    assert.equal(stop.reason, 'exception');
    assert.equal(stop.exception?.id, 'cpu.6');
    assert.equal(target.machine.processor.cpu.core.pc, at('ud2_here'));
    void target.exceptions.set('test', []);
  });

  it('says at the beginning of time that there is nothing before it', () => {
    seek(target.timeline.first);
    assert.equal(step('backward', 'into').reason, 'beginning');
    assert.equal(run({ kind: 'continue', direction: 'backward' }).reason, 'beginning');
  });

  it('forks when the past is changed: what lay behind is gone', () => {
    const middle = trace[1000].count;
    seek(middle);
    void target.registers.write('DX', 0x1234n);
    assert.equal(target.timeline.head, middle);
    const digest = target.digest();
    seek(middle - 50);
    seek(middle);
    assert.equal(target.digest(), digest);
    assert.deepEqual(target.registers.read(['DX']), [0x1234n]);
  });
});
