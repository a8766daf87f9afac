/** Random arguments: whatever a client sends, each request is answered, nothing fails inside, and the session goes on. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import path from 'node:path';
import { inRoot } from '../../scripts/lib/root';
import type { DapClient } from '../support/dap-client';
import { fakeSession, SOURCE, startSession } from '../support/dap-session';
import { RealSession } from '../support/real-session';

const SEED = Number(process.env['DAP_FUZZ_SEED'] ?? 20_240_611);
const REQUESTS = 40;
/** `DAP_FUZZ_REQUESTS=100000` sends so many to each target; another `DAP_FUZZ_SEED` sends others. */
const ROUNDS = Math.ceil(Number(process.env['DAP_FUZZ_REQUESTS'] ?? 1_000) / REQUESTS);

/** Requests that end the session, or that are covered by what the others do to it. */
const LEFT_OUT = new Set(['disconnect', 'terminate', 'launch', 'attach', 'initialize', 'configurationDone', 'restart']);

const name = fc.constantFrom(
  'threadId', 'frameId', 'variablesReference', 'expression', 'value', 'name', 'memoryReference', 'offset', 'count', 'data',
  'instructionOffset', 'instructionCount', 'source', 'line', 'breakpoints', 'filters', 'targetId', 'text', 'column',
  'granularity', 'startFrame', 'levels', 'port', 'code', 'pressed', 'position', 'chip', 'register', 'version', 'requestId',
  'dataId', 'accessType', 'access', 'asAddress', 'bytes', 'filterOptions', 'condition', 'context', 'field',
); // biome-ignore format: a list

const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    0, 1, -1, 2, 5, 100, 2 ** 31, 2 ** 53, -(2 ** 53), 0.5, null, true, false, '', '0x0', '0xFFFF800000001000',
    'physical:0x10', '0xffffffffffffffffffff', 'R0', 'R0 + 1', '((', 'FLAGS.Z', 'byte[PC]', '[', 'com1', 'instruction', 'timer',
    'CONTROL', '0xFFFFFFFFFFFFFFFF', 'QUI=', '####', 'EAX', 'ds:si', '0x7C00', 'physical:0xFFFFFFFF', 'EFLAGS.IF', 'KeyA', 'pic1', 'IMR', 'io:0x3F8', 'io:60h',
    'port 60h', 'com1.LCR.DLAB', 'change com1.LCR.DLAB', 'who byte[0x7c00]', 'repl', 'read', 'write', 'readWrite', 'dword[es:di]', 'DLAB',
    'change linear:0x7C00:2', 'write io:0x60:1', 'change chip:com1:LCR:DLAB:7:1', 'change linear:0xFFFFFFFFFFFFFFFF:99999999',
  ), // biome-ignore format: a list
  fc.string({ maxLength: 12 }),
  fc.integer({ min: -2000, max: 2000 }),
);

const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>({ path: SOURCE }, { sourceReference: 1 }, [], [{ line: 4 }], [{ line: -7 }], [{ name: 'add' }],
      [{ instructionReference: '0xFFFF800000001008', offset: 1 }], [{ line: 14, condition: 'R0 / 0', logMessage: '{' }], ['x'],
      [{ dataId: 'change linear:0x400:256' }, { dataId: 'write io:0x0:65536', accessType: 'readWrite', condition: 'old < new' }],
      [{ dataId: 'change chip:pit:Status 0' }, { dataId: 'write linear:0xFFFFFFFF:2', accessType: 'read' }, { dataId: ':' }],
      [{ name: 'change pic1.ISR' }, { name: 'write byte[0x46c]', condition: 'new / 0', hitCondition: '% 3' }, { name: 'read ((' }],
      [{ filterId: 'cpu', condition: '#GP(0018), 3 if error' }, { filterId: 'firmware', condition: '16h/01' }, { filterId: 'zeros' }],
      [{ filterId: 'firmware', condition: '1-ff if ah / 0' }, { filterId: 'cpu.6', condition: '((' }, { filterId: '' }]), // biome-ignore format: a list
  },
);

/** Likely arguments, so that requests get past their checks, with anything mixed in. */
const likely = fc.record({ threadId: fc.constant<unknown>(1) });
const args = fc
  .tuple(likely, fc.dictionary(name, value, { maxKeys: 6 }))
  .map(([base, more]): Record<string, unknown> => ({ ...base, ...more }));

const BOOT = inRoot('examples', 'hello-boot', 'boot.bin');

/** Something to send requests to. */
interface Subject {
  readonly client: DapClient;
  readonly problems: readonly Error[];
  /** Resolves when nothing runs. */
  stopped(): Promise<void>;
  end(): void;
}

const fake = async (synchronous: boolean): Promise<Subject> => {
  const session = fakeSession({ synchronous });
  await startSession(session);
  return {
    client: session.client,
    problems: session.problems,
    async stopped() {
      while (session.target().execution.running) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    end: () => session.running.end(),
  };
};

const real = async (): Promise<Subject> => {
  const session = new RealSession();
  await session.initialize();
  await session.launchToStop({ program: path.resolve(BOOT), memory: '1M' });
  return {
    client: session.client,
    problems: session.problems,
    async stopped() {
      // A request that needs a stopped machine is refused while it runs.
      while (!(await session.client.post('stepback.timeline').answer).success)
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    end: () => session.end(),
  };
};

const TARGETS: Readonly<Record<string, (round: number) => Promise<Subject>>> = {
  'the fake target': (round) => fake(round % 2 === 0),
  'the built-in machine': real,
};

describe('random requests', function () {
  this.timeout(60_000 + ROUNDS * 2_000);
  const commands = fakeSession().running.commands.filter((command) => !LEFT_OUT.has(command));
  const sequence = fc.array(fc.tuple(fc.constantFrom(...commands), args), {
    minLength: REQUESTS,
    maxLength: REQUESTS,
  });

  for (const [target, begin] of Object.entries(TARGETS)) {
    it(`are all answered by a session on ${target}`, async () => {
      let succeeded = 0;
      for (const [round, requests] of fc.sample(sequence, { numRuns: ROUNDS, seed: SEED }).entries()) {
        const subject = await begin(round);
        const { client, problems } = subject;
        const answers = requests.map(([command, given]) => client.post(command, given).answer);
        for (const answer of await Promise.all(answers)) {
          if (answer.success) succeeded++;
          else assert.ok((answer.message ?? '').length > 0, `${answer.command} is refused with a reason`);
        }
        // Whatever happened: the session still works.
        await client.request('pause', { threadId: 1 });
        await subject.stopped();
        assert.equal((await client.request<{ threads: unknown[] }>('threads')).threads.length, 1);
        assert.deepEqual(
          problems.map((problem) => problem.stack),
          [],
        );
        subject.end();
      }
      assert.ok(succeeded > ROUNDS * 5, `only ${succeeded} requests got past their checks`);
    });
  }
});
