/** A kernel in the higher half, debugged over its page tables: breakpoints, a page fault forwards and back, memory, the walk. */
import { strict as assert } from 'node:assert';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { useGuest } from '../support/guest-session';

type Stopped = DebugProtocol.StoppedEvent['body'];

const HIGH = 0xc000_0000;
const HANDLER_INSTRUCTIONS = 5;
const PAGE = 'dword[0xC0401234]';

describe('paging', function () {
  this.timeout(60_000);
  const session = useGuest('higher-half');
  const run = (command = 'continue', args: object = {}): Promise<Stopped> => session().client.run(command, args);
  const evaluate = async (expression: string): Promise<string> =>
    (await session().client.request<{ result: string }>('evaluate', { expression, context: 'repl' })).result;
  const label = async (name: string): Promise<number> => Number((await evaluate(`${name} + 0`)).split(' ')[0]);
  const number = async (expression: string): Promise<number> => Number((await evaluate(expression)).split(' ')[0]);
  const breakAt = (...addresses: readonly number[]): Promise<unknown> =>
    session().client.request('setInstructionBreakpoints', {
      breakpoints: addresses.map((address) => ({ instructionReference: `0x${address.toString(16)}` })),
    });
  const read = (memoryReference: string, count: number): Promise<{ data?: string; unreadableBytes?: number }> =>
    session().client.request('readMemory', { memoryReference, count });

  /** Stops before the write that meets the page fault; gives the label's linear address in the higher half. */
  const toTouch = async (): Promise<number> => {
    const at = HIGH + (await label('touch'));
    await breakAt(at);
    assert.equal((await run()).reason, 'instruction breakpoint');
    assert.equal(await number('eip'), at);
    return at;
  };

  it('a breakpoint in the higher half is met, and the low addresses are gone', async () => {
    const at = await toTouch();
    assert.equal(await number(`byte[${at}]`), 0xc7);
    assert.equal((await read('0x7C00', 16)).unreadableBytes, 16);
    await assert.rejects(evaluate('byte[0x7c00]'));
    assert.equal(await number(`byte[phys:${at - HIGH}]`), 0xc7);
  });

  it('a step over the instruction that faults ends behind it; steps back go through the handler to before its fault', async () => {
    const at = await toTouch();
    const before = await evaluate('cr2');
    await run('next', { threadId: 1, granularity: 'instruction' });
    assert.equal(await number('eip'), HIGH + (await label('touched')));
    assert.equal(await number('cr2'), 0xc040_1234);
    assert.equal(await number(PAGE), 0x5a5a_1234);
    await run('stepBack', { threadId: 1, granularity: 'instruction' });
    assert.equal(await number('eip'), at);
    assert.equal(await number(PAGE), 0);
    for (let steps = 0; steps < HANDLER_INSTRUCTIONS + 1; steps++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await run('stepBack', { threadId: 1, granularity: 'instruction' });
    }
    assert.equal(await number('eip'), at);
    assert.equal(await evaluate('cr2'), before);
    await assert.rejects(evaluate(PAGE));
  });

  it('a step into it enters the handler, whose frame says #PF', async () => {
    await toTouch();
    await run('stepIn', { threadId: 1, granularity: 'instruction' });
    assert.equal(await number('eip'), HIGH + (await label('handler')));
    const { stackFrames } = await session().client.request<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {
      threadId: 1,
    });
    assert.match(stackFrames[0]?.name ?? '', /#PF/);
    assert.equal(await number('dword[esp]'), 2);
  });

  it('the exception stops before it is delivered and says which entry is missing', async () => {
    await session().client.request('setExceptionBreakpoints', { filters: [], filterOptions: [{ filterId: 'cpu.14' }] });
    const stop = await run();
    assert.equal(stop.reason, 'exception');
    assert.match(stop.text ?? stop.description ?? '', /Page fault/);
    const info = await session().client.request<{ description?: string }>('exceptionInfo', { threadId: 1 });
    assert.match(
      info.description ?? '',
      /write to C0401234h, which is not present \(PDE 00012023h at 00010C04h, PTE 00000000h at 00012004h\)/,
    );
    assert.equal(await number('cr2'), 0);
  });

  it('a watchpoint waits for the page to be mapped', async () => {
    await toTouch();
    await breakAt();
    const watched = { dataId: 'linear:0xC0401234:4', accessType: 'write' };
    const info = await session().client.request<{ dataId: string | null }>('dataBreakpointInfo', {
      name: '0xC0401234',
      asAddress: true,
      bytes: 4,
    });
    assert.notEqual(info.dataId, null);
    await session().client.request('setDataBreakpoints', { breakpoints: [{ ...watched, dataId: info.dataId }] });
    assert.equal((await run()).reason, 'data breakpoint');
    assert.equal(await number('eip'), HIGH + (await label('touched')));
    assert.equal(await number(PAGE), 0x5a5a_1234);
  });

  it('the walk is shown', async () => {
    await toTouch();
    const walk = await evaluate('walk 0xC0401234');
    assert.match(walk, /^PDE 00012003h at 00010C04h: writable, supervisor, not accessed\n/);
    assert.match(walk, /PTE 00000000h at 00012004h: not present\nC0401234h leads nowhere: not present$/);
    assert.match(await evaluate('walk eip'), /leads to physical 0000[0-9A-F]{4}h, in a page of 4 KiB$/);
  });

  it('memory without a page can not be written, with a sentence', async () => {
    await toTouch();
    await assert.rejects(evaluate(PAGE), /Memory at 0xc0401234 can't be read/);
    const write = { memoryReference: '0xC0401234', data: Buffer.from([5]).toString('base64') };
    await assert.rejects(
      session().client.request('writeMemory', write),
      /Only 0 of 1 bytes are memory; nothing was written/,
    );
  });
});
