/** GDB and LLDB themselves on `stepback gdb`: what a person types, and what they see. */
import { strict as assert } from 'node:assert';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { inRoot } from '../../scripts/lib/root';
import { Stepback } from '../support/stepback';
import { hasTool } from '../support/tools';

const IMAGE = inRoot('examples', 'hello-boot', 'boot.bin');
const PATIENCE = 60_000;

describe('real debuggers', function () {
  this.timeout(120_000);
  let stepback: Stepback;
  let served: ChildProcess | undefined;

  before(async () => {
    stepback = await Stepback.build();
  });
  after(() => stepback.dispose());
  afterEach(() => {
    served?.kill();
    served = undefined;
  });

  /** Starts `stepback gdb` and gives its port, once it has said it. */
  const serve = async (...args: readonly string[]): Promise<number> => {
    const child = spawn(process.execPath, [stepback.program, 'gdb', ...args, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    served = child;
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    return new Promise((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (bytes: Buffer) => {
        text += bytes.toString();
        const match = /target remote 127\.0\.0\.1:(\d+)/.exec(text);
        if (match !== null) resolve(Number(match[1]));
      });
      child.on('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)));
    });
  };

  /** Runs a debugger in batch mode on a script; gives what it printed. */
  const batch = (program: string, args: readonly string[], lines: readonly string[]): string => {
    const script = stepback.file('script');
    writeFileSync(script, `${lines.join('\n')}\n`);
    // GDB prints what the monitor says on standard error.
    const { stdout, stderr, status } = spawnSync(program, [...args, script], { encoding: 'utf8', timeout: PATIENCE });
    assert.equal(status, 0, `${program} ended with ${status}:\n${stdout}${stderr}`);
    return `${stdout}${stderr}`;
  };
  const gdb = (port: number, lines: readonly string[]): string =>
    batch(
      'gdb',
      ['-q', '-nx', '-batch', '-x'],
      ['set pagination off', 'set confirm off', `target remote 127.0.0.1:${port}`, ...lines],
    );

  describe('GDB', () => {
    before(function () {
      if (!hasTool('gdb')) this.skip();
    });

    it('knows 16-bit code and disassembles it as such', async () => {
      const text = gdb(await serve(IMAGE), ['show architecture', 'x/4i $pc', 'info registers eip cs_base']);
      assert.match(text, /currently "i8086"/);
      assert.match(text, /=> 0x7c00:\s+xor\s+%ax,%ax\n\s+0x7c02:\s+mov\s+%ax,%ds/);
      assert.match(text, /eip\s+0x7c00/);
    });

    it('disassembles right where CS is not 0, in the firmware', async () => {
      const text = gdb(await serve(IMAGE, '--reset'), ['x/i $pc', 'stepi', 'x/i $pc', 'p/x $eip_offset', 'p/x $cs']);
      assert.match(text, /=> 0xfffffff0:\s+ljmp\s+\$0xf000,\$0x/);
      assert.match(text, /=> 0xf[0-9a-f]{4}:/);
      assert.match(text, /\$2 = 0xf000/);
    });

    it('stops at breakpoints, steps and goes back', async () => {
      const text = gdb(await serve(IMAGE), [
        'break *0x7c10',
        'continue',
        'stepi',
        'reverse-stepi',
        'info registers eip',
        'reverse-continue',
        'info breakpoints',
      ]);
      assert.match(text, /Breakpoint 1, 0x00007c10 in/);
      assert.match(text, /eip\s+0x7c10/);
      assert.match(text, /No more reverse-execution history/);
    });

    it('stops at a watchpoint with the old and the new value', async () => {
      const text = gdb(await serve(IMAGE), ['watch *(unsigned short*)0x7bfe', 'continue']);
      assert.match(text, /Old value = 0\nNew value = 31760/);
    });

    it('takes a watchpoint back as it came: the old value is the new one, before the instruction', async () => {
      const text = gdb(await serve(IMAGE), [
        'watch *(unsigned short*)0x7bfe',
        'continue',
        'x/i $pc',
        'reverse-continue',
        'x/i $pc',
        'continue',
        'x/i $pc',
      ]);
      const values = [...text.matchAll(/Old value = (\d+)\nNew value = (\d+)/g)].map(([, old, now]) => [old, now]);
      assert.deepEqual(values, [
        ['0', '31760'],
        ['31760', '0'],
        ['0', '31760'],
      ]);
      const [behind, before, again] = [...text.matchAll(/^=> 0x([0-9a-f]+):/gm)].map(([, address]) => address);
      assert.equal(again, behind);
      assert.notEqual(before, behind);
    });

    it('writes registers and memory, finds bytes, and asks the monitor', async () => {
      const text = gdb(await serve(IMAGE), [
        'set $eax = 0x12345678',
        'p/x $eax',
        'set *(char*)0x5000 = 0x42',
        'x/1xb 0x5000',
        'find /b 0x7c00, 0x7dff, 0x55, 0xaa',
        'monitor info status',
        'set var $pc = 0x7c02',
        'x/i $pc',
      ]);
      assert.match(text, /\$1 = 0x12345678/);
      assert.match(text, /0x5000:\s+0x42/);
      assert.match(text, /0x7dfe\n1 pattern found/);
      assert.match(text, /stopped at 0000:7C00, 16-bit real/);
      assert.match(text, /=> 0x7c02:/);
    });

    it('is told 32-bit code as i386', async function () {
      if (!hasTool('gcc')) this.skip();
      const elf = stepback.file('kernel.elf');
      const source = stepback.file('kernel.s');
      writeFileSync(
        source,
        [
          '.section .multiboot,"a"',
          '.long 0x1BADB002, 0, -0x1BADB002',
          '.text',
          '.globl _start',
          '_start: mov $0x12345678, %eax',
          '1: jmp 1b',
          '',
        ].join('\n'),
      );
      execFileSync('gcc', [
        '-m32',
        '-nostdlib',
        '-static',
        '-no-pie',
        '-Wl,-n,-Ttext=0x100000,--build-id=none',
        '-o',
        elf,
        source,
      ]);
      const text = gdb(await serve('--kernel', elf), ['show architecture', 'x/i $pc', 'stepi', 'p/x $eax']);
      assert.match(text, /currently "i386"/);
      assert.match(text, /mov\s+\$0x12345678,%eax/);
      assert.match(text, /\$1 = 0x12345678/);
    });

    it('ends the machine with "kill"', async () => {
      const port = await serve(IMAGE);
      const child = served;
      gdb(port, ['kill']);
      const code = await new Promise((resolve) =>
        child?.exitCode === null ? child.on('exit', resolve) : resolve(child?.exitCode),
      );
      assert.equal(code, 0);
    });
  });

  describe('LLDB', () => {
    before(function () {
      if (!hasTool('lldb-14')) this.skip();
    });

    it('attaches, disassembles 16-bit code, steps, stops at a breakpoint', async () => {
      const port = await serve(IMAGE);
      const text = batch(
        'lldb-14',
        ['--no-lldbinit', '--batch', '-s'],
        [
          `gdb-remote 127.0.0.1:${port}`,
          'disassemble -s 0x7c00 -c 2',
          'si',
          'register read pc',
          'memory read 0x7c00 -c 16',
          'breakpoint set -a 0x7c10',
          'continue',
          'register read pc',
          'register write eax 0x1234',
          'register read eax',
          'detach',
        ],
      );
      assert.match(text, /xorw\s+%ax, %ax/);
      assert.match(text, /eip = 0x00007c02/);
      assert.match(text, /0x00007c00: 31 c0 8e d8/);
      assert.match(text, /stop reason = breakpoint 1\.1/);
      assert.match(text, /eip = 0x00007c10/);
      assert.match(text, /eax = 0x00001234/);
    });
  });

  it('a port that is taken is said', async () => {
    const port = await serve(IMAGE);
    const { code, stderr } = await stepback.run(['gdb', IMAGE, '--port', String(port)]);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`Port ${port} can not be used for GDB: another program uses it`));
  });
});
