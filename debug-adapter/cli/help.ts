/** The command line without a subcommand: help, the version, and what is wrong with other arguments. */
import { commandLine } from './program';

export const main = (): Promise<void> => commandLine();
