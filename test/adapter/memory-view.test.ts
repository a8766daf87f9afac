/** What a memory view asks of the built-in machine: where expressions lead, and bytes with holes between them. */
import { strict as assert } from 'node:assert';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { LocateResponse, MemoryResponse } from '../../debug-adapter/protocol/messages';
import { inRoot } from '../../scripts/lib/root';
import { RealSession } from '../support/real-session';

const PROGRAM = inRoot('examples', 'hello-boot', 'boot.bin');

/** Expression, then space, address, and `SELECTOR@BASE` of the segment that it names. */
const PLACES: readonly (readonly [expression: string, space: string, address: string, segment?: string])[] = [
  ['0x7c00', 'linear', '0x7C00'],
  ['7c00h + 4', 'linear', '0x7C04'],
  ['SS:SP', 'linear', '0x18120', '0x1234@0x12340'],
  ['es:di+4', 'linear', '0xB8084', '0xB800@0xB8000'],
  ['word[es:di]', 'linear', '0xB8080', '0xB800@0xB8000'],
  ['0040:0017', 'linear', '0x417', '0x40@0x400'],
  // A register leads through its own segment, the whole and the half of it alike.
  ['esp', 'linear', '0x18120'],
  ['SP', 'linear', '0x18120'],
  ['di', 'linear', '0x4080'],
  ['es', 'linear', '0xB8000'],
  ['$', 'linear', '0x7C00'],
  ['start', 'linear', '0x7C00'],
  ['phys:0xf0000', 'physical', '0xF0000'],
  ['port 3f8h', 'io', '0x3F8'],
  ['io:60h', 'io', '0x60'],
];

describe('a memory view on a PC', () => {
  let session: RealSession;
  const locate = (expression: string, space?: string): Promise<LocateResponse> =>
    session.client.request('stepback.locate', { expression, ...(space === undefined ? {} : { space }) });
  const view = (memoryReference: string, count: number): Promise<MemoryResponse> =>
    session.client.request('stepback.memory', { memoryReference, count });

  before(async () => {
    session = new RealSession();
    await session.initialize({});
    await session.launchToStop({ program: PROGRAM, gdbPort: 'none', memory: '1M' });
    const values = { ss: 0x1234, sp: 0x5de0, es: 0xb800, di: 0x80, ds: 0x400 };
    for (const [expression, value] of Object.entries(values))
      await session.client.request('setExpression', { expression, value: String(value) });
  });
  after(() => session.end());

  for (const [expression, space, address, segment] of PLACES) {
    it(`${expression} leads to ${address}`, async () => {
      const found = await locate(expression);
      assert.deepEqual([found.space, found.address], [space, address]);
      const named = found.segment === undefined ? undefined : `${found.segment.selector}@${found.segment.base}`;
      assert.equal(named, segment);
    });
  }

  it('a plain number lies in the space that is looked at', async () => {
    assert.equal((await locate('0x60', 'io')).space, 'io');
    assert.equal((await locate('start', 'physical')).space, 'linear');
  });

  it('names what is there', async () => {
    const { text, name } = await locate('start + 2');
    assert.deepEqual([text, name], ['0000:7C02', 'start+0x2']);
    assert.equal((await locate('port 3fdh')).region, 'com1');
    assert.equal((await locate('phys:0xf0000')).region, 'ROM');
  });

  it('says why an expression leads nowhere', async () => {
    const refused = (expression: string): Promise<string> => session.client.refused('stepback.locate', { expression });
    assert.match(await refused('com1.lcr'), /register of a chip/);
    assert.match(await refused('nothing_there'), /There is no register, symbol or chip "nothing_there"/);
    assert.match(await refused('-5'), /negative/);
  });

  it('gives bytes, and leaves out what is not there', async () => {
    const { pieces } = await view('0x7C00', 4);
    assert.deepEqual(pieces, [{ offset: 0, data: Buffer.from([0x31, 0xc0, 0x8e, 0xd8]).toString('base64') }]);
    // 1 MiB of memory: its end, what is behind it, and the last bytes of the address space, which hold the ROM.
    const lengths = async (reference: string, count: number): Promise<readonly (readonly [number, number])[]> =>
      (await view(reference, count)).pieces.map(({ offset, data }) => [offset, Buffer.from(data, 'base64').length]);
    assert.deepEqual(await lengths('physical:0xFFFF0', 0x20), [[0, 0x10]]);
    assert.deepEqual(await lengths('physical:0xFFFEFF80', 0x100), [[0x80, 0x80]]);
    assert.deepEqual(await lengths('physical:0xFFFFFFF0', 0x40), [[0, 0x10]]);
  });

  it('looks at ports without reading them, and only at those that answer', async () => {
    const { pieces } = await view('io:0x3F0', 0x20);
    assert.deepEqual(
      pieces.map(({ offset, data }) => [offset, Buffer.from(data, 'base64').length]),
      [[8, 8]],
    );
  });

  it('a function breakpoint watches a range', async () => {
    const { breakpoints } = await session.client.request<DebugProtocol.SetFunctionBreakpointsResponse['body']>(
      'setFunctionBreakpoints',
      { breakpoints: [{ name: 'write 0x7e00, 16' }, { name: 'write byte[physical:0x500], 4' }] },
    );
    assert.deepEqual(
      breakpoints.map(({ verified, message }) => [verified, message]),
      [
        [true, 'Watches 0000:7E00 keys+0x12C, 16 bytes.'],
        [true, 'Watches physical 0x500, 4 bytes.'],
      ],
    );
  });

  it('names are completed: registers, flags, labels, sizes, chips, and what the console can do', async () => {
    const labels = async (text: string): Promise<readonly string[]> => {
      const { targets } = await session.client.request<DebugProtocol.CompletionsResponse['body']>('completions', {
        text,
        column: text.length + 1,
      });
      return targets.map(({ label, text: inserted = label }) => inserted);
    };
    assert.deepEqual(await labels('es'), ['ESI', 'ESP', 'ES', 'ES.base', 'ES.limit', 'ES.access']);
    assert.deepEqual(await labels('ax + z'), ['ZF']);
    assert.deepEqual(await labels('word[gre'), ['greeting']);
    assert.deepEqual(await labels('byt'), ['byte[']);
    assert.deepEqual(await labels('com1.lc'), ['com1.LCR']);
    assert.ok((await labels('com1.lcr.')).includes('com1.LCR.DLAB'));
    assert.deepEqual(await labels('wh'), ['who ']);
    assert.deepEqual(await labels('ax + wh'), []);
  });

  it('registers and variables have memory references that lead to the same', async () => {
    const { scopes } = await session.client.request<DebugProtocol.ScopesResponse['body']>('scopes', {
      frameId: (await session.client.top()).id,
    });
    const { variables } = await session.client.request<DebugProtocol.VariablesResponse['body']>('variables', {
      variablesReference: scopes[0]?.variablesReference,
    });
    for (const name of ['ESP', 'EDI', 'EIP']) {
      const { memoryReference } = await session.client.request<DebugProtocol.EvaluateResponse['body']>('evaluate', {
        expression: name,
        context: 'watch',
      });
      assert.equal(memoryReference, variables.find((variable) => variable.name === name)?.memoryReference, name);
      assert.equal(memoryReference, (await locate(name)).address, name);
    }
  });
});
