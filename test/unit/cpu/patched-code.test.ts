/**
 * Instructions whose constants are patched again and again: read from the code when they run, nothing is translated anew,
 * and everything is as on a machine that forgets what it has translated before every instruction.
 */
import { strict as assert } from 'node:assert';
import * as R from '../../../emulator/cpu/x86/registers';
import type { Machine } from '../../../emulator/system/machine';
import { digestMachine } from '../../../emulator/system/machine-state';
import { ENGINE_MODES, type EngineMode, withEngine } from '../../support/engines';
import { bareMachine, enterFlat, word } from '../../support/machines';

const CODE = 0x2_0000;
const VALUES = 0x3_0000;
const DATA = 0x4_0000;
const STACK = 0x6_0000;
const TURNS = 40;
/** Tables, and handlers of interrupts 20h to 23h: `inc` of a register, `iret`. */
const GDT = 0x7_0000;
const IDT = 0x7_1000;
const HANDLERS = 0x7_2000;
/** Behind a far transfer whose offset is patched. */
const BEHIND_FAR = CODE + 15;
/** Blocks that may be made before constants are read from the code: a few of each place. */
const MOST_BLOCKS = 24;

interface Case {
  readonly bytes: readonly number[];
  /** Where the constant lies, and its bytes. */
  readonly at: number;
  readonly size: 1 | 2 | 4;
  /** What is put there in each turn. */
  readonly values: (turn: number) => number;
}

const any = (turn: number): number => Math.imul(turn + 3, 0x9e37_79b1) >>> 0;
const near = (turn: number): number => DATA + 4 * ((turn * 37) & 0x3ff);
const small = (turn: number): number => 4 * (turn & 15);
/** Over some of the NOPs behind. */
const over = (turn: number): number => turn & 3;

const CASES: Readonly<Record<string, Case>> = {
  'MOV EDX, imm32': { bytes: [0xba, 0, 0, 0, 0], at: 1, size: 4, values: any },
  'MOV DL, imm8': { bytes: [0xb2, 0], at: 1, size: 1, values: any },
  'ADD EDX, imm32, one byte of it': { bytes: [0x81, 0xc2, 1, 2, 3, 4], at: 4, size: 1, values: any },
  'ADC DX, imm8 sign-extended': { bytes: [0x66, 0x83, 0xd2, 0], at: 3, size: 1, values: any },
  'SBB EDX, imm8 sign-extended': { bytes: [0x83, 0xda, 0], at: 2, size: 1, values: any },
  'TEST DX, imm16': { bytes: [0x66, 0xf7, 0xc2, 0, 0], at: 3, size: 2, values: any },
  'CMP EDX, imm32': { bytes: [0x81, 0xfa, 0, 0, 0, 0], at: 2, size: 4, values: any },
  'IMUL EDX, EBX, imm32': { bytes: [0x69, 0xd3, 0, 0, 0, 0], at: 2, size: 4, values: any },
  'IMUL DX, BX, imm8': { bytes: [0x66, 0x6b, 0xd3, 0], at: 3, size: 1, values: any },
  'PUSH imm32': { bytes: [0x68, 0, 0, 0, 0], at: 1, size: 4, values: any },
  'PUSH imm8': { bytes: [0x6a, 0], at: 1, size: 1, values: any },
  'BTS EDX, imm8': { bytes: [0x0f, 0xba, 0xea, 0], at: 3, size: 1, values: any },
  'MOV EDX, [disp32]': { bytes: [0x8b, 0x15, ...word(DATA)], at: 2, size: 4, values: near },
  'MOV EAX, [moffs32]': { bytes: [0xa1, ...word(DATA)], at: 1, size: 4, values: near },
  'ADD [EDI + disp8], EDX': { bytes: [0x01, 0x57, 0], at: 2, size: 1, values: small },
  'INC byte [EDI + EBX * 4 + disp32]': { bytes: [0xfe, 0x84, 0x9f, 0, 0, 0, 0], at: 3, size: 4, values: small },
  'MOV dword [disp32], imm32: the displacement': {
    bytes: [0xc7, 0x05, ...word(DATA), 1, 2, 3, 4],
    at: 2,
    size: 4,
    values: near,
  },
  'MOV dword [disp32], imm32: the constant': {
    bytes: [0xc7, 0x05, ...word(DATA), 1, 2, 3, 4],
    at: 6,
    size: 4,
    values: any,
  },
  'LEA EDX, [EBX + disp8]': { bytes: [0x8d, 0x53, 0], at: 2, size: 1, values: any },
  'MOV DX, [BX + disp16], 16-bit addresses': { bytes: [0x67, 0x66, 0x8b, 0x97, 0, 0], at: 4, size: 2, values: small },
  'JMP rel8': { bytes: [0xeb, 0], at: 1, size: 1, values: over },
  'JMP rel32': { bytes: [0xe9, 0, 0, 0, 0], at: 1, size: 4, values: over },
  'JNZ rel8': { bytes: [0x75, 0], at: 1, size: 1, values: over },
  'JZ rel32': { bytes: [0x0f, 0x84, 0, 0, 0, 0], at: 2, size: 4, values: over },
  'JECXZ rel8': { bytes: [0xe3, 0], at: 1, size: 1, values: over },
  'JMP far: the offset': { bytes: [0xea, 0, 0, 0, 0, 8, 0], at: 1, size: 4, values: (turn) => BEHIND_FAR + over(turn) },
  'JMP far: the selector': {
    bytes: [0xea, ...word(BEHIND_FAR - 1), 8, 0],
    at: 5,
    size: 2,
    values: (turn) => 8 + 16 * (turn & 1),
  },
  'CALL far: the offset': {
    bytes: [0x9a, 0, 0, 0, 0, 8, 0],
    at: 1,
    size: 4,
    values: (turn) => BEHIND_FAR + over(turn),
  },
  'INT imm8': { bytes: [0xcd, 0x20], at: 1, size: 1, values: (turn) => 0x20 + over(turn) },
  'CALL rel32': { bytes: [0xe8, 0, 0, 0, 0], at: 1, size: 4, values: over },
};

/** Descriptors of 4 GiB, 32 bits, accessed. */
const CODE_DESCRIPTOR = [0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0];
const DATA_DESCRIPTOR = [0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0];

/** A loop in flat protected mode that patches an instruction and executes it. */
function guest({ bytes, at, size, values }: Case, mode: EngineMode): Machine {
  const machine = withEngine(mode, (engine) => bareMachine(engine));
  const { memory } = machine.board;
  const head = [0xad]; // lodsd
  const store = size === 4 ? [0xa3] : size === 2 ? [0x66, 0xa3] : [0xa2]; // mov [patched], eax
  const patched = CODE + head.length + store.length + 4 + 2 + at;
  const code = [
    ...head,
    ...store,
    ...word(patched),
    ...[0xeb, 0], // jmp: a block of its own behind
    ...bytes,
    ...[0x90, 0x90, 0x90],
    ...[0xbc, ...word(STACK)], // mov esp, STACK
  ];
  const back = CODE - (CODE + code.length + 5);
  memory.load(CODE, Uint8Array.from([...code, 0xe9, ...word(back)]));
  for (let turn = 0; turn < TURNS; turn++) memory.load(VALUES + 4 * turn, Uint8Array.from(word(values(turn))));
  memory.load(GDT + 8, Uint8Array.from([...CODE_DESCRIPTOR, ...DATA_DESCRIPTOR, ...CODE_DESCRIPTOR]));
  for (let n = 0; n < 4; n++) {
    const handler = HANDLERS + 4 * n;
    memory.load(handler, Uint8Array.of(0x40 + n, 0xcf));
    const gate = [handler & 0xff, (handler >>> 8) & 0xff, 8, 0, 0, 0x8e, handler >>> 16, 0];
    memory.load(IDT + 8 * (0x20 + n), Uint8Array.from(gate));
  }
  enterFlat(
    machine,
    new Map([
      [R.GDTR_BASE, GDT],
      [R.GDTR_LIMIT, 0x1f],
      [R.IDTR_BASE, IDT],
      [R.IDTR_LIMIT, 0x7ff],
      [R.EIP, CODE],
      [R.ESP, STACK],
      [R.ESI, VALUES],
      [R.EDI, DATA],
      [R.EBX, 3],
      [R.ECX, 0],
      [R.EDX, 0x1234_5678],
    ]),
  );
  return machine;
}

const runTo = (machine: Machine, count: number): void => {
  while (machine.count < count) machine.run({ count, time: Infinity, breakpoints: false }, false);
};

const NAMES = ['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI', 'EIP', 'EFLAGS'];
const registersOf = ({ processor: { cpu } }: Machine): string =>
  NAMES.map((name) => `${name}=${cpu.readRegister(name).toString(16)}`).join(' ');

describe('constants that are patched in each turn of a loop', () => {
  for (const [name, one] of Object.entries(CASES)) {
    it(name, () => {
      const fresh = guest(one, 'interpreter');
      const machines = ENGINE_MODES.map((mode) => guest(one, mode));
      let count = 0;
      while (fresh.processor.cpu.core.get(R.ESI) < VALUES + 4 * TURNS) {
        fresh.processor.blocks.flush();
        runTo(fresh, ++count);
        // Not at each count: compiled code runs in longer pieces.
        if (count % 5 > 0 && count > 50) continue;
        for (const machine of machines) {
          runTo(machine, count);
          assert.equal(registersOf(machine), registersOf(fresh), `${machine.config.engine}, count ${count}`);
        }
      }
      for (const machine of machines) {
        runTo(machine, count);
        assert.equal(digestMachine(machine), digestMachine(fresh), machine.config.engine);
        const { translated } = machine.processor.blocks;
        assert.ok(translated < MOST_BLOCKS, `${translated} blocks were made`);
      }
    });
  }
});
