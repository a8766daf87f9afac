/** docs/reference.md, from the tables that the program itself uses: options, settings, commands, keys, exit codes. */
import { COMMANDS as TERMINAL_COMMANDS } from '../debug-adapter/cli/debug/commands';
import { EXIT_CODES } from '../debug-adapter/cli/exit-codes';
import { MONITOR_COMMANDS } from '../debug-adapter/gdb/monitor';
import { type OptionDescription, OPTIONS } from '../debug-adapter/protocol/options';
import { EXCEPTION_FILTERS } from '../emulator/debug/exceptions';
import { CONTRIBUTED_COMMANDS, CONTRIBUTED_KEYBINDINGS } from './contributes/commands';
import { CONTRIBUTED_CONFIGURATION } from './contributes/views';
import { cell, code, table } from './lib/markdown';

function optionRow({ name, flag, description, places, choices, ...rest }: OptionDescription): readonly string[] {
  const inLaunch = places.includes('launch') || places.includes('attach');
  const marks = [
    ...(places.includes('launch') || !inLaunch ? [] : ['attach only']),
    ...(places.includes('launch') && places.includes('attach') ? ['also with attach'] : []),
  ];
  const values = choices === undefined ? '' : ` One of ${choices.map((choice) => code(choice)).join(', ')}.`;
  return [
    inLaunch ? `${code(name)}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}` : '',
    commandLine(name, flag, places),
    rest.default === undefined ? '' : code(String(rest.default)),
    `${cell(description)}${values}`,
  ];
}

/** `debug` takes what launch.json has, `run` what a run without an editor needs. */
function commandLine(name: string, flag: string, places: OptionDescription['places']): string {
  if (!places.includes('run') && !places.includes('launch')) return '';
  const marks = places.includes('run') ? (places.includes('launch') ? '' : ' (`run`)') : ' (`debug`)';
  return `${code(name === 'program' ? 'IMAGE' : flag)}${marks}`;
}

interface Setting {
  readonly default: unknown;
  readonly description: string;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
}

function settingRow(name: string, setting: Setting): readonly string[] {
  const meanings = (setting.enum ?? []).map((value, i) => `${code(value)}: ${setting.enumDescriptions?.[i] ?? ''}`);
  return [code(name), code(JSON.stringify(setting.default)), cell([setting.description, ...meanings].join(' '))];
}

/** Keys of a command, or of one of VS Code's own. */
function keysOf(command: string): string {
  const keys = CONTRIBUTED_KEYBINDINGS.filter((binding) => binding.command === command).map(({ key }) => key);
  return [...new Set(keys)].map((key) => code(key)).join(', ');
}

export function referencePage(): string {
  const titled = new Set<string>(CONTRIBUTED_COMMANDS.map(({ command }) => command));
  const foreign = [...new Set<string>(CONTRIBUTED_KEYBINDINGS.map(({ command }) => command))].filter(
    (command) => !titled.has(command),
  );
  const groups = [...new Set(TERMINAL_COMMANDS.map(({ group }) => group))];
  return [
    '# Reference',
    '',
    'Made from the tables that the program itself uses, by `npm run contributes`.',
    '',
    '## Options',
    '',
    'Of launch.json, and of `stepback run` and `stepback debug`; `stepback gdb` takes those that say what to run on.',
    '',
    ...table(['launch.json', 'command line', 'default', ''], OPTIONS.map(optionRow)),
    '## Settings',
    '',
    ...table(
      ['setting', 'default', ''],
      Object.entries(CONTRIBUTED_CONFIGURATION.properties).map(([name, setting]) => settingRow(name, setting)),
    ),
    '## Commands and keys',
    '',
    ...table(
      ['in the Command Palette', 'key', 'command'],
      [
        ...CONTRIBUTED_COMMANDS.map(({ title, command }) => [
          `Stepback: ${cell(title)}`,
          keysOf(command),
          code(command),
        ]),
        ...foreign.map((command) => ['(of VS Code)', keysOf(command), code(command)]),
      ],
    ),
    '## Exception breakpoints',
    '',
    ...table(
      ['filter', 'on at first', 'for GDB', ''],
      EXCEPTION_FILTERS.map(({ id, label, description, ...rest }) => [
        cell(label),
        rest.default ? 'yes' : '',
        code(id),
        cell(description),
      ]),
    ),
    '## `stepback debug`',
    '',
    ...groups.flatMap((group) => [
      `**${group}**`,
      '',
      ...table(
        ['command', 'short', ''],
        TERMINAL_COMMANDS.filter((command) => command.group === group).map(({ names, usage, help }) => [
          code(`${names[0] ?? ''} ${usage}`.trimEnd()),
          names.slice(1).map(code).join(', '),
          cell(help),
        ]),
      ),
    ]),
    '## GDB: `monitor` commands',
    '',
    ...table(
      ['command', ''],
      MONITOR_COMMANDS.map(({ usage, help }) => [code(`monitor ${usage}`), cell(help)]),
    ),
    '## Exit codes of the command line',
    '',
    'A guest that writes to the exit port (F4h) ends the machine with a code of its own.',
    '',
    ...table(
      ['code', ''],
      Object.values(EXIT_CODES).map((row) => [code(String(row.code)), cell(row.meaning)]),
    ),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}
