/** What the pages show in a shell works: each block is run as a person pastes it, beside the example's files. */
import { spawnSync } from 'node:child_process';
import { strict as assert } from 'node:assert';
import { chmodSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../../scripts/lib/root';
import { pages } from '../support/docs';
import { Stepback } from '../support/stepback';

const PATIENCE = 60_000;
const EXAMPLE = ['boot.asm', 'boot.bin', 'boot.lst', 'boot.map'] as const;

/** Whether the lines of a text stand in another one, in their order. */
function isPart(text: string, whole: string): boolean {
  const lines = whole.split('\n');
  let at = -1;
  return text
    .trimEnd()
    .split('\n')
    .every((wanted) => {
      at = lines.indexOf(wanted, at + 1);
      return at >= 0;
    });
}

describe('what the pages show in a shell', function () {
  this.timeout(120_000);
  let stepback: Stepback;
  let bin: string;
  const env = (): NodeJS.ProcessEnv => ({
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
  });

  before(async () => {
    stepback = await Stepback.build();
    bin = stepback.file('bin');
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'stepback'), `#!/bin/sh\nexec "${process.execPath}" "${stepback.program}" "$@"\n`);
    chmodSync(path.join(bin, 'stepback'), 0o755);
  });
  after(() => stepback?.dispose());

  /** A folder as the pages take it: the example's files, an image, and the examples. */
  function reader(name: string): string {
    const folder = stepback.file(name);
    mkdirSync(folder);
    for (const file of EXAMPLE) copyFileSync(inRoot('examples', 'hello-boot', file), path.join(folder, file));
    copyFileSync(inRoot('examples', 'hello-boot', 'boot.bin'), path.join(folder, 'boot.img'));
    cpSync(inRoot('examples'), path.join(folder, 'examples'), { recursive: true });
    return folder;
  }

  for (const [number, page] of pages().entries()) {
    const shells = page.blocks.filter(({ language, words }) => language === 'sh' && !words.includes('shown'));
    if (shells.length === 0) continue;
    it(page.path, () => {
      const folder = reader(String(number));
      // A program that the page has in full, to be saved under the name it says.
      for (const { language, words, text } of page.blocks) {
        const name = words.find((word) => word.endsWith('.asm')) ?? 'hello.asm';
        if (language === 'nasm') writeFileSync(path.join(folder, name), text);
      }
      let printed = '';
      for (const { text } of shells) {
        const ran = spawnSync('sh', ['-e', '-c', text], {
          cwd: folder,
          env: env(),
          stdio: ['ignore', 'pipe', 'pipe'],
          encoding: 'utf8',
          timeout: PATIENCE,
        });
        assert.equal(ran.status, 0, `${text}\n${ran.stdout}\n${ran.stderr}`);
        printed += `${ran.stdout}\n`;
      }
      // What the page says that they print, in part.
      for (const { words, text } of page.blocks)
        if (words.includes('output')) assert.ok(isPart(text, printed), `not printed:\n${text}\n${printed}`);
    });
  }
});
