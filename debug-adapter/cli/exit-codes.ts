/** How the command line ends: exit codes, and errors that carry one. */

import { BuildError, type BuildProblem } from '../session/host';

/** Every exit code with what it tells. A guest that ends the machine through the exit port gives its own. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'what was asked for has been done, or what was waited for has come' },
  failed: { code: 1, meaning: 'a command of a script failed' },
  usage: { code: 2, meaning: 'wrong options, or an image or file that can not be used' },
  deadEnd: { code: 4, meaning: 'triple fault or another dead end of the guest' },
  /** EX_SOFTWARE of sysexits.h. */
  internal: { code: 70, meaning: 'a fault of Stepback itself' },
  /** As timeout(1) has it. */
  limit: { code: 124, meaning: 'the timeout or the instruction limit was reached' },
  /** 128 + SIGINT. */
  interrupted: { code: 130, meaning: 'interrupted, by Ctrl+C' },
} as const;

type ExitName = keyof typeof EXIT_CODES;

export const EXIT = Object.fromEntries(Object.entries(EXIT_CODES).map(([name, { code }]) => [name, code])) as {
  readonly [Name in ExitName]: (typeof EXIT_CODES)[Name]['code'];
};

/** A mistake of the person at the keyboard; the message is all that they need. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** By its name, because it may come from another bundle. */
export const isUsageError = (error: unknown): error is UsageError =>
  error instanceof Error && error.name === 'UsageError';

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
