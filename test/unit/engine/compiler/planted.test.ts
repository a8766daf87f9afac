/** Faults planted in the emitter, one at a time, are found by running random blocks beside the interpreter. */
import { strict as assert } from 'node:assert';
import { RegionEmitter } from '../../../../emulator/engine/compiler/emit';
import type { BinaryEmitter } from '../../../../emulator/engine/wasm/emitter';
import { stream } from '../operands';
import { randomProgram, randomState } from './random-programs';
import { RegionHarness } from './region-harness';

const PROGRAMS = 400;

type Method = (...parameters: readonly unknown[]) => unknown;
interface Planting {
  readonly out: BinaryEmitter;
  isHalved(offset: unknown): boolean;
}

/** By method of the emitter: what it does instead, given what it did. */
const FAULTS: readonly (readonly [string, string, (self: Planting, right: Method) => Method])[] = [
  [
    'pushCarry',
    'the carry is inverted',
    (self, right) => () => {
      right.call(self);
      self.out.emit('i32.eqz');
    },
  ],
  ['cut', 'narrow values keep what lies above them', () => () => undefined],
  ['keepFlags', 'condition codes stay in locals', () => () => undefined],
  ['takeFlags', 'condition codes are not fetched', () => () => undefined],
  ['spillPromoted', 'registers stay in locals', () => () => undefined],
  ['takeHalves', 'registers of two halves begin with all of it in the lower', () => () => undefined],
  [
    'pushWhole',
    'registers of two halves lose the upper one',
    (self, right) => (offset) => {
      right.call(self, offset);
      if (!self.isHalved(offset)) return;
      self.out.emit('i32.const', 0xffff);
      self.out.emit('i32.and');
    },
  ],
  ['spillOverlapped', 'wide accesses see old registers', () => () => () => undefined],
  ['deferCarries', 'the carries of sums and differences are older ones', () => () => undefined],
  ['setKind', 'all condition codes are plain values', (self, right) => () => right.call(self, 0)],
  [
    'branchApart',
    'accesses of a group are never checked each by itself',
    (self, right) =>
      (...parameters) => {
        const { out } = self;
        const emit = out.emit.bind(out);
        out.emit = (name, ...rest) => {
          if (name === 'br_if') emit('drop');
          else emit(name, ...rest);
        };
        right.call(self, ...parameters);
        out.emit = emit;
      },
  ],
  [
    'branchApart',
    'a group is looked at in part only',
    (self, right) => (address, span) => right.call(self, address, { ...(span as object), bytes: 1 }),
  ],
  [
    'assignPart',
    'a write to a part of a register clears the rest',
    (self, right) => (offset, width, local, compute) => {
      right.call(self, offset, width, local, compute);
      self.out.emit('local.get', local as number);
      self.out.emit('i32.const', 0xff);
      self.out.emit('i32.and');
      self.out.emit('local.set', local as number);
    },
  ],
  ['exitHere', 'an exit gives too much fuel back', (self, right) => () => Number(right.call(self)) + 1],
];

/** Whether any random program gives something else in compiled code. */
function isFound(engine: RegionHarness): boolean {
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const next = stream(seed * 0x51ed);
    engine.compile(randomProgram(next).block, { inPlace: (seed & 2) === 0 });
    randomState(engine, next);
    engine.grant(() => (seed & 1) === 0 || (next() & 0x300) !== 0);
    if (engine.compare({ ram: true, whole: (seed & 1) === 0 }).length > 0) return true;
  }
  return false;
}

describe('compiled code beside the interpreter: a fault in the emitter is found', function () {
  this.timeout(60_000);
  const engine = new RegionHarness();
  const methods = RegionEmitter.prototype as unknown as Record<string, Method>;

  it('and nothing where there is none', () => assert.equal(isFound(engine), false));

  for (const [name, what, plant] of FAULTS) {
    it(`${what} (${name})`, () => {
      const right = methods[name];
      assert.ok(right !== undefined, `the emitter has no ${name}`);
      methods[name] = function (this: Planting, ...parameters: readonly unknown[]) {
        return plant(this, right)(...parameters);
      };
      try {
        assert.equal(isFound(engine), true);
      } finally {
        methods[name] = right;
      }
    });
  }
});
