/** Values of options that only the looking subcommands have. */
import { InvalidArgumentError, Option } from 'commander';
import { optionsOf } from '../protocol/options';
import { parseAddress, parseCount } from '../protocol/option-values';

/** @throws InvalidArgumentError */
export function readAddress(text: string): number {
  const value = parseAddress(text);
  if (value === undefined || value > 0xffffffff) throw new InvalidArgumentError('expected an address such as 0x7c00');
  return value;
}

/** @throws InvalidArgumentError */
export function readCount(text: string): number {
  const value = parseCount(text);
  if (value === undefined) throw new InvalidArgumentError('expected a whole number');
  return value;
}

export type Bits = 16 | 32;

/** @throws InvalidArgumentError */
function readBits(text: string): Bits {
  if (text === '16') return 16;
  if (text === '32') return 32;
  throw new InvalidArgumentError('expected 16 or 32');
}

export const bitsOption = (description: string): Option => new Option('--bits <BITS>', description).argParser(readBits);

/** The option `syntax` of launch.json. */
export function syntaxOption(): Option {
  const known = optionsOf('launch').find(({ name }) => name === 'syntax');
  if (known?.choices === undefined) throw new Error('There is no option "syntax".');
  return new Option(known.flag, known.description).choices(known.choices).default(known.default);
}

export const hex = (value: number, digits = 0): string =>
  (value >>> 0).toString(16).toUpperCase().padStart(digits, '0');
