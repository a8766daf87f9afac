/** The options schema: what is accepted, what is refused and how, and what package.json and the help are made from. */
import { strict as assert } from 'node:assert';
import { configurationProperties } from '../../debug-adapter/protocol/options-json-schema';
import { OPTIONS, OptionsError, type OptionPlace, optionsOf, parseOptions } from '../../debug-adapter/protocol/options';

/** Option, what is written, and what it becomes. */
const GOOD: readonly (readonly [string, unknown, unknown])[] = [
  ['program', 'boot.img', 'boot.img'],
  ['machine', 'pc', 'pc'],
  ['cpu', '80286', '80286'],
  ['memory', '640K', 640 * 1024],
  ['memory', '2 MiB', 2 * 1024 * 1024],
  ['memory', 4096, 4096],
  ['floppy', 'a.img', 'a.img'],
  ['disk', 'c.img', 'c.img'],
  ['kernel', 'k.elf', 'k.elf'],
  ['modules', ['a.mod one two'], ['a.mod one two']],
  ['boot', 'menu', 'menu'],
  ['org', '0x7c00', 0x7c00],
  ['org', '1000:0100', { segment: 0x1000, offset: 0x100 }],
  ['org', '100h', 0x100],
  ['org', 256, 256],
  ['serial', 'stdio', { kind: 'stdio' }],
  ['serial', 'file:out.txt', { kind: 'file', path: 'out.txt' }],
  ['debugcon', 'none', { kind: 'none' }],
  ['keys', 'dir\n', 'dir\n'],
  ['rtc', 'now', 'now'],
  ['rtc', '2024-02-29', Date.UTC(2024, 1, 29)],
  ['rtc', '1999-12-31T23:59:59+01:00', Date.UTC(1999, 11, 31, 22, 59, 59)],
  ['engine', 'interpreter', 'interpreter'],
  ['history', '1G', 2 ** 30],
  ['trace', 't.txt', 't.txt'],
  ['maxInstructions', '1_000_000', 1_000_000],
  ['maxInstructions', '1e8', 1e8],
  ['timeout', '1.5', 1.5],
  ['untilSerial', 'ok', 'ok'],
  ['untilScreen', 'C:\\>', 'C:\\>'],
  ['screenText', true, true],
  ['screenshot', 's.png', 's.png'],
  ['sound', 's.wav', 's.wav'],
  ['digest', true, true],
  ['stats', true, true],
  ['stopOnEntry', 'reset', 'reset'],
  ['stopOnEntry', false, false],
  ['listing', 'a.lst', 'a.lst'],
  ['symbols', 'a.map', 'a.map'],
  ['syntax', 'gas', 'gas'],
  ['build', 'make', 'make'],
  ['buildFolder', '/home/me/os', '/home/me/os'],
  ['assembler', 'fasm', 'fasm'],
  ['firmwareCalls', true, true],
  ['listen', '4711', 4711],
  ['listen', 0, 0],
  ['gdb', '1234', 1234],
  ['port', 4711, 4711],
  ['gdbPort', '0', 0],
  ['gdbPort', 1234, 1234],
  ['gdbPort', 'none', 'none'],
  ['stepIntoInterrupts', true, true],
  ['stepIntoMacros', true, true],
];

/** Place, what is written, and the message. */
const BAD: readonly (readonly [OptionPlace, object, string])[] = [
  ['run', { memroy: '1M' }, 'There is no option --memroy. Did you mean --memory?'],
  ['launch', { stopOnEnty: true }, 'There is no option "stopOnEnty". Did you mean "stopOnEntry"?'],
  ['launch', { xyzzy: true }, 'There is no option "xyzzy".'],
  ['run', { stopOnEntry: true }, '--stop-on-entry has no meaning for "stepback run". Remove it.'],
  ['launch', { maxInstructions: 5 }, '"maxInstructions" has no meaning in launch.json. Remove it.'],
  ['launch', { memory: 'lots' }, '"memory": expected a size such as "32M" or a number of bytes, got "lots".'],
  ['run', { memory: -1 }, '--memory: expected a size such as "32M" or a number of bytes, got -1.'],
  ['launch', { cpu: '486' }, '"cpu": expected "8086" or "80286" or "80386" or "80486" or "pentium", got "486".'],
  ['run', { engine: 'magic' }, '--engine: expected "interpreter" or "compiler" or "lockstep", got "magic".'],
  ['launch', { engine: 'magic' }, '"engine": expected "interpreter" or "compiler", got "magic".'],
  ['launch', { engine: 'lockstep' }, '"engine": "lockstep" can only be chosen for "stepback run".'],
  ['run', { timeout: '5 minutes' }, '--timeout: expected a number of seconds, got "5 minutes".'],
  [
    'run',
    { rtc: 'yesterday' },
    '--rtc: expected "now" or a date such as "2024-01-31" or "2024-01-31T12:00:00Z", got "yesterday".',
  ],
  ['launch', { serial: 'com1' }, '"serial": expected "stdio", "none" or "file:PATH", got "com1".'],
  ['launch', { org: 'here' }, '"org": expected an address such as "0x7c00" or "1000:0", got "here".'],
  ['launch', { gdbPort: 70000 }, '"gdbPort": expected a port, 0 for any that is free, or "none", got 70000.'],
  ['attach', { port: 0 }, '"port": expected a port from 1 to 65535, got 0.'],
  [
    'attach',
    { program: 'boot.img' },
    '"program" has no meaning where a session attaches: the machine runs already. Remove it.',
  ],
  ['launch', { port: 5 }, '"port" has no meaning in launch.json. Remove it.'],
  ['run', { listen: 'here' }, '--listen: expected a port, 0 for any that is free, got "here".'],
  ['launch', { program: '' }, '"program": expected the path of an image, got "".'],
  ['launch', { stopOnEntry: 'maybe' }, '"stopOnEntry": expected true, false or "reset", got "maybe".'],
];

describe('options', () => {
  for (const [name, written, expected] of GOOD) {
    it(`${name}: ${JSON.stringify(written)}`, () => {
      const option = OPTIONS.find((candidate) => candidate.name === name);
      assert.ok(option !== undefined);
      for (const place of option.places) {
        assert.deepEqual(parseOptions(place, { [name]: written })[option.name], expected);
      }
    });
  }

  for (const [place, written, message] of BAD) {
    it(`${place}: ${JSON.stringify(written)} is refused`, () => {
      assert.throws(() => parseOptions(place, written), new OptionsError([message]));
    });
  }

  it('several problems are told together', () => {
    assert.throws(() => parseOptions('run', { memroy: 1, cpu: 'z80' }), { message: /--memroy[^]*\n--cpu/ });
  });

  it('every option has a good value here', () => {
    const tested = new Set(GOOD.map(([name]) => name));
    assert.deepEqual(
      OPTIONS.filter((option) => !tested.has(option.name)).map((option) => option.name),
      [],
    );
  });

  it('what VS Code adds to a configuration is passed over', () => {
    const added = {
      type: 'stepback',
      name: 'x',
      request: 'launch',
      __sessionId: '1',
      preLaunchTask: 'build',
      noDebug: false,
    };
    assert.equal(parseOptions('launch', added).memory, 32 * 2 ** 20);
    assert.throws(() => parseOptions('run', { type: 'stepback' }), OptionsError);
  });

  it('each has a description, a flag and a schema', () => {
    const properties = configurationProperties('launch');
    for (const request of ['launch', 'attach'] as const) {
      assert.deepEqual(
        Object.keys(configurationProperties(request)),
        optionsOf(request).map((option) => option.name),
      );
    }
    for (const option of OPTIONS) {
      assert.match(option.flag, /^--[a-z-]+( <[A-Z]+>)?$/, option.name);
      assert.match(option.description, /^[A-Z].*\.$|^[A-Z].*Enter\.$/, option.name);
      if (option.places.includes('launch')) assert.equal(properties[option.name]?.['description'], option.description);
    }
    assert.deepEqual(properties['cpu']?.['enum'], ['8086', '80286', '80386', '80486', 'pentium']);
    assert.equal(properties['memory']?.['default'], '32M');
  });
});
