/** The command line as a whole, with the one subcommand that was loaded, and what errors mean to the shell. */
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { EXIT, isUsageError } from './exit-codes';
import { SUBCOMMANDS, type SubcommandName } from './subcommands';

function createProgram(): Command {
  return new Command('stepback')
    .description('Runs and debugs firmware and operating systems on a whole emulated PC, forwards and backwards.')
    .version(version)
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride();
}

/** Gives the exit code for an error that ended a subcommand, after saying what it was. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (isUsageError(error)) {
    process.stderr.write(`stepback: ${error.message}\n`);
    return EXIT.usage;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`stepback: a fault of Stepback itself, please report it:\n${text}\n`);
  return EXIT.internal;
}

/**
 * Does what the arguments of the process say, and sets its exit code.
 * @param name the subcommand among them
 * @param define gives it its arguments, options and action
 */
export async function commandLine(name?: SubcommandName, define?: (command: Command) => void): Promise<void> {
  // A reader that has gone away, as `head` does, is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.internal);
  });
  const program = createProgram();
  for (const [each, { description, ...row }] of Object.entries(SUBCOMMANDS)) {
    const command = program.command(each, { hidden: 'hidden' in row }).description(description);
    if (each === name) define?.(command);
  }
  try {
    // Named, because VS Code starts programs through `node -e`, which commander would take for a script without a name.
    await program.parseAsync(process.argv, { from: 'node' });
  } catch (error) {
    process.exitCode = explain(error);
  }
}
