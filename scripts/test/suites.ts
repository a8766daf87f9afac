/** Every suite of `npm test`, in the order in which they run. A new folder of tests gets its row here. */
import { parseClosingLine, parseMocha, type Counts } from '../lib/report';
import type { DebianPackage } from './debian';

/** Something that is set up before suites run. */
export type Need = DebianPackage | 'code-server';

export interface Suite {
  readonly name: string;
  /** What it shows, for a person who reads the output. */
  readonly title: string;
  /** Folder below test/ whose `*.test.ts` files it runs; undefined for a suite of another kind. */
  readonly folder?: string;
  /** Arguments for Node, with tsx loaded. */
  readonly args: readonly string[];
  /** Without these it can't run at all. */
  readonly needs: readonly Need[];
  /** Without these some of its tests are skipped. */
  readonly wants: readonly Need[];
  readonly parse: (output: string) => Counts | undefined;
}

const MOCHA = 'node_modules/mocha/bin/mocha.js';

const mocha = (
  folder: string,
  title: string,
  { needs = [], wants = [] }: { readonly needs?: readonly Need[]; readonly wants?: readonly Need[] } = {},
): Suite => ({
  name: folder,
  title,
  folder,
  args: [MOCHA, '--reporter', 'dot', `test/${folder}/**/*.test.ts`],
  needs,
  wants,
  parse: parseMocha,
});

export const SUITES: readonly Suite[] = [
  {
    name: 'check',
    title: 'types, lint, one-way imports, dead code, format',
    args: ['scripts/check.ts'],
    needs: [],
    wants: [],
    parse: parseClosingLine,
  },
  mocha('unit', 'parts on their own', {
    wants: ['nasm', 'gcc', 'binutils', 'syslinux-common', 'dosfstools', 'mtools', 'genisoimage', 'fdisk', 'qemu-utils'],
  }),
  mocha('vectors', 'a sample of the vectors from real 8086 and 80286 chips'),
  mocha('isa', 'instructions by cases that a person can read', { needs: ['nasm'] }),
  mocha('engines', 'random programs, interpreted and compiled', { needs: ['nasm'] }),
  mocha('lockstep', 'random instruction streams beside QEMU', { wants: ['qemu-system-x86'] }),
  mocha('bochs', 'the same cases, and random ones about segments and gates, beside Bochs', {
    needs: ['nasm'],
    wants: ['bochs', 'bochs-term'],
  }),
  mocha('adapter', 'the debug adapter over its protocol', {
    wants: ['nasm', 'yasm', 'fasm', 'binutils', 'gcc', 'binutils-powerpc-linux-gnu', 'binutils-sparc64-linux-gnu'],
  }),
  mocha('cli', 'the command line as a program', {
    needs: ['nasm', 'make', 'gcc', 'binutils'],
    wants: [
      ...([
        'qemu-system-x86',
        'syslinux-common',
        'syslinux',
        'grub-common',
        'grub-pc-bin',
        'isolinux',
        'xorriso',
      ] as const),
      ...(['dosfstools', 'mtools', 'genisoimage', 'fdisk'] as const),
    ],
  }),
  mocha('firmware', 'the built-in firmware beside SeaBIOS, call by call', {
    needs: ['nasm'],
    wants: ['qemu-system-x86'],
  }),
  mocha('video', "pictures beside QEMU's, pixel by pixel", { needs: ['nasm'], wants: ['qemu-system-x86'] }),
  mocha('gdb', 'the GDB remote stub, with GDB and LLDB themselves', { wants: ['gdb', 'lldb-14', 'gcc'] }),
  {
    name: 'host',
    title: 'the extension in the extension host of a real VS Code',
    folder: 'extension',
    args: ['scripts/vscode/host-tests.ts'],
    needs: ['nasm', 'code-server', 'chromium', 'fonts-dejavu-core'],
    wants: [],
    parse: parseMocha,
  },
  mocha('journey', 'the editor in a browser, as a person uses it', {
    needs: ['nasm', 'code-server', 'chromium', 'fonts-dejavu-core'],
  }),
];

/** What the chosen suites need or want, without repetition. */
export const needsOf = (suites: readonly Suite[]): readonly Need[] => [
  ...new Set(suites.flatMap(({ needs, wants }) => [...needs, ...wants])),
];
