/** The terminal debugger as a program: commands by -e and from a pipe, on the example's source. */
import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { COMMANDS, helpText } from '../../debug-adapter/cli/debug/commands';
import { inRoot } from '../../scripts/lib/root';
import { Stepback } from '../support/stepback';

const SOURCE = inRoot('examples', 'hello-boot', 'boot.asm');

describe('stepback debug', function () {
  this.timeout(120_000);
  let stepback: Stepback;
  before(async () => {
    stepback = await Stepback.build();
  });
  after(() => stepback.dispose());

  const debug = async (commands: string): Promise<string> => {
    const { code, stdout, stderr } = await stepback.run(['debug', SOURCE, '-e', commands]);
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  };

  it('stops at the first line of the source, steps, and steps back', async () => {
    const text = await debug('step 3; back; backi; p ip');
    const places = [...text.matchAll(/^\S+ {2}(0000:\w{4})/gm)].map((match) => match[1]);
    assert.deepEqual(places, ['0000:7C00', '0000:7C02', '0000:7C04', '0000:7C06', '0000:7C04', '0000:7C02']);
    assert.match(text, /^boot\.asm:21 .*xor +ax, ax$/m);
    assert.match(text, /0x7C02 \(\d+\) 0000:7C02|0x7C02/);
  });

  it('breaks at a label, a line, an address and a firmware call, and lists and removes them', async () => {
    const text = await debug('break print; continue 5; delete 1; break 0000:7C10; c 5; breakpoints; delete');
    assert.match(text, /^Breakpoint 1: print/m);
    assert.match(text, /^print +0000:/m);
    assert.match(text, /^ +2 {2}0000:7C10$/m);
    assert.match(text, /0000:7C10 +call/);
  });

  it('stops at a call of the firmware, which has a caller', async () => {
    const text = await debug('catch 10h; continue 5; where');
    assert.match(text, /Breakpoint 1: catch 10h\nPaused on INT 10h AH=0Eh/);
    assert.match(text, /^#0 +INT 10h +F000:F065.*\n#1 +put_char/m);
  });

  it('watches memory in both directions and knows who wrote', async () => {
    const text = await debug('watch word[0x46c]; continue 5; delete; who word[0x46c]');
    assert.match(text, /Breakpoint 1: word\[0x46c\]/);
    assert.equal(text.match(/Word 46Ch changed from 0001h to 0002h/g)?.length, 2, 'each stop is told once');
    assert.match(text, /F000:FEAC {2}inc word/);
  });

  it('shows and changes registers, memory and chips', async () => {
    const text = await debug(
      'set ax = 0x1234; print ax; r gen; memory 0x7c00, 16; set byte[0x7e00] = 5; x 0x7e00, 1; machine; machine pic1',
    );
    assert.match(text, /^0x1234 \(4660\)$/m);
    assert.match(text, /EAX=0x\w{4}1234/);
    assert.match(text, /^00007C00 {2}31 C0 8E D8 .* {2}1\.\.\./m);
    assert.match(text, /^00007E00 {2}05 /m);
    assert.match(text, /^pic1 +8259A/m);
    assert.match(text, /^IMR +\w\w/m);
  });

  it('shows the screen after some time, and goes to a place in time', async () => {
    const text = await debug('continue 0.5; screen; timeline; seek 4000; timeline');
    assert.match(text, /^\|.*Hello/m);
    assert.match(text, /^instruction 4000, recorded 0 to \d+/m);
  });

  it('changes the disk of a drive, and takes it out', async () => {
    const disk = stepback.file('disk 2.img');
    writeFileSync(disk, Buffer.alloc(737_280));
    const text = await debug(`drives; change ${disk}; eject; change A: "${disk}"; drives`);
    const rows = [...text.matchAll(/^floppy0 +floppy drive A: (.*)$/gm)].map((match) => match[1] ?? '');
    assert.match(rows[0] ?? '', /boot\.bin, 1\.44 MB/);
    assert.deepEqual(rows.slice(1), [`${disk}, 720 kB 3.5"`, 'empty', `${disk}, 720 kB 3.5"`, `${disk}, 720 kB 3.5"`]);
  });

  it('takes commands from a pipe, and ends with 1 at the first that fails', async () => {
    const { code, stdout, stderr } = await stepback.run(['debug', SOURCE], { pipe: '# a remark\nstep\nfrob\nstep\n' });
    assert.equal(code, 1);
    assert.equal(stderr, 'stepback: There is no command "frob". "help" lists them.\n');
    assert.equal(stdout.match(/^start\S* +0000:/gm)?.length, 2);
  });

  it('takes options of launch.json with their values', async () => {
    const first = async (...args: string[]): Promise<string> => {
      const image = inRoot('examples', 'hello-boot', 'boot.bin');
      const { code, stdout, stderr } = await stepback.run(['debug', image, ...args, '-e', 'where']);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    assert.match(await first('--stop-on-entry', 'true'), /^#0 +start +0000:7C00/m);
    assert.match(await first('--stop-on-entry', 'reset'), /^#0 +F000:FFF0/m);
    const [listing, map] = ['boot.lst', 'boot.map'].map((name) => inRoot('examples', 'hello-boot', name));
    assert.match(await first('--listing', listing ?? '', '--symbols', map ?? ''), /boot\.asm:21/);
    const { code, stderr } = await stepback.run(['debug', SOURCE, '--stop-on-entry', 'maybe', '-e', 'where']);
    assert.deepEqual([code, stderr], [2, 'stepback: "stopOnEntry": expected true, false or "reset", got "maybe".\n']);
  });

  it('says what is wrong with a place, a count and an expression', async () => {
    for (const [command, message] of [
      ['break nowhere', /nowhere/],
      ['step many', /Expected a count from 1 to 100000, got "many"/],
      ['print (', /A value is missing/],
      ['delete 7', /There is no breakpoint 7/],
      ['s 0', /Expected a count/],
      ['machine vax', /There is no chip "vax"; there are /],
      ['eject B', /Say which drive/],
      ['change', /Say which image/],
      ['change none.img', /none\.img can not be opened: There is no such file/],
      ['re', /"re" may be restart, reverse-continue, registers/],
    ] as const) {
      const { code, stderr } = await stepback.run(['debug', SOURCE, '-e', command]);
      assert.equal(code, 1, command);
      assert.match(stderr, message);
    }
  });

  it('ends with 2 where there is nothing to debug or the source is wrong', async () => {
    assert.equal((await stepback.run(['debug'])).code, 2);
    const bad = stepback.file('bad.asm');
    writeFileSync(bad, 'org 0x7c00\nmoov ax, 1, 2\n');
    const { code, stderr } = await stepback.run(['debug', bad, '-e', 'step']);
    assert.equal(code, 2);
    assert.match(stderr, /bad\.asm:2/);
  });

  it('the help has every command', () => {
    const text = helpText();
    for (const { names, help } of COMMANDS) assert.ok(text.includes(names.join(', ')) && text.includes(help));
  });
});
