/** The offset that code was assembled for, found from the code alone. */
import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { guessOrg } from '../../../emulator/machines/guess-org';
import { inRoot } from '../../../scripts/lib/root';
import { hasTool, runTool, withFolder } from '../../support/tools';

const PROGRAM = `
  mov dx, greeting
  mov ah, 9
  int 0x21
  call again
  jmp short $
again:
  mov si, other
  inc word [counter]
  cmp byte [flag], 1
  mov bp, 0x1234
  mov ax, 0xb800
  ret
greeting db 'Hello, world', 13, 10, '$'
counter dw 0
flag db 0
other db 'and others', 0
`;

describe('the offset that code is written for', () => {
  for (const org of [0, 0x100, 0x600, 0x7c00, 0x7e00, 0x8000, 0x2340]) {
    it(`is found to be ${org.toString(16)}h`, function () {
      if (!hasTool('nasm')) this.skip();
      withFolder((folder) => {
        writeFileSync(path.join(folder, 'x.asm'), `org ${org}\n${PROGRAM}`);
        runTool('nasm', ['-f', 'bin', '-o', 'x.bin', 'x.asm'], folder);
        const guess = guessOrg(readFileSync(path.join(folder, 'x.bin')));
        // Four of the offsets in it lead into it, 1234h is none of them.
        assert.deepEqual([guess?.org, guess?.inside, guess?.texts], [org, 4, 2]);
      });
    });
  }

  it('is that of the example', () => {
    assert.equal(guessOrg(readFileSync(inRoot('examples', 'hello-boot', 'boot.bin')))?.org, 0x7c00);
  });

  it('is not guessed where nothing tells it', () => {
    assert.equal(guessOrg(new Uint8Array(0)), undefined);
    assert.equal(guessOrg(new Uint8Array(512)), undefined);
    assert.equal(guessOrg(Uint8Array.of(0xb8, 0x34, 0x12, 0xf4)), undefined);
  });

  it('ends for any bytes, and the offset is one of a segment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
        const org = guessOrg(bytes)?.org ?? 0;
        assert.ok(org >= 0 && org < 0x1_0000);
      }),
      { numRuns: 300 },
    );
  });
});
