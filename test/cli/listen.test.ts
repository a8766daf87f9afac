/** `stepback run --listen` and `--gdb`: a machine that editors and GDB come to and leave. */
import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { attach, attachedClient } from '../support/attached-client';
import { INITIALIZE } from '../support/dap-session';
import { Stepback } from '../support/stepback';
import { hasTool } from '../support/tools';

/** A run that goes on until it is ended. */
class Serving {
  readonly child: ChildProcess;
  stderr = '';
  stdout = '';
  readonly exit: Promise<number>;

  constructor(stepback: Stepback, args: readonly string[]) {
    this.child = spawn(process.execPath, [stepback.program, 'run', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stderr?.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.child.stdout?.on('data', (data: Buffer) => (this.stdout += data.toString('latin1')));
    this.exit = new Promise((resolve) => this.child.on('close', (code) => resolve(code ?? -1)));
  }

  /** Waits until standard error matches; gives the first group as a number. */
  async says(wanted: RegExp): Promise<number> {
    for (const start = performance.now(); performance.now() - start < 20_000; ) {
      const match = wanted.exec(this.stderr);
      if (match !== null) return Number(match[1]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`${String(wanted)} was not said; there is: ${this.stderr}`);
  }
}

describe('stepback run --listen', function () {
  this.timeout(90_000);
  let stepback: Stepback;
  const running: Serving[] = [];

  before(async function () {
    if (!hasTool('nasm')) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());
  afterEach(() => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL');
  });

  const serve = (...args: string[]): Serving => {
    const serving = new Serving(stepback, args);
    running.push(serving);
    return serving;
  };
  const EDITORS = /editors attach at port (\d+): \{ "type": "stepback"/;

  it('lets an editor attach, go back and leave; the machine runs on', async () => {
    const serving = serve(stepback.guest('forever'), '--listen', '0');
    const port = await serving.says(EDITORS);
    for (let round = 0; round < 2; round++) {
      const { client, closed } = await attach(port);
      const stopped = client.next('stopped');
      await client.request('pause', { threadId: 1 });
      await stopped;
      const { position } = await client.request<{ position: number }>('stepback.timeline');
      await client.run('stepBack', { granularity: 'instruction' });
      const back = await client.request<{ position: number }>('stepback.timeline');
      assert.equal(back.position, position - 1);
      await client.request('disconnect', {});
      await closed;
    }
    await serving.says(/The editor has gone\.\n[^]*The editor has gone\./);
    serving.child.kill('SIGINT');
    assert.equal(await serving.exit, 130);
  });

  it('keeps a dead end for the editor that is attached, and ends when it has gone', async () => {
    const serving = serve(stepback.guest('probe'), '--listen', '0', '--serial', 'stdio');
    const { client, closed } = await attach(await serving.says(EDITORS));
    const stopped = client.next<{ description: string }>('stopped');
    await client.request('stepback.typeText', { text: 'x' });
    assert.match((await stopped).description, /come to its end/);
    await client.run('stepBack', { granularity: 'instruction' });
    await client.request('disconnect', {});
    await closed;
    // It runs on from there, and meets its end with nobody attached.
    assert.equal(await serving.exit, 0x21);
    assert.match(serving.stdout, /^cpu=80386 /);
  });

  it('has GDB beside it, and heeds what ends a run', async () => {
    const serving = serve(
      stepback.guest('probe'),
      '--listen',
      '0',
      '--gdb',
      '0',
      '--until-screen',
      'is ready',
      '--screen-text',
    );
    await serving.says(EDITORS);
    await serving.says(/GDB attaches: gdb -ex 'target remote 127\.0\.0\.1:(\d+)'/);
    assert.equal(await serving.exit, 0);
    assert.equal(serving.stdout, 'probe is ready\n');
  });

  it('tells the editor how GDB attaches, and why a second editor is turned away', async () => {
    const serving = serve(stepback.guest('forever'), '--listen', '0', '--gdb', '0');
    const port = await serving.says(EDITORS);
    const gdb = await serving.says(/GDB attaches: gdb -ex 'target remote 127\.0\.0\.1:(\d+)'/);
    const { client } = await attach(port);
    assert.deepEqual(await client.request('stepback.gdb'), {
      command: `gdb -ex 'target remote 127.0.0.1:${gdb}'`,
    });
    const second = await attachedClient(port);
    assert.match(await second.client.refused('initialize', INITIALIZE), /Another editor is attached/);
    await second.closed;
  });

  it('refuses what it can not do, and a port that is taken', async () => {
    const forever = stepback.guest('forever');
    const refused = await stepback.run(['run', forever, '--listen', '0', '--max-instructions', '5']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /"maxInstructions" can not be had with --listen/);
    const port = await serve(forever, '--listen', '0').says(EDITORS);
    const taken = await stepback.run(['run', forever, '--listen', String(port)]);
    assert.equal(taken.code, 2);
    assert.match(taken.stderr, new RegExp(`Port ${port} can not be used for attaching: another program uses it`));
  });
});
