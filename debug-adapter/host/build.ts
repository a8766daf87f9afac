/** Makes the image to debug: assembles a source, or runs the person's own command. What is built never lies beside the source. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { BuildError, type BuildProblem } from '../session/host';
import { farAddress } from '../../emulator/system/launch';
import type { Options } from '../protocol/options';
import {
  type Assembler,
  ASSEMBLERS,
  assemblerOf,
  type BuildFiles,
  type Command,
  isAssemblySource,
} from '../protocol/assemblers';

/** What a build prints beyond this is cut, in characters. */
const MOST_OUTPUT = 1_000_000;
/** Where a boot sector is loaded; a source of GNU as says no address itself. */
const BOOT_ORIGIN = 0x7c00;

export interface Built {
  readonly options: Options;
  /** The source of the image, where one was assembled. */
  readonly source?: string;
  /** Warnings of the assembler; absent where nothing was built. */
  readonly problems?: readonly BuildProblem[];
  /** What a command printed, to be shown. */
  readonly output: string;
}

/** The folder for what is built: of the editor's extension, else the user's cache. */
function storage(): string {
  const named = process.env['STEPBACK_STORAGE'];
  if (named !== undefined && named !== '') return named;
  return path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'stepback');
}

/** Files for a source: a folder of its own for each, so that sources of one name do not disturb each other. */
function filesFor(source: string, folder: string | undefined, { listing = '.lst' }: Assembler): BuildFiles {
  const key = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const own = path.join(storage(), 'build', key);
  // A directive of the source may name more files, such as NASM's map: an older build's go, too.
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  const stem = path.join(own, path.basename(source).replace(/\.[^.]*$/, ''));
  return {
    source,
    image: `${stem}.bin`,
    listing: `${stem}${listing}`,
    elf: `${stem}.elf`,
    object: `${stem}.o`,
    includes: [path.dirname(source), ...(folder === undefined ? [] : [folder])],
  };
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** @throws Error with code ENOENT when the program is not there */
async function execute(command: Command, cwd: string, signal: AbortSignal, shell: boolean): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command.program, command.args, { cwd, signal, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (bytes: Buffer): void => {
      if (output.length < MOST_OUTPUT) output += bytes.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function placed(assembler: Assembler, source: string, output: string): readonly BuildProblem[] {
  const folder = path.dirname(source);
  return assembler.problems(output).map(({ file, line, severity, message }) => ({
    file: file === '' ? source : path.resolve(folder, file),
    line,
    severity,
    message,
  }));
}

const missing = ({ title, debian }: Assembler, program: string, source: string): string =>
  `${path.basename(source)} is assembled with ${title}, but ${program} is not installed. On Debian or Ubuntu: ` +
  `sudo apt-get install ${debian}. Or name another as "assembler", or a built image as "program".`;

function readSource(source: string): string {
  try {
    return readFileSync(source, 'latin1');
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(absent ? `There is no file ${source}.` : `${source} can not be read: ${String(error)}.`, {
      cause: error,
    });
  }
}

/** @throws BuildError with the problems; Error where the assembler is not there */
async function assemble(options: Options, source: string, signal: AbortSignal): Promise<Built> {
  const text = readSource(source);
  const assembler = ASSEMBLERS[options.assembler ?? assemblerOf(source, text)];
  const files = filesFor(path.resolve(source), options.buildFolder, assembler);
  const problems: BuildProblem[] = [];
  for (const command of assembler.commands(files, farAddress(options.org ?? BOOT_ORIGIN).offset)) {
    let ended: Ended;
    try {
      // oxlint-disable-next-line no-await-in-loop -- one needs the other's result
      ended = await execute(command, path.dirname(files.image), signal, false);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new Error(missing(assembler, command.program, source), { cause: error });
    }
    problems.push(...placed(assembler, files.source, ended.output));
    if (ended.code === 0) continue;
    const first = problems.find(({ severity }) => severity === 'error');
    const why =
      first === undefined ? ended.output.trim() : `${path.basename(first.file)}:${first.line}: ${first.message}`;
    throw new BuildError(`${path.basename(source)} could not be assembled: ${why}`, problems, ended.output);
  }
  const listing = assembler.listing !== undefined ? { listing: options.listing ?? files.listing } : {};
  return { options: { ...options, program: files.image, ...listing }, source: files.source, problems, output: '' };
}

/**
 * Does what must be done before there is an image. Nothing where the options name one and no command.
 * @throws BuildError when the build fails
 */
export async function buildProgram(options: Options, signal: AbortSignal): Promise<Built> {
  const { build, program } = options;
  let output = '';
  if (build !== undefined) {
    const folder = options.buildFolder ?? (program === undefined ? process.cwd() : path.dirname(path.resolve(program)));
    const ended = await execute({ program: build, args: [] }, folder, signal, true);
    ({ output } = ended);
    if (ended.code !== 0) {
      const problems = ASSEMBLERS.nasm
        .problems(output)
        .map((problem) => ({ ...problem, file: path.resolve(folder, problem.file) }));
      throw new BuildError(`The build command "${build}" ended with ${ended.code}.`, problems, output);
    }
  }
  if (program !== undefined && isAssemblySource(program)) {
    const built = await assemble(options, program, signal);
    return { ...built, output };
  }
  return build === undefined ? { options, output } : { options, problems: [], output };
}
