/** Where a breakpoint that a person set lies. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Watched } from '../../../emulator/debug/target';
import { RequestError } from '../../dap/errors';
import { nameOf } from '../../symbols/paths';
import { evaluate } from '../expressions/evaluator';
import type { GeneratedSources } from '../generated-sources';
import { parse } from '../locate';
import { hex, type Program, parseMemoryReference } from '../program';

export interface Resolved {
  readonly addresses: readonly bigint[];
  /** What a data breakpoint watches. */
  readonly watched?: Watched;
  /** Line that it was moved to. */
  readonly line?: number;
  readonly message?: string;
}

/** A line of a file, or of a listing; without code there, the next line that has some. */
export function resolveLine(program: Program, path: string, line: number): Resolved {
  const { lines, listings, warnings } = program.symbols;
  const table = lines.has(path) ? lines : listings;
  if (!table.has(path)) {
    const why = warnings.length > 0 ? ` ${warnings.join(' ')}` : '';
    const what =
      lines.empty && listings.empty
        ? 'There is no listing or other line information for the image.'
        : 'The image holds no code of this file.';
    return { addresses: [], message: `${what}${why}` };
  }
  const found = table.lineWithCode(path, line);
  if (found === undefined) return { addresses: [], message: `${nameOf(path)} has no code at or below line ${line}.` };
  const addresses = table.ranges(path, found).map((range) => range.start);
  if (found === line) return { addresses, line };
  return { addresses, line: found, message: `Moved from line ${line}, which has no code.` };
}

/** A line of a disassembly that was shown as a source. */
export function resolveGenerated(generated: GeneratedSources, reference: number, line: number): Resolved {
  const found = generated.addressAt(reference, line);
  if (found === undefined) return { addresses: [], message: 'There is no such line in this disassembly.' };
  return { addresses: [found.address], line: found.line };
}

/** A name, `seg:off` or any other expression. */
export async function resolveFunction(program: Program, name: string): Promise<Resolved> {
  try {
    const { value } = await evaluate(parse(program, name), program.environment);
    if (value < 0n) throw new RequestError('The address is negative.');
    return { addresses: [value], message: `At ${await program.formatAddress(value)}.` };
  } catch (error) {
    return { addresses: [], message: error instanceof Error ? error.message : String(error) };
  }
}

/** An address as the Disassembly view gives it. */
export function resolveInstruction(program: Program, reference: string, offset: number): Resolved {
  try {
    const { space, address } = parseMemoryReference(reference, program);
    if (space !== program.target.description.codeSpace)
      throw new RequestError(`There is no code in the space "${space}".`);
    const at = address + BigInt(offset);
    if (at < 0n) throw new RequestError(`The address ${hex(at)} is negative.`);
    return { addresses: [at] };
  } catch (error) {
    return { addresses: [], message: error instanceof Error ? error.message : String(error) };
  }
}

/** The protocol's form of a resolved breakpoint. */
export function presentBreakpoint(
  id: number,
  resolved: Resolved,
  source: DebugProtocol.Source | undefined,
): DebugProtocol.Breakpoint {
  const [address] = resolved.addresses;
  return {
    id,
    verified: address !== undefined || resolved.watched !== undefined,
    ...(resolved.message === undefined ? {} : { message: resolved.message }),
    ...(resolved.line === undefined ? {} : { line: resolved.line }),
    ...(source === undefined ? {} : { source }),
    ...(address === undefined ? {} : { instructionReference: hex(address) }),
    ...(address === undefined && resolved.watched === undefined ? { reason: 'failed' as const } : {}),
  };
}
