/** Where expressions lead in memory: for memory views, data breakpoints and whatever shows what lies at an address. */
import type { RegisterDescription, SpaceId } from '../../emulator/debug/target';
import { RequestError } from '../dap/errors';
import { evaluate, type Value } from './expressions/evaluator';
import { type Expression, parseExpression } from './expressions/parser';
import type { Program } from './program';

/** A segment that an expression names: `ES:DI`. */
interface NamedSegment {
  readonly selector: bigint;
  /** Address of its offset 0 in the code space. */
  readonly base: bigint;
}

export interface Location {
  readonly space: SpaceId;
  readonly address: bigint;
  readonly segment?: NamedSegment;
}

/** `port 60h`, `ports 3f8h`: as people say it for `io:60h`. */
const PORT = /^\s*ports?\s+(?=\S)/i;
const PORTS: SpaceId = 'io';

/** Narrowest register that can hold an address, bits. */
const ADDRESS_WIDTH = 16;

/** The text of an expression as a tree. @throws ExpressionError that points at the column */
export function parse(program: Program, source: string): Expression {
  return parseExpression(source, (name) => program.environment.space(name) !== undefined);
}

/** What a text stands for; `space` is set where the words before the expression say it: `port 60h`. */
export async function evaluateText(
  program: Program,
  text: string,
): Promise<{ readonly value: Value; readonly expression: Expression; readonly space: SpaceId | undefined }> {
  const port = PORT.test(text);
  const expression = parse(program, port ? text.replace(PORT, '') : text);
  return { value: await evaluate(expression, program.environment), expression, space: port ? PORTS : undefined };
}

const describe = (program: Program, name: string): RegisterDescription | undefined =>
  program.target.description.registers.find((candidate) => candidate.name === name);

/** Where the value of a register points, an address in the code space; nothing where it is no address. */
export async function pointsTo(
  program: Program,
  register: RegisterDescription,
  value: bigint,
): Promise<bigint | undefined> {
  const { code, registers, description } = program.target;
  const whole = register.partOf === undefined ? register : describe(program, register.partOf);
  if (whole === undefined || register.width < ADDRESS_WIDTH) return undefined;
  if (whole.role === 'pc') return program.pc();
  if (whole.role === 'segment') return code === undefined ? undefined : code.resolve(value, 0n);
  if (whole.role !== 'sp' && whole.role !== 'fp' && whole.role !== 'general') return undefined;
  if (whole.segment === undefined || code === undefined) return BigInt.asUintN(description.addressBits, value);
  const [segment = 0n] = await registers.read([whole.segment]);
  return code.resolve(segment, value);
}

/** The same for a register by its name. */
export async function registerPointsTo(program: Program, name: string, value: bigint): Promise<bigint | undefined> {
  const register = describe(program, name);
  return register === undefined ? undefined : pointsTo(program, register, value);
}

/** The segment of `segment:offset`, with whatever is added to it. */
async function segmentOf(program: Program, expression: Expression): Promise<NamedSegment | undefined> {
  if (expression.kind === 'memory' && expression.space === undefined) return segmentOf(program, expression.address);
  if (expression.kind !== 'binary' || expression.operator !== ':' || program.target.code === undefined)
    return undefined;
  const { value } = await evaluate(expression.left, program.environment);
  return { selector: value, base: await program.target.code.resolve(value, 0n) };
}

/**
 * Where an expression leads: memory that it names, what a register points to, an address.
 * @param space where a plain number lies
 * @throws RequestError where it leads nowhere
 */
export async function locate(program: Program, text: string, space: SpaceId): Promise<Location> {
  const { value, expression, space: said } = await evaluateText(program, text);
  const { codeSpace } = program.target.description;
  const { place } = value;
  if (said === undefined && place?.kind === 'memory') {
    const segment = await segmentOf(program, expression);
    return { space: place.space, address: place.address, ...(segment === undefined ? {} : { segment }) };
  }
  if (said === undefined && place?.kind === 'register') {
    const address = await registerPointsTo(program, place.name, value.value);
    if (address !== undefined) return { space: codeSpace, address };
  }
  if (place?.kind === 'chip') throw new RequestError(`${text.trim()} is the register of a chip and has no address.`);
  if (value.value < 0n) throw new RequestError('The address is negative.');
  if (said !== undefined && program.environment.space(said) === undefined)
    throw new RequestError('This machine has no I/O ports.');
  const segment = await segmentOf(program, expression);
  return {
    space: said ?? (value.address === true ? codeSpace : space),
    address: value.value,
    ...(segment === undefined ? {} : { segment }),
  };
}
