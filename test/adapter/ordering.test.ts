/** Order of answers, cancelling, and answers that belong to an older stop, with a target that takes its time. */
import { strict as assert } from 'node:assert';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Connection } from '../../debug-adapter/dap/connection';
import { type Order, RequestQueue } from '../../debug-adapter/dap/request-queue';
import { type FakeSession, fakeSession, INITIALIZE, PROGRAM, startSession } from '../support/dap-session';

/** A session whose target is slow from the first stop on. */
async function slowSession(milliseconds = 15): Promise<FakeSession & { fast(): void }> {
  let slow = false;
  const session = fakeSession({ delay: () => (slow ? milliseconds : 0) });
  await startSession(session);
  slow = true;
  return Object.assign(session, {
    fast: () => {
      slow = false;
    },
  });
}

describe('request queue', () => {
  /** Runs tasks that end in the given order of times; gives the order in which they began and ended. */
  async function runAll(tasks: readonly (readonly [string, Order, number])[]): Promise<string> {
    const queue = new RequestQueue();
    const log: string[] = [];
    await Promise.all(
      tasks.map(([name, order, time]) =>
        queue.run(order, async () => {
          log.push(`${name}(`);
          await new Promise((resolve) => setTimeout(resolve, time));
          log.push(`${name})`);
        }),
      ),
    );
    return log.join(' ');
  }

  const ORDERS: readonly (readonly [string, readonly (readonly [string, Order, number])[], string])[] = [
    [
      'reads run beside each other',
      [
        ['a', 'read', 20],
        ['b', 'read', 5],
      ],
      'a( b( b) a)',
    ],
    [
      'a write waits for reads',
      [
        ['a', 'read', 10],
        ['w', 'write', 1],
      ],
      'a( a) w( w)',
    ],
    [
      'a read waits for a write',
      [
        ['w', 'write', 10],
        ['a', 'read', 1],
      ],
      'w( w) a( a)',
    ],
    [
      'a run does not wait for reads',
      [
        ['a', 'read', 20],
        ['r', 'run', 1],
      ],
      'a( r( r) a)',
    ],
    [
      'a run waits for writes',
      [
        ['w', 'write', 10],
        ['r', 'run', 1],
      ],
      'w( w) r( r)',
    ],
    [
      'a read waits for a run',
      [
        ['r', 'run', 10],
        ['a', 'read', 1],
      ],
      'r( r) a( a)',
    ],
    [
      'what is urgent waits for nothing',
      [
        ['w', 'write', 20],
        ['n', 'now', 1],
      ],
      'n( w( n) w)',
    ],
  ];
  for (const [name, tasks, expected] of ORDERS) it(name, async () => assert.equal(await runAll(tasks), expected));
});

describe('order of messages', () => {
  it('the answer to a step comes before its stopped event', async () => {
    const session = fakeSession();
    await startSession(session);
    session.client.transcript = '';
    await session.client.run('next');
    assert.match(session.client.transcript, /^--> next.*\n<-- next ok\n<== stopped/);
    session.running.end();
  });

  it('initialized comes after the image and the symbols are loaded', async () => {
    const session = fakeSession();
    await session.client.request('initialize', INITIALIZE);
    const initialized = session.client.next('initialized');
    await session.client.request('launch', { program: PROGRAM });
    await initialized;
    assert.match(
      session.client.transcript,
      /output \{[^}]*Lines of toy\.asm from toy\.lst[^}]*\}\n(?:<== progressEnd.*\n)?<-- launch ok\n<== capabilities[^]*<== initialized\n$/,
    );
    session.running.end();
  });

  it('a write is seen by the read that follows it at once', async () => {
    const session = await slowSession();
    const { client } = session;
    const write = client.post('setExpression', { expression: 'R3', value: '42' });
    const read = client.post('evaluate', { expression: 'R3 == 42' });
    assert.equal((await write.answer).success, true);
    assert.equal(((await read.answer).body as { result: string }).result, 'true');
    session.running.end();
  });
});

describe('stale answers', () => {
  it('reads under way are dropped when the target moves on, and are answered with cancelled', async () => {
    const session = await slowSession();
    const { client } = session;
    const stack = client.post('stackTrace', { threadId: 1 });
    const value = client.post('evaluate', { expression: 'R0' });
    const stopped = client.next<DebugProtocol.StoppedEvent['body']>('stopped');
    const step = client.post('next', { threadId: 1 });
    const [stackAnswer, valueAnswer, stepAnswer] = await Promise.all([stack.answer, value.answer, step.answer]);
    assert.equal(stepAnswer.success, true);
    assert.deepEqual([stackAnswer.success, stackAnswer.message], [false, 'cancelled']);
    assert.deepEqual([valueAnswer.success, valueAnswer.message], [false, 'cancelled']);
    await stopped;
    session.fast();
    assert.equal((await client.top()).line, 3);
    session.running.end();
  });

  it('references of an older stop are refused', async () => {
    const session = fakeSession();
    await startSession(session);
    const { client } = session;
    const frame = await client.top();
    const [scope] = await client.scopes();
    await client.run('next');
    assert.match(await client.refused('scopes', { frameId: frame.id }), /ask for the stack again/);
    assert.match(
      await client.refused('variables', { variablesReference: scope?.variablesReference }),
      /ask for the scopes again/,
    );
    session.running.end();
  });

  it('reads while the machine runs say so', async () => {
    const session = fakeSession({ source: 'loop: jmp loop\n' });
    await startSession(session);
    const { client } = session;
    await client.request('continue', { threadId: 1 });
    const answer = await client.post('stackTrace', { threadId: 1 }).answer;
    assert.deepEqual([answer.success, answer.message], [false, 'notStopped']);
    const stopped = client.next<DebugProtocol.StoppedEvent['body']>('stopped');
    await client.request('pause', { threadId: 1 });
    assert.equal((await stopped).reason, 'pause');
    assert.equal((await client.top()).line, 1);
    session.running.end();
  });
});

describe('cancel', () => {
  it('a request under way is answered with cancelled, once', async () => {
    const session = await slowSession(30);
    const { client } = session;
    const slow = client.post('stackTrace', { threadId: 1 });
    await client.request('cancel', { requestId: slow.seq });
    const answer = await slow.answer;
    assert.deepEqual([answer.success, answer.message], [false, 'cancelled']);
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(client.transcript.match(/<-- stackTrace/g)?.length, 1);
    session.running.end();
  });

  it('a request that still waits is never begun', async () => {
    const session = await slowSession(30);
    const { client } = session;
    const write = client.post('setExpression', { expression: 'R3', value: '1' });
    const waiting = client.post('setExpression', { expression: 'R3', value: '2' });
    await client.request('cancel', { requestId: waiting.seq });
    assert.equal((await waiting.answer).message, 'cancelled');
    assert.equal((await write.answer).success, true);
    session.fast();
    assert.equal(await client.evaluate('R3 == 1'), 'true');
    session.running.end();
  });

  it('disconnect in the middle of slow reads ends at once', async () => {
    const session = await slowSession(50);
    const { client } = session;
    const slow = client.post('stackTrace', { threadId: 1 });
    const before = Date.now();
    await client.request('disconnect');
    assert.ok(Date.now() - before < 40, 'disconnect did not wait for the target');
    slow.answer.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(session.ended(), true);
  });
});

describe('connection', () => {
  it('a message that is no request is told, not fatal', () => {
    const problems: string[] = [];
    const connection = new Connection([], { problem: (error) => problems.push(error.message) });
    connection.handleMessage(null as unknown as DebugProtocol.ProtocolMessage);
    connection.handleMessage(5 as unknown as DebugProtocol.ProtocolMessage);
    assert.deepEqual(problems, [
      'A message that is not an object was ignored.',
      'A message that is not an object was ignored.',
    ]);
  });
});
