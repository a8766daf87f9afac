/** The expression evaluator, as a table: text, and what it is or where it fails. */
import { strict as assert } from 'node:assert';
import { targetEnvironment } from '../../debug-adapter/session/expressions/environment';
import { evaluate, evaluateNow, NotSynchronousError } from '../../debug-adapter/session/expressions/evaluator';
import { parseExpression } from '../../debug-adapter/session/expressions/parser';
import { valueText } from '../../debug-adapter/session/value-text';
import { SymbolTable } from '../../debug-adapter/symbols/symbol-table';
import { BASE } from '../support/fake-machine';
import { FakeTarget } from '../support/fake-target';

const IMAGE = Uint8Array.of(0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0);

const SYMBOLS = new SymbolTable([
  { name: 'start', address: BASE, size: 0, kind: 'code' },
  { name: 'start.loop', address: BASE + 4n, size: 0, kind: 'code' },
  { name: 'R1', address: BASE + 8n, size: 0, kind: 'data' },
  { name: 'COUNT', address: 5n, size: 0, kind: 'constant' },
]);

function environmentOf(synchronous: boolean) {
  const target = new FakeTarget(IMAGE, { synchronous });
  target.machine.set('R0', 0xffff_ffff_ffff_ffffn);
  target.machine.set('R1', 7n);
  target.machine.set('R2', 0x1_0000_0000n);
  target.machine.set('FLAGS', 0x31n);
  return { target, environment: targetEnvironment(target, () => SYMBOLS) };
}

/** Text, then the value as it is shown in hexadecimal. */
const VALUES: readonly (readonly [string, string])[] = [
  // Numbers
  ['10', '0xA'],
  ['0x7c00', '0x7C00'],
  ['7C00h', '0x7C00'],
  ['0FFh', '0xFF'],
  ['0b1010', '0xA'],
  ['1010b', '0xA'],
  ['0b10h', '0xB10'],
  ['17o', '0xF'],
  ['1_000', '0x3E8'],
  ["'A'", '0x41'],
  ["'AB'", '0x4241'],
  ['"12345678"', '0x3837363534333231'],
  // Precedence
  ['1 + 2 * 3', '0x7'],
  ['(1 + 2) * 3', '0x9'],
  ['10 - 4 - 3', '0x3'],
  ['100 / 7 / 2', '0x7'],
  ['100 % 7', '0x2'],
  ['1 << 4 + 1', '0x20'],
  ['6 & 3 == 3', '0x0'],
  ['1 | 6 & 4', '0x5'],
  ['1 ^ 3 | 4', '0x6'],
  ['2 > 1 == 1', 'true'],
  ['0 || 1 && 0', 'false'],
  ['-1', '-0x1'],
  ['- -3', '0x3'],
  ['~0 & 0xff', '0xFF'],
  ['!0', 'true'],
  ['!5', 'false'],
  // Widths
  ['R0', '0xFFFFFFFFFFFFFFFF'],
  ['r0 + 1', '0x0000000000000000'],
  ['R0 == -1', 'true'],
  ['FLAGS == -1', 'false'],
  ['FLAGS + 0x10000', '0x00010031'],
  ['FLAGS << 12', '0x1000'],
  ['~FLAGS', '0xFFCE'],
  ['-R1', '0xFFFFFFFFFFFFFFF9'],
  ['R1 - 8 > 0', 'true'],
  ['V0 >> 511', `0x${'1'.padStart(128, '0')}`],
  // Flags and bits
  ['FLAGS.Z', '0x1'],
  ['flags.n', '0x0'],
  ['FLAGS.MODE', '0x3'],
  ['Z', '0x1'],
  // Memory is big-endian here
  ['byte[start]', '0x12'],
  ['word[start]', '0x1234'],
  ['dword[start + 1]', '0x3456789A'],
  ['qword[start]', '0x123456789ABCDEF0'],
  ['[start]', '0x123456789ABCDEF0'],
  ['byte ptr [start + COUNT]', '0xBC'],
  ['WORD[PC]', '0x1234'],
  ['word[phys:2]', '0x5678'],
  ['word[physical:2] + 1', '0x5679'],
  ['byte[byte[phys:0] - 0x12 + start]', '0x12'],
  // Symbols
  ['start', '0xFFFF800000001000'],
  ['start + 4 == start.loop', 'true'],
  ['$R1', '0xFFFF800000001008'],
  ['COUNT * 2', '0xA'],
  ['$', '0xFFFF800000001000'],
  ['$ == PC', 'true'],
  // Segments: the toy puts the segment into the upper half
  ['0xffff8000:0x1000', '0xFFFF800000001000'],
  ['1000:00F0', '0x1000000000F0'],
  ['beef:0000F00D + 1', '0xBEEF0000F00E'],
  ['0xffff8000:0x1000 + 4', '0xFFFF800000001004'],
  ['0xffff8000:0x1000 == start', 'true'],
  ['byte[0xffff8000:0x1001]', '0x34'],
  // Chips
  ['timer.CONTROL', '0x81'],
  ['TIMER.control.div', '0x8'],
  ['timer.COUNT + 1', '0x0008'],
  // What is not needed is not evaluated
  ['0 && byte[0]', 'false'],
  ['1 || byte[0]', 'true'],
];

/** Text, then the message. */
const ERRORS: readonly (readonly [string, string])[] = [
  ['', 'The expression is empty (column 1)'],
  ['1 +', 'A value is missing at the end (column 4)'],
  ['1 + * 2', 'A value is missing before "*" (column 5)'],
  ['(1 + 2', '")" is missing for "(" in column 1: the expression ends (column 7)'],
  ['byte[1', '"]" is missing for "[" in column 5: the expression ends (column 7)'],
  ['byte 5', '"byte" needs an address in brackets, such as byte[0x7c00] (column 1)'],
  ['1 2', '"2" does not belong here (column 3)'],
  ['R0 = 5', 'Use "==" to compare (column 4)'],
  ['12zz', '"12zz" is not a number (column 1)'],
  ['1 # 2', '"#" has no meaning here (column 3)'],
  ["'abc", 'The character constant has no closing quote (column 1)'],
  ["''", 'A character constant holds 1 to 8 characters (column 1)'],
  ['1 / 0', 'Division by zero (column 3)'],
  ['R1 % (R1 - 7)', 'Division by zero (column 4)'],
  ['1 << 1000', 'Shift by 1000: the count must be 0 to 512 (column 3)'],
  ['1 << -1', 'Shift by -1: the count must be 0 to 512 (column 3)'],
  ['nonsense', 'There is no register, symbol or chip "nonsense" (column 1)'],
  ['1 + strat', 'There is no register, symbol or chip "strat"; did you mean "start"? (column 5)'],
  ['FLAGS.CF', 'FLAGS has no bit "CF"; it has Z, N, MODE (column 1)'],
  ['timer.NOPE', 'timer has no register "NOPE"; it has CONTROL, COUNT (column 1)'],
  ['timer.CONTROL.X', 'timer.CONTROL has no field "X"; it has EN, DIV (column 1)'],
  ['byte[0]', "Memory at 0x0 can't be read (column 1)"],
  ['qword[phys:0x3fff]', "Memory at 0x3fff can't be read (column 1)"],
  ['byte[0 - 1]', 'The address is negative (column 1)'],
  [`${'('.repeat(300)}1${')'.repeat(300)}`, 'The expression is nested too deeply (column 201)'],
];

describe('expressions', () => {
  for (const synchronous of [true, false]) {
    const { environment } = environmentOf(synchronous);
    const parse = (text: string) => parseExpression(text, (name) => environment.space(name) !== undefined);
    const kind = synchronous ? 'at once' : 'with promises';

    for (const [text, expected] of VALUES) {
      it(`${kind}: ${text} is ${expected}`, async () => {
        const value = synchronous ? evaluateNow(parse(text), environment) : await evaluate(parse(text), environment);
        assert.equal(valueText(value, true), expected);
      });
    }
    for (const [text, message] of ERRORS) {
      it(`${kind}: ${text.slice(0, 40)} fails`, async () => {
        await assert.rejects(
          async () => {
            if (synchronous) evaluateNow(parse(text), environment);
            else await evaluate(parse(text), environment);
          },
          { message },
        );
      });
    }
  }

  it('a target that answers later is noticed in the middle of a run', () => {
    const { environment } = environmentOf(false);
    assert.throws(
      () =>
        evaluateNow(
          parseExpression('R0 + 1', () => false),
          environment,
        ),
      NotSynchronousError,
    );
  });
});
