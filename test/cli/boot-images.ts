/** Images with boot loaders from Debian's packages, built as their own tools build them. */
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runTool } from '../support/tools';

const MODULES = '/usr/lib/syslinux/modules/bios';
const MBR = '/usr/lib/syslinux/mbr';
const ISOLINUX = '/usr/lib/ISOLINUX';
const GRUB = '/usr/lib/grub/i386-pc';
export const MKFS = '/usr/sbin/mkfs.fat';
export const SFDISK = '/sbin/sfdisk';
const SECTOR = 512;
const KB = 1024;
const DISK_BYTES = 8 << 20;
const FIRST_SECTOR = 2048;
const PARTITION_SECTORS = 8192;
/** FAT16, by its table's type and sfdisk's name. */
const FAT16 = '6';

/** A file to be copied into a file system: its name there, and where or what it is. */
export type Content = readonly [name: string, content: { readonly path: string } | { readonly text: string }];

function copyInto(folder: string, image: string, files: readonly Content[]): void {
  for (const [name, content] of files) {
    const source = 'path' in content ? content.path : path.join(folder, `copy-${path.basename(name)}`);
    if ('text' in content) writeFileSync(source, content.text);
    const parents = path.posix
      .dirname(name)
      .split('/')
      .filter((part) => part !== '.');
    parents.forEach((_, i) => {
      const parent = parents.slice(0, i + 1).join('/');
      // A folder that is there already is no failure.
      runTool('mmd', ['-D', 's', '-i', image, `::/${parent}`], folder);
    });
    runTool('mcopy', ['-o', '-i', image, source, `::/${name}`], folder);
  }
}

/** A FAT12 floppy of `kb` with SYSLINUX and files. */
export function syslinuxFloppy(folder: string, name: string, kb: number, files: readonly Content[]): string {
  const image = path.join(folder, name);
  writeFileSync(image, Buffer.alloc(kb * KB));
  runTool(MKFS, ['-F', '12', '-i', '12345678', image], folder);
  runTool('syslinux', ['--install', image], folder);
  copyInto(folder, image, files);
  return image;
}

export const syslinuxModules = (...names: readonly string[]): readonly Content[] =>
  names.map((name) => [name, { path: `${MODULES}/${name}` }] as const);

/** A floppy from which SYSLINUX starts MEMDISK with a 720 kB floppy inside that has a SYSLINUX, too. */
export function memdiskFloppy(folder: string): string {
  const inner = syslinuxFloppy(folder, 'inner.img', 720, []);
  const configuration = 'DEFAULT memory\nLABEL memory\n  LINUX memdisk\n  INITRD inner.img\n';
  return syslinuxFloppy(folder, 'memdisk.img', 1440, [
    ['syslinux.cfg', { text: configuration }],
    ['memdisk', { path: '/usr/lib/syslinux/memdisk' }],
    ['inner.img', { path: inner }],
  ]);
}

/** GRUB's core image with `modules`. */
function grubCore(folder: string, prefix: string, modules: readonly string[]): Buffer {
  const core = path.join(folder, 'core.img');
  runTool('grub-mkimage', ['-d', GRUB, '-O', 'i386-pc', '-o', core, '-p', prefix, ...modules], folder);
  return readFileSync(core);
}

/** A floppy that holds nothing but GRUB: its boot sector, and its core from the second sector on. */
export function grubFloppy(folder: string, name: string, modules: readonly string[]): string {
  const image = path.join(folder, name);
  const core = grubCore(folder, '(fd0)/boot/grub', modules);
  writeFileSync(image, Buffer.concat([readFileSync(`${GRUB}/boot.img`), core]));
  truncateSync(image, 1440 * KB);
  return image;
}

interface Partitioned {
  readonly label: 'dos' | 'gpt';
  /** What sfdisk is told of the one partition. */
  readonly partition: string;
  /** The code in the first sector, at most 440 bytes. */
  readonly code: Uint8Array;
}

/** A disk with one partition whose content is `volume`, and boot code in the first sector. */
function partitionedDisk(
  folder: string,
  name: string,
  { label, partition, code }: Partitioned,
  volume: Uint8Array,
): string {
  const image = path.join(folder, name);
  writeFileSync(image, Buffer.alloc(DISK_BYTES));
  const script = path.join(folder, 'partitions.txt');
  const id = label === 'dos' ? '0x12345678' : '01234567-89AB-CDEF-0123-456789ABCDEF';
  writeFileSync(
    script,
    `label: ${label}\nlabel-id: ${id}\nstart=${FIRST_SECTOR}, size=${PARTITION_SECTORS}, ${partition}\n`,
  );
  runTool('sh', ['-c', `${SFDISK} --quiet --no-reread "$1" < "$2"`, 'sh', image, script], folder);
  const bytes = readFileSync(image);
  bytes.set(code.subarray(0, 440), 0);
  bytes.set(volume, FIRST_SECTOR * SECTOR);
  writeFileSync(image, bytes);
  return image;
}

/** A FAT16 volume for that partition; SYSLINUX in it where wanted. */
function volume(folder: string, files: readonly Content[], withSyslinux: boolean): Uint8Array {
  const image = path.join(folder, 'volume.img');
  writeFileSync(image, Buffer.alloc(PARTITION_SECTORS * SECTOR));
  const geometry = ['-g', '16/63', '-h', String(FIRST_SECTOR)];
  runTool(MKFS, ['-F', '16', '-s', '1', '-i', '12345678', ...geometry, image], folder);
  if (withSyslinux) runTool('syslinux', ['--install', image], folder);
  copyInto(folder, image, files);
  return readFileSync(image);
}

/** A disk that SYSLINUX's MBR `code` boots; the active partition holds SYSLINUX. */
export function syslinuxDisk(folder: string, name: string, code: 'mbr' | 'altmbr' | 'gptmbr'): string {
  const program = readFileSync(`${MBR}/${code}.bin`);
  // altmbr.bin is followed by the number of the partition to boot, active or not.
  const boot = code === 'altmbr' ? Buffer.concat([program, Buffer.of(1)]) : program;
  const inside = volume(folder, [], true);
  const disk =
    code === 'gptmbr'
      ? ({ label: 'gpt', partition: 'type=uefi, attrs=LegacyBIOSBootable', code: boot } as const)
      : ({ label: 'dos', partition: `type=${FAT16}${code === 'mbr' ? ', bootable' : ''}`, code: boot } as const);
  return partitionedDisk(folder, name, disk, inside);
}

/** A CD-ROM image with ISOLINUX that boots from a disk, too. */
export function isolinuxHybrid(folder: string): string {
  const tree = path.join(folder, 'cd');
  mkdirSync(path.join(tree, 'isolinux'), { recursive: true });
  copyFileSync(`${ISOLINUX}/isolinux.bin`, path.join(tree, 'isolinux', 'isolinux.bin'));
  copyFileSync(`${MODULES}/ldlinux.c32`, path.join(tree, 'isolinux', 'ldlinux.c32'));
  writeFileSync(path.join(tree, 'isolinux', 'isolinux.cfg'), 'PROMPT 1\n');
  const image = path.join(folder, 'hybrid.iso');
  const boot = ['-c', 'isolinux/boot.cat', '-b', 'isolinux/isolinux.bin', '-no-emul-boot', '-boot-load-size', '4'];
  const hybrid = ['-boot-info-table', '-isohybrid-mbr', `${ISOLINUX}/isohdpfx.bin`];
  runTool('xorriso', ['-as', 'mkisofs', '-quiet', '-o', image, ...boot, ...hybrid, tree], folder);
  return image;
}

/** Offset of the boot sector's test whether the BIOS told a drive that can be: a jump, taken out for hard disks. */
const GRUB_DRIVE_CHECK = 0x66;
const NOP = 0x90;

/** A disk with GRUB in its first sector and its core in the gap before the partition, which holds its configuration. */
export function grubDisk(folder: string, name: string, modules: readonly string[], configuration: string): string {
  const boot = readFileSync(`${GRUB}/boot.img`);
  boot.fill(NOP, GRUB_DRIVE_CHECK, GRUB_DRIVE_CHECK + 2);
  const core = grubCore(folder, '(hd0,msdos1)/boot/grub', modules);
  const inside = volume(folder, [['boot/grub/grub.cfg', { text: configuration }]], false);
  const image = partitionedDisk(folder, name, { label: 'dos', partition: `type=${FAT16}`, code: boot }, inside);
  const bytes = readFileSync(image);
  bytes.set(core, SECTOR);
  writeFileSync(image, bytes);
  return image;
}
