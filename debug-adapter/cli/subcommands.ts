/** The subcommands by name. They are loaded one by one, so this knows none of them. */

interface SubcommandRow {
  readonly description: string;
  /** It is for scripts of this repository. */
  readonly hidden?: boolean;
}

/** In the order of the help text. */
export const SUBCOMMANDS = {
  run: { description: 'Runs an image and ends with an exit code that scripts can use.' },
  debug: { description: 'Debugs an image in the terminal, forwards and backwards.' },
  dap: { description: 'Serves the Debug Adapter Protocol on standard input and output.' },
  gdb: { description: 'Starts an image for GDB or LLDB, stopped at its first instruction.' },
  inspect: { description: 'Says what an image is and why, without running it.' },
  disassemble: { description: 'Shows the instructions of an image, without running it.' },
  ir: { description: 'Shows a block of guest code as bytes, instructions, IR and wasm.' },
  machines: { description: 'Lists the boards with their CPUs, chips and registers.' },
  proof: { description: 'Shows that the main job works here.', hidden: true },
} as const satisfies Readonly<Record<string, SubcommandRow>>;

export type SubcommandName = keyof typeof SUBCOMMANDS;

/** A part of the program that is loaded alone. */
export interface CommandLine {
  /** Does what the arguments of the process say. `name`: the subcommand among them. */
  readonly main: (name: SubcommandName | undefined) => Promise<void>;
}

const isSubcommand = (word: string | undefined): word is SubcommandName =>
  word !== undefined && Object.hasOwn(SUBCOMMANDS, word);

/** The subcommand that arguments are for, or about: the first word that is no option, or the one behind `help`. */
export function namedSubcommand(args: readonly string[]): SubcommandName | undefined {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const word = words[0] === 'help' ? words[1] : words[0];
  return isSubcommand(word) ? word : undefined;
}
