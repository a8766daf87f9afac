/**
 * The assemblers that make an image of a source: how each is called, and how it writes what is wrong.
 * Sources: NASM manual section 2.1, YASM manual page yasm(1), flat assembler manual section 1.1, GNU as and ld manuals.
 */

export type AssemblerId = 'nasm' | 'yasm' | 'fasm' | 'gas';

/** Files of one build. All but the source lie in the folder for what is built. */
export interface BuildFiles {
  readonly source: string;
  readonly image: string;
  readonly listing: string;
  /** Where includes are looked for. */
  readonly includes: readonly string[];
  /** An ELF file with symbols, and what it is linked from. */
  readonly elf: string;
  readonly object: string;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Problem {
  /** As the assembler wrote it: relative to the source's folder, or absolute. */
  readonly file: string;
  /** From 1; 0 where it is about the whole file. */
  readonly line: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

export interface Assembler {
  readonly id: AssemblerId;
  /** For people. */
  readonly title: string;
  /** What must be on PATH. */
  readonly programs: readonly string[];
  /** Debian package that brings it. */
  readonly debian: string;
  /** Ending of the file with lines and labels that it writes; absent where the ELF file has them. */
  readonly listing?: '.lst' | '.fas';
  /** Run one after the other; the first that fails ends the build. @param origin address of the first byte */
  commands(files: BuildFiles, origin: number): readonly Command[];
  problems(output: string): readonly Problem[];
}

/** `file:line: error: message`, also with a column. NASM, YASM and GAS write so. */
const GNU = /^(.+?):(\d+):(?:\d+:)?\s*(fatal|panic|error|warning|note)?:?\s*(.*)$/i;
/** GAS says this before the messages of a file. */
const HEADING = /Assembler messages:$/;

function gnuProblems(output: string): readonly Problem[] {
  return output.split(/\r?\n/).flatMap((text): readonly Problem[] => {
    const match = GNU.exec(text);
    if (match === null || HEADING.test(text)) return [];
    const [, file = '', line = '0', severity = 'error', message = ''] = match;
    const soft = /^(warning|note)$/i.test(severity);
    return [{ file, line: Number(line), severity: soft ? 'warning' : 'error', message }];
  });
}

/** `boot.asm [5]:`, the line's text, then `error: illegal instruction.`; a macro's call stands first. */
function fasmProblems(output: string): readonly Problem[] {
  const lines = output.split(/\r?\n/);
  const message = lines.find((line) => line.startsWith('error:'))?.replace(/^error:\s*/, '');
  if (message === undefined) return [];
  const place = lines.map((line) => /^(.+?) \[(\d+)\]/.exec(line)).find((match) => match !== null);
  return [{ file: place?.[1] ?? '', line: Number(place?.[2] ?? 0), severity: 'error', message }];
}

const hex = (value: number): string => `0x${value.toString(16)}`;

export const ASSEMBLERS: Readonly<Record<AssemblerId, Assembler>> = {
  nasm: {
    id: 'nasm',
    title: 'NASM',
    programs: ['nasm'],
    debian: 'nasm',
    listing: '.lst',
    commands: ({ source, image, listing, includes }) => [
      {
        program: 'nasm',
        // NASM joins an include's name to the folder as it stands.
        args: [
          '-X',
          'gnu',
          '-f',
          'bin',
          ...includes.flatMap((one) => ['-I', `${one}/`]),
          '-o',
          image,
          '-l',
          listing,
          source,
        ],
      },
    ],
    problems: gnuProblems,
  },
  yasm: {
    id: 'yasm',
    title: 'YASM',
    programs: ['yasm'],
    debian: 'yasm',
    listing: '.lst',
    commands: ({ source, image, listing, includes }) => [
      {
        program: 'yasm',
        args: ['-X', 'gnu', '-f', 'bin', ...includes.flatMap((one) => ['-I', one]), '-o', image, '-l', listing, source],
      },
    ],
    problems: gnuProblems,
  },
  fasm: {
    id: 'fasm',
    title: 'flat assembler',
    programs: ['fasm'],
    debian: 'fasm',
    listing: '.fas',
    commands: ({ source, image, listing }) => [{ program: 'fasm', args: [source, image, '-s', listing] }],
    problems: fasmProblems,
  },
  gas: {
    id: 'gas',
    title: 'GNU as',
    programs: ['as', 'ld', 'objcopy'],
    debian: 'binutils',
    commands: ({ source, image, elf, object, includes }, origin) => [
      { program: 'as', args: ['--32', '-g', ...includes.flatMap((one) => ['-I', one]), '-o', object, source] },
      {
        program: 'ld',
        args: ['-m', 'elf_i386', '-Ttext', hex(origin), '--build-id=none', '-e', hex(origin), '-o', elf, object],
      },
      { program: 'objcopy', args: ['-O', 'binary', elf, image] },
    ],
    problems: gnuProblems,
  },
};

/** What only flat assembler's sources have: its format directive, `use16` as a word, and `org` without brackets beside it. */
const FASM = /^\s*(format\s+(binary|mz|elf|pe)|use(16|32)\s*(;.*)?$|include\s+')/im;

/** The assembler that a source is written for, by its ending and its text. */
export function assemblerOf(path: string, text: string): AssemblerId {
  if (/\.s$/i.test(path)) return 'gas';
  return FASM.test(text) ? 'fasm' : 'nasm';
}

/** The sources that an assembler makes an image of. */
export const isAssemblySource = (path: string): boolean => /\.(asm|nasm|s)$/i.test(path);
