import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Stepback } from '../support/stepback';

/** Notes each module that is asked for, and says so at the end. */
const HOOK = `
const Module = require('node:module');
const load = Module._load;
const asked = new Set();
Module._load = function (request, parent, isMain) {
  asked.add(request.startsWith('node:') ? request : Module._resolveFilename(request, parent, isMain));
  return load.apply(this, arguments);
};
process.on('exit', () => require('node:fs').writeFileSync(process.env.LOADED, JSON.stringify([...asked])));
`;
/** Bundles that a run may read until the first instruction of the guest. */
const MOST_BYTES = 1_100_000;
/** Modules of Node each of which would take milliseconds. */
const LATE = ['node:child_process', 'node:crypto', 'node:net', 'node:zlib', 'node:readline', 'node:worker_threads'];

describe('what the command line loads', function () {
  this.timeout(120_000);
  let stepback: Stepback;
  let hook = '';
  let guest = '';
  before(async () => {
    stepback = await Stepback.build();
    hook = stepback.file('hook.cjs');
    writeFileSync(hook, HOOK);
    // JMP to itself.
    guest = stepback.file('loop.img');
    writeFileSync(guest, Uint8Array.of(0xeb, 0xfe));
  });
  after(() => stepback.dispose());

  /** Bundles and modules of Node, in the order in which they are asked for. */
  function loaded(...args: readonly string[]): {
    readonly bundles: readonly string[];
    readonly modules: readonly string[];
  } {
    const file = stepback.file('loaded.json');
    spawnSync(process.execPath, ['--require', hook, stepback.program, ...args], {
      env: { ...process.env, LOADED: file },
      cwd: stepback.folder,
    });
    const asked = JSON.parse(readFileSync(file, 'utf8')) as readonly string[];
    return {
      bundles: asked.filter((name) => path.isAbsolute(name)).map((name) => path.basename(name)),
      modules: asked.filter((name) => name.startsWith('node:')),
    };
  }

  it('for a run is what the run needs', () => {
    const { bundles, modules } = loaded('run', guest, '--max-instructions', '1');
    assert.deepEqual(bundles, ['stepback.js', 'stepback-run.js']);
    assert.deepEqual(
      modules.filter((name) => LATE.includes(name)),
      [],
    );
    const sizes = bundles.map((name) => statSync(path.join(path.dirname(stepback.program), name)).size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(bytes < MOST_BYTES, `${bytes} bytes of program`);
  });

  it('for a run that shows its instructions and its screen are the packages for that, too', () => {
    const { bundles } = loaded(
      'run',
      guest,
      '--max-instructions',
      '9',
      '--trace',
      'trace.txt',
      '--screenshot',
      's.png',
    );
    assert.deepEqual(bundles, ['stepback.js', 'stepback-run.js', 'iced-x86.js', 'pngjs.js']);
  });

  it('for the version and for help is no machine', () => {
    for (const args of [['--version'], ['--help'], ['nonsense']])
      assert.deepEqual(loaded(...args).bundles, ['stepback.js', 'stepback-help.js']);
    assert.deepEqual(loaded('help', 'dap').bundles, ['stepback.js', 'stepback-dap.js']);
  });

  it('for the debug adapter is the adapter, and no command line of others', () => {
    assert.deepEqual(loaded('dap').bundles, ['stepback.js', 'stepback-dap.js', 'adapter.js']);
  });
});
