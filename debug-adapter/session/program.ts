/** A launched machine with everything the requests need to know about it. */
import type { Awaitable, BreakpointsCapability, CodeCapability, DebugTarget } from '../../emulator/debug/target';
import { RequestError } from '../dap/errors';
import type { Options } from '../protocol/options';
import type { ProgramSymbols } from '../symbols/program-symbols';
import { targetEnvironment } from './expressions/environment';
import type { Environment } from './expressions/evaluator';
import type { LaunchedMachine } from './host';
import { InstructionText } from './instruction-text';

export class Program {
  readonly target: DebugTarget;
  readonly environment: Environment;
  readonly text: InstructionText;

  constructor(
    readonly launched: LaunchedMachine,
    readonly options: Options,
    readonly symbols: ProgramSymbols,
    /** Run without debugging: no breakpoints, no first stop. */
    readonly noDebug: boolean,
  ) {
    this.target = launched.target;
    this.environment = targetEnvironment(launched.target, () => symbols.symbols);
    this.text = new InstructionText(launched.target.description, options.syntax);
  }

  /** The decoder. @throws RequestError where the target has none. */
  get code(): CodeCapability {
    return this.#offered(this.target.code, 'can not decode instructions');
  }

  /** @throws RequestError where the target has none. */
  get breakpoints(): BreakpointsCapability {
    return this.#offered(this.target.breakpoints, 'has no breakpoints');
  }

  #offered<T>(capability: T | undefined, lack: string): T {
    if (capability !== undefined) return capability;
    throw new RequestError(`The target ${this.target.description.machine} ${lack}.`);
  }

  /** The program counter in the code space. */
  async pc(): Promise<bigint> {
    return this.environment.programCounter();
  }

  /** An address as the architecture writes it. */
  formatAddress(address: bigint): Awaitable<string> {
    return this.target.code === undefined ? hex(address) : this.target.code.format(address);
  }

  /** A code address as a name where there is one: `print+0x3`. */
  describe(address: bigint): string | undefined {
    return this.symbols.symbols.describe(address);
  }
}

/** An address on the wire. */
export function hex(value: bigint): string {
  return value < 0n ? `-0x${(-value).toString(16).toUpperCase()}` : `0x${value.toString(16).toUpperCase()}`;
}

/** A number of so many bits, with leading zeros. */
export function hexWidth(value: bigint, width: number): string {
  return `0x${value
    .toString(16)
    .toUpperCase()
    .padStart(Math.ceil(width / 4), '0')}`;
}

/** A reference to memory on the wire: `0x7C00` in the code space, `physical:0x7C00` in another. */
export function memoryReference(space: string, address: bigint, codeSpace: string): string {
  return space === codeSpace ? hex(address) : `${space}:${hex(address)}`;
}

/** @throws RequestError for what is no memory reference */
export function parseMemoryReference(
  text: string,
  program: Program,
): { readonly space: string; readonly address: bigint } {
  const match = /^(?:([A-Za-z][\w-]*):)?(0x[0-9a-f]{1,32}|\d{1,39})$/i.exec(text.trim());
  const { spaces, codeSpace } = program.target.description;
  if (match === null) throw new RequestError(`"${text}" is no memory reference; one looks like 0x7C00.`);
  const space = match[1] ?? codeSpace;
  if (!spaces.some((candidate) => candidate.id === space)) {
    throw new RequestError(
      `There is no address space "${space}"; there are ${spaces.map((item) => item.id).join(', ')}.`,
    );
  }
  return { space, address: BigInt(match[2] ?? '0') };
}
