import assert from 'node:assert/strict';
import { Decoder, DecoderOptions, Formatter, FormatterSyntax, OpKind } from 'iced-x86';
import { ROM_PLACES } from '../../../emulator/firmware/pc-bios/layout';
import { buildRom, type Rom, VECTOR_LABELS } from '../../../emulator/firmware/pc-bios/rom';
import { TRAPS } from '../../../emulator/firmware/pc-bios/traps';
import { FONT_CP437_8X16 } from '../../../emulator/generated/font-cp437';

const FONT = Uint8Array.from(FONT_CP437_8X16);

/** The instruction at an offset as iced writes it; branches as `name target`. */
function disassemble(rom: Rom, offset: number): { readonly text: string; readonly length: number } {
  const decoder = new Decoder(16, rom.bytes.subarray(offset, offset + 16), DecoderOptions.None);
  decoder.ip = BigInt(offset);
  const formatter = new Formatter(FormatterSyntax.Nasm);
  formatter.spaceAfterOperandSeparator = false;
  const instruction = decoder.decode();
  const { length } = instruction;
  const near = instruction.opCount > 0 && instruction.op0Kind === OpKind.NearBranch16;
  const text = near
    ? `${formatter.format(instruction).split(' ')[0]} ${instruction.nearBranchTarget}`
    : formatter.format(instruction);
  instruction.free();
  formatter.free();
  decoder.free();
  return { text, length };
}

describe('BIOS ROM', () => {
  const rom = buildRom(FONT);

  it('holds the instructions that its listing tells, as an independent disassembler reads them', () => {
    const names: Readonly<Record<string, string>> = {
      jz: 'je',
      jnz: 'jne',
      jc: 'jb',
      jnc: 'jae',
      loopz: 'loope',
      loopnz: 'loopne',
    };
    let checked = 0;
    for (const line of rom.lines) {
      const [name = '', ...rest] = line.text.split(' ');
      if (name === 'trap') {
        assert.deepEqual([...rom.bytes.subarray(line.offset, line.offset + 2)], [0x0f, 0xff]);
        continue;
      }
      const found = disassemble(rom, line.offset);
      const target = rom.labels.get(rest.at(-1) ?? '');
      const expected = target === undefined ? line.text : `${names[name] ?? name} ${target}`;
      assert.deepEqual({ ...found, at: line.offset }, { text: expected, length: line.length, at: line.offset });
      checked++;
    }
    assert.ok(checked > 250, `only ${checked} instructions were checked`);
  });

  it('has the entry points where software expects them', () => {
    const bytes = (offset: number, length: number) =>
      Buffer.from(rom.bytes.subarray(offset, offset + length)).toString('hex');
    assert.equal(bytes(0xfff0, 5), 'ea5be000f0');
    assert.equal(rom.bytes[0xfffe], 0xfc);
    assert.match(Buffer.from(rom.bytes.subarray(0xfff5, 0xfffd)).toString(), /^\d\d\/\d\d\/\d\d$/);
    assert.equal(rom.bytes[0xff53], 0xcf);
    assert.equal(bytes(0xf065 + 5, 4), '0fff10cf');
    assert.equal(bytes(0xefc7, 11), 'af022502121bff6cf60f08');
    for (const [label, offset] of [
      ['post', 0xe05b],
      ['boot', 0xe6f2],
      ['serial', 0xe739],
      ['keyboard', 0xe82e],
      ['keyboardIrq', 0xe987],
      ['disk', 0xe3fe],
      ['floppy', 0xec59],
      ['video', 0xf065],
      ['memorySize', 0xf841],
      ['equipment', 0xf84d],
      ['system', 0xf859],
      ['time', 0xfe6e],
      ['timerIrq', 0xfea5],
    ] as const) {
      assert.equal(rom.labels.get(label), offset, label);
    }
  });

  it('has each trap once at least, and no other', () => {
    const traps = new Set(
      rom.lines.filter(({ text }) => text.startsWith('trap ')).map(({ offset }) => rom.bytes[offset + 2]),
    );
    assert.deepEqual(
      [...traps].toSorted((a, b) => a - b),
      Object.values(TRAPS).toSorted((a, b) => a - b),
    );
  });

  it('has a handler for each vector that it names, the font, and bytes that add up to zero', () => {
    for (const label of Object.values(VECTOR_LABELS)) assert.ok(rom.labels.has(label), label);
    assert.deepEqual(rom.bytes.slice(ROM_PLACES.font8x16, ROM_PLACES.font8x16 + 4096), FONT);
    assert.equal(
      rom.bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0),
      0,
    );
  });

  it('uses no instruction that an 8086 lacks, but in the switch to protected mode', () => {
    const LATER = ['lgdt [es:si+8]', 'lidt [es:si+10h]', 'lmsw ax'];
    const start = rom.labels.get('protectedMode') ?? 0;
    for (const { offset, text } of rom.lines) {
      if (offset > start && LATER.includes(text)) continue;
      const opcode = rom.bytes[offset];
      const later =
        (opcode >= 0x60 && opcode <= 0x6f) ||
        [0xc0, 0xc1, 0xc8, 0xc9].includes(opcode) ||
        (opcode === 0x0f && !text.startsWith('trap'));
      assert.ok(!later, text);
    }
  });

  it('refuses a font of the wrong size', () => {
    assert.throws(() => buildRom(new Uint8Array(100)), /100 bytes instead of 4096/);
  });
});
