/** Every example does what its README says: built from source as a person builds it, run as a program. */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { inRoot } from '../../scripts/lib/root';
import { Stepback } from '../support/stepback';
import { hasTool } from '../support/tools';
import { qemuScreen } from './qemu-screen';

/** What starts an example: a source that Stepback assembles, or a kernel that `make` builds. */
type Start = { readonly source: string } | { readonly kernel: string };

interface Example {
  readonly name: string;
  readonly start: Start;
  readonly args: readonly string[];
  /** What the text screen shows in the end. */
  readonly shows: RegExp;
}

const EXAMPLES: readonly Example[] = [
  { name: 'hello-boot', start: { source: 'boot.asm' }, args: ['--max-instructions', '3e6'], shows: /painted by hand/ },
  {
    name: 'protected-mode',
    start: { source: 'boot.asm' },
    // What is typed while the firmware still works is its own.
    args: ['--keys', ' typed', '--max-instructions', '8e6'],
    shows: /^Protected mode\. Type.* {2}0000\w{4}\n[\s\S]*typed/,
  },
  {
    name: 'fat12',
    start: { source: 'boot.asm' },
    args: ['--max-instructions', '4e6'],
    shows:
      /file on a FAT12 floppy[\s\S]*the second part, from cluster 4[\s\S]*the third part, from cluster 3\. That is all\./,
  },
  {
    name: 'multiboot-c',
    start: { kernel: 'build/kernel.elf' },
    args: ['--max-instructions', '4e6'],
    shows: /Memory: 639 KiB below, 31744 KiB above 1 MiB\.\nPrimes: 2 3 5 7 11 .* 89 97\n/,
  },
  {
    name: 'find-the-bug',
    start: { source: 'boot.asm' },
    args: ['--keys', 'Ada\\n', '--max-instructions', '4e6'],
    shows: /name\? Ada\nHello, Ada\nWhat is your name\?/,
  },
];

/** Its picture is held against what it should show, not its text. */
const MODE_13H = 'mode-13h';

describe('the examples', function () {
  this.timeout(90_000);
  let stepback: Stepback;

  before(async function () {
    if (!hasTool('nasm') || !hasTool('make')) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());

  const folder = (name: string): string => inRoot('examples', name);
  /** A copy, so that nothing is built in the repository. */
  const copy = (name: string): string => {
    const to = stepback.file(name);
    cpSync(folder(name), to, { recursive: true });
    return to;
  };

  it('are all here', () => {
    assert.deepEqual(
      [...EXAMPLES.map(({ name }) => name), MODE_13H].toSorted(),
      readdirSync(inRoot('examples')).toSorted(),
    );
  });

  for (const name of readdirSync(inRoot('examples'))) {
    it(`${name} has a README, and a launch.json that starts what is there`, () => {
      assert.match(readFileSync(path.join(folder(name), 'README.md'), 'utf8'), new RegExp(`^# ${name}\n`));
      const file = path.join(folder(name), '.vscode', 'launch.json');
      // The first one shows that none is needed.
      assert.equal(existsSync(file), name !== 'hello-boot');
      if (!existsSync(file)) return;
      const { configurations } = JSON.parse(readFileSync(file, 'utf8')) as {
        readonly configurations: readonly {
          readonly type: string;
          readonly program?: string;
          readonly build?: string;
        }[];
      };
      assert.ok(configurations.length > 0);
      for (const { type, program, build } of configurations) {
        assert.equal(type, 'stepback');
        if (program === undefined) assert.ok(build !== undefined);
        else assert.ok(existsSync(program.replace('${workspaceFolder}', folder(name))), program);
      }
    });
  }

  for (const { name, start, args, shows } of EXAMPLES) {
    it(`${name} shows what it should`, async () => {
      const at = copy(name);
      if ('kernel' in start) {
        const made = spawnSync('make', { cwd: at, encoding: 'utf8' });
        assert.equal(made.status, 0, made.stderr);
      }
      const what = 'kernel' in start ? ['--kernel', path.join(at, start.kernel)] : [path.join(at, start.source)];
      const { stdout, stderr } = await stepback.run(['run', ...what, ...args, '--screen-text']);
      assert.match(stdout, shows, stderr);
    });
  }

  it('fat12 shows on QEMU what it shows here', async function () {
    if (!hasTool('qemu-system-i386')) this.skip();
    const image = stepback.file('fat12.img');
    const made = spawnSync('nasm', ['-f', 'bin', '-o', image, path.join(folder('fat12'), 'boot.asm')]);
    assert.equal(made.status, 0);
    const wanted = 'That is all.';
    const theirs = await qemuScreen({ image, kind: 'floppy', wanted, scratch: stepback.file('page') });
    const { stdout } = await stepback.run(['run', image, '--until-screen', wanted, '--screen-text', '--timeout', '30']);
    const from = theirs.findIndex((line) => line.includes('This text comes from'));
    const ours = stdout.split('\n').map((line) => line.trimEnd());
    const first = ours.findIndex((line) => line.includes('This text comes from'));
    const text = (lines: readonly string[], at: number): string => lines.slice(at).join('\n').trim();
    assert.ok(from >= 0 && first >= 0);
    assert.equal(text(ours, first), text(theirs, from));
  });

  it(`${MODE_13H} burns from below: a picture of 320 x 200 in the colours of its palette`, async () => {
    const png = stepback.file('fire.png');
    const source = path.join(copy(MODE_13H), 'boot.asm');
    await stepback.run(['run', source, '--max-instructions', '8e7', '--screenshot', png]);
    const { width, height, data } = PNG.sync.read(readFileSync(png));
    /** Mean brightness of a row, 0 to 255. */
    const brightness = (row: number): number => {
      let sum = 0;
      for (let x = 0; x < width; x++)
        for (let part = 0; part < 3; part++) sum += data[(row * width + x) * 4 + part] ?? 0;
      return sum / width / 3;
    };
    assert.ok(width % 320 === 0 && height % 200 === 0, `${width} x ${height}`);
    const bottom = brightness(height - 4);
    assert.ok(bottom > 60, `hot below: ${bottom}`);
    assert.ok(brightness(10) < bottom / 3, 'cold above');
    // Hot is yellow and white, never blue alone: blue is the last part to rise.
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
      assert.ok(red >= green && green >= blue, `pixel ${at / 4}: ${red} ${green} ${blue}`);
    }
  });

  it('find-the-bug is found in the steps of its README', async () => {
    const source = path.join(copy('find-the-bug'), 'boot.asm');
    const hunt = 'continue 30; back-into; where; print word[ss:sp]; who word[ss:sp]; where; print di > bp';
    const { code, stdout } = await stepback.run(['debug', source, '--keys', 'Ada\\nWolfgang Amadeus\\n', '-e', hunt]);
    assert.equal(code, 0);
    assert.match(stdout, /about to execute nothing but zeros/);
    assert.match(stdout, /^boot\.asm:\d+ +ret\n/m);
    assert.match(stdout, /^0x7375/m, 'the letters u and s');
    assert.match(
      stdout,
      /by the instruction at [\s\S]*^boot\.asm:\d+ +stosb$[\s\S]*read_line[\s\S]*greet[\s\S]*^(1|true|0x1)/m,
    );
  });
});
