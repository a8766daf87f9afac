/** What the editor tells of words in assembler sources. `|` in a line marks where the pointer is. */
import { strict as assert } from 'node:assert';
import { SERVICE_DESCRIPTIONS } from '../../../emulator/firmware/pc-bios/services';
import { REFERENCE } from '../../../extension/generated/reference';
import { constantOf, type Lines, numberOf, parseLine } from '../../../extension/languages/assembly';
import { evaluatableAt, namedRegisters } from '../../../extension/languages/evaluatable';
import { hoverAt } from '../../../extension/languages/hover-text';

interface Place {
  readonly lines: Lines;
  readonly line: number;
  readonly column: number;
}

function place(source: string): Place {
  const rows = source.split('\n');
  const line = rows.findIndex((row) => row.includes('|'));
  const column = rows[line]?.indexOf('|') ?? 0;
  const plain = rows.map((row) => row.replace('|', ''));
  return { lines: { lineCount: plain.length, text: (at) => plain[at] ?? '' }, line, column };
}

const hover = (source: string): string => {
  const { lines, line, column } = place(source);
  return hoverAt(lines, line, column)?.text.join('\n') ?? '';
};
const live = (source: string): readonly string[] => {
  const { lines, line, column } = place(source);
  return (hoverAt(lines, line, column)?.live ?? []).flatMap(({ expressions }) => expressions.join(':'));
};
const evaluatable = (source: string): string | undefined => {
  const { lines, line, column } = place(source);
  return evaluatableAt(lines, line, column)?.expression;
};

describe('hovers in assembler sources', () => {
  it('tell of registers and their parts', () => {
    assert.match(hover('  mov e|ax, 5'), /^\*\*EAX\*\*, 32 bits: Accumulator/);
    assert.match(hover('  mov |AL, 5'), /^\*\*AL\*\*, 8 bits: .*EAX.*accumulator/);
    assert.match(hover('  movw %d|s, %ax'), /^\*\*DS\*\*, 16 bits: Data segment/);
    assert.match(hover('  mov eax, |cr0'), /\| PE \| 0 \| Protection enable \|/);
    assert.equal(hover('  mov ax, [ax|is]'), '');
  });

  it('tell of flags, also where a comment names one', () => {
    assert.match(hover('  jc failed ; C|F is set on an error'), /^\*\*CF\*\*, bit 0 of EFLAGS: Carry flag/);
    assert.equal(hover('  nop ; the a|x register'), '');
  });

  it('tell of a port by its chip, in both directions and syntaxes', () => {
    assert.match(hover('  in al, 0x6|0'), /^Port \*\*60h\*\*\n\*\*kbc\*\*.*\n\nread: Output Buffer/);
    assert.match(hover('  out 20|h, al'), /\*\*pic1\*\*, 8259A.*[\s\S]*written: ICW1, OCW2/);
    assert.match(hover('  outb %al, $0x4|3'), /\*\*pit\*\*[\s\S]*Control Word/);
    assert.match(
      hover('COM1 equ 0x3f8\nSTATUS equ COM1 + 5\n mov dx, STATUS\n in al, d|x'),
      /Port \*\*3FDh\*\*, from DX above\n\*\*com1\*\*[\s\S]*LSR/,
    );
    assert.match(hover('  in al, 0x9|9'), /No chip of the board answers there/);
    assert.deepEqual(live('  in al, 0x6|0'), ['io:0x60']);
  });

  it('tell of a service of the firmware by AH above', () => {
    const read = '  mov ah, 0x02\n  mov al, 4\n  mov dl, [drive]\n  int 0x|13';
    assert.match(hover(read), /^\*\*INT 13h AH=02h\*\*: Read sectors\nTakes\n- `AL` sectors/);
    assert.deepEqual(live(read), ['AL', 'CH', 'CL', 'DH', 'DL', 'ES:BX']);
    assert.match(hover(' mov ax, 0x0e41\n i|nt 10h'), /INT 10h AH=0Eh/);
    assert.match(hover(' xor ax, ax\n int 0x1|6'), /INT 16h AH=00h\*\*: Wait for a key/);
    assert.match(hover(' mov eax, 0xe820\n int 0x1|5'), /INT 15h AX=E820h/);
    assert.match(hover(' movb $0x0e, %ah\n int $0x1|0'), /INT 10h AH=0Eh/);
    assert.match(hover(' int 0x1|2'), /INT 12h\*\*: Conventional memory size/);
  });

  it('tell of all services where AH is not known, and what else an interrupt is', () => {
    assert.match(hover(' mov ah, bl\n int 0x1|6'), /A service of the firmware, by AH:[\s\S]*AH=01h Look for a key/);
    // What was set for the call before is not for this one.
    assert.match(hover(' mov ah, 2\n int 0x13\n int 0x1|3'), /by AH:/);
    assert.match(hover(' int 0x|0d'), /exception #GP/);
    assert.match(hover(' int 0x8|0'), /No service of the firmware/);
  });
});

describe('expressions in assembler sources', () => {
  const CASES: readonly (readonly [source: string, expression: string | undefined])[] = [
    ['  mov |eax, ebx', 'EAX'],
    ['  movl %eb|x, %eax', 'EBX'],
    ['  mov ax, |[bx+4]', 'word[ds:bx+4]'],
    ['  mov al, [bp|-2]', 'BP'],
    ['  inc wo|rd [bx+4]', 'word[ds:bx+4]'],
    ['  mov byte ptr |[di], 5', 'byte[ds:di]'],
    ['  mov al, [es:di|]', 'DI'],
    ['  mov al, |[es:di]', 'byte[es:di]'],
    ['  mov al, es:|[di]', 'byte[es:di]'],
    ['  push dword |[bp+8]', 'dword[ss:bp+8]'],
    ['  mov eax, [ke|ys]', 'dword[ds:keys]'],
    ['  movw |4(%bx), %ax', 'word[ds:bx+4]'],
    ['  movb $1, %es:|(%di)', 'byte[es:di]'],
    ['  movl -8(%ebp,%ecx,|4), %eax', 'dword[ss:ebp+ecx*4-8]'],
    ['  call prin|t', 'print'],
    ['print:\n.next: lodsb\n  jmp .ne|xt', 'print.next'],
    ['  mo|v ax, 5', undefined],
    ['  int 0x|10', undefined],
    ['  in al, d|x', undefined],
    ['  nop ; eax| is free', undefined],
  ];
  for (const [source, expression] of CASES) {
    it(`${source.replaceAll('\n', ' / ')} is ${expression ?? 'none'}`, () => {
      assert.equal(evaluatable(source), expression);
    });
  }

  it('are the registers of the lines just executed, each where it was named last', () => {
    const rows = [
      'other:',
      '  mov cx, 1',
      'start:',
      '  mov ax, 5',
      '  mov [bx], ax',
      '.here:',
      '  add al, dl ; ah',
      '  jmp start',
    ];
    const lines: Lines = { lineCount: rows.length, text: (at) => rows[at] ?? '' };
    const named = (line: number) =>
      namedRegisters(lines, line, 0).map(({ line: at, expression }) => `${at} ${expression}`);
    assert.deepEqual(named(6), ['4 bx', '4 ax', '6 al', '6 dl']);
    assert.ok(!named(7).some((one) => one.endsWith('cx')), 'the routine above is another');
    assert.deepEqual(
      namedRegisters(lines, 6, 6)
        .map(({ expression }) => expression)
        .toSorted(),
      ['al', 'dl'],
    );
  });
});

describe('lines of assembler sources', () => {
  it('have label, mnemonic and operands', () => {
    const parts = (text: string) => {
      const { label, mnemonic, operands } = parseLine(text);
      return [label, mnemonic?.text, ...operands.map((operand) => operand.text)];
    };
    assert.deepEqual(parts("start: mov al, ';' ; a comment"), ['start', 'mov', 'al', "';'"]);
    assert.deepEqual(parts('  rep movsb'), [undefined, 'movsb']);
    assert.deepEqual(parts('1: movl 4(%eax,%ebx,2), %ecx # end'), ['1', 'movl', '4(%eax,%ebx,2)', '%ecx']);
    assert.deepEqual(parts('; nothing'), [undefined, undefined]);
    assert.deepEqual(parts('  jmp 0x08:entry'), [undefined, 'jmp', '0x08:entry']);
  });

  it('have numbers as the assemblers write them', () => {
    const values = ['0x1F', '1Fh', '0FFh', '31', '0b11', '11b', "'A'", '$12', '1_000'].map(numberOf);
    assert.deepEqual(values, [0x1f, 0x1f, 0xff, 31, 3, 3, 0x41, 12, 1000]);
    for (const text of ['ax', 'FFh', '', 'label']) assert.equal(numberOf(text), undefined, text);
  });

  it('have constants, also of each other, and do not go round in circles', () => {
    const rows = ['A equ 5', 'B = A + 1', '%define C B', '.set D, C+2', '#define E D', 'X equ Y', 'Y equ X'];
    const lines: Lines = { lineCount: rows.length, text: (at) => rows[at] ?? '' };
    assert.deepEqual(
      ['A', 'B', 'C', 'D', 'E', 'X'].map((name) => constantOf(lines, name)),
      [5, 6, 6, 8, 8, undefined],
    );
  });
});

describe("the editor's knowledge of the machine", () => {
  it('names every port of the board', () => {
    const ports = new Set(REFERENCE.ports.map(({ port }) => port));
    for (const port of [
      0x00, 0x0f, 0x20, 0x21, 0x40, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x80, 0x81, 0x92, 0xa0, 0xa1, 0xc0, 0xde, 0xe9,
      0xf4, 0x3f8, 0x3ff, 0x2f8, 0x3d4, 0x3d5, 0x3da, 0x3c0, 0x3c9,
    ])
      assert.ok(ports.has(port), port.toString(16));
    assert.equal(REFERENCE.ports.length, ports.size, 'no port has two names');
  });

  it('has each service once, with registers that exist', () => {
    const keys = SERVICE_DESCRIPTIONS.map(({ interrupt, service, part }) => `${interrupt} ${service} ${part}`);
    assert.equal(new Set(keys).size, keys.length);
    const names = new Set(REFERENCE.registers.flatMap(({ name, bits = [] }) => [name, ...bits.map((bit) => bit.name)]));
    for (const { inputs, outputs, title } of SERVICE_DESCRIPTIONS) {
      assert.match(title, /^[A-Z].*[^.]$/);
      for (const name of [...Object.keys(inputs), ...Object.keys(outputs)])
        for (const part of name.split(':')) assert.ok(names.has(part), `${title}: ${name}`);
    }
  });
});
