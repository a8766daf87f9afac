/** Every case of test/isa/*.txt, interpreted and compiled. */
import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ENGINE_MODES } from '../support/engines';
import { parseCases } from './case-file';
import { assemble, IsaRunner } from './runner';

describe('ISA cases', () => {
  const runners = ENGINE_MODES.map((mode) => ({ mode, runner: new IsaRunner(mode) }));
  const files = readdirSync(__dirname).filter((file) => file.endsWith('.txt'));
  for (const file of files) {
    describe(file, () => {
      const cases = parseCases(readFileSync(path.join(__dirname, file), 'utf8'));
      let code: readonly Uint8Array[] = [];
      before(() => {
        code = assemble(cases);
      });
      cases.forEach((one, i) => {
        it(`${one.name} (line ${one.line})`, () => {
          let end: IsaRunner['end'] | undefined;
          for (const { mode, runner } of runners) {
            const wrong = runner.run(
              one,
              code[i],
              mode === 'compiled' && one.fault === undefined && !one.dead ? end : undefined,
            );
            assert.deepEqual(
              wrong.map((text) => `${mode}: ${text}`),
              [],
            );
            end ??= runner.end;
          }
        });
      });
    });
  }

  describe('engines', () => {
    it('ran compiled code where they should', () => {
      // Most cases are about what is left to the interpreter.
      const least = { interpreter: 0, compiled: 15, each: 60, looped: 15 };
      for (const { mode, runner } of runners)
        assert.ok(runner.compiledCounts >= least[mode], `${mode}: ${runner.compiledCounts}`);
    });
  });
});
