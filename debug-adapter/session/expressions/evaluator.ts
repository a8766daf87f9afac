/**
 * Values of expressions. One evaluator serves targets that answer at once and targets that answer with promises: it is
 * a generator that hands out what it reads, and one of two drivers feeds it the answers.
 *
 * A register, a piece of memory or a chip register has a width and is unsigned; arithmetic on it wraps at the wider
 * operand. Literals, symbols and addresses have none: they are whole numbers that take the width of the other side, so
 * `AX == -1` and `SI == msg` mean what they say.
 */
import type { Awaitable, ByteOrder, ChipView, SpaceId } from '../../../emulator/debug/target';
import { expressionName } from '../../protocol/expression-name';
import { ExpressionError } from './lexer';
import type { BinaryOperator, Expression } from './parser';

/** Where a value lives, for writing it. */
export type Place =
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'bits'; readonly register: string; readonly lsb: number; readonly width: number }
  | { readonly kind: 'memory'; readonly space: SpaceId; readonly address: bigint; readonly bytes: number }
  | {
      readonly kind: 'chip';
      readonly chip: string;
      readonly register: string;
      readonly field?: { readonly name: string; readonly lsb: number; readonly width: number };
    };

export interface Value {
  /** Unsigned below 2^width, or any whole number when `width` is nothing. */
  readonly value: bigint;
  /** In bits. */
  readonly width: number | undefined;
  readonly place?: Place;
  /** True for symbols, `seg:off` and the program counter: something to look at in memory. */
  readonly address?: boolean;
  /** True for the outcome of a comparison. */
  readonly truth?: boolean;
}

export interface RegisterInfo {
  readonly name: string;
  readonly width: number;
  /** True for the program counter and the like: its value is worth following. */
  readonly bits: readonly { readonly name: string; readonly lsb: number; readonly width?: number }[];
}

/** What names mean and how to read things; made from a target and its symbols. */
export interface Environment {
  readonly byteOrder: ByteOrder;
  readonly codeSpace: SpaceId;
  /** A space by id or common short name (`phys`), letter case aside. */
  space(name: string): SpaceId | undefined;
  register(name: string): RegisterInfo | undefined;
  /** A bit field that only one register has, such as `CF`. */
  flag(name: string): { readonly register: string; readonly lsb: number; readonly width: number } | undefined;
  /** Address of a symbol, or the value of a constant. */
  symbol(name: string): { readonly value: bigint; readonly constant: boolean } | undefined;
  readRegister(name: string): Awaitable<bigint>;
  readMemory(space: SpaceId, address: bigint, length: number): Awaitable<Uint8Array>;
  resolve(segment: bigint, offset: bigint): Awaitable<bigint>;
  programCounter(): Awaitable<bigint>;
  /** Width in bits of `[...]` without a size. */
  accessWidth(): Awaitable<number>;
  chips(): Awaitable<readonly ChipView[]>;
  /** A name that was probably meant. */
  suggest(name: string): string | undefined;
}

type Steps<T> = Generator<Awaitable<unknown>, T, unknown>;

function* get<T>(answer: Awaitable<T>): Steps<T> {
  return (yield answer) as T;
}

const mask = (value: bigint, width: number): bigint => BigInt.asUintN(width, value);

/** Bytes in the target's order as an unsigned number. */
function bytesToNumber(bytes: Uint8Array, order: ByteOrder): bigint {
  let value = 0n;
  for (let index = 0; index < bytes.length; index++) {
    value = (value << 8n) | BigInt(bytes[order === 'big' ? index : bytes.length - 1 - index] ?? 0);
  }
  return value;
}

/** The low `length` bytes of a number in the target's order. */
export function numberToBytes(value: bigint, length: number, order: ByteOrder): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    bytes[order === 'big' ? length - 1 - index : index] = Number((value >> BigInt(8 * index)) & 0xffn);
  }
  return bytes;
}

const WIDTHS = [8, 16, 32, 64, 128, 256, 512];

/** The width at which two operands meet; nothing when neither has one. */
function commonWidth(left: Value, right: Value): number | undefined {
  if (left.width === undefined) {
    if (right.width === undefined) return undefined;
    return fits(left.value, right.width) ? right.width : widthFor(left.value, right.width);
  }
  if (right.width === undefined) return fits(right.value, left.width) ? left.width : widthFor(right.value, left.width);
  return Math.max(left.width, right.width);
}

function fits(value: bigint, width: number): boolean {
  return value >= -(1n << BigInt(width - 1)) && value < 1n << BigInt(width);
}

function widthFor(value: bigint, least: number): number {
  return WIDTHS.find((width) => width >= least && fits(value, width)) ?? 512;
}

const COMPARISONS: Readonly<Partial<Record<BinaryOperator, (a: bigint, b: bigint) => boolean>>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

const ARITHMETIC: Readonly<Partial<Record<BinaryOperator, (a: bigint, b: bigint) => bigint>>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
};

/** Largest shift count and number of bits of a value without width, so that `1 << 1000000000` does not eat the memory. */
const LIMIT = 512n;

const truth = (value: boolean): Value => ({ value: value ? 1n : 0n, width: undefined, truth: true });

function applyBinary(operator: BinaryOperator, left: Value, right: Value, column: number): Value {
  const shift = operator === '<<' || operator === '>>';
  const width = shift ? left.width : commonWidth(left, right);
  const a = width === undefined ? left.value : mask(left.value, width);
  const b = width === undefined || shift ? right.value : mask(right.value, width);
  const compare = COMPARISONS[operator];
  if (compare !== undefined) return truth(compare(a, b));
  if ((operator === '/' || operator === '%') && b === 0n) throw new ExpressionError('Division by zero', column);
  if (shift && (b < 0n || b > LIMIT))
    throw new ExpressionError(`Shift by ${b}: the count must be 0 to ${LIMIT}`, column);
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic === undefined) throw new ExpressionError(`"${operator}" can't be used here`, column);
  const value = arithmetic(a, b);
  if (width === undefined && !fits(value, Number(LIMIT)))
    throw new ExpressionError(`The result has more than ${LIMIT} bits`, column);
  const address =
    (left.address === true || right.address === true) && (operator === '+' || operator === '-') && width === undefined;
  return { value: width === undefined ? value : mask(value, width), width, ...(address ? { address } : {}) };
}

function* evaluateName(name: string, column: number, env: Environment): Steps<Value> {
  if (name === '$') return { value: yield* get(env.programCounter()), width: undefined, address: true };
  // `$name` is a symbol whose name a register has too, as in NASM.
  const forced = name.startsWith('$');
  if (!forced) {
    const register = env.register(name);
    if (register !== undefined) {
      const value = yield* get(env.readRegister(register.name));
      return { value, width: register.width, place: { kind: 'register', name: register.name } };
    }
  }
  const symbol = env.symbol(forced ? name.slice(1) : name);
  if (symbol !== undefined) {
    return { value: symbol.value, width: undefined, ...(symbol.constant ? {} : { address: true }) };
  }
  const dot = name.indexOf('.');
  if (dot > 0) {
    const register = env.register(name.slice(0, dot));
    if (register !== undefined) return yield* evaluateBits(register, name.slice(dot + 1), column, env);
    const chip = yield* evaluateChip(name, column, env);
    if (chip !== undefined) return chip;
  } else if (!forced) {
    const flag = env.flag(name);
    if (flag !== undefined) return yield* bitsOf(flag, env);
  }
  const meant = env.suggest(name);
  throw new ExpressionError(
    `There is no register, symbol or chip "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    column,
  );
}

function* bitsOf(
  bits: { readonly register: string; readonly lsb: number; readonly width: number },
  env: Environment,
): Steps<Value> {
  const whole = yield* get(env.readRegister(bits.register));
  return { value: mask(whole >> BigInt(bits.lsb), bits.width), width: bits.width, place: { kind: 'bits', ...bits } };
}

function* evaluateBits(register: RegisterInfo, name: string, column: number, env: Environment): Steps<Value> {
  const bits = register.bits.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (bits === undefined) {
    const names = register.bits.map((candidate) => candidate.name).join(', ');
    throw new ExpressionError(
      `${register.name} has no bit "${name}"${names === '' ? '' : `; it has ${names}`}`,
      column,
    );
  }
  return yield* bitsOf({ register: register.name, lsb: bits.lsb, width: bits.width ?? 1 }, env);
}

/** Names of chips as expressions have them: `dma_pages` for `dma-pages`, letter case aside. */
const plainName = (name: string): string => expressionName(name).toLowerCase();

/** `chip.register` or `chip.register.field`; nothing when no chip has that name. */
function* evaluateChip(path: string, column: number, env: Environment): Steps<Value | undefined> {
  const same = (a: string, b: string): boolean => plainName(a) === plainName(b);
  const chip = (yield* get(env.chips())).find((candidate) => plainName(path).startsWith(`${plainName(candidate.id)}.`));
  if (chip === undefined) return undefined;
  const [name = '', fieldName] = path.slice(chip.id.length + 1).split('.');
  const register = chip.registers.find((candidate) => same(candidate.name, name));
  if (register === undefined) {
    throw new ExpressionError(
      `${chip.id} has no register "${name}"; it has ${chip.registers.map((item) => item.name).join(', ')}`,
      column,
    );
  }
  const place = { kind: 'chip', chip: chip.id, register: register.name } as const;
  if (fieldName === undefined)
    return { value: mask(BigInt(register.value), register.width), width: register.width, place };
  const field = register.fields.find((candidate) => same(candidate.name, fieldName));
  if (field === undefined) {
    throw new ExpressionError(
      `${chip.id}.${register.name} has no field "${fieldName}"; it has ${register.fields.map((item) => item.name).join(', ')}`,
      column,
    );
  }
  return {
    value: BigInt(field.value),
    width: field.width,
    place: { ...place, field: { name: field.name, lsb: field.lsb, width: field.width } },
  };
}

function* evaluateMemory(expression: Expression & { readonly kind: 'memory' }, env: Environment): Steps<Value> {
  const address = (yield* evaluateSteps(expression.address, env)).value;
  const space = expression.space === undefined ? env.codeSpace : env.space(expression.space);
  const bytes = expression.bytes ?? (space === 'io' ? 1 : (yield* get(env.accessWidth())) / 8);
  if (space === undefined)
    throw new ExpressionError(`There is no address space "${expression.space}"`, expression.column);
  if (address < 0n) throw new ExpressionError('The address is negative', expression.column);
  const read = yield* get(env.readMemory(space, address, bytes));
  if (read.length < bytes)
    throw new ExpressionError(`Memory at 0x${address.toString(16)} can't be read`, expression.column);
  return {
    value: bytesToNumber(read, env.byteOrder),
    width: 8 * bytes,
    place: { kind: 'memory', space, address, bytes },
  };
}

/** The value of an expression, handing out every read on the way. */
function* evaluateSteps(expression: Expression, env: Environment): Steps<Value> {
  switch (expression.kind) {
    case 'number':
      return { value: expression.value, width: undefined };
    case 'name':
      return yield* evaluateName(expression.name, expression.column, env);
    case 'memory':
      return yield* evaluateMemory(expression, env);
    case 'unary': {
      const { value, width } = yield* evaluateSteps(expression.operand, env);
      if (expression.operator === '!') return truth(value === 0n);
      const result = expression.operator === '-' ? -value : expression.operator === '~' ? ~value : value;
      return { value: width === undefined ? result : mask(result, width), width };
    }
    case 'binary': {
      const { operator, column } = expression;
      const left = yield* evaluateSteps(expression.left, env);
      if (operator === '&&' && left.value === 0n) return truth(false);
      if (operator === '||' && left.value !== 0n) return truth(true);
      const right = yield* evaluateSteps(expression.right, env);
      if (operator === '&&' || operator === '||') return truth(right.value !== 0n);
      if (operator === ':') {
        return { value: yield* get(env.resolve(left.value, right.value)), width: undefined, address: true };
      }
      return applyBinary(operator, left, right, column);
    }
  }
}

/** Thrown by {@link evaluateNow} when the target answers with a promise. */
export class NotSynchronousError extends Error {}

/**
 * Evaluates without waiting, for conditions that are asked in the middle of a run.
 * @throws NotSynchronousError when the target answers with a promise; ExpressionError
 */
export function evaluateNow(expression: Expression, env: Environment): Value {
  const steps = evaluateSteps(expression, env);
  let step = steps.next();
  while (step.done !== true) {
    if (step.value instanceof Promise) {
      // The answer is not awaited; a failure of it must not end the process.
      step.value.catch(() => undefined);
      throw new NotSynchronousError('The target answers later.');
    }
    step = steps.next(step.value);
  }
  return step.value;
}

/** Evaluates, waiting for the target where it must. @throws ExpressionError */
export async function evaluate(expression: Expression, env: Environment): Promise<Value> {
  const steps = evaluateSteps(expression, env);
  let step = steps.next();
  while (step.done !== true) step = steps.next(await step.value);
  return step.value;
}
