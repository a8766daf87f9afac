/** The languages that Stepback adds to the editor, and those in which breakpoints and F5 work. */
import { FOREIGN_ASSEMBLY, LANGUAGES } from '../../extension/languages/ids';

export interface Language {
  readonly id: string;
  readonly name: string;
  readonly extensions: readonly string[];
  readonly mimetypes?: readonly string[];
  /** Comment marks, brackets and words. */
  readonly configuration: string;
  readonly grammar?: { readonly scope: string; readonly file: string };
}

export const OWN_LANGUAGES: readonly Language[] = [
  {
    id: LANGUAGES.nasm,
    name: 'NASM x86 assembly',
    extensions: ['.asm', '.nasm', '.inc'],
    // The adapter's disassemblies come as this.
    mimetypes: ['text/x-asm'],
    configuration: './syntaxes/nasm-language-configuration.json',
    grammar: { scope: 'source.asm.nasm.x86', file: './syntaxes/nasm-x86.tmLanguage.json' },
  },
  {
    id: LANGUAGES.gas,
    name: 'GNU x86 assembly',
    extensions: ['.s', '.S'],
    configuration: './syntaxes/gas-language-configuration.json',
    grammar: { scope: 'source.asm.gas.x86', file: './syntaxes/gas-x86.tmLanguage.json' },
  },
  {
    id: LANGUAGES.listing,
    name: 'Assembler listing',
    extensions: ['.lst'],
    configuration: './syntaxes/nasm-language-configuration.json',
    grammar: { scope: 'source.asm.listing', file: './syntaxes/listing.tmLanguage.json' },
  },
];

/** Compiled languages whose lines come with ELF symbols. */
const COMPILED = ['c', 'cpp', 'rust', 'zig'] as const;

/** Every language in which a breakpoint can be set and whose files start with F5 and no launch.json. */
export const CODE_LANGUAGES: readonly string[] = [
  ...OWN_LANGUAGES.map(({ id }) => id),
  ...FOREIGN_ASSEMBLY,
  ...COMPILED,
];
