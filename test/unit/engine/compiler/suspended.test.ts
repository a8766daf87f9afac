/** Regions made of code that is patched back and forth are linked in again, and not compiled anew. */
import { strict as assert } from 'node:assert';
import * as R from '../../../../emulator/cpu/x86/registers';
import type { EngineName } from '../../../../emulator/machines/board';
import type { Machine } from '../../../../emulator/system/machine';
import { digestMachine } from '../../../../emulator/system/machine-state';
import { bareMachine, enterFlat, word } from '../../../support/machines';

const CODE = 0x2_0000;
const DATA = 0x3_0000;
const ROUNDS = 60;
/** Turns of the inner loop in a round: more than make a block hot. */
const TURNS = 12_000;

/** `patch` is executed once a round; what it patches is the opcode at `turned`. */
function guest(engine: EngineName, patch: (turned: number) => readonly number[]): Machine {
  const machine = bareMachine(engine);
  const head = [0xb9, ...word(TURNS)]; // mov ecx, TURNS
  const body = [
    ...[0xa8, 1], // inner: test al, 1
    ...[0x74, 2], // jz behind: the patched block is not where the region begins
    ...[0x43, 0x90], // turned: inc ebx; nop
    ...[0x01, 0xd8], // behind: add eax, ebx
    ...[0x49], // dec ecx
    ...[0x75, 0xf5], // jnz inner
  ];
  const patching = patch(CODE + head.length + 4);
  const length = head.length + body.length + patching.length;
  const code = [...head, ...body, ...patching, 0xe9, ...word(-(length + 5))];
  machine.board.memory.load(CODE, Uint8Array.from(code));
  machine.board.memory.load(DATA, Uint8Array.from([0x43, 0x4b, 0x42, 0x4a]));
  enterFlat(
    machine,
    new Map([
      [R.EIP, CODE],
      [R.EBX, 1],
      [R.EAX, 1],
      [R.EDX, 3],
    ]),
  );
  return machine;
}

/** `xor byte [turned], 8`: INC EBX and DEC EBX by turns. */
const twoWays = (turned: number) => [0x80, 0x35, ...word(turned), 8];
/** The next of four opcodes: `inc edx; and edx, 3; mov bl, [edx + DATA]; mov [turned], bl`. */
const fourWays = (turned: number) => [
  ...[0x42, 0x83, 0xe2, 3],
  ...[0x8a, 0x9a, ...word(DATA)],
  ...[0x88, 0x1d, ...word(turned)],
];

describe('regions of code that is patched back and forth', function () {
  this.timeout(60_000);
  for (const [name, patch, variants] of [
    ['two ways', twoWays, 2],
    ['four ways', fourWays, 4],
  ] as const) {
    it(name, () => {
      const machines = (['compiler', 'interpreter'] as const).map((engine) => guest(engine, patch));
      const [compiler, interpreter] = machines;
      const counts = ROUNDS * TURNS * 5;
      for (const count of [counts >> 2, counts >> 1, counts - 1, counts]) {
        for (const machine of machines)
          while (machine.count < count) machine.run({ count, time: Infinity, breakpoints: false }, false);
        assert.equal(digestMachine(compiler), digestMachine(interpreter), `count ${count}`);
      }
      const { blocks, regions, compiledCounts } = compiler.processor;
      assert.ok(blocks.translated < 8 * variants, `${blocks.translated} blocks were translated`);
      assert.ok(blocks.revived > ROUNDS / 2, `only ${blocks.revived} blocks were linked in again`);
      assert.ok(regions.compiled < 8 * variants, `${regions.compiled} regions were compiled`);
      assert.ok(compiledCounts > counts * 0.8, `only ${compiledCounts} of ${counts} counts ran compiled`);
    });
  }
});
