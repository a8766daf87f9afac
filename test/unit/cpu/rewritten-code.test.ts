/** Code that is written again as it is: nobody is told, and stores beside it and into it are what they were. */
import { strict as assert } from 'node:assert';
import * as R from '../../../emulator/cpu/x86/registers';
import type { Machine } from '../../../emulator/system/machine';
import { digestMachine } from '../../../emulator/system/machine-state';
import { ENGINE_MODES, type EngineMode, withEngine } from '../../support/engines';
import { bareMachine, enterFlat, word } from '../../support/machines';

const CODE = 0x2_0000;
const ROUTINE = 0x3_0100;
const SOURCE = 0x4_0000;
const STACK = 0x6_0000;
const TURNS = 300;

/** `mov eax, imm; add ebx, eax; nop ...; ret`, and data behind it. */
const BODY = [0xb8, ...word(0x1234), 0x01, 0xc3, ...new Array<number>(12).fill(0x90), 0xc3, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const LENGTH = BODY.length;
/** Another routine, which is copied in each 16th turn. */
const OTHER = BODY.with(5, 0x29);

const COPIES: Readonly<Record<string, readonly number[]>> = {
  'REP MOVSB': [0xb9, ...word(LENGTH), 0xf3, 0xa4],
  'REP MOVSD, REP MOVSB': [0xb9, ...word(LENGTH >> 2), 0xf3, 0xa5, 0xb9, ...word(LENGTH & 3), 0xf3, 0xa4],
  'LODSB, STOSB': [0xb9, ...word(LENGTH), 0xac, 0xaa, 0xe2, 0xfc],
  'LODSW, STOSW': [0xb9, ...word(LENGTH >> 1), 0x66, 0xad, 0x66, 0xab, 0xe2, 0xfa],
  'PUSH, POP of memory': [0xb9, ...word(LENGTH >> 2), 0xff, 0x36, 0x8f, 0x07, 0xad, 0x83, 0xc7, 0x04, 0xe2, 0xf6],
};

function guest(copy: readonly number[], mode: EngineMode): Machine {
  const machine = withEngine(mode, (engine) => bareMachine(engine));
  const body = [
    ...[0xbe, ...word(SOURCE)], // mov esi, SOURCE
    ...[0x42], // inc edx
    ...[0xf6, 0xc2, 15], // test dl, 15
    ...[0x75, 8], // jnz
    ...[0xbe, ...word(SOURCE + 0x100)], // mov esi, the other one
    ...[0x89, 0x56, 0x01], // mov [esi + 1], edx: its constant
    ...[0xbf, ...word(ROUTINE)], // mov edi, ROUTINE
    ...copy,
    ...[0x88, 0x15, ...word(ROUTINE + LENGTH - 1)], // mov [behind it], dl
    ...[0xb8, ...word(ROUTINE)], // mov eax, ROUTINE
    ...[0xff, 0xd0], // call eax
  ];
  const { memory } = machine.board;
  memory.load(CODE, Uint8Array.from([...body, 0xe9, ...word(-(body.length + 5))]));
  memory.load(SOURCE, Uint8Array.from(BODY));
  memory.load(SOURCE + 0x100, Uint8Array.from(OTHER));
  enterFlat(
    machine,
    new Map([
      [R.EIP, CODE],
      [R.ESP, STACK],
      [R.EDX, 0],
      [R.EBX, 0],
    ]),
  );
  return machine;
}

const runTo = (machine: Machine, count: number): void => {
  while (machine.count < count) machine.run({ count, time: Infinity, breakpoints: false }, false);
};

describe('a routine that is copied again and again', function () {
  this.timeout(60_000);
  for (const [name, copy] of Object.entries(COPIES)) {
    it(name, () => {
      const fresh = guest(copy, 'interpreter');
      const machines = ENGINE_MODES.map((mode) => guest(copy, mode));
      const told = machines.map(() => 0);
      machines.forEach(({ processor: { cpu } }, index) => {
        const store = cpu.core.slowStore.bind(cpu.core);
        cpu.core.slowStore = (address, size) => {
          told[index]++;
          return store(address, size);
        };
      });
      for (let count = 7; fresh.processor.cpu.core.get(R.EDX) < TURNS; count += 311) {
        fresh.processor.blocks.flush();
        runTo(fresh, count);
        for (const machine of machines) {
          runTo(machine, count);
          assert.equal(digestMachine(machine), digestMachine(fresh), `${machine.config.engine}, count ${count}`);
        }
      }
      for (const times of told) assert.ok(times < TURNS, `${told.join(', ')} stores asked`);
    });
  }
});
