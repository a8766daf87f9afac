/** Boot loaders from Debian's packages, from power-on to their prompt: firmware, floppy, real and protected mode. */
import { grubFloppy, syslinuxFloppy } from '../cli/boot-images';
import type { Guest } from './kernels';

export interface Boot extends Guest {
  /** What the screen shows in the end. */
  readonly prompt: string;
  /** Makes the floppy below a folder. @throws Error when a program for that is missing */
  readonly floppy: (folder: string) => string;
}

const GRUB_MODULES = ['biosdisk', 'part_msdos', 'fat', 'normal'];

export const BOOTS: readonly Boot[] = [
  {
    name: 'grub',
    group: 'boot',
    title: 'GRUB from a floppy to its shell',
    rounds: 1,
    prompt: 'grub>',
    floppy: (folder) => grubFloppy(folder, 'grub.img', GRUB_MODULES),
  },
  {
    name: 'syslinux',
    group: 'boot',
    title: 'SYSLINUX from a floppy to its prompt',
    rounds: 1,
    prompt: 'boot:',
    floppy: (folder) => syslinuxFloppy(folder, 'syslinux.img', 1440, []),
  },
];
