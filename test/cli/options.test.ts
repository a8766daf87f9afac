import { strict as assert } from 'node:assert';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PNG } from 'pngjs';
import { type OptionName, optionsOf } from '../../debug-adapter/protocol/options';
import { inRoot } from '../../scripts/lib/root';
import { type Finished, Stepback } from '../support/stepback';
import { hasTool } from '../support/tools';

interface Stats {
  readonly end: string;
  readonly exitCode: number;
  readonly instructions: number;
  readonly snapshots: number;
  readonly historyBytes: number;
  readonly engine: string;
  readonly machine: string;
}

/** Those about the engine and the history. */
interface Figures extends Stats {
  readonly compiled: number;
  readonly bulk: number;
  readonly interpreted: number;
  readonly compiledShare: number;
  readonly exits: number;
  readonly sideExits: number;
  readonly regions: number;
  readonly regionsCompiled: number;
  readonly regionsDropped: number;
  readonly compiledGuestInstructions: number;
  readonly modules: number;
  readonly wasmBytes: number;
  readonly compileSeconds: number;
  readonly snapshotsTaken: number;
  readonly snapshotSpacing: number;
  readonly snapshotSeconds: number;
}

/** A floppy of 1.44 MB or a disk with the text at the start of its second sector. */
function medium(path: string, text: string, bytes: number): string {
  const image = Buffer.alloc(bytes);
  image.write(text, 512, 'latin1');
  writeFileSync(path, image);
  return path;
}

const statsOf = ({ stdout }: Finished): Stats => JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Stats;
const instructionsOf = ({ stdout }: Finished): number => Number(/^instructions: (\d+)$/m.exec(stdout)?.[1]);

describe('every option of stepback run has its effect', function () {
  this.timeout(90_000);
  let stepback: Stepback;
  let probe: string;

  /** The probe's report on its serial port, the machine ended by a typed x. */
  const report = async (...args: string[]): Promise<string> => {
    const { stdout, code, stderr } = await stepback.run(['run', probe, '--serial', 'stdio', '--keys', 'x', ...args]);
    assert.equal(code, 0x21, stderr);
    return stdout;
  };

  before(async function () {
    if (!hasTool('nasm')) this.skip();
    stepback = await Stepback.build();
    probe = stepback.guest('probe');
  });

  after(() => stepback?.dispose());

  const EFFECTS: Readonly<Record<string, () => Promise<void>>> = {
    async program() {
      assert.match(await report(), /^cpu=80386 .* drive=00 /);
    },
    async machine() {
      assert.equal(
        statsOf(await stepback.run(['run', probe, '--machine', 'pc', '--keys', 'x', '--stats'])).machine,
        'pc',
      );
      const { code, stderr } = await stepback.run(['run', probe, '--machine', 'vax']);
      assert.deepEqual([code, stderr], [2, 'stepback: --machine: expected "pc", got "vax".\n']);
    },
    async cpu() {
      // Each sees of 32 MiB what its address lines reach: KiB above 1 MiB, the top 64 KiB being the ROM's.
      const EXTENDED = { 8086: '0000', 80286: '3bc0', 80386: '7c00' };
      for (const [cpu, extended] of Object.entries(EXTENDED)) {
        assert.match(await report('--cpu', cpu), new RegExp(`^cpu=${cpu} extended=${extended} `));
      }
    },
    async memory() {
      assert.match(await report('--memory', '3M'), / extended=0800 /);
      assert.match(await report('--memory', '640K'), / extended=0000 /);
      const { code, stderr } = await stepback.run(['run', probe, '--memory', '5K']);
      assert.equal(code, 2);
      assert.match(stderr, /at least 64 KiB/);
    },
    async floppy() {
      // The image itself is in drive A, so this one is in B.
      const path = medium(stepback.file('floppy.img'), 'FLOP', 1_474_560);
      assert.match(await report('--floppy', path), / b=FLOP /);
    },
    async disk() {
      const path = medium(stepback.file('disk.img'), 'DISK', 4 << 20);
      const before = readFileSync(path);
      assert.match(await report('--disk', path), / disks=01 .* c=DISK$/m);
      assert.deepEqual(readFileSync(path), before);
    },
    async kernel() {
      const { code, stdout } = await stepback.run(['run', '--kernel', stepback.guest('kernel'), '--debugcon', 'stdio']);
      assert.deepEqual([code, stdout], [1, 'multiboot as promised\n']);
    },
    async modules() {
      const text = (name: string): string => {
        writeFileSync(stepback.file(name), `text of ${name}`);
        return stepback.file(name);
      };
      const [first, second] = [text('one.txt'), text('two words.txt')];
      const modules = ['--modules', `${first} with arguments`, '--modules', `"${second}"`];
      const kernel = stepback.guest('modules');
      const { stdout, stderr } = await stepback.run(['run', kernel, '--debugcon', 'stdio', ...modules]);
      assert.equal(stdout, `${first} with arguments=text of one.txt\n"${second}"=text of two words.txt\n`, stderr);
      const refused = await stepback.run(['run', probe, '--modules', first]);
      assert.deepEqual([refused.code, /no Multiboot kernel/.test(refused.stderr)], [2, true]);
    },
    async boot() {
      const disk = stepback.file('bootable.img');
      writeFileSync(disk, Buffer.concat([readFileSync(probe), Buffer.alloc(4 << 20)]));
      assert.match(await report('--disk', disk, '--boot', 'disk'), / drive=80 /);
      assert.match(await report('--disk', disk, '--boot', 'menu', '--keys', '2x'), / drive=80 /);
      assert.match(await report('--disk', disk, '--boot', 'menu', '--keys', '91x'), / drive=00 /);
    },
    async org() {
      const flat = stepback.guest('flat');
      const told = async (...args: string[]) =>
        (await stepback.run(['run', flat, '--debugcon', 'stdio', ...args])).stdout;
      assert.equal(await told(), '0000:7c00\n');
      assert.equal(await told('--org', '0x8000'), '0000:8000\n');
      assert.equal(await told('--org', '12345h'), '1234:0005\n');
    },
    async serial() {
      const words = await report();
      const file = stepback.file('serial.txt');
      const { stdout } = await stepback.run(['run', probe, '--serial', `file:${file}`, '--keys', 'x']);
      assert.equal(stdout, '');
      assert.equal(readFileSync(file, 'latin1'), words);
      assert.equal((await stepback.run(['run', probe, '--serial', 'none', '--keys', 'x'])).stdout, '');
    },
    async debugcon() {
      const { stdout } = await stepback.run(['run', probe, '--debugcon', 'stdio', '--keys', 'x']);
      assert.equal(stdout, 'words for the debug console\n');
      const file = stepback.file('debugcon.txt');
      await stepback.run(['run', probe, '--debugcon', `file:${file}`, '--keys', 'x']);
      assert.equal(readFileSync(file, 'latin1'), stdout);
    },
    async keys() {
      const { stdout } = await stepback.run(['run', probe, '--serial', 'stdio', '--keys', 'Ab1!\\nx']);
      assert.match(stdout, /\nkAkbk1k!k\nkx$/);
    },
    async rtc() {
      assert.match(await report(), / date=20240101 /);
      assert.match(await report('--rtc', '1999-12-31'), / date=19991231 /);
      const day = () => new Date().toISOString().slice(0, 10).replaceAll('-', '');
      const [before, told, after] = [day(), await report('--rtc', 'now'), day()];
      assert.ok(
        [before, after].some((date) => told.includes(`date=${date} `)),
        told,
      );
    },
    async engine() {
      const run = await stepback.run(['run', probe, '--engine', 'interpreter', '--keys', 'x', '--stats']);
      assert.equal(statsOf(run).engine, 'interpreter');
      assert.equal(statsOf(await stepback.run(['run', probe, '--keys', 'x', '--stats'])).engine, 'compiler');
      const { code, stderr } = await stepback.run(['run', probe, '--engine', 'magic']);
      const expected = 'expected "interpreter" or "compiler" or "lockstep"';
      assert.deepEqual([code, stderr], [2, `stepback: --engine: ${expected}, got "magic".\n`]);
      // Two machines side by side, which are given the same from outside.
      const both = await stepback.run([
        'run',
        probe,
        '--engine',
        'lockstep',
        '--keys',
        'x',
        '--stats',
        '--history',
        '0',
      ]);
      assert.equal(both.code, 0x21, both.stderr);
      assert.match(both.stderr, /^stepback: both engines did the same at [1-9]\d* looks\.$/m);
      assert.equal(statsOf(both).engine, 'lockstep');
      const served = await stepback.run(['run', probe, '--engine', 'lockstep', '--gdb', '0']);
      assert.equal(served.code, 2);
      assert.match(served.stderr, /one machine is served\. Choose "compiler"\./);
      const debugged = await stepback.run(['debug', probe, '--engine', 'lockstep']);
      assert.deepEqual(
        [debugged.code, debugged.stderr],
        [2, 'stepback: "engine": "lockstep" can only be chosen for "stepback run".\n'],
      );
    },
    async history() {
      const forever = stepback.guest('forever');
      const run = async (history: string) =>
        statsOf(await stepback.run(['run', forever, '--max-instructions', '3e9', '--stats', '--history', history]));
      const [none, small, usual] = [await run('0'), await run('260K'), await run('512M')];
      assert.equal(none.snapshots, 1);
      assert.ok(usual.snapshots > small.snapshots && small.snapshots >= 2, `${usual.snapshots}, ${small.snapshots}`);
      assert.ok(small.historyBytes <= 260 * 1024, String(small.historyBytes));
      // Without a past there are no last instructions to show.
      const triple = stepback.guest('triple');
      assert.match((await stepback.run(['run', triple])).stderr, /lidt \[0x7C11\]\n.*<- here/);
      assert.doesNotMatch((await stepback.run(['run', triple, '--history', '0'])).stderr, /lidt/);
    },
    async trace() {
      const file = stepback.file('trace.txt');
      const args = ['run', stepback.guest('triple'), '--digest'];
      const traced = await stepback.run([...args, '--trace', file]);
      const text = readFileSync(file, 'utf8');
      assert.match(text, /^ +0 {2}F000:FFF0 {2}EA 5B E0 00 F0 {12}jmp 0xF000:0xE05B$/m);
      assert.match(text, /mov cx, 5\n {4}ECX=00000005\n +\d+ {2}0000:7C08 {2}E2 FE +loop 0x7C08\n {4}ECX=00000004\n/);
      // One instruction a line and no other count, and the run is the same one.
      const lines = text.match(/^ +\d+ {2}[0-9A-F]{4}:/gm) ?? [];
      assert.ok(Math.abs(lines.length - instructionsOf(traced)) < 2, `${lines.length} lines`);
      assert.equal(traced.stdout, (await stepback.run(args)).stdout);
    },
    async listen() {
      const { code, stderr } = await stepback.run(['run', probe, '--listen', '0', '--until-screen', 'ready']);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /editors attach at port \d+: /);
    },
    async gdb() {
      const { code, stderr } = await stepback.run(['run', probe, '--gdb', '0', '--until-screen', 'ready']);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /GDB attaches: gdb -ex 'target remote 127\.0\.0\.1:\d+'/);
    },
    async maxInstructions() {
      const forever = stepback.guest('forever');
      for (const count of [1, 12_345, 3_000_001]) {
        const run = await stepback.run(['run', forever, '--max-instructions', String(count), '--digest']);
        assert.deepEqual([run.code, instructionsOf(run)], [124, count]);
        assert.match(run.stderr, new RegExp(`ended at instruction ${count}`));
      }
    },
    async timeout() {
      const start = performance.now();
      const { code, stderr } = await stepback.run(['run', stepback.guest('forever'), '--timeout', '0.5']);
      assert.deepEqual([code, stderr], [124, 'stepback: ended after 0.5 s.\n']);
      assert.ok(performance.now() - start >= 500);
    },
    async untilSerial() {
      const { code, stdout } = await stepback.run(['run', probe, '--serial', 'stdio', '--until-serial', 'drive=']);
      assert.equal(code, 0);
      assert.match(stdout, /drive=$/);
    },
    async untilScreen() {
      const run = await stepback.run(['run', probe, '--until-screen', 'is ready', '--screen-text']);
      assert.deepEqual([run.code, run.stdout], [0, 'probe is ready\n']);
    },
    async build() {
      const { stderr } = await stepback.run(['run', probe, '--build', 'echo built for the test', '--keys', 'x']);
      assert.match(stderr, /built for the test/);
    },
    async buildFolder() {
      const folder = realpathSync(tmpdir());
      const { stderr } = await stepback.run(['run', probe, '--build', 'pwd', '--build-folder', folder, '--keys', 'x']);
      assert.equal(stderr.trim(), folder);
    },
    async assembler() {
      const source = stepback.file('other.asm');
      writeFileSync(source, 'format binary\n');
      const { code, stderr } = await stepback.run(['run', source, '--assembler', 'nasm']);
      assert.equal(code, 2);
      assert.match(stderr, /other\.asm:1: /);
    },
    async screenText() {
      assert.equal((await stepback.run(['run', probe, '--until-screen', 'ready'])).stdout, '');
      const { stdout } = await stepback.run(['run', probe, '--until-screen', 'ready', '--screen-text']);
      assert.equal(stdout, 'probe is ready\n');
    },
    async screenshot() {
      const file = stepback.file('screen.png');
      await stepback.run(['run', probe, '--until-screen', 'ready', '--screenshot', file]);
      const { width, height } = PNG.sync.read(readFileSync(file));
      assert.deepEqual([width, height], [720, 400]);
    },
    async sound() {
      const file = stepback.file('sound.wav');
      const guest = inRoot('test', 'guests', 'adapter', 'speaker.asm');
      await stepback.run(['run', guest, '--max-instructions', '9000000', '--sound', file]);
      const wav = readFileSync(file);
      assert.equal(wav.toString('latin1', 0, 4), 'RIFF');
      assert.equal(wav.readUInt32LE(4), wav.length - 8);
      // 1,000 hertz for 50 ms are as many waves.
      const levels = wav.subarray(44).map((sample) => Number(sample > 128));
      const rises = levels.reduce((sum, level, n) => sum + (level > (levels[n - 1] ?? 0) ? 1 : 0), 0);
      assert.ok(rises >= 50 && rises <= 51, `${rises} waves`);
    },
    async digest() {
      const { stdout } = await stepback.run(['run', probe, '--keys', 'x', '--digest']);
      assert.match(stdout, /^digest: [0-9a-f]{32}\ninstructions: \d+\n$/);
    },
    async stats() {
      const { stdout } = await stepback.run(['run', probe, '--keys', 'x', '--stats']);
      assert.equal(stdout.split('\n').length, 2);
      const { end, exitCode, instructions } = JSON.parse(stdout) as Stats;
      assert.deepEqual([end, exitCode], ['dead', 0x21]);
      assert.ok(instructions > 3000);
      const compute = stepback.guest('compute');
      const figures = async (...args: string[]): Promise<Figures> =>
        JSON.parse(
          (await stepback.run(['run', compute, '--max-instructions', '2e8', '--stats', ...args])).stdout,
        ) as Figures;
      const usual = await figures();
      assert.equal(usual.compiled + usual.bulk + usual.interpreted, usual.instructions);
      // A round is 5001 instructions of the loop, 101 iterations of REP STOSD, all but the last at once, and 4 others.
      assert.ok(usual.compiledShare > 0.9, String(usual.compiledShare));
      assert.ok(Math.abs((usual.bulk * 5106) / usual.instructions - 100) < 1, `${usual.bulk} in bulk`);
      assert.ok(usual.exits >= usual.sideExits && usual.sideExits > 0, `${usual.exits}, ${usual.sideExits}`);
      assert.ok(usual.regions > 0 && usual.modules > 0 && usual.wasmBytes > 0 && usual.compileSeconds > 0);
      assert.equal(usual.regionsCompiled, usual.regions + usual.regionsDropped);
      assert.ok(usual.compiledGuestInstructions >= 5, String(usual.compiledGuestInstructions));
      assert.ok(usual.snapshotsTaken >= usual.snapshots && usual.snapshotSeconds > 0, String(usual.snapshotsTaken));
      assert.equal(usual.snapshotSpacing, Math.round(usual.instructions / usual.snapshotsTaken));
      const alone = await figures('--engine', 'interpreter');
      assert.deepEqual([alone.compiled, alone.regionsCompiled, alone.exits, alone.modules], [0, 0, 0, 0]);
      assert.equal(alone.instructions, usual.instructions);
    },
  };

  for (const { name } of optionsOf('run')) {
    it(name, async () => {
      const effect = EFFECTS[name];
      assert.ok(effect, `the option ${name} has no test: show its effect here`);
      await effect();
    });
  }

  it('has no test for an option that is gone', () => {
    const names: readonly OptionName[] = optionsOf('run').map(({ name }) => name);
    assert.deepEqual(
      Object.keys(EFFECTS).filter((name) => !names.includes(name as OptionName)),
      [],
    );
  });

  it('stands in the help with its description', async () => {
    const { stdout } = await stepback.run(['run', '--help']);
    const help = stdout.replaceAll(/\s+/g, ' ');
    for (const { name, flag, description } of optionsOf('run')) {
      if (name !== 'program') assert.ok(help.includes(flag), flag);
      assert.ok(help.includes(description), description);
    }
  });
});
