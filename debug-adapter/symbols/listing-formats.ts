/** The listings that can be read, told apart by their text. */
import { isGasListing, parseGasListing } from './gas-listing';
import type { Listing } from './listing';
import { isNasmListing, parseNasmListing } from './nasm-listing';
import { isYasmListing, parseYasmListing } from './yasm-listing';

interface Format {
  is(text: string): boolean;
  parse(text: string): Listing;
}

/** The first that recognises a text reads it; NASM's columns fit the others' as well. */
const FORMATS: readonly Format[] = [
  { is: isYasmListing, parse: parseYasmListing },
  { is: isGasListing, parse: parseGasListing },
  { is: isNasmListing, parse: parseNasmListing },
];

/** For messages: whose listings can be read, the symbol file of flat assembler among them. */
export const LISTING_FORMATS = 'NASM, YASM, GNU as or flat assembler';

/** Nothing where the text is no listing that is known. */
export function parseListing(text: string): Listing | undefined {
  return FORMATS.find((format) => format.is(text))?.parse(text);
}
