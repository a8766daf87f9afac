/** Every request and every announced capability, with a good and a bad argument. One that has no case is a failure. */
import { strict as assert } from 'node:assert';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type FakeSession, fakeSession, INITIALIZE, PROGRAM, SOURCE, startSession } from '../support/dap-session';

type Body = Record<string, unknown>;

interface Case {
  readonly command: string;
  /** Capabilities that this case is about. */
  readonly capabilities?: readonly (keyof DebugProtocol.Capabilities)[];
  /** Default: launched and stopped at the entry. */
  readonly state?: 'new' | 'initialized' | 'launched' | 'stopped';
  /** Arguments that work, made from the session. */
  readonly good?: (session: FakeSession) => unknown;
  /** Looks at the answer, and at what followed from it. */
  readonly check?: (session: FakeSession, body: Body) => unknown;
  readonly bad: (session: FakeSession) => unknown;
  /** What the refusal says. */
  readonly message: RegExp;
}

const source = { path: SOURCE };

/** Waits for the `stopped` event that follows a request which sets the target going. */
async function stopAt(session: FakeSession, line: number): Promise<void> {
  assert.equal((await session.client.top()).line, line);
}

const GENERAL = async ({ client }: FakeSession): Promise<number> => (await client.scopes())[0]?.variablesReference ?? 0;

/** Requests after whose answer a `stopped` event is awaited before `check`. */
const RUNS = new Set([
  'configurationDone', 'continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'goto', 'restart',
  'stepback.stepBackInto', 'stepback.seek', 'stepback.whoWrote',
]); // biome-ignore format: a list

const CASES: readonly Case[] = [
  {
    command: 'initialize',
    state: 'new',
    good: () => INITIALIZE,
    check: (session, body) => assert.deepEqual(body, JSON.parse(JSON.stringify(session.running.capabilities))),
    bad: () => ({ ...INITIALIZE, pathFormat: 'uri' }),
    message: /paths only/,
  },
  {
    command: 'launch',
    state: 'initialized',
    good: () => ({ program: PROGRAM, type: 'stepback', name: 'x', request: 'launch' }),
    bad: () => ({ program: PROGRAM, memroy: '1M' }),
    message: /There is no option "memroy"\. Did you mean "memory"\?/,
  },
  {
    command: 'attach',
    state: 'initialized',
    bad: () => ({ port: 5 }),
    message: /no running machine here\. Start one with/,
  },
  {
    command: 'configurationDone',
    capabilities: ['supportsConfigurationDoneRequest'],
    state: 'launched',
    good: () => ({}),
    check: (session) => stopAt(session, 2),
    bad: () => ({}),
    message: /done already/,
  },
  {
    command: 'threads',
    good: () => ({}),
    check: (_, body) => assert.deepEqual(body['threads'], [{ id: 1, name: 'CPU toy64' }]),
    bad: () => 5,
    message: /threads: arguments/,
  },
  {
    command: 'setBreakpoints',
    capabilities: ['supportsConditionalBreakpoints', 'supportsHitConditionalBreakpoints', 'supportsLogPoints'],
    good: () => ({
      source,
      breakpoints: [
        { line: 4 },
        { line: 14, condition: 'R0 == 2', hitCondition: '>= 1' },
        { line: 9, logMessage: 'R1 is {R1}' },
      ],
    }),
    check: (_, body) => {
      const list = body['breakpoints'] as DebugProtocol.Breakpoint[];
      assert.deepEqual(
        list.map((item) => [item.verified, item.line]),
        [
          [true, 4],
          [true, 14],
          [true, 9],
        ],
      );
    },
    bad: () => ({ source, breakpoints: [{ line: 'four' }] }),
    message: /argument "breakpoints\[0\]\.line": expected a whole number/,
  },
  {
    command: 'setFunctionBreakpoints',
    capabilities: ['supportsFunctionBreakpoints'],
    good: () => ({ breakpoints: [{ name: 'add' }, { name: 'nonsense' }] }),
    check: (session, body) => {
      const [good, bad] = body['breakpoints'] as DebugProtocol.Breakpoint[];
      assert.equal(good?.verified, true);
      assert.equal(good?.instructionReference, session.address('add'));
      assert.equal(bad?.verified, false);
      assert.match(bad?.message ?? '', /no register, symbol or chip "nonsense"/);
    },
    bad: () => ({}),
    message: /argument "breakpoints"/,
  },
  {
    command: 'setInstructionBreakpoints',
    capabilities: ['supportsInstructionBreakpoints'],
    good: (session) => ({
      breakpoints: [{ instructionReference: session.address('add'), offset: 4 }, { instructionReference: 'x' }],
    }),
    check: (_, body) => {
      const [good, bad] = body['breakpoints'] as DebugProtocol.Breakpoint[];
      assert.equal(good?.verified, true);
      assert.match(bad?.message ?? '', /no memory reference/);
    },
    bad: () => ({ breakpoints: [{}] }),
    message: /instructionReference/,
  },
  {
    command: 'dataBreakpointInfo',
    capabilities: ['supportsDataBreakpoints', 'supportsDataBreakpointBytes'],
    good: () => ({ name: 'byte[PC + 8]' }),
    check: (_, body) =>
      assert.deepEqual(body, {
        dataId: 'change linear:0xFFFF800000001008:1',
        description: "FFFF8000'00001008 loop, 1 byte",
        accessTypes: ['read', 'write', 'readWrite'],
        canPersist: true,
      }),
    bad: () => ({ name: 5 }),
    message: /argument "name"/,
  },
  {
    command: 'setDataBreakpoints',
    good: () => ({
      breakpoints: [
        { dataId: 'change linear:0xFFFF800000001008:1', accessType: 'write', condition: 'new != old' },
        { dataId: 'nonsense' },
        { dataId: 'change linear:0xFFFF800000001008:1', condition: '((' },
      ],
    }),
    check: (_, body) => {
      const list = body['breakpoints'] as DebugProtocol.Breakpoint[];
      assert.deepEqual(
        list.map(({ verified }) => verified),
        [true, false, false],
      );
      assert.match(list[1]?.message ?? '', /no data that can be watched/);
      assert.match(list[2]?.message ?? '', /value is missing/);
    },
    bad: () => ({ breakpoints: [{ dataId: 'x', accessType: 'execute' }] }),
    message: /expected "read", "write" or "readWrite"/,
  },
  {
    command: 'stepback.whoWrote',
    good: async ({ client }) => {
      await client.run('next');
      return { expression: 'byte[PC]' };
    },
    check: (session, body) => {
      assert.match(String(body['text']), /^Going back to the last write: FFFF8000'/);
      assert.match(JSON.stringify(session.client.takeEvents('output')), /no such access in the recorded time/);
    },
    bad: () => ({ expression: 'R0' }),
    message: /R0 is a register and has no address/,
  },
  {
    command: 'setExceptionBreakpoints',
    capabilities: ['exceptionBreakpointFilters', 'supportsExceptionFilterOptions'],
    good: () => ({ filters: ['cpu.illegal'], filterOptions: [{ filterId: 'nope' }] }),
    check: (_, body) => {
      const [good, bad] = body['breakpoints'] as DebugProtocol.Breakpoint[];
      assert.equal(good?.verified, true);
      assert.match(bad?.message ?? '', /no exception filter "nope"/);
    },
    bad: () => ({ filters: [1] }),
    message: /filters\[0\]/,
  },
  {
    command: 'exceptionInfo',
    capabilities: ['supportsExceptionInfoRequest'],
    good: async (session) => {
      await session.client.request('setExpression', { expression: 'dword[PC]', value: '0xEE000000' });
      const stop = await session.client.run('continue');
      assert.equal(stop.reason, 'exception');
      assert.equal(stop.description, 'Paused on Illegal instruction');
      return { threadId: 1 };
    },
    check: (_, body) => {
      assert.equal(body['exceptionId'], 'Illegal instruction');
      assert.match(String(body['description']), /Opcode ee at FFFF8000'00001000 does not exist/);
    },
    bad: () => ({ threadId: 7 }),
    message: /no thread 7/,
  },
  {
    command: 'breakpointLocations',
    capabilities: ['supportsBreakpointLocationsRequest'],
    good: () => ({ source, line: 11, endLine: 20 }),
    check: (_, body) =>
      assert.deepEqual(
        (body['breakpoints'] as Body[]).map((item) => item['line']),
        [11, 12, 14, 15, 17, 18, 19],
      ),
    bad: () => ({ source }),
    message: /argument "line"/,
  },
  {
    command: 'continue',
    good: async ({ client }) => {
      await client.request('setBreakpoints', { source, breakpoints: [{ line: 15 }] });
      return { threadId: 1 };
    },
    check: (session) => stopAt(session, 15),
    bad: () => ({ threadId: 2 }),
    message: /no thread 2/,
  },
  {
    command: 'pause',
    good: () => ({ threadId: 1 }),
    bad: () => ({ threadId: 'x' }),
    message: /threadId/,
  },
  {
    command: 'next',
    good: () => ({ threadId: 1 }),
    check: (session) => stopAt(session, 3),
    bad: () => ({}),
    message: /threadId/,
  },
  {
    command: 'stepIn',
    capabilities: ['supportsSteppingGranularity'],
    good: () => ({ threadId: 1, granularity: 'instruction' }),
    check: (session) => stopAt(session, 3),
    bad: () => ({ threadId: 1, granularity: 'word' }),
    message: /expected "statement", "line" or "instruction"/,
  },
  {
    command: 'stepOut',
    good: async ({ client }) => {
      for (const command of ['next', 'next', 'stepIn']) await client.run(command);
      return { threadId: 1 };
    },
    check: (session) => stopAt(session, 5),
    bad: () => ({ threadId: null }),
    message: /threadId/,
  },
  {
    command: 'stepBack',
    capabilities: ['supportsStepBack'],
    good: async ({ client }) => {
      await client.run('next');
      return { threadId: 1 };
    },
    check: (session) => stopAt(session, 2),
    bad: () => ({ threadId: 3 }),
    message: /no thread 3/,
  },
  {
    command: 'stepback.stepBackInto',
    good: async ({ client }) => {
      for (const command of ['next', 'next', 'next']) await client.run(command);
      return { threadId: 1 };
    },
    check: (session) => stopAt(session, 15),
    bad: () => ({ threadId: 3 }),
    message: /no thread 3/,
  },
  {
    command: 'reverseContinue',
    good: async ({ client }) => {
      await client.run('next');
      await client.run('next');
      return { threadId: 1 };
    },
    check: (session) => stopAt(session, 2),
    bad: () => ({ threadId: 3 }),
    message: /no thread 3/,
  },
  {
    command: 'gotoTargets',
    capabilities: ['supportsGotoTargetsRequest'],
    good: () => ({ source, line: 13 }),
    check: (session, body) => {
      const [target] = body['targets'] as DebugProtocol.GotoTarget[];
      assert.deepEqual([target?.line, target?.label], [14, "FFFF8000'0000102C"]);
      assert.equal(target?.instructionPointerReference, session.address('add'));
    },
    bad: () => ({ source, line: 1.5 }),
    message: /argument "line"/,
  },
  {
    command: 'goto',
    good: async ({ client }) => {
      const { targets } = await client.request<DebugProtocol.GotoTargetsResponse['body']>('gotoTargets', {
        source,
        line: 14,
      });
      return { threadId: 1, targetId: targets[0]?.id };
    },
    check: (session) => stopAt(session, 14),
    bad: () => ({ threadId: 1, targetId: 99 }),
    message: /no goto target 99/,
  },
  {
    command: 'restart',
    capabilities: ['supportsRestartRequest'],
    good: async ({ client }) => {
      await client.run('next');
      return {};
    },
    check: async (session) => {
      await stopAt(session, 2);
      assert.deepEqual([session.launches(), session.disposals()], [2, 1]);
    },
    bad: () => ({ arguments: { program: PROGRAM, memory: 'much' } }),
    message: /"memory": expected a size/,
  },
  {
    command: 'stackTrace',
    capabilities: ['supportsDelayedStackTraceLoading'],
    good: async ({ client }) => {
      for (const command of ['next', 'next', 'stepIn']) await client.run(command);
      return { threadId: 1, startFrame: 1, levels: 1 };
    },
    check: (_, body) => {
      const frames = body['stackFrames'] as DebugProtocol.StackFrame[];
      assert.equal(body['totalFrames'], 2);
      assert.deepEqual(
        frames.map((frame) => [frame.name, frame.line]),
        [["loop+0x4  FFFF8000'0000100C", 4]],
      );
    },
    bad: () => ({ threadId: 1, startFrame: -1 }),
    message: /expected 0 or more/,
  },
  {
    command: 'scopes',
    good: async ({ client }) => ({ frameId: (await client.top()).id }),
    check: (_, body) => {
      const scopes = body['scopes'] as DebugProtocol.Scope[];
      assert.deepEqual(
        scopes.map((scope) => scope.name),
        ['General', 'Control', 'Vector', 'Machine'],
      );
      assert.equal(scopes.filter((scope) => scope.presentationHint === 'registers').length, 1);
    },
    bad: () => ({ frameId: 12345 }),
    message: /no frame 12345/,
  },
  {
    command: 'variables',
    capabilities: ['supportsValueFormattingOptions'],
    good: async (session) => ({
      variablesReference: await GENERAL(session),
      start: 1,
      count: 2,
      format: { hex: true },
    }),
    check: (_, body) =>
      assert.deepEqual(
        (body['variables'] as Body[]).map((item) => item['name']),
        ['R1', 'R2'],
      ),
    bad: () => ({ variablesReference: 4711 }),
    message: /no variables 4711/,
  },
  {
    command: 'setVariable',
    capabilities: ['supportsSetVariable'],
    good: async (session) => ({ variablesReference: await GENERAL(session), name: 'R1', value: '-2' }),
    check: async ({ client }, body) => {
      assert.equal(body['value'], '0xFFFFFFFFFFFFFFFE');
      assert.equal(await client.evaluate('R1 == -2'), 'true');
    },
    bad: async (session) => ({ variablesReference: await GENERAL(session), name: 'R1', value: '1 << 64' }),
    message: /does not fit into 64 bits/,
  },
  {
    command: 'setExpression',
    capabilities: ['supportsSetExpression'],
    good: () => ({ expression: 'word[start]', value: '0xBEEF' }),
    check: async ({ client }, body) => {
      assert.equal(body['value'], '0xBEEF (48879)');
      assert.equal(await client.evaluate('byte[start]', { format: { hex: true } }), '0xBE');
    },
    bad: () => ({ expression: '1 + 2', value: '3' }),
    message: /"1 \+ 2" can't be set/,
  },
  {
    command: 'evaluate',
    capabilities: ['supportsEvaluateForHovers'],
    good: () => ({ expression: 'message', context: 'hover' }),
    check: (session, body) => {
      assert.match(String(body['result']), /^0xFFFF800000001040 \(\d+\) FFFF8000'00001040 message$/);
      assert.equal(body['memoryReference'], session.address('message'));
    },
    bad: () => ({ expression: '1 +' }),
    message: /A value is missing at the end \(column 4\)/,
  },
  {
    command: 'completions',
    capabilities: ['supportsCompletionsRequest', 'completionTriggerCharacters'],
    good: () => ({ text: 'R0 + han', column: 9 }),
    check: (session, body) => {
      const detail = session.address('handler');
      assert.deepEqual(body['targets'], [{ label: 'handler', type: 'function', detail, start: 6, length: 3 }]);
    },
    bad: () => ({ text: 'a' }),
    message: /column/,
  },
  {
    command: 'disassemble',
    capabilities: ['supportsDisassembleRequest'],
    good: (session) => ({ memoryReference: session.address('add'), instructionOffset: -50, instructionCount: 100 }),
    check: (session, body) => {
      const rows = body['instructions'] as DebugProtocol.DisassembledInstruction[];
      assert.equal(rows.length, 100);
      assert.equal(rows[50]?.address, session.address('add'));
    },
    bad: () => ({ memoryReference: 'here', instructionCount: 5 }),
    message: /"here" is no memory reference/,
  },
  {
    command: 'readMemory',
    capabilities: ['supportsReadMemoryRequest'],
    good: (session) => ({ memoryReference: session.address('message'), offset: 6, count: 5 }),
    check: (_, body) => assert.equal(Buffer.from(String(body['data']), 'base64').toString(), 'world'),
    bad: () => ({ memoryReference: 'io:0x60', count: 1 }),
    message: /no address space "io"; there are linear, physical/,
  },
  {
    command: 'writeMemory',
    capabilities: ['supportsWriteMemoryRequest'],
    good: () => ({ memoryReference: 'physical:0x3000', data: Buffer.from('hi').toString('base64') }),
    check: async ({ client }, body) => {
      assert.equal(body['bytesWritten'], 2);
      assert.equal(await client.evaluate("word[phys:0x3000] == 'ih'"), 'true');
    },
    bad: () => ({ memoryReference: '0x0', data: 'AAAA' }),
    message: /Only 0 of 3 bytes are memory/,
  },
  {
    command: 'stepback.memory',
    good: (session) => ({ memoryReference: session.address('message'), count: 5 }),
    check: (_, body) =>
      assert.deepEqual(body, { pieces: [{ offset: 0, data: Buffer.from('Hello').toString('base64') }] }),
    bad: () => ({ memoryReference: '0x0', count: 65537 }),
    message: /expected at most 65536/,
  },
  {
    command: 'stepback.locate',
    good: () => ({ expression: 'message + 1' }),
    check: (session, body) => {
      assert.equal(
        body['address'],
        session.address('message').replace(/.$/, (digit) => String(Number(digit) + 1)),
      );
      assert.equal(body['name'], 'message+0x1');
    },
    bad: () => ({ expression: 'port 60h' }),
    message: /This machine has no I\/O ports/,
  },
  {
    command: 'source',
    good: () => ({ sourceReference: 0, source }),
    check: (session, body) => assert.equal(body['content'], session.program.source),
    bad: () => ({ sourceReference: 77 }),
    message: /no source 77/,
  },
  {
    command: 'loadedSources',
    capabilities: ['supportsLoadedSourcesRequest'],
    good: () => ({}),
    check: (_, body) =>
      assert.deepEqual(
        (body['sources'] as Body[]).map((item) => item['name']),
        ['toy.asm', 'toy.lst'],
      ),
    bad: () => 'x',
    message: /arguments/,
  },
  {
    command: 'cancel',
    capabilities: ['supportsCancelRequest'],
    good: () => ({ requestId: 4 }),
    bad: () => ({ progressId: 'none' }),
    message: /no progress "none"/,
  },
  {
    command: 'terminate',
    capabilities: ['supportsTerminateRequest'],
    good: () => ({}),
    bad: () => ({ restart: 1 }),
    message: /restart/,
  },
  {
    command: 'disconnect',
    capabilities: ['supportTerminateDebuggee'],
    good: () => ({ terminateDebuggee: true }),
    check: async (session) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.deepEqual([session.ended(), session.disposals()], [true, 1]);
    },
    bad: () => ({ terminateDebuggee: 'yes' }),
    message: /terminateDebuggee/,
  },
  {
    command: 'stepback.subscribe',
    good: () => ({ serial: true }),
    check: (_, body) =>
      assert.deepEqual(body, {
        ports: ['com1'],
        spaces: [
          { id: 'linear', title: 'memory', addressBits: 64 },
          { id: 'physical', title: 'physical memory', addressBits: 32 },
        ],
        segmented: false,
        byteOrder: 'big',
        display: true,
        sound: false,
        devices: true,
        reverse: true,
      }),
    bad: () => ({ serial: 1 }),
    message: /serial/,
  },
  { command: 'stepback.frameShown', good: () => ({ version: 1 }), bad: () => ({}), message: /version/ },
  {
    command: 'stepback.screenText',
    good: () => ({}),
    check: (_, body) => assert.deepEqual(body['rows'], ['toy screen', '']),
    bad: () => 3,
    message: /arguments/,
  },
  {
    command: 'stepback.serialInput',
    good: () => ({ port: 'com1', data: 'QUI=' }),
    check: (session) =>
      assert.deepEqual(session.target().inputs, [{ type: 'serial', port: 'com1', bytes: Uint8Array.of(65, 66) }]),
    bad: () => ({ port: 'com9', data: 'QUI=' }),
    message: /no port com9/,
  },
  {
    command: 'stepback.key',
    good: () => ({ code: 'KeyA', pressed: true }),
    check: (session) => assert.deepEqual(session.target().inputs, [{ type: 'key', code: 'KeyA', pressed: true }]),
    bad: () => ({ code: 'Any', pressed: true }),
    message: /no key Any/,
  },
  {
    command: 'stepback.mouse',
    good: () => ({ dx: 3, dy: -2, buttons: 1 }),
    check: (session) =>
      assert.deepEqual(session.target().inputs, [{ type: 'mouse', dx: 3, dy: -2, wheel: 0, buttons: 1 }]),
    bad: () => ({ dx: 'far' }),
    message: /dx/,
  },
  {
    command: 'stepback.typeText',
    good: () => ({ text: 'dir' }),
    bad: () => ({ text: '' }),
    message: /nothing to type/,
  },
  {
    command: 'stepback.machine',
    good: () => ({}),
    check: (_, body) => {
      const [chip] = body['chips'] as { id: string; registers: unknown[] }[];
      assert.deepEqual([body['machine'], chip?.id, chip?.registers.length], ['fake', 'timer', 2]);
    },
    bad: () => 'x',
    message: /arguments/,
  },
  {
    command: 'stepback.writeChip',
    good: () => ({ chip: 'timer', register: 'CONTROL', field: 'DIV', value: 3 }),
    check: async ({ client }) =>
      assert.equal(await client.evaluate('timer.CONTROL', { format: { hex: true } }), '0x31'),
    bad: () => ({ chip: 'timer', register: 'CONTROL', field: 'DIV', value: 16 }),
    message: /16 does not fit into 4 bits/,
  },
  {
    command: 'stepback.media',
    good: () => ({}),
    check: (_, body) =>
      assert.deepEqual(body['drives'], [
        {
          id: 'drive0',
          title: 'toy drive',
          medium: { name: '/guest/disk.img', format: 'toy disk', written: false },
        },
      ]),
    bad: () => 'x',
    message: /arguments/,
  },
  {
    command: 'stepback.changeMedium',
    good: () => ({ drive: 'drive0' }),
    check: (_, body) => assert.deepEqual(body['drives'], [{ id: 'drive0', title: 'toy drive' }]),
    bad: () => ({ drive: 'drive1', image: '/guest/other.img' }),
    message: /no drive drive1/,
  },
  {
    command: 'stepback.timeline',
    good: async ({ client }) => {
      await client.run('next');
      return {};
    },
    check: (_, body) => assert.deepEqual(body, { first: 0, last: 1, position: 1, time: 10, bytes: 64 }),
    bad: () => 1,
    message: /arguments/,
  },
  {
    command: 'stepback.seek',
    good: async ({ client }) => {
      await client.run('next');
      await client.run('next');
      return { position: 1 };
    },
    check: (session) => stopAt(session, 3),
    bad: () => ({ position: 1000 }),
    message: /Position 1000 is not recorded; it goes from 0 to 0/,
  },
  {
    command: 'stepback.report',
    good: () => ({}),
    check: (_, body) => {
      assert.deepEqual([body['cpu'], body['position'], body['stop']], ['toy64', 0, 'entry']);
      assert.ok(!JSON.stringify(body).includes('/guest'), 'a report holds no paths of the person');
    },
    bad: () => 1,
    message: /arguments/,
  },
  {
    command: 'stepback.gdb',
    good: () => ({}),
    // The host of these tests opens no ports.
    check: (_, body) => assert.deepEqual(body, {}),
    bad: () => 1,
    message: /arguments/,
  },
];

async function sessionFor(entry: Case): Promise<FakeSession> {
  const session = fakeSession({ delay: () => 0 });
  if (entry.state === 'new') return session;
  if (entry.state === undefined || entry.state === 'stopped') {
    await startSession(session);
    return session;
  }
  await session.client.request('initialize', INITIALIZE);
  if (entry.state === 'launched') {
    const initialized = session.client.next('initialized');
    await session.client.request('launch', { program: PROGRAM });
    await initialized;
  }
  return session;
}

describe('requests', () => {
  for (const entry of CASES) {
    const { good } = entry;
    if (good !== undefined) {
      it(`${entry.command} with good arguments`, async () => {
        const session = await sessionFor(entry);
        const args = await good(session);
        const stopped = RUNS.has(entry.command) ? session.client.next('stopped') : undefined;
        const body = await session.client.request<Body>(entry.command, args);
        await stopped;
        await entry.check?.(session, body);
        assert.deepEqual(session.problems, []);
        session.running.end();
      });
    }
    it(`${entry.command} with bad arguments`, async () => {
      const session = await sessionFor(entry);
      // The bad case of configurationDone is its second time.
      if (entry.command === 'configurationDone') await session.client.request('configurationDone');
      assert.match(await session.client.refused(entry.command, await entry.bad(session)), entry.message);
      session.running.end();
    });
  }

  it('an unknown request is refused', async () => {
    const { client, running } = fakeSession();
    assert.equal(await client.refused('modules', {}), 'Stepback does not know the request "modules".');
    running.end();
  });

  it('every request has a case', () => {
    const { running } = fakeSession();
    const cased = new Set(CASES.map((entry) => entry.command));
    assert.deepEqual(
      [...running.commands].filter((command) => !cased.has(command)),
      [],
    );
    assert.equal(new Set(running.commands).size, running.commands.length, 'no request has two handlers');
    running.end();
  });

  it('every announced capability has a case', () => {
    const { running } = fakeSession();
    const cased = new Set<string>(CASES.flatMap((entry) => entry.capabilities ?? []));
    const announced = Object.keys(running.capabilities);
    assert.deepEqual(
      announced.filter((name) => !cased.has(name)),
      [],
    );
    assert.deepEqual(
      [...cased].filter((name) => !announced.includes(name)),
      [],
    );
    running.end();
  });
});
