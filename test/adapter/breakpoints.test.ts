/** Breakpoints: where they land, conditions, counts and messages, on targets that answer at once and on those that don't. */
import { strict as assert } from 'node:assert';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type FakeSession, fakeSession, INITIALIZE, PROGRAM, SOURCE, startSession } from '../support/dap-session';

const source = { path: SOURCE };

type Breakpoints = { readonly breakpoints: readonly DebugProtocol.Breakpoint[] };

async function set(
  session: FakeSession,
  breakpoints: readonly object[],
  file: object = source,
): Promise<readonly DebugProtocol.Breakpoint[]> {
  return (await session.client.request<Breakpoints>('setBreakpoints', { source: file, breakpoints })).breakpoints;
}

/** Texts of the output events so far of a category. */
function outputs(session: FakeSession, category: string): string[] {
  const bodies = session.client.events
    .filter((event) => event.event === 'output')
    .map((event) => event.body as DebugProtocol.OutputEvent['body']);
  return bodies.filter((body) => body.category === category).map((body) => body.output);
}

for (const synchronous of [true, false]) {
  describe(`breakpoints on a target that answers ${synchronous ? 'at once' : 'later'}`, () => {
    let session: FakeSession;

    beforeEach(async () => {
      session = fakeSession({ synchronous });
      await startSession(session);
    });

    afterEach(() => {
      assert.deepEqual(session.problems, []);
      session.running.end();
    });

    it('a condition decides', async () => {
      await set(session, [{ line: 14, condition: 'R0 == 1' }]);
      const stop = await session.client.run('continue');
      assert.equal(stop.reason, 'breakpoint');
      assert.equal(await session.client.evaluate('R0', { format: { hex: true } }), '0x0000000000000001');
      assert.equal((await session.client.stack()).length, 2);
    });

    it('a condition decides backwards too', async () => {
      await set(session, [{ line: 10 }]);
      await session.client.run('continue');
      await set(session, [{ line: 14, condition: 'R0 == 2' }]);
      await session.client.run('reverseContinue');
      assert.equal(await session.client.evaluate('R0', { format: { hex: true } }), '0x0000000000000002');
    });

    it('a hit condition counts', async () => {
      await set(session, [{ line: 14, hitCondition: '3' }]);
      await session.client.run('continue');
      assert.equal(await session.client.evaluate('R0', { format: { hex: true } }), '0x0000000000000001');
    });

    it('a condition and a hit condition together count only what is met', async () => {
      await set(session, [{ line: 14, condition: 'R0 < 3', hitCondition: '== 2' }]);
      await session.client.run('continue');
      assert.equal(await session.client.evaluate('R0', { format: { hex: true } }), '0x0000000000000001');
    });

    it('a log point writes and runs on', async () => {
      await set(session, [{ line: 14, logMessage: 'R0 is {R0}, \\{not\\} {nope}' }, { line: 8 }]);
      await session.client.run('continue');
      assert.equal((await session.client.top()).line, 8);
      assert.deepEqual(
        outputs(session, 'stdout').filter((text) => text.startsWith('R0')),
        [3, 2, 1].map(
          (value) =>
            `R0 is 0x000000000000000${value} (${value}), {not} <There is no register, symbol or chip "nope" (column 1)>\n`,
        ),
      );
    });

    it('a log point is silent backwards', async () => {
      await set(session, [{ line: 8 }]);
      await session.client.run('continue');
      await set(session, [{ line: 14, logMessage: 'here' }]);
      const stop = await session.client.run('reverseContinue');
      assert.equal(stop.description, 'At the beginning of time');
      assert.deepEqual(
        outputs(session, 'stdout').filter((text) => text.startsWith('here')),
        [],
      );
      assert.ok(outputs(session, 'console').some((text) => text.includes('there is nothing earlier')));
    });

    it('a condition that fails stops and says why', async () => {
      await set(session, [{ line: 14, condition: '1 / (R0 - R0)' }]);
      await session.client.run('continue');
      assert.equal((await session.client.top()).line, 14);
      assert.match(outputs(session, 'important').join(), /condition "1 \/ \(R0 - R0\)" failed: Division by zero/);
    });

    it('a step over a breakpoint whose condition is false ends where the step ends', async () => {
      await session.client.run('next');
      await session.client.run('next');
      assert.equal((await session.client.top()).line, 4);
      await set(session, [{ line: 14, condition: 'R0 == 99' }]);
      const stop = await session.client.run('next');
      assert.equal(stop.reason, 'step');
      // A target that answers later can't be asked in the middle of a step; there the step ends at the condition.
      assert.equal((await session.client.top()).line, synchronous ? 5 : 14);
    });
  });
}

describe('breakpoint places', () => {
  let session: FakeSession;

  beforeEach(async () => {
    session = fakeSession();
    await startSession(session);
  });

  afterEach(() => session.running.end());

  it('a line without code moves to the next that has some, and says so', async () => {
    const [moved, last, data] = await set(session, [{ line: 13 }, { line: 21 }, { line: 20 }]);
    assert.deepEqual(
      [moved?.verified, moved?.line, moved?.message],
      [true, 14, 'Moved from line 13, which has no code.'],
    );
    assert.deepEqual([last?.verified, last?.message], [false, 'toy.asm has no code at or below line 21.']);
    assert.deepEqual([data?.verified, data?.reason], [false, 'failed']);
  });

  it('a file that is not part of the image is refused', async () => {
    const [breakpoint] = await set(session, [{ line: 1 }], { path: '/guest/other.asm' });
    assert.deepEqual([breakpoint?.verified, breakpoint?.message], [false, 'The image holds no code of this file.']);
  });

  it('lines of the listing work as well', async () => {
    const [breakpoint] = await set(session, [{ line: 14 }], { path: '/guest/toy.lst' });
    assert.equal(breakpoint?.instructionReference, session.address('add'));
  });

  it('a bad condition is told at the breakpoint', async () => {
    const [condition, hit] = await set(session, [
      { line: 4, condition: 'R0 = 1' },
      { line: 5, hitCondition: 'often' },
    ]);
    assert.deepEqual([condition?.verified, condition?.message], [false, 'Use "==" to compare (column 4)']);
    assert.match(hit?.message ?? '', /"often" is no hit count/);
  });

  it('ids stay the same when a set is sent again', async () => {
    const before = await set(session, [{ line: 4 }, { line: 5 }]);
    const after = await set(session, [{ line: 5 }, { line: 6 }, { line: 4 }]);
    assert.deepEqual([after[0]?.id, after[2]?.id], [before[1]?.id, before[0]?.id]);
    assert.ok(!before.some((breakpoint) => breakpoint.id === after[1]?.id));
  });

  it('the reason of the stop tells the kind of breakpoint', async () => {
    await session.client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'add' }] });
    assert.equal((await session.client.run('continue')).reason, 'function breakpoint');
    await session.client.request('setFunctionBreakpoints', { breakpoints: [] });
    const reference = session.address('handler');
    await session.client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: reference }] });
    const stop = await session.client.run('continue');
    assert.equal(stop.reason, 'instruction breakpoint');
    assert.equal(stop.hitBreakpointIds?.length, 1);
  });
});

describe('breakpoints before the launch', () => {
  it('wait for it and are told again', async () => {
    const session = fakeSession();
    const { client } = session;
    await client.request('initialize', INITIALIZE);
    const [early] = await set(session, [{ line: 13 }]);
    assert.deepEqual([early?.verified, early?.reason, early?.line], [false, 'pending', 13]);
    const changed = client.next<DebugProtocol.BreakpointEvent['body']>('breakpoint');
    const initialized = client.next('initialized');
    await client.request('launch', { program: PROGRAM, stopOnEntry: false });
    const { reason, breakpoint } = await changed;
    assert.deepEqual([reason, breakpoint.id, breakpoint.verified, breakpoint.line], ['changed', early?.id, true, 14]);
    await initialized;
    const stopped = client.next<DebugProtocol.StoppedEvent['body']>('stopped');
    await client.request('configurationDone');
    assert.deepEqual((await stopped).hitBreakpointIds, [early?.id]);
    session.running.end();
  });

  it('without debugging they do not stop, and the end ends the session', async () => {
    const session = fakeSession();
    const { client } = session;
    await client.request('initialize', INITIALIZE);
    await set(session, [{ line: 4 }]);
    const initialized = client.next('initialized');
    await client.request('launch', { program: PROGRAM, noDebug: true });
    await initialized;
    const exited = client.next('exited');
    const terminated = client.next('terminated');
    await client.request('configurationDone');
    assert.deepEqual(await exited, { exitCode: 3 });
    await terminated;
    session.running.end();
  });
});
