/** Text of an expression as tokens. */
import { RequestError } from '../../dap/errors';
import { parseNumber } from '../../symbols/numbers';

/** What is wrong with an expression, and at which column (from 1). */
export class ExpressionError extends RequestError {
  constructor(
    message: string,
    /** From 1; 0 when no place can be named. */
    readonly column = 0,
  ) {
    super(column === 0 ? message : `${message} (column ${column})`);
    this.name = 'ExpressionError';
  }
}

export type Token =
  | { readonly kind: 'number'; readonly value: bigint; readonly column: number; readonly text: string }
  | { readonly kind: 'name'; readonly column: number; readonly text: string }
  | { readonly kind: 'operator'; readonly column: number; readonly text: string }
  | { readonly kind: 'end'; readonly column: number; readonly text: '' };

/** Longer operators first, so that `<<` is not read as `<` twice. */
const OPERATORS = [
  '<<', '>>', '<=', '>=', '==', '!=', '&&', '||',
  '<', '>', '+', '-', '*', '/', '%', '&', '|', '^', '~', '!', '(', ')', '[', ']', ':', '=',
] as const; // biome-ignore format: one row a length

const NAME = /[A-Za-z_.?@$][A-Za-z0-9_.?@$#~]*/y;
const NUMBER = /[0-9][0-9A-Za-z_]*/y;
/** An address as frames and disassemblies show it, so that it can be copied from there: both parts hexadecimal. */
const SHOWN_ADDRESS = /([0-9A-Fa-f]{4}):([0-9A-Fa-f]{8}|[0-9A-Fa-f]{4})(?![0-9A-Za-z_.?@$#~])/y;

/** Most characters in a character constant: 64 bits. */
const CONSTANT_LENGTH = 8;

/** A character constant: the first character is the lowest byte, as NASM has it (NASM manual, 3.4.3). */
function characterConstant(text: string, start: number): { readonly value: bigint; readonly end: number } {
  const quote = text[start];
  const end = text.indexOf(quote ?? '', start + 1);
  if (end < 0) throw new ExpressionError('The character constant has no closing quote', start + 1);
  const characters = text.slice(start + 1, end);
  if (characters.length === 0 || characters.length > CONSTANT_LENGTH) {
    throw new ExpressionError(`A character constant holds 1 to ${CONSTANT_LENGTH} characters`, start + 1);
  }
  let value = 0n;
  for (let index = characters.length - 1; index >= 0; index--) {
    const code = characters.charCodeAt(index);
    if (code > 0xff) throw new ExpressionError('A character constant holds characters of one byte', start + 2 + index);
    value = (value << 8n) | BigInt(code);
  }
  return { value, end: end + 1 };
}

/** @throws ExpressionError at the first character that belongs to no token */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    const column = at + 1;
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    if (character === "'" || character === '"') {
      const { value, end } = characterConstant(text, at);
      tokens.push({ kind: 'number', value, column, text: text.slice(at, end) });
      at = end;
      continue;
    }
    SHOWN_ADDRESS.lastIndex = at;
    const [shown, segment = '', offset = ''] = SHOWN_ADDRESS.exec(text) ?? [];
    if (shown !== undefined) {
      tokens.push(
        { kind: 'number', value: BigInt(`0x${segment}`), column, text: segment },
        { kind: 'operator', column: column + segment.length, text: ':' },
        { kind: 'number', value: BigInt(`0x${offset}`), column: column + segment.length + 1, text: offset },
      );
      at += shown.length;
      continue;
    }
    NUMBER.lastIndex = at;
    const number = NUMBER.exec(text)?.[0];
    if (number !== undefined) {
      const value = parseNumber(number);
      if (value === undefined) throw new ExpressionError(`"${number}" is not a number`, column);
      tokens.push({ kind: 'number', value, column, text: number });
      at += number.length;
      continue;
    }
    NAME.lastIndex = at;
    const name = NAME.exec(text)?.[0];
    if (name !== undefined) {
      tokens.push({ kind: 'name', column, text: name });
      at += name.length;
      continue;
    }
    const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at));
    if (operator === undefined) throw new ExpressionError(`"${character}" has no meaning here`, column);
    tokens.push({ kind: 'operator', column, text: operator });
    at += operator.length;
  }
  tokens.push({ kind: 'end', column: text.length + 1, text: '' });
  return tokens;
}
