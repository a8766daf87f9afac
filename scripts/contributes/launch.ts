/** What VS Code offers while a launch.json is written. */
import { DEBUG_TYPE } from '../../extension/ids';

const image = { type: DEBUG_TYPE, request: 'launch' };

/**
 * A path in the folder that is open, whose end the person types. `^` begins the text of a snippet, in which VS Code's own
 * variables are written with an escaped dollar.
 */
const inFolder = (number: number, path: string): string => `^"\\\${workspaceFolder}/\${${number}:${path}}"`;
const FOLDER = '^"\\${workspaceFolder}"';

export const INITIAL_CONFIGURATIONS = [{ ...image, name: 'Boot image', program: '${workspaceFolder}/boot.img' }];

export const CONFIGURATION_SNIPPETS = [
  {
    label: 'Stepback: boot an image',
    description: 'Start a boot sector, floppy image or disk image and stop at its first instruction.',
    body: { ...image, name: 'Boot ${1:boot.img}', program: inFolder(1, 'boot.img'), stopOnEntry: true },
  },
  {
    label: 'Stepback: assemble a source and boot it',
    description: 'Assemble a source with NASM, YASM, FASM or GNU as at each start, and show the calls of the firmware.',
    body: { ...image, name: 'Debug ${1:boot.asm}', program: inFolder(1, 'boot.asm'), firmwareCalls: true },
  },
  {
    label: 'Stepback: build, then boot',
    description: 'Run a build command of your own at each start and restart; its errors go to Problems.',
    body: {
      ...image,
      name: 'Build and boot ${2:boot.img}',
      build: '${1:make}',
      buildFolder: FOLDER,
      program: inFolder(2, 'boot.img'),
    },
  },
  {
    label: 'Stepback: start a kernel',
    description: 'Start an ELF kernel (Multiboot 1) and stop at its entry.',
    body: { ...image, name: 'Start ${1:kernel.elf}', kernel: inFolder(1, 'kernel.elf') },
  },
  {
    label: 'Stepback: build a Multiboot kernel, give it modules',
    description:
      'Run make, start the kernel with a module such as an initial RAM disk, keep what it sends in the Debug Console.',
    body: {
      ...image,
      name: 'Start ${2:kernel.elf} with modules',
      build: '${1:make}',
      buildFolder: FOLDER,
      kernel: inFolder(2, 'kernel.elf'),
      modules: [inFolder(3, 'initrd.img')],
      memory: '${4:32M}',
      serial: 'stdio',
    },
  },
  {
    label: 'Stepback: a floppy disk and a hard disk',
    description: 'Put an image into each drive and say which the firmware boots from first, or have it ask.',
    body: {
      ...image,
      name: 'Boot from ${3|floppy,disk,menu|}',
      floppy: inFolder(1, 'floppy.img'),
      disk: inFolder(2, 'disk.img'),
      boot: '${3|floppy,disk,menu|}',
      stopOnEntry: 'reset',
    },
  },
  {
    label: 'Stepback: flat code at an address',
    description: 'Start code without a format of its own, such as a second stage, where CS:IP will find it.',
    body: { ...image, name: 'Start ${1:stage2.bin}', program: inFolder(1, 'stage2.bin'), org: '${2:1000:0000}' },
  },
  {
    label: 'Stepback: boot with a port for GDB',
    description: 'Start an image; GDB and LLDB attach at a port of your choice, beside VS Code.',
    body: { ...image, name: 'Boot ${1:boot.img} with GDB', program: inFolder(1, 'boot.img'), gdbPort: '^${2:1234}' },
  },
  {
    label: 'Stepback: attach to a machine',
    description: 'Attach to a machine that runs in a terminal: stepback run IMAGE --listen 4711.',
    body: { type: DEBUG_TYPE, request: 'attach', name: 'Attach to port ${1:4711}', port: '^${1:4711}' },
  },
];
