/** The emulators that run the same kernels: how each is started with an image, and which version is there. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../../scripts/lib/root';
import { qemuScreen } from '../cli/qemu-screen';
import { floppyOf } from './floppy-loader';
import { type Command, hear, type Heard } from './hear';
import type { GuestImage } from './kernels';
import type { V86Told } from './run-v86';

export interface Peer {
  /** For the command line and the table. */
  readonly id: string;
  readonly title: string;
  /** Its version, or what is missing. */
  readonly version: () => { readonly version: string } | { readonly missing: string };
  readonly command: (image: GuestImage, folder: string) => Command;
  /** Runs an image until its screen shows `until`; absent where nobody can tell. @throws Error when that does not come */
  readonly boot?: (image: GuestImage, until: string, folder: string) => Promise<Heard>;
  /** Gets so many times fewer rounds, because it is slow; the time is scaled. */
  readonly fewer?: number;
}

const SEABIOS = '/usr/share/seabios/bios.bin';
const VGABIOS = '/usr/share/vgabios/vgabios.bin';
const BOCHS_BIOS = '/usr/share/bochs/BIOS-bochs-latest';
/** Bochs says its version only where it begins: with no configuration it ends there. */
const NO_CONFIGURATION = ['-q', '-f', 'none'];
const MEMORY_MB = 32;
const QEMU_LOOK_MS = 10;

/** What a program says about its version. */
export function versionOf(program: string, args: readonly string[], pattern: RegExp): ReturnType<Peer['version']> {
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) return { missing: `${program} is not installed` };
  return { version: pattern.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown' };
}

const packageVersion = (file: string): string =>
  (JSON.parse(readFileSync(inRoot(file), 'utf8')) as { readonly version: string }).version;

function firstMissing(...files: readonly string[]): { readonly missing: string } | undefined {
  const missing = files.find((file) => !existsSync(file));
  return missing === undefined ? undefined : { missing: `${missing} is not there` };
}

/** Boots the image from a drive, or starts it as a Multiboot kernel. */
const qemuBoot = ({ kind, path: file }: GuestImage): readonly string[] =>
  kind === 'multiboot' ? ['-kernel', file] : ['-drive', `file=${file},format=raw,if=floppy,readonly=on`, '-boot', 'a'];

const qemu = (id: string, title: string, ...more: readonly string[]): Peer => ({
  id,
  title,
  version: () => versionOf('qemu-system-i386', ['--version'], /version (\S+)/),
  command: (image) => ({
    program: 'qemu-system-i386',
    args: [
      ...['-m', String(MEMORY_MB), '-display', 'none', '-net', 'none', '-monitor', 'none', '-serial', 'none'],
      ...['-debugcon', 'stdio', '-no-reboot', ...more, ...qemuBoot(image)],
    ],
  }),
  async boot(image, wanted, folder) {
    const start = performance.now();
    const scratch = path.join(folder, 'screen.bin');
    const how = { kind: 'floppy', memoryMb: MEMORY_MB, lookMs: QEMU_LOOK_MS, more } as const;
    await qemuScreen({ image: image.path, wanted, scratch, ...how });
    return { seconds: (performance.now() - start) / 1000, values: new Map() };
  },
});

/** A program of this folder that runs guests, with what it is told as JSON. */
const ownProgram = (name: 'run-stepback' | 'run-v86', told: object, end?: string): Command => ({
  program: process.execPath,
  args: [path.join(__dirname, `${name}.js`), JSON.stringify(told)],
  ...(end === undefined ? {} : { end }),
});

/** Our machine with options as `stepback run` has them. */
function stepback(id: string, title: string, more: Readonly<Record<string, string>>, fewer = 1): Peer {
  const command = (image: GuestImage, untilScreen?: string): Command =>
    ownProgram(
      'run-stepback',
      { program: image.path, cpu: image.cpu, memory: `${MEMORY_MB}M`, untilScreen, ...more },
      // Behind it steps back are measured.
      untilScreen === undefined ? 'END' : undefined,
    );
  return {
    id,
    title,
    version: () => ({ version: packageVersion('package.json') }),
    command: (image) => command(image),
    boot: (image, until) => hear(command(image, until), { whole: true }),
    fewer,
  };
}

function v86Command(image: GuestImage, until?: string): Command {
  const told: V86Told = { image, bios: SEABIOS, vgaBios: VGABIOS, memoryBytes: MEMORY_MB << 20, until };
  return ownProgram('run-v86', told);
}

/** Debian's Bochs is built with its debugger; `c` makes it run. */
function bochsCommand(image: GuestImage, folder: string): Command {
  const configuration = path.join(folder, 'bochs.conf');
  const floppy = floppyOf(image, folder);
  const lines = [
    'display_library: term',
    `romimage: file=${BOCHS_BIOS}`,
    `vgaromimage: file=${VGABIOS}`,
    `memory: guest=${MEMORY_MB}, host=${MEMORY_MB}`,
    'sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy',
    'speaker: enabled=0',
    `floppya: 1_44=${floppy}, status=inserted`,
    'boot: floppy',
    'port_e9_hack: enabled=1',
    `log: ${path.join(folder, 'bochs.log')}`,
    'panic: action=report',
    'error: action=ignore',
    'info: action=ignore',
    '',
  ];
  writeFileSync(configuration, lines.join('\n'));
  return { program: 'bochs', args: ['-q', '-f', configuration], input: 'c\n', begin: '<bochs:1>' };
}

export const PEERS: readonly Peer[] = [
  qemu('tcg', 'QEMU TCG'),
  stepback('stepback', 'Stepback', {}),
  stepback('bare', 'Stepback without history', { history: '0' }),
  stepback('interpreter', 'Stepback, interpreter alone', { engine: 'interpreter' }, 12),
  qemu('icount', 'QEMU TCG -icount shift=0', '-icount', 'shift=0'),
  {
    id: 'v86',
    title: 'v86',
    version: () => firstMissing(SEABIOS, VGABIOS) ?? { version: packageVersion('node_modules/v86/package.json') },
    command: (image) => v86Command(image),
    boot: (image, until) => hear(v86Command(image, until), { whole: true }),
  },
  {
    id: 'bochs',
    title: 'Bochs (with debugger)',
    version: () => firstMissing(BOCHS_BIOS, VGABIOS) ?? versionOf('bochs', NO_CONFIGURATION, /Emulator ([\d.]+)/),
    command: bochsCommand,
    fewer: 30,
  },
];
