/** Builds the machine that options ask for, for sessions and for the command line. */
import { type ImageFile, type LaunchPlan, type ModuleFile, planLaunch } from '../../emulator/system/launch';
import { Machine } from '../../emulator/system/machine';
import type { Options } from '../protocol/options';
import { FileSource } from './file-source';

/** The images that options name, opened, and what is to be done with them. */
export interface OpenedImages {
  readonly plan: LaunchPlan;
  readonly files: readonly FileSource[];
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
    return { plan, files: opened, close };
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
