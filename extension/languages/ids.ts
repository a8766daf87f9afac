/** Languages of assembler sources. */

/** Those that Stepback adds; scripts/contributes writes package.json from them. */
export const LANGUAGES = { nasm: 'stepback-nasm', gas: 'stepback-gas', listing: 'stepback-listing' } as const;

/** Language ids that well-used assembler extensions give to the same files: they win over ours where they are installed. */
export const FOREIGN_ASSEMBLY = [
  'arm',
  'asm',
  'asm-collection',
  'asm-intel-x86-generic',
  'assembly',
  'fasm',
  'gas',
  'masm',
  'nasm',
  'platformio-debug.asm',
  'tasm',
  'x86asm',
] as const;

/** Every language in which the editor tells of registers, ports and interrupts. */
export const ASSEMBLY: readonly string[] = [...Object.values(LANGUAGES), ...FOREIGN_ASSEMBLY];
