/** How the command line ends, and its commands beside `run`. */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { FONT_CP437_8X16 } from '../../emulator/generated/font-cp437';
import { inRoot } from '../../scripts/lib/root';
import { Stepback } from '../support/stepback';
import { hasTool, runTool } from '../support/tools';

const EXAMPLE = inRoot('examples', 'hello-boot', 'boot.bin');
/** Cells of the text screen in pixels: nine columns, the ninth blank but for line drawing. */
const CELL = { width: 9, height: 16 } as const;
/** Colours 0, 1, 7 and 14 of the CGA palette. */
const COLOURS = { black: '000000', blue: '0000aa', grey: 'aaaaaa', yellow: 'ffff55' } as const;

describe('the command line', function () {
  this.timeout(90_000);
  let stepback: Stepback;

  before(async function () {
    if (!hasTool('nasm')) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());

  const file = (name: string, bytes: Uint8Array): string => {
    const at = stepback.file(name);
    writeFileSync(at, bytes);
    return at;
  };

  describe('ends with', () => {
    /** What is wrong, the arguments, and what standard error must say. */
    const BAD_USAGE: readonly (readonly [string, () => readonly string[], RegExp])[] = [
      [
        'an option that is not there',
        () => ['run', EXAMPLE, '--memry', '1M'],
        /unknown option '--memry'[\s\S]*--memory/,
      ],
      ['a command that is not there', () => ['rum'], /unknown command 'rum'/],
      ['nothing to run', () => ['run'], /There is nothing to run/],
      ['no such image', () => ['run', 'none.img'], /none\.img can not be opened: There is no such file/],
      ['an empty image', () => ['run', file('empty.img', new Uint8Array(0))], /The file is empty/],
      ['a folder', () => ['run', stepback.folder], /is a folder/],
      [
        'an ELF file for another machine',
        () => {
          const elf = Buffer.alloc(64);
          elf.write('\x7fELF\x02\x01\x01', 'latin1');
          elf.writeUInt16LE(2, 16);
          elf.writeUInt16LE(62, 18);
          return ['run', file('other.elf', elf)];
        },
        /only 32-bit i386 programs run/,
      ],
      [
        'a truncated ELF file',
        () => {
          const elf = stepback.guest('elf');
          truncateSync(elf, 40);
          return ['run', elf];
        },
        /elf\.img can not be started|ELF/,
      ],
      ['a size that is none', () => ['run', EXAMPLE, '--memory', 'lots'], /--memory: expected a size/],
      [
        'a file that can not be written',
        () => ['run', EXAMPLE, '--trace', path.join('no', 'folder')],
        /there is no such folder/,
      ],
      ['a chip that is not there', () => ['machines', 'pc', 'sid'], /has no chip 'sid'/],
      ['an address that is none', () => ['ir', EXAMPLE, 'here'], /here/],
    ];
    for (const [what, args, says] of BAD_USAGE) {
      it(`2 for ${what}`, async () => {
        const { code, stderr, stdout } = await stepback.run(args());
        assert.deepEqual([code, stdout], [2, ''], stderr);
        assert.match(stderr, says);
        assert.doesNotMatch(stderr, /\n +at /, 'no stack of ours');
      });
    }

    it('4 and a sentence at a dead end', async () => {
      const halt = await stepback.run(['run', stepback.guest('dead-halt')]);
      assert.equal(halt.code, 4);
      assert.match(halt.stderr, /HLT with interrupts disabled/);
      const triple = await stepback.run(['run', stepback.guest('triple')]);
      assert.equal(triple.code, 4);
      assert.match(triple.stderr, /Triple fault/);
    });

    it('130 when it is interrupted, with what was asked for at the end', async () => {
      const args = ['run', stepback.guest('probe'), '--serial', 'stdio', '--digest'];
      const { code, stdout, stderr } = await stepback.run(args, { signal: { name: 'SIGINT', after: 'cpu=' } });
      assert.equal(code, 130, stderr);
      assert.match(stderr, /interrupted/);
      assert.match(stdout, /^digest: [0-9a-f]{32}$/m);
    });

    it('70 and a request to report it for a fault of its own', () => {
      // Provoked from outside: the engine can not be compiled.
      const broken = stepback.file('broken.cjs');
      writeFileSync(broken, "WebAssembly.Module = function () { throw new TypeError('provoked'); };");
      const { status, stderr } = spawnSync(process.execPath, ['--require', broken, stepback.program, 'run', EXAMPLE], {
        encoding: 'utf8',
      });
      assert.equal(status, 70, stderr);
      assert.match(stderr, /a fault of Stepback itself, please report it:\nTypeError: provoked\n +at /);
    });

    it('no crash when nobody reads any more', () => {
      const { stdout, stderr, status } = spawnSync(
        'sh',
        [
          '-c',
          `"${process.execPath}" "${stepback.program}" run "${stepback.guest('probe')}" --serial stdio --timeout 3 | head -c 4`,
        ],
        { encoding: 'latin1' },
      );
      assert.deepEqual([stdout, status], ['cpu=', 0]);
      assert.doesNotMatch(stderr, /EPIPE|\n +at /);
    });
  });

  it('prints the same digest in two processes, keys and all', async () => {
    const run = () =>
      stepback.run([
        'run',
        EXAMPLE,
        '--keys',
        'Hi\\n',
        '--max-instructions',
        '2923000',
        '--digest',
        '--serial',
        'stdio',
      ]);
    const [one, two] = await Promise.all([run(), run()]);
    assert.match(one.stdout, /digest: [0-9a-f]{32}\ninstructions: 2923000/);
    assert.equal(one.stdout, two.stdout);
  });

  it('paints a screenshot from the font and the attributes', async () => {
    const png = stepback.file('screen.png');
    await stepback.run(['run', EXAMPLE, '--max-instructions', '2e6', '--screenshot', png]);
    const { width, data } = PNG.sync.read(readFileSync(png));
    const pixel = (x: number, y: number): string =>
      data
        .subarray((y * width + x) * 4)
        .subarray(0, 3)
        .toString('hex');
    /** A cell must be its character's glyph in these colours. */
    const cell = (column: number, row: number, character: string, ink: string, paper: string): void => {
      const glyph = FONT_CP437_8X16.slice(character.charCodeAt(0) * 16, character.charCodeAt(0) * 16 + 16);
      for (let y = 0; y < CELL.height; y++) {
        for (let x = 0; x < CELL.width; x++) {
          const lit = x < 8 && (((glyph[y] ?? 0) >> (7 - x)) & 1) === 1;
          const at = `${character} at ${column},${row}: pixel ${x},${y}`;
          assert.equal(pixel(column * CELL.width + x, row * CELL.height + y), lit ? ink : paper, at);
        }
      }
    };
    'Hello'.split('').forEach((character, n) => cell(n, 0, character, COLOURS.grey, COLOURS.black));
    // The example paints row 4 by itself, yellow on blue.
    const rows = (await stepback.run(['run', EXAMPLE, '--max-instructions', '2e6', '--screen-text'])).stdout.split(
      '\n',
    );
    const painted = rows[4] ?? '';
    const column = painted.search(/\S/);
    assert.ok(column >= 0, 'something is painted in row 4');
    cell(column, 4, painted[column] ?? '', COLOURS.yellow, COLOURS.blue);
  });

  it('dap answers over standard input and output, and ends with its client', async () => {
    const request = JSON.stringify({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'x' } });
    const frame = (text: string): string => `Content-Length: ${text.length}\r\n\r\n${text}`;
    const { stdout, code } = await stepback.run(['dap'], { pipe: frame(request) });
    assert.equal(code, 0);
    assert.match(stdout, /^Content-Length: \d+\r\n\r\n\{.*"command":"initialize","success":true/);
  });

  it("disassemble takes a boot sector apart as NASM's own disassembler does", async () => {
    const COUNT = 12;
    const { stdout } = await stepback.run(['disassemble', EXAMPLE, '--count', String(COUNT)]);
    const ours = stdout
      .trimEnd()
      .split('\n')
      .map((line) => `${line.slice(0, 4)} ${line.slice(6, 32).replaceAll(' ', '')}`);
    const oracle = runTool('ndisasm', ['-b16', '-o0x7c00', EXAMPLE], stepback.folder)
      .split('\n')
      .slice(0, COUNT)
      .map((line) => `${line.slice(4, 8)} ${line.slice(10).split(' ')[0]}`);
    assert.deepEqual(ours, oracle);
    const gas = await stepback.run(['disassemble', EXAMPLE, '--count', '1', '--syntax', 'gas']);
    assert.match(gas.stdout, /xor %ax, ?%ax/);
  });

  it('ir shows bytes, IR and wasm of a block', async () => {
    const { stdout } = await stepback.run(['ir', EXAMPLE, '0000:7c00']);
    assert.match(stdout, /0000:7C00 {2}31 C0 +xor ax, ax/);
    assert.match(stdout, /t0 = xor\.16 \[EAX\], \[EAX\]/);
    assert.match(stdout, /i32\.xor/);
  });

  describe('ir --compiled', () => {
    const LOOP = '0000:7c0b';

    it('shows a region as instructions, nodes before and behind the passes, and wasm', async () => {
      const { stdout, code, stderr } = await stepback.run(['ir', stepback.guest('compute'), LOOP, '--compiled']);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^; region at 0000:7C0B, 16-bit real, 80386: \d+ blocks, \d+ instructions, \d+ nodes\n/);
      assert.match(
        stdout,
        /; block at 0000:7C0B\n.*add ebx, ecx\n.*xor edx, ebx\n.*rol edx, 3\n.*dec ecx\n.*jne short/,
      );
      const [, node = ''] = /^; (N0 [^]*?)\n\n/m.exec(stdout) ?? [];
      assert.match(node, /^N0 of the block at 7C0Bh; entry; .*; takes 5; leads to N\d+ if t\d+, else to N\d+\n/);
      const [built = '', improved = ''] = node.split('; behind the passes');
      // Nobody sees the carries of the ADD.
      assert.match(built, /\[flags\.carries\] = carries_add\.32 \[EBX\], \[ECX\]/);
      assert.doesNotMatch(improved, /carries_add/);
      const wasm = stdout.slice(stdout.indexOf('; wasm'));
      assert.match(wasm, /local\.get EBX\n +local\.get ECX\n +i32\.add\n/);
      assert.match(wasm, /local\.get fuel\n +i32\.const 5\n +i32\.sub\n +local\.set fuel\n/);
      assert.match(wasm, /return_call leave\n/);
      assert.doesNotMatch(wasm, /i32\.load offset=\d+$/m, 'every place has a name');
    });

    it('takes in what has run: nothing else when the guest has just come there', async () => {
      const args = ['ir', stepback.guest('compute'), LOOP, '--compiled', '--warm-up', '0'];
      const { stdout } = await stepback.run(args);
      assert.match(stdout, /^; region .*: 1 block, 5 instructions, /);
      assert.match(stdout, /leads to the block at 7C19h, by its link/);
    });
  });

  it('machines shows boards, chips, registers and fields', async () => {
    assert.match((await stepback.run(['machines'])).stdout, /^pc +PC\/AT[\s\S]* com1 +16550A/m);
    const { stdout } = await stepback.run(['machines', 'pc', 'com1']);
    assert.match(stdout, /LCR +8 bits[\s\S]*DLAB/);
    assert.match((await stepback.run(['machines', 'pc', 'cpu'])).stdout, /EFLAGS +32 bits[\s\S]*\bCF\b/);
  });

  it('proof shows that the main job works', async () => {
    const { code, stdout, stderr } = await stepback.run(['proof', EXAMPLE]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /ran \d[\d ,.]* instructions to its message; 100 steps forward, 100 back, digests equal/);
  });

  for (const command of ['run', 'dap', 'disassemble', 'ir', 'machines']) {
    it(`${command} --help`, async () => {
      const { code, stdout } = await stepback.run([command, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^Usage: stepback ${command}`));
    });
  }
});
