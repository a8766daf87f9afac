/** A sample of random programs on both engines, a third of them each with paging and in real mode; `npm run test:engines` runs as many as you like. */
import { strict as assert } from 'node:assert';
import { BlockCache } from '../../emulator/engine/block-cache';
import { ENGINE_MODES } from '../support/engines';
import { check, compare } from './compare';
import { makeProgram } from './program';

const PROGRAMS = 6;
const SEED = 20_261_128;

describe('random programs, interpreted and compiled', function () {
  this.timeout(120_000);
  for (const mode of ENGINE_MODES) {
    if (mode === 'interpreter') continue;
    it(mode, () => {
      let compiled = 0;
      let counts = 0;
      for (let n = 0; n < PROGRAMS; n++) {
        const found = check(SEED + n, mode);
        assert.equal(found.difference, undefined);
        compiled += found.compiled;
        counts += found.counts;
      }
      assert.ok(compiled > counts / 2, `only ${compiled} of ${counts} counts ran compiled`);
    });
  }
});

/** Most programs that are run until a planted fault is found. */
const MOST_PROGRAMS = 20;

type Method = (this: BlockCache, ...parameters: readonly unknown[]) => unknown;

/** By method of the cache of translated blocks: what it gives instead. */
const FAULTS: readonly (readonly [string, string, unknown])[] = [
  ['holds', 'a suspended block is linked in without a look at its bytes', true],
  ['suspend', 'blocks whose bytes are written stay', undefined],
];

describe('random programs that patch themselves find what is planted', function () {
  this.timeout(120_000);
  const methods = BlockCache.prototype as unknown as Record<string, Method>;
  for (const [name, what, wrong] of FAULTS) {
    it(`${what} (${name})`, () => {
      const right = methods[name];
      assert.ok(right !== undefined, `the cache has no ${name}`);
      // The interpreter alone, with which it is compared, does the right thing.
      methods[name] = function (this: BlockCache, ...parameters) {
        return this.threshold === 0 ? right.apply(this, [...parameters]) : wrong;
      };
      try {
        let found = false;
        for (let n = 0; !found && n < MOST_PROGRAMS; n++)
          found = compare(makeProgram(SEED + n), 'compiled').difference !== undefined;
        assert.ok(found);
      } finally {
        methods[name] = right;
      }
    });
  }
});
