/** The same session over byte streams and over a message port; the display stream; serial output; the trace. */
import { strict as assert } from 'node:assert';
import { PassThrough } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { portTransport, streamTransport } from '../../debug-adapter/dap/transports';
import { createSession } from '../../debug-adapter/session/create-session';
import { fakeSession, INITIALIZE, memoryFiles, startSession } from '../support/dap-session';

type Message = DebugProtocol.ProtocolMessage;

const host = { files: memoryFiles(new Map()), every: () => ({ stop: () => undefined }) };
const noMachine = () => Promise.reject(new Error('no machine here'));
const initialize = { seq: 1, type: 'request', command: 'initialize', arguments: INITIALIZE };

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('transports', () => {
  it('byte streams: frames may come in pieces, and characters may have several bytes', async () => {
    const [toAdapter, fromAdapter] = [new PassThrough(), new PassThrough()];
    let ended = false;
    createSession(streamTransport(toAdapter, fromAdapter), noMachine, { ...host, ended: () => (ended = true) });
    const json = JSON.stringify({ ...initialize, arguments: { ...INITIALIZE, clientID: 'ü€😀' } });
    const frame = Buffer.from(`Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
    for (let at = 0; at < frame.length; at += 7) {
      toAdapter.write(frame.subarray(at, at + 7));
      await wait(0);
    }
    await wait(5);
    const text = (fromAdapter.read() as Buffer).toString();
    const [header = '', body = ''] = text.split('\r\n\r\n');
    assert.equal(header, `Content-Length: ${Buffer.byteLength(body)}`);
    assert.equal((JSON.parse(body) as DebugProtocol.Response).success, true);
    toAdapter.end();
    await wait(5);
    assert.equal(ended, true, 'the session ends when the client has gone');
  });

  it('broken frames do not end the session', async () => {
    const [toAdapter, fromAdapter] = [new PassThrough(), new PassThrough()];
    const problems: string[] = [];
    const session = createSession(streamTransport(toAdapter, fromAdapter), noMachine, {
      ...host,
      problem: (error) => problems.push(error.message),
    });
    toAdapter.write('Content-Length: 5\r\n\r\n{oops');
    const json = JSON.stringify(initialize);
    toAdapter.write(`Content-Length: ${json.length}\r\n\r\n${json}`);
    await wait(5);
    assert.match((fromAdapter.read() as Buffer).toString(), /"success":true/);
    assert.equal(problems.length, 1);
    session.end();
  });

  it('message port', async () => {
    const { port1, port2 } = new MessageChannel();
    const received: Message[] = [];
    port2.on('message', (message: Message) => received.push(message));
    const session = createSession(portTransport(port1), noMachine, host);
    port2.postMessage(initialize);
    port2.postMessage({ seq: 2, type: 'request', command: 'launch', arguments: { program: 'x' } });
    while (received.length < 2) await wait(1);
    const [first, second] = received as DebugProtocol.Response[];
    assert.equal(first?.success, true);
    assert.deepEqual([second?.success, second?.message], [false, 'no machine here']);
    session.end();
    port2.close();
  });
});

describe('display', () => {
  it('at most two frames are under way; others are dropped; a palette is sent once, of pixels what changed', async () => {
    let look: (() => void) | undefined;
    const session = fakeSession({
      host: {
        every(milliseconds, action) {
          if (milliseconds < 100) look = action;
          return { stop: () => undefined };
        },
      },
    });
    await startSession(session);
    const { client } = session;
    await client.request('stepback.subscribe', { display: true });
    await wait(2);
    for (let turn = 0; turn < 6; turn++) {
      look?.();
      await wait(3);
    }
    type Rows = readonly { first: number; pixels: string }[];
    type Frame = { version: number; frame: { palette?: string; rows: Rows; border?: unknown } };
    const frames = () =>
      client.events.filter((event) => event.event === 'stepback.frame').map((event) => event.body as Frame);
    assert.deepEqual(
      frames().map((frame) => frame.version),
      [1, 2],
    );
    assert.deepEqual(
      frames().map((frame) => frame.frame.palette !== undefined),
      [true, false],
    );
    assert.deepEqual(
      frames().map((frame) => frame.frame.border),
      [undefined, { left: 1, right: 1, top: 0.5, bottom: 0, colour: 0x12_34_56 }],
    );
    await client.request('stepback.frameShown', { version: 1 });
    look?.();
    await wait(3);
    look?.();
    await wait(3);
    assert.deepEqual(
      frames().map((frame) => frame.version),
      [1, 2, 3],
    );
    const rows = (first: number, ...pixels: number[]) => [{ first, pixels: Buffer.from(pixels).toString('base64') }];
    assert.deepEqual(frames()[0]?.frame.rows, rows(0, 9, 9, 1, 1, 9, 9), 'the first frame is whole');
    assert.deepEqual(frames()[2]?.frame.rows, rows(1, 3, 1), 'later ones only what differs');
    session.running.end();
  });
});

describe('serial output', () => {
  const RUN = async (serial: boolean) => {
    const session = fakeSession();
    await startSession(session);
    if (serial) await session.client.request('stepback.subscribe', { serial: true });
    await session.client.run('continue');
    session.running.end();
    return session.client.events;
  };

  it('goes to whoever subscribed, as bytes', async () => {
    const events = (await RUN(true)).filter((event) => event.event === 'stepback.serial');
    const bytes = events.map((event) => Buffer.from((event.body as { data: string }).data, 'base64')[0]);
    assert.deepEqual(bytes, [0x41, 21]);
  });

  it('else to the debug console, as lines', async () => {
    const outputs = (await RUN(false))
      .filter((event) => event.event === 'output')
      .map((event) => event.body as DebugProtocol.OutputEvent['body']);
    assert.deepEqual(
      outputs.filter((body) => body.category === 'stdout').map((body) => body.output),
      ['A\x15\n'],
    );
  });
});

describe('status', () => {
  it('is told at each stop', async () => {
    const session = fakeSession();
    await startSession(session);
    const { client } = session;
    const first = client.next('stepback.status');
    await client.request('stepback.subscribe', { status: true });
    assert.deepEqual(await first, {
      running: false,
      pc: "FFFF8000'00001000",
      mode: '64-bit toy',
      count: 0,
      time: 0,
      pointing: false,
    });
    const second = client.next<{ count: number }>('stepback.status', (body) => body.count === 1);
    await client.run('next');
    assert.deepEqual(await second, {
      running: false,
      pc: "FFFF8000'00001004",
      mode: '64-bit toy',
      count: 1,
      time: 10,
      pointing: false,
    });
    session.running.end();
  });
});

describe('notes', () => {
  it('a flood of them is told as far as a person can follow, with the number of the rest', async () => {
    const windows: (() => void)[] = [];
    const session = fakeSession({
      host: {
        every: (_, action) => {
          windows.push(action);
          return { stop: () => undefined };
        },
      },
    });
    await startSession(session, { firmwareCalls: true });
    const flood = async (): Promise<string[]> => {
      session.client.takeEvents('output');
      const note = { category: 'firmware', text: 'INT 10h', pc: 0x1000n, position: 0 } as const;
      for (let i = 0; i < 10_000; i++) session.target().emit({ type: 'note', note });
      windows.at(-1)?.();
      // This target formats an address in its own time.
      await wait(5);
      return session.client.takeEvents('output').map(({ body }) => (body as { output: string }).output);
    };
    const first = await flood();
    assert.equal(first.length, 41);
    assert.match(first.join(''), /^\.\.\. and 9960 more of this kind \(firmware\)/m);
    assert.equal((await flood()).length, 3, 'while it goes on, less is told');
    session.running.end();
  });
});

describe('trace', () => {
  it('writes what the golden transcripts hold', async () => {
    let written = '';
    let closed = false;
    const writer = {
      write: (text: string) => {
        written += text;
      },
      close: () => {
        closed = true;
      },
    };
    const session = fakeSession({
      host: { openTrace: (path) => (path === '/t.txt' ? writer : { write: () => undefined, close: () => undefined }) },
    });
    await startSession(session, { trace: '/t.txt' });
    await session.client.run('next');
    await session.client.request('disconnect');
    await wait(5);
    assert.equal(written, session.client.transcript);
    assert.equal(closed, true);
  });
});

describe('targets that lack something', () => {
  it('say what they do not offer', async () => {
    const session = fakeSession({ without: ['reverse', 'devices', 'frames', 'display', 'input'] });
    const { client } = session;
    const capabilities = client.next<DebugProtocol.CapabilitiesEvent['body']>('capabilities');
    await startSession(session);
    assert.equal((await capabilities).capabilities.supportsStepBack, false);
    assert.match(await client.refused('stepBack', { threadId: 1 }), /can not go back in time/);
    assert.match(await client.refused('stepback.screenText'), /no screen/);
    assert.match(await client.refused('stepback.key', { code: 'KeyA', pressed: true }), /takes no input/);
    assert.deepEqual(
      (await client.scopes()).map((scope) => scope.name),
      ['General', 'Control', 'Vector'],
    );
    assert.equal((await client.stack()).length, 1);
    session.running.end();
  });
});
