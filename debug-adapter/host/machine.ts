/** Builds the machine that options ask for, paced by the host. Used by sessions; the command line shares the parts. */
import { statSync } from 'node:fs';
import { BuiltInTarget } from '../../emulator/debug/built-in';
import {
  type ImageFile,
  type LaunchPlan,
  type ModuleFile,
  planLaunch,
  prepareImage,
  type PreparedImage,
} from '../../emulator/system/launch';
import { Machine } from '../../emulator/system/machine';
import { Typist } from '../../emulator/system/typist';
import type { Options } from '../protocol/options';
import type { LaunchedImage, LaunchedMachine } from '../session/host';
import { buildProgram } from './build';
import { FileSource } from './file-source';
import { GuestFiles } from './guest-files';
import { Pacer } from './pacer';

/** Listings are held against this much of an image. */
const LARGEST_IMAGE = 64 * 1024 * 1024;

/** The images that options name, opened, and what is to be done with them. */
export interface OpenedImages {
  readonly plan: LaunchPlan;
  close(): void;
}

/** `FILE ARGUMENTS`; the path may stand in double quotes. */
function openModule(written: string, open: (path: string) => ImageFile): ModuleFile {
  const [, quoted, plain = ''] = /^"([^"]+)"|^(\S+)/.exec(written.trim()) ?? [];
  return { ...open(quoted ?? plain), commandLine: written.trim() };
}

/** Opens what the options name. @throws Error that names the file and what is wrong with it. */
export function openImages(
  options: Pick<Options, 'program' | 'kernel' | 'modules' | 'boot' | 'floppy' | 'disk' | 'org'>,
): OpenedImages {
  const opened: FileSource[] = [];
  const openFile = (path: string): ImageFile => {
    const source = new FileSource(path);
    opened.push(source);
    return { name: path, source };
  };
  const open = (path: string | undefined) => (path === undefined ? undefined : openFile(path));
  const close = () => {
    for (const source of opened) source.close();
  };
  try {
    const { program, kernel, modules = [], boot, floppy, disk, org } = options;
    const plan = planLaunch({
      program: open(program),
      kernel: open(kernel),
      modules: modules.map((written) => openModule(written, openFile)),
      boot,
      floppy: open(floppy),
      disk: open(disk),
      org,
    });
    return { plan, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The machine with its drives filled, standing at its reset vector. @throws Error that says what can't be had. */
export function buildMachine(
  options: Pick<Options, 'machine' | 'cpu' | 'engine' | 'memory' | 'rtc'>,
  plan: LaunchPlan,
): Machine {
  if (options.engine === 'lockstep')
    throw new Error('The engine "lockstep" is two machines, and one machine is served. Choose "compiler".');
  return new Machine({
    machine: options.machine,
    cpu: options.cpu,
    engine: options.engine,
    memoryBytes: options.memory,
    floppies: plan.floppies,
    disks: plan.disks,
    bootOrder: plan.bootOrder,
    bootMenu: plan.bootMenu,
    rtcEpochSeconds: Math.floor((options.rtc === 'now' ? Date.now() : options.rtc) / 1000),
  });
}

/** What symbols and disassembly need to know of the image that is debugged. */
function describeImages({ main }: LaunchPlan, { loads }: PreparedImage): readonly LaunchedImage[] {
  if (main === undefined) return [];
  const { name, kind, source } = main;
  const first = Math.min(source.length, Math.max(0, ...loads.map((part) => part.offset + part.length)));
  const bytes = source.read(0, source.length <= LARGEST_IMAGE ? source.length : first);
  return [
    {
      path: name,
      kind,
      bytes,
      modified: statSync(name).mtimeMs,
      loads: loads.map((part) => ({ ...part, address: BigInt(part.address) })),
    },
  ];
}

/** A launched machine of our own. */
interface PacedMachine extends LaunchedMachine {
  readonly target: BuiltInTarget;
}

/** Builds what is to be built, and launches it. @throws BuildError */
export async function buildAndLaunch(
  options: Options,
  signal: AbortSignal,
  problem: (error: Error) => void,
): Promise<PacedMachine> {
  const built = await buildProgram(options, signal);
  const launched = launchPaced(built.options, signal, problem);
  const { source } = built;
  return {
    ...launched,
    ...(built.problems === undefined ? {} : { problems: built.problems }),
    images: launched.images.map((image) => (source === undefined ? image : { ...image, source })),
    ...(built.output === '' ? {} : { buildOutput: built.output }),
  };
}

/** A machine for a session: paced by the clock on the wall, with what is to be typed. */
function launchPaced(options: Options, signal: AbortSignal, problem: (error: Error) => void): PacedMachine {
  signal.throwIfAborted();
  const opened = openImages(options);
  const files = new GuestFiles(problem);
  try {
    files.open(options);
    const machine = buildMachine(options, opened.plan);
    const prepared = prepareImage(machine, opened.plan);
    const pacer = new Pacer(
      () => target,
      () => typist,
    );
    const target = new BuiltInTarget(machine, {
      historyBytes: options.history,
      wake: () => pacer.wake(),
      openImage: (path) => new FileSource(path),
    });
    const typist = new Typist(machine, (input) => target.timeline.input(input));
    target.typist = typist;
    files.follow(target);
    if (options.keys !== undefined) typist.type(options.keys.replaceAll('\\n', '\n'));
    return {
      target,
      images: describeImages(opened.plan, prepared),
      ...(prepared.entry === undefined ? {} : { entry: BigInt(prepared.entry) }),
      warnings: prepared.warnings,
      dispose: () => {
        pacer.dispose();
        opened.close();
        files.close();
      },
    };
  } catch (error) {
    opened.close();
    files.close();
    throw error;
  }
}
