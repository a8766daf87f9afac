/** Repeated string instructions find pages in place, so that two pages with one place in the soft TLB do not drive each other out. */
import { strict as assert } from 'node:assert';
import * as R from '../../../emulator/cpu/x86/registers';
import { InPlace } from '../../../emulator/memory/in-place';
import { PAGE_SIZE, TLB_ENTRIES } from '../../../emulator/memory/layout';
import type { EngineName } from '../../../emulator/machines/board';
import { bareMachine, enterFlat, word } from '../../support/machines';

const CODE = 0x8000;
const SOURCE = 0x20_0000;
/** It has the place of SOURCE in the soft TLB. */
const TARGET = SOURCE + TLB_ENTRIES * PAGE_SIZE;
const [BYTES, COUNTS] = [0x800, 200_000];

const BODY = [
  ...[0xbe, ...word(SOURCE)], // mov esi, SOURCE
  ...[0xbf, ...word(TARGET)], // mov edi, TARGET
  ...[0xb9, ...word(BYTES)], // mov ecx, BYTES
  ...[0xf3, 0xa4], // rep movsb
  ...[0xbe, ...word(SOURCE)], // mov esi, SOURCE
  ...[0xbf, ...word(TARGET)], // mov edi, TARGET
  ...[0xb9, ...word(BYTES)], // mov ecx, BYTES
  ...[0xf3, 0xa6], // repe cmpsb
];
const JUMP_BYTES = 2;

/** Which part of the iterations is done many at once. */
function bulkPart(engine: EngineName): number {
  const machine = bareMachine(engine, 8 << 20);
  machine.board.memory.load(CODE, Uint8Array.from([...BODY, 0xeb, -(BODY.length + JUMP_BYTES) & 0xff]));
  enterFlat(machine, new Map([[R.EIP, CODE]]));
  while (machine.count < COUNTS) machine.run({ count: COUNTS, time: Infinity, breakpoints: false }, false);
  return machine.processor.bulkCounts / COUNTS;
}

describe('repeated string instructions, where memory lies in place', () => {
  const methods = InPlace.prototype as unknown as Record<string, () => void>;
  for (const engine of ['interpreter', 'compiler'] as const) {
    it(`do not look for their pages in the soft TLB: ${engine}`, () => assert.ok(bulkPart(engine) > 0.95));

    it(`would have to if nothing were granted in place: ${engine}`, () => {
      const right = methods['grant'];
      assert.ok(right !== undefined);
      methods['grant'] = () => undefined;
      try {
        assert.ok(bulkPart(engine) < 0.1, String(bulkPart(engine)));
      } finally {
        methods['grant'] = right;
      }
    });
  }
});
