/** Every case of test/isa/*.txt, on the interpreter. */
import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseCases } from './case-file';
import { assemble, IsaRunner } from './runner';

describe('ISA cases', () => {
  const runner = new IsaRunner();
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
          assert.deepEqual(runner.run(one, code[i]), []);
        });
      });
    });
  }
});
