/** Rows of the disassembly: their number, their alignment, and what stands where there is no code. */
import { strict as assert } from 'node:assert';
import type { DebugProtocol } from '@vscode/debugprotocol';
import fc from 'fast-check';
import { Disassembler, type Row } from '../../debug-adapter/session/disassembly';
import { InstructionText, type Syntax } from '../../debug-adapter/session/instruction-text';
import { LineTable } from '../../debug-adapter/symbols/line-table';
import { NO_SYMBOLS, type ProgramSymbols } from '../../debug-adapter/symbols/program-symbols';
import { SymbolTable } from '../../debug-adapter/symbols/symbol-table';
import { type FakeSession, fakeSession, startSession } from '../support/dap-session';
import { BASE, MEMORY_SIZE } from '../support/fake-machine';
import { x86Code } from '../support/x86-code';

const ORIGIN = 0x7c00n;

/** A row as text: address and what it is. */
function show(row: Row): string {
  const what =
    row.kind === 'instruction' ? String(row.decoded.length) : row.kind === 'data' ? `data ${row.bytes.length}` : '??';
  return `${row.address.toString(16)}: ${what}`;
}

const addresses = (rows: readonly Row[]): string => rows.map((row) => row.address.toString(16)).join(' ');

/** mov ax, 0x1234; mov si, 0x5678; nop; jmp short to the beginning; "Hi", which runs into the next; mov al, 1 */
const CODE = Uint8Array.of(0xb8, 0x34, 0x12, 0xbe, 0x78, 0x56, 0x90, 0xeb, 0xf7, 0x48, 0x69, 0xb0, 0x01);

describe('disassembly rows', () => {
  it('forwards one after the other, then what can not be read', async () => {
    const rows = await new Disassembler(x86Code(CODE, ORIGIN, 16), NO_SYMBOLS, []).forward(ORIGIN, 9);
    assert.deepEqual(rows.map(show), [
      '7c00: 3',
      '7c03: 3',
      '7c06: 1',
      '7c07: 2',
      '7c09: 1',
      '7c0a: 1',
      '7c0b: 2',
      '7c0d: ??',
      '7c0e: ??',
    ]);
  });

  it('the program counter is a row even in the middle of an instruction', async () => {
    const rows = await new Disassembler(x86Code(CODE, ORIGIN, 16), NO_SYMBOLS, [0x7c04n]).forward(ORIGIN, 4);
    assert.deepEqual(rows.map(show), ['7c00: 3', '7c03: data 1', '7c04: 2', '7c06: 1']);
  });

  it('data of the source is data', async () => {
    const file = 'a.asm';
    const symbols: ProgramSymbols = {
      ...NO_SYMBOLS,
      lines: new LineTable([
        { start: 0x7c00n, end: 0x7c03n, file, line: 1, code: true },
        { start: 0x7c09n, end: 0x7c0bn, file, line: 5, code: false },
        { start: 0x7c0bn, end: 0x7c0dn, file, line: 6, code: true },
      ]),
    };
    const rows = await new Disassembler(x86Code(CODE, ORIGIN, 16), symbols, []).forward(0x7c06n, 4);
    assert.deepEqual(rows.map(show), ['7c06: 1', '7c07: 2', '7c09: data 2', '7c0b: 2']);
    // Executed all the same: the program counter makes it code.
    const executed = await new Disassembler(x86Code(CODE, ORIGIN, 16), symbols, [0x7c09n]).forward(0x7c07n, 3);
    assert.deepEqual(executed.map(show), ['7c07: 2', '7c09: 1', '7c0a: data 1']);
  });

  it('backwards the rows join at the address asked for', async () => {
    const disassembler = new Disassembler(x86Code(CODE, ORIGIN, 16), NO_SYMBOLS, []);
    assert.equal(addresses(await disassembler.backward(0x7c07n, 3)), '7c00 7c03 7c06');
    assert.deepEqual((await disassembler.backward(ORIGIN, 2)).map(show), ['7bfe: ??', '7bff: ??']);
  });

  it('backwards from a known beginning the rows are right', async () => {
    // mov ax, 0xb8b8 several times: without a known beginning any byte may begin an instruction.
    const code = Uint8Array.from({ length: 30 }, () => 0xb8);
    const known: ProgramSymbols = {
      ...NO_SYMBOLS,
      symbols: new SymbolTable([{ name: 'f', address: ORIGIN + 2n, size: 0, kind: 'code' }]),
    };
    const rows = await new Disassembler(x86Code(code, ORIGIN, 16), known, []).backward(ORIGIN + 14n, 4);
    assert.equal(addresses(rows), '7c02 7c05 7c08 7c0b');
  });

  it('there is nothing before address 0', async () => {
    assert.equal(addresses(await new Disassembler(x86Code(CODE, 0n, 16), NO_SYMBOLS, []).backward(3n, 10)), '0');
  });

  it('random code: rows touch, and each anchor is a row', async () => {
    const bytes = fc.uint8Array({ minLength: 100, maxLength: 200 });
    const anchors = fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(bytes, anchors, fc.integer({ min: 20, max: 80 }), async (code, places, from) => {
        const known = places.map((place) => ORIGIN + BigInt(place));
        const base = ORIGIN + BigInt(from);
        const disassembler = new Disassembler(x86Code(code, ORIGIN, 16), NO_SYMBOLS, [...known, base]);
        const rows = [...(await disassembler.backward(base, 30)), ...(await disassembler.forward(base, 10))];
        assert.equal(rows.length, 40);
        let next = rows[0]?.address ?? 0n;
        for (const row of rows) {
          assert.equal(row.address, next);
          next += BigInt(row.kind === 'instruction' ? row.decoded.length : row.kind === 'data' ? row.bytes.length : 1);
        }
        const [first, last] = [rows[0]?.address ?? 0n, rows.at(-1)?.address ?? 0n];
        const shown = new Set(rows.map((row) => row.address));
        for (const address of [...known, base]) if (address >= first && address <= last) assert.ok(shown.has(address));
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});

describe('disassemble request', () => {
  let session: FakeSession;

  before(async () => {
    session = fakeSession();
    await startSession(session);
  });

  after(() => session.running.end());

  type Rows = readonly DebugProtocol.DisassembledInstruction[];
  const ask = async (
    memoryReference: string,
    instructionOffset: number,
    instructionCount: number,
    offset = 0,
  ): Promise<Rows> =>
    (
      await session.client.request<{ instructions: Rows }>('disassemble', {
        memoryReference,
        instructionOffset,
        instructionCount,
        offset,
      })
    ).instructions;

  it('gives exactly as many rows as asked for, in rising order', async () => {
    const start = `0x${BASE.toString(16)}`;
    const end = `0x${(BASE + BigInt(MEMORY_SIZE)).toString(16)}`;
    const places: readonly (readonly [string, number, number, number?])[] = [
      [start, -50, 100], [start, 0, 50], [start, 7, 3], [start, -200, 100], [start, -3, 2], [end, -10, 20], [end, 5, 5],
      ['0x0', -50, 100], ['0x10', -50, 100], [start, 0, 0], ['0xFFFFFFFFFFFFFFFE', -2, 6], ['0x5', 0, 4, -9], ['0x5', -4, 8, -9],
    ]; // biome-ignore format: a list
    for (const [reference, from, count, offset] of places) {
      const rows = await ask(reference, from, count, offset);
      assert.equal(rows.length, count, `${reference} ${from} ${count}`);
      const values = rows.map((row) => BigInt(row.address));
      for (let index = 1; index < values.length; index++) {
        assert.ok(
          (values[index] ?? 0n) > (values[index - 1] ?? 0n),
          `${reference} ${from}: ${rows[index]?.address} rises`,
        );
      }
    }
  });

  it('the address asked for is the row of offset 0', async () => {
    const rows = await ask(session.address('add'), -50, 101);
    assert.deepEqual([rows[50]?.address, rows[50]?.symbol, rows[50]?.line], [session.address('add'), 'add', 14]);
    assert.deepEqual(rows[0], { address: '0xFFFF800000000FD9', instruction: '??', presentationHint: 'invalid' });
  });
});

describe('instruction text', () => {
  const description = { architecture: 'x86' } as ConstructorParameters<typeof InstructionText>[0];
  const CASES: readonly (readonly [Syntax, number, string, string, string?])[] = [
    ['nasm', 16, 'b83412', 'mov ax, 0x1234'],
    ['intel', 16, 'b83412', 'mov ax, 1234h'],
    ['masm', 16, 'b83412', 'mov ax, 1234h'],
    ['gas', 16, 'b83412', 'mov $0x1234, %ax'],
    ['nasm', 32, 'b878563412', 'mov eax, 0x12345678'],
    ['nasm', 16, '2e8b9f6300', 'mov bx, [cs:bx+0x63]'],
    ['nasm', 16, 'ebfe', 'jmp short here'],
    ['gas', 16, 'e8fdff', 'call here'],
    ['nasm', 16, 'ea00000010', 'jmp 0x1000:0'],
    ['nasm', 16, 'f3a4', 'rep movsb'],
    ['nasm', 16, '0fff', 'db 0x0f, 0xff'],
    ['gas', 16, '0fff', '.byte 0x0f, 0xff'],
    ['nasm', 16, '0f05', 'syscall', 'some later CPU'],
    ['nasm', 16, '0f05', 'loadall286', '80286'],
    ['nasm', 16, '0f26c0', 'mov tr0, eax', '80386'],
    ['nasm', 16, '0f13c3', 'umov ax, bx', '80386'],
  ];
  for (const [syntax, bits, hex, expected, cpu = '80386'] of CASES) {
    it(`${syntax} ${bits} ${hex} on ${cpu}: ${expected}`, async () => {
      const text = new InstructionText({ ...description, cpu }, syntax);
      await text.load();
      const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
      const branch = bytes[0] === 0xeb || bytes[0] === 0xe8;
      const decoded = {
        address: ORIGIN,
        length: bytes.length,
        bytes,
        flow: 'next',
        addressText: '0000:7C00',
        ...(branch ? { target: ORIGIN } : {}),
      } as const;
      assert.equal(
        text.format(decoded, bits, (address) => (address === ORIGIN ? 'here' : undefined)),
        expected,
      );
      text.dispose();
    });
  }
});
