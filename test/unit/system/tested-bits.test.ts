/** Which bits of a port a loop goes by, in real code as the front end translates it. */
import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { testedBits } from '../../../emulator/system/tested-bits';
import { nasmGuest } from '../../support/nasm-guest';
import { hasTool, withFolder } from '../../support/tools';

/** The bits of a loop that begins with its IN. */
function bitsOf(loop: string): number | undefined {
  const lines = ['org 0x7c00', 'bits 16', ...loop.split('; '), 'times 510 - ($ - $$) db 0', 'dw 0xaa55'];
  return withFolder((folder) => {
    const file = path.join(folder, 'loop.asm');
    writeFileSync(file, lines.join('\n'));
    const { machine } = nasmGuest(file);
    machine.processor.setBreakpoints(new Set([0x7c00]));
    machine.run({ count: 1e9, time: Infinity, breakpoints: true }, false);
    machine.processor.setBreakpoints(new Set());
    return testedBits(machine.processor.cpu.translate(0x7c00, new Set()).block.ops);
  });
}

describe('tested bits', function () {
  this.timeout(30_000);
  before(function () {
    if (!hasTool('nasm')) this.skip();
  });

  for (const [loop, bits] of [
    ['a: in al, dx; test al, 8; jz a', 0x08],
    ['a: in al, dx; and al, 9; jnz a', 0x09],
    ['a: in al, dx; test al, al; js a', 0xff],
    ['a: in al, dx; and al, 0x30; cmp al, 0x10; je a', 0x30],
    ['a: in al, dx; mov bl, al; test bl, 4; jz a', 0x04],
    ['a: in al, dx; jmp a', 0],
    // What is kept from one time to the next, or goes to memory or another port.
    ['a: in al, dx; xor bl, al; jnz a', undefined],
    ['a: in al, dx; mov ah, al; test al, 1; jz a', 0x01],
    ['a: in al, dx; cmp al, ah; mov ah, al; je a', undefined],
    ['a: in al, dx; mov [0x500], al; test al, 1; jz a', undefined],
    ['a: in al, dx; mov bl, al; xor bh, bh; cmp byte [bx], 0; je a', 0xff],
    ['a: in al, dx; out 0x80, al; test al, 1; jz a', undefined],
  ] as const) {
    it(`${loop}: ${bits?.toString(16) ?? 'not known'}`, () => assert.equal(bitsOf(loop), bits));
  }
});
