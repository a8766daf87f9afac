/** The example on the built-in machine as a transcript: what VS Code is told on the way that a new user takes. */
import path from 'node:path';
import { inRoot } from '../../scripts/lib/root';
import { checkGolden } from '../support/golden';
import { RealSession } from '../support/real-session';

const EXAMPLE = inRoot('examples', 'hello-boot');
const source = { path: path.join(EXAMPLE, 'boot.asm') };

describe('the example on the built-in machine', function () {
  this.timeout(30_000);
  let session: RealSession;

  beforeEach(() => {
    session = new RealSession();
  });
  afterEach(() => session.end());

  /** What VS Code asks at each stop. */
  const look = async (): Promise<void> => {
    const { client } = session;
    const frame = await client.top();
    const { scopes } = await client.request<{ scopes: { name: string; variablesReference: number }[] }>('scopes', {
      frameId: frame.id,
    });
    for (const { name, variablesReference } of scopes) {
      if (name === 'General' || name === 'Flags') await client.variables(variablesReference);
    }
  };

  it('says the same on every host', async () => {
    const { client } = session;
    await session.initialize();
    // The port of GDB is another one each time.
    await session.launchToStop({ program: path.join(EXAMPLE, 'boot.bin'), gdbPort: 'none' });
    await look();
    await client.run('next');
    await look();
    await client.run('stepBack');
    await look();
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'put_char' }] });
    await client.run('continue');
    await look();
    await client.request('breakpointLocations', { source, line: 50, endLine: 62 });
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    for (let step = 0; !(await client.top()).name.includes('INT 10h') && step < 8; step++) await client.run('stepIn');
    await look();
    await client.run('stepBack');
    await client.request('disassemble', { memoryReference: '0x7C00', instructionOffset: -2, instructionCount: 8 });
    // INT 10h in the ROM, with the firmware's own instruction.
    await client.request('disassemble', { memoryReference: '0xFF065', instructionCount: 4 });
    await client.run('stepOut');
    await client.run('reverseContinue');
    await client.request('disconnect');
    checkGolden(
      'dap/hello-boot.txt',
      client.transcript.replaceAll(JSON.stringify(EXAMPLE).slice(1, -1), '/hello-boot'),
    );
  });
});
