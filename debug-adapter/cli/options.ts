/** Options of the command line, all from the one schema in protocol/options. */
import type { Command } from 'commander';
import { Option } from 'commander';
import {
  type OptionDescription,
  type OptionName,
  type OptionPlace,
  type Options,
  optionsOf,
  OptionsError,
  parseOptions,
} from '../protocol/options';
import { UsageError } from './exit-codes';

/** The positional argument's name in the schema. */
const IMAGE: OptionName = 'program';

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

const row = (name: OptionName): OptionDescription => {
  const found = optionsOf('run').find((option) => option.name === name);
  if (found === undefined) throw new Error(`There is no option ${name}.`);
  return found;
};

function makeOption(description: OptionDescription): Option {
  const option = new Option(description.flag, description.description);
  if (description.choices !== undefined) option.argChoices = [...description.choices];
  if (description.isList) {
    option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  }
  // It takes a word, of which some are no text in launch.json.
  else if (description.flag.includes('<') && typeof description.default === 'boolean') {
    option.argParser((value: string) => BOOLEANS.get(value) ?? value);
  }
  // A switch is off unless it is given; that goes without saying.
  if (description.default !== undefined && typeof description.default !== 'boolean')
    option.default(description.default);
  return option;
}

/** Adds the options of those names, in the order of the schema; all of that place when no names are given. */
export function addOptions(command: Command, names?: readonly OptionName[], where: OptionPlace = 'run'): Command {
  for (const description of optionsOf(where)) {
    if (description.name === IMAGE || (names !== undefined && !names.includes(description.name))) continue;
    command.addOption(makeOption(description));
  }
  return command;
}

/** Adds the image as an argument: `[IMAGE]`, or `<IMAGE>` where it must be given. */
export function addImage(command: Command, required = false): Command {
  return command.argument(required ? '<IMAGE>' : '[IMAGE]', row(IMAGE).description);
}

/** Checked options. @throws UsageError that names each that is wrong */
export function readOptions(
  image: string | undefined,
  raw: Readonly<Record<string, unknown>>,
  where: OptionPlace = 'run',
): Options {
  try {
    return parseOptions(where, image === undefined ? raw : { ...raw, [IMAGE]: image });
  } catch (error) {
    if (error instanceof OptionsError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
