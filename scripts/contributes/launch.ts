/** What VS Code offers while a launch.json is written. */
import { DEBUG_TYPE } from '../../extension/ids';

const image = { type: DEBUG_TYPE, request: 'launch' };

export const INITIAL_CONFIGURATIONS = [{ ...image, name: 'Boot image', program: '${workspaceFolder}/boot.img' }];

// `^"` begins a snippet text, in which VS Code's own variables are written with an escaped dollar.
export const CONFIGURATION_SNIPPETS = [
  {
    label: 'Stepback: boot an image',
    description: 'Start a boot sector, floppy image or disk image and stop at its first instruction.',
    body: { ...image, name: 'Boot ${1:boot.img}', program: '^"\\${workspaceFolder}/${1:boot.img}"', stopOnEntry: true },
  },
  {
    label: 'Stepback: start a kernel',
    description: 'Start an ELF kernel (Multiboot 1) and stop at its entry.',
    body: { ...image, name: 'Start ${1:kernel.elf}', kernel: '^"\\${workspaceFolder}/${1:kernel.elf}"' },
  },
  {
    label: 'Stepback: attach to a machine',
    description: 'Attach to a machine that runs in a terminal: stepback run IMAGE --listen 4711.',
    body: { type: DEBUG_TYPE, request: 'attach', name: 'Attach to port ${1:4711}', port: '^"${1:4711}"' },
  },
];
