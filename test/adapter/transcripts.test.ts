/** Whole sessions as text, compared with golden transcripts. */
import { checkGolden } from '../support/golden';
import { type FakeSession, fakeSession, SOURCE, startSession } from '../support/dap-session';

const source = { path: SOURCE };

/** What VS Code asks at each stop. */
async function look({ client }: FakeSession): Promise<void> {
  await client.request('threads');
  const frame = await client.top();
  const { scopes } = await client.request<{ scopes: { variablesReference: number }[] }>('scopes', {
    frameId: frame.id,
  });
  for (const scope of scopes.slice(0, 2)) await client.variables(scope.variablesReference);
}

const SCENARIOS: Readonly<Record<string, (session: FakeSession) => Promise<void>>> = {
  'step-forwards-and-back': async (session) => {
    const { client } = session;
    await look(session);
    await client.run('next');
    await client.run('next');
    await client.run('stepIn');
    await look(session);
    await client.run('stepOut');
    await client.run('stepBack');
    await client.run('stepback.stepBackInto');
    await client.run('reverseContinue');
  },
  breakpoints: async (session) => {
    const { client } = session;
    await client.request('setBreakpoints', {
      source,
      breakpoints: [{ line: 13 }, { line: 14, logMessage: 'R0 = {R0}' }, { line: 99 }],
    });
    await client.run('continue');
    await client.request('setBreakpoints', { source, breakpoints: [] });
    await client.run('continue');
    await client.request('exceptionInfo', { threadId: 1 });
    await client.run('stepBack');
  },
  'change-and-look': async (session) => {
    const { client } = session;
    await client.evaluate('R0 + COUNT').catch(() => undefined);
    await client.evaluate('R1 = 0x1234', { context: 'repl' });
    await client.request('setExpression', { expression: 'FLAGS.MODE', value: '3' });
    const control = await client.scope('Control');
    await client.variables(control[0]?.variablesReference ?? 0);
    const machine = await client.scope('Machine');
    const [chip] = await client.variables(machine[0]?.variablesReference ?? 0);
    await client.variables(chip?.variablesReference ?? 0);
    await client.request('readMemory', { memoryReference: session.address('message'), count: 12 });
    await client.request('disassemble', {
      memoryReference: session.address('add'),
      instructionOffset: -2,
      instructionCount: 5,
    });
    await client.request('disconnect');
  },
};

describe('transcripts', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    it(name, async () => {
      const session = fakeSession();
      await startSession(session);
      await scenario(session);
      checkGolden(`dap/${name}.txt`, session.client.transcript);
      session.running.end();
    });
  }

  it('without a source the stop is shown as a generated one', async () => {
    const session = fakeSession({ listing: false });
    await startSession(session);
    const { client } = session;
    await client.run('next');
    await client.run('next');
    await client.run('stepIn');
    const frame = await client.top();
    await client.request('source', { source: frame.source, sourceReference: frame.source?.sourceReference });
    await client.request('setBreakpoints', { source: frame.source, breakpoints: [{ line: frame.line + 1 }] });
    await client.run('continue');
    await look(session);
    checkGolden('dap/no-source.txt', session.client.transcript);
    session.running.end();
  });
});
