/** Tests of a session on a guest of test/guests/adapter: assembled once, launched anew for each test. */
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot } from '../../scripts/lib/root';
import { RealSession } from './real-session';
import { hasTool, runTool } from './tools';

/**
 * Sets up and ends the tests of a `describe` block.
 * @param guest name of the source without `.asm`
 * @returns gives the session of the test that runs, stopped at the guest's first instruction
 */
export function useGuest(guest: string): () => RealSession {
  let folder: string;
  let session: RealSession;

  before(function () {
    if (!hasTool('nasm')) this.skip();
    folder = mkdtempSync(path.join(tmpdir(), `stepback-${guest}-`));
    const source = inRoot('test', 'guests', 'adapter', `${guest}.asm`);
    runTool('nasm', ['-f', 'bin', '-o', `${guest}.bin`, '-l', `${guest}.lst`, source], folder);
  });
  after(() => folder !== undefined && rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    session = new RealSession();
    await session.initialize();
    await session.launchToStop({ program: path.join(folder, `${guest}.bin`), memory: '1M' });
  });
  afterEach(() => {
    session.end();
    assert.deepEqual(session.problems, []);
  });
  return () => session;
}
