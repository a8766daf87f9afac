/** Attaching to a machine that runs by itself, over a port. */
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type AttachPort, openAttachPort } from '../../debug-adapter/host/attach-port';
import { launcher } from '../../debug-adapter/host/launch';
import { parseOptions } from '../../debug-adapter/protocol/options';
import type { LaunchedMachine } from '../../debug-adapter/session/host';
import { attach, type AttachedClient, attachedClient } from '../support/attached-client';
import { INITIALIZE } from '../support/dap-session';
import { RealSession } from '../support/real-session';
import { hasTool, runTool } from '../support/tools';

type Stopped = DebugProtocol.StoppedEvent['body'];

describe('attaching to a running machine', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'stepback-attach-'));
  const image = path.join(folder, 'echo.bin');
  const problems: Error[] = [];
  let said: string[];
  let ended: number;
  let machine: LaunchedMachine;
  let port: AttachPort;
  const clients: AttachedClient[] = [];

  before(function () {
    if (!hasTool('nasm')) this.skip();
    const source = path.join(__dirname, '..', 'guests', 'adapter', 'echo.asm');
    runTool('nasm', ['-f', 'bin', '-o', image, '-l', path.join(folder, 'echo.lst'), source], folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    said = [];
    ended = 0;
    const problem = (error: Error): void => void problems.push(error);
    const options = parseOptions('run', { program: image, memory: '1M' });
    machine = await launcher(problem)(options, new AbortController().signal);
    machine.target.execution.resume({ kind: 'continue', direction: 'forward' }, 'stepback');
    const end = (): void => void ended++;
    port = await openAttachPort({ machine, end }, 0, { changed: (text) => said.push(text), problem });
  });

  afterEach(async () => {
    for (const { hangUp } of clients.splice(0)) hangUp();
    port.close();
    await machine.dispose();
    assert.deepEqual(problems, []);
  });

  const enter = async (options: object = {}): Promise<AttachedClient> => {
    const attached = await attach(port.port, options);
    clients.push(attached);
    return attached;
  };
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    for (const begin = performance.now(); !holds(); await new Promise((resolve) => setTimeout(resolve, 5))) {
      assert.ok(performance.now() - begin < 10_000, what);
    }
  };
  /** What the guest has counted. */
  const counted = (): number =>
    Buffer.from(machine.target.memory.read('linear', 0x7e00n, 4) as Uint8Array).readUInt32LE();

  it('leaves it running, and sees its lines once it is paused', async () => {
    const { client } = await enter();
    assert.equal(machine.target.execution.running, true);
    assert.equal(
      client.events.some(({ event }) => event === 'stopped'),
      false,
    );
    const stopped = client.next<Stopped>('stopped');
    await client.request('pause', { threadId: 1 });
    assert.deepEqual([(await stopped).reason, (await stopped).text], ['pause', undefined]);
    const frame = await client.top();
    assert.match(frame.source?.name ?? '', /echo/);
    assert.match(client.transcript, /echo\.lst/);
  });

  it('breaks, goes back, reads the chips; and lets it go as if it had never been', async () => {
    const { client, closed } = await enter();
    const first = client.next<Stopped>('stopped');
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'again' }] });
    const stop = await first;
    assert.deepEqual([stop.reason, stop.text], ['function breakpoint', undefined]);
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    await client.request('setDataBreakpoints', { breakpoints: [{ dataId: 'change linear:0x7E00:4' }] });
    assert.match((await client.run('continue')).text ?? '', /^Dword 7E00h changed from/);
    assert.match((await client.run('reverseContinue')).text ?? '', /^Dword 7E00h changed from/);
    const { chips } = await client.request<{ chips: { id: string }[] }>('stepback.machine');
    assert.ok(chips.some(({ id }) => id === 'pic1'));
    const before = counted();
    await client.request('disconnect', {});
    await closed;
    await until('it runs on', () => machine.target.execution.running && counted() > before + 10);
    assert.deepEqual(said, ['An editor is attached.', 'The editor has gone.']);
    assert.equal(ended, 0);
  });

  it('has display and serial ports', async () => {
    const { client } = await enter();
    await until('a frame', () => client.events.some(({ event }) => event === 'stepback.frame'));
    const { rows } = await client.request<{ rows: string[] }>('stepback.screenText');
    assert.match(rows.join('\n'), /!/);
    const data = client.next<{ channel: string; data: string }>('stepback.serial');
    await client.request('stepback.serialInput', { port: 'com1', data: Buffer.from('a').toString('base64') });
    assert.deepEqual(await data, { channel: 'com1', data: Buffer.from('A').toString('base64') });
  });

  it('survives an editor that only hangs up, while stopped', async () => {
    const { client, hangUp } = await enter();
    const stopped = client.next('stopped');
    await client.request('pause', { threadId: 1 });
    await stopped;
    hangUp();
    await until('it runs on', () => machine.target.execution.running);
    const again = await enter();
    assert.equal((await again.client.request<{ threads: unknown[] }>('threads')).threads.length, 1);
  });

  it('turns a second editor away with a sentence, and takes it when the first has gone', async () => {
    const first = await enter();
    const second = await attachedClient(port.port);
    assert.match(await second.client.refused('initialize', INITIALIZE), /Another editor is attached to this machine/);
    await second.closed;
    await first.client.request('disconnect', {});
    await first.closed;
    await until('the place is free', () => !port.taken);
    await enter();
    // Who only looks whether somebody listens takes nobody's place.
    port.close();
  });

  it('starts again with the same images, and ends where that is asked for', async () => {
    const { client } = await enter();
    const stopped = client.next<Stopped>('stopped');
    await client.request('restart', {});
    assert.equal((await stopped).reason, 'entry');
    assert.equal((await client.top()).instructionPointerReference, '0xFFFFFFF0');
    await client.request('disconnect', { terminateDebuggee: true });
    await until('the end', () => ended === 1);
  });

  it('refuses a launch, wrong options, and a session without a machine', async () => {
    const attached = await attachedClient(port.port);
    clients.push(attached);
    await attached.client.request('initialize', INITIALIZE);
    assert.match(await attached.client.refused('launch', { program: image }), /runs already: use "request": "attach"/);
    assert.match(
      await attached.client.refused('attach', { port: 1, program: image }),
      /"program" has no meaning where/,
    );
    const session = new RealSession();
    await session.initialize();
    assert.match(await session.client.refused('attach', { port: 1 }), /stepback run IMAGE --listen PORT/);
    session.end();
  });
});
