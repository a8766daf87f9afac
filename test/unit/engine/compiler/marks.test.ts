/**
 * Accesses beside watched bytes are made by compiled code, those to watched bytes are told: random accesses, alone and in groups, beside
 * random watches, by the interpreter and compiled, in place and with paging. Faults planted in the emitter are found.
 */
import { strict as assert } from 'node:assert';
import * as R from '../../../../emulator/cpu/x86/registers';
import { RegionEmitter } from '../../../../emulator/engine/compiler/emit';
import type { Watch } from '../../../../emulator/memory/watches';
import { digestMachine } from '../../../../emulator/system/machine-state';
import { Random } from '../../../lockstep/lockstep';
import { type EngineMode, ENGINE_MODES, withEngine } from '../../../support/engines';
import { bareMachine, enterFlat, word } from '../../../support/machines';

const [CODE, DATA, ROM, DIRECTORY, TABLE] = [0x8000, 0x2_0000, 0xf_e000, 0x1_0000, 0x1_1000];
const PAGE = 4096;
const PRESENT_WRITABLE = 3;
const [ROUNDS, COUNTS] = [24, 20_000];

const BODY = [
  ...[0x69, 0xc0, ...word(0x41c6_4e6d)], // next: imul eax, eax, 41C64E6Dh
  ...[0x05, ...word(0x3039)], // add eax, 3039h
  ...[0x89, 0xc6], // mov esi, eax
  ...[0xc1, 0xee, 16], // shr esi, 16
  ...[0x81, 0xe6, ...word(0x1fff)], // and esi, 1FFFh
  ...[0x81, 0xc6, ...word(DATA)], // add esi, DATA
  // A group of few bytes.
  ...[0x01, 0x06], // add [esi], eax
  ...[0x88, 0x46, 5], // mov [esi + 5], al
  ...[0x66, 0x89, 0x46, 8], // mov [esi + 8], ax
  ...[0x8b, 0x5e, 12], // mov ebx, [esi + 12]
  // One of more.
  ...[0x89, 0xf7], // mov edi, esi
  ...[0x81, 0xf7, ...word(0xffc)], // xor edi, FFCh
  ...[0x89, 0x07], // mov [edi], eax
  ...[0x89, 0x5f, 20], // mov [edi + 20], ebx
  ...[0x03, 0x57, 40], // add edx, [edi + 40]
  // Alone: in RAM, and where memory does not lie in place.
  ...[0x89, 0xc5], // mov ebp, eax
  ...[0xc1, 0xed, 11], // shr ebp, 11
  ...[0x81, 0xe5, ...word(0xffc)], // and ebp, FFCh
  ...[0xff, 0x85, ...word(DATA)], // inc dword [ebp + DATA]
  ...[0x03, 0x8d, ...word(ROM)], // add ecx, [ebp + ROM]
];
const JUMP_BYTES = 5;
const PROGRAM = Uint8Array.from([...BODY, 0xe9, ...word(-(BODY.length + JUMP_BYTES))]);

/** Ranges of a few bytes, and seldom of whole pages. */
function watchesOf(random: Random): readonly Watch[] {
  const ranges = Array.from({ length: random.below(4) }, (): Watch => {
    const kind = random.below(3);
    const where = { read: kind !== 0, write: kind !== 1, linear: false };
    if (random.below(16) === 0) return { base: DATA + PAGE * random.below(2), length: PAGE, ...where };
    return { base: DATA + random.below(2 * PAGE), length: 1 + random.below(4), ...where };
  });
  return random.below(2) === 0
    ? ranges
    : [...ranges, { base: ROM + random.below(PAGE - 4), length: 3, read: true, write: false, linear: false }];
}

/** What was told of watched bytes, and what the machine is like after each round. */
function run(mode: EngineMode, isPaged: boolean): { readonly told: readonly string[]; readonly compiled: number } {
  const machine = withEngine(mode, (engine) => bareMachine(engine));
  const { memory } = machine.board;
  const { core } = machine.processor.cpu;
  memory.load(CODE, PROGRAM);
  memory.load(
    ROM,
    Uint8Array.from({ length: 2 * PAGE }, (_, n) => n * 37),
  );
  memory.load(DIRECTORY, Uint8Array.from(word(TABLE | PRESENT_WRITABLE)));
  for (let page = 0; page < 1024; page++)
    memory.load(TABLE + 4 * page, Uint8Array.from(word((page * PAGE) | PRESENT_WRITABLE)));
  enterFlat(
    machine,
    new Map([
      [R.EAX, 1],
      [R.EIP, CODE],
    ]),
  ); // prettier-ignore
  if (isPaged) {
    core.set(R.CR3, DIRECTORY);
    core.set(R.CR0, (core.get(R.CR0) | R.CR0_PG) >>> 0);
    core.space.registersLoaded();
    core.updateContext();
  }
  const random = new Random(77);
  const told: string[] = [];
  memory.onWatch = (_watch, kind, address, size, before) => told.push(`${kind} ${address} ${size} ${before}`);
  const reader = memory.addReader();
  for (let round = 0; round < ROUNDS; round++) {
    memory.setWatches(watchesOf(random));
    // As a snapshot does: first writes to pages are to be noted.
    if (random.below(2) === 0) memory.clearReader(reader);
    const end = machine.count + COUNTS;
    while (machine.count < end) machine.run({ count: end, time: Infinity, breakpoints: false }, false);
    told.push(
      `${digestMachine(machine)} ${[...reader.frames.slice(0, reader.count)].toSorted((a, b) => a - b).join()}`,
    );
  }
  return { told, compiled: machine.processor.compiledCounts };
}

type Method = (this: { readonly out: RegionEmitterOut }, ...parameters: readonly unknown[]) => unknown;
type RegionEmitterOut = { emit(name: string, value?: number): void };

/** By method of the emitter: what it does instead, given what it did. */
const FAULTS: readonly (readonly [string, string, (right: Method) => Method])[] = [
  [
    'pushMarks',
    'nothing is marked',
    () =>
      function () {
        this.out.emit('i32.const', 0);
      },
  ],
  [
    'pushMarks',
    'only the first byte is looked at',
    (right) =>
      function (address) {
        right.call(this, address, 1);
      },
  ],
];

describe('accesses beside watched bytes', function () {
  this.timeout(120_000);
  for (const [where, isPaged] of [
    ['in place', false],
    ['with paging', true],
  ] as const) {
    const right = run('interpreter', isPaged);
    for (const mode of ENGINE_MODES.filter((one) => one !== 'interpreter'))
      it(`${where}: what is told is the same, ${mode}`, () => {
        const { told, compiled } = run(mode, isPaged);
        assert.deepEqual(told, right.told);
        assert.ok(told.length > 5 * ROUNDS, String(told.length));
        assert.ok(compiled > (ROUNDS * COUNTS) / 4, String(compiled));
      });
    const methods = RegionEmitter.prototype as unknown as Record<string, Method>;
    for (const [name, what, plant] of FAULTS)
      it(`${where}: it is found out when ${what}`, () => {
        const rightMethod = methods[name];
        assert.ok(rightMethod !== undefined, `the emitter has no ${name}`);
        methods[name] = plant(rightMethod);
        try {
          assert.notDeepEqual(run('each', isPaged).told, right.told);
        } finally {
          methods[name] = rightMethod;
        }
      });
  }
});
