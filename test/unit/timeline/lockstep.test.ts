/** Two machines in lockstep: nothing is found where nothing differs, and a wrong lowering is found at its instruction. */
import { strict as assert } from 'node:assert';
import { LOWERING } from '../../../emulator/engine/lowering';
import type { OpName } from '../../../emulator/ir/ops';
import type { EngineName } from '../../../emulator/machines/board';
import type { Machine } from '../../../emulator/system/machine';
import { Lockstep, LOCKSTEP_EVENT } from '../../../emulator/timeline/lockstep';
import { Timeline } from '../../../emulator/timeline/timeline';
import { withEngine } from '../../support/engines';
import { exampleMachine, machineWith, WAITING } from '../../support/machines';

const HISTORY = 64 << 20;
/** A boot sector with a loop: ROL EAX, 3; DEC ECX; JNZ; JMP. */
const LOOP = new Uint8Array(512);
LOOP.set([0x66, 0xc1, 0xc0, 0x03, 0x66, 0x49, 0x75, 0xf8, 0xeb, 0xf6]);
LOOP.set([0x55, 0xaa], 510);
/** Behind the firmware. */
const IN_LOOP = 3_000_000;

type Make = (cpu: string, engine: EngineName) => Machine;
const loopMachine: Make = (cpu, engine) => machineWith(LOOP, cpu, engine);

const timelineOf = (mode: 'interpreter' | 'compiled', make: Make = exampleMachine): Timeline =>
  new Timeline(
    withEngine(mode, (engine) => make('80386', engine)),
    { historyBytes: HISTORY },
  );

function runTo(lockstep: Lockstep, timeline: Timeline, count: number): string {
  while (timeline.count < count) {
    const stop = lockstep.run({ count, time: Infinity, breakpoints: true }, false);
    if (stop.kind === 'event') {
      assert.equal(stop.id, LOCKSTEP_EVENT);
      return stop.text;
    }
  }
  return '';
}

describe('engines in lockstep', function () {
  this.timeout(60_000);

  it('do the same, with what comes from outside and while halted', () => {
    const subject = timelineOf('compiled');
    const lockstep = new Lockstep(subject, timelineOf('interpreter'));
    assert.equal(runTo(lockstep, subject, WAITING + 100), '');
    lockstep.input({ type: 'key', code: 'KeyB', pressed: true });
    assert.equal(runTo(lockstep, subject, WAITING + 3000), '');
    // Halted, it is carried on in time by hardly a count.
    const { clock } = subject.machine.board;
    for (let n = 1; n <= 5; n++) {
      const time = Math.floor(clock.now) + n * 1_234_567;
      assert.equal(lockstep.run({ count: subject.count + 1_000_000, time, breakpoints: true }, false).kind, 'limit');
      assert.equal(lockstep.differ(), false, lockstep.text);
    }
    assert.ok(subject.machine.processor.compiledCounts > WAITING / 2);
  });

  it('differ where something is compiled wrongly, and say in what', () => {
    const subject = timelineOf('compiled', loopMachine);
    const lockstep = new Lockstep(subject, timelineOf('interpreter', loopMachine));
    const rows = LOWERING as { [K in OpName]?: (typeof LOWERING)[OpName] };
    const right = rows.rotl;
    assert.ok(right !== undefined);
    // Both interpreters are made already; what is compiled from now on adds one.
    rows.rotl = (x) => {
      right(x);
      x.out.emit('i32.const', 1);
      x.out.emit('i32.add');
    };
    let text: string;
    try {
      text = runTo(lockstep, subject, IN_LOOP);
      if (text === '' && lockstep.differ()) ({ text } = lockstep);
    } finally {
      rows.rotl = right;
    }
    const { found } = lockstep;
    assert.ok(found !== undefined && text !== '', 'nothing was found');
    assert.equal(found.different, found.same + 1, text);
    assert.match(text, new RegExp(`same up to instruction ${found.same} and differ at ${found.different}`));
    assert.match(found.lines.join('\n'), /^EAX: /m);
    assert.equal(subject.count, found.different);
  });
});
