/** Boot loaders from Debian's packages on the built-in firmware: their screens are QEMU's with SeaBIOS. */
import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { Stepback } from '../support/stepback';
import { hasTool } from '../support/tools';
import {
  grubDisk,
  grubFloppy,
  isolinuxHybrid,
  memdiskFloppy,
  MKFS,
  SFDISK,
  syslinuxDisk,
  syslinuxFloppy,
  syslinuxModules,
} from './boot-images';
import { qemuScreen } from './qemu-screen';

/**
 * Lines of QEMU that differ because they tell what the firmware is, and what they are here; undefined for a line that
 * has no counterpart. SeaBIOS keeps the last 128 kB of memory for ACPI tables, which the built-in firmware has not; its
 * ROM below 4 GiB has 256 kB instead of 64; and its diskette parameter table is not at F000:EFC7, where IBM's is.
 */
const FIRMWARE_OWN: Readonly<Record<string, string | undefined>> = {
  'INT 15 88: 0x7b80 (31616K)  INT 15 E801: 0x3c00 (15360K) 0x00fe (16256K)':
    'INT 15 88: 0x7c00 (31744K)  INT 15 E801: 0x3c00 (15360K) 0x0100 (16384K)',
  '       3 0000000000100000x 0000000001ee0000x 0000000001fe0000x 1 [-] usable':
    '       3 0000000000100000x 0000000001f00000x 0000000002000000x 1 [-] usable',
  '       4 0000000001fe0000x 0000000000020000x 0000000002000000x 2 [-] reserved': undefined,
  '       5 00000000fffc0000x 0000000000040000x 0000000100000000x 2 [-] reserved':
    '       4 00000000ffff0000x 0000000000010000x 0000000100000000x 2 [-] reserved',

  'base_addr = 0x100000, length = 0x1ee0000, available RAM': 'base_addr = 0x100000, length = 0x1f00000, available RAM',
  'base_addr = 0x1fe0000, length = 0x20000, reserved RAM': undefined,
  'base_addr = 0xfffc0000, length = 0x40000, reserved RAM': 'base_addr = 0xffff0000, length = 0x10000, reserved RAM',

  'e820: 0000000000100000 0000000001ee0000 1': 'e820: 0000000000100000 0000000001f00000 1',
  'e820: 0000000001fe0000 0000000000020000 2': undefined,
  'e820: 00000000fffc0000 0000000000040000 2': 'e820: 00000000ffff0000 0000000000010000 2',
  'Ramdisk at 0x01f2c000, length 0x000b4000': 'Ramdisk at 0x01f4c000, length 0x000b4000',
  '1588: 0x78b0  15E801: 0x3c00 0x00f2': '1588: 0x7930  15E801: 0x3c00 0x00f4',
  'INT 13 08: Success, count = 1, BPT = f000:601c': 'INT 13 08: Success, count = 1, BPT = f000:efc7',
  'old: int13 = f000e3fe  int15 = f000f859  int1e = f000601c':
    'old: int13 = f000e3fe  int15 = f000f859  int1e = f000efc7',
  'new: int13 = 9f40000a  int15 = 9f4002d1  int1e = f000601c':
    'new: int13 = 9f40000a  int15 = 9f4002d1  int1e = f000efc7',
};

interface Loader {
  readonly title: string;
  readonly image: (folder: string) => string;
  readonly kind: 'floppy' | 'disk';
  /** The first line to compare holds this. */
  readonly first: string;
  readonly prompt: string;
  /** Typed as soon as the prompt is there. */
  readonly typed: string;
  /** What the last line to compare holds; unless told, the prompt and what was typed after the last Enter. */
  readonly wanted?: string;
  readonly instructions: string;
}

/** A run may take so long on a loaded machine. */
const PATIENCE_MS = 180_000;

const GRUB_MODULES = ['biosdisk', 'part_msdos', 'fat', 'normal', 'ls', 'lsmmap', 'echo', 'configfile', 'minicmd'];
const MENU = `set timeout=-1
menuentry "first entry" { echo the first entry }
menuentry "second entry" { echo the second entry }
`;
const SYSLINUX = { first: 'SYSLINUX 6.04', prompt: 'boot:', instructions: '3e8' } as const;
const GRUB = { prompt: 'grub>', instructions: '1e9' } as const;

const LOADERS: readonly Loader[] = [
  {
    ...SYSLINUX,
    title: 'SYSLINUX on a floppy, and its meminfo.c32',
    image: (folder) =>
      syslinuxFloppy(folder, 'syslinux.img', 1440, syslinuxModules('meminfo.c32', 'libcom32.c32', 'libutil.c32')),
    kind: 'floppy',
    typed: 'meminfo.c32\nend',
  },
  {
    ...SYSLINUX,
    title: "SYSLINUX's memdisk with a floppy inside",
    image: memdiskFloppy,
    kind: 'floppy',
    first: 'MEMDISK 6.04',
    typed: 'end',
  },
  ...(['mbr', 'altmbr', 'gptmbr'] as const).map(
    (code): Loader => ({
      ...SYSLINUX,
      title: `SYSLINUX in a partition, started by ${code}.bin`,
      image: (folder) => syslinuxDisk(folder, `${code}.img`, code),
      kind: 'disk',
      typed: 'end',
    }),
  ),
  {
    ...SYSLINUX,
    title: 'ISOLINUX on a hybrid CD-ROM image, as a disk',
    image: isolinuxHybrid,
    kind: 'disk',
    first: 'ISOLINUX 6.04',
    typed: 'end',
  },
  {
    ...GRUB,
    title: 'GRUB on a floppy: the normal shell and lsmmap',
    image: (folder) => grubFloppy(folder, 'grub-floppy.img', GRUB_MODULES),
    kind: 'floppy',
    first: 'GNU GRUB',
    typed: 'lsmmap\nend',
  },
  {
    ...GRUB,
    title: 'GRUB on a floppy: the rescue shell and ls',
    image: (folder) => grubFloppy(folder, 'grub-rescue.img', ['biosdisk']),
    kind: 'floppy',
    first: 'GRUB loading',
    prompt: 'grub rescue>',
    typed: 'ls\nend',
  },
  {
    ...GRUB,
    title: 'GRUB on a disk: its menu, from a file on a partition',
    image: (folder) => grubDisk(folder, 'grub-disk.img', GRUB_MODULES, MENU),
    kind: 'disk',
    first: 'GNU GRUB',
    prompt: 'command-line.',
    typed: '',
    wanted: 'command-line.',
  },
  {
    ...GRUB,
    title: 'GRUB on a disk: the shell behind the menu, drives and files',
    image: (folder) => grubDisk(folder, 'grub-disk.img', GRUB_MODULES, MENU),
    kind: 'disk',
    first: 'GNU GRUB',
    prompt: 'command-line.',
    typed: 'cls (hd0,msdos1)/boot/grub/\nend',
    wanted: 'grub> end',
  },
];

function needs(file: string): boolean {
  if (existsSync(file)) return true;
  if (process.env['CI'] !== undefined) throw new Error(`${file} is needed by the tests and is not there`);
  return false;
}

describe('boot loaders', function () {
  this.timeout(2 * PATIENCE_MS);
  let stepback: Stepback;

  before(async function () {
    const programs = ['qemu-system-i386', 'syslinux', 'grub-mkimage', 'mcopy', 'xorriso'].filter(
      (name) => !hasTool(name),
    );
    if (programs.length > 0 || ![MKFS, SFDISK, '/usr/lib/syslinux/mbr/mbr.bin'].every(needs)) this.skip();
    stepback = await Stepback.build();
  });
  after(() => stepback?.dispose());

  for (const loader of LOADERS) {
    it(loader.title, async () => {
      const { kind, first, prompt, typed } = loader;
      const image = loader.image(stepback.folder);
      const wanted = loader.wanted ?? `${prompt} ${typed.split('\n').at(-1) ?? ''}`;
      const shown = (lines: readonly string[]): readonly string[] => {
        const start = lines.findIndex((line) => line.includes(first));
        const end = lines.findIndex((line) => line.includes(wanted));
        assert.ok(start >= 0 && end >= start, `"${first}" to "${wanted}" is not there:\n${lines.join('\n')}`);
        return lines.slice(start, end + 1);
      };
      const qemu = await qemuScreen({
        image,
        kind,
        wanted,
        typing: { prompt, text: typed },
        scratch: stepback.file('screen.bin'),
      });
      const run = await stepback.run(
        [
          ...['run', image, '--screen-text', '--max-instructions', loader.instructions],
          ...['--until-screen', wanted, '--keys', typed.replaceAll('\n', '\\n')],
        ],
        { patience: PATIENCE_MS, encoding: 'utf8' },
      );
      const expected = shown(qemu).flatMap((line) => {
        const own = line in FIRMWARE_OWN ? FIRMWARE_OWN[line] : line;
        return own === undefined ? [] : [own];
      });
      assert.deepEqual(shown(run.stdout.split('\n')), expected);
    });
  }
});
