/** Makes a launch out of what there is: a launch.json entry, an open source or image, or nothing but F5. */
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import {
  type Assembler,
  type AssemblerId,
  ASSEMBLERS,
  assemblerOf,
  isAssemblySource,
} from '../../debug-adapter/protocol/assemblers';
import { DEBUG_TYPE } from '../ids';
import type { Log } from '../log';
import { findBuiltImage, noImageMessage } from './built-image';
import { isImagePath, isSourcePath } from './file-kinds';
import { activeFile, fileFacts, listFolder } from './files';

/** A launch that can't be made: the message is for the person. */
class LaunchProblem extends Error {}

/** Options that name an image; any of them makes a launch. */
const IMAGES = ['program', 'floppy', 'disk', 'kernel'] as const;
/** Options that name a file to write: what a folder that is not trusted says there is not followed. */
const WRITES = ['trace', 'serial', 'debugcon'] as const;
/** Options that say where characters of the guest lead, maybe `file:PATH`. */
const CHANNELS = ['serial', 'debugcon'] as const;
const FILE = 'file:';
/** Options that hold a path and nothing else. */
const PATHS = [...IMAGES, 'listing', 'symbols', 'trace', 'buildFolder'] as const;

/** A launch of one image, as F5 without a launch.json makes it. */
export function launchOf(program: string): vscode.DebugConfiguration {
  return { type: DEBUG_TYPE, request: 'launch', name: `Debug ${path.basename(program)}`, program };
}

/** What F5 means for the file that is open. @throws LaunchProblem */
function fromActiveFile(): vscode.DebugConfiguration {
  const file = activeFile()?.fsPath;
  if (file !== undefined && (isImagePath(file) || isSourcePath(file))) return launchOf(file);
  throw new LaunchProblem(
    file === undefined
      ? 'There is nothing to start: open an assembler source or an image, or name an image as "program" in launch.json.'
      : `${path.basename(file)} is no image and no assembler source. Name the image to start as "program" in launch.json.`,
  );
}

/**
 * What is to be started for a path that may be a source: the source itself where its assembler is installed, else the
 * image that was built from it; says so when that is older. @throws LaunchProblem
 */
async function programFor(program: string, wanted: unknown): Promise<string> {
  if (isImagePath(program) || !isSourcePath(program)) return program;
  const source = await fileFacts(program);
  if (source === undefined) throw new LaunchProblem(`There is no file ${program}.`);
  const assembler = isAssemblySource(program) ? await assemblerFor(program, wanted) : undefined;
  if (assembler !== undefined && isInstalled(assembler)) return program;
  const image = await findBuiltImage(source, listFolder);
  if (image === undefined) throw new LaunchProblem(noImageMessage(program, assembler));
  if (image.stale) {
    void vscode.window.showWarningMessage(
      `${path.basename(image.path)} is older than ${path.basename(program)}: build it again, or the lines will not fit.`,
    );
  }
  return image.path;
}

/** @param wanted what launch.json says */
async function assemblerFor(program: string, wanted: unknown): Promise<Assembler> {
  if (typeof wanted === 'string' && isAssembler(wanted)) return ASSEMBLERS[wanted];
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(program));
  return ASSEMBLERS[assemblerOf(program, Buffer.from(bytes).toString('latin1'))];
}

const isAssembler = (name: string): name is AssemblerId => Object.hasOwn(ASSEMBLERS, name);

/** Whether all that it calls is on PATH. */
function isInstalled({ programs }: Assembler): boolean {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  return programs.every((name) =>
    folders.some((folder) => endings.some((ending) => existsSync(path.join(folder, name + ending)))),
  );
}

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  constructor(readonly log: Pick<Log, 'warn'>) {}

  resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration | undefined {
    return this.#reporting(() => {
      if (config.request === 'attach' || IMAGES.some((name) => config[name] !== undefined)) return config;
      const found = fromActiveFile();
      return {
        ...found,
        ...config,
        type: DEBUG_TYPE,
        request: config.request || 'launch',
        name: config.name || found.name,
      };
    });
  }

  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    try {
      const resolved = this.#withoutWrites(withAbsolutePaths(config, folder));
      const { program } = resolved as { readonly program?: unknown };
      return typeof program === 'string'
        ? { ...resolved, program: await programFor(program, resolved['assembler']) }
        : resolved;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** A folder that is not trusted may neither name files to write nor commands to run. */
  #withoutWrites(config: vscode.DebugConfiguration): vscode.DebugConfiguration {
    if (vscode.workspace.isTrusted) return config;
    const kept = { ...config };
    if (kept['build'] !== undefined) {
      this.log.warn('"build" is not run, because the folder is not trusted');
      delete kept['build'];
    }
    for (const name of WRITES) {
      if (typeof kept[name] !== 'string' || (name !== 'trace' && !kept[name].startsWith(FILE))) continue;
      this.log.warn(`"${name}" is not followed, because the folder is not trusted`);
      delete kept[name];
    }
    return kept;
  }

  #reporting(make: () => vscode.DebugConfiguration): vscode.DebugConfiguration | undefined {
    try {
      return make();
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** Undefined ends the start silently, so the reason is said here. */
  #refuse(error: unknown): undefined {
    if (!(error instanceof LaunchProblem)) throw error;
    this.log.warn(error.message);
    void vscode.window.showErrorMessage(error.message);
    return undefined;
  }
}

/** Relative paths are seen from the folder of the launch.json. */
function withAbsolutePaths(
  config: vscode.DebugConfiguration,
  folder: vscode.WorkspaceFolder | undefined,
): vscode.DebugConfiguration {
  const base = folder?.uri.fsPath ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  if (base === undefined) return config;
  const resolved: vscode.DebugConfiguration =
    config['build'] === undefined ? { ...config } : { buildFolder: base, ...config };
  for (const name of PATHS) {
    const value: unknown = config[name];
    if (typeof value === 'string' && value !== '') resolved[name] = path.resolve(base, value);
  }
  for (const name of CHANNELS) {
    const value: unknown = config[name];
    if (typeof value === 'string' && value.startsWith(FILE) && value !== FILE)
      resolved[name] = FILE + path.resolve(base, value.slice(FILE.length));
  }
  return resolved;
}
