/** The `stepback` command line: finds the subcommand among the arguments and loads what it needs, no more. */
import { type CommandLine, namedSubcommand, type SubcommandName } from './subcommands';

/** What is loaded for each; a bundle each in the product. */
const LOADS: Readonly<Record<SubcommandName, () => Promise<CommandLine>>> = {
  run: () => import('./run'),
  dap: () => import('./dap'),
  debug: () => import('./commands'),
  gdb: () => import('./commands'),
  inspect: () => import('./commands'),
  disassemble: () => import('./commands'),
  ir: () => import('./commands'),
  machines: () => import('./commands'),
  proof: () => import('./commands'),
};

const name = namedSubcommand(process.argv.slice(2));
const load = name === undefined ? () => import('./help') : LOADS[name];
void load().then(({ main }) => main(name));
