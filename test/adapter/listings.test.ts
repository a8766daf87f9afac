/**
 * Lines and labels from what YASM, flat assembler, GNU as and the C compiler write. Each marked line loads its own number
 * into AX (B8 low high), so that the image itself tells which line stands where.
 */
import { strict as assert } from 'node:assert';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFiles } from '../../debug-adapter/host/files';
import { readDwarfLines } from '../../debug-adapter/symbols/dwarf-lines';
import { isFas, readFas } from '../../debug-adapter/symbols/fas';
import { parseListing } from '../../debug-adapter/symbols/listing-formats';
import { loadSymbols, type SymbolChoices } from '../../debug-adapter/symbols/load';
import type { ProgramSymbols } from '../../debug-adapter/symbols/program-symbols';
import { hasTool, runTool, withFolder } from '../support/tools';

const LOAD = 0x7c00;
/** Marks of the included file are numbered from here. */
const INCLUDED = 0x100;
/** Rounds of the tests that break files; `LISTING_FUZZ_RUNS` asks for more. */
const RUNS = Number(process.env['LISTING_FUZZ_RUNS'] ?? 300);

interface Dialect {
  readonly tool: string;
  readonly main: string;
  readonly include: string;
  readonly head: readonly string[];
  readonly macro: readonly string[];
  readonly includeLine: string;
  readonly data: string;
  readonly tail: readonly string[];
  mark(number: number): string;
  build(folder: string): void;
  /** Named as the listing, where it does not lie beside the image under the image's name. */
  readonly listing?: string;
  /** What knows the definition of a macro. */
  readonly inner: boolean;
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  nasm: {
    tool: 'nasm',
    main: 'boot.asm',
    include: 'more.inc',
    head: ['org 0x7c00', 'bits 16'],
    macro: ['%macro two 0', ' nop', ' cld', '%endmacro'],
    includeLine: '%include "more.inc"',
    data: 'text: db "some longer text that is data and wraps", 0',
    tail: ['times 510-($-$$) db 0', 'dw 0xaa55'],
    mark: (number) => ` mov ax, ${number}`,
    build: (folder) => void runTool('nasm', ['-f', 'bin', 'boot.asm', '-o', 'boot.bin', '-l', 'boot.lst'], folder),
    inner: true,
  },
  yasm: {
    tool: 'yasm',
    main: 'boot.asm',
    include: 'more.inc',
    head: ['org 0x7c00', 'bits 16'],
    macro: ['%macro two 0', ' nop', ' cld', '%endmacro'],
    includeLine: '%include "more.inc"',
    data: 'text: db "some longer text that is data and wraps", 0',
    tail: ['times 510-($-$$) db 0', 'dw 0xaa55'],
    mark: (number) => ` mov ax, ${number}`,
    build: (folder) => void runTool('yasm', ['-f', 'bin', 'boot.asm', '-o', 'boot.bin', '-l', 'boot.lst'], folder),
    inner: false,
  },
  fasm: {
    tool: 'fasm',
    main: 'boot.asm',
    include: 'more.inc',
    head: ['org 7C00h', 'use16'],
    macro: ['macro two {', ' nop', ' cld', '}'],
    includeLine: "include 'more.inc'",
    data: "text db 'some longer text that is data and wraps', 0",
    tail: ['times 510-($-$$) db 0', 'dw 0AA55h'],
    mark: (number) => ` mov ax, ${number}`,
    build: (folder) => void runTool('fasm', ['boot.asm', 'boot.bin', '-s', 'boot.fas'], folder),
    inner: true,
  },
  gas: {
    tool: 'as',
    main: 'boot.s',
    include: 'more.inc',
    head: ['.code16', '.intel_syntax noprefix'],
    macro: ['.macro two', ' nop', ' cld', '.endm'],
    includeLine: '.include "more.inc"',
    data: 'text: .asciz "some longer text that is data and wraps"',
    tail: ['.org 510', '.word 0xaa55'],
    mark: (number) => ` mov ax, ${number}`,
    build(folder) {
      runTool('as', ['--32', '-almsn=boot.lst', '-o', 'boot.o', 'boot.s'], folder);
      runTool('ld', ['-m', 'elf_i386', '-Ttext', '0x7c00', '-e', '0x7c00', '-o', 'linked', 'boot.o'], folder);
      runTool('objcopy', ['-O', 'binary', 'linked', 'boot.bin'], folder);
    },
    inner: false,
  },
  'gas with DWARF': {
    tool: 'as',
    main: 'boot.s',
    include: 'more.inc',
    head: ['.code16', '.intel_syntax noprefix'],
    macro: ['.macro two', ' nop', ' cld', '.endm'],
    includeLine: '.include "more.inc"',
    data: 'text: .asciz "some longer text that is data and wraps"',
    tail: ['.org 510', '.word 0xaa55'],
    mark: (number) => ` mov ax, ${number}`,
    build(folder) {
      runTool('as', ['--32', '-g', '-o', 'boot.o', 'boot.s'], folder);
      runTool('ld', ['-m', 'elf_i386', '-Ttext', '0x7c00', '-e', '0x7c00', '-o', 'boot.elf', 'boot.o'], folder);
      runTool('objcopy', ['-O', 'binary', 'boot.elf', 'boot.bin'], folder);
    },
    inner: false,
  },
};

interface Written {
  readonly folder: string;
  readonly call: number;
  /** Line of the macro's first instruction. */
  readonly body: number;
  load(choices?: SymbolChoices): Promise<ProgramSymbols>;
  readonly image: Buffer;
  readonly text: string;
}

function write(dialect: Dialect, folder: string): Written {
  const lines = [...dialect.head, ...dialect.macro];
  const body = dialect.head.length + 2;
  const mark = (): void => void lines.push(dialect.mark(lines.length + 1));
  lines.push('start:');
  mark();
  lines.push(' jmp behind');
  mark();
  lines.push('behind:');
  mark();
  lines.push(' two');
  const call = lines.length;
  mark();
  lines.push(dialect.includeLine);
  mark();
  lines.push(' jmp start', dialect.data);
  mark();
  lines.push(...dialect.tail);
  writeFileSync(path.join(folder, dialect.main), `${lines.join('\n')}\n`);
  const more = [dialect.mark(INCLUDED + 1), 'helper:', dialect.mark(INCLUDED + 3), ' ret'];
  writeFileSync(path.join(folder, dialect.include), `${more.join('\n')}\n`);
  dialect.build(folder);
  const file = path.join(folder, 'boot.bin');
  const image = readFileSync(file);
  return {
    folder,
    call,
    body,
    image,
    text: lines.join('\n'),
    load: (choices = {}) =>
      loadSymbols(
        nodeFiles,
        [
          {
            path: file,
            bytes: image,
            modified: statSync(file).mtimeMs,
            loads: [{ offset: 0, length: image.length, address: BigInt(LOAD) }],
          },
        ],
        choices,
      ),
  };
}

/** Places of `mov ax, N` in the image. */
function* marks(image: Buffer): Generator<readonly [bigint, number]> {
  for (let at = 0; at < 0x60; at++) {
    const number = image.readUInt16LE(at + 1);
    if (image[at] === 0xb8 && number < INCLUDED + 4) yield [BigInt(LOAD + at), number];
  }
}

describe('listings and symbol files', () => {
  for (const [name, dialect] of Object.entries(DIALECTS)) {
    describe(name, () => {
      before(function () {
        if (!hasTool(dialect.tool)) this.skip();
      });

      it('every instruction has the line that it names', () =>
        withFolder(async (folder) => {
          const written = write(dialect, folder);
          const { lines, symbols, warnings } = await written.load();
          assert.deepEqual(warnings, []);
          let seen = 0;
          for (const [address, number] of marks(written.image)) {
            const included = number > INCLUDED;
            const row = lines.at(address);
            const expected = `${path.join(folder, included ? dialect.include : dialect.main)}:${number % INCLUDED}`;
            assert.equal(`${row?.file}:${row?.line}`, expected, `at ${address.toString(16)}`);
            assert.equal(row?.code, true);
            seen++;
          }
          assert.equal(seen, 8);
          const call = lines.ranges(path.join(folder, dialect.main), written.call);
          assert.deepEqual(
            call.map(({ start, end }) => end - start),
            [2n],
            'the macro is the line of its call',
          );
          for (const [label, line] of [
            ['start', dialect.head.length + 6],
            ['behind', dialect.head.length + 10],
          ] as const) {
            const symbol = symbols.byName(label);
            assert.equal(symbol?.kind, 'code', label);
            assert.equal(lines.at(symbol?.address ?? 0n)?.line, line, label);
          }
          assert.equal(symbols.byName('text')?.address, BigInt(LOAD + written.image.indexOf('some longer')));
        }));

      it('the lines of a macro, for who steps into it', () =>
        withFolder(async (folder) => {
          const written = write(dialect, folder);
          const { lines } = await written.load({ stepIntoMacros: true });
          const file = path.join(folder, dialect.main);
          const inside = [written.body, written.body + 1].map((line) => lines.ranges(file, line).length);
          assert.deepEqual(inside, dialect.inner ? [1, 1] : [0, 0]);
          assert.equal(lines.ranges(file, written.call).length, dialect.inner ? 0 : 1);
        }));

      it('what is of another image is not used', () =>
        withFolder(async (folder) => {
          const written = write(dialect, folder);
          if (name === 'gas with DWARF') return;
          writeFileSync(path.join(folder, 'boot.bin'), written.image);
          const other = Buffer.concat([Buffer.from([0x90]), written.image]);
          const loads = [{ offset: 0, length: other.length, address: BigInt(LOAD) }];
          const found = await loadSymbols(
            nodeFiles,
            [{ path: path.join(folder, 'boot.bin'), bytes: other.fill(0x11, 0x10, 0x40), loads }],
            {},
          );
          assert.ok(found.lines.empty);
          assert.match(found.warnings.join(), /boot\.(lst|fas) is not used/);
        }));
    });
  }

  it('DWARF lines of a C compiler are those of addr2line', function () {
    if (!hasTool('gcc') || !hasTool('addr2line')) this.skip();
    withFolder((folder) => {
      const source = ['static int twice(int a)', '{', '  return a + a;', '}', 'int f(int n)', '{', '  int s = 0;',
        '  for (int i = 0; i < n; i++)', '    s += twice(i);', '  return s;', '}']; // biome-ignore format: lines
      writeFileSync(path.join(folder, 'a.c'), source.join('\n'));
      for (const [version, bits, optimise] of [
        ['2', '32', '0'],
        ['4', '32', '2'],
        ['5', '32', '2'],
        ['5', '64', '0'],
      ]) {
        const flags = [
          '-c',
          `-gdwarf-${version}`,
          '-gno-column-info',
          `-m${bits}`,
          `-O${optimise}`,
          '-ffreestanding',
          '-fno-pic',
        ];
        runTool('gcc', [...flags, '-fno-asynchronous-unwind-tables', 'a.c', '-o', 'a.o'], folder);
        const emulation = bits === '32' ? 'elf_i386' : 'elf_x86_64';
        runTool('ld', ['-m', emulation, '-Ttext', '0x100000', '-e', 'f', '-o', 'a.elf', 'a.o'], folder);
        const rows = readDwarfLines(readFileSync(path.join(folder, 'a.elf')));
        assert.ok(rows.length >= 5, `DWARF ${version}`);
        // One row covers what begins there; of several at one address the last holds.
        const addresses = rows.map(({ start }) => `0x${start.toString(16)}`);
        const oracle = runTool('addr2line', ['-e', 'a.elf', ...addresses], folder)
          .trim()
          .split('\n');
        assert.deepEqual(
          rows.map(({ file, line }) => `${file}:${line}`),
          oracle.map((text) => text.replace(/ \(.*/, '')),
          `DWARF ${version}, ${bits} bits`,
        );
      }
    });
  });

  it('broken files are refused or read, and end', function () {
    this.timeout(600_000);
    if (!['nasm', 'yasm', 'fasm', 'as'].every(hasTool)) this.skip();
    withFolder((folder) => {
      const originals = Object.values(DIALECTS).flatMap((dialect) => {
        write(dialect, folder);
        return ['boot.lst', 'boot.fas', 'boot.elf'].flatMap((file) => {
          try {
            return [readFileSync(path.join(folder, file))];
          } catch {
            return [];
          }
        });
      });
      let seed = 7;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return (seed >>> 8) % below;
      };
      for (let run = 0; run < RUNS; run++) {
        const original = originals[random(originals.length)] ?? Buffer.alloc(0);
        const bytes = Buffer.from(original.subarray(0, random(4) === 0 ? random(original.length) : original.length));
        for (let change = random(8); change >= 0 && bytes.length > 0; change--)
          bytes[random(bytes.length)] = random(256);
        parseListing(bytes.toString('latin1'));
        for (const read of [readDwarfLines, readFas]) {
          try {
            read(bytes);
          } catch (error) {
            assert.ok(
              error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError),
              String(error),
            );
          }
        }
      }
      assert.equal(originals.some(isFas), true);
    });
  });
});
