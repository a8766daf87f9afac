/** The speaker over the protocol: a client that subscribed hears few changes, in virtual time, and silence at a stop. */
import { strict as assert } from 'node:assert';
import type { SoundEventBody } from '../../debug-adapter/protocol/messages';
import { inRoot } from '../../scripts/lib/root';
import { RealSession } from '../support/real-session';
import { hasTool } from '../support/tools';

const GUEST = inRoot('test', 'guests', 'adapter', 'speaker.asm');

describe('sound', function () {
  this.timeout(60_000);
  let session: RealSession;

  before(function () {
    if (!hasTool('nasm')) this.skip();
  });
  beforeEach(() => {
    session = new RealSession();
  });
  afterEach(() => {
    session.end();
    assert.deepEqual(session.problems, []);
  });

  const events = (): readonly SoundEventBody[] =>
    session.client.events.filter(({ event }) => event === 'stepback.sound').map(({ body }) => body as SoundEventBody);
  const tones = (): readonly number[] =>
    events().flatMap(({ changes }) => changes.map(({ hertz }) => Math.round(hertz)));
  const marks = (): string => session.sent('debugcon');

  it('comes to whoever subscribed, each change once', async () => {
    await session.initialize({ serial: true, sound: true });
    await session.launch({ program: GUEST, memory: '1M', stopOnEntry: false });
    await session.until(marks, /123/);
    await session.until(() => tones().join(' '), /^1000 0 500 0\b/);
    const changes = events().flatMap((event) => event.changes);
    assert.equal(Math.round(((changes[1]?.time ?? 0) - (changes[0]?.time ?? 0)) / 1e6), 50);
    assert.ok(changes.length < 100, `${changes.length} changes`);
  });

  it('stops with the machine, and is taken up where it goes on', async () => {
    await session.initialize({ serial: true, sound: true });
    await session.launchToStop({ program: GUEST, memory: '1M' });
    await session.client.request('setFunctionBreakpoints', {
      breakpoints: [{ name: 'wait_counts.next', hitCondition: '200000' }],
    });
    await session.client.run('continue');
    await session.until(() => tones().join(' '), /^1000 0$/);
    await session.client.request('setFunctionBreakpoints', { breakpoints: [] });
    await session.client.request('continue', { threadId: 1 });
    await session.until(() => tones().join(' '), /^1000 0 1000 0 500 0\b/);
  });

  it('is not told to others', async () => {
    await session.initialize({ serial: true });
    await session.launch({ program: GUEST, memory: '1M', stopOnEntry: false });
    await session.until(marks, /12/);
    assert.deepEqual(events(), []);
  });
});
