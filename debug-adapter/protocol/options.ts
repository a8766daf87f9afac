/**
 * The options of a session, once for all: launch.json, `stepback run`, their checks, defaults, types and help texts
 * come from the one schema below.
 */
import * as v from 'valibot';
import {
  type CharacterChannel,
  nearest,
  parseLoadAddress,
  parseChannel,
  parseCount,
  parsePort,
  parseRtc,
  parseSeconds,
  parseSize,
} from './option-values';

/** Where an option can be given. */
export type OptionPlace = 'launch' | 'run' | 'attach';

type OptionMetadata = {
  readonly places: readonly OptionPlace[];
  /** What stands for the value in the help text; absent for switches. */
  readonly placeholder?: string;
  /** Of a choice: values that can be given in one place only. */
  readonly only?: Readonly<Record<string, OptionPlace>>;
};

const BOTH = ['launch', 'run'] as const;
const LAUNCH = ['launch'] as const;
const RUN = ['run'] as const;
const ATTACH = ['attach'] as const;
/** What belongs to a session, whoever starts the machine. */
const SESSION = ['launch', 'attach'] as const;

const place = <T>(places: readonly OptionPlace[], placeholder?: string, only?: OptionMetadata['only']) =>
  v.metadata<T, OptionMetadata>({
    places,
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(only === undefined ? {} : { only }),
  });

/** Text or a number, read by `parse`; anything else is refused with `expected`. */
function parsed<T>(parse: (text: string | number) => T | undefined, expected: string) {
  return v.pipe(
    v.union([v.string(expected), v.number(expected)], expected),
    v.rawTransform<string | number, T>(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value);
      if (value !== undefined) return value;
      addIssue({ message: expected });
      return NEVER;
    }),
  );
}

function parsedText<T>(parse: (text: string) => T | undefined, expected: string) {
  return v.pipe(
    v.string(expected),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value);
      if (value !== undefined) return value;
      addIssue({ message: expected });
      return NEVER;
    }),
  );
}

const PORT_EXPECTED = 'expected a port, 0 for any that is free';
const filledText = (what: string) => v.pipe(v.string(what), v.nonEmpty(what));
const path = filledText;
const text = (what: string) => v.string(what);
const flag = v.boolean('expected true or false');
const size = (example: string) => parsed(parseSize, `expected a size such as "${example}" or a number of bytes`);
const channel = parsedText<CharacterChannel>(parseChannel, 'expected "stdio", "none" or "file:PATH"');

const expectedOne = (names: readonly string[]): string => `expected ${names.map((name) => `"${name}"`).join(' or ')}`;
const choice = <const T extends readonly [string, ...string[]]>(names: T) => v.picklist(names, expectedOne(names));

const MACHINE_NAMES = ['pc'] as const;
const CPU_NAMES = ['8086', '80286', '80386', '80486', 'pentium'] as const;
const BOOT_NAMES = ['floppy', 'disk', 'menu'] as const;
const ENGINE_NAMES = ['interpreter', 'compiler', 'lockstep'] as const;
const ASSEMBLER_NAMES = ['nasm', 'yasm', 'fasm', 'gas'] as const;
const SYNTAX_NAMES = ['nasm', 'intel', 'masm', 'gas'] as const;

/** The one schema. Each entry: what it is, where it applies, how the value is written. */
const ENTRIES = {
  program: v.optional(
    v.pipe(
      path('expected the path of an image'),
      v.description(
        'The image to start: a boot sector, floppy or disk image, an ELF kernel, or an assembler source (.asm, .s), which is assembled first. Its kind is found from its content.',
      ),
      place(BOTH, 'IMAGE'),
    ),
  ),
  build: v.optional(
    v.pipe(
      filledText('expected a command'),
      v.description('Command that builds the image, run by the shell before each start and restart.'),
      place(BOTH, 'COMMAND'),
    ),
  ),
  buildFolder: v.optional(
    v.pipe(
      path('expected the path of a folder'),
      v.description('Folder in which the build command runs: that of the image unless told.'),
      place(BOTH, 'PATH'),
    ),
  ),
  assembler: v.optional(
    v.pipe(
      choice(ASSEMBLER_NAMES),
      v.description('What assembles a source that is named as the program. Found from the source when absent.'),
      place(BOTH, 'NAME'),
    ),
  ),
  machine: v.optional(v.pipe(choice(MACHINE_NAMES), v.description('The board.'), place(BOTH, 'NAME')), 'pc'),
  cpu: v.optional(v.pipe(choice(CPU_NAMES), v.description('The CPU model.'), place(BOTH, 'MODEL')), '80386'),
  memory: v.optional(
    v.pipe(size('32M'), v.description('Size of the memory, such as 640K or 32M.'), place(BOTH, 'SIZE')),
    '32M',
  ),
  floppy: v.optional(
    v.pipe(
      path('expected the path of a floppy image'),
      v.description('Image in the first floppy drive.'),
      place(BOTH, 'PATH'),
    ),
  ),
  disk: v.optional(
    v.pipe(
      path('expected the path of a disk image'),
      v.description('Image of the first hard disk. The file is not written; changes go to an overlay.'),
      place(BOTH, 'PATH'),
    ),
  ),
  kernel: v.optional(
    v.pipe(
      path('expected the path of a kernel'),
      v.description('ELF kernel (Multiboot 1) to start.'),
      place(BOTH, 'PATH'),
    ),
  ),
  modules: v.optional(
    v.pipe(
      v.array(path('expected "FILE" or "FILE ARGUMENTS"'), 'expected a list of "FILE ARGUMENTS"'),
      v.description(
        'Modules for a Multiboot kernel, each "FILE ARGUMENTS"; a path with spaces stands in double quotes. May be given more than once.',
      ),
      place(BOTH, 'MODULE'),
    ),
  ),
  boot: v.optional(
    v.pipe(
      choice(BOOT_NAMES),
      v.description(
        'The drive that the firmware boots from first: floppy, disk, or menu to be asked. Unless told that of the image.',
      ),
      place(BOTH, 'DRIVE'),
    ),
  ),
  org: v.optional(
    v.pipe(
      parsed(parseLoadAddress, 'expected an address such as "0x7c00" or "1000:0"'),
      v.description(
        'Load address of a flat image that is not a boot sector: 0x7c00, or segment and offset in hexadecimal as CS and IP will have them, 1000:0.',
      ),
      place(BOTH, 'ADDRESS'),
    ),
  ),
  serial: v.optional(
    v.pipe(
      channel,
      v.description(
        'Where the first serial port leads: stdio, none or file:PATH. Unless told it has a terminal in the editor, and leads nowhere on the command line.',
      ),
      place(BOTH, 'CHANNEL'),
    ),
  ),
  debugcon: v.optional(
    v.pipe(
      channel,
      v.description(
        'Where the debug console (port E9h) leads: stdio, none or file:PATH. Unless told to the debug console of the editor, and nowhere on the command line.',
      ),
      place(BOTH, 'CHANNEL'),
    ),
  ),
  keys: v.optional(
    v.pipe(
      text('expected text to type'),
      v.description('Text to type; each key waits until the guest can take it. \\n is Enter.'),
      place(BOTH, 'TEXT'),
    ),
  ),
  rtc: v.optional(
    v.pipe(
      parsedText(parseRtc, 'expected "now" or a date such as "2024-01-31" or "2024-01-31T12:00:00Z"'),
      v.description(
        'Date and time of the real-time clock at the start (UTC), or now. A fixed date makes runs repeatable.',
      ),
      place(BOTH, 'DATE'),
    ),
    '2024-01-01T00:00:00Z',
  ),
  engine: v.optional(
    v.pipe(
      choice(ENGINE_NAMES),
      v.description(
        'What executes the guest code: the interpreter alone, or hot code compiled to WebAssembly too. The guest can not tell; "stepback run --engine lockstep" runs both and compares them.',
      ),
      place(BOTH, 'NAME', { lockstep: 'run' }),
    ),
    'compiler',
  ),
  history: v.optional(
    v.pipe(size('512M'), v.description('Most memory that the history for going back may take.'), place(BOTH, 'SIZE')),
    '512M',
  ),
  trace: v.optional(
    v.pipe(
      path('expected the path of a file to write'),
      v.description(
        'File to write a trace to: executed instructions (command line), messages of the session (launch.json).',
      ),
      place(['launch', 'run', 'attach'], 'PATH'),
    ),
  ),
  gdbPort: v.optional(
    v.pipe(
      v.union(
        [parsed(parsePort, 'expected a port, 0 for any that is free, or "none"'), v.literal('none')],
        'expected a port, 0 for any that is free, or "none"',
      ),
      v.description('Port for GDB and LLDB on this computer; 0 takes any that is free, none opens none.'),
      place(LAUNCH, 'PORT'),
    ),
    0,
  ),
  listen: v.optional(
    v.pipe(
      parsed(parsePort, PORT_EXPECTED),
      v.description(
        'Lets editors attach to the machine on this port of this computer, 0 for any that is free, and paces it by the clock.',
      ),
      place(RUN, 'PORT'),
    ),
  ),
  gdb: v.optional(
    v.pipe(
      parsed(parsePort, PORT_EXPECTED),
      v.description(
        'Lets GDB and LLDB attach to the machine on this port of this computer, 0 for any that is free, and paces it by the clock.',
      ),
      place(RUN, 'PORT'),
    ),
  ),
  port: v.optional(
    v.pipe(
      parsed((text) => parsePort(text) || undefined, 'expected a port from 1 to 65535'),
      v.description('Port of the machine to attach to: that of "stepback run IMAGE --listen PORT".'),
      place(ATTACH, 'PORT'),
    ),
  ),
  maxInstructions: v.optional(
    v.pipe(
      parsed(parseCount, 'expected a whole number'),
      v.description('Ends the run after so many instructions, with exit code 124.'),
      place(RUN, 'N'),
    ),
  ),
  timeout: v.optional(
    v.pipe(
      parsed(parseSeconds, 'expected a number of seconds'),
      v.description('Ends the run after so many seconds on the clock of this computer, with exit code 124.'),
      place(RUN, 'SECONDS'),
    ),
  ),
  untilSerial: v.optional(
    v.pipe(
      filledText('expected text'),
      v.description('Ends the run with exit code 0 when the serial port has sent this text.'),
      place(RUN, 'TEXT'),
    ),
  ),
  untilScreen: v.optional(
    v.pipe(
      filledText('expected text'),
      v.description('Ends the run with exit code 0 when the screen shows this text.'),
      place(RUN, 'TEXT'),
    ),
  ),
  screenText: v.optional(v.pipe(flag, v.description('Prints the text screen at the end.'), place(RUN)), false),
  screenshot: v.optional(
    v.pipe(
      path('expected the path of a PNG file to write'),
      v.description('Writes the screen at the end as PNG.'),
      place(RUN, 'PATH'),
    ),
  ),
  sound: v.optional(
    v.pipe(
      path('expected the path of a WAV file to write'),
      v.description("Writes what the PC speaker sounded like, in the guest's time, as WAV; ten minutes at most."),
      place(RUN, 'PATH'),
    ),
  ),
  digest: v.optional(
    v.pipe(
      flag,
      v.description('Prints the digest of the machine state and the number of instructions at the end.'),
      place(RUN),
    ),
    false,
  ),
  stats: v.optional(
    v.pipe(flag, v.description('Prints one line of JSON with figures about the run at the end.'), place(RUN)),
    false,
  ),
  stopOnEntry: v.optional(
    v.pipe(
      v.union([flag, v.literal('reset', 'expected "reset"')], 'expected true, false or "reset"'),
      v.description(
        'Where to stop first: at the first instruction of the image (true), at the reset vector ("reset") or not at all (false).',
      ),
      place(LAUNCH, 'WHERE'),
    ),
    true,
  ),
  listing: v.optional(
    v.pipe(
      path('expected the path of a listing'),
      v.description(
        'Listing of the assembler, or symbol file (.fas) of flat assembler. Found beside the image when absent.',
      ),
      place(SESSION, 'PATH'),
    ),
  ),
  symbols: v.optional(
    v.pipe(
      path('expected the path of an ELF file or a NASM map'),
      v.description('ELF file or NASM map to take symbols from. Found beside the image when absent.'),
      place(SESSION, 'PATH'),
    ),
  ),
  syntax: v.optional(
    v.pipe(choice(SYNTAX_NAMES), v.description('How instructions are written.'), place(SESSION, 'NAME')),
    'nasm',
  ),
  firmwareCalls: v.optional(
    v.pipe(
      flag,
      v.description('Shows each call of the firmware, such as INT 13h, as a line in the debug console.'),
      place(SESSION),
    ),
    false,
  ),
  stepIntoInterrupts: v.optional(
    v.pipe(
      flag,
      v.description('Step Into goes into handlers of hardware interrupts that arrive meanwhile, too.'),
      place(SESSION),
    ),
    false,
  ),
  stepIntoMacros: v.optional(
    v.pipe(
      flag,
      v.description("Steps through the lines of a macro's definition instead of taking its call as one line."),
      place(SESSION),
    ),
    false,
  ),
} as const;

export const OPTIONS_SCHEMA = v.object(ENTRIES);

/** Checked, with defaults, sizes in bytes, dates in milliseconds since 1970 (UTC). */
export type Options = v.InferOutput<typeof OPTIONS_SCHEMA>;
export type OptionName = keyof Options;

/** An option as a list shows it. */
export interface OptionDescription {
  readonly name: OptionName;
  /** `--max-instructions <N>` */
  readonly flag: string;
  readonly description: string;
  readonly places: readonly OptionPlace[];
  /** It takes a list: the flag may be given more than once. */
  readonly isList: boolean;
  /** The default as it would be written. */
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  /** Choices that can be made in one place only. */
  readonly only: Readonly<Record<string, OptionPlace>>;
  readonly schema: v.GenericSchema;
}

/** All pipe items of a wrapped entry, so that its description and places can be read. */
function pipeItems(schema: v.GenericSchema): readonly unknown[] {
  return 'pipe' in schema && Array.isArray(schema.pipe) ? (schema.pipe as readonly unknown[]) : [];
}

function choices(schema: v.GenericSchema): readonly string[] | undefined {
  return 'options' in schema &&
    Array.isArray(schema.options) &&
    schema.options.every((item) => typeof item === 'string')
    ? schema.options
    : undefined;
}

/** `maxInstructions` -> `max-instructions`. */
function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Every option in the order of the schema. */
export const OPTIONS: readonly OptionDescription[] = Object.entries(ENTRIES).map(([name, entry]): OptionDescription => {
  const metadata: OptionMetadata = v.getMetadata(entry.wrapped);
  const first = pipeItems(entry.wrapped)[0] as v.GenericSchema;
  const names = choices(first);
  const value = entry.default as string | number | boolean | undefined;
  return {
    name: name as OptionName,
    flag: `--${kebabCase(name)}${metadata.placeholder === undefined ? '' : ` <${metadata.placeholder}>`}`,
    description: v.getDescription(entry.wrapped) ?? '',
    places: metadata.places,
    schema: entry,
    isList: first.type === 'array',
    only: metadata.only ?? {},
    ...(value === undefined ? {} : { default: value }),
    ...(names === undefined ? {} : { choices: names }),
  };
});

/** Options of one place: of launch.json, or of `stepback run`. */
export function optionsOf(where: OptionPlace): readonly OptionDescription[] {
  return OPTIONS.filter((option) => option.places.includes(where));
}

/** What can be chosen in a place. */
export const choicesIn = ({ choices: all = [], only }: OptionDescription, where: OptionPlace): readonly string[] =>
  all.filter((name) => (only[name] ?? where) === where);

/** What VS Code and other clients add to a launch configuration on their own. */
const CLIENT_KEYS = new Set([
  'type',
  'name',
  'request',
  'presentation',
  'preLaunchTask',
  'postDebugTask',
  'internalConsoleOptions',
  'debugServer',
  'serverReadyAction',
  'suppressMultipleSessionWarning',
  'noDebug',
  'windows',
  'linux',
  'osx',
]);

const NO_MEANING: Readonly<Record<OptionPlace, string>> = {
  launch: 'in launch.json',
  attach: 'where a session attaches: the machine runs already',
  run: 'for "stepback run"',
};

/** Options that can't be used; the message has one line a problem. */
export class OptionsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'OptionsError';
  }
}

/**
 * Checks options and fills in defaults.
 * @param where decides which options are known and how the messages write their names
 * @throws OptionsError that names each option, what is wrong with it and what it should be
 */
export function parseOptions(where: OptionPlace, raw: unknown): Options {
  const written = (name: string): string => (where === 'run' ? `--${kebabCase(name)}` : `"${name}"`);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new OptionsError(['The options are not an object.']);
  const known = optionsOf(where);
  const names = new Set<string>(known.map((option) => option.name));
  const problems: string[] = [];
  for (const name of Object.keys(raw)) {
    if (names.has(name) || (where !== 'run' && (CLIENT_KEYS.has(name) || name.startsWith('__')))) continue;
    if (OPTIONS.some((option) => option.name === name)) {
      problems.push(`${written(name)} has no meaning ${NO_MEANING[where]}. Remove it.`);
      continue;
    }
    const meant = nearest(name, names);
    problems.push(
      `There is no option ${written(name)}.${meant === undefined ? '' : ` Did you mean ${written(meant)}?`}`,
    );
  }
  for (const { name, only } of known) {
    const value = (raw as Readonly<Record<string, unknown>>)[name];
    const at = typeof value === 'string' ? only[value] : undefined;
    if (at !== undefined && at !== where)
      problems.push(`${written(name)}: "${String(value)}" can only be chosen ${NO_MEANING[at]}.`);
  }
  const result = v.safeParse(OPTIONS_SCHEMA, raw);
  if (!result.success) {
    for (const issue of result.issues) {
      const key = issue.path?.[0].key;
      const name = typeof key === 'string' ? key : '';
      const got = JSON.stringify(issue.path?.[0].value) ?? 'nothing';
      const choice = known.find((option) => option.name === name && option.choices !== undefined);
      const expected = choice === undefined ? issue.message : expectedOne(choicesIn(choice, where));
      problems.push(`${written(name)}: ${expected}, got ${got}.`);
    }
  }
  if (problems.length > 0 || !result.success) throw new OptionsError(problems);
  return result.output;
}
