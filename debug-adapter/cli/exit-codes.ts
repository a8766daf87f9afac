/** How the command line ends: exit codes, and errors that carry one. */

import { BuildError, type BuildProblem } from '../session/host';

export const EXIT = {
  ok: 0,
  failed: 1,
  /** Bad usage: options, images, files. */
  usage: 2,
  /** Triple fault or another dead end of the guest. */
  deadEnd: 4,
  /** A fault of Stepback itself (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** Timeout or instruction limit, as timeout(1) has it. */
  limit: 124,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const;

/** A mistake of the person at the keyboard; the message is all that they need. */
export class UsageError extends Error {}

/**
 * Runs `action`; its errors are those of the person who asked, such as an image that can't be opened.
 * @throws UsageError with the same message; what is a fault of ours passes through
 */
export function asked<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError || !(error instanceof Error)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** The same for what takes time, such as a build; what the assembler printed is shown. @throws UsageError */
export async function built<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BuildError) process.stderr.write(error.output);
    return asked(() => {
      throw error;
    });
  }
}

/** Shows what a build said, on the channel that carries nothing of the guest's. */
export function tellBuild(problems: readonly BuildProblem[] = [], output = ''): void {
  process.stderr.write(output);
  for (const { file, line, severity, message } of problems) {
    process.stderr.write(`${file}:${line}: ${severity}: ${message}\n`);
  }
}
