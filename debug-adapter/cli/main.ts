/** The `stepback` command line: composition of its subcommands, and what their errors mean to the shell. */
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { addDap } from './dap';
import { addDebug } from './debug';
import { addDisassemble } from './disassemble';
import { EXIT, UsageError } from './exit-codes';
import { addGdb } from './gdb';
import { addInspect } from './inspect';
import { addIr } from './ir';
import { addMachines } from './machines';
import { addProof } from './proof';
import { addRun } from './run';

function createProgram(): Command {
  const program = new Command('stepback')
    .description('Runs and debugs firmware and operating systems on a whole emulated PC, forwards and backwards.')
    .version(version)
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride();
  addRun(program);
  addDebug(program);
  addDap(program);
  addGdb(program);
  addInspect(program);
  addDisassemble(program);
  addIr(program);
  addMachines(program);
  addProof(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

/** Gives the exit code for an error that ended a subcommand, after saying what it was. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    process.stderr.write(`stepback: ${error.message}\n`);
    return EXIT.usage;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`stepback: a fault of Stepback itself, please report it:\n${text}\n`);
  return EXIT.internal;
}

/** A reader that has gone away, as `head` does, is no fault. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.internal);
});

createProgram()
  // Named, because VS Code starts programs through `node -e`, which commander would take for a script without a name.
  .parseAsync(process.argv, { from: 'node' })
  .catch((error: unknown) => {
    process.exitCode = explain(error);
  });
