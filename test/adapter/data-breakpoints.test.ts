/** Data breakpoints on the built-in machine, as a client sets them; and the search for who wrote something. */
import { strict as assert } from 'node:assert';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { useGuest } from '../support/guest-session';

type Info = DebugProtocol.DataBreakpointInfoResponse['body'];
type Stopped = DebugProtocol.StoppedEvent['body'];

describe('data breakpoints', function () {
  this.timeout(60_000);
  const session = useGuest('data');

  const info = (args: object): Promise<Info> => session().client.request<Info>('dataBreakpointInfo', args);
  const set = async (...breakpoints: readonly object[]): Promise<DebugProtocol.Breakpoint[]> =>
    (await session().client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setDataBreakpoints', { breakpoints }))
      .breakpoints;
  const run = (command: string): Promise<Stopped> => session().client.run(command);
  const top = async (): Promise<string> => {
    const { name, line } = await session().client.top();
    return `${name} ${line}`;
  };

  it('stop at changes of a variable, with the values and who did it, forwards and back', async () => {
    const { dataId, accessTypes } = await info({ name: 'word[value]' });
    assert.deepEqual(accessTypes, ['read', 'write', 'readWrite']);
    const [shown] = await set({ dataId, accessType: 'write' });
    assert.equal(shown?.verified, true);
    const stop = await run('continue');
    assert.equal(stop.reason, 'data breakpoint');
    assert.deepEqual(stop.hitBreakpointIds, [shown?.id]);
    assert.match(stop.description ?? '', /^Paused on change of word 7C[0-9A-F]{2}h$/);
    assert.match(stop.text ?? '', /changed from 0000h to 1234h, by the instruction at 0000:7C/);
    const behind = await top();
    // The write of the same value in between is no change.
    assert.match((await run('continue')).text ?? '', /changed from 1234h to 1235h/);
    assert.match((await run('reverseContinue')).text ?? '', /changed from 1234h to 1235h/);
    assert.match((await run('reverseContinue')).text ?? '', /changed from 0000h to 1234h/);
    assert.notEqual(await top(), behind);
    assert.match((await run('continue')).text ?? '', /changed from 0000h to 1234h/);
    assert.equal(await top(), behind);
    assert.match(session().console('console'), /by the instruction at 0000:7C[0-9A-F]+ \(again\)\./);
  });

  it('take addresses with bytes, registers with segments, symbols, ports and chips', async () => {
    const ids: Record<string, string | null> = {};
    const texts = {
      'asAddress 0x7e00 4': { name: '0x7e00', bytes: 4, asAddress: true },
      'es:di': { name: 'es:di' },
      value: { name: 'value', bytes: 2, asAddress: true },
      'port 3fbh': { name: 'port 3fbh', bytes: 1, asAddress: true },
      'io:60h': { name: 'io:60h', asAddress: true },
      physical: { name: 'dword[phys:0x500]' },
      'com1.lcr.dlab': { name: 'com1.lcr.dlab' },
    } as const;
    for (const [name, args] of Object.entries(texts)) ids[name] = (await info(args)).dataId;
    const value = (await session().client.evaluate('value')).replace(/ .*/, '');
    assert.deepEqual(ids, {
      'asAddress 0x7e00 4': 'write linear:0x7E00:4',
      'es:di': `change linear:0x${(await session().client.evaluate('es * 16 + di')).replace(/^0x0*(\w+) .*/, '$1')}:1`,
      value: `write linear:${value}:2`,
      'port 3fbh': 'write io:0x3FB:1',
      'io:60h': 'write io:0x60:1',
      physical: 'change physical:0x500:4',
      'com1.lcr.dlab': 'change chip:com1:LCR:DLAB:7:1',
    });
    const list = await set(...Object.values(ids).map((dataId) => ({ dataId })));
    assert.ok(
      list.every(({ verified }) => verified),
      JSON.stringify(list),
    );
  });

  it('say why something can not be watched', async () => {
    const register = await info({ name: 'eax' });
    assert.equal(register.dataId, null);
    assert.match(
      register.description,
      /eax is a register and has no address\. What it points to can be watched: byte\[eax\]/,
    );
    assert.match((await info({ name: 'nothing' })).description, /no register, symbol or chip "nothing"/);
    assert.match((await info({ name: '0', bytes: 2 ** 30, asAddress: true })).description, /1 to 16777216/);
    const [bad, beyond] = await set(
      { dataId: 'change chip:com1:LCR', accessType: 'read' },
      { dataId: 'write io:0xFFFF:2', accessType: 'read' },
    );
    assert.match(bad?.message ?? '', /only changes/);
    assert.match(beyond?.message ?? '', /I\/O ports ends at 0xFFFF/);
  });

  it('come from the Variables view', async () => {
    const machine = await session().client.scope('Machine');
    const com1 = machine.find(({ name }) => name === 'com1');
    const lcr = (await session().client.variables(com1?.variablesReference ?? 0)).find(({ name }) => name === 'LCR');
    const found = await info({ variablesReference: lcr?.variablesReference, name: 'DLAB' });
    assert.deepEqual([found.dataId, found.accessTypes], ['change chip:com1:LCR:DLAB:7:1', ['write']]);
    await set({ dataId: found.dataId });
    const stop = await run('continue');
    assert.match(stop.text ?? '', /^Com1\.LCR\.DLAB changed from 0h to 1h, by the instruction at/);
    await run('reverseContinue');
    assert.equal((await session().client.top()).name.startsWith('lcr'), true);
    const general = await session().client.scope('General');
    assert.ok(general.length > 0);
    const scopes = await session().client.scopes();
    const none = await info({ variablesReference: scopes[0]?.variablesReference, name: 'EAX' });
    assert.equal(none.dataId, null);
  });

  it('are function breakpoints whose name says so, for clients that keep those', async () => {
    const names = ['change com1.lcr.dlab', 'write byte[rounds]', 'read port 3fbh', 'access pit.Status_0', 'change eax'];
    const { breakpoints } = await session().client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>(
      'setFunctionBreakpoints',
      { breakpoints: names.map((name) => ({ name })) },
    );
    assert.deepEqual(
      breakpoints.map(({ verified }) => verified),
      [true, true, true, false, false],
    );
    assert.equal(breakpoints[0]?.message, 'Watches com1.LCR.DLAB.');
    assert.match(breakpoints[4]?.message ?? '', /is a register and has no address/);
    const texts: string[] = [];
    for (let n = 0; n < 3; n++) texts.push((await run('continue')).text ?? '');
    assert.match(texts[0] ?? '', /^Port 3FBh was read/);
    assert.match(texts[1] ?? '', /^Com1\.LCR\.DLAB changed/);
    assert.match(texts[2] ?? '', /^Byte .* changed from 00h to 01h/);
  });

  it('chips are there in expressions and completions, whatever their names hold', async () => {
    assert.match(await session().client.evaluate('com1.lcr.dlab'), /^0x0 \(0\)/);
    assert.match(await session().client.evaluate('pit.status_0.null_count'), /^0x0/);
    assert.match(await session().client.evaluate('dma_pages.channel_0'), /^0x00/);
    const complete = async (text: string): Promise<string[]> =>
      (
        await session().client.request<{ targets: { label: string }[] }>('completions', {
          text,
          column: text.length + 1,
        })
      ).targets.map(({ label }) => label);
    assert.deepEqual(await complete('dma_p'), ['dma_pages']);
    assert.ok((await complete('pit.St')).includes('pit.Status_0'));
    assert.deepEqual(await complete('com1.LCR.DL'), ['com1.LCR.DLAB']);
  });

  it('heed conditions with old and new, and hit counts', async () => {
    const { dataId } = await info({ name: 'rounds', bytes: 1, asAddress: true });
    await set({ dataId, accessType: 'write', condition: 'new == old + 1 && new >= 4', hitCondition: '2' });
    assert.match((await run('continue')).text ?? '', /changed from 04h to 05h/);
    // Backwards hit counts do not count: each hit that the condition holds for stops.
    assert.match((await run('reverseContinue')).text ?? '', /changed from 04h to 05h/);
    assert.match((await run('reverseContinue')).text ?? '', /changed from 03h to 04h/);
  });

  it('find who wrote a byte last: by the console and by a request', async () => {
    const { address } = { address: '0x9000' };
    await session().client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'lcr' }] });
    await run('continue');
    const stopped = session().client.next<Stopped>('stopped');
    const answer = await session().client.evaluate(`who byte[${address}]`, { context: 'repl' });
    assert.equal(answer, 'Going back to the last write: 0000:9000, 1 byte.');
    assert.equal((await stopped).description, 'Paused before the last access');
    await session().until(() => session().console('console'), /by the firmware, whose caller goes on at 0000:7C/);
    const again = session().client.next<Stopped>('stopped');
    await session().client.request('stepback.whoWrote', { expression: 'value', bytes: 2 });
    await again;
    assert.match((await session().client.top()).name, /change/);
    const first = session().client.next<Stopped>('stopped');
    await session().client.request('stepback.whoWrote', { expression: 'byte[0x50000]' });
    assert.match((await first).text ?? '', /no such access in the recorded time/);
  });
});
