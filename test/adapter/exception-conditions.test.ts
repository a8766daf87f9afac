/** Conditions of exception filters: vectors, error codes, firmware calls, expressions. */
import { strict as assert } from 'node:assert';
import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  type ConditionNames,
  parseExceptionCondition,
  selects,
} from '../../debug-adapter/session/breakpoints/exception-condition';
import { EXCEPTION_FILTERS } from '../../emulator/debug/exceptions';
import type { ExceptionHit } from '../../emulator/debug/target';
import { fakeSession, startSession } from '../support/dap-session';
import { useGuest } from '../support/guest-session';

type Stopped = DebugProtocol.StoppedEvent['body'];

const NAMES: ConditionNames = {
  filters: EXCEPTION_FILTERS,
  firmware: [{ name: 'read sectors', interrupt: 0x13, service: 2 }],
  isSpace: (name) => name === 'io',
};

describe('conditions of exception filters', () => {
  const takes = (filter: string, text: string, hit: ExceptionHit): boolean =>
    selects(parseExceptionCondition(filter, text, NAMES), hit);
  const gp = (error: number): ExceptionHit => ({ vector: 13, error });
  const call = (interrupt: number, service: number): ExceptionHit => ({ interrupt, service });

  const ROWS: readonly (readonly [filter: string, text: string, hit: ExceptionHit, wanted: boolean])[] = [
    ['cpu', '13', gp(0), true],
    ['cpu', '0Dh', gp(0), true],
    ['cpu', '#gp', gp(5), true],
    ['cpu', '14', gp(0), false],
    ['cpu', '#GP(0018)', gp(0x18), true],
    ['cpu', '#GP(0018)', gp(0x10), false],
    ['cpu', '#GP(24)', gp(0x18), true],
    ['cpu', '13 (18h)', gp(0x18), true],
    ['cpu', '0-7, #GP-#PF', gp(1), true],
    ['cpu', '0-7', gp(1), false],
    ['cpu', '#UD, #GP(0)', gp(0), true],
    ['firmware', '13h', call(0x13, 8), true],
    ['firmware', '13/02', call(0x13, 2), true],
    ['firmware', '13h/02h', call(0x13, 3), false],
    ['firmware', '10h-13h', call(0x12, 0), true],
    ['firmware', 'INT 13h AH=02h', call(0x13, 2), true],
    ['firmware', 'Read Sectors', call(0x13, 2), true],
    ['firmware', 'read sectors', call(0x13, 3), false],
    ['firmware', '10h/0e, 13h', call(0x10, 0x0e), true],
    ['unmodelled', '3e8h', { address: 0x3e8, value: 0 }, true],
    ['unmodelled', '100h-1ffh, 0x3e8', { address: 0x200, value: 0 }, false],
    ['unmodelled', '100h-1ffh, 0x3e8', { address: 0x100, value: 0 }, true],
  ];
  for (const [filter, text, hit, wanted] of ROWS) {
    it(`"${text}" ${wanted ? 'takes' : 'leaves out'} ${JSON.stringify(hit)}`, () =>
      assert.equal(takes(filter, text, hit), wanted));
  }

  it('split at "if", and else are expressions', () => {
    const both = parseExceptionCondition('cpu', '#PF if error & 2', NAMES);
    assert.deepEqual(both.selectors, [{ number: [14, 14] }]);
    assert.equal(both.expression?.kind, 'binary');
    assert.equal(parseExceptionCondition('cpu.13', '5', NAMES).expression?.kind, 'number');
    assert.equal(parseExceptionCondition('firmware', 'ah == 2', NAMES).selectors, undefined);
  });

  it('say what is wrong, and what can be written', () => {
    const refused = (filter: string, text: string): string => {
      try {
        parseExceptionCondition(filter, text, NAMES);
      } catch (error) {
        return String(error);
      }
      return assert.fail(`"${text}" was taken`);
    };
    assert.match(refused('cpu', '#XX'), /"#XX" names nothing here\. Write: 13, #GP, #GP\(0018\), 0-7/);
    assert.match(refused('firmware', '13h/02 if (('), /value is missing/);
    assert.match(refused('cpu', '#YY if 1'), /"#YY" names nothing/);
    assert.match(refused('cpu.13', '(('), /value is missing/);
  });

  it('are asked when it stands, of a target that answers late', async () => {
    for (const [condition, reason] of [
      ['R0 == 12345', 'exception'],
      ['vector == 6', 'exception'],
    ] as const) {
      const session = fakeSession();
      await startSession(session);
      await session.client.request('setExceptionBreakpoints', {
        filters: [],
        filterOptions: [{ filterId: 'cpu.illegal', condition }],
      });
      await session.client.request('setExpression', { expression: 'dword[PC]', value: '0xEE000000' });
      await session.client.request('setExpression', { expression: 'R0', value: '12345' });
      const stop = await session.client.run('continue');
      assert.equal(stop.reason, reason);
      session.running.end();
    }
  });
});

describe('exceptions and firmware calls by condition', function () {
  this.timeout(60_000);
  const session = useGuest('exceptions');

  const set = async (filterId: string, condition: string): Promise<DebugProtocol.Breakpoint | undefined> => {
    const args = { filters: [], filterOptions: [{ filterId, condition }] };
    return (
      await session().client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setExceptionBreakpoints', args)
    ).breakpoints[0];
  };
  const next = (command = 'continue'): Promise<Stopped> => session().client.run(command);
  /** Why it stopped, without the details of an access. */
  const words = ({ description }: Stopped): string => (description ?? '').replace(/, 1 byte.*/, '');
  /** What each run on stops at, to the end of the guest. */
  const all = async (): Promise<string[]> => {
    const found: string[] = [];
    for (;;) {
      const stop = await next();
      if (/come to its end/.test(stop.description ?? '')) return found;
      found.push(words(stop));
    }
  };

  const GP18 = 'Paused on #GP General protection, error code 0018h';
  const GP40 = 'Paused on #GP General protection, error code 0040h';
  const NP20 = 'Paused on #NP Segment not present, error code 0020h';
  const UD = 'Paused on #UD Invalid opcode';
  const unmodelled = (what: string): string => `Paused on Unmodelled ${what}`;
  const firmware = (name: string): string => `Paused on INT ${name}`;

  const CASES: readonly (readonly [filter: string, condition: string, stops: readonly string[]])[] = [
    ['cpu', '', [UD, GP18, GP40, NP20]],
    ['cpu', '#GP', [GP18, GP40]],
    ['cpu', '#GP(0018), 11', [GP18, NP20]],
    ['cpu', '13 if error == 0x40', [GP40]],
    ['cpu', 'vector >= 11 && bx < 0x40', [GP18, NP20]],
    ['cpu.13', 'error & 0x40', [GP40]],
    ['unmodelled', '', ['write to I/O ports 11Fh', 'read of I/O ports 120h'].map(unmodelled)],
    ['unmodelled', '120h', [unmodelled('read of I/O ports 120h')]],
    ['unmodelled', '100h-1ffh if value == 0x55', [unmodelled('write to I/O ports 11Fh')]],
    ['firmware', '', ['10h AH=0Eh', '13h AH=02h', '10h AH=03h'].map(firmware)],
    ['firmware', '13h/02', [firmware('13h AH=02h')]],
    ['firmware', '1Ah, 10h/03', ['1Ah AH=00h', '10h AH=03h'].map(firmware)],
    ['firmware', "10h if al == 'A'", [firmware('10h AH=0Eh')]],
  ];
  for (const [filter, condition, stops] of CASES) {
    it(`${filter}: ${condition === '' ? 'any' : condition}`, async () => {
      assert.equal((await set(filter, condition))?.verified, true);
      assert.deepEqual(await all(), stops);
      for (const stop of stops.toReversed()) assert.equal(words(await next('reverseContinue')), stop);
    });
  }

  it('a firmware call stops where the firmware is entered, with its caller in the stack', async () => {
    await set('firmware', '13h/02');
    const stop = await next();
    assert.equal(stop.text, 'The firmware is called: INT 13h AH=02h (Read sectors).');
    const [inner, outer] = await session().client.stack();
    assert.match(inner?.name ?? '', /F000:/);
    assert.match(inner?.name ?? '', /INT 13h|F000/);
    assert.match(outer?.instructionPointerReference ?? '', /^0x7C/);
    assert.match(await session().client.evaluate('ah'), /^0x02/);
  });

  it('a bad condition is not verified, and says why', async () => {
    const shown = await set('cpu', '#XX');
    assert.equal(shown?.verified, false);
    assert.match(shown?.message ?? '', /names nothing here/);
  });
});
