/** Assembling at the start: the image is made of the source, and what is wrong with it is told on its lines. */
import { strict as assert } from 'node:assert';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ProblemsEventBody } from '../../debug-adapter/protocol/messages';
import { assemblerOf } from '../../debug-adapter/protocol/assemblers';
import { inRoot } from '../../scripts/lib/root';
import { RealSession } from '../support/real-session';
import { hasTool } from '../support/tools';

/** The same boot sector for each assembler: sets AX at 7C00h and stays at 7C03h. */
const SOURCES = {
  nasm: ['boot.asm', 'org 0x7c00\nbits 16\nstart: mov ax, 0x1234\nhere: jmp here\ntimes 510-($-$$) db 0\ndw 0xaa55\n'],
  yasm: ['boot.asm', 'org 0x7c00\nbits 16\nstart: mov ax, 0x1234\nhere: jmp here\ntimes 510-($-$$) db 0\ndw 0xaa55\n'],
  fasm: ['boot.asm', 'org 7c00h\nuse16\nstart: mov ax, 1234h\nhere: jmp here\ntimes 510-($-$$) db 0\ndw 0aa55h\n'],
  gas: ['boot.s', '.code16\n.globl start\nstart: mov $0x1234, %ax\nhere: jmp here\n.org 510\n.word 0xaa55\n'],
} as const;

/** Line 4 is wrong for every one of them. */
const BROKEN = {
  nasm: SOURCES.nasm[1].replace('jmp here', 'jmpp here, 2'),
  yasm: SOURCES.yasm[1].replace('jmp here', 'jmpp here, 2'),
  fasm: SOURCES.fasm[1].replace('jmp here', 'jmpp here, 2'),
  gas: SOURCES.gas[1].replace('jmp here', 'jmpp here, 2'),
} as const;

describe('building at the start', function () {
  this.timeout(60_000);
  let folder: string;
  let session: RealSession;
  const outer = process.env['STEPBACK_STORAGE'];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'stepback-build-'));
    process.env['STEPBACK_STORAGE'] = path.join(folder, 'storage');
    session = new RealSession();
    await session.initialize();
  });
  afterEach(() => {
    session.end();
    if (outer === undefined) delete process.env['STEPBACK_STORAGE'];
    else process.env['STEPBACK_STORAGE'] = outer;
    rmSync(folder, { recursive: true, force: true });
  });

  const source = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const problems = (): ProblemsEventBody['problems'] => {
    const events = session.client.events.filter(({ event }) => event === 'stepback.problems');
    return (events.at(-1)?.body as ProblemsEventBody | undefined)?.problems ?? [];
  };

  for (const id of ['nasm', 'yasm', 'fasm', 'gas'] as const) {
    describe(id, () => {
      before(function () {
        if (!hasTool(id === 'gas' ? 'as' : id)) this.skip();
      });

      it('assembles, starts, and leaves nothing beside the source', async () => {
        const [name, text] = SOURCES[id];
        const program = source(name, text);
        await session.launchToStop({ program, assembler: id });
        await session.client.run('next', { granularity: 'instruction' });
        const { result } = await session.client.request<{ result: string }>('evaluate', {
          expression: 'ax',
          context: 'repl',
        });
        assert.match(result, /0x1234/);
        assert.deepEqual(readdirSync(folder).toSorted(), [name, 'storage'].toSorted());
        assert.deepEqual(problems(), []);
      });

      it('tells an error on its line, and does not start', async () => {
        const program = source(SOURCES[id][0], BROKEN[id]);
        await assert.rejects(session.launch({ program, assembler: id }), /could not be assembled: boot\.(asm|s):4: /);
        const [first] = problems();
        assert.deepEqual([first?.file, first?.line, first?.severity], [program, 4, 'error']);
      });
    });
  }

  it('knows what a source is written for', () => {
    assert.equal(assemblerOf('boot.S', ''), 'gas');
    assert.equal(assemblerOf('boot.asm', SOURCES.nasm[1]), 'nasm');
    assert.equal(assemblerOf('boot.asm', SOURCES.fasm[1]), 'fasm');
    assert.equal(assemblerOf('boot.asm', 'format binary\n'), 'fasm');
  });

  describe('with NASM', () => {
    before(function () {
      if (!hasTool('nasm')) this.skip();
    });

    it('shows the lines of the source where it lies, with includes beside it', async () => {
      source('set.inc', 'mov ax, 0x1234\n');
      const program = source(
        'boot.asm',
        SOURCES.nasm[1].replace('start: mov ax, 0x1234', 'start:\n%include "set.inc"'),
      );
      await session.launchToStop({ program });
      const { stackFrames } = await session.client.request<{
        stackFrames: { line: number; source?: { path: string } }[];
      }>('stackTrace', { threadId: 1 });
      assert.equal(stackFrames[0]?.source?.path, path.join(folder, 'set.inc'));
      assert.equal(stackFrames[0]?.line, 1);
    });

    it('assembles again at a restart, and keeps the old machine where that fails', async () => {
      const program = source('boot.asm', SOURCES.nasm[1]);
      await session.launchToStop({ program });
      writeFileSync(program, BROKEN.nasm);
      await assert.rejects(session.client.request('restart', {}), /boot\.asm:4/);
      assert.equal(problems().length, 1);
      writeFileSync(program, SOURCES.nasm[1].replace('0x1234', '0x4321'));
      const stopped = session.client.next('stopped');
      await session.client.request('restart', {});
      await stopped;
      assert.deepEqual(problems(), [], 'the error is gone');
      await session.client.run('next', { granularity: 'instruction' });
      const { result } = await session.client.request<{ result: string }>('evaluate', {
        expression: 'ax',
        context: 'repl',
      });
      assert.match(result, /0x4321/);
    });

    it('starts the example from its source', async () => {
      const program = path.join(folder, 'boot.asm');
      copyFileSync(inRoot('examples', 'hello-boot', 'boot.asm'), program);
      await session.launchToStop({ program });
      assert.match(session.console('console'), /Lines of boot\.asm from boot\.lst/);
      assert.deepEqual(readdirSync(folder).toSorted(), ['boot.asm', 'storage'], 'its map directive writes elsewhere');
    });
  });

  it('says which assembler is missing and how to get it', async () => {
    const program = source('boot.asm', SOURCES.nasm[1]);
    const { PATH } = process.env;
    process.env['PATH'] = folder;
    try {
      await assert.rejects(
        session.launch({ program }),
        /assembled with NASM, but nasm is not installed\. .*apt-get install nasm/,
      );
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('runs the build command in its folder, and shows what it prints', async () => {
    const image = inRoot('examples', 'hello-boot', 'boot.bin');
    const build = `cp "${image}" made.img && echo built it`;
    await session.launchToStop({ program: path.join(folder, 'made.img'), build, buildFolder: folder });
    assert.ok(existsSync(path.join(folder, 'made.img')));
    assert.match(session.console('stdout'), /built it/);
  });

  it('does not start where the build command fails, and tells its lines', async () => {
    const build = 'echo "main.c:7:3: error: no such thing"; exit 3';
    await assert.rejects(
      session.launch({ program: path.join(folder, 'none.img'), build, buildFolder: folder }),
      /The build command ".*" ended with 3/,
    );
    assert.deepEqual(problems(), [
      { file: path.join(folder, 'main.c'), line: 7, severity: 'error', message: 'no such thing' },
    ]);
    assert.match(session.console('stderr'), /no such thing/);
  });
});
