/** Launches a machine for a session: builds its image where that is wanted, and uses the machine of the launch before where it is the same. */
import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { BuiltInTarget } from '../../emulator/debug/built-in';
import { type LaunchPlan, prepareImage, type PreparedImage } from '../../emulator/system/launch';
import { Typist } from '../../emulator/system/typist';
import type { Options } from '../protocol/options';
import type { LaunchedImage, LaunchedMachine } from '../session/host';
import { buildProgram } from './build';
import { FileSource } from './file-source';
import { GuestFiles } from './guest-files';
import { buildMachine, openImages, type OpenedImages } from './machine';
import { Pacer } from './pacer';

/** Listings are held against this much of an image. */
const LARGEST_IMAGE = 64 * 1024 * 1024;

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
export interface BuiltMachine extends LaunchedMachine {
  readonly target: BuiltInTarget;
}

/** A machine of our own, paced by the clock on the wall, with what is to be typed. */
class PacedMachine implements BuiltMachine {
  readonly target: BuiltInTarget;
  readonly images: readonly LaunchedImage[];
  readonly entry?: bigint;
  readonly warnings: readonly string[];
  private disposed = false;
  private readonly pacer: Pacer;
  private readonly typist: Typist;
  private readonly files: GuestFiles;
  /** Where its history began when it was launched. */
  private readonly first: number;

  /** @throws Error that says what can't be had */
  constructor(
    private readonly options: Options,
    private readonly opened: OpenedImages,
    problem: (error: Error) => void,
  ) {
    this.files = new GuestFiles(problem);
    try {
      this.files.open(options);
      const machine = buildMachine(options, opened.plan);
      const prepared = prepareImage(machine, opened.plan);
      this.pacer = new Pacer(
        () => this.target,
        () => this.typist,
      );
      this.target = new BuiltInTarget(machine, {
        historyBytes: options.history,
        clock: () => performance.now(),
        wake: () => this.pacer.wake(),
        openImage: (path) => new FileSource(path),
      });
      this.typist = new Typist(machine, (input) => this.target.timeline.input(input));
      this.target.typist = this.typist;
      this.files.follow(this.target);
      this.typeKeys();
      this.images = describeImages(opened.plan, prepared);
      if (prepared.entry !== undefined) this.entry = BigInt(prepared.entry);
      this.warnings = prepared.warnings;
      this.first = this.target.timeline.first;
    } catch (error) {
      this.files.close();
      throw error;
    }
  }

  private typeKeys(): void {
    const { keys } = this.options;
    if (keys !== undefined) this.typist.type(keys.replaceAll('\\n', '\n'));
  }

  /**
   * Whether a launch with these options would make the same machine: the images are as they were when they were opened,
   * and its beginning is still known.
   */
  serves(options: Options): boolean {
    return (
      !this.disposed &&
      options.rtc !== 'now' &&
      isDeepStrictEqual(options, this.options) &&
      this.target.timeline.first === this.first &&
      this.opened.files.every((file) => file.isUnchanged || this.holdsAllOf(file))
    );
  }

  /** Whether a file that was written anew is, byte for byte, the image that this machine was started with. */
  private holdsAllOf(file: FileSource): boolean {
    const image = this.images.find(({ path }) => path === file.path);
    if (image === undefined || image.bytes.length !== file.length) return false;
    const now = new FileSource(file.path);
    try {
      return now.length === file.length && Buffer.from(image.bytes).equals(now.read(0, now.length));
    } finally {
      now.close();
    }
  }

  /** The same machine for another launch; it stays as it is until `rewind`. */
  again(): BuiltMachine {
    const { target, entry, warnings } = this;
    return {
      target,
      images: this.images.map((image) => ({ ...image, modified: statSync(image.path).mtimeMs })),
      ...(entry === undefined ? {} : { entry }),
      warnings,
      rewind: () => {
        this.files.open(this.options);
        this.typist.forget();
        target.execution.restart();
        this.typeKeys();
      },
      dispose: () => this.dispose(),
    };
  }

  dispose(): void {
    this.disposed = true;
    this.pacer.dispose();
    this.opened.close();
    this.files.close();
  }
}

/**
 * Makes what launches machines, one after the other: it builds what is to be built, and gives the machine of the launch
 * before again where this launch would make the same, so that its translated code is kept. What it gives throws a
 * BuildError where the build fails.
 * @param problem told of what goes wrong later, such as a file that can't be written any more
 */
export function launcher(
  problem: (error: Error) => void,
): (options: Options, signal: AbortSignal) => Promise<BuiltMachine> {
  let last: PacedMachine | undefined;
  const machineFor = (options: Options): BuiltMachine => {
    if (last?.serves(options) === true) return last.again();
    const opened = openImages(options);
    try {
      last = new PacedMachine(options, opened, problem);
      return last;
    } catch (error) {
      opened.close();
      throw error;
    }
  };
  return async (options, signal) => {
    const built = await buildProgram(options, signal);
    signal.throwIfAborted();
    const machine = machineFor(built.options);
    const { target, entry, warnings = [], rewind, images } = machine;
    const { source } = built;
    return {
      target,
      images: images.map((image) => (source === undefined ? image : { ...image, source })),
      ...(entry === undefined ? {} : { entry }),
      ...(rewind === undefined ? {} : { rewind }),
      warnings,
      ...(built.problems === undefined ? {} : { problems: built.problems }),
      ...(built.output === '' ? {} : { buildOutput: built.output }),
      dispose: () => machine.dispose(),
    };
  };
}
