/** `stepback dap`: the debug adapter on standard input and output, for any editor that speaks the protocol. */
import type { Command } from 'commander';
import { serveStdio } from '../main';

const EXAMPLES = `
Example, for an editor that starts adapters as a program:
  { "command": "stepback", "args": ["dap"] }`;

export function addDap(program: Command): void {
  program
    .command('dap')
    .description('Serves the Debug Adapter Protocol on standard input and output.')
    .addHelpText('after', EXAMPLES)
    .action(() => serveStdio());
}
