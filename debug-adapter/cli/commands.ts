/** The subcommands that are not needed as often, or as soon, as others: loaded together. */
import type { Command } from 'commander';
import { defineDebug } from './debug';
import { defineDisassemble } from './disassemble';
import { defineGdb } from './gdb';
import { defineInspect } from './inspect';
import { defineIr } from './ir';
import { defineMachines } from './machines';
import { commandLine } from './program';
import { defineProof } from './proof';
import type { SubcommandName } from './subcommands';

/** `run` with ports to attach to: it has a session. */
export { serveRun } from './serve';

const DEFINITIONS: Readonly<Partial<Record<SubcommandName, (command: Command) => void>>> = {
  debug: defineDebug,
  gdb: defineGdb,
  inspect: defineInspect,
  disassemble: defineDisassemble,
  ir: defineIr,
  machines: defineMachines,
  proof: defineProof,
};

export const main = (name?: SubcommandName): Promise<void> =>
  commandLine(name, name === undefined ? undefined : DEFINITIONS[name]);
