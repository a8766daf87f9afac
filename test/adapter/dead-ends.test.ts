/** Where a guest goes wrong, a person is told in a sentence, and can step back from there. */
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { RealSession } from '../support/real-session';

type Stopped = DebugProtocol.StoppedEvent['body'];

interface DeadEnd {
  readonly what: string;
  /** Code of the boot sector. */
  readonly code: readonly number[];
  readonly says: RegExp;
  /** The innermost frame at the stop, and after a step back. */
  readonly at: RegExp;
  readonly back: RegExp;
}

const DEAD_ENDS: readonly DeadEnd[] = [
  {
    what: 'a jump to memory that nobody wrote: jmp 5000h:0',
    code: [0xea, 0, 0, 0, 0x50],
    says: /nothing but zeros: most likely nothing was loaded here/,
    at: /5000:0000/,
    back: /0000:7C00/,
  },
  {
    what: 'the end of the code: nop',
    code: [0x90],
    says: /nothing but zeros/,
    at: /0000:7C01/,
    back: /0000:7C00/,
  },
  {
    what: 'a jump to where nothing is: jmp C000h:10h',
    code: [0xea, 0x10, 0, 0, 0xc0],
    says: /The CPU came to C000:0010, where nothing is/,
    at: /F000:40/,
    back: /F000:40/,
  },
  {
    what: 'HLT with interrupts off',
    code: [0xfa, 0xf4],
    says: /HLT with interrupts disabled/,
    at: /0000:7C02/,
    back: /0000:7C01/,
  },
  {
    what: 'a triple fault: lidt of a limit of 0, then int3',
    code: [0x31, 0xc0, 0x8e, 0xd8, 0x0f, 0x01, 0x1e, 0x20, 0x7c, 0xcc],
    says: /Triple fault: /,
    at: /0000:7C09/,
    back: /0000:7C04/,
  },
];

describe('dead ends', function () {
  this.timeout(20_000);
  let folder: string;
  let session: RealSession;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'stepback-dead-ends-'));
  });
  beforeEach(() => {
    session = new RealSession();
  });
  afterEach(() => session.end());
  after(() => rmSync(folder, { recursive: true, force: true }));

  const bootSector = (code: readonly number[]): string => {
    const image = Buffer.alloc(512);
    Buffer.from(code).copy(image);
    image.writeUInt16LE(0xaa55, 510);
    const file = path.join(folder, 'sector.img');
    writeFileSync(file, image);
    return file;
  };

  /** Launches with the filters that VS Code sets, which are those with a default. */
  const launch = async (code: readonly number[], without: readonly string[] = []): Promise<void> => {
    const { client } = session;
    const { exceptionBreakpointFilters: offered = [] } = await client.request<DebugProtocol.Capabilities>(
      'initialize',
      { adapterID: 'stepback' },
    );
    const filters = offered.filter((row) => row.default === true && !without.includes(row.filter));
    const initialized = client.next('initialized');
    await client.request('launch', { program: bootSector(code) });
    await initialized;
    await client.request('setExceptionBreakpoints', { filters: filters.map(({ filter }) => filter) });
    const stopped = client.next('stopped');
    await client.request('configurationDone');
    await stopped;
  };

  for (const { what, code, says, at, back } of DEAD_ENDS) {
    it(what, async () => {
      const { client } = session;
      await launch(code);
      const stop: Stopped = await client.run('continue');
      assert.match(`${stop.description} ${stop.text}`, says);
      assert.match((await client.top()).name, at);
      await client.run('stepBack', { granularity: 'instruction' });
      assert.match((await client.top()).name, back);
    });
  }

  it('a breakpoint behind HLT is hit when something has woken the CPU', async () => {
    const { client } = session;
    await launch([0xfb, 0xf4, 0x90, 0xeb, 0xfe]);
    const time = async (): Promise<number> => (await client.request<{ time: number }>('stepback.timeline')).time;
    const before = await time();
    await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x7C02' }] });
    await client.run('continue');
    assert.match((await client.top()).name, /0000:7C02/);
    assert.ok((await time()) - before > 1_000_000, 'time has passed until the timer came');
  });

  it('code of zeros runs when a person wants it, and is found on the way back too', async () => {
    const { client } = session;
    // jmp 5000h:FFA0h; behind the zeros INT 3 at 5000h:FFF0h would end them, but they are all there is.
    await launch([0xea, 0xa0, 0xff, 0x00, 0x50], ['zeros']);
    await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x5FFF0' }] });
    await client.run('continue');
    assert.match((await client.top()).name, /5000:FFF0/);
    await client.request('setInstructionBreakpoints', { breakpoints: [] });
    await client.request('setExceptionBreakpoints', { filters: ['zeros'] });
    const stop: Stopped = await client.run('reverseContinue');
    assert.match(`${stop.description} ${stop.text}`, /nothing but zeros/);
    assert.match((await client.top()).name, /5000:FF/);
  });
});
