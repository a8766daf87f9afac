/** The programs that tests use beside the npm packages: what to look for, and the Debian package that brings it. */
import { existsSync, readdirSync } from 'node:fs';
import { findProgram } from '../lib/find';
import { run } from '../lib/run';

/** Debian package -> a program on PATH, or the absolute path of a file, that shows that it is there. */
const DEBIAN = {
  'qemu-system-x86': 'qemu-system-i386',
  gdb: 'gdb',
  'lldb-14': 'lldb-14',
  nasm: 'nasm',
  yasm: 'yasm',
  fasm: 'fasm',
  binutils: 'objdump',
  'binutils-powerpc-linux-gnu': 'powerpc-linux-gnu-as',
  'binutils-sparc64-linux-gnu': 'sparc64-linux-gnu-as',
  gcc: 'gcc',
  make: 'make',
  'qemu-utils': 'qemu-img',
  fdisk: '/sbin/sfdisk',
  bochs: 'bochs',
  'bochs-term': '/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so',
  bochsbios: '/usr/share/bochs/BIOS-bochs-latest',
  vgabios: '/usr/share/vgabios/vgabios.bin',
  chromium: 'chromium',
  'fonts-dejavu-core': '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
  'syslinux-common': '/usr/lib/syslinux/mbr/mbr.bin',
  syslinux: 'syslinux',
  isolinux: '/usr/lib/ISOLINUX/isohdpfx.bin',
  xorriso: 'xorriso',
  'grub-common': 'grub-mkimage',
  'grub-pc-bin': '/usr/lib/grub/i386-pc/boot.img',
  dosfstools: '/usr/sbin/mkfs.fat',
  mtools: 'mdir',
  genisoimage: 'genisoimage',
  seabios: '/usr/share/seabios/bios.bin',
} as const satisfies Readonly<Record<string, string>>;

export type DebianPackage = keyof typeof DEBIAN;

const isThere = (name: DebianPackage): boolean => {
  const proof = DEBIAN[name];
  return proof.startsWith('/') ? existsSync(proof) : findProgram(proof) !== undefined;
};

const missingPackages = (names: readonly DebianPackage[]): readonly DebianPackage[] =>
  [...new Set(names)].filter((name) => !isThere(name)).toSorted();

/** The arguments after `apt-get` that install packages without a question and without what they merely recommend. */
const aptArguments = (names: readonly string[]): readonly string[] => [
  'install',
  '-y',
  '--no-install-recommends',
  ...names,
];

/** The one line to type for a person who is not root. */
export const aptLine = (names: readonly string[]): string => `sudo apt-get ${aptArguments(names).join(' ')}`;

/** Whether this process may install Debian packages here. */
const canInstall = (): boolean => process.getuid?.() === 0 && findProgram('apt-get') !== undefined;

const hasPackageLists = (): boolean =>
  existsSync('/var/lib/apt/lists') && readdirSync('/var/lib/apt/lists').some((file) => file.includes('_Packages'));

/** Lines of apt-get that tell a waiting person how much there is to do. */
const WORTH_SHOWING = /^(Need to get|After this operation|E:|W:)/;

async function aptGet(args: readonly string[], say: (line: string) => void): Promise<boolean> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const { code, stdout, stderr, milliseconds } = await run('apt-get', args, { env });
  for (const line of `${stdout}\n${stderr}`.split('\n')) if (WORTH_SHOWING.test(line)) say(`  ${line}`);
  say(`  apt-get ${args[0]}: ${code === 0 ? 'done' : `failed with ${code}`} in ${(milliseconds / 1000).toFixed(0)} s`);
  return code === 0;
}

/**
 * Installs the missing ones of these packages where that is possible, else says the line to type.
 * Returns those that are missing in the end.
 */
export async function ensureDebian(
  names: readonly DebianPackage[],
  say: (line: string) => void,
): Promise<readonly DebianPackage[]> {
  const missing = missingPackages(names);
  if (missing.length === 0) return [];
  if (!canInstall()) {
    say(`missing programs: ${missing.map((name) => DEBIAN[name]).join(', ')}`);
    say(`on Debian or Ubuntu: ${aptLine(missing)}`);
    return missing;
  }
  say(`Debian packages: ${missing.join(' ')} ...`);
  if (!hasPackageLists()) await aptGet(['update'], say);
  const done = await aptGet(aptArguments(missing), say);
  // Old lists name versions that are gone from the archive.
  if (!done && (await aptGet(['update'], say))) await aptGet(aptArguments(missing), say);
  return missingPackages(names);
}
