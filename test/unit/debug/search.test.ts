/** Searches of the past: what they cost in counts, and that they find what a plain run over the same past finds. */
import { strict as assert } from 'node:assert';
import { Points } from '../../../emulator/debug/points';
import { SearchBackTask } from '../../../emulator/debug/search';
import { StepTrail } from '../../../emulator/debug/step-trail';
import { isAhead, settleStop, type TaskContext } from '../../../emulator/debug/task';
import type { BreakpointRequest, Stop, Watched, WatchpointRequest } from '../../../emulator/debug/target';
import type { EngineName } from '../../../emulator/machines/board';
import { Timeline } from '../../../emulator/timeline/timeline';
import { type NasmGuest, nasmGuest } from '../../support/nasm-guest';
import { random } from '../../support/random';
import { hasTool } from '../../support/tools';

const PIECE = 100_000;
/** Where the boot sector begins, and where the recorded run ends: a dozen snapshots. */
const BEGIN = 10_000;
const END = 2_600_000;
/** Of the plain search, which begins anew at each of them. */
const CHUNK = 70_001;
const TRIALS = 40;
/** A seek leaves a snapshot that near to its target. */
const NEAR = 4096;

describe('searches of the past', function () {
  this.timeout(60_000);
  let guest: NasmGuest;
  let context: TaskContext;
  let timeline: Timeline;

  const word = (label: string): WatchpointRequest => ({
    id: 1,
    space: 'linear',
    address: BigInt(guest.at(label)),
    length: 2,
    access: 'write',
  });
  const watch = (...requests: readonly WatchpointRequest[]): void => context.points.watchpoints.set('test', requests);
  const stopAt = (...requests: readonly BreakpointRequest[]): void => context.points.setBreakpoints('test', requests);
  const executed = (): number => timeline.machine.processor.executedCounts;

  /** Searches from the present moment; gives the stop, and what was executed for it. */
  const search = (goal: { address?: number; watched?: Watched } = {}): { stop: Stop; work: number } => {
    const task = new SearchBackTask(context, goal);
    const [before, kept] = [executed(), timeline.snapshots.all.length];
    let fraction = 0;
    for (;;) {
      const stop = task.advance(PIECE);
      assert.ok(task.fraction >= fraction && task.fraction <= 1);
      ({ fraction } = task);
      if (stop === undefined) continue;
      // One near where it ends, as behind each seek.
      assert.ok(timeline.snapshots.all.length <= kept + 1, 'no bookmarks are left');
      return { stop, work: executed() - before };
    }
  };

  /** The last stop before the present count, found by running over the past in other pieces than the search does. */
  const plainly = (): Stop | undefined => {
    const origin = timeline.count;
    for (let end = origin; end > timeline.first; end = CHUNK * Math.floor((end - 1) / CHUNK)) {
      const start = Math.max(timeline.first, CHUNK * Math.floor((end - 1) / CHUNK));
      timeline.seek(start);
      let found: Stop | undefined;
      for (let resume = false; ; ) {
        const stop = timeline.run({ count: end, time: Infinity, breakpoints: true }, resume);
        if (stop.kind === 'limit') break;
        resume = isAhead(stop);
        const settled = settleStop(context, stop, 'backward');
        if (settled === undefined) continue;
        const position = settled.access === undefined ? timeline.count : timeline.count - 1;
        const hits = found?.position === position ? [...found.hits, ...settled.hits] : settled.hits;
        if (position < origin) found = { ...settled, position, hits };
      }
      if (found !== undefined) return found;
    }
    return undefined;
  };

  /** Records the run on a machine of its own. */
  const begin = (historyBytes: number, engine: EngineName = 'interpreter'): TaskContext => {
    guest = nasmGuest('test/unit/debug/search.asm', { engine });
    const { machine } = guest;
    const past = new Timeline(machine, { historyBytes });
    while (past.count < END) past.run({ count: END, time: Infinity, breakpoints: false }, false);
    return { timeline: past, points: new Points(machine), steps: new StepTrail() };
  };

  before(function () {
    if (!hasTool('nasm')) this.skip();
    context = begin(64 << 20);
    ({ timeline } = context);
    assert.ok(timeline.snapshots.all.length > 9, String(timeline.snapshots.all.length));
  });

  beforeEach(() => timeline.seek(END));

  afterEach(() => {
    watch();
    stopAt();
  });

  /** Goes to the last count before `END` that lies so far behind a snapshot, and leaves none on the way. Gives the count. */
  const comeTo = (distance: number): number => {
    const all = timeline.snapshots.all.map(({ count }) => count);
    const index = all.findLastIndex((count, n) => count + distance < (all[n + 1] ?? END));
    const from = all[index] ?? assert.fail(`nothing is ${distance} counts behind a snapshot`);
    timeline.seek(from);
    timeline.pass(from + distance);
    return timeline.count;
  };

  it('run over a segment once more, and little further, where the last hit lies right before', () => {
    let asked = 0;
    watch({ ...word('often'), when: () => ++asked > 0 });
    const length = 150_000;
    const origin = comeTo(length);
    const { stop, work } = search();
    assert.ok(stop.reason === 'watchpoint' && origin - stop.position < 20_000, String(stop.position));
    // Through the segment, a window again, and to where the access is.
    assert.ok(work < length * 1.5, `${work} counts for a segment of ${length}`);
    // Where they are dense there are 1000 for each 3000 counts.
    assert.ok(asked < 64 + 64 + 1000, `${asked} stops`);
  });

  it('stop a bounded number of times in a segment in which everything is hit', () => {
    let asked = 0;
    const labels = ['dense', 'store', 'quiet', 'calls', 'leaf', 'middle'];
    const when = (): boolean => ++asked > 0;
    stopAt(...labels.map((label, id) => ({ id, address: BigInt(guest.at(label)), when })));
    const length = 120_000;
    const origin = comeTo(length);
    const { stop, work } = search();
    assert.ok(origin - stop.position < 1_000);
    // Those with which it begins, and in the last window, of 2,000 counts.
    assert.ok(asked < 64 + 2_000, `${asked} stops`);
    assert.ok(work < length * 1.1, `${work} counts for a segment of ${length}`);
  });

  it('run over the past once where nothing is hit', () => {
    watch({ ...word('rounds'), address: 0x6000n });
    const { stop, work } = search();
    assert.equal(stop.reason, 'beginning');
    assert.equal(timeline.count, timeline.first);
    assert.ok(work < END * 1.02, `${work} counts of ${END}`);
  });

  it('run over the past a few times where many hits do not count', () => {
    const origin = 420_000;
    let asked = 0;
    const when = (): boolean => ++asked < 0;
    for (const arm of [
      () => watch({ ...word('often'), when }),
      () => stopAt({ id: 1, address: BigInt(guest.at('store')), when }),
    ]) {
      watch();
      arm();
      asked = 0;
      timeline.seek(origin);
      const { stop, work } = search();
      assert.equal(stop.reason, 'beginning');
      assert.ok(work < origin * 5, `${work} counts of ${origin}`);
      const once = asked;
      asked = 0;
      timeline.seek(origin);
      assert.equal(plainly(), undefined);
      assert.ok(once > 10_000);
      assert.equal(once, asked, 'each is asked once');
    }
  });

  it('find the one hit that counts, however many lie behind it', () => {
    for (const wanted of [500, 45_000, 60_001]) {
      timeline.seek(END);
      watch({ ...word('often'), when: (_, { after }) => after === BigInt(wanted) });
      const expected = plainly();
      timeline.seek(END);
      const { stop, work } = search();
      assert.deepEqual(stop, expected, String(wanted));
      assert.ok(work < END * 5, `${work} counts of ${END}`);
    }
  });

  it('find what a plain run finds, from anywhere, whatever is armed', () => {
    const next = random(20_261_128);
    const labels = ['round', 'rare', 'dense', 'store', 'quiet', 'calls', 'leaf', 'fill', 'port', 'middle'];
    const some = <T>(all: readonly T[], most: number): T[] => all.filter(() => next() < most / all.length);
    const watches = (): WatchpointRequest[] => [
      word('often'),
      { ...word('same'), access: 'change' },
      word('sometimes'),
      word('seldom'),
      { ...word('often'), length: 10, access: 'access' },
      { ...word('often'), address: 0x6f00n, length: 0x100 },
      { ...word('often'), address: 0x46cn, length: 4 },
      { ...word('often'), address: 0x9000n, length: 1 },
      { ...word('often'), address: 0x40n, length: 1, space: 'io', access: 'read' },
      { id: 1, chip: 'pic1', register: 'IRR' },
    ];
    let found = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const origin = BEGIN + Math.floor(next() * (END - BEGIN));
      const part = next() < 0.5 ? 1 : 2 + Math.floor(next() * 3000);
      const when = (): boolean => timeline.count % part === 0;
      const breakpoints = some(labels, 2).map((label, id) => ({ id, address: BigInt(guest.at(label)), when }));
      const armed = some(watches(), 1).map((request, index) => ({ ...request, id: 100 + index, when }));
      stopAt(...breakpoints);
      watch(...armed);
      const what = `trial ${trial}: from ${origin}, one of ${part}, ${JSON.stringify({ breakpoints, armed }, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))}`;
      timeline.seek(origin);
      const expected = plainly();
      timeline.seek(timeline.snapshots.before(origin - NEAR)?.count ?? timeline.first);
      timeline.pass(origin);
      const { stop } = search();
      if (expected === undefined) assert.deepEqual([stop.reason, stop.position], ['beginning', timeline.first], what);
      else assert.deepEqual(stop, expected, what);
      assert.equal(timeline.count, stop.position);
      if (expected !== undefined) found++;
    }
    assert.ok(found > TRIALS / 2, String(found));
  });

  it('find the last write of a value that was there, in a page that is written all the time', () => {
    const watched: Watched = { space: 'linear', address: 0xa000n, length: 2, access: 'write' };
    // A fresh run: where somebody went before, snapshots lie that share less.
    const own = begin(64 << 20);
    const past = own.timeline;
    for (const { count } of past.snapshots.all.slice(1).toReversed()) {
      const found = ['watched', 'address'].map((goal) => {
        past.seek(past.snapshots.before(count - 1)?.count ?? 0);
        past.pass(count);
        const task = new SearchBackTask(own, goal === 'watched' ? { watched } : { address: guest.at('settled') });
        let stop: Stop | undefined;
        while (stop === undefined) stop = task.advance(PIECE);
        return stop.position;
      });
      assert.equal(found[0], found[1], `from ${count}`);
    }
  });

  it('leave nothing behind when they are given up', () => {
    watch({ ...word('often'), when: () => false });
    const { bytes } = timeline.snapshots;
    for (const pieces of [1, 3, 7, 20]) {
      const task = new SearchBackTask(context);
      for (let n = 0; n < pieces; n++) assert.equal(task.advance(10_000), undefined);
      task.cancel();
      assert.equal(timeline.count, END);
    }
    assert.ok(timeline.snapshots.bytes < bytes + (1 << 20), `${timeline.snapshots.bytes}, ${bytes} before`);
  });

  it('and seeks pass in compiled code, whatever is armed, but for the last few thousand counts', () => {
    const own = begin(64 << 20, 'compiler');
    const { machine } = own.timeline;
    const { processor } = machine;
    const interpreted = (): number => processor.executedCounts - processor.compiledCounts - processor.bulkCounts;
    own.points.watchpoints.set('test', [word('often'), { id: 2, chip: 'pic1', register: 'IRR' }]);
    const places = ['store', 'leaf', 'middle', 'quiet'];
    own.points.setBreakpoints(
      'test',
      places.map((label, id) => ({ id, address: BigInt(guest.at(label)) })),
    );
    const seek = (count: number): number => {
      const before = interpreted();
      own.timeline.seek(own.timeline.snapshots.before(count - 1_000_000)?.count ?? 0);
      own.timeline.seek(count);
      assert.equal(machine.count, count);
      return interpreted() - before;
    };
    seek(END - 10_000);
    const few = seek(END - 100_000);
    assert.ok(few < 20_000, `${few} counts were interpreted`);
  });

  it('do with very little room, and lose nothing of the past for a search', () => {
    const room = 400 * 1024;
    const own = begin(room);
    const past = own.timeline;
    own.points.watchpoints.set('test', [{ ...word('often'), when: (_, { after }) => after === 7n }]);
    const { first } = past;
    const task = new SearchBackTask(own);
    let stop: Stop | undefined;
    while (stop === undefined) {
      stop = task.advance(PIECE);
      assert.ok(past.snapshots.bytes <= room * 1.125, String(past.snapshots.bytes));
      if (stop === undefined) assert.equal(past.first, first);
    }
    assert.ok(past.snapshots.bytes <= room);
  });
});
