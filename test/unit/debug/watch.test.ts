/** Watchpoints forwards and backwards, against a record of every access of the run. */
import { strict as assert } from 'node:assert';
import { BuiltInTarget } from '../../../emulator/debug/built-in';
import type { RunGoal, Stop, Watched, WatchedRange, WatchpointRequest } from '../../../emulator/debug/target';
import { exampleMachine, WAITING } from '../../support/machines';
import { type NasmGuest, nasmGuest } from '../../support/nasm-guest';
import { hasTool } from '../../support/tools';

const MORE = 200_000;
const HEADROOM = 200;

const range = (address: number, length: number, access: WatchedRange['access'], space = 'linear'): WatchedRange => ({
  space,
  address: BigInt(address),
  length,
  access,
});

describe('watchpoints', function () {
  this.timeout(60_000);
  let guest: NasmGuest;
  let target: BuiltInTarget;
  let first = 0;
  let last = 0;

  const run = (goal: RunGoal): Stop => {
    target.execution.resume(goal, 'test');
    while (target.execution.advance(MORE, Infinity));
    return target.execution.stop;
  };
  const forward = (): Stop => run({ kind: 'continue', direction: 'forward' });
  const backward = (): Stop => run({ kind: 'continue', direction: 'backward' });
  const watch = (...watched: readonly (Watched & { readonly when?: WatchpointRequest['when'] })[]): void =>
    void target.watchpoints.set(
      'test',
      watched.map((one, index): WatchpointRequest => ({ ...one, id: index + 1 })),
    );
  const seek = (count: number): void => void target.timeline.seek(count);
  const place = (label: string): string => `0000:${guest.at(label).toString(16).toUpperCase()}`;
  const pc = (): number => target.machine.processor.cpu.core.pc;

  /** All stops from the beginning of the guest to its end. */
  const allForward = (): Stop[] => {
    const stops: Stop[] = [];
    seek(first);
    for (;;) {
      const stop = forward();
      if (stop.reason !== 'watchpoint') return stops;
      stops.push(stop);
      assert.ok(stops.length < 5000);
    }
  };

  before(function () {
    if (!hasTool('nasm')) this.skip();
    guest = nasmGuest('test/unit/debug/watch.asm');
    target = new BuiltInTarget(guest.machine, { historyBytes: 256 << 20, wake: () => undefined });
    run({ kind: 'until', direction: 'forward', address: 0x7c00n });
    first = target.machine.count;
    void target.exceptions.set('test', [{ id: 'cpu.6' }]);
    assert.equal(forward().reason, 'exception');
    assert.equal(pc(), guest.at('ends'));
    last = target.machine.count;
  });

  afterEach(() => watch());

  it('stop behind the writing instruction forwards, before it backwards, and tell the same', () => {
    watch(range(0x8000, 2, 'change'));
    seek(first);
    const stop = forward();
    assert.equal(stop.reason, 'watchpoint');
    assert.equal(stop.text, `Word 8000h changed from 0000h to 1234h, by the instruction at ${place('store')}.`);
    assert.equal(pc(), guest.at('same'));
    const back = backward();
    assert.equal(back.reason, 'watchpoint');
    assert.equal(back.text, stop.text);
    assert.equal(pc(), guest.at('store'));
    assert.equal(back.position, stop.position - 1);
    assert.deepEqual(forward(), stop, 'the other way meets it again');
    const next = forward();
    assert.equal(next.text, `Word 8000h changed from 1234h to AB34h, by the instruction at ${place('other')}.`);
  });

  it('tell writes of the value that was there, and reads, where these are asked for', () => {
    watch(range(0x8000, 2, 'write'));
    seek(first);
    forward();
    assert.match(forward().text, /^Word 8000h was written with the value it had: 1234h, by/);
    watch(range(0x8000, 1, 'read'));
    const read = forward();
    assert.equal(read.text, `Byte 8000h was read: 34h, by the instruction at ${place('readit')}.`);
    assert.equal(backward().position, read.position - 1);
    assert.equal(pc(), guest.at('readit'));
  });

  const CASES: Readonly<Record<string, readonly WatchedRange[]>> = {
    'the stack: pushes, calls, interrupt frames': [range(0x6fe0, 0x20, 'write')],
    'reads of the stack': [range(0x6ffe, 2, 'read')],
    'an unaligned access across pages': [range(0x8fff, 2, 'access')],
    'the far side of an access across pages': [range(0x9000, 1, 'write')],
    'repeated instructions': [range(0x9010, 3, 'access')],
    'a page of code': [range(0x7c00, 0x200, 'write')],
    'a physical range': [range(0x8000, 2, 'write', 'physical')],
    'what the firmware writes': [range(0xa000, 4, 'write')],
    'a range of 64 KiB': [range(0x1_0000, 0x1_0000, 'access'), range(0x8001, 1, 'change')],
    'many ranges': [0x8000, 0x8001, 0x8010, 0x8ffe, 0x9000, 0x9020, 0xa1fe, 0x6ffc, 0x6ff0].map((at) =>
      range(at, 2, 'change'),
    ),
    ports: [range(0x3fb, 1, 'access', 'io'), range(0x40, 4, 'write', 'io')],
  };

  for (const [name, watched] of Object.entries(CASES)) {
    it(`hit as surely backwards as forwards: ${name}`, () => {
      watch(...watched);
      const stops = allForward();
      assert.ok(stops.length >= 4, `${stops.length} stops`);
      seek(last);
      for (const expected of stops.toReversed().slice(0, HEADROOM)) {
        const stop = backward();
        assert.equal(stop.reason, 'watchpoint');
        assert.deepEqual(stop, { ...expected, position: expected.position - 1 });
      }
      if (stops.length > HEADROOM) return;
      // What the firmware did before the guest began, if anything: not of this run.
      const before = backward();
      assert.ok(before.position < first, before.text);
    });
  }

  it('hit all the writes there are: the same as stepping and comparing finds', () => {
    const found: number[] = [];
    const bytes = (): string => Buffer.from(target.memory.read('linear', 0x6f00n, 0x100) as Uint8Array).toString('hex');
    seek(first);
    let held = bytes();
    while (target.machine.count < last) {
      seek(target.machine.count + 1);
      const now = bytes();
      if (now !== held) found.push(target.machine.count);
      held = now;
    }
    watch(range(0x6f00, 0x100, 'change'));
    assert.deepEqual(
      allForward().map(({ position }) => position),
      found,
    );
  });

  it('name who did it: the delivery of an interrupt, the firmware, a repeated instruction', () => {
    watch(range(0x6f00, 0x100, 'write'));
    const by = new Set(allForward().map(({ access }) => access?.by));
    assert.deepEqual(by, new Set(['instruction', 'interrupt', 'firmware']));
    watch(range(0xa000, 512, 'change'));
    const [read] = allForward();
    assert.equal(read?.access?.by, 'firmware');
    assert.match(read?.text ?? '', /by the firmware, whose caller goes on at 0000:7C/);
    watch(range(0x9010, 1, 'change'));
    const [copied] = allForward();
    assert.equal(copied?.access?.pc, BigInt(guest.at('copy')));
    seek(copied?.position ?? 0);
    assert.deepEqual(target.registers.read(['ECX']), [40n - 17n], 'right behind its iteration');
    watch();
    seek(first);
    run({ kind: 'until', direction: 'forward', address: BigInt(guest.at('soft')) });
    watch(range(0x6ffa, 6, 'write'));
    assert.equal(forward().access?.pc, BigInt(guest.at('soft')));
  });

  it('see the ports that instructions use', () => {
    watch(range(0x3fb, 1, 'write', 'io'));
    seek(first);
    assert.match(forward().text, /^Port 3FBh changed from ..h to ..h, by the instruction at 0000:7C/);
    backward();
    assert.equal(pc(), guest.at('lcr_out'));
    watch(range(0x3f8, 8, 'read', 'io'));
    assert.equal(backward().access?.kind, 'read');
    assert.equal(pc(), guest.at('lcr'));
  });

  it('see a field of a chip change, by instructions and by itself', () => {
    const dlab = { name: 'DLAB', lsb: 7, width: 1 };
    watch({ chip: 'com1', register: 'LCR', field: dlab });
    const stops = allForward();
    assert.equal(stops.length, 12, 'once a round');
    assert.match(stops[0]?.text ?? '', /^Com1\.LCR\.DLAB changed from 0h to 1h, by the instruction at 0000:7C/);
    seek(last);
    for (const expected of stops.toReversed()) {
      assert.equal(backward().position, expected.position - 1);
      assert.equal(pc(), guest.at('lcr_out'));
    }
    watch({ chip: 'pic1', register: 'IRR' });
    seek(first);
    assert.equal(forward().access?.by, 'device');
  });

  it('ask conditions behind the access, in both directions', () => {
    const asked: string[] = [];
    watch({
      ...range(0x8010, 1, 'write'),
      when: (direction, { before, after }) => {
        asked.push(`${direction} ${before} ${after} ${(target.memory.read('linear', 0x8010n, 1) as Uint8Array)[0]}`);
        return after === 5n;
      },
    });
    seek(first);
    const stop = forward();
    assert.deepEqual(
      asked,
      [1, 2, 3, 4, 5].map((n) => `forward ${n - 1} ${n} ${n}`),
    );
    seek(last);
    assert.equal(backward().position, stop.position - 1);
    assert.equal(asked.at(-1), 'backward 11 12 12');
  });

  it('find the last access to anything, whatever else would stop', async () => {
    seek(last);
    void target.breakpoints.set('test', [{ id: 1, address: BigInt(guest.at('store')) }]);
    const wrote = run({ kind: 'last-access', watched: range(0xa1fe, 1, 'write') });
    assert.equal(wrote.reason, 'goal');
    assert.equal(wrote.access?.by, 'firmware');
    const here = run({ kind: 'last-access', watched: range(0x8000, 1, 'write') });
    assert.equal(pc(), guest.at('same'));
    assert.ok(here.position < wrote.position);
    const none = run({ kind: 'last-access', watched: range(0x5_0000, 16, 'write') });
    assert.match(none.text, /no such access/);
    assert.equal(none.position, here.position, 'it stays where it was');
    await target.breakpoints.set('test', []);
  });

  it('find an access of long ago, past snapshots in which nothing was written', () => {
    const long = new BuiltInTarget(exampleMachine('80386', 'interpreter'), {
      historyBytes: 256 << 20,
      wake: () => undefined,
    });
    const go = (goal: RunGoal): Stop => {
      long.execution.resume(goal, 'test');
      while (long.execution.advance(MORE, Infinity));
      return long.execution.stop;
    };
    // The equipment word of the BIOS data area, which only the power-on self-test writes.
    const equipment = range(0x410, 2, 'write');
    void long.watchpoints.set('test', [{ ...equipment, id: 1 }]);
    const writes: Stop[] = [];
    for (let stop = go({ kind: 'continue', direction: 'forward' }); stop.reason === 'watchpoint'; ) {
      writes.push(stop);
      long.execution.resume({ kind: 'continue', direction: 'forward' }, 'test');
      while (long.machine.count < WAITING && long.execution.advance(MORE, Infinity));
      if (long.execution.running) {
        long.execution.pause();
        long.execution.advance(1, Infinity);
      }
      ({ stop } = long.execution);
    }
    void long.watchpoints.set('test', []);
    assert.ok(writes.length > 0 && long.timeline.snapshots.all.length > 4, String(long.timeline.snapshots.all.length));
    const found = go({ kind: 'last-access', watched: equipment });
    assert.equal(found.position, (writes.at(-1)?.position ?? 0) - 1);
    assert.deepEqual(found.access, writes.at(-1)?.access);
  });

  it('refuse what can not be watched', () => {
    assert.throws(
      () => watch(range(0xffff, 2, 'read', 'io')),
      /2 bytes at 0FFFFh can not be watched: io addresses go from 0 to 0FFFFh/,
    );
    assert.throws(() => watch({ chip: 'com9', register: 'LCR' }), /no chip 'com9'/);
    assert.throws(() => watch({ chip: 'com1', register: 'XYZ' }), /no register 'XYZ'/);
  });
});
