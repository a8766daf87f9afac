/** What a session needs from outside: a machine, files, timers. The composition root supplies it. */
import type { Awaitable, DebugTarget, ExceptionFilter } from '../../emulator/debug/target';
import type { Options } from '../protocol/options';
import type { FileAccess } from '../symbols/files';
import type { ImageInfo } from '../symbols/program-symbols';

/** Something that an assembler or a compiler said about a line. */
export interface BuildProblem {
  readonly file: string;
  /** From 1; 0 where it is about the whole file. */
  readonly line: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** The image could not be built. */
export class BuildError extends Error {
  /** @param output what the program printed */
  constructor(
    message: string,
    readonly problems: readonly BuildProblem[],
    readonly output: string,
  ) {
    super(message);
    this.name = 'BuildError';
  }
}

export interface LaunchedImage extends ImageInfo {
  /** `boot sector`, `floppy`, `disk`, `elf`, ...: for people, and to choose a symbol reader by `elf`. */
  readonly kind: string;
}

/** A machine that stands at its reset vector with its images in place, stopped. */
export interface LaunchedMachine {
  readonly target: DebugTarget;
  /** The images that hold code, the one to debug first. */
  readonly images: readonly LaunchedImage[];
  /** First instruction of the image in the code space; absent where there is none to wait for. */
  readonly entry?: bigint;
  /** What the build said that made the image; it went well. */
  readonly problems?: readonly BuildProblem[];
  /** What the build command printed. */
  readonly buildOutput?: string;
  /** What a person should know before the first stop. */
  readonly warnings?: readonly string[];
  /**
   * Present where the target is that of the launch before, used once more because this launch would make the same: puts it
   * to its beginning. Until then it is as the launch before left it.
   * @throws Error that says why not; the target is then as it was
   */
  readonly rewind?: () => Awaitable<void>;
  /** Ends the machine and frees what it holds. */
  dispose(): Awaitable<void>;
}

export interface LaunchProgress {
  /** Aborted when the client ends the session meanwhile. */
  readonly signal: AbortSignal;
  /** `fraction` is 0 to 1 where it is known. */
  report(message: string, fraction?: number): void;
}

/** @throws Error with a message for the person who launched */
export type LaunchMachine = (options: Options, progress: LaunchProgress) => Promise<LaunchedMachine>;

export interface Timer {
  stop(): void;
}

export interface TraceWriter {
  write(text: string): void;
  close(): void;
}

/** Remote debuggers that are attached to the machine beside the session. */
export interface RemotePort {
  readonly port: number;
  /** The machine was replaced by a new one; the clients stay. */
  replace(target: DebugTarget, who: string): void;
  close(): void;
}

export interface RemoteEvents {
  /** A client came or went, as a sentence. */
  changed(text: string): void;
  problem(error: Error): void;
}

/** A machine that runs by itself and that a session may attach to. */
export interface RunningMachine {
  readonly machine: LaunchedMachine;
  /** Where GDB can attach beside the session. */
  readonly gdbPort?: number | undefined;
  /** Ends it, and whatever runs it. */
  end(): void;
}

export interface SessionHost {
  readonly files: FileAccess;
  /** What `attach` attaches to; where it is absent the session can only launch. */
  readonly runningMachine?: RunningMachine;
  /** Serves GDB on a port, 0 for any that is free. @throws Error that names the port and says why it can't be had */
  openGdbPort?(target: DebugTarget, port: number, events: RemoteEvents): Promise<RemotePort>;
  /** Calls `action` again and again. */
  every(milliseconds: number, action: () => void): Timer;
  /** Opens the file of the `trace` option. @throws Error that names it and says why it can't be written */
  openTrace?(path: string): TraceWriter;
  /**
   * Filters of the machines that can be launched. VS Code takes them from the answer to `initialize`, when there is no
   * machine yet; without them they are told when the machine is there.
   */
  readonly exceptionFilters?: readonly ExceptionFilter[];
  /** Called once when the session has ended. */
  ended?(): void;
  /** Something went wrong inside; for the log. */
  problem?(error: Error): void;
}
