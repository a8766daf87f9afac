/**
 * Expressions as trees. Precedence is C's, with `segment:offset` between the shifts and the comparisons, so that
 * `es:di+4` is one address and can be compared.
 */
import { ExpressionError, type Token, tokenize } from './lexer';

export type BinaryOperator =
  | '||' | '&&' | '|' | '^' | '&' | '==' | '!=' | '<' | '>' | '<=' | '>=' | ':' | '<<' | '>>' | '+' | '-' | '*' | '/' | '%'; // biome-ignore format: by precedence

export type UnaryOperator = '-' | '+' | '~' | '!';

export type Expression =
  | { readonly kind: 'number'; readonly value: bigint; readonly column: number }
  | { readonly kind: 'name'; readonly name: string; readonly column: number }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression; readonly column: number }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly column: number;
    }
  /** `byte[...]`; without a size the width of the CPU's mode, of a port a byte. `space` is named by `phys:` inside the brackets. */
  | {
      readonly kind: 'memory';
      readonly bytes: number | undefined;
      readonly space: string | undefined;
      readonly address: Expression;
      readonly column: number;
    };

/** Names of access sizes in bytes. */
const SIZES: Readonly<Record<string, number>> = { byte: 1, word: 2, dword: 4, qword: 8 };

/** Loosest first. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  [':'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

const UNARY: readonly UnaryOperator[] = ['-', '+', '~', '!'];

/** Deepest nesting that is read; deeper text is refused instead of exhausting the stack. */
const DEPTH = 200;

class Parser {
  #at = 0;
  #depth = 0;

  constructor(
    readonly tokens: readonly Token[],
    /** Is this the name of an address space? */
    readonly isSpace: (name: string) => boolean,
  ) {}

  peek(ahead = 0): Token {
    const last = this.tokens.length - 1;
    const token = this.tokens[Math.min(this.#at + ahead, last)];
    if (token === undefined) throw new ExpressionError('The expression is empty', 1);
    return token;
  }

  take(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  isOperator(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'operator' && token.text === text;
  }

  expect(text: string, opened: Token): void {
    if (this.isOperator(text)) {
      this.#at++;
      return;
    }
    const token = this.peek();
    const found = token.kind === 'end' ? 'the expression ends' : `there is "${token.text}"`;
    throw new ExpressionError(
      `"${text}" is missing for "${opened.text}" in column ${opened.column}: ${found}`,
      token.column,
    );
  }

  binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const token = this.peek();
      const operator = token.kind === 'operator' ? operators.find((candidate) => candidate === token.text) : undefined;
      if (operator === undefined) return left;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.binary(level + 1), column: token.column };
    }
  }

  unary(): Expression {
    if (++this.#depth > DEPTH) throw new ExpressionError('The expression is nested too deeply', this.peek().column);
    try {
      const token = this.peek();
      const operator = token.kind === 'operator' ? UNARY.find((candidate) => candidate === token.text) : undefined;
      if (operator === undefined) return this.primary();
      this.#at++;
      return { kind: 'unary', operator, operand: this.unary(), column: token.column };
    } finally {
      this.#depth--;
    }
  }

  primary(): Expression {
    const token = this.take();
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: token.value, column: token.column };
      case 'name': {
        if (this.isOperator(':') && this.isSpace(token.text)) {
          // `io:60h` is what lies there; the address ends before any operator.
          this.#at++;
          return { kind: 'memory', bytes: undefined, space: token.text, address: this.unary(), column: token.column };
        }
        const bytes = SIZES[token.text.toLowerCase()];
        if (bytes === undefined) return { kind: 'name', name: token.text, column: token.column };
        const next = this.peek();
        if (next.kind === 'name' && next.text.toLowerCase() === 'ptr') this.#at++;
        if (this.isOperator('[')) return this.memory(this.take(), bytes, token.column);
        throw new ExpressionError(
          `"${token.text}" needs an address in brackets, such as ${token.text}[0x7c00]`,
          token.column,
        );
      }
      case 'operator':
        if (token.text === '(') {
          const inner = this.binary(0);
          this.expect(')', token);
          return inner;
        }
        if (token.text === '[') return this.memory(token, undefined, token.column);
        throw new ExpressionError(`A value is missing before "${token.text}"`, token.column);
      case 'end':
        throw new ExpressionError(
          this.tokens.length === 1 ? 'The expression is empty' : 'A value is missing at the end',
          token.column,
        );
    }
  }

  memory(opened: Token, bytes: number | undefined, column: number): Expression {
    let space: string | undefined;
    const name = this.peek();
    if (name.kind === 'name' && this.isOperator(':', 1) && this.isSpace(name.text)) {
      space = name.text;
      this.#at += 2;
    }
    const address = this.binary(0);
    this.expect(']', opened);
    return { kind: 'memory', bytes, space, address, column };
  }
}

/** @throws ExpressionError that points at the column */
export function parseExpression(text: string, isSpace: (name: string) => boolean): Expression {
  const parser = new Parser(tokenize(text), isSpace);
  const expression = parser.binary(0);
  const rest = parser.peek();
  if (rest.kind === 'end') return expression;
  throw new ExpressionError(
    rest.text === '=' ? 'Use "==" to compare' : `"${rest.text}" does not belong here`,
    rest.column,
  );
}

/** Splits `place = value` at an assignment; nothing when there is none. */
export function splitAssignment(text: string): { readonly place: string; readonly value: string } | undefined {
  const sign = tokenize(text).find((token) => token.kind === 'operator' && token.text === '=');
  if (sign === undefined) return undefined;
  return { place: text.slice(0, sign.column - 1), value: text.slice(sign.column) };
}
