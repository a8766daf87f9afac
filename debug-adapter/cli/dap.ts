/** `stepback dap`: the debug adapter on standard input and output, for any editor that speaks the protocol. */
import type { Command } from 'commander';
import { commandLine } from './program';

const EXAMPLES = `
Example, for an editor that starts adapters as a program:
  { "command": "stepback", "args": ["dap"] }`;

/** Runs the command line as `stepback dap`. */
export const main = (): Promise<void> => commandLine('dap', define);

function define(command: Command): void {
  command.addHelpText('after', EXAMPLES).action(async () => (await import('../main')).serveStdio());
}
