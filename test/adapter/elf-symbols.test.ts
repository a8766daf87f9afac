/** ELF symbol tables against nm, for both classes and, where a cross assembler is there, both byte orders. */
import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readElfSymbols } from '../../debug-adapter/symbols/elf';
import { hasTool, runTool, withFolder } from '../support/tools';

const SOURCE = `
        .text
        .globl start
        .type start, @function
start:  .long 0
        .size start, 4
local:  .long 1
        .data
        .globl value
        .type value, @object
value:  .long 5
        .size value, 4
        .equ CONSTANT, 42
        .globl CONSTANT
`;

/** Assembler, linker and nm of a target. */
const TARGETS: readonly (readonly [string, readonly string[], string, readonly string[], string])[] = [
  ['as', ['--32'], 'ld', ['-m', 'elf_i386'], 'nm'],
  ['as', ['--64'], 'ld', ['-m', 'elf_x86_64'], 'nm'],
  ['powerpc-linux-gnu-as', ['-mbig'], 'powerpc-linux-gnu-ld', [], 'powerpc-linux-gnu-nm'],
  ['sparc64-linux-gnu-as', [], 'sparc64-linux-gnu-ld', [], 'sparc64-linux-gnu-nm'],
];

function available(tool: string): boolean {
  // Cross tools are not part of the set-up; the two native ones are.
  return tool.includes('-linux-') ? runnable(tool) : hasTool(tool);
}

function runnable(tool: string): boolean {
  try {
    runTool(tool, ['--version'], '.');
    return true;
  } catch {
    return false;
  }
}

describe('ELF symbols', () => {
  for (const [assembler, assemblerArgs, linker, linkerArgs, nm] of TARGETS) {
    it(`${assembler} ${assemblerArgs.join(' ')}`, function () {
      if (!available(assembler)) this.skip();
      withFolder((folder) => {
        writeFileSync(path.join(folder, 'a.s'), SOURCE);
        runTool(assembler, [...assemblerArgs, '-o', 'a.o', 'a.s'], folder);
        runTool(linker, [...linkerArgs, '-Ttext', '0x100000', '-e', 'start', '-o', 'a.elf', 'a.o'], folder);
        const expected = runTool(nm, ['a.elf'], folder)
          .trim()
          .split('\n')
          .map((line) => {
            const [address = '', type = '', name = ''] = line.split(' ');
            const kind = /[tT]/.test(type) ? 'code' : /[aA]/.test(type) ? 'constant' : 'data';
            return `${name} ${BigInt(`0x${address}`)} ${kind}`;
          });
        const found = readElfSymbols(readFileSync(path.join(folder, 'a.elf'))).map(
          (symbol) => `${symbol.name} ${symbol.address} ${symbol.kind}`,
        );
        assert.deepEqual(found.toSorted(), expected.toSorted());
        assert.ok(found.includes('CONSTANT 42 constant'));
        assert.equal(
          readElfSymbols(readFileSync(path.join(folder, 'a.elf'))).find((symbol) => symbol.name === 'start')?.size,
          4,
        );
      });
    });
  }

  it('a file that is cut off is refused', function () {
    if (!hasTool('as')) this.skip();
    withFolder((folder) => {
      writeFileSync(path.join(folder, 'a.s'), SOURCE);
      runTool('as', ['-o', 'a.o', 'a.s'], folder);
      const bytes = readFileSync(path.join(folder, 'a.o'));
      assert.throws(() => readElfSymbols(bytes.subarray(0, bytes.length - 100)), {
        message: 'The ELF file is cut off.',
      });
      assert.throws(() => readElfSymbols(new Uint8Array(100)), { message: 'This is no ELF file.' });
    });
  });
});
